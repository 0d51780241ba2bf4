/* SPDX-License-Identifier: MIT */
/* The loop's private state, by owner. It hangs on `loop->internal_fields`; a
 * pointer to the io state is its first member, so that the layers below reach
 * their part without seeing the rest.
 *
 * Loop thread only, unless a field says otherwise. */
#ifndef POLLUX_LOOP_LOOP_H
#define POLLUX_LOOP_LOOP_H

#include "base/abi.h"
#include "base/stack.h"
#include "loop/lanes.h"
#include "loop/wheel.h"

#include <stdbool.h>
#include <stdint.h>

struct uv__figures;
struct uv__iostate;

struct uv__loop {
  struct uv__iostate* io; /* First: see above. */

  /* loop thread */
  struct uv__queue async_due;  /* async.c: taken off the stack, not yet run. */
  size_t async_count;          /* async.c: handles, ours too. */
  struct uv__queue timers_due; /* timer.c: due in this pass, not yet run. */
  uint64_t iterations;         /* run.c: for uv_metrics_info(). */
  bool is_running;             /* run.c: inside uv_run(). */
  void* process;               /* proc/reap.c's, NULL until first used. */
  void* signals;               /* proc/signal.c's, NULL until first used. */
  struct uv__figures* figures; /* figures.c's, NULL until switched on. */

  /* any thread, under the pool's mutex */
  struct uv__share share; /* work.c: queued for the pool. */

  /* any thread, atomic */
  struct uv__stack async_stack; /* async.c: handles sent. */
  struct uv__stack async_own;   /* The same, sent by the pass at hand itself. */
  unsigned async_senders;       /* async.c: threads inside uv_async_send(). */

  /* loop thread; last, as it is large */
  struct uv__wheel timers; /* timer.c: started, not yet due. */
};

/* The private state of a loop that is initialised. */
static inline struct uv__loop* uv__loop_of(const uv_loop_t* loop) {
  return loop->internal_fields;
}

/* The first row of the module table: the io state, as configured. */
int uv__loop_io_init(uv_loop_t* loop);

#endif
