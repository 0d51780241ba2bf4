/* SPDX-License-Identifier: MIT */
/* Temporary files and directories: the template must end in XXXXXX, which libc
 * replaces in the request's own copy of it (UV__FS_WRITES_PATH), so `path` is
 * the name that was made. A failed mkstemp leaves an empty path, so that no
 * program opens a file by a name that was never its own. */
#include "unix/fs/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

ssize_t uv__fs_mkdtemp(uv_fs_t* req) {
  char* name = (char*) req->path;
  return mkdtemp(name) != NULL ? 0 : UV__ERR(errno);
}

ssize_t uv__fs_mkstemp(uv_fs_t* req) {
  char* name = (char*) req->path;
  int fd = mkostemp(name, O_CLOEXEC);
  if (fd >= 0) return fd;
  int rc = UV__ERR(errno);
  name[0] = '\0';
  return rc;
}
