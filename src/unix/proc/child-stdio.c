/* SPDX-License-Identifier: MIT */
/* Standard streams and further descriptors of a child, the parent's half: pipes
 * are created and handed to their streams, inherited descriptors looked up.
 * child.c puts them into place in the child.
 *
 * Pipes are socket pairs, usable in both directions; UV_READABLE_PIPE and
 * UV_WRITABLE_PIPE say what our stream may do with its end, seen from the
 * child. The child's end blocks, also with UV_NONBLOCK_PIPE, which libuv
 * heeds on Windows only: programs pass it without knowing what the child can
 * bear.
 *
 * Streams get their descriptors before the fork, when an error can still
 * prevent it, and keep them when the program cannot be executed: libuv does
 * the same, and Node goes on reading from them until the end of file.
 *
 * Loop thread only. */
#include "unix/proc/child-stdio.h"

#include "base/alloc.h"
#include "loop/handle.h"
#include "unix/net/stream/stream.h"
#include "unix/os/fd.h"
#include "unix/os/sock.h"

#include <sys/socket.h>

enum {
  STDIO_MIN = 3,
  STDIO_FORMS = UV_CREATE_PIPE | UV_INHERIT_FD | UV_INHERIT_STREAM,
};

static int form_of(const uv_stdio_container_t* wish) {
  return (int) wish->flags & STDIO_FORMS;
}

/* --- One entry ------------------------------------------------------------ */

static int create_pipe(const uv_stdio_container_t* wish, int* parent_fd,
                       int* child_fd) {
  const uv_stream_t* stream = wish->data.stream;
  if (stream == NULL || stream->type != UV_NAMED_PIPE) return UV_EINVAL;
  /* A stream that is closing would never close the descriptor. */
  if (uv__handle_is_closing(stream)) return UV_EINVAL;
  if (stream->io_watcher.fd != -1) return UV_EBUSY;
  int fds[2];
  int rc = uv__sock_pair(AF_UNIX, SOCK_STREAM, 0, fds);
  if (rc != 0) return rc;
  rc = uv__fd_set_nonblock(fds[0], true);
  if (rc != 0) {
    uv__close(fds[0]);
    uv__close(fds[1]);
    return rc;
  }
  *parent_fd = fds[0];
  *child_fd = fds[1];
  return 0;
}

static int inherit(int fd, int* child_fd) {
  if (fd < 0) return UV_EINVAL;
  *child_fd = fd;
  return 0;
}

static int open_entry(const uv_stdio_container_t* wish, int* parent_fd,
                      int* child_fd) {
  switch (form_of(wish)) {
    case UV_IGNORE:
      return 0;
    case UV_CREATE_PIPE:
      return create_pipe(wish, parent_fd, child_fd);
    case UV_INHERIT_FD:
      return inherit(wish->data.fd, child_fd);
    case UV_INHERIT_STREAM:
      if (wish->data.stream == NULL) return UV_EINVAL;
      return inherit(
          uv__stream_hand_out_fd((const uv_handle_t*) wish->data.stream),
          child_fd);
    default:
      return UV_EINVAL; /* Two forms at once. */
  }
}

/* The child reads what we write. */
static unsigned stream_flags(const uv_stdio_container_t* wish) {
  unsigned flags = UV__STREAM_SOCKET;
  if (wish->flags & UV_READABLE_PIPE) flags |= UV__STREAM_WRITABLE;
  if (wish->flags & UV_WRITABLE_PIPE) flags |= UV__STREAM_READABLE;
  return flags;
}

/* --- All of them ---------------------------------------------------------- */

static int allocate(struct uv__stdio* stdio, int wish_count) {
  stdio->open_count = 0;
  stdio->count = wish_count > STDIO_MIN ? wish_count : STDIO_MIN;
  size_t count = (size_t) stdio->count;
  stdio->child_fds = uv__malloc(3 * count * sizeof(int));
  if (stdio->child_fds == NULL) return UV_ENOMEM;
  stdio->source_fds = stdio->child_fds + count;
  stdio->parent_fds = stdio->source_fds + count;
  for (size_t i = 0; i < 3 * count; i++) stdio->child_fds[i] = -1;
  return 0;
}

static int open_entries(struct uv__stdio* stdio,
                        const uv_process_options_t* options) {
  for (int i = 0; i < options->stdio_count; i++) {
    int rc = open_entry(&options->stdio[i], &stdio->parent_fds[i],
                        &stdio->child_fds[i]);
    if (rc != 0) return rc;
    stdio->source_fds[i] = stdio->child_fds[i];
    stdio->open_count = i + 1;
  }
  return 0;
}

static int hand_out(struct uv__stdio* stdio,
                    const uv_process_options_t* options) {
  for (int i = 0; i < stdio->open_count; i++) {
    if (stdio->parent_fds[i] == -1) continue;
    const uv_stdio_container_t* wish = &options->stdio[i];
    int rc = uv__stream_open(wish->data.stream, stdio->parent_fds[i],
                             stream_flags(wish));
    if (rc != 0) return rc;
    stdio->parent_fds[i] = -1;
  }
  return 0;
}

int uv__stdio_open(struct uv__stdio* stdio,
                   const uv_process_options_t* options) {
  if (options->stdio_count > 0 && options->stdio == NULL) return UV_EINVAL;
  int rc = allocate(stdio, options->stdio_count);
  if (rc != 0) return rc;
  rc = open_entries(stdio, options);
  if (rc == 0) rc = hand_out(stdio, options);
  if (rc != 0) uv__stdio_close(stdio, options);
  return rc;
}

void uv__stdio_close(struct uv__stdio* stdio,
                     const uv_process_options_t* options) {
  for (int i = 0; i < stdio->open_count; i++) {
    if (form_of(&options->stdio[i]) != UV_CREATE_PIPE) continue;
    uv__close(stdio->child_fds[i]);
    if (stdio->parent_fds[i] != -1) uv__close(stdio->parent_fds[i]);
  }
  uv__free(stdio->child_fds);
  stdio->child_fds = NULL;
}
