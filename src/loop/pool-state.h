/* SPDX-License-Identifier: MIT */
/* What the thread pool knows of itself. For threadpool.c only, where the rules
 * stand. */
#ifndef POLLUX_LOOP_POOL_STATE_H
#define POLLUX_LOOP_POOL_STATE_H

#include "base/abi.h"
#include "base/queue.h"
#include "loop/config.h"
#include "loop/lanes.h"
#include "loop/linger.h"
#include "loop/threadpool.h"

#include <stdbool.h>
#include <stdint.h>

/* A cache line: two CPUs cannot write it at once. */
enum { UV__POOL_LINE_BYTES = 64 };

/* On its own stack. Under the mutex. */
struct uv__worker {
  struct uv__queue node; /* In pool.sleepers; unlinked: awake, or called. */
  uv_cond_t wakeup;
  unsigned turn_jobs; /* Jobs since its turn began. */
  uint64_t idle_ns;   /* When it ran out of work; 0: unknown. */
  unsigned sleeps;
};

struct uv__pool_state {
  uv_mutex_t mutex;
  /* Any thread, atomic. */
  _Alignas(
      UV__POOL_LINE_BYTES) unsigned offers; /* A change: look at the lanes. */
  _Alignas(UV__POOL_LINE_BYTES) uint64_t
      delivered_ns;      /* A loop's last callbacks. */
  bool wants_deliveries; /* A worker may linger, so delivered_ns is of use. */

  /* Under the mutex. */
  _Alignas(UV__POOL_LINE_BYTES) struct uv__lanes lanes;
  uv__pool_cb finished;
  unsigned slow_running; /* Workers inside slow work. */

  /* Workers, under the mutex as well. */
  struct uv__queue sleepers; /* Not called yet; the next to be called first. */
  struct {
    unsigned most;     /* As many as there may be; 0: not started. */
    unsigned count;    /* As many as there are. Of these: */
    unsigned called;   /* called, and not awake yet; */
    unsigned starting; /* created, and not running yet; */
    unsigned asleep;   /* in `sleepers`. */
  } threads;
  bool wants_new; /* A turn is over: create a thread if possible. */
  bool is_stopping;

  /* Lingering, under the mutex as well. */
  struct uv__linger linger;
  bool has_lingerer;
  int submit_cpu;  /* Where the last submit came from. */
  int64_t call_ns; /* Average time that a call takes its caller. */

  uv_thread_t ids[UV__POOL_SIZE_MAX]; /* A page is touched only when used. */
};

#endif
