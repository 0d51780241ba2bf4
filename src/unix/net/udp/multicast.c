/* SPDX-License-Identifier: MIT */
/* Multicast: the groups that a UDP handle has joined, and how it sends to
 * groups.
 *
 * The family is that of the addresses, or of the socket where there are no
 * addresses. An interface is named by one of its IPv4 addresses, or
 * by the scope of an IPv6 address ("::%eth0"); NULL leaves it to the kernel.
 *
 * A handle may join before it is bound: joining makes the socket and binds it
 * in a way that lets other programs on this host use the same port. Loop thread
 * only. */
#include "unix/net/udp/parts.h"

#include "loop/handle.h"
#include "unix/os/sock.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  struct sockaddr_storage room;
};

/* Read `text` as an address of one of the two families. */
static int parse(const char* text, union address* ret_address) {
  if (text == NULL) return UV_EINVAL;
  union address address;
  memset(&address, 0, sizeof(address));
  if (uv_ip4_addr(text, 0, &address.v4) != 0) {
    memset(&address, 0, sizeof(address));
    int rc = uv_ip6_addr(text, 0, &address.v6);
    if (rc != 0) return rc;
  }
  *ret_address = address;
  return 0;
}

/* As parse(), but the address must be of `family`, and NULL is the wildcard. */
static int parse_interface(const char* text, int family,
                           union address* ret_address) {
  if (text == NULL) {
    memset(ret_address, 0, sizeof(*ret_address));
    ret_address->any.sa_family = (sa_family_t) family;
    return 0;
  }
  union address address;
  int rc = parse(text, &address);
  if (rc != 0) return rc;
  if (address.any.sa_family != family) return UV_EINVAL;
  *ret_address = address;
  return 0;
}

static int set_option(const uv_udp_t* handle, int level, int name,
                      const void* value, socklen_t size) {
  const int fd = handle->io_watcher.fd;
  if (fd == -1) return UV_EBADF;
  return setsockopt(fd, level, name, value, size) == 0 ? 0 : UV__ERR(errno);
}

/* --- Groups -------------------------------------------------------------- */

static int change_v4(uv_udp_t* handle, const union address* group,
                     const union address* interface, bool is_join) {
  struct ip_mreq request;
  memset(&request, 0, sizeof(request));
  request.imr_multiaddr = group->v4.sin_addr;
  request.imr_interface = interface->v4.sin_addr;
  return set_option(handle, IPPROTO_IP,
                    is_join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &request,
                    sizeof(request));
}

static int change_v6(uv_udp_t* handle, const union address* group,
                     const union address* interface, bool is_join) {
  struct ipv6_mreq request;
  memset(&request, 0, sizeof(request));
  request.ipv6mr_multiaddr = group->v6.sin6_addr;
  request.ipv6mr_interface = interface->v6.sin6_scope_id;
  return set_option(handle, IPPROTO_IPV6,
                    is_join ? IPV6_ADD_MEMBERSHIP : IPV6_DROP_MEMBERSHIP,
                    &request, sizeof(request));
}

static int change_source_v4(uv_udp_t* handle, const union address* group,
                            const union address* interface,
                            const union address* source, bool is_join) {
  struct ip_mreq_source request;
  memset(&request, 0, sizeof(request));
  request.imr_multiaddr = group->v4.sin_addr;
  request.imr_interface = interface->v4.sin_addr;
  request.imr_sourceaddr = source->v4.sin_addr;
  return set_option(
      handle, IPPROTO_IP,
      is_join ? IP_ADD_SOURCE_MEMBERSHIP : IP_DROP_SOURCE_MEMBERSHIP, &request,
      sizeof(request));
}

static int change_source_v6(uv_udp_t* handle, const union address* group,
                            const union address* interface,
                            const union address* source, bool is_join) {
  struct group_source_req request;
  memset(&request, 0, sizeof(request));
  request.gsr_interface = interface->v6.sin6_scope_id;
  memcpy(&request.gsr_group, &group->v6, sizeof(group->v6));
  memcpy(&request.gsr_source, &source->v6, sizeof(source->v6));
  return set_option(
      handle, IPPROTO_IPV6,
      is_join ? MCAST_JOIN_SOURCE_GROUP : MCAST_LEAVE_SOURCE_GROUP, &request,
      sizeof(request));
}

