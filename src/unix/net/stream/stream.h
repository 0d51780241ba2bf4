/* SPDX-License-Identifier: MIT */
/* Streams: what tcp, pipe, tty and the process family share. A stream is a
 * descriptor with a watcher, a queue of writes, at most one connect and one
 * shutdown request, and for listeners at most one connection not yet taken.
 *
 * `stream->io_watcher.fd` is -1 before the descriptor is known and after the
 * close. `write_queue` holds requests with bytes left, `write_completed_queue`
 * those whose callback is due; `write_queue_size` is the sum of their unsent
 * bytes at all times. User callbacks run below uv__stream_io(), the listener's
 * watcher callback and uv__stream_finish(), nowhere else.
 *
 * Loop thread only. The parts: stream.c, read.c, write.c,
 * syscalls.c, passed-fds.c, listen.c; what only they share is in
 * parts.h. */
#ifndef POLLUX_UNIX_NET_STREAM_STREAM_H
#define POLLUX_UNIX_NET_STREAM_STREAM_H

#include "base/abi.h"

#include <stdbool.h>

/* Make `stream` a handle of `loop`, with all stream fields at rest and no
 * descriptor. Undone by uv__handle_discard() while it has none. */
void uv__stream_init(uv_loop_t* loop,
                     uv_stream_t* stream,
                     uv_handle_type type);

/* Has the stream no other descriptor than `fd`? */
bool uv__stream_may_open(const uv_stream_t* stream, int fd);

/* Make `fd` the stream's descriptor; the close of the stream closes it. The
 * caller makes it non-blocking where that matters. `flags` are
 * UV__STREAM_READABLE, _WRITABLE and any other flag to be set with them
 * (UV__STREAM_BLOCKING_WRITES for a tty). 0; or UV_EBUSY when the stream has
 * another descriptor: nothing has changed and `fd` is the caller's. */
int uv__stream_open(uv_stream_t* stream, int fd, unsigned flags);

/* The same for a descriptor that the user has given. If it is a standard one (0
 * to 2), it belongs to the whole process: the close leaves it open. */
int uv__stream_open_given(uv_stream_t* stream, int fd, unsigned flags);

/* The watcher callback of every stream that does not listen. */
void uv__stream_io(uv_loop_t* loop, uv__io_t* w, unsigned events);

/* Start or stop reading without the argument checks of the public pair: the
 * callbacks are set. 0 or UV_ENOMEM. */
int uv__stream_read_start(uv_stream_t* stream,
                          uv_alloc_cb alloc_cb,
                          uv_read_cb read_cb);
void uv__stream_read_stop(uv_stream_t* stream);

/* Make the descriptor blocking or not. 0 or UV_E*. */
int uv__stream_set_blocking(uv_stream_t* stream, bool is_blocking);

/* --- Writing ------------------------------------------------------------ */

/* For uv_cancel(): 0, and `req` ends with UV_ECANCELED although some of it may
 * be written already (uv_write_nwritten()); UV_EBUSY when it was over. */
int uv__stream_cancel_write(uv_write_t* req);

/* --- Connecting --------------------------------------------------------- */

/* Register `req` as the stream's connect request, which keeps the loop alive;
 * its callback comes from uv__stream_io(). `error` is 0 when connect(2) is on
 * its way or done, or a UV_E* to be reported in the next iteration. */
void uv__stream_connect_start(uv_stream_t* stream,
                              uv_connect_t* req,
                              uv_connect_cb cb,
                              int error);

/* --- Listening ---------------------------------------------------------- */

/* Per type, called by uv_listen(): make the socket listen and watch it with
 * uv__listen_watch(). 0 or UV_E*. */
int uv__tcp_listen(uv_tcp_t* tcp, int backlog, uv_connection_cb cb);
int uv__pipe_listen(uv_pipe_t* pipe, int backlog, uv_connection_cb cb);

/* Call `cb` for each connection from now on: the watcher accepts it and keeps
 * it in `accepted_fd` for uv_accept(). 0 or UV_ENOMEM. */
int uv__listen_watch(uv_stream_t* server, uv_connection_cb cb);

/* Close the loop's reserve descriptor (loop->emfile_fd, -1 when there is none),
 * which listeners give up to refuse a connection when there are no descriptors
 * left. For uv_loop_close(); as a module row it has no init. */
void uv__listen_module_close(uv_loop_t* loop);
int uv__listen_module_init(uv_loop_t* loop);

/* --- Rows of src/tables.c ----------------------------------------------- */

/* Close and finish of tcp and tty; pipe has its own close around it. close()
 * leaves requests in place; finish() ends them with UV_ECANCELED. */
bool uv__stream_close(uv_handle_t* handle);
void uv__stream_finish(uv_handle_t* handle);

/* The descriptor, for somebody else: a listener shares it from then on. */
int uv__stream_fd(const uv_handle_t* handle);

bool uv__pipe_close(uv_handle_t* handle);

#endif
