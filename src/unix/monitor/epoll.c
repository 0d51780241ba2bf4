/* SPDX-License-Identifier: MIT */
/* The epoll monitor: the hot set is the shell itself, so nothing is parked, and
 * one epoll_pwait(2) sees all.
 *
 * Defects of the mechanism: each change of a mask is a system call of its own.
 * The ready list is in the kernel, so there is nothing to peek at.
 * shell-epoll.c deals with the others. */
#include "unix/monitor/monitor.h"
#include "unix/monitor/shell.h"

#include "base/abi.h"

static int setup(struct uv__monitor* m) {
  return m->shell->fd >= 0 ? 0 : UV_ENOTSUP;
}

static void teardown(struct uv__monitor* m) {
  (void) m; /* The entries stay in the shell. */
}

static int update(struct uv__monitor* m, int fd, uint32_t gen, unsigned have,
                  unsigned want) {
  if (want == have) return 0;
  if (want != 0) return uv__shell_set(m->shell, fd, gen, want, have != 0);
  uv__shell_delete(m->shell, fd);
  return 0;
}

static void forget(struct uv__monitor* m, int fd, uint32_t gen) {
  (void) gen;
  uv__shell_delete(m->shell, fd);
}

static int await(struct uv__monitor* m, struct uv__ready* ready,
                 const struct uv__wait* wait) {
  return uv__shell_wait(m->shell, ready, 0, uv__wait_ms(wait), wait->sigmask);
}

static int rebuild(struct uv__monitor* m, enum uv__rebuild why) {
  (void) m;
  (void) why; /* The loop has made the shell anew. */
  return 0;
}

extern const struct uv__monitor_ops uv__monitor_epoll;
const struct uv__monitor_ops uv__monitor_epoll = {
  .name = "epoll",
  .caps = UV__HOT_IN_SHELL | UV__FOR_AUTO,
  .setup = setup,
  .teardown = teardown,
  .update = update,
  .forget = forget,
  .await = await,
  .rebuild = rebuild,
};
