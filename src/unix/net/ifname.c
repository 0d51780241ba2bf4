/* SPDX-License-Identifier: MIT */
/* The name of a network interface, from its index. On unix the name is also the
 * text behind the '%' of a scoped IPv6 address. Any thread. */
#include "base/abi.h"
#include "base/text.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

int uv_if_indextoname(unsigned int ifindex, char* buffer, size_t* size) {
  if (buffer == NULL || size == NULL || *size == 0) return UV_EINVAL;
  char name[IF_NAMESIZE];
  if (if_indextoname(ifindex, name) == NULL) return UV__ERR(errno);
  return uv__copy_out(name, strnlen(name, sizeof(name)), buffer, size);
}

int uv_if_indextoiid(unsigned int ifindex, char* buffer, size_t* size) {
  return uv_if_indextoname(ifindex, buffer, size);
}
