/* SPDX-License-Identifier: MIT */
/* Small bounded text functions. Pure. */
#ifndef POLLUX_BASE_TEXT_H
#define POLLUX_BASE_TEXT_H

#include "base/abi.h"

/* Copy a NUL-terminated `src` into `dst` of `size` bytes, always ending it with
 * a NUL when size > 0. Returns the bytes copied without the NUL, or UV_E2BIG
 * when `src` was cut. Nothing happens for size 0. */
ssize_t uv__strscpy(char* dst, const char* src, size_t size);

/* Split `text` in place at any byte of `separators`: strtok_r() semantics, with
 * the place to go on kept in `*state`. */
char* uv__strtok(char* text, const char* separators, char** state);

/* Copy out under the API's size rule: `*size` is the capacity in; the length
 * without NUL comes out on success. UV_ENOBUFS when it does not fit, and then
 * `*size` is what is needed, NUL included. */
int uv__copy_out(const char* text, size_t len, char* buf, size_t* size);

#endif
