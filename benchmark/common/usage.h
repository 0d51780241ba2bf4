/* SPDX-License-Identifier: MIT */
/* What a process or a thread has used so far. CPU time comes from the
 * scheduler's clock, which is exact; only how it splits into user and system
 * is sampled by the tick on most kernels. */
#ifndef POLLUX_BENCHMARK_COMMON_USAGE_H
#define POLLUX_BENCHMARK_COMMON_USAGE_H

#include <stdbool.h>
#include <stdint.h>

struct bench_usage {
  uint64_t wall_ns;
  uint64_t cpu_ns;
  uint64_t user_us, system_us;
  uint64_t switches; /* Voluntary. */
};

struct bench_usage bench_usage_now(bool of_thread);
/* The most memory that was resident, in KiB. */
long bench_usage_peak_kib(void);

#endif
