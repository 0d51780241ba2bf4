/* SPDX-License-Identifier: MIT */
/* Clocks and sleep. The precise monotonic clock is behind uv_hrtime(); which
 * clock the loop's cached time comes from is the system's choice, made in
 * linux/clock.c.
 *
 * Both monotonic clocks count from the same origin and the fast one is never
 * ahead, so a time of the loop may be compared with uv_hrtime().
 *
 * No state. Any thread. */
#include "unix/os/clock.h"

#include "base/abi.h"

#include <errno.h>
#include <sys/resource.h>
#include <time.h>

enum { NS_PER_US = 1000, NS_PER_MS = 1000000 };
#define NS_PER_SEC 1000000000

uint64_t uv__clock_precise_ns(void) {
  /* Cannot fail with these arguments; stays at 0 should it ever. */
  struct timespec now = { 0 };
  (void) clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t) now.tv_sec * NS_PER_SEC + (uint64_t) now.tv_nsec;
}

uint64_t uv__clock_thread_cpu_ns(void) {
  struct timespec now = { 0 };
  (void) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (uint64_t) now.tv_sec * NS_PER_SEC + (uint64_t) now.tv_nsec;
}

/* The CPU time that comes with it is as of the last tick, or switch: useless
 * for a thread that does not sleep. */
uint64_t uv__clock_thread_preempted(void) {
  struct rusage usage;
  if (getrusage(RUSAGE_THREAD, &usage) != 0) return 0;
  return (uint64_t) usage.ru_nivcsw;
}

uint64_t uv_hrtime(void) {
  return uv__clock_precise_ns();
}

int uv_clock_gettime(uv_clock_id clock_id, uv_timespec64_t* ts) {
  if (ts == NULL) return UV_EFAULT;

  static const clockid_t clocks[] = {
    [UV_CLOCK_MONOTONIC] = CLOCK_MONOTONIC,
    [UV_CLOCK_REALTIME] = CLOCK_REALTIME,
  };
  const size_t index = (size_t) clock_id;
  if (index >= sizeof(clocks) / sizeof(clocks[0])) return UV_EINVAL;

  struct timespec now;
  if (clock_gettime(clocks[index], &now) != 0) return UV__ERR(errno);
  ts->tv_sec = now.tv_sec;
  ts->tv_nsec = (int32_t) now.tv_nsec;
  return 0;
}

int uv_gettimeofday(uv_timeval64_t* tv) {
  if (tv == NULL) return UV_EINVAL;

  uv_timespec64_t now = { 0, 0 };
  const int rc = uv_clock_gettime(UV_CLOCK_REALTIME, &now);
  if (rc != 0) return rc;
  tv->tv_sec = now.tv_sec;
  tv->tv_usec = now.tv_nsec / NS_PER_US;
  return 0;
}

/* Until a fixed moment, so that signals neither shorten nor stretch it. */
void uv_sleep(unsigned int msec) {
  const uint64_t until_ns =
      uv__clock_precise_ns() + (uint64_t) msec * NS_PER_MS;
  const struct timespec until = {
    .tv_sec = (time_t) (until_ns / NS_PER_SEC),
    .tv_nsec = (long) (until_ns % NS_PER_SEC),
  };
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
    continue;
}
