/* SPDX-License-Identifier: MIT */
/* What a call may be given to read or write: the rule that all functions with
 * buffers share. Any thread. */
#ifndef POLLUX_BASE_BUFS_H
#define POLLUX_BASE_BUFS_H

#include "base/abi.h"

#include <limits.h>
#include <stddef.h>

/* The kernel moves no more bytes in one call. */
#define UV__BYTES_MAX ((size_t) 0x7ffff000)

/* Sum up the lengths in `*ret_size`. UV_EINVAL for more than INT_MAX buffers,
 * and for more than UV__BYTES_MAX bytes. */
static inline int uv__bufs_measure(const uv_buf_t* bufs, unsigned count,
                                   size_t* ret_size) {
  if (count > INT_MAX) return UV_EINVAL;
  size_t size = 0;
  for (unsigned i = 0; i < count; i++) {
    if (bufs[i].len > UV__BYTES_MAX - size) return UV_EINVAL;
    size += bufs[i].len;
  }
  *ret_size = size;
  return 0;
}

#endif
