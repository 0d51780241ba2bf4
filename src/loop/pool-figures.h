/* SPDX-License-Identifier: MIT */
/* The figures of the thread pool: how long jobs are queued and how long they
 * run, how many there are. The pool calls all of it under its mutex, and only
 * while they are on. Which jobs are timed: base/duty.h. */
#ifndef POLLUX_LOOP_POOL_FIGURES_H
#define POLLUX_LOOP_POOL_FIGURES_H

#include "base/atomics.h"
#include "loop/lanes.h"
#include "loop/stamps.h"

#include <stdbool.h>
#include <stdint.h>

/* atomic; stays up once it is. */
__attribute__((visibility("hidden"))) extern bool uv__pool_figures_on;

static inline bool uv__pool_is_measured(void) {
  return __builtin_expect(uv__load_relaxed(&uv__pool_figures_on), 0);
}

/* Switch on, for the whole process. Any thread. */
void uv__pool_figures_start(void);

/* A job, on its way through the pool. */
struct uv__job_times {
  struct uv__stamp stamp;
  uint64_t start_ns; /* 0: it is not timed. */
  uint64_t end_ns;
};

void uv__job_queued(const struct uv__work* w, unsigned kind,
                    enum uv__pool_lane lane);
void uv__job_cancelled(const struct uv__work* w);
/* A worker has taken it. */
void uv__job_started(const struct uv__work* w, struct uv__job_times* times);
/* It has returned; not under the mutex. */
void uv__job_returned(struct uv__job_times* times);
void uv__job_ended(const struct uv__job_times* times);

/* The workers there are, and those that do not sleep. */
void uv__pool_show_workers(unsigned count, unsigned awake);

/* In the child of a fork, or at the end of a pool: no job is queued. */
void uv__pool_figures_reset(void);

#endif
