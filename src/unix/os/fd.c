/* SPDX-License-Identifier: MIT */
/* Descriptors: open, copy, close, set up. Close-on-exec is asked for in the
 * call that makes a descriptor, never afterwards, because another thread may
 * fork in between. Calls that sleep are retried after EINTR, here and nowhere
 * above, except close(2): on Linux the descriptor is gone by then, and a second
 * try could close one that another thread has just opened.
 *
 * What the library makes for itself stays above the standard descriptors. A
 * process may have closed those, and may open others in their place later, with
 * dup2(2) or because it counts on the lowest number: that must not replace an
 * epoll instance or a pipe of ours. What the user sees (sockets, files) has the
 * number that the kernel gives.
 *
 * Here too: uv_pipe() and the two functions that on unix have nothing to
 * convert, uv_get_osfhandle() and uv_open_osfhandle().
 *
 * No state. Any thread. */
#include "unix/os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <unistd.h>

int uv__close(int fd) {
  const int saved = errno;
  int rc = close(fd);
  if (rc != 0) rc = UV__ERR(errno);
  errno = saved;
  /* Both mean: closed, and something is still being finished behind it. */
  return rc == UV_EINTR || rc == UV__ERR(EINPROGRESS) ? 0 : rc;
}

int uv__fd_set_nonblock(int fd, bool on) {
  /* One call, where fcntl(2) needs a read before the write. */
  int value = on;
  return ioctl(fd, FIONBIO, &value) == 0 ? 0 : UV__ERR(errno);
}

int uv__fd_set_cloexec(int fd, bool on) {
  /* FD_CLOEXEC is the only descriptor flag: nothing to read and keep. */
  return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0) == 0 ? 0 : UV__ERR(errno);
}

int uv__fd_flags(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  return flags >= 0 ? flags : UV__ERR(errno);
}

int uv__fd_own(int made_fd) {
  if (made_fd < 0) return UV__ERR(errno);
  if (made_fd > STDERR_FILENO) return made_fd;
  const int high_fd = fcntl(made_fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  int rc = high_fd >= 0 ? high_fd : UV__ERR(errno);
  /* The limit allows no number that high. */
  if (rc == UV_EINVAL) rc = UV_EMFILE;
  (void) uv__close(made_fd);
  return rc;
}

int uv__fd_own_both(int fds[2]) {
  for (int i = 0; i < 2; i++) {
    const int fd = uv__fd_own(fds[i]);
    if (fd < 0) {
      (void) uv__close(fds[1 - i]);
      return fd;
    }
    fds[i] = fd;
  }
  return 0;
}

int uv__fd_open(const char* path, int flags, unsigned mode) {
  for (;;) {
    const int fd = open(path, flags | O_CLOEXEC, (mode_t) mode);
    if (fd >= 0) return fd;
    if (errno != EINTR) return UV__ERR(errno);
  }
}

int uv__fd_pipe(int fds[2], int flags) {
  if (pipe2(fds, flags | O_CLOEXEC) != 0) return UV__ERR(errno);
  return uv__fd_own_both(fds);
}

/* Read until the end of the file or of the buffer. */
static int read_all(int fd, char* buf, size_t capacity) {
  size_t used = 0;
  while (used < capacity) {
    const ssize_t got = read(fd, buf + used, capacity - used);
    if (got == 0) break;
    if (got > 0)
      used += (size_t) got;
    else if (errno != EINTR)
      return UV__ERR(errno);
  }
  return (int) used;
}

int uv__fd_slurp(const char* path, char* buf, size_t size) {
  if (size == 0) return UV_EINVAL;
  const size_t capacity = size - 1 < INT_MAX ? size - 1 : INT_MAX;

  const int fd = uv__fd_open(path, O_RDONLY, 0);
  if (fd < 0) return fd;
  const int len = read_all(fd, buf, capacity);
  (void) uv__close(fd); /* Only read from: nothing that a close could lose. */
  if (len >= 0) buf[len] = '\0';
  return len;
}

/* Each end is non-blocking when its flags have UV_NONBLOCK_PIPE. */
int uv_pipe(uv_file fds[2], int read_flags, int write_flags) {
  const bool wants[2] = {
    (read_flags & UV_NONBLOCK_PIPE) != 0,
    (write_flags & UV_NONBLOCK_PIPE) != 0,
  };
  const bool is_both = wants[0] && wants[1];

  int made[2];
  int rc = 0;
  if (pipe2(made, O_CLOEXEC | (is_both ? O_NONBLOCK : 0)) != 0)
    return UV__ERR(errno);
  for (int i = 0; i < 2 && rc == 0; i++)
    if (wants[i] && !is_both) rc = uv__fd_set_nonblock(made[i], true);
  if (rc != 0) goto fail;

  fds[0] = made[0];
  fds[1] = made[1];
  return 0;

fail:
  (void) uv__close(made[1]);
  (void) uv__close(made[0]);
  return rc;
}

uv_os_fd_t uv_get_osfhandle(int fd) {
  return fd;
}

int uv_open_osfhandle(uv_os_fd_t os_fd) {
  return os_fd;
}
