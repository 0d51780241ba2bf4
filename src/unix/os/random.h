/* SPDX-License-Identifier: MIT */
/* Random bytes, good enough for keys. May sleep: early after boot the kernel
 * has none yet. Any thread. */
#ifndef POLLUX_UNIX_OS_RANDOM_H
#define POLLUX_UNIX_OS_RANDOM_H

#include <stddef.h>

/* Fill `buf` whole: 0, or UV_E* and `buf` holds nothing of use. */
int uv__random_fill(void* buf, size_t len);

/* The system's own call, which needs no descriptor: 0, UV_ENOSYS when there is
 * none or it is forbidden, or another UV_E*. */
int uv__random_from_system(void* buf, size_t len);

#endif
