/* SPDX-License-Identifier: MIT */
/* Argument checks: UDP: options of sockets and groups. */
#include "cases.h"

#include <limits.h>
#include <sys/socket.h>

void udp_option_cases(void) {
  CASE(uv_udp_set_multicast_loop, "no socket", udp_new(), 1);
  CASE(uv_udp_set_multicast_loop, "bound", udp_bound(), 1);
  CASE(uv_udp_set_multicast_loop, "connected", udp_connected(), 1);
  CASE(uv_udp_set_multicast_loop, "receiving", udp_receiving(), 1);
  CASE(uv_udp_set_multicast_loop, "closing", udp_closing(), 1);
  CASE(uv_udp_set_multicast_loop, "-1", udp_bound(), -1);
  CASE(uv_udp_set_multicast_loop, "77", udp_bound(), 77);
  CASE(uv_udp_set_multicast_loop, "256", udp_bound(), 256);
  CASE(uv_udp_set_multicast_loop, "77, no socket", udp_new(), 77);
  CASE(uv_udp_set_multicast_ttl, "no socket", udp_new(), 1);
  CASE(uv_udp_set_multicast_ttl, "bound", udp_bound(), 1);
  CASE(uv_udp_set_multicast_ttl, "connected", udp_connected(), 1);
  CASE(uv_udp_set_multicast_ttl, "receiving", udp_receiving(), 1);
  CASE(uv_udp_set_multicast_ttl, "closing", udp_closing(), 1);
  CASE(uv_udp_set_multicast_ttl, "0", udp_bound(), 0);
  CASE(uv_udp_set_multicast_ttl, "-1", udp_bound(), -1);
  CASE(uv_udp_set_multicast_ttl, "-2", udp_bound(), -2);
  CASE(uv_udp_set_multicast_ttl, "256", udp_bound(), 256);
  CASE(uv_udp_set_multicast_ttl, "INT_MAX", udp_bound(), INT_MAX);
  CASE(uv_udp_set_multicast_ttl, "INT_MAX, no socket", udp_new(), INT_MAX);
  CASE(uv_udp_set_broadcast, "no socket", udp_new(), 1);
  CASE(uv_udp_set_broadcast, "bound", udp_bound(), 1);
  CASE(uv_udp_set_broadcast, "connected", udp_connected(), 1);
  CASE(uv_udp_set_broadcast, "receiving", udp_receiving(), 1);
  CASE(uv_udp_set_broadcast, "closing", udp_closing(), 1);
  CASE(uv_udp_set_broadcast, "-1", udp_bound(), -1);
  CASE(uv_udp_set_broadcast, "77", udp_bound(), 77);
  CASE(uv_udp_set_broadcast, "77, no socket", udp_new(), 77);
  CASE(uv_udp_set_ttl, "no socket", udp_new(), 1);
  CASE(uv_udp_set_ttl, "bound", udp_bound(), 1);
  CASE(uv_udp_set_ttl, "connected", udp_connected(), 1);
  CASE(uv_udp_set_ttl, "receiving", udp_receiving(), 1);
  CASE(uv_udp_set_ttl, "closing", udp_closing(), 1);
  CASE(uv_udp_set_ttl, "0", udp_bound(), 0);
  CASE(uv_udp_set_ttl, "-1", udp_bound(), -1);
  CASE(uv_udp_set_ttl, "255", udp_bound(), 255);
  CASE(uv_udp_set_ttl, "256", udp_bound(), 256);
  CASE(uv_udp_set_ttl, "INT_MAX", udp_bound(), INT_MAX);
  CASE(uv_udp_set_ttl, "INT_MAX, no socket", udp_new(), INT_MAX);
  CASE(uv_udp_set_multicast_interface, "no socket", udp_new(), "127.0.0.1");
  CASE(uv_udp_set_multicast_interface, "bound", udp_bound(), "127.0.0.1");
  CASE(uv_udp_set_multicast_interface, "connected", udp_connected(),
       "127.0.0.1");
  CASE(uv_udp_set_multicast_interface, "receiving", udp_receiving(),
       "127.0.0.1");
  CASE(uv_udp_set_multicast_interface, "closing", udp_closing(), "127.0.0.1");
  CASE(uv_udp_set_multicast_interface, "NULL", udp_bound(), NULL);
  CASE(uv_udp_set_multicast_interface, "no address", udp_bound(), "nonsense");
  CASE(uv_udp_set_multicast_interface, "empty", udp_bound(), "");
  CASE(uv_udp_set_multicast_interface, "no address, no socket", udp_new(),
       "nonsense");
  CASE(uv_udp_set_multicast_interface, "IPv6 on IPv4", udp_bound(), "::1");
  CASE(uv_udp_set_membership, "no socket", udp_new(), "239.255.0.1",
       "127.0.0.1", UV_JOIN_GROUP);
  CASE(uv_udp_set_membership, "bound", udp_bound(), "239.255.0.1", "127.0.0.1",
       UV_JOIN_GROUP);
  CASE(uv_udp_set_membership, "connected", udp_connected(), "239.255.0.1",
       "127.0.0.1", UV_JOIN_GROUP);
  CASE(uv_udp_set_membership, "receiving", udp_receiving(), "239.255.0.1",
       "127.0.0.1", UV_JOIN_GROUP);
  CASE(uv_udp_set_membership, "closing", udp_closing(), "239.255.0.1",
       "127.0.0.1", UV_JOIN_GROUP);
  CASE(uv_udp_set_membership, "no group", udp_bound(), "nonsense", NULL,
       UV_JOIN_GROUP);
  CASE(uv_udp_set_membership, "not multicast", udp_bound(), "127.0.0.1",
       "127.0.0.1", UV_JOIN_GROUP);
  CASE(uv_udp_set_membership, "no interface", udp_bound(), "239.255.0.1",
       "nonsense", UV_JOIN_GROUP);
  CASE(uv_udp_set_membership, "no such membership", udp_bound(), "239.255.0.1",
       "127.0.0.1", (uv_membership) 77);
  CASE(uv_udp_set_membership, "leave, never joined", udp_bound(), "239.255.0.1",
       "127.0.0.1", UV_LEAVE_GROUP);
  CASE(uv_udp_set_source_membership, "no socket", udp_new(), "239.255.0.1",
       "127.0.0.1", "127.0.0.1", UV_JOIN_GROUP);
  CASE(uv_udp_set_source_membership, "bound", udp_bound(), "239.255.0.1",
       "127.0.0.1", "127.0.0.1", UV_JOIN_GROUP);
  CASE(uv_udp_set_source_membership, "connected", udp_connected(),
       "239.255.0.1", "127.0.0.1", "127.0.0.1", UV_JOIN_GROUP);
  CASE(uv_udp_set_source_membership, "receiving", udp_receiving(),
       "239.255.0.1", "127.0.0.1", "127.0.0.1", UV_JOIN_GROUP);
  CASE(uv_udp_set_source_membership, "closing", udp_closing(), "239.255.0.1",
       "127.0.0.1", "127.0.0.1", UV_JOIN_GROUP);
  CASE(uv_udp_set_source_membership, "no group", udp_bound(), "nonsense", NULL,
       "127.0.0.1", UV_JOIN_GROUP);
  CASE(uv_udp_set_source_membership, "no source", udp_bound(), "239.255.0.1",
       "127.0.0.1", "nonsense", UV_JOIN_GROUP);
  CASE(uv_udp_set_source_membership, "no interface", udp_bound(), "239.255.0.1",
       "nonsense", "127.0.0.1", UV_JOIN_GROUP);
  CASE(uv_udp_set_source_membership, "source of the other family", udp_bound(),
       "239.255.0.1", "127.0.0.1", "::1", UV_JOIN_GROUP);
  CASE(uv_udp_set_source_membership, "no such membership", udp_bound(),
       "239.255.0.1", "127.0.0.1", "127.0.0.1", (uv_membership) 77);
}
