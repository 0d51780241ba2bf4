/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. Each section is one file, and a file
 * calls only files in sections below its own. Loop thread only. */
#ifndef POLLUX_UNIX_NET_STREAM_PARTS_H
#define POLLUX_UNIX_NET_STREAM_PARTS_H

#include "base/abi.h"
#include "base/queue.h"

#include <stdbool.h>

/* The stream whose watcher is `w`. */
static inline uv_stream_t* uv__stream_of(uv__io_t* w) {
  return uv__container_of(w, uv_stream_t, io_watcher);
}

/* A pipe that may carry descriptors beside its bytes. `ipc` is a public field
 * that a program may set at any time, so no flag of ours can stand for it. */
static inline bool uv__stream_passes_fds(const uv_stream_t* stream) {
  return stream->type == UV_NAMED_PIPE && ((const uv_pipe_t*) stream)->ipc;
}

/* Kept in the spare words of a listening handle; all zero in other streams. */
struct uv__listener {
  /* ownership.c: its count of forks when the handle made the socket. 0: the
   * handle does not own it. */
  unsigned owned_since;

  /* accept.c. */
  unsigned skips;   /* Wake-ups that do not try for a second connection. */
  unsigned backoff; /* `skips` after the latest try, when it was in vain. */
};

static inline struct uv__listener* uv__listener_of(uv_stream_t* stream) {
  _Static_assert(sizeof(struct uv__listener) <= sizeof(stream->u.reserved), "");
  return (struct uv__listener*) (void*) stream->u.reserved;
}

/* --- accept.c: calls the files below ------------------------------------- */

/* --- stream.c ------------------------------------------------------------ */

/* The watcher callback of every stream that does not listen. */
void uv__stream_io(uv_loop_t* loop, uv__io_t* w, unsigned events);

/* --- read.c -------------------------------------------------------------- */

/* Read and call back while there is data, within bounds. `events` are those
 * reported. The stream may be stopped or closed afterwards. */
void uv__stream_read(uv_stream_t* stream, unsigned events);

/* uv_read_stop(). */
void uv__stream_read_stop(uv_stream_t* stream);

/* --- write.c ------------------------------------------------------------- */

/* Hand queued requests to the kernel, within bounds. Calls no user callback: a
 * request that is over, well or not, is moved to write_completed_queue and the
 * watcher is fed. */
void uv__stream_write(uv_stream_t* stream);

/* End all queued requests with `status`, without feeding the watcher. */
void uv__stream_fail_writes(uv_stream_t* stream, int status);

/* Call back the requests that are in write_completed_queue now. */
void uv__stream_finish_writes(uv_stream_t* stream);

/* --- syscalls.c ---------------------------------------------------------- */

/* Read once into `buf`. Bytes read, 0 at the end, UV_EAGAIN or UV_E*. */
ssize_t uv__stream_receive(uv_stream_t* stream, const uv_buf_t* buf);

/* Write once; `send_fd` may be -1. Bytes taken, UV_EAGAIN or UV_E*. */
ssize_t uv__stream_transmit(uv_stream_t* stream, const uv_buf_t* bufs,
                            unsigned buf_count, int send_fd);

/* Wait until `fd` has room: for streams that are written to as if they were
 * blocking. */
void uv__stream_wait_writable(int fd);

/* The descriptor to be passed beside bytes: -1 when there is none, UV_EBADF
 * when its handle has been closed in the meantime. The other process has it
 * from then on, so a listener counts as shared. */
int uv__stream_fd_to_pass(const uv_stream_t* send_handle);

/* --- descriptor.c -------------------------------------------------------- */

/* Mark the handle inactive if its watcher wants nothing any more. */
void uv__stream_rest(uv_stream_t* stream);

/* --- ownership.c --------------------------------------------------------- */

/* Another process may have the stream's descriptor from now on. */
void uv__ownership_end(uv_stream_t* stream);

/* Is the handle the only one that can accept from its socket? */
bool uv__ownership_holds(uv_stream_t* stream);

/* --- passed-fds.c -------------------------------------------------------- */

/* Keep a received descriptor: the first becomes accepted_fd, others queue up
 * behind it. 0, or UV_ENOMEM: `fd` has been closed. */
int uv__fds_add(uv_stream_t* stream, int fd);

/* Close the descriptors that uv_accept() has not taken. */
void uv__fds_close(uv_stream_t* stream);

#endif
