/* SPDX-License-Identifier: MIT */
/* Pipe handles: unix domain sockets, and the two ends of a pipe(2). Reading,
 * writing and accepting are in stream/, names in pipe-name.c.
 *
 * A pipe that is bound to a path owns the file. Its path is `pipe_fname`, NULL
 * otherwise. The close removes the file before it closes the descriptor: after
 * it, another process could have bound the same path already, and would lose
 * its file.
 *
 * Loop thread only. */
#include "unix/net/pipe.h"

#include "base/alloc.h"
#include "loop/handle.h"
#include "unix/io/io.h"
#include "unix/net/pipe-name.h"
#include "unix/net/stream/stream.h"
#include "unix/os/fd.h"
#include "unix/os/sock.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BOTH_WAYS (UV__STREAM_READABLE | UV__STREAM_WRITABLE)

static uv_stream_t* stream_of(uv_pipe_t* pipe) {
  return (uv_stream_t*) pipe;
}

/* --- Init and open ------------------------------------------------------ */

int uv_pipe_init(uv_loop_t* loop, uv_pipe_t* pipe, int ipc) {
  uv__stream_init(loop, stream_of(pipe), UV_NAMED_PIPE);
  pipe->pipe_fname = NULL;
  pipe->ipc = ipc;
  return 0;
}

int uv__pipe_take(uv_stream_t* stream, int fd, unsigned flags) {
  return uv__stream_open(stream, fd, BOTH_WAYS | UV__STREAM_BOUND | flags);
}

int uv_pipe_open(uv_pipe_t* pipe, uv_file fd) {
  if (uv__handle_is_closing(pipe)) return UV_EINVAL;
  if (uv__io_is_watched(pipe->loop, fd)) return UV_EEXIST;
  if (!uv__stream_may_open(stream_of(pipe), fd)) return UV_EBUSY;

  int file_flags = uv__fd_flags(fd);
  if (file_flags < 0) return file_flags;
  int rc = uv__fd_set_nonblock(fd, true);
  if (rc != 0) return rc;
  return uv__stream_open_given(stream_of(pipe), fd,
                               uv__stream_directions(file_flags));
}

/* --- Bind and listen ---------------------------------------------------- */

int uv_pipe_bind(uv_pipe_t* pipe, const char* name) {
  if (name == NULL) return UV_EINVAL;
  return uv_pipe_bind2(pipe, name, strlen(name), 0);
}

int uv_pipe_bind2(uv_pipe_t* pipe, const char* name, size_t namelen,
                  unsigned int flags) {
  if (uv__handle_is_closing(pipe) || pipe->io_watcher.fd != -1)
    return UV_EINVAL;

  struct uv__pipe_name to;
  int rc = uv__pipe_name_set(&to, name, namelen, flags);
  if (rc != 0) return rc;

  char* path = NULL;
  if (uv__pipe_name_is_path(&to)) {
    path = uv__strndup(to.u.un.sun_path, uv__pipe_name_len(&to));
    if (path == NULL) return UV_ENOMEM;
  }

  int fd = uv__sock_open(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) {
    uv__free(path);
    return fd;
  }
  if (bind(fd, &to.u.any, to.size) != 0) {
    rc = UV__ERR(errno);
    uv__close(fd);
    uv__free(path);
    /* Windows reports UV_EACCES for a name that cannot be made. */
    return rc == UV_ENOENT ? UV_EACCES : rc;
  }

  pipe->pipe_fname = path;
  uv__ownership_begin(stream_of(pipe));
  return uv__stream_open(stream_of(pipe), fd,
                         UV__STREAM_BOUND | UV__STREAM_SOCKET);
}

int uv__pipe_listen(uv_stream_t* stream, int backlog, uv_connection_cb cb) {
  uv_pipe_t* pipe = (uv_pipe_t*) stream;
  /* Only a connected pipe can pass descriptors. */
  if (pipe->io_watcher.fd == -1 || pipe->ipc) return UV_EINVAL;
  if (listen(pipe->io_watcher.fd, backlog) != 0) return UV__ERR(errno);
  return uv__listen_watch(stream, cb);
}

/* Means something on Windows only. */
void uv_pipe_pending_instances(uv_pipe_t* pipe, int count) {
  (void) pipe;
  (void) count;
}

