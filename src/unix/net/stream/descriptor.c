/* SPDX-License-Identifier: MIT */
/* A stream's descriptor: how the stream gets it, which directions and which
 * mode it has, and how it is handed out. The close is in stream.c.
 *
 * Loop thread only. */
#include "unix/net/stream/parts.h"
#include "unix/net/stream/stream.h"

#include "loop/handle.h"
#include "unix/io/io.h"
#include "unix/os/fd.h"
#include "unix/os/sock.h"

#include <fcntl.h>
#include <unistd.h>

/* --- Opening ------------------------------------------------------------ */

unsigned uv__stream_directions(int file_flags) {
  switch (file_flags & O_ACCMODE) {
    case O_RDONLY:
      return UV__STREAM_READABLE;
    case O_WRONLY:
      return UV__STREAM_WRITABLE;
    default:
      return UV__STREAM_READABLE | UV__STREAM_WRITABLE;
  }
}

bool uv__stream_may_open(const uv_stream_t* stream, int fd) {
  int current_fd = stream->io_watcher.fd;
  return current_fd == -1 || current_fd == fd;
}

int uv__stream_open(uv_stream_t* stream, int fd, unsigned flags) {
  if (!uv__stream_may_open(stream, fd)) return UV_EBUSY;
  stream->flags |= flags;
  stream->io_watcher.fd = fd;
  return 0;
}

unsigned uv__stream_kind(int fd) {
  int type = 0;
  int rc = uv__sock_get_int(fd, SOL_SOCKET, SO_TYPE, &type);
  return rc == 0 && type == SOCK_STREAM ? UV__STREAM_SOCKET : 0;
}

int uv__stream_open_given(uv_stream_t* stream, int fd, unsigned flags) {
  /* A stream that has a descriptor already has decided about it. */
  if (stream->io_watcher.fd == -1 && fd <= STDERR_FILENO)
    flags |= UV__STREAM_FD_KEPT;
  return uv__stream_open(stream, fd, flags | uv__stream_kind(fd));
}

/* --- Using -------------------------------------------------------------- */

void uv__stream_rest(uv_stream_t* stream) {
  /* A listener stays active while a connection waits for uv_accept(). */
  if (stream->flags & UV__STREAM_LISTENING) return;
  if (!uv__io_active(&stream->io_watcher, POLLIN | POLLOUT))
    uv__handle_stop(stream);
}

int uv__stream_hand_out_fd(const uv_handle_t* handle) {
  /* The caller may do anything with it, so ownership ends. To the caller the
   * handle is const; the object itself never is. */
  uv__ownership_end((uv_stream_t*) (uintptr_t) handle);
  return ((const uv_stream_t*) handle)->io_watcher.fd;
}

int uv_stream_set_blocking(uv_stream_t* stream, int blocking) {
  int rc = uv__fd_set_nonblock(stream->io_watcher.fd, blocking == 0);
  if (rc != 0) return rc;
  if (blocking != 0)
    stream->flags |= UV__STREAM_BLOCKING_WRITES;
  else
    stream->flags &= ~(unsigned) UV__STREAM_BLOCKING_WRITES;
  return 0;
}

size_t uv_stream_get_write_queue_size(const uv_stream_t* stream) {
  return stream->write_queue_size;
}

int uv_is_readable(const uv_stream_t* stream) {
  return (stream->flags & UV__STREAM_READABLE) != 0;
}

int uv_is_writable(const uv_stream_t* stream) {
  return (stream->flags & UV__STREAM_WRITABLE) != 0;
}
