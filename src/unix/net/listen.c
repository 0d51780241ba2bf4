/* SPDX-License-Identifier: MIT */
/* uv_listen() and uv_accept(): the only file that knows which types of handles
 * can listen, and which can be made of a descriptor that was received.
 *
 * uv_accept() takes connections of a listener, and descriptors that came over a
 * pipe. How connections arrive is in stream/accept.c.
 *
 * Loop thread only. */
#include "loop/handle.h"
#include "unix/io/io.h"
#include "unix/net/pipe.h"
#include "unix/net/stream/stream.h"
#include "unix/net/tcp.h"
#include "unix/os/fd.h"

static int take_datagrams(uv_stream_t* client, int fd, unsigned flags) {
  (void) flags;
  return uv_udp_open((uv_udp_t*) client, fd);
}

/* What each type can do; NULL: it cannot. */
static const struct ability {
  /* Make the socket listen, and call `cb` for each connection. 0 or UV_E*. */
  int (*listen)(uv_stream_t* stream, int backlog, uv_connection_cb cb);
  /* Make `fd` the handle's own; `flags` are UV__STREAM_SOCKET or 0. 0 or UV_E*:
   * `fd` is still the caller's. */
  int (*take)(uv_stream_t* client, int fd, unsigned flags);
} abilities[UV_HANDLE_TYPE_MAX] = {
  [UV_TCP] = { uv__tcp_listen, uv__tcp_take },
  [UV_NAMED_PIPE] = { uv__pipe_listen, uv__pipe_take },
  [UV_UDP] = { NULL, take_datagrams },
};

/* What `stream` can do now: a closing handle can do nothing. */
static const struct ability* ability_of(const uv_stream_t* stream) {
  static const struct ability none;
  bool is_usable = !uv__handle_is_closing(stream) &&
                   (unsigned) stream->type < UV_HANDLE_TYPE_MAX;
  return is_usable ? &abilities[stream->type] : &none;
}

int uv_listen(uv_stream_t* stream, int backlog, uv_connection_cb cb) {
  const struct ability* ability = ability_of(stream);
  if (ability->listen == NULL) return UV_EINVAL;
  return ability->listen(stream, backlog, cb);
}

int uv_accept(uv_stream_t* server, uv_stream_t* client) {
  const struct ability* ability = ability_of(client);
  if (server->loop != client->loop || ability->take == NULL) return UV_EINVAL;
  int fd = server->accepted_fd;
  if (fd == -1) return UV_EAGAIN;

  int rc = 0;
  unsigned kind;
  if (server->flags & UV__STREAM_LISTENING) {
    kind = server->flags & UV__STREAM_SOCKET; /* As the listener, so its fd. */
    rc = uv__io_start(server->loop, &server->io_watcher, POLLIN);
  } else {
    kind = uv__stream_kind(fd);
    rc = uv__fd_set_nonblock(fd, true); /* Its sender may have it blocking. */
  }

  /* A connection that cannot be handed over is dropped: it would stand in the
   * way of all others. */
  if (rc == 0) rc = ability->take(client, fd, kind);
  if (rc != 0) uv__close(fd);
  uv__fds_next(server);
  return rc;
}
