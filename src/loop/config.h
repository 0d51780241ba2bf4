/* SPDX-License-Identifier: MIT */
/* Pollux's settings from the environment, read once per process, at the first
 * loop. Ignored in programs that run with somebody else's rights (setuid).
 * A bad value means the default; nothing here ever fails. */
#ifndef POLLUX_LOOP_CONFIG_H
#define POLLUX_LOOP_CONFIG_H

#include "base/spin.h"

#include <stdbool.h>
#include <stdint.h>

/* UV_THREADPOOL_SIZE: what it is when unset, and its limit. */
#define UV__POOL_SIZE_DEFAULT 4
#define UV__POOL_SIZE_MAX 1024

struct uv__config {
  const char* monitor;     /* POLLUX_MONITOR; NULL: auto. */
  bool ring_is_forbidden;  /* UV_USE_IO_URING=0 */
  int64_t idle_ms;         /* POLLUX_IDLE_MS, 0 (never park) to a day; 7000. */
  /* POLLUX_POLL_MAX_NS, 0 (off) to 10 ms; unset: 10 us, and thrifty: only
   * where it saves CPU time. POLLUX_POLL_GROW, _SHRINK, 1 to 1000; 2. _WEIGHT,
   * 1 to 63; 3. */
  struct uv__spin_limits spin;
  const char* stats;       /* POLLUX_STATS: "1" for stderr, or a path; NULL. */
};

/* Constant from the first call on. Any thread. */
const struct uv__config* uv__config(void);

/* The number of threads that the text of UV_THREADPOOL_SIZE asks for; NULL when
 * it is not set. Pure. */
unsigned uv__pool_size_from(const char* text);

#endif
