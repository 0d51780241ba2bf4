/* SPDX-License-Identifier: MIT */
/* The flag with a descriptor, on eventfd(2): one number for both ends, one
 * write to raise, one read to clear. */
#include "unix/os/event.h"

#include "base/abi.h"
#include "unix/os/fd.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

int uv__event_open(int fds[2]) {
  int fd = uv__fd_own(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (fd < 0) return fd;
  fds[0] = fds[1] = fd;
  return 0;
}

void uv__event_close(const int fds[2]) {
  uv__close(fds[0]);
  if (fds[1] != fds[0]) uv__close(fds[1]);
}

void uv__event_raise(int fd) {
  int saved = errno;
  const uint64_t one = 1;
  /* EAGAIN: the counter is full, thus raised. EBADF: the loop is gone, and the
   * sender was late. There is no way to report either. */
  while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR) continue;
  errno = saved;
}

void uv__event_clear(int fd) {
  uint64_t count;
  while (read(fd, &count, sizeof(count)) < 0 && errno == EINTR) continue;
}
