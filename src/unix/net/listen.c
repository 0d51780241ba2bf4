/* SPDX-License-Identifier: MIT */
/* Listeners: uv_listen(), uv_accept() and the watcher callback of a stream that
 * listens.
 *
 * A connection is kept in `accepted_fd`. While the user has not taken it, the
 * listener does not watch; uv_accept() starts it again.
 *
 * How many a wake-up accepts: one, if others may accept from the same socket,
 * as what we take beyond it somebody else could serve who idles. If the socket
 * is ours alone, up to ACCEPTS_PER_WAKE_MAX as long as somebody waits. To learn
 * that nobody does costs an accept(2), so it is tried the more seldom the more
 * often it was in vain.
 *
 * A socket is ours alone when it was made by bind or listen, until its
 * descriptor gets out: by uv_fileno(), to another process (uv_write2(),
 * uv_spawn()), or by a fork(2), which is counted. Who copies a descriptor
 * behind our back shares less evenly, no more.
 *
 * Without descriptors left, accept(2) fails and the connection stays in the
 * queue: the loop would be woken for ever. So each loop keeps one descriptor in
 * reserve (`loop->emfile_fd`), gives it up for a moment, and refuses those who
 * wait. If there is no reserve, the user is told.
 *
 * uv_accept() also takes descriptors that were received over a pipe.
 *
 * Loop thread only. */
#include "unix/net/stream/stream.h"
#include "unix/net/stream/parts.h"
#include "unix/net/tcp.h"

#include "base/atomics.h"
#include "loop/handle.h"
#include "unix/io/io.h"
#include "unix/os/fd.h"
#include "unix/os/sock.h"

#include <fcntl.h>
#include <pthread.h>

/* So that other handles get their turn. */
#define ACCEPTS_PER_WAKE_MAX 16

/* In vain so often: only each 16th wake-up tries for a second connection. */
#define SKIPS_MAX 15

/* Connections refused in one go, to stay out of an endless flood. */
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

/* Descriptors ran out (`error`): refuse who waits. UV_EAGAIN: done. */
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

/* --- Whose socket it is --------------------------------------------------- */

/* Kept in the handle's spare words. All zero for other streams. */
struct listener {
  unsigned made_at; /* `forks` when we made the socket; 0: it may be shared. */
  unsigned skips;   /* Wake-ups that do not try for a second connection. */
  unsigned backoff; /* `skips` after the latest try, when it was in vain. */
};

/* Forks of this process and its parents so far, plus one. Any thread. */
static unsigned forks = 1;
static uv_once_t fork_hook_once = UV_ONCE_INIT;

static struct listener* listener_of(uv_stream_t* stream) {
  _Static_assert(sizeof(struct listener) <= sizeof(stream->u.reserved), "");
  return (struct listener*) (void*) stream->u.reserved;
}

static void count_fork(void) {
  (void) uv__fetch_add(&forks, 1);
}

static void install_fork_hook(void) {
  /* uncovered: no-memory. Then parent and child share less evenly. */
  (void) pthread_atfork(count_fork, NULL, NULL);
}

void uv__listen_alone(uv_stream_t* stream) {
  uv_once(&fork_hook_once, install_fork_hook);
  listener_of(stream)->made_at = uv__load_relaxed(&forks);
}

void uv__listen_shared(uv_stream_t* stream) {
  *listener_of(stream) = (struct listener) { 0 };
}

/* Is a second connection worth a try in this wake-up? */
static bool tries_more(uv_stream_t* server) {
  struct listener* listener = listener_of(server);
  if (listener->made_at != uv__load_relaxed(&forks)) return false;
  if (listener->skips == 0) return true;
  listener->skips--;
  return false;
}

/* There was one, or not. */
static void learn(uv_stream_t* server, bool was_there) {
  struct listener* listener = listener_of(server);
  unsigned backoff = was_there ? 0 : listener->backoff * 2 + 1;
  listener->backoff = backoff < SKIPS_MAX ? backoff : SKIPS_MAX;
  listener->skips = listener->backoff;
}

/* --- The watcher -------------------------------------------------------- */

