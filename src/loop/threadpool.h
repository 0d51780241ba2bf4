/* SPDX-License-Identifier: MIT */
/* The process-wide pool of worker threads. It runs `struct uv__work` and knows
 * no loop; work.c brings the results back. Any thread. */
#ifndef POLLUX_LOOP_THREADPOOL_H
#define POLLUX_LOOP_THREADPOOL_H

#include "base/abi.h"
#include "loop/lanes.h"

#include <stdbool.h>

/* Runs on a worker once `w->work` has returned; the pool does not touch `w`
 * from then on. */
typedef void (*uv__pool_cb)(struct uv__work* w);

/* Queue `w` on its submitter's share: a worker calls `w->work(w)`, then
 * `finished(w)`. There is one `finished` for the whole process. `kind` (work.h)
 * is for the figures. Starts the pool when it is not running. When not even one
 * thread can be had, both run here, before this returns. */
void uv__pool_submit(struct uv__work* w, struct uv__share* share,
                     enum uv__pool_lane lane, unsigned kind,
                     uv__pool_cb finished);

/* With the share it was queued on. True: `w` was still queued, is no longer,
 * and neither of its callbacks will run. False: it has begun, is over, or was
 * cancelled before. */
bool uv__pool_cancel(struct uv__work* w, struct uv__share* share);

/* A loop is about to call back for finished work: what is submitted from now on
 * may be an answer to it. A hint for how long to linger. */
void uv__pool_note_delivery(void);

/* Run what is queued, then end and join all workers. The next submit would
 * start a new pool. */
void uv__pool_shutdown(void);

#endif
