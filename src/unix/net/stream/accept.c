/* SPDX-License-Identifier: MIT */
/* Accepting: what a listening stream does when a connection arrives.
 *
 * A wake-up accepts a connection, keeps its descriptor in `accepted_fd` and
 * calls the user. While uv_accept() has not taken it, the listener does not
 * watch its socket; uv_accept() starts it again.
 *
 * How many connections a wake-up accepts: one, if another process may accept
 * from the same socket, since that process may be idle and could serve the next
 * one. From a socket that the handle owns (ownership.c): up to
 * ACCEPTS_PER_WAKE_MAX, as long as connections wait. Only an accept(2) tells
 * that none waits. So after accepts in vain, more and more wake-ups do without
 * a second accept(2).
 *
 * Without descriptors left, accept(2) fails and the connection stays in the
 * queue: the loop would be woken for ever. So each loop keeps one descriptor in
 * reserve (`loop->emfile_fd`). It gives the reserve up for a moment, and
 * refuses the connections that wait. If there is no reserve, the user is told.
 *
 * Loop thread only. */
#include "unix/net/stream/parts.h"
#include "unix/net/stream/stream.h"

#include "loop/handle.h"
#include "unix/io/io.h"
#include "unix/os/fd.h"
#include "unix/os/sock.h"

#include <fcntl.h>

/* Other handles get their turn after so many. */
#define ACCEPTS_PER_WAKE_MAX 16

/* After many accepts in vain, each 16th wake-up still tries for a second
 * connection. */
#define SKIPS_MAX 15

/* Connections refused in one go: in a flood there is always another one. */
#define REFUSALS_MAX 64

/* --- The reserve -------------------------------------------------------- */

int uv__listen_module_init(uv_loop_t* loop) {
  loop->emfile_fd = -1;
  return 0;
}

void uv__listen_module_close(uv_loop_t* loop) {
  if (loop->emfile_fd == -1) return;
  uv__close(loop->emfile_fd);
  loop->emfile_fd = -1;
}

/* Have a descriptor in reserve, if possible. */
static void keep_reserve(uv_loop_t* loop) {
  if (loop->emfile_fd != -1) return;
  int fd = uv__fd_own(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd >= 0) loop->emfile_fd = fd;
}

/* Descriptors ran out (`error`): refuse the connections that wait. UV_EAGAIN:
 * all are refused. */
static int refuse_waiting(uv_loop_t* loop, int listen_fd, int error) {
  if (loop->emfile_fd == -1) return error;
  uv__listen_module_close(loop);

  int rc = 0;
  for (int i = 0; i < REFUSALS_MAX && rc >= 0; i++) {
    rc = uv__sock_accept(listen_fd);
    if (rc >= 0) uv__close(rc);
  }
  keep_reserve(loop);
  return rc >= 0 ? UV_EAGAIN : rc;
}

/* --- How many ----------------------------------------------------------- */

/* Is a second connection worth a try in this wake-up? */
static bool tries_more(uv_stream_t* server) {
  struct uv__listener* listener = uv__listener_of(server);
  if (!uv__ownership_holds(server)) return false;
  if (listener->skips == 0) return true;
  listener->skips--;
  return false;
}

/* Remember whether a second connection was there. */
static void learn(uv_stream_t* server, bool was_there) {
  struct uv__listener* listener = uv__listener_of(server);
  unsigned backoff = was_there ? 0 : listener->backoff * 2 + 1;
  listener->backoff = backoff < SKIPS_MAX ? backoff : SKIPS_MAX;
  listener->skips = listener->backoff;
}

/* --- The watcher -------------------------------------------------------- */

/* A connection's descriptor, or UV_E*; UV_EAGAIN: there is none. */
static int take_connection(uv_loop_t* loop, int listen_fd) {
  int fd = uv__sock_accept(listen_fd);
  if (fd == UV_EMFILE || fd == UV_ENFILE)
    fd = refuse_waiting(loop, listen_fd, fd);
  else if (fd >= 0)
    keep_reserve(loop);

  /* UV_ECONNABORTED: the peer gave up while it waited. */
  return fd == UV_ECONNABORTED ? UV_EAGAIN : fd;
}

/* Accept a connection and call the user. False: none waits, or accepting has
 * failed, so this wake-up takes no more. The callback may close the server. */
static bool accept_one(uv_stream_t* server) {
  int fd = take_connection(server->loop, server->io_watcher.fd);
  if (fd == UV_EAGAIN) return false;
  if (fd >= 0) {
    uv__io_count_messages(server->loop, 1);
    uv__fds_add(server, fd);
  }
  if (server->connection_cb != NULL)
    server->connection_cb(server, fd < 0 ? fd : 0);
  return fd >= 0;
}

/* Has the callback taken the connection, and neither closed the server nor
 * stopped the loop? */
static bool wants_more(const uv_stream_t* server) {
  return server->accepted_fd == -1 && !uv__handle_is_closing(server) &&
         server->loop->stop_flag == 0;
}

static void on_connection(uv_loop_t* loop, uv__io_t* w, unsigned events) {
  uv_stream_t* server = uv__stream_of(w);
  /* A connect on a listener fails, and its callback is still to come. */
  if (server->connect_req != NULL) {
    uv__stream_io(loop, w, events);
    return;
  }
  /* A program may write to a listener from uv_tcp_open(), or shut it down. That
   * fails, and is called back as on any stream. */
  if (events & POLLOUT) {
    uv__stream_io(loop, w, events & (POLLOUT | UV__IO_FED));
    return;
  }

  if (server->accepted_fd == -1 && accept_one(server) && wants_more(server) &&
      tries_more(server)) {
    for (int i = 1; i < ACCEPTS_PER_WAKE_MAX; i++) {
      bool was_there = accept_one(server);
      /* A callback may have given the socket away. */
      if (uv__listener_of(server)->owned_since == 0) break;
      learn(server, was_there);
      if (!was_there || !wants_more(server)) break;
    }
  }

  /* A closed server has no accepted_fd: uv__stream_close() closed it. */
  if (server->accepted_fd != -1) uv__io_stop(loop, w, POLLIN);
}

bool uv__listener_describe(uv__io_t* w, unsigned events,
                           struct uv__call* ret_call) {
  (void) events;
  if (uv__io_cb_bits(w) != (uintptr_t) on_connection) return false;
  const uv_stream_t* server = uv__stream_of(w);
  ret_call->type = server->type;
  ret_call->address = (uintptr_t) server->connection_cb;
  return true;
}

int uv__listen_watch(uv_stream_t* server, uv_connection_cb cb) {
  int rc = 0;
  if (server->accepted_fd == -1)
    rc = uv__io_start(server->loop, &server->io_watcher, POLLIN);
  if (rc != 0) return rc;

  uv__io_set_cb(&server->io_watcher, on_connection);
  server->connection_cb = cb;
  server->flags |= UV__STREAM_LISTENING;
  uv__handle_start(server);
  keep_reserve(server->loop);
  return 0;
}
