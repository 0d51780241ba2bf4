/* SPDX-License-Identifier: MIT */
/* What the parts of a stream share among themselves: stream.c, read.c,
 * write.c, syscalls.c, passed-fds.c and listen.c. Loop thread
 * only. */
#ifndef POLLUX_UNIX_NET_STREAM_PARTS_H
#define POLLUX_UNIX_NET_STREAM_PARTS_H

#include "base/abi.h"
#include "base/queue.h"

#include <stdbool.h>

/* The stream whose watcher is `w`. */
static inline uv_stream_t* uv__stream_of(uv__io_t* w) {
  return uv__container_of(w, uv_stream_t, io_watcher);
}

/* A pipe that may carry descriptors beside its bytes. */
static inline bool uv__stream_passes_fds(const uv_stream_t* stream) {
  return stream->type == UV_NAMED_PIPE && ((const uv_pipe_t*) stream)->ipc;
}

/* Mark the handle inactive if its watcher wants nothing any more. */
void uv__stream_rest(uv_stream_t* stream);

/* --- read.c ------------------------------------------------------ */

/* Read and call back while there is data, within bounds. `events` are those
 * reported. The stream may be stopped or closed afterwards. */
void uv__stream_read(uv_stream_t* stream, unsigned events);

/* --- syscalls.c ------------------------------------------------------ */

/* Write once; `send_fd` may be -1. Bytes taken, UV_EAGAIN or UV_E*. */
ssize_t uv__stream_transmit(int fd,
                            const uv_buf_t* bufs,
                            unsigned buf_count,
                            int send_fd);

/* For streams that are written to as if they were blocking. */
void uv__stream_wait_writable(int fd);

/* The descriptor to be passed beside bytes: -1 when there is none, UV_EBADF
 * when its handle has been closed in the meantime. */
int uv__stream_fd_to_pass(const uv_stream_t* send_handle);

/* --- write.c ----------------------------------------------------- */

/* Hand queued requests to the kernel, within bounds. Calls nobody back: what is
 * done, well or not, is moved to write_completed_queue and the watcher fed. */
void uv__stream_write(uv_stream_t* stream);

/* End all queued requests with `status`, without feeding the watcher. */
void uv__stream_fail_writes(uv_stream_t* stream, int status);

/* Call back what is in write_completed_queue now. */
void uv__stream_finish_writes(uv_stream_t* stream);

/* --- listen.c ----------------------------------------------------------- */

/* The stream's socket has just been made by us; nobody else has it. */
void uv__listen_alone(uv_stream_t* stream);

/* Others may have the stream's descriptor from now on. */
void uv__listen_shared(uv_stream_t* stream);

/* --- passed-fds.c ------------------------------------------------------- */

/* Take over a received descriptor: the first becomes accepted_fd, others queue
 * up behind it. 0, or UV_ENOMEM: `fd` has been closed. */
int uv__fds_add(uv_stream_t* stream, int fd);

/* accepted_fd has been taken: the next one in line becomes it, or -1. */
void uv__fds_next(uv_stream_t* stream);

/* Received and not yet taken. */
unsigned uv__fds_count(const uv_stream_t* stream);

/* Close all that were not taken. */
void uv__fds_close(uv_stream_t* stream);

#endif
