/* SPDX-License-Identifier: MIT */
/* The buffers that a call is given to read or write: how much they may be, and
 * the copy of their array that a request keeps. Any thread. */
#ifndef POLLUX_BASE_BUFS_H
#define POLLUX_BASE_BUFS_H

#include "base/abi.h"
#include "base/alloc.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

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

/* The sum of the lengths of buffers that were measured before. */
static inline size_t uv__bufs_size(const uv_buf_t* bufs, unsigned count) {
  size_t size = 0;
  for (unsigned i = 0; i < count; i++) size += bufs[i].len;
  return size;
}

/* The room for buffers inside each request that has them, `bufsml`. */
enum { UV__BUFS_SMALL = 4 };

#define UV__BUFS_SMALL_HOLDS(type)                                             \
  _Static_assert(                                                              \
      sizeof(((type*) 0)->bufsml) == UV__BUFS_SMALL * sizeof(uv_buf_t),        \
      "uv__bufs_copy() fills it")
UV__BUFS_SMALL_HOLDS(uv_write_t);
UV__BUFS_SMALL_HOLDS(uv_udp_send_t);
UV__BUFS_SMALL_HOLDS(uv_fs_t);
#undef UV__BUFS_SMALL_HOLDS

/* Copy the array: when the call has returned, the caller may reuse its own. The
 * copy is in `small`, which is the request's `bufsml`, where it fits. Returns
 * NULL without memory. `count` is not 0. */
static inline uv_buf_t* uv__bufs_copy(uv_buf_t* small, const uv_buf_t* bufs,
                                      unsigned count) {
  const size_t size = count * sizeof(*bufs);
  uv_buf_t* copy = count <= UV__BUFS_SMALL ? small : uv__malloc(size);
  return copy == NULL ? NULL : memcpy(copy, bufs, size);
}

/* Free what uv__bufs_copy() returned for the same `small`, or NULL. */
static inline void uv__bufs_release(uv_buf_t* bufs, const uv_buf_t* small) {
  if (bufs != small) uv__free(bufs);
}

#endif
