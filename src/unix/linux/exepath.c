/* SPDX-License-Identifier: MIT */
/* Where the running program's file is. Any thread. */
#include "base/abi.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* Unlike its relatives this cuts the path to fit, and says nothing about it:
 * `*size` is the length of what is there, without the NUL. */
int uv_exepath(char* buffer, size_t* size) {
  if (buffer == NULL || size == NULL || *size == 0) return UV_EINVAL;
  /* The kernel never gives more than a page, which is PATH_MAX. */
  char path[PATH_MAX];
  ssize_t len = readlink("/proc/self/exe", path, sizeof(path));
  if (len < 0) return UV__ERR(errno);
  size_t room = *size - 1;
  size_t kept = (size_t) len < room ? (size_t) len : room;
  memcpy(buffer, path, kept);
  buffer[kept] = '\0';
  *size = kept;
  return 0;
}
