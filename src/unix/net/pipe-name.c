/* SPDX-License-Identifier: MIT */
/* Names of unix domain sockets: made into addresses, read from addresses, and
 * the API functions that return them. A returned path ends with a NUL, which
 * its length does not count. An abstract name may hold any byte, so only its
 * length says where it ends. Any thread. */
#include "unix/net/pipe-name.h"

#include "unix/os/sock.h"

#include <stddef.h>
#include <string.h>

#define PATH_OFFSET offsetof(struct sockaddr_un, sun_path)
#define PATH_SIZE (sizeof(struct sockaddr_un) - PATH_OFFSET)

int uv__pipe_name_set(struct uv__pipe_name* to, const char* name,
                      size_t name_len, unsigned flags) {
  if (name == NULL || (flags & ~(unsigned) UV_PIPE_NO_TRUNCATE))
    return UV_EINVAL;
  if (name_len > PATH_SIZE && (flags & UV_PIPE_NO_TRUNCATE)) return UV_EINVAL;

  /* The kernel ends a path at the first NUL: that would be another name. */
  bool is_abstract = name_len > 0 && name[0] == '\0';
  if (!is_abstract && memchr(name, '\0', name_len) != NULL) return UV_EINVAL;

  size_t kept = name_len < PATH_SIZE ? name_len : PATH_SIZE;
  memset(to, 0, sizeof(*to));
  to->u.un.sun_family = AF_UNIX;
  memcpy(to->u.un.sun_path, name, kept);
  to->size = (socklen_t) (PATH_OFFSET + kept);
  return 0;
}

bool uv__pipe_name_is_path(const struct uv__pipe_name* name) {
  return name->size > PATH_OFFSET && name->u.un.sun_path[0] != '\0';
}

size_t uv__pipe_name_len(const struct uv__pipe_name* name) {
  if (name->size <= PATH_OFFSET) return 0;
  size_t len = name->size - PATH_OFFSET;
  const char* bytes = name->u.room + PATH_OFFSET;
  return uv__pipe_name_is_path(name) ? strnlen(bytes, len) : len;
}

/* Copy `name` to the caller. UV_ENOBUFS: *size is the size that it needs. */
static int copy_out(const struct uv__pipe_name* name, char* buffer,
                    size_t* size) {
  size_t len = uv__pipe_name_len(name);
  size_t needed = len + uv__pipe_name_is_path(name);
  if (needed > *size) {
    *size = needed;
    return UV_ENOBUFS;
  }

  memcpy(buffer, name->u.room + PATH_OFFSET, len);
  if (needed > len) buffer[len] = '\0';
  *size = len;
  return 0;
}

typedef int (*name_fn)(int fd, struct sockaddr* name, int* namelen);

static int get_name(const uv_pipe_t* pipe, name_fn ask, char* buffer,
                    size_t* size) {
  if (buffer == NULL || size == NULL || *size == 0) return UV_EINVAL;

  struct uv__pipe_name name;
  memset(&name, 0, sizeof(name));
  int name_size = sizeof(name.u.room);
  int rc = ask(pipe->io_watcher.fd, &name.u.any, &name_size);
  if (rc != 0) {
    *size = 0; /* A program that ignores the error sees no name. */
    return rc;
  }

  name.size = (socklen_t) name_size;
  return copy_out(&name, buffer, size);
}

int uv_pipe_getsockname(const uv_pipe_t* pipe, char* buffer, size_t* size) {
  return get_name(pipe, uv__sock_name, buffer, size);
}

int uv_pipe_getpeername(const uv_pipe_t* pipe, char* buffer, size_t* size) {
  return get_name(pipe, uv__sock_peer, buffer, size);
}
