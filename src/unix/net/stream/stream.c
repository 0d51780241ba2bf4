/* SPDX-License-Identifier: MIT */
/* Streams: their life from init to close. The watcher of a stream that does not
 * listen does the following, in this order:
 *
 *   1. while a connect is on its way: finish it, and nothing else in this
 *      wake-up; or, when the watcher is only fed, call back the writes that are
 *      over
 *   2. readable or hung up: read (read.c)
 *   3. writable or hung up: write, and call back the writes that are over
 *      (write.c)
 *   4. all written: do the shutdown that waited for it; else make sure that
 *      the watcher is called again
 *
 * A callback may close the stream in each step, so the next step looks first. A
 * shutdown comes after the callbacks of all writes before it.
 *
 * Loop thread only. The watcher callback of listeners is in accept.c. */
#include "unix/net/stream/stream.h"
#include "unix/net/stream/parts.h"

#include "base/assert.h"
#include "loop/handle.h"
#include "loop/req.h"
#include "unix/io/io.h"
#include "unix/io/recorder.h"
#include "unix/os/fd.h"
#include "unix/os/sock.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- Init --------------------------------------------------------------- */

void uv__stream_init(uv_loop_t* loop, uv_stream_t* stream,
                     uv_handle_type type) {
  uv__handle_init(loop, stream, type);
  uv__io_init(&stream->io_watcher, uv__stream_io, -1);

  stream->write_queue_size = 0;
  stream->alloc_cb = NULL;
  stream->read_cb = NULL;
  stream->connection_cb = NULL;
  stream->connect_req = NULL;
  stream->shutdown_req = NULL;
  stream->delayed_error = 0;
  stream->accepted_fd = -1;
  stream->queued_fds = NULL;
  *uv__listener_of(stream) = (struct uv__listener){ 0 };
  uv__queue_init(&stream->write_queue);
  uv__queue_init(&stream->write_completed_queue);
}

/* --- Connect ------------------------------------------------------------ */

void uv__stream_connect_start(uv_stream_t* stream, uv_connect_t* req,
                              uv_connect_cb cb, int error) {
  UV__CHECK(stream->connect_req == NULL);
  uv__req_start(stream->loop, req, UV_CONNECT);
  uv__queue_init(&req->queue);
  req->cb = cb;
  req->handle = stream;
  stream->connect_req = req;

  if (error == 0)
    error = uv__io_start(stream->loop, &stream->io_watcher, POLLOUT);
  stream->delayed_error = error;
  if (error != 0) uv__io_feed(stream->loop, &stream->io_watcher);
}

/* How the connect ended: 0 or UV_E*; -EINPROGRESS: it is still on its way. */
static int connect_outcome(uv_stream_t* stream) {
  int outcome = stream->delayed_error;
  stream->delayed_error = 0;
  if (outcome != 0) return outcome;

  int error = 0;
  int rc =
      uv__sock_get_int(stream->io_watcher.fd, SOL_SOCKET, SO_ERROR, &error);
  return rc != 0 ? rc : UV__ERR(error);
}

/* Make sure that the watcher is called again for the queued requests. A connect
 * on its way calls it anyway, and so does POLLOUT. */
static void go_on(uv_stream_t* stream) {
  if (stream->connect_req == NULL &&
      !uv__io_active(&stream->io_watcher, POLLOUT))
    uv__io_feed(stream->loop, &stream->io_watcher);
}

static void finish_connect(uv_stream_t* stream) {
  int outcome = connect_outcome(stream);
  if (outcome == UV__ERR(EINPROGRESS)) return;

  uv_connect_t* req = stream->connect_req;
  stream->connect_req = NULL;
  uv__req_end(stream->loop);

  /* While requests waited for the connection, POLLOUT stays wanted: it makes
   * them go on. */
  const uv_shutdown_t* waiting_req = stream->shutdown_req;
  bool has_writes = !uv__queue_empty(&stream->write_queue) ||
                    !uv__queue_empty(&stream->write_completed_queue);
  if (outcome != 0 || (!has_writes && waiting_req == NULL))
    uv__io_stop(stream->loop, &stream->io_watcher, POLLOUT);

  if (req->cb != NULL) req->cb(req, outcome);
  if (outcome == 0 || uv__handle_is_closing(stream)) return;

  /* The connect has failed, and its writes with it, even if the callback has
   * started a new connect. A shutdown that waited cannot be done: it stays
   * until the close. */
  uv__stream_fail_writes(stream, UV_ECANCELED);
  uv__stream_finish_writes(stream);
  if (uv__handle_is_closing(stream)) return;

  /* A callback has asked for a shutdown while the lost writes were queued, so
   * uv_shutdown() has not fed the watcher. */
  if (stream->shutdown_req != waiting_req) go_on(stream);
}

/* --- Shutdown ----------------------------------------------------------- */

