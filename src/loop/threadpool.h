/* SPDX-License-Identifier: MIT */
/* The process-wide pool of worker threads. It runs `struct uv__work` and knows
 * no loop; work.c brings the results back. Any thread. */
#ifndef POLLUX_LOOP_THREADPOOL_H
#define POLLUX_LOOP_THREADPOOL_H

#include "base/abi.h"

#include <stdbool.h>

/* UV_THREADPOOL_SIZE: what it is when unset, and its limit. */
#define UV__POOL_SIZE_DEFAULT 4
#define UV__POOL_SIZE_MAX 1024

enum uv__pool_lane {
  UV__LANE_FAST,
  UV__LANE_SLOW, /* At most half of the pool, rounded up, at a time. */
  UV__LANE_COUNT,
};

/* Runs on a worker once `w->work` has returned; the pool does not touch `w`
 * from then on. */
typedef void (*uv__pool_cb)(struct uv__work* w);

/* Queue `w`: a worker calls `w->work(w)`, then `finished(w)`. There is one
 * `finished` for the whole process. Starts the pool when it is not running.
 * When not even one thread can be had, both run here, before this returns. */
void uv__pool_submit(struct uv__work* w,
                     enum uv__pool_lane lane,
                     uv__pool_cb finished);

/* True: `w` was still queued, is no longer, and neither of its callbacks will
 * run. False: it has begun, is over, or was cancelled before. */
bool uv__pool_cancel(struct uv__work* w);

/* A loop is about to call back for finished work: what is submitted from now on
 * may be an answer to it. A hint for how long to linger. */
void uv__pool_note_delivery(void);

/* Run what is queued, then end and join all workers. The next submit would
 * start a new pool. */
void uv__pool_shutdown(void);

/* The number of threads that the text of UV_THREADPOOL_SIZE asks for; NULL when
 * it is not set. Pure. */
unsigned uv__pool_size_from(const char* text);

#endif
