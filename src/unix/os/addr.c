/* SPDX-License-Identifier: MIT */
/* Socket addresses from and to text. Built on inet.c; adds port, family and,
 * for IPv6, the zone: the name of an interface, or its number as RFC 4007
 * allows ("fe80::1%2").
 *
 * The address is set up before its text is read: a caller that ignores the
 * error gets the wildcard address with its port, as it always did.
 *
 * No state. Any thread. */
#include "base/abi.h"

#include <net/if.h>
#include <string.h>

int uv_ip4_addr(const char* ip, int port, struct sockaddr_in* addr) {
  *addr = (struct sockaddr_in){
    .sin_family = AF_INET,
    .sin_port = htons((uint16_t) port),
  };
  return uv_inet_pton(AF_INET, ip, &addr->sin_addr);
}

/* A decimal number that fills the whole text and 32 bits at most; else 0, which
 * is no zone. */
static uint32_t parse_zone_number(const char* zone) {
  uint64_t value = 0;
  for (; *zone >= '0' && *zone <= '9'; zone++) {
    value = value * 10 + (uint64_t) (*zone - '0');
    if (value > UINT32_MAX) return 0;
  }
  return *zone == '\0' ? (uint32_t) value : 0;
}

/* The interface that the zone names; 0 (any) when there is none of that name,
 * which is no error in this API. */
static uint32_t find_zone(const char* zone) {
  uint32_t index = if_nametoindex(zone);
  return index != 0 ? index : parse_zone_number(zone);
}

int uv_ip6_addr(const char* ip, int port, struct sockaddr_in6* addr) {
  *addr = (struct sockaddr_in6){
    .sin6_family = AF_INET6,
    .sin6_port = htons((uint16_t) port),
  };
  int rc = uv_inet_pton(AF_INET6, ip, &addr->sin6_addr);
  if (rc != 0) return rc;

  const char* percent = strchr(ip, '%');
  if (percent != NULL) addr->sin6_scope_id = find_zone(percent + 1);
  return 0;
}

/* The part of a socket address that has a text form; NULL for a family that we
 * do not know, which uv_inet_ntop() does not know either. */
static const void* bits_of(const struct sockaddr* addr) {
  const void* whole = addr;
  if (addr->sa_family == AF_INET)
    return &((const struct sockaddr_in*) whole)->sin_addr;
  if (addr->sa_family == AF_INET6)
    return &((const struct sockaddr_in6*) whole)->sin6_addr;
  return NULL;
}

int uv_ip_name(const struct sockaddr* src, char* dst, size_t size) {
  return uv_inet_ntop(src->sa_family, bits_of(src), dst, size);
}

/* These two trust their name, whatever the family field says. */
int uv_ip6_name(const struct sockaddr_in6* src, char* dst, size_t size) {
  return uv_inet_ntop(AF_INET6, &src->sin6_addr, dst, size);
}

int uv_ip4_name(const struct sockaddr_in* src, char* dst, size_t size) {
  return uv_inet_ntop(AF_INET, &src->sin_addr, dst, size);
}
