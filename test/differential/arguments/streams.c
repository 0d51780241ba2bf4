/* SPDX-License-Identifier: MIT */
/* Argument checks: streams in all states, and what is written to them. */
#include "cases.h"

#include <limits.h>

void stream_cases(void) {
  CASE(uv_read_start, "no socket, tcp", as_stream(tcp_new()), on_alloc,
       on_read);
  CASE(uv_read_start, "no socket, pipe", as_stream(pipe_new()), on_alloc,
       on_read);
  CASE(uv_read_start, "bound", as_stream(tcp_bound()), on_alloc, on_read);
  CASE(uv_read_start, "listening", as_stream(tcp_listening()), on_alloc,
       on_read);
  CASE(uv_read_start, "connecting", as_stream(tcp_connecting()), on_alloc,
       on_read);
  CASE(uv_read_start, "connected", as_stream(pipe_connected()), on_alloc,
       on_read);
  CASE(uv_read_start, "reading", reading(), on_alloc, on_read);
  CASE(uv_read_start, "shut down", shut_down(), on_alloc, on_read);
  CASE(uv_read_start, "ended", ended(), on_alloc, on_read);
  CASE(uv_read_start, "full", full(), on_alloc, on_read);
  CASE(uv_read_start, "closing", as_stream(tcp_closing()), on_alloc, on_read);
  CASE(uv_read_start, "connected, then closing", closing(pipe_connected()),
       on_alloc, on_read);
  CASE(uv_read_start, "NULL alloc_cb", as_stream(pipe_connected()), NULL,
       on_read);
  CASE(uv_read_start, "NULL read_cb", as_stream(pipe_connected()), on_alloc,
       NULL);
  CASE(uv_read_start, "NULL callbacks, no socket", as_stream(tcp_new()), NULL,
       NULL);
  CASE(uv_read_start, "NULL callbacks, closing", as_stream(tcp_closing()), NULL,
       NULL);
  CASE(uv_read_stop, "no socket, tcp", as_stream(tcp_new()));
  CASE(uv_read_stop, "no socket, pipe", as_stream(pipe_new()));
  CASE(uv_read_stop, "bound", as_stream(tcp_bound()));
  CASE(uv_read_stop, "listening", as_stream(tcp_listening()));
  CASE(uv_read_stop, "connecting", as_stream(tcp_connecting()));
  CASE(uv_read_stop, "connected", as_stream(pipe_connected()));
  CASE(uv_read_stop, "reading", reading());
  CASE(uv_read_stop, "shut down", shut_down());
  CASE(uv_read_stop, "ended", ended());
  CASE(uv_read_stop, "full", full());
  CASE(uv_read_stop, "closing", as_stream(tcp_closing()));
  CASE(uv_read_stop, "connected, then closing", closing(pipe_connected()));
  CASE(uv_listen, "no socket, tcp", as_stream(tcp_new()), 8, on_connection);
  CASE(uv_listen, "no socket, pipe", as_stream(pipe_new()), 8, on_connection);
  CASE(uv_listen, "bound", as_stream(tcp_bound()), 8, on_connection);
  CASE(uv_listen, "listening", as_stream(tcp_listening()), 8, on_connection);
  CASE(uv_listen, "connecting", as_stream(tcp_connecting()), 8, on_connection);
  CASE(uv_listen, "connected", as_stream(pipe_connected()), 8, on_connection);
  CASE(uv_listen, "reading", reading(), 8, on_connection);
  CASE(uv_listen, "shut down", shut_down(), 8, on_connection);
  CASE(uv_listen, "ended", ended(), 8, on_connection);
  CASE(uv_listen, "full", full(), 8, on_connection);
  CASE(uv_listen, "closing", as_stream(tcp_closing()), 8, on_connection);
  CASE(uv_listen, "connected, then closing", closing(pipe_connected()), 8,
       on_connection);
  CASE(uv_listen, "timer", as_stream(timer_new()), 8, on_connection);
  CASE(uv_listen, "udp", as_stream(udp_bound()), 8, on_connection);
  CASE(uv_listen, "negative backlog", as_stream(tcp_bound()), -1,
       on_connection);
  CASE(uv_listen, "huge backlog", as_stream(tcp_bound()), INT_MAX,
       on_connection);
  CASE(uv_listen, "NULL callback", as_stream(tcp_bound()), 8, NULL);
  CASE(uv_listen, "pipe, bound", as_stream(pipe_bound()), 8, on_connection);
  CASE(uv_accept, "no socket, tcp", as_stream(tcp_new()), as_stream(tcp_new()));
  CASE(uv_accept, "no socket, pipe", as_stream(pipe_new()),
       as_stream(tcp_new()));
  CASE(uv_accept, "bound", as_stream(tcp_bound()), as_stream(tcp_new()));
  CASE(uv_accept, "listening", as_stream(tcp_listening()),
       as_stream(tcp_new()));
  CASE(uv_accept, "connecting", as_stream(tcp_connecting()),
       as_stream(tcp_new()));
  CASE(uv_accept, "connected", as_stream(pipe_connected()),
       as_stream(tcp_new()));
  CASE(uv_accept, "reading", reading(), as_stream(tcp_new()));
  CASE(uv_accept, "shut down", shut_down(), as_stream(tcp_new()));
  CASE(uv_accept, "ended", ended(), as_stream(tcp_new()));
  CASE(uv_accept, "full", full(), as_stream(tcp_new()));
  CASE(uv_accept, "closing", as_stream(tcp_closing()), as_stream(tcp_new()));
  CASE(uv_accept, "connected, then closing", closing(pipe_connected()),
       as_stream(tcp_new()));
  CASE(uv_accept, "closing client", as_stream(tcp_listening()),
       as_stream(tcp_closing()));
  CASE(uv_accept, "timer client", as_stream(tcp_listening()),
       as_stream(timer_new()));
  CASE(uv_shutdown, "no socket, tcp", &shutdown_req, as_stream(tcp_new()),
       on_shutdown);
  CASE(uv_shutdown, "no socket, pipe", &shutdown_req, as_stream(pipe_new()),
       on_shutdown);
  CASE(uv_shutdown, "bound", &shutdown_req, as_stream(tcp_bound()),
       on_shutdown);
  CASE(uv_shutdown, "listening", &shutdown_req, as_stream(tcp_listening()),
       on_shutdown);
  CASE(uv_shutdown, "connecting", &shutdown_req, as_stream(tcp_connecting()),
       on_shutdown);
  LATER(uv_shutdown, "connected", &shutdown_req, as_stream(pipe_connected()),
        on_shutdown);
  LATER(uv_shutdown, "reading", &shutdown_req, reading(), on_shutdown);
  CASE(uv_shutdown, "shut down", &shutdown_req, shut_down(), on_shutdown);
  CASE(uv_shutdown, "ended", &shutdown_req, ended(), on_shutdown);
  CASE(uv_shutdown, "full", &shutdown_req, full(), on_shutdown);
  CASE(uv_shutdown, "closing", &shutdown_req, as_stream(tcp_closing()),
       on_shutdown);
  CASE(uv_shutdown, "connected, then closing", &shutdown_req,
       closing(pipe_connected()), on_shutdown);
  CASE(uv_shutdown, "NULL callback", &shutdown_req, as_stream(pipe_connected()),
       NULL);
  CASE(uv_shutdown, "timer", &shutdown_req, as_stream(timer_new()),
       on_shutdown);
  CASE(uv_is_readable, "no socket, tcp", as_stream(tcp_new()));
  CASE(uv_is_readable, "no socket, pipe", as_stream(pipe_new()));
  CASE(uv_is_readable, "bound", as_stream(tcp_bound()));
  CASE(uv_is_readable, "listening", as_stream(tcp_listening()));
  CASE(uv_is_readable, "connecting", as_stream(tcp_connecting()));
  CASE(uv_is_readable, "connected", as_stream(pipe_connected()));
  CASE(uv_is_readable, "reading", reading());
  CASE(uv_is_readable, "shut down", shut_down());
  CASE(uv_is_readable, "ended", ended());
  CASE(uv_is_readable, "full", full());
  CASE(uv_is_readable, "closing", as_stream(tcp_closing()));
  CASE(uv_is_readable, "connected, then closing", closing(pipe_connected()));
  CASE(uv_is_writable, "no socket, tcp", as_stream(tcp_new()));
  CASE(uv_is_writable, "no socket, pipe", as_stream(pipe_new()));
  CASE(uv_is_writable, "bound", as_stream(tcp_bound()));
  CASE(uv_is_writable, "listening", as_stream(tcp_listening()));
  CASE(uv_is_writable, "connecting", as_stream(tcp_connecting()));
  CASE(uv_is_writable, "connected", as_stream(pipe_connected()));
  CASE(uv_is_writable, "reading", reading());
  CASE(uv_is_writable, "shut down", shut_down());
  CASE(uv_is_writable, "ended", ended());
  CASE(uv_is_writable, "full", full());
  CASE(uv_is_writable, "closing", as_stream(tcp_closing()));
  CASE(uv_is_writable, "connected, then closing", closing(pipe_connected()));
  CASE(uv_stream_set_blocking, "no socket, tcp", as_stream(tcp_new()), 1);
  CASE(uv_stream_set_blocking, "no socket, pipe", as_stream(pipe_new()), 1);
  CASE(uv_stream_set_blocking, "bound", as_stream(tcp_bound()), 1);
  CASE(uv_stream_set_blocking, "listening", as_stream(tcp_listening()), 1);
  CASE(uv_stream_set_blocking, "connecting", as_stream(tcp_connecting()), 1);
  CASE(uv_stream_set_blocking, "connected", as_stream(pipe_connected()), 1);
  CASE(uv_stream_set_blocking, "reading", reading(), 1);
  CASE(uv_stream_set_blocking, "shut down", shut_down(), 1);
  CASE(uv_stream_set_blocking, "ended", ended(), 1);
  CASE(uv_stream_set_blocking, "full", full(), 1);
  CASE(uv_stream_set_blocking, "closing", as_stream(tcp_closing()), 1);
  CASE(uv_stream_set_blocking, "connected, then closing",
       closing(pipe_connected()), 1);
  CASE(uv_stream_get_write_queue_size, "no socket, tcp", as_stream(tcp_new()));
  CASE(uv_stream_get_write_queue_size, "no socket, pipe",
       as_stream(pipe_new()));
  CASE(uv_stream_get_write_queue_size, "bound", as_stream(tcp_bound()));
  CASE(uv_stream_get_write_queue_size, "listening", as_stream(tcp_listening()));
  CASE(uv_stream_get_write_queue_size, "connecting",
       as_stream(tcp_connecting()));
  CASE(uv_stream_get_write_queue_size, "connected",
       as_stream(pipe_connected()));
  CASE(uv_stream_get_write_queue_size, "reading", reading());
  CASE(uv_stream_get_write_queue_size, "shut down", shut_down());
  CASE(uv_stream_get_write_queue_size, "ended", ended());
  CASE(uv_stream_get_write_queue_size, "closing", as_stream(tcp_closing()));
  CASE(uv_stream_get_write_queue_size, "connected, then closing",
       closing(pipe_connected()));
}
