/* SPDX-License-Identifier: MIT */
/* Between the two files of the experiment. Pure. */
#ifndef POLLUX_BASE_EXPERIMENT_PARTS_H
#define POLLUX_BASE_EXPERIMENT_PARTS_H

#include "base/experiment.h"

static inline uint64_t uv__exp_span(unsigned bits) {
  return (uint64_t) 1 << bits;
}

static inline uint64_t uv__exp_next_multiple(uint64_t now_ns, unsigned bits) {
  return ((now_ns >> bits) + 1) << bits;
}

/* What has happened since the epoch's begin, and at which pace. */
static inline struct uv__exp_arm uv__exp_epoch_of(
    const struct uv__experiment* exp, const struct uv__exp_reading* now) {
  return uv__exp_arm(&exp->from, now, exp->bytes_per_message);
}

static inline struct uv__exp_profile uv__exp_profile_of(
    const struct uv__experiment* exp, const struct uv__exp_reading* now) {
  struct uv__exp_arm epoch = uv__exp_epoch_of(exp, now);
  return uv__exp_profile(&epoch);
}

/* The budget grows by its share of the CPU time since the last reading; a trial
 * that costs more than sleeping takes the difference from it. */
void uv__exp_earn(struct uv__experiment* exp,
                  const struct uv__exp_reading* now);
void uv__exp_spend(struct uv__experiment* exp, double ns);

/* Sleep, and look again at the next possible trial. */
void uv__exp_rest(struct uv__experiment* exp, uint64_t now_ns);

/* Spinning is no good now; try again, but later each time. */
void uv__exp_fail(struct uv__experiment* exp, uint64_t now_ns);

/* The same by a verdict about spinning that was on. */
void uv__exp_refuse(struct uv__experiment* exp, uint64_t now_ns);

/* At rest: does a trial begin at the next edge? */
void uv__exp_consider(struct uv__experiment* exp,
                      const struct uv__exp_reading* now, bool was_idle);

#endif