/* --- Connect ------------------------------------------------------------ */

/* connect(2), with a new socket if the pipe has none. 0: connected, or on its
 * way. */
static int start_connect(uv_pipe_t* pipe, const struct uv__pipe_name* to) {
  int fd = pipe->io_watcher.fd;
  if (fd == -1) {
    fd = uv__sock_open(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0) return fd;
    int rc = uv__stream_open(stream_of(pipe), fd, UV__STREAM_SOCKET);
    UV__CHECK(rc == 0); /* It had none. */
    (void) rc;
  }

  if (connect(fd, &to->u.any, to->size) != 0 && errno != EINPROGRESS &&
      errno != EINTR)
    return UV__ERR(errno);
  pipe->flags |= BOTH_WAYS;
  return 0;
}

/* Returns an error for bad arguments; `cb` gets every other error. */
int uv_pipe_connect2(uv_connect_t* req, uv_pipe_t* pipe, const char* name,
                     size_t namelen, unsigned int flags, uv_connect_cb cb) {
  if (uv__handle_is_closing(pipe) || namelen == 0) return UV_EINVAL;
  if (pipe->connect_req != NULL) return UV_EALREADY;

  struct uv__pipe_name to;
  int rc = uv__pipe_name_set(&to, name, namelen, flags);
  if (rc != 0) return rc;

  rc = start_connect(pipe, &to);
  uv__stream_connect_start(stream_of(pipe), req, cb, rc);
  return 0;
}

/* It returns nothing, so `cb` also gets the errors of bad arguments. Two errors
 * are not reported: a second connect beside one on its way, and a connect on a
 * closed pipe. */
void uv_pipe_connect(uv_connect_t* req, uv_pipe_t* pipe, const char* name,
                     uv_connect_cb cb) {
  size_t name_len = name != NULL ? strlen(name) : 0;
  int rc = uv_pipe_connect2(req, pipe, name, name_len, 0, cb);
  if (rc == 0 || rc == UV_EALREADY || uv__handle_is_closing(pipe)) return;
  uv__stream_connect_start(stream_of(pipe), req, cb, rc);
}

/* --- Received descriptors ----------------------------------------------- */

int uv_pipe_pending_count(uv_pipe_t* pipe) {
  return pipe->ipc ? (int) uv__fds_count(stream_of(pipe)) : 0;
}

uv_handle_type uv_pipe_pending_type(uv_pipe_t* pipe) {
  if (uv_pipe_pending_count(pipe) == 0) return UV_UNKNOWN_HANDLE;
  return uv_guess_handle(pipe->accepted_fd);
}

/* --- Permissions -------------------------------------------------------- */

/* Adds rights for user, group and others; takes none away. */
int uv_pipe_chmod(uv_pipe_t* pipe, int mode) {
  if (pipe == NULL || pipe->io_watcher.fd == -1) return UV_EBADF;
  if (mode == 0 || (mode & ~(UV_READABLE | UV_WRITABLE))) return UV_EINVAL;

  char path[sizeof(struct uv__pipe_name)];
  size_t path_size = sizeof(path);
  int rc = uv_pipe_getsockname(pipe, path, &path_size);
  if (rc != 0) return rc;
  if (path_size == 0) return UV_ENOENT;

  struct stat status;
  if (stat(path, &status) != 0) return UV__ERR(errno);

  mode_t wanted = 0;
  if (mode & UV_READABLE) wanted |= S_IRUSR | S_IRGRP | S_IROTH;
  if (mode & UV_WRITABLE) wanted |= S_IWUSR | S_IWGRP | S_IWOTH;
  if ((status.st_mode & wanted) == wanted) return 0;
  return chmod(path, status.st_mode | wanted) == 0 ? 0 : UV__ERR(errno);
}

/* --- Close -------------------------------------------------------------- */

bool uv__pipe_close(uv_handle_t* handle) {
  uv_pipe_t* pipe = (uv_pipe_t*) handle;
  if (pipe->pipe_fname != NULL) {
    (void) unlink(pipe->pipe_fname);
    uv__free((void*) pipe->pipe_fname);
    pipe->pipe_fname = NULL;
  }
  return uv__stream_close(handle);
}
