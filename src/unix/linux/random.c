/* SPDX-License-Identifier: MIT */
/* Random bytes by getrandom(2): Linux 3.17. It waits until the pool has been
 * filled after boot, which a read of /dev/urandom does not. Long requests come
 * in parts, and a signal may cut one short. Any thread. */
#include "base/abi.h"
#include "unix/os/random.h"

#include <errno.h>
#include <sys/random.h>

int uv__random_from_system(void* buf, size_t len) {
  char* next = buf;
  while (len > 0) {
    const ssize_t got = getrandom(next, len, 0);
    if (got >= 0) {
      next += got;
      len -= (size_t) got;
    } else if (errno == EPERM || errno == EACCES) {
      return UV_ENOSYS; /* What sandboxes say when they forbid a call. */
    } else if (errno != EINTR) {
      return UV__ERR(errno);
    }
  }
  return 0;
}
