/* SPDX-License-Identifier: MIT */
/* See histogram.h. Values below 32 have a bucket each; above, the leading bits
 * choose the group and the next five bits the bucket in it. */
#include "histogram.h"

static unsigned bucket_of(uint64_t value) {
  if (value < (1u << BENCH_SUB_BITS)) return (unsigned) value;
  unsigned exponent = 63u - (unsigned) __builtin_clzll(value);
  unsigned shift = exponent - BENCH_SUB_BITS;
  unsigned sub = (unsigned) (value >> shift) - (1u << BENCH_SUB_BITS);
  return ((shift + 1) << BENCH_SUB_BITS) + sub;
}

/* The middle of a bucket. */
static uint64_t value_of(unsigned bucket) {
  if (bucket < (1u << BENCH_SUB_BITS)) return bucket;
  unsigned shift = (bucket >> BENCH_SUB_BITS) - 1;
  uint64_t sub = bucket & ((1u << BENCH_SUB_BITS) - 1);
  uint64_t low = (sub + (1u << BENCH_SUB_BITS)) << shift;
  return low + ((UINT64_C(1) << shift) >> 1);
}

void bench_histogram_add(struct bench_histogram* h, uint64_t value_ns) {
  h->count++;
  if (value_ns > h->max_ns) h->max_ns = value_ns;
  h->buckets[bucket_of(value_ns)]++;
}

uint64_t bench_histogram_at(const struct bench_histogram* h, double share) {
  uint64_t rank = (uint64_t) (share * (double) h->count);
  uint64_t seen = 0;
  for (unsigned i = 0; i < BENCH_BUCKETS; i++) {
    seen += h->buckets[i];
    if (seen > rank) return value_of(i) < h->max_ns ? value_of(i) : h->max_ns;
  }
  return h->max_ns;
}
