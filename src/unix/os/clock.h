/* SPDX-License-Identifier: MIT */
/* Clocks. Any thread. */
#ifndef POLLUX_UNIX_OS_CLOCK_H
#define POLLUX_UNIX_OS_CLOCK_H

#include <stdint.h>

/* Monotonic time in ns, exact: what uv_hrtime() returns. */
uint64_t uv__clock_precise_ns(void);

/* Monotonic time in ns for the loop's cached time: the coarse clock where it is
 * fine enough (1 ms) and no later than the exact one, else the exact one. */
uint64_t uv__clock_fast_ns(void);

/* CPU time of the calling thread in ns. A system call. */
uint64_t uv__clock_thread_cpu_ns(void);

/* How often the calling thread had to yield its CPU to another. A system
 * call. */
uint64_t uv__clock_thread_preempted(void);

#endif
