/* SPDX-License-Identifier: MIT */
/* A monitor on select(2), the example of docs/adding-a-monitor.md. It shows the
 * whole contract (src/unix/monitor/monitor.h) on a mechanism that is simple and
 * poor.
 *
 * Defects of the mechanism, and what follows: - A set has FD_SETSIZE bits.
 * update() refuses a larger descriptor, and the poll
 *   phase leaves it in the shell for good.
 * - Two sets know two conditions. A mask with POLLRDHUP or POLLPRI is refused
 * in
 *   the same way. A hang-up looks like data, and the read that follows tells.
 * - One closed descriptor fails the whole call with EBADF. await() finds it,
 *   reports it, and asks again without it. */
#include "unix/monitor/monitor.h"
#include "unix/monitor/shell.h"

#include "base/abi.h"
#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/select.h>

struct sets {
  fd_set readable, writable;
};

struct impl {
  struct sets wanted;        /* The shell's descriptor included. */
  uint32_t gens[FD_SETSIZE]; /* 0: not watched; no generation is 0. */
  int count;                 /* The highest descriptor so far, and 1. */
  int turn;                  /* Where the next collection begins. */
};

static int setup(struct uv__monitor* m) {
  if (m->shell->fd >= FD_SETSIZE) {
    m->refusal = "the shell's descriptor is too large for select(2)";
    return UV_ENOTSUP;
  }
  struct impl* impl = uv__calloc(1, sizeof(*impl)); /* All sets are empty. */
  if (impl == NULL) return UV_ENOMEM;
  FD_SET(m->shell->fd, &impl->wanted.readable);
  impl->count = m->shell->fd + 1;
  m->impl = impl;
  return 0;
}

static void teardown(struct uv__monitor* m) {
  uv__free(m->impl);
  m->impl = NULL;
}

static void forget(struct uv__monitor* m, int fd, uint32_t gen) {
  (void) gen;
  struct impl* impl = m->impl;
  if (fd >= FD_SETSIZE) return;
  FD_CLR(fd, &impl->wanted.readable);
  FD_CLR(fd, &impl->wanted.writable);
  impl->gens[fd] = 0;
}

static int update(struct uv__monitor* m, int fd, uint32_t gen, unsigned have,
                  unsigned want) {
  (void) have;
  struct impl* impl = m->impl;
  bool fits = fd < FD_SETSIZE && (want & ~(unsigned) (POLLIN | POLLOUT)) == 0;
  if (want != 0 && !fits) return UV_ENOTSUP; /* Not here: it is parked. */
  forget(m, fd, gen);
  if (want == 0) return 0;
  if (want & POLLIN) FD_SET(fd, &impl->wanted.readable);
  if (want & POLLOUT) FD_SET(fd, &impl->wanted.writable);
  impl->gens[fd] = gen;
  if (fd >= impl->count) impl->count = fd + 1;
  return 0;
}

/* Report what is closed, and take it out of `sets`. Level: it stays wanted, and
 * is reported again until update() or forget() takes it out. */
static void report_closed(struct impl* impl, struct uv__ready* ready,
                          struct sets* sets) {
  for (int fd = 0; fd < impl->count; fd++) {
    if (impl->gens[fd] == 0 || fcntl(fd, F_GETFD) != -1) continue;
    FD_CLR(fd, &sets->readable);
    FD_CLR(fd, &sets->writable);
    if (!uv__ready_full(ready))
      uv__ready_add(ready, fd, impl->gens[fd], POLLERR | POLLNVAL);
  }
}

/* What finds no room is reported by the next await(), and first. */
static int collect(struct uv__monitor* m, struct uv__ready* ready,
                   const struct sets* found) {
  struct impl* impl = m->impl;
  for (int step = 0; step < impl->count; step++) {
    int fd = (impl->turn + step) % impl->count;
    unsigned events = (FD_ISSET(fd, &found->readable) ? POLLIN : 0) |
                      (FD_ISSET(fd, &found->writable) ? POLLOUT : 0);
    if (events == 0) continue;
    if (uv__ready_full(ready)) {
      impl->turn = fd;
      return 0;
    }
    int rc = 0;
    if (fd == m->shell->fd)
      rc = uv__shell_wait(m->shell, ready, UV__EV_PARKED, 0, NULL);
    else
      uv__ready_add(ready, fd, impl->gens[fd], events);
    if (rc != 0) return rc;
  }
  return 0;
}

static int await(struct uv__monitor* m, struct uv__ready* ready,
                 const struct uv__wait* wait) {
  struct impl* impl = m->impl;
  const struct timespec none = { 0, 0 };
  const struct timespec limit = { wait->timeout_ns / 1000000000,
                                  (long) (wait->timeout_ns % 1000000000) };
  struct sets sets = impl->wanted;
  int rc = pselect(impl->count, &sets.readable, &sets.writable, NULL,
                   wait->timeout_ns < 0 ? NULL : &limit, wait->sigmask);
  if (rc < 0 && errno == EBADF) {
    report_closed(impl, ready, &sets); /* The failed call left `sets` alone. */
    rc =
        pselect(impl->count, &sets.readable, &sets.writable, NULL, &none, NULL);
    if (rc < 0 && errno == EBADF) return 0; /* One more: the next wait's. */
  }
  if (rc < 0) return errno == EINTR ? 0 : UV__ERR(errno);
  return rc == 0 ? 0 : collect(m, ready, &sets);
}

static int rebuild(struct uv__monitor* m, enum uv__rebuild why) {
  (void) why; /* The kernel keeps nothing. */
  teardown(m);
  return setup(m);
}

extern const struct uv__monitor_ops uv__monitor_select;
const struct uv__monitor_ops uv__monitor_select = {
  .name = "select",
  .caps = UV__UPDATE_IS_FREE,
  .setup = setup,
  .teardown = teardown,
  .update = update,
  .forget = forget,
  .await = await,
  .rebuild = rebuild,
};