int uv_shutdown(uv_shutdown_t* req, uv_stream_t* stream, uv_shutdown_cb cb) {
  unsigned over = UV__STREAM_SHUT | UV__STREAM_SHUTTING | UV__HANDLE_CLOSING;
  bool is_writable = (stream->flags & UV__STREAM_WRITABLE) != 0;
  if (!is_writable || (stream->flags & over)) return UV_ENOTCONN;

  uv__req_start(stream->loop, req, UV_SHUTDOWN);
  req->handle = stream;
  req->cb = cb;
  stream->shutdown_req = req;
  stream->flags |= UV__STREAM_SHUTTING;
  stream->flags &= ~(unsigned) UV__STREAM_WRITABLE;

  /* With writes or a connect on the way, the watcher is called at their end. */
  if (uv__queue_empty(&stream->write_queue) && stream->connect_req == NULL)
    uv__io_feed(stream->loop, &stream->io_watcher);
  return 0;
}

/* End the shutdown request with `status`. */
static void finish_shutdown(uv_stream_t* stream, int status) {
  uv_shutdown_t* req = stream->shutdown_req;
  stream->shutdown_req = NULL;
  stream->flags &= ~(unsigned) UV__STREAM_SHUTTING;
  uv__req_end(stream->loop);
  if (req->cb != NULL) req->cb(req, status);
}

/* --- The watcher -------------------------------------------------------- */

/* All is written: stop watching for room, do the shutdown that waited. */
static void drain(uv_stream_t* stream) {
  uv__io_stop(stream->loop, &stream->io_watcher, POLLOUT);
  uv__stream_rest(stream);

  bool is_due = stream->shutdown_req != NULL &&
                uv__queue_empty(&stream->write_completed_queue);
  if (!is_due) return;

  int status = 0;
  if (shutdown(stream->io_watcher.fd, SHUT_WR) != 0)
    status = UV__ERR(errno);
  else
    stream->flags |= UV__STREAM_SHUT;
  finish_shutdown(stream, status);
}

void uv__stream_io(uv_loop_t* loop, uv__io_t* w, unsigned events) {
  (void) loop;
  uv_stream_t* stream = uv__stream_of(w);

  if (stream->connect_req != NULL) {
    bool is_only_fed = events == (POLLOUT | UV__IO_FED);
    if (is_only_fed && stream->delayed_error == 0)
      uv__stream_finish_writes(stream); /* The connect is still on its way. */
    else
      finish_connect(stream);
    return;
  }

  if (events & (POLLIN | POLLERR | POLLHUP)) {
    uv__stream_read(stream, events);
    if (uv__handle_is_closing(stream)) return;
  }

  if (events & (POLLOUT | POLLERR | POLLHUP)) {
    uv__stream_write(stream);
    uv__stream_finish_writes(stream);
    if (uv__handle_is_closing(stream)) return;
    if (!uv__queue_empty(&stream->write_queue))
      go_on(stream); /* Such as requests behind a write that failed. */
    else if (stream->connect_req == NULL)
      drain(stream);
  }
}

/* The callback of the write that is over first. */
static uintptr_t write_callback(const uv_stream_t* stream) {
  const struct uv__queue* queue =
      uv__queue_empty(&stream->write_completed_queue)
          ? &stream->write_queue
          : &stream->write_completed_queue;
  if (uv__queue_empty(queue)) return 0;
  const uv_write_t* req =
      uv__container_of(uv__queue_first(queue), uv_write_t, queue);
  return (uintptr_t) req->cb;
}

/* A wake-up may read and write: the address is that of the first callback. */
bool uv__stream_describe(uv__io_t* w, unsigned events,
                         struct uv__call* ret_call) {
  if (uv__io_cb_bits(w) != (uintptr_t) uv__stream_io) return false;
  const uv_stream_t* stream = uv__stream_of(w);
  ret_call->type = stream->type;
  if (stream->connect_req != NULL)
    ret_call->address = (uintptr_t) stream->connect_req->cb;
  else if (events & (POLLIN | POLLERR | POLLHUP))
    ret_call->address = (uintptr_t) stream->read_cb;
  else
    ret_call->address = write_callback(stream);
  return true;
}

/* --- Close -------------------------------------------------------------- */

bool uv__stream_close(uv_handle_t* handle) {
  uv_stream_t* stream = (uv_stream_t*) handle;
  uv__stream_read_stop(stream);
  uv__io_close(stream->loop, &stream->io_watcher);
  uv__handle_stop(stream);
  stream->flags &= ~(unsigned) (UV__STREAM_READABLE | UV__STREAM_WRITABLE);

  int fd = stream->io_watcher.fd;
  if (fd != -1 && !(stream->flags & UV__STREAM_FD_KEPT)) uv__close(fd);
  stream->io_watcher.fd = -1;
  uv__fds_close(stream);
  return true;
}

/* Callbacks may read the handle through their requests: it is still intact. */
void uv__stream_finish(uv_handle_t* handle) {
  uv_stream_t* stream = (uv_stream_t*) handle;

  uv_connect_t* connect_req = stream->connect_req;
  if (connect_req != NULL) {
    stream->connect_req = NULL;
    uv__req_end(stream->loop);
    if (connect_req->cb != NULL) connect_req->cb(connect_req, UV_ECANCELED);
  }

  uv__stream_fail_writes(stream, UV_ECANCELED);
  uv__stream_finish_writes(stream);
  if (stream->shutdown_req != NULL) finish_shutdown(stream, UV_ECANCELED);

  UV__CHECK(stream->write_queue_size == 0);
  UV__CHECK(uv__queue_empty(&stream->write_completed_queue));
}
