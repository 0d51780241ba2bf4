/* SPDX-License-Identifier: MIT */
/* Pollux's settings from the environment, read once per process, at the first
 * loop. Ignored in programs that run with other rights than their caller's
 * (setuid). A bad value means the default, and a complaint; nothing here ever
 * fails. */
#ifndef POLLUX_LOOP_CONFIG_H
#define POLLUX_LOOP_CONFIG_H

#include "base/spin.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The default of each setting, and its limit. The functions of pollux.h have
 * the same ones. */
enum {
  UV__POOL_SIZE_DEFAULT = 4, /* UV_THREADPOOL_SIZE */
  UV__POOL_SIZE_MAX = 1024,
  UV__POLL_MAX_NS_DEFAULT = 50000,   /* docs/adr/0012-spin-experiment.md */
  UV__LINGER_MAX_NS_DEFAULT = 10000, /* docs/adr/0005-thread-pool.md */
  UV__POLL_MAX_NS_MAX = 10 * 1000 * 1000,
  UV__POLL_FACTOR_DEFAULT = 2, /* POLLUX_POLL_GROW and _SHRINK */
  UV__POLL_FACTOR_MAX = 1000,
  UV__POLL_WEIGHT_DEFAULT = 3,
  UV__POLL_WEIGHT_MAX = 63,
  UV__IDLE_MS_DEFAULT = 7000,
  UV__IDLE_MS_MAX = 24 * 3600 * 1000 /* A day. */
};

enum { UV__COMPLAINT_MAX = 320 };

/* What a text of POLLUX_STATS asks for. */
enum uv__stats_kind {
  UV__STATS_OFF,
  UV__STATS_STDERR,
  UV__STATS_PATH,
  UV__STATS_LIVE,
  UV__STATS_UNKNOWN
};

struct uv__config {
  const char* monitor;    /* POLLUX_MONITOR, as uv__io_find(); NULL: auto. */
  bool ring_is_forbidden; /* UV_USE_IO_URING=0 */
  bool is_live;           /* POLLUX_STATS=live, and the page is there. */
  uint64_t idle_ns;       /* POLLUX_IDLE_MS; 0: never park. */
  /* POLLUX_POLL_MAX_NS, 0: off; unset: a loop spins where it has tried that
   * this is no dearer, and a worker lingers where it saves CPU time. _GROW,
   * _SHRINK and _WEIGHT: at least 1. */
  struct uv__spin_limits spin, linger;
  char complaint[UV__COMPLAINT_MAX]; /* What is not in force, and why not: one
                                      * sentence for each variable, joined by ";
                                      * ". */
};

/* Constant from the first call on. Any thread. */
const struct uv__config* uv__config(void);

/* The span of time of `text`: digits and ns, us, ms or s, or without a unit
 * `plain_ns` each. 0 and `*ret_ns`; UV_EINVAL for another text; UV_ERANGE for
 * more than `high_ns`. Pure. */
int uv__span_from(const char* text, int64_t plain_ns, int64_t high_ns,
                  int64_t* ret_ns);

/* A path has a slash or a dot; the rest are words. Pure. */
enum uv__stats_kind uv__stats_kind_of(const char* text);

/* Append "; NAME=VALUE FAULT" to `text`. A value is shortened; each byte of it
 * that is not printable, a blank or a semicolon becomes '?'. Pure. */
void uv__complain(char* text, size_t size, const char* name, const char* value,
                  const char* fault);

/* The number of threads that the text of UV_THREADPOOL_SIZE asks for; NULL when
 * it is not set. Pure. */
unsigned uv__pool_size_from(const char* text);

#endif
