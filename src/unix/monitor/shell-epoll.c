/* SPDX-License-Identifier: MIT */
/* The shell on epoll.
 *
 * Defects of the mechanism, and what follows: - epoll tracks open file
 * descriptions, not numbers. A duplicate keeps an entry
 *   alive after close(2), so entries are deleted before the close, never after.
 * - EPOLLERR and EPOLLHUP cannot be masked. A muted entry is therefore one-shot
 *   with an empty mask: it reports a hang-up once at most.
 * - The program may have closed a number and opened it again. ADD then meets
 *   EEXIST, or MOD meets ENOENT. Each then does the other. */
#include "unix/monitor/shell.h"

#include "base/abi.h"
#include "base/assert.h"
#include "unix/monitor/monitor.h"
#include "unix/monitor/ticket.h"
#include "unix/os/fd.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

/* The bits in use here have the same values for poll(2) and epoll. */
_Static_assert(EPOLLIN == 0x001 && EPOLLPRI == 0x002 && EPOLLOUT == 0x004 &&
                   EPOLLERR == 0x008 && EPOLLHUP == 0x010 &&
                   EPOLLRDHUP == 0x2000,
               "masks are handed through");

enum { BATCH_MAX = 1024 }; /* Events per call: 12 KiB of stack. */

int uv__shell_setup(struct uv__shell* shell) {
  const int fd = uv__fd_own(epoll_create1(EPOLL_CLOEXEC));
  *shell = (struct uv__shell){ .fd = fd >= 0 ? fd : -1 };
  return fd >= 0 ? 0 : fd;
}

void uv__shell_teardown(struct uv__shell* shell) {
  if (shell->fd >= 0) uv__close(shell->fd);
  shell->fd = -1;
}

int uv__shell_refork(struct uv__shell* shell) {
  int fresh_fd = uv__fd_own(epoll_create1(EPOLL_CLOEXEC));
  if (fresh_fd < 0) return fresh_fd;
  int rc = 0;
  while (dup3(fresh_fd, shell->fd, O_CLOEXEC) < 0) {
    if (errno == EINTR || errno == EBUSY) continue;
    rc = UV__ERR(errno);
    break;
  }
  uv__close(fresh_fd);
  return rc;
}

static int change(struct uv__shell* shell, int op, int fd, uint64_t ticket,
                  unsigned events) {
  struct epoll_event event = { .events = events, .data.u64 = ticket };
  shell->calls++;
  return epoll_ctl(shell->fd, op, fd, &event) == 0 ? 0 : UV__ERR(errno);
}

int uv__shell_set(struct uv__shell* shell, int fd, uint32_t gen,
                  unsigned events, bool is_known) {
  uint64_t ticket = uv__ticket(fd, gen);
  int first = is_known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  int other = is_known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  int rc = change(shell, first, fd, ticket, events);
  if (rc == UV_EEXIST || rc == UV_ENOENT)
    rc = change(shell, other, fd, ticket, events);
  return rc;
}

int uv__shell_mute(struct uv__shell* shell, int fd, uint32_t gen) {
  return change(shell, EPOLL_CTL_MOD, fd, uv__ticket(fd, gen), EPOLLONESHOT);
}

void uv__shell_delete(struct uv__shell* shell, int fd) {
  /* EBADF and ENOENT: the program has closed it before, and it is gone. */
  (void) change(shell, EPOLL_CTL_DEL, fd, 0, 0);
}

int uv__shell_test(struct uv__shell* shell, int fd) {
  int rc = change(shell, EPOLL_CTL_ADD, fd, 0, EPOLLONESHOT);
  if (rc == UV_EEXIST) return 0;
  if (rc == 0) uv__shell_delete(shell, fd);
  return rc;
}

/* One call only. The kernel puts level-triggered entries back at the end of its
 * list, so a second call could report again what the first one took. */
int uv__shell_wait(struct uv__shell* shell, struct uv__ready* ready,
                   unsigned flag, int timeout_ms, const sigset_t* sigmask) {
  struct epoll_event batch[BATCH_MAX];
  size_t room = ready->cap - ready->count;
  if (room == 0) return 0;
  int limit = room < BATCH_MAX ? (int) room : BATCH_MAX;
  int found = epoll_pwait(shell->fd, batch, limit, timeout_ms, sigmask);
  if (found < 0) return errno == EINTR ? 0 : UV__ERR(errno);
  for (int i = 0; i < found; i++) {
    uint64_t ticket = batch[i].data.u64;
    if (ticket == 0) continue;
    uv__ready_add(ready, uv__ticket_fd(ticket), uv__ticket_gen(ticket),
                  batch[i].events | flag);
  }
  return 0;
}
