/* SPDX-License-Identifier: MIT */
/* Host names: UTF-8 to the ASCII form DNS wants (punycode, RFC 3492), without
 * normalisation beyond the dots of IDNA. Pure. */
#ifndef POLLUX_BASE_IDNA_H
#define POLLUX_BASE_IDNA_H

#include "base/abi.h"

/* Convert the name in [source, source_end) into [dest, dest_end) and end it
 * with a NUL. Returns the bytes written, NUL included; UV_EINVAL for a name
 * that is empty, too long (never cut) or not UTF-8; UV_EINVAL when it does not
 * fit. */
ssize_t uv__idna_toascii(const char* source, const char* source_end, char* dest,
                         char* dest_end);

/* Decode one UTF-8 code point of [*pos, end) and advance `*pos`;
 * (unsigned) -1 for an ill-formed sequence. */
unsigned uv__utf8_decode1(const char** pos, const char* end);

#endif
