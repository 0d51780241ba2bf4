/* SPDX-License-Identifier: MIT */
/* The version of libuv's API that is served here. It is the newest one of which
 * every function is exported, or that of the headers when they are newer: see
 * UV__API_* in abi.h. Programs compare it with the version they were built
 * with, so it is never our own version number. */
#include "base/abi.h"

#define QUOTE(text) #text
#define QUOTE_VALUE(macro) QUOTE(macro)

/* UV__API_MINOR and UV__API_PATCH may be expressions, so their text is not the
 * number; the string takes the branch that the expression takes. */
#if UV_VERSION_MINOR > 53
#define MINOR_TEXT QUOTE_VALUE(UV_VERSION_MINOR)
#else
#define MINOR_TEXT "53"
#endif
#if UV_VERSION_MINOR >= 53
#define PATCH_TEXT QUOTE_VALUE(UV_VERSION_PATCH)
#else
#define PATCH_TEXT "0"
#endif

_Static_assert(UV__API_MINOR >= 53, "MINOR_TEXT starts at 53");
_Static_assert(UV__API_MINOR < 256 && UV__API_PATCH < 256,
               "each part of uv_version() is one byte");

unsigned int uv_version(void) {
  return (unsigned) UV__API_MAJOR << 16 | (unsigned) UV__API_MINOR << 8 |
         (unsigned) UV__API_PATCH;
}

const char* uv_version_string(void) {
  return QUOTE_VALUE(UV__API_MAJOR) "." MINOR_TEXT "." PATCH_TEXT;
}
