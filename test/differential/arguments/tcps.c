/* SPDX-License-Identifier: MIT */
/* Argument checks: TCP handles. */
#include "cases.h"

#include <limits.h>
#include <sys/socket.h>

void tcp_cases(void) {
  CASE(uv_tcp_init, "fresh", loop(), tcp_new());
  CASE(uv_tcp_init_ex, "AF_UNIX", loop(), tcp_new(), AF_UNIX);
  CASE(uv_tcp_init_ex, "flags beyond the family", loop(), tcp_new(), 256);
  CASE(uv_tcp_init_ex, "AF_INET", loop(), tcp_new(), AF_INET);
  CASE(uv_tcp_init_ex, "AF_UNSPEC", loop(), tcp_new(), AF_UNSPEC);
  CASE(uv_tcp_init_ex, "huge", loop(), tcp_new(), UINT_MAX);
  CASE(uv_tcp_open, "-1", tcp_new(), -1);
  CASE(uv_tcp_open, "closed", tcp_new(), CLOSED_FD);
  CASE(uv_tcp_open, "a file", tcp_new(), file_fd());
  CASE(uv_tcp_open, "a pipe", tcp_new(), read_end());
  CASE(uv_tcp_open, "a datagram socket", tcp_new(), socket_fd(SOCK_DGRAM));
  CASE(uv_tcp_open, "no socket", tcp_new(), socket_fd(SOCK_STREAM));
  CASE(uv_tcp_open, "bound", tcp_bound(), socket_fd(SOCK_STREAM));
  CASE(uv_tcp_open, "listening", tcp_listening(), socket_fd(SOCK_STREAM));
  CASE(uv_tcp_open, "connecting", tcp_connecting(), socket_fd(SOCK_STREAM));
  CASE(uv_tcp_open, "connected", tcp_connected(), socket_fd(SOCK_STREAM));
  CASE(uv_tcp_open, "closing", tcp_closing(), socket_fd(SOCK_STREAM));
  CASE(uv_tcp_bind, "no socket", tcp_new(), local(), 0);
  CASE(uv_tcp_bind, "bound", tcp_bound(), local(), 0);
  CASE(uv_tcp_bind, "listening", tcp_listening(), local(), 0);
  CASE(uv_tcp_bind, "connecting", tcp_connecting(), local(), 0);
  CASE(uv_tcp_bind, "connected", tcp_connected(), local(), 0);
  CASE(uv_tcp_bind, "closing", tcp_closing(), local(), 0);
  CASE(uv_tcp_bind, "NULL", tcp_new(), NULL, 0);
  CASE(uv_tcp_bind, "strange family", tcp_new(), strange(), 0);
  CASE(uv_tcp_bind, "IPv6 only, IPv4", tcp_new(), local(), UV_TCP_IPV6ONLY);
  CASE(uv_tcp_bind, "no such flag", tcp_new(), local(), 1 << 20);
  CASE(uv_tcp_bind, "NULL, closing", tcp_closing(), NULL, 0);
  CASE(uv_tcp_nodelay, "no socket", tcp_new(), 1);
  CASE(uv_tcp_nodelay, "bound", tcp_bound(), 1);
  CASE(uv_tcp_nodelay, "listening", tcp_listening(), 1);
  CASE(uv_tcp_nodelay, "connecting", tcp_connecting(), 1);
  CASE(uv_tcp_nodelay, "connected", tcp_connected(), 1);
  CASE(uv_tcp_nodelay, "closing", tcp_closing(), 1);
  CASE(uv_tcp_keepalive, "no socket", tcp_new(), 1, 60);
  CASE(uv_tcp_keepalive, "bound", tcp_bound(), 1, 60);
  CASE(uv_tcp_keepalive, "listening", tcp_listening(), 1, 60);
  CASE(uv_tcp_keepalive, "connecting", tcp_connecting(), 1, 60);
  CASE(uv_tcp_keepalive, "connected", tcp_connected(), 1, 60);
  CASE(uv_tcp_keepalive, "closing", tcp_closing(), 1, 60);
  CASE(uv_tcp_keepalive, "delay 0", tcp_bound(), 1, 0);
  CASE(uv_tcp_keepalive, "off, delay 0", tcp_bound(), 0, 0);
  CASE(uv_tcp_keepalive, "huge delay", tcp_bound(), 1, UINT_MAX);
  CASE(uv_tcp_keepalive, "delay 0, no socket", tcp_new(), 1, 0);
  CASE(uv_tcp_keepalive, "huge delay, no socket", tcp_new(), 1, UINT_MAX);
  CASE(uv_tcp_keepalive_ex, "no socket", tcp_new(), 1, 60, 1, 10);
  CASE(uv_tcp_keepalive_ex, "bound", tcp_bound(), 1, 60, 1, 10);
  CASE(uv_tcp_keepalive_ex, "listening", tcp_listening(), 1, 60, 1, 10);
  CASE(uv_tcp_keepalive_ex, "connecting", tcp_connecting(), 1, 60, 1, 10);
  CASE(uv_tcp_keepalive_ex, "connected", tcp_connected(), 1, 60, 1, 10);
  CASE(uv_tcp_keepalive_ex, "closing", tcp_closing(), 1, 60, 1, 10);
  CASE(uv_tcp_keepalive_ex, "idle 0", tcp_bound(), 1, 0, 1, 10);
  CASE(uv_tcp_keepalive_ex, "interval 0", tcp_bound(), 1, 60, 0, 10);
  CASE(uv_tcp_keepalive_ex, "count 0", tcp_bound(), 1, 60, 1, 0);
  CASE(uv_tcp_keepalive_ex, "off, all 0", tcp_bound(), 0, 0, 0, 0);
  CASE(uv_tcp_keepalive_ex, "huge", tcp_bound(), 1, UINT_MAX, UINT_MAX,
       UINT_MAX);
  CASE(uv_tcp_simultaneous_accepts, "no socket", tcp_new(), 1);
  CASE(uv_tcp_simultaneous_accepts, "bound", tcp_bound(), 1);
  CASE(uv_tcp_simultaneous_accepts, "listening", tcp_listening(), 1);
  CASE(uv_tcp_simultaneous_accepts, "connecting", tcp_connecting(), 1);
  CASE(uv_tcp_simultaneous_accepts, "connected", tcp_connected(), 1);
  CASE(uv_tcp_simultaneous_accepts, "closing", tcp_closing(), 1);
  CASE(uv_tcp_getsockname, "no socket", tcp_new(), room_for_name(),
       length_of(128));
  CASE(uv_tcp_getsockname, "bound", tcp_bound(), room_for_name(),
       length_of(128));
  CASE(uv_tcp_getsockname, "listening", tcp_listening(), room_for_name(),
       length_of(128));
  CASE(uv_tcp_getsockname, "connecting", tcp_connecting(), room_for_name(),
       length_of(128));
  CASE(uv_tcp_getsockname, "connected", tcp_connected(), room_for_name(),
       length_of(128));
  CASE(uv_tcp_getsockname, "closing", tcp_closing(), room_for_name(),
       length_of(128));
  CASE(uv_tcp_getpeername, "no socket", tcp_new(), room_for_name(),
       length_of(128));
  CASE(uv_tcp_getpeername, "bound", tcp_bound(), room_for_name(),
       length_of(128));
  CASE(uv_tcp_getpeername, "listening", tcp_listening(), room_for_name(),
       length_of(128));
  CASE(uv_tcp_getpeername, "connecting", tcp_connecting(), room_for_name(),
       length_of(128));
  CASE(uv_tcp_getpeername, "connected", tcp_connected(), room_for_name(),
       length_of(128));
  CASE(uv_tcp_getpeername, "closing", tcp_closing(), room_for_name(),
       length_of(128));
  CASE(uv_tcp_getsockname, "length 0", tcp_bound(), room_for_name(),
       length_of(0));
  CASE(uv_tcp_getsockname, "length -1", tcp_bound(), room_for_name(),
       length_of(-1));
  CASE(uv_tcp_getsockname, "NULL name", tcp_bound(), NULL, length_of(128));
  CASE(uv_tcp_getpeername, "length 0", tcp_connected(), room_for_name(),
       length_of(0));
  CASE(uv_tcp_getpeername, "length -1", tcp_connected(), room_for_name(),
       length_of(-1));
  CASE(uv_tcp_connect, "no socket", &connect_req, tcp_new(), far(), on_connect);
  CASE(uv_tcp_connect, "bound", &connect_req, tcp_bound(), far(), on_connect);
  CASE(uv_tcp_connect, "listening", &connect_req, tcp_listening(), far(),
       on_connect);
  CASE(uv_tcp_connect, "connecting", &connect_req, tcp_connecting(), far(),
       on_connect);
  CASE(uv_tcp_connect, "connected", &connect_req, tcp_connected(), far(),
       on_connect);
  CASE(uv_tcp_connect, "closing", &connect_req, tcp_closing(), far(),
       on_connect);
  LATER(uv_tcp_connect, "nothing there", &connect_req, tcp_new(), far(),
        on_connect);
  CASE(uv_tcp_connect, "NULL", &connect_req, tcp_new(), NULL, on_connect);
  CASE(uv_tcp_connect, "strange family", &connect_req, tcp_new(), strange(),
       on_connect);
  CASE(uv_tcp_connect, "NULL, closing", &connect_req, tcp_closing(), NULL,
       on_connect);
  CASE(uv_tcp_close_reset, "no socket", tcp_new(), on_close);
  CASE(uv_tcp_close_reset, "bound", tcp_bound(), on_close);
  CASE(uv_tcp_close_reset, "listening", tcp_listening(), on_close);
  CASE(uv_tcp_close_reset, "connecting", tcp_connecting(), on_close);
  CASE(uv_tcp_close_reset, "connected", tcp_connected(), on_close);
  CASE(uv_tcp_close_reset, "closing", tcp_closing(), on_close);
  CASE(uv_tcp_close_reset, "NULL callback", tcp_connected(), NULL);
  CASE(uv_tcp_close_reset, "shut down",
       (uv_shutdown(&shutdown_req, as_stream(tcp_connected()), on_shutdown),
        (uv_tcp_t*) shutdown_req.handle),
       on_close);
}
