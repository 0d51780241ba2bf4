/* SPDX-License-Identifier: MIT */
/* Where random bytes come from: the system's call, or where that is missing or
 * a sandbox forbids it, the device /dev/urandom. An error that is about the
 * request and not about the source is the caller's to hear.
 *
 * No state: a descriptor kept open would be closed behind our back by daemons
 * that close all. Any thread. */
#include "unix/os/random.h"

#include "base/abi.h"
#include "unix/os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_fully(int fd, char* buf, size_t len) {
  while (len > 0) {
    const ssize_t got = read(fd, buf, len);
    if (got == 0) return UV_EIO; /* A device has no end. */
    if (got < 0 && errno != EINTR) return UV__ERR(errno);
    if (got < 0) continue;
    buf += got;
    len -= (size_t) got;
  }
  return 0;
}

static int fill_from_device(void* buf, size_t len) {
  const int fd = uv__fd_open("/dev/urandom", O_RDONLY, 0);
  if (fd < 0) return fd;

  /* In a chroot put together badly it is a file, and its bytes no secret. */
  struct stat st;
  int rc = fstat(fd, &st) == 0 ? 0 : UV__ERR(errno);
  if (rc == 0 && !S_ISCHR(st.st_mode)) rc = UV_EIO;
  if (rc == 0) rc = read_fully(fd, buf, len);
  (void) uv__close(fd);
  return rc;
}

int uv__random_fill(void* buf, size_t len) {
  const int rc = uv__random_from_system(buf, len);
  return rc == UV_ENOSYS ? fill_from_device(buf, len) : rc;
}
