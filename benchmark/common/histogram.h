/* SPDX-License-Identifier: MIT */
/* Latencies in buckets: 32 per power of two, so a percentile is at most 3 %
 * off; noting one takes a few instructions and no memory beyond the struct. */
#ifndef POLLUX_BENCHMARK_COMMON_HISTOGRAM_H
#define POLLUX_BENCHMARK_COMMON_HISTOGRAM_H

#include <stdint.h>

enum { BENCH_SUB_BITS = 5, BENCH_BUCKETS = (64 - BENCH_SUB_BITS + 1) << 5 };

struct bench_histogram {
  uint64_t count;
  uint64_t max_ns;
  uint64_t buckets[BENCH_BUCKETS];
};

void bench_histogram_add(struct bench_histogram* h, uint64_t value_ns);
/* The value that `share` (0 to 1) of all do not exceed; 0 if there is none. */
uint64_t bench_histogram_at(const struct bench_histogram* h, double share);

#endif
