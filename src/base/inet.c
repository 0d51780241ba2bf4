/* SPDX-License-Identifier: MIT */
/* Internet addresses between text and binary form: libc does the work, here
 * are the API's rules around it.
 *
 *   - errors are codes, and a NULL is UV_EINVAL;
 *   - an IPv6 text may end in a zone ("fe80::1%eth0"). The binary form has no
 *     room for it, so everything from the first '%' on is left out unread;
 *     uv_ip6_addr() understands zones.
 *
 * Pure. Any thread. */
#include "base/abi.h"

#include <errno.h>
#include <string.h>

int uv_inet_ntop(int af, const void* src, char* dst, size_t size) {
  if (af != AF_INET && af != AF_INET6) return UV_EAFNOSUPPORT;
  if (src == NULL || dst == NULL) return UV_EINVAL;

  /* No text is longer, so a larger size needs no narrower type than ours. */
  socklen_t room =
      size < INET6_ADDRSTRLEN ? (socklen_t) size : INET6_ADDRSTRLEN;
  if (inet_ntop(af, src, dst, room) == NULL) return UV__ERR(errno);
  return 0;
}

/* The text up to its zone; UV_EINVAL when no address is that long. */
static int cut_zone(const char* src, char text[INET6_ADDRSTRLEN]) {
  size_t len = strcspn(src, "%");
  if (len >= INET6_ADDRSTRLEN) return UV_EINVAL;
  memcpy(text, src, len);
  text[len] = '\0';
  return 0;
}

int uv_inet_pton(int af, const char* src, void* dst) {
  if (src == NULL || dst == NULL) return UV_EINVAL;

  char text[INET6_ADDRSTRLEN];
  if (af == AF_INET6) {
    int rc = cut_zone(src, text);
    if (rc != 0) return rc;
    src = text;
  }

  switch (inet_pton(af, src, dst)) {
    case 1:
      return 0;
    case 0:
      return UV_EINVAL;
    default:
      return UV__ERR(errno);
  }
}
