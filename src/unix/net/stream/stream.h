/* SPDX-License-Identifier: MIT */
/* Streams: what tcp, pipe, tty and the process family share. A stream is a
 * descriptor with a watcher, a queue of writes, at most one connect and one
 * shutdown request, and for listeners at most one connection that uv_accept()
 * has not taken yet.
 *
 * `stream->io_watcher.fd` is -1 before the descriptor is known and after the
 * close. `write_queue` holds requests with bytes left, `write_completed_queue`
 * those whose callback is due; `write_queue_size` is the sum of their unsent
 * bytes at all times. User callbacks run below uv__stream_io(), the listener's
 * watcher callback and uv__stream_finish(), nowhere else.
 *
 * Loop thread only. A section is a file of this folder; what only these files
 * share is in parts.h. */
#ifndef POLLUX_UNIX_NET_STREAM_STREAM_H
#define POLLUX_UNIX_NET_STREAM_STREAM_H

#include "base/abi.h"
#include "unix/io/recorder.h"

#include <stdbool.h>

/* --- accept.c ------------------------------------------------------------ */

/* Call `cb` for each connection from now on: the watcher accepts it and keeps
 * it in `accepted_fd` for uv_accept(). 0 or UV_ENOMEM. */
int uv__listen_watch(uv_stream_t* server, uv_connection_cb cb);

/* Rows of src/tables.c for the loop's reserve descriptor (loop->emfile_fd, -1
 * when there is none). */
int uv__listen_module_init(uv_loop_t* loop);
void uv__listen_module_close(uv_loop_t* loop);

/* --- stream.c ------------------------------------------------------------ */

/* Make `stream` a handle of `loop`, with all stream fields at rest and no
 * descriptor. Undone by uv__handle_discard() while it has none. */
void uv__stream_init(uv_loop_t* loop, uv_stream_t* stream, uv_handle_type type);

/* Register `req` as the stream's connect request, which keeps the loop alive;
 * its callback comes from uv__stream_io(). `error` is 0 when connect(2) is on
 * its way or done, or a UV_E* to be reported in the next iteration. */
void uv__stream_connect_start(uv_stream_t* stream, uv_connect_t* req,
                              uv_connect_cb cb, int error);

/* Rows of src/tables.c: close and finish of a stream; pipe and tty have a close
 * of their own that ends with this one. The close leaves requests in place, the
 * finish ends them with UV_ECANCELED. */
bool uv__stream_close(uv_handle_t* handle);
void uv__stream_finish(uv_handle_t* handle);

/* --- write.c ------------------------------------------------------------- */

/* For uv_cancel(): 0, and `req` ends with UV_ECANCELED although some of it may
 * be written already (uv_write_nwritten()); UV_EBUSY when it was over. */
int uv__stream_cancel_write(uv_write_t* req);

/* --- descriptor.c -------------------------------------------------------- */

/* UV__STREAM_READABLE, _WRITABLE or both, for a descriptor with the
 * `file_flags` of fcntl(F_GETFL). */
unsigned uv__stream_directions(int file_flags);

/* Has the stream no other descriptor than `fd`? */
bool uv__stream_may_open(const uv_stream_t* stream, int fd);

/* UV__STREAM_SOCKET for a SOCK_STREAM socket, 0 for any other descriptor. */
unsigned uv__stream_kind(int fd);

/* Make `fd` the stream's descriptor; the close of the stream closes it. The
 * caller makes it non-blocking where that matters. `flags` are
 * UV__STREAM_READABLE, _WRITABLE and any other flag to be set with them
 * (UV__STREAM_BLOCKING_WRITES for a tty, UV__STREAM_SOCKET). 0; or UV_EBUSY
 * when the stream has another descriptor: nothing has changed and `fd` is the
 * caller's. */
int uv__stream_open(uv_stream_t* stream, int fd, unsigned flags);

/* The same for a descriptor that the user has given. The system is asked
 * whether it is a socket. If it is a standard one (0 to 2), it belongs to the
 * whole process: the close leaves it open. */
int uv__stream_open_given(uv_stream_t* stream, int fd, unsigned flags);

/* The descriptor, or -1, for use outside the stream: from now on a listener
 * counts as shared (ownership.c). Row of src/tables.c for uv_fileno(). */
int uv__stream_hand_out_fd(const uv_handle_t* handle);

/* For the figures: what the watcher of a stream, or of a listener, calls. */
bool uv__stream_describe(uv__io_t* w, unsigned events,
                         struct uv__call* ret_call);
bool uv__listener_describe(uv__io_t* w, unsigned events,
                           struct uv__call* ret_call);

/* --- ownership.c --------------------------------------------------------- */

/* The handle has just made the stream's socket: no other process has it. */
void uv__ownership_begin(uv_stream_t* stream);

/* --- passed-fds.c -------------------------------------------------------- */

/* Descriptors that were received and that uv_accept() has not taken. */
unsigned uv__fds_count(const uv_stream_t* stream);

/* accepted_fd has been taken: the next in line becomes accepted_fd, or -1. */
void uv__fds_next(uv_stream_t* stream);

#endif