static int check_membership(const uv_udp_t* handle, uv_membership membership) {
  if (handle->type != UV_UDP) return UV_EINVAL;
  const bool is_known =
      membership == UV_JOIN_GROUP || membership == UV_LEAVE_GROUP;
  return is_known ? 0 : UV_EINVAL;
}

int uv_udp_set_membership(uv_udp_t* handle, const char* group_text,
                          const char* interface_text,
                          uv_membership membership) {
  union address group, interface;
  int rc = check_membership(handle, membership);
  if (rc == 0) rc = parse(group_text, &group);
  if (rc != 0) return rc;
  const int family = group.any.sa_family;
  rc = parse_interface(interface_text, family, &interface);
  if (rc == 0) rc = uv__udp_autobind(handle, family, UV_UDP_REUSEADDR);
  if (rc != 0) return rc;

  const bool is_join = membership == UV_JOIN_GROUP;
  return family == AF_INET ? change_v4(handle, &group, &interface, is_join)
                           : change_v6(handle, &group, &interface, is_join);
}

int uv_udp_set_source_membership(uv_udp_t* handle, const char* group_text,
                                 const char* interface_text,
                                 const char* source_text,
                                 uv_membership membership) {
  union address group, interface, source;
  int rc = check_membership(handle, membership);
  if (rc == 0) rc = parse(group_text, &group);
  if (rc == 0) rc = parse(source_text, &source);
  if (rc != 0) return rc;
  const int family = group.any.sa_family;
  if (source.any.sa_family != family) return UV_EINVAL;
  rc = parse_interface(interface_text, family, &interface);
  if (rc == 0) rc = uv__udp_autobind(handle, family, UV_UDP_REUSEADDR);
  if (rc != 0) return rc;

  const bool is_join = membership == UV_JOIN_GROUP;
  return family == AF_INET
             ? change_source_v4(handle, &group, &interface, &source, is_join)
             : change_source_v6(handle, &group, &interface, &source, is_join);
}

/* --- Sending to groups --------------------------------------------------- */

/* Set the option of the socket's own family. */
static int set_number(const uv_udp_t* handle, int v4, int v6, int value) {
  const bool is_v6 = (handle->flags & UV__UDP_IPV6) != 0;
  return set_option(handle, is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, is_v6 ? v6 : v4,
                    &value, sizeof(value));
}

int uv_udp_set_multicast_loop(uv_udp_t* handle, int on) {
  if (on < 0 || on > 255) return UV_EINVAL;
  return set_number(handle, IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP, on != 0);
}

/* -1, which the kernel takes as its default, is refused as well. */
int uv_udp_set_multicast_ttl(uv_udp_t* handle, int ttl) {
  if (ttl < 0 || ttl > 255) return UV_EINVAL;
  return set_number(handle, IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS, ttl);
}

int uv_udp_set_multicast_interface(uv_udp_t* handle,
                                   const char* interface_addr) {
  const bool is_v6 = (handle->flags & UV__UDP_IPV6) != 0;
  union address interface;
  /* An address that is given decides the family; the kernel refuses a wrong
   * one. */
  int rc = interface_addr != NULL
               ? parse(interface_addr, &interface)
               : parse_interface(NULL, is_v6 ? AF_INET6 : AF_INET, &interface);
  if (rc != 0) return rc;

  if (interface.any.sa_family == AF_INET)
    return set_option(handle, IPPROTO_IP, IP_MULTICAST_IF,
                      &interface.v4.sin_addr, sizeof(interface.v4.sin_addr));
  return set_option(handle, IPPROTO_IPV6, IPV6_MULTICAST_IF,
                    &interface.v6.sin6_scope_id,
                    sizeof(interface.v6.sin6_scope_id));
}
