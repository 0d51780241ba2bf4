/* SPDX-License-Identifier: MIT */
/* A log-linear histogram of fixed size, as HDR histograms are: each power of
 * two is cut into UV__HISTOGRAM_SUB equal buckets, so a value is known to one
 * part in 16, whether it is 20 ns or 20 s. Adding counts in one bucket and
 * allocates nothing.
 *
 * One thread writes at a time. Any thread, and any process that maps the
 * memory, may read meanwhile. Each word is read whole, but a reader may see a
 * value in its bucket that is not yet in `sum`. So percentiles count the
 * buckets themselves. Words that only grow can be compared with an earlier
 * reading: uv__histogram_since().
 *
 * A value beyond the last bucket counts there; `max` keeps it exactly. */
#ifndef POLLUX_BASE_HISTOGRAM_H
#define POLLUX_BASE_HISTOGRAM_H

#include "base/atomics.h"

#include <stdint.h>

enum {
  UV__HISTOGRAM_SUB_BITS = 4,
  UV__HISTOGRAM_SUB = 1 << UV__HISTOGRAM_SUB_BITS,
  UV__HISTOGRAM_BITS = 40, /* 2^40 ns is 18 minutes. */
  UV__HISTOGRAM_BUCKETS =
      (UV__HISTOGRAM_BITS - UV__HISTOGRAM_SUB_BITS + 1) * UV__HISTOGRAM_SUB
};

/* All zero is empty. */
struct uv__histogram {
  uint64_t sum; /* Of value times weight. */
  uint64_t max;
  uint64_t buckets[UV__HISTOGRAM_BUCKETS];
};

/* The bucket of a value. The first two rows have a bucket for each value. */
static inline unsigned uv__histogram_index(uint64_t value) {
  if (value < UV__HISTOGRAM_SUB) return (unsigned) value;
  if (value >> UV__HISTOGRAM_BITS != 0) return UV__HISTOGRAM_BUCKETS - 1;
  unsigned shift =
      63 - (unsigned) __builtin_clzll(value) - UV__HISTOGRAM_SUB_BITS;
  return (shift << UV__HISTOGRAM_SUB_BITS) + (unsigned) (value >> shift);
}

/* Add a value that stands for `weight` of its kind. The writer only. */
static inline void uv__histogram_add(struct uv__histogram* h, uint64_t value,
                                     uint64_t weight) {
  uint64_t* bucket = &h->buckets[uv__histogram_index(value)];
  uv__store_relaxed(bucket, *bucket + weight);
  uv__store_relaxed(&h->sum, h->sum + value * weight);
  if (value > h->max) uv__store_relaxed(&h->max, value);
}

/* The lowest and the highest value of a bucket; the last one has no end. */
uint64_t uv__histogram_low(unsigned index);
uint64_t uv__histogram_high(unsigned index);

/* How many values it holds. */
uint64_t uv__histogram_count(const struct uv__histogram* h);

/* The value that `per_mille` of 1000 values do not exceed, as the highest one
 * of its bucket, and never more than `max`; 0 when it is empty. */
uint64_t uv__histogram_percentile(const struct uv__histogram* h,
                                  unsigned per_mille);

/* A copy, taken while another thread or process may write. */
void uv__histogram_copy(struct uv__histogram* to,
                        const struct uv__histogram* from);

/* Take from `h` what `earlier`, a copy of the same histogram, had already. What
 * `max` was since then is not known: it becomes the highest value of the
 * highest bucket, if that is less. */
void uv__histogram_since(struct uv__histogram* h,
                         const struct uv__histogram* earlier);

#endif