/* A connection's descriptor, or UV_E*; UV_EAGAIN: nobody for us. */
static int take_connection(uv_loop_t* loop, int listen_fd) {
  int fd = uv__sock_accept(listen_fd);
  if (fd == UV_EMFILE || fd == UV_ENFILE)
    fd = refuse_waiting(loop, listen_fd, fd);
  else if (fd >= 0)
    keep_reserve(loop);

  /* The peer gave up while it waited. */
  return fd == UV_ECONNABORTED ? UV_EAGAIN : fd;
}

/* Accept one and call back. False: nobody waits, or no more should be taken in
 * this wake-up. The user may have closed the server. */
static bool accept_one(uv_stream_t* server) {
  int fd = take_connection(server->loop, server->io_watcher.fd);
  if (fd == UV_EAGAIN) return false;
  if (fd >= 0) uv__fds_add(server, fd);
  if (server->connection_cb != NULL)
    server->connection_cb(server, fd < 0 ? fd : 0);
  return fd >= 0;
}

/* The user is ready for another: he has taken the last, and goes on. */
static bool wants_more(const uv_stream_t* server) {
  return server->accepted_fd == -1 && !uv__handle_is_closing(server) &&
         server->loop->stop_flag == 0;
}

static void on_connection(uv_loop_t* loop, uv__io_t* w, unsigned events) {
  uv_stream_t* server = uv__stream_of(w);
  /* A listener that was told to connect waits to hear that it cannot. */
  if (server->connect_req != NULL) {
    uv__stream_io(loop, w, events);
    return;
  }
  /* A listener from uv_tcp_open() may write and shut down: that fails, and is
   * called back as on any stream. */
  if (events & POLLOUT) {
    uv__stream_io(loop, w, events & (POLLOUT | UV__IO_FED));
    return;
  }

  if (server->accepted_fd == -1 && accept_one(server) && wants_more(server) &&
      tries_more(server)) {
    for (int i = 1; i < ACCEPTS_PER_WAKE_MAX; i++) {
      bool was_there = accept_one(server);
      /* A callback may have given the socket away, or closed it. */
      if (listener_of(server)->made_at == 0) break;
      learn(server, was_there);
      if (!was_there || !wants_more(server)) break;
    }
  }

  /* A closed server has none, as uv__stream_close() closed it. */
  if (server->accepted_fd != -1) uv__io_stop(loop, w, POLLIN);
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

/* --- API ---------------------------------------------------------------- */

int uv_listen(uv_stream_t* stream, int backlog, uv_connection_cb cb) {
  if (uv__handle_is_closing(stream)) return UV_EINVAL;
  if (stream->type == UV_TCP)
    return uv__tcp_listen((uv_tcp_t*) stream, backlog, cb);
  if (stream->type == UV_NAMED_PIPE)
    return uv__pipe_listen((uv_pipe_t*) stream, backlog, cb);
  return UV_EINVAL;
}

/* Give `fd` to `client`. On failure it is still ours. */
static int hand_over(uv_stream_t* client, int fd) {
  if (client->type == UV_UDP) return uv_udp_open((uv_udp_t*) client, fd);
  if (client->type == UV_TCP) return uv__tcp_take(client, fd);
  int rc = uv__stream_open(client,
                           fd,
                           UV__STREAM_READABLE | UV__STREAM_WRITABLE);
  if (rc == 0) client->flags |= UV__STREAM_BOUND;
  return rc;
}

static bool can_accept(const uv_stream_t* client) {
  if (uv__handle_is_closing(client)) return false;
  return client->type == UV_TCP || client->type == UV_NAMED_PIPE ||
         client->type == UV_UDP;
}

int uv_accept(uv_stream_t* server, uv_stream_t* client) {
  if (server->loop != client->loop || !can_accept(client)) return UV_EINVAL;
  int fd = server->accepted_fd;
  if (fd == -1) return UV_EAGAIN;

  int rc = 0;
  if (server->flags & UV__STREAM_LISTENING)
    rc = uv__io_start(server->loop, &server->io_watcher, POLLIN);
  else
    rc = uv__fd_set_nonblock(fd, true); /* As it came from elsewhere. */

  /* A connection that cannot be handed over is dropped, or it would stand in
   * the way of all others. */
  if (rc == 0) rc = hand_over(client, fd);
  if (rc != 0) uv__close(fd);
  uv__fds_next(server);
  return rc;
}
