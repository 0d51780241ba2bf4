/* SPDX-License-Identifier: MIT */
/* See usage.h. */
#include "usage.h"

#include <sys/resource.h>
#include <time.h>

static uint64_t nanoseconds(clockid_t clock) {
  struct timespec now;
  if (clock_gettime(clock, &now) != 0) return 0;
  return (uint64_t) now.tv_sec * 1000000000u + (uint64_t) now.tv_nsec;
}

static uint64_t microseconds(struct timeval time) {
  return (uint64_t) time.tv_sec * 1000000u + (uint64_t) time.tv_usec;
}

struct bench_usage bench_usage_now(bool of_thread) {
  struct rusage usage = { 0 };
  getrusage(of_thread ? RUSAGE_THREAD : RUSAGE_SELF, &usage);
  return (struct bench_usage){
    .wall_ns = nanoseconds(CLOCK_MONOTONIC),
    .cpu_ns = nanoseconds(of_thread ? CLOCK_THREAD_CPUTIME_ID
                                    : CLOCK_PROCESS_CPUTIME_ID),
    .user_us = microseconds(usage.ru_utime),
    .system_us = microseconds(usage.ru_stime),
    .switches = (uint64_t) usage.ru_nvcsw,
  };
}

long bench_usage_peak_kib(void) {
  struct rusage usage = { 0 };
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}
