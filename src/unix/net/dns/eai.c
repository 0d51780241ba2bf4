/* SPDX-License-Identifier: MIT */
/* Errors of name resolution: libc's EAI_* become UV_EAI_*, whose values are the
 * same on all systems. Used by getaddrinfo.c and getnameinfo.c. */
#include "unix/net/dns/eai.h"

#include "base/abi.h"

#include <errno.h>
#include <netdb.h>

static const struct {
  int libc;
  int ours;
} names[] = {
  { 0, 0 },
  { EAI_NONAME, UV_EAI_NONAME },
  { EAI_NODATA, UV_EAI_NODATA },
  { EAI_AGAIN, UV_EAI_AGAIN },
  { EAI_FAIL, UV_EAI_FAIL },
  { EAI_SERVICE, UV_EAI_SERVICE },
  { EAI_FAMILY, UV_EAI_FAMILY },
  { EAI_SOCKTYPE, UV_EAI_SOCKTYPE },
  { EAI_BADFLAGS, UV_EAI_BADFLAGS },
  { EAI_ADDRFAMILY, UV_EAI_ADDRFAMILY },
  { EAI_MEMORY, UV_EAI_MEMORY },
  { EAI_OVERFLOW, UV_EAI_OVERFLOW },
  { EAI_CANCELED, UV_EAI_CANCELED },
};

int uv__eai_to_uv(int code) {
  if (code == EAI_SYSTEM) return errno != 0 ? UV__ERR(errno) : UV_EAI_FAIL;
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    if (names[i].libc == code) return names[i].ours;
  return UV_EAI_FAIL; /* A code of a newer libc. */
}

int uv__eai_outcome(int status, int retcode) {
  return status == UV_ECANCELED ? UV_EAI_CANCELED : retcode;
}
