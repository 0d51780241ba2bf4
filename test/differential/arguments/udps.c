/* SPDX-License-Identifier: MIT */
/* Argument checks: UDP handles: sockets, sending, receiving. */
#include "cases.h"

#include <limits.h>
#include <sys/socket.h>

static unsigned counts[2];

static unsigned* count_of(unsigned count) {
  counts[0] = counts[1] = count;
  return counts;
}

static uv_buf_t** parts_of(uv_buf_t* buf) {
  static uv_buf_t* parts[2];
  parts[0] = parts[1] = buf;
  return parts;
}

static struct sockaddr** dests_of(const struct sockaddr* addr) {
  static struct sockaddr* dests[2];
  dests[0] = dests[1] = (struct sockaddr*) addr;
  return dests;
}

static uv_udp_t* udp_wrong(void) {
  return (uv_udp_t*) timer_new();
}

void udp_cases(void) {
  CASE(uv_udp_init, "fresh", loop(), udp_new());
  CASE(uv_udp_init_ex, "AF_UNIX", loop(), udp_new(), AF_UNIX);
  CASE(uv_udp_init_ex, "flag 1 << 20", loop(), udp_new(), 1 << 20);
  CASE(uv_udp_init_ex, "UV_UDP_REUSEADDR", loop(), udp_new(), UV_UDP_REUSEADDR);
  CASE(uv_udp_init_ex, "UV_UDP_RECVMMSG", loop(), udp_new(), UV_UDP_RECVMMSG);
  CASE(uv_udp_init_ex, "huge", loop(), udp_new(), UINT_MAX);
  CASE(uv_udp_open, "-1", udp_new(), -1);
  CASE(uv_udp_open, "closed", udp_new(), CLOSED_FD);
  CASE(uv_udp_open, "a file", udp_new(), file_fd());
  CASE(uv_udp_open, "a stream socket", udp_new(), socket_fd(SOCK_STREAM));
  CASE(uv_udp_open, "no socket", udp_new(), socket_fd(SOCK_DGRAM));
  CASE(uv_udp_open, "bound", udp_bound(), socket_fd(SOCK_DGRAM));
  CASE(uv_udp_open, "connected", udp_connected(), socket_fd(SOCK_DGRAM));
  CASE(uv_udp_open, "receiving", udp_receiving(), socket_fd(SOCK_DGRAM));
  CASE(uv_udp_open, "closing", udp_closing(), socket_fd(SOCK_DGRAM));
  CASE(uv_udp_open_ex, "-1", udp_new(), -1, 0);
  CASE(uv_udp_open_ex, "no such flag", udp_new(), socket_fd(SOCK_DGRAM),
       1 << 15);
  CASE(uv_udp_open_ex, "UV_UDP_IPV6ONLY", udp_new(), socket_fd(SOCK_DGRAM),
       UV_UDP_IPV6ONLY);
  CASE(uv_udp_open_ex, "no socket", udp_new(), socket_fd(SOCK_DGRAM), 0);
  CASE(uv_udp_open_ex, "bound", udp_bound(), socket_fd(SOCK_DGRAM), 0);
  CASE(uv_udp_open_ex, "connected", udp_connected(), socket_fd(SOCK_DGRAM), 0);
  CASE(uv_udp_open_ex, "receiving", udp_receiving(), socket_fd(SOCK_DGRAM), 0);
  CASE(uv_udp_open_ex, "closing", udp_closing(), socket_fd(SOCK_DGRAM), 0);
  CASE(uv_udp_bind, "no socket", udp_new(), local(), 0);
  CASE(uv_udp_bind, "bound", udp_bound(), local(), 0);
  CASE(uv_udp_bind, "connected", udp_connected(), local(), 0);
  CASE(uv_udp_bind, "receiving", udp_receiving(), local(), 0);
  CASE(uv_udp_bind, "closing", udp_closing(), local(), 0);
  CASE(uv_udp_bind, "NULL", udp_new(), NULL, 0);
  CASE(uv_udp_bind, "strange family", udp_new(), strange(), 0);
  CASE(uv_udp_bind, "IPv6 only, IPv4", udp_new(), local(), UV_UDP_IPV6ONLY);
  CASE(uv_udp_bind, "no such flag", udp_new(), local(), 1 << 15);
  CASE(uv_udp_bind, "UV_UDP_RECVMMSG", udp_new(), local(), UV_UDP_RECVMMSG);
  CASE(uv_udp_bind, "UV_UDP_PARTIAL", udp_new(), local(), UV_UDP_PARTIAL);
  CASE(uv_udp_bind, "not a UDP handle", udp_wrong(), local(), 0);
  CASE(uv_udp_connect, "no socket", udp_new(), far());
  CASE(uv_udp_connect, "bound", udp_bound(), far());
  CASE(uv_udp_connect, "connected", udp_connected(), far());
  CASE(uv_udp_connect, "receiving", udp_receiving(), far());
  CASE(uv_udp_connect, "closing", udp_closing(), far());
  CASE(uv_udp_connect, "NULL, no socket", udp_new(), NULL);
  CASE(uv_udp_connect, "NULL, bound", udp_bound(), NULL);
  CASE(uv_udp_connect, "NULL, connected", udp_connected(), NULL);
  CASE(uv_udp_connect, "NULL, receiving", udp_receiving(), NULL);
  CASE(uv_udp_connect, "NULL, closing", udp_closing(), NULL);
  CASE(uv_udp_connect, "strange family", udp_new(), strange());
  CASE(uv_udp_connect, "not a UDP handle", udp_wrong(), far());
  CASE(uv_udp_getsockname, "no socket", udp_new(), room_for_name(),
       length_of(128));
  CASE(uv_udp_getsockname, "bound", udp_bound(), room_for_name(),
       length_of(128));
  CASE(uv_udp_getsockname, "connected", udp_connected(), room_for_name(),
       length_of(128));
  CASE(uv_udp_getsockname, "receiving", udp_receiving(), room_for_name(),
       length_of(128));
  CASE(uv_udp_getsockname, "closing", udp_closing(), room_for_name(),
       length_of(128));
  CASE(uv_udp_getpeername, "no socket", udp_new(), room_for_name(),
       length_of(128));
  CASE(uv_udp_getpeername, "bound", udp_bound(), room_for_name(),
       length_of(128));
  CASE(uv_udp_getpeername, "connected", udp_connected(), room_for_name(),
       length_of(128));
  CASE(uv_udp_getpeername, "receiving", udp_receiving(), room_for_name(),
       length_of(128));
  CASE(uv_udp_getpeername, "closing", udp_closing(), room_for_name(),
       length_of(128));
  CASE(uv_udp_getsockname, "length 0", udp_bound(), room_for_name(),
       length_of(0));
  CASE(uv_udp_getsockname, "length -1", udp_bound(), room_for_name(),
       length_of(-1));
  CASE(uv_udp_getpeername, "length -1", udp_connected(), room_for_name(),
       length_of(-1));
  CASE(uv_udp_send, "no socket, to an address", &send_req, udp_new(),
       one_byte(), 1, far(), on_send);
  CASE(uv_udp_try_send, "no socket, to an address", udp_new(), one_byte(), 1,
       far());
  CASE(uv_udp_try_send2, "no socket, to an address", udp_new(), 1,
       parts_of(one_byte()), count_of(1), dests_of(far()), 0);
  CASE(uv_udp_send, "no socket, to the peer", &send_req, udp_new(), one_byte(),
       1, NULL, on_send);
  CASE(uv_udp_try_send, "no socket, to the peer", udp_new(), one_byte(), 1,
       NULL);
  CASE(uv_udp_try_send2, "no socket, to the peer", udp_new(), 1,
       parts_of(one_byte()), count_of(1), dests_of(NULL), 0);
  CASE(uv_udp_send, "no socket, to a strange family", &send_req, udp_new(),
       one_byte(), 1, strange(), on_send);
  CASE(uv_udp_try_send, "no socket, to a strange family", udp_new(), one_byte(),
       1, strange());
  CASE(uv_udp_try_send2, "no socket, to a strange family", udp_new(), 1,
       parts_of(one_byte()), count_of(1), dests_of(strange()), 0);
  CASE(uv_udp_send, "bound, to an address", &send_req, udp_bound(), one_byte(),
       1, far(), on_send);
  CASE(uv_udp_try_send, "bound, to an address", udp_bound(), one_byte(), 1,
       far());
  CASE(uv_udp_try_send2, "bound, to an address", udp_bound(), 1,
       parts_of(one_byte()), count_of(1), dests_of(far()), 0);
  CASE(uv_udp_send, "bound, to the peer", &send_req, udp_bound(), one_byte(), 1,
       NULL, on_send);
  CASE(uv_udp_try_send, "bound, to the peer", udp_bound(), one_byte(), 1, NULL);
  CASE(uv_udp_try_send2, "bound, to the peer", udp_bound(), 1,
       parts_of(one_byte()), count_of(1), dests_of(NULL), 0);
  CASE(uv_udp_send, "bound, to a strange family", &send_req, udp_bound(),
       one_byte(), 1, strange(), on_send);
  CASE(uv_udp_try_send, "bound, to a strange family", udp_bound(), one_byte(),
       1, strange());
  CASE(uv_udp_try_send2, "bound, to a strange family", udp_bound(), 1,
       parts_of(one_byte()), count_of(1), dests_of(strange()), 0);
  CASE(uv_udp_send, "connected, to an address", &send_req, udp_connected(),
       one_byte(), 1, far(), on_send);
  CASE(uv_udp_try_send, "connected, to an address", udp_connected(), one_byte(),
       1, far());
  CASE(uv_udp_try_send2, "connected, to an address", udp_connected(), 1,
       parts_of(one_byte()), count_of(1), dests_of(far()), 0);
  CASE(uv_udp_send, "connected, to the peer", &send_req, udp_connected(),
       one_byte(), 1, NULL, on_send);
  CASE(uv_udp_try_send, "connected, to the peer", udp_connected(), one_byte(),
       1, NULL);
  CASE(uv_udp_try_send2, "connected, to the peer", udp_connected(), 1,
       parts_of(one_byte()), count_of(1), dests_of(NULL), 0);
  CASE(uv_udp_send, "connected, to a strange family", &send_req,
       udp_connected(), one_byte(), 1, strange(), on_send);
  CASE(uv_udp_try_send, "connected, to a strange family", udp_connected(),
       one_byte(), 1, strange());
  CASE(uv_udp_try_send2, "connected, to a strange family", udp_connected(), 1,
       parts_of(one_byte()), count_of(1), dests_of(strange()), 0);
  CASE(uv_udp_send, "receiving, to an address", &send_req, udp_receiving(),
       one_byte(), 1, far(), on_send);
  CASE(uv_udp_try_send, "receiving, to an address", udp_receiving(), one_byte(),
       1, far());
  CASE(uv_udp_try_send2, "receiving, to an address", udp_receiving(), 1,
       parts_of(one_byte()), count_of(1), dests_of(far()), 0);
  CASE(uv_udp_send, "receiving, to the peer", &send_req, udp_receiving(),
       one_byte(), 1, NULL, on_send);
  CASE(uv_udp_try_send, "receiving, to the peer", udp_receiving(), one_byte(),
       1, NULL);
  CASE(uv_udp_try_send2, "receiving, to the peer", udp_receiving(), 1,
       parts_of(one_byte()), count_of(1), dests_of(NULL), 0);
  CASE(uv_udp_send, "receiving, to a strange family", &send_req,
       udp_receiving(), one_byte(), 1, strange(), on_send);
  CASE(uv_udp_try_send, "receiving, to a strange family", udp_receiving(),
       one_byte(), 1, strange());
  CASE(uv_udp_try_send2, "receiving, to a strange family", udp_receiving(), 1,
       parts_of(one_byte()), count_of(1), dests_of(strange()), 0);
  CASE(uv_udp_send, "closing, to an address", &send_req, udp_closing(),
       one_byte(), 1, far(), on_send);
  CASE(uv_udp_try_send, "closing, to an address", udp_closing(), one_byte(), 1,
       far());
  CASE(uv_udp_try_send2, "closing, to an address", udp_closing(), 1,
       parts_of(one_byte()), count_of(1), dests_of(far()), 0);
  CASE(uv_udp_send, "closing, to the peer", &send_req, udp_closing(),
       one_byte(), 1, NULL, on_send);
  CASE(uv_udp_try_send, "closing, to the peer", udp_closing(), one_byte(), 1,
       NULL);
  CASE(uv_udp_try_send2, "closing, to the peer", udp_closing(), 1,
       parts_of(one_byte()), count_of(1), dests_of(NULL), 0);
  CASE(uv_udp_send, "closing, to a strange family", &send_req, udp_closing(),
       one_byte(), 1, strange(), on_send);
  CASE(uv_udp_try_send, "closing, to a strange family", udp_closing(),
       one_byte(), 1, strange());
  CASE(uv_udp_try_send2, "closing, to a strange family", udp_closing(), 1,
       parts_of(one_byte()), count_of(1), dests_of(strange()), 0);
  CASE(uv_udp_send, "no buffers", &send_req, udp_new(), NULL, 0, far(),
       on_send);
  CASE(uv_udp_try_send, "no buffers", udp_new(), NULL, 0, far());
  CASE(uv_udp_try_send2, "no buffers", udp_bound(), 1, parts_of(NULL),
       count_of(0), dests_of(far()), 0);
  CASE(uv_udp_send, "too many buffers", &send_req, udp_new(), one_byte(),
       (unsigned) INT_MAX + 1, far(), on_send);
  CASE(uv_udp_try_send, "too many buffers", udp_new(), one_byte(),
       (unsigned) INT_MAX + 1, far());
  CASE(uv_udp_try_send2, "too many buffers", udp_bound(), 1,
       parts_of(one_byte()), count_of((unsigned) INT_MAX + 1), dests_of(far()),
       0);
  CASE(uv_udp_send, "huge buffer", &send_req, udp_new(), huge(), 1, far(),
       on_send);
  CASE(uv_udp_try_send, "huge buffer", udp_new(), huge(), 1, far());
  CASE(uv_udp_try_send2, "huge buffer", udp_bound(), 1, parts_of(huge()),
       count_of(1), dests_of(far()), 0);
  CASE(uv_udp_send, "huge sum", &send_req, udp_new(), huge_sum(), 2, far(),
       on_send);
  CASE(uv_udp_try_send, "huge sum", udp_new(), huge_sum(), 2, far());
  CASE(uv_udp_try_send2, "huge sum", udp_bound(), 1, parts_of(huge_sum()),
       count_of(2), dests_of(far()), 0);
  CASE(uv_udp_send, "length 0", &send_req, udp_new(), no_bytes(), 1, far(),
       on_send);
  CASE(uv_udp_try_send, "length 0", udp_new(), no_bytes(), 1, far());
  CASE(uv_udp_try_send2, "length 0", udp_bound(), 1, parts_of(no_bytes()),
       count_of(1), dests_of(far()), 0);
  CASE(uv_udp_send, "NULL callback", &send_req, udp_new(), one_byte(), 1, far(),
       NULL);
  CASE(uv_udp_send, "not a UDP handle", &send_req, udp_wrong(), one_byte(), 1,
       far(), on_send);
  LATER(uv_udp_send, "IPv6 on an IPv4 socket", &send_req, udp_bound(),
        one_byte(), 1, local6(), on_send);
  CASE(uv_udp_try_send, "IPv6 on an IPv4 socket", udp_bound(), one_byte(), 1,
       local6());
  CASE(uv_udp_try_send, "not a UDP handle", udp_wrong(), one_byte(), 1, far());
  CASE(uv_udp_try_send2, "no datagrams", udp_bound(), 0, parts_of(one_byte()),
       count_of(1), dests_of(far()), 0);
  CASE(uv_udp_try_send2, "flags", udp_bound(), 1, parts_of(one_byte()),
       count_of(1), dests_of(far()), 1);
  CASE(uv_udp_try_send2, "too many datagrams", udp_bound(), UINT_MAX,
       parts_of(one_byte()), count_of(1), dests_of(far()), 0);
  CASE(uv_udp_try_send2, "not a UDP handle", udp_wrong(), 1,
       parts_of(one_byte()), count_of(1), dests_of(far()), 0);
  CASE(uv_udp_recv_start, "no socket", udp_new(), on_alloc, on_recv);
  CASE(uv_udp_recv_start, "bound", udp_bound(), on_alloc, on_recv);
  CASE(uv_udp_recv_start, "connected", udp_connected(), on_alloc, on_recv);
  CASE(uv_udp_recv_start, "receiving", udp_receiving(), on_alloc, on_recv);
  CASE(uv_udp_recv_start, "closing", udp_closing(), on_alloc, on_recv);
  CASE(uv_udp_recv_start, "NULL alloc_cb", udp_new(), NULL, on_recv);
  CASE(uv_udp_recv_start, "NULL recv_cb", udp_new(), on_alloc, NULL);
  CASE(uv_udp_recv_start, "not a UDP handle", udp_wrong(), on_alloc, on_recv);
  CASE(uv_udp_recv_stop, "no socket", udp_new());
  CASE(uv_udp_recv_stop, "bound", udp_bound());
  CASE(uv_udp_recv_stop, "connected", udp_connected());
  CASE(uv_udp_recv_stop, "receiving", udp_receiving());
  CASE(uv_udp_recv_stop, "closing", udp_closing());
  CASE(uv_udp_recv_stop, "not a UDP handle", udp_wrong());
  CASE(uv_udp_using_recvmmsg, "not wanted", udp_new());
  CASE(uv_udp_using_recvmmsg, "closing", udp_closing());
  CASE(uv_udp_get_send_queue_size, "no socket", udp_new());
  CASE(uv_udp_get_send_queue_size, "bound", udp_bound());
  CASE(uv_udp_get_send_queue_size, "connected", udp_connected());
  CASE(uv_udp_get_send_queue_size, "receiving", udp_receiving());
  CASE(uv_udp_get_send_queue_size, "closing", udp_closing());
  CASE(uv_udp_get_send_queue_count, "no socket", udp_new());
  CASE(uv_udp_get_send_queue_count, "bound", udp_bound());
  CASE(uv_udp_get_send_queue_count, "connected", udp_connected());
  CASE(uv_udp_get_send_queue_count, "receiving", udp_receiving());
  CASE(uv_udp_get_send_queue_count, "closing", udp_closing());
}
