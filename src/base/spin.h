/* SPDX-License-Identifier: MIT */
/* The arithmetic of the busy poll: how long to look before sleeping, learned
 * from how long the waits were that ended with an event. Pure; all times in ns.
 *
 * The idea of a weighted estimate per source is that of QEMU's adaptive polling
 * in its form of 2026; the rules for fruitless spins, trials and economy are
 * ours. */
#ifndef POLLUX_BASE_SPIN_H
#define POLLUX_BASE_SPIN_H

#include <stdbool.h>
#include <stdint.h>

struct uv__spin_limits {
  int64_t max_ns;      /* Ceiling of the window; 0: never spin. */
  unsigned grow;       /* Factor, at least 1. */
  unsigned shrink;     /* Divisor, at least 1. */
  unsigned weight;     /* Shift of the average, 1 to 63: 3 means 1/8. */
  bool is_cpu_bounded; /* Never spin longer than a sleep costs in CPU time. */
  bool is_tried;       /* Only where an experiment finds it no dearer. */
};

/* Is busy polling built in? Without (CMake's POLLUX_BUSY_POLL=OFF) what hangs
 * on this is dead code, which the compiler drops. */
#ifdef POLLUX_WITHOUT_BUSY_POLL
enum { UV__SPIN_IS_BUILT = 0 };
#else
enum { UV__SPIN_IS_BUILT = 1 };
#endif

static inline bool uv__spin_is_on(const struct uv__spin_limits* limits) {
  return UV__SPIN_IS_BUILT && limits->max_ns > 0;
}

/* Fold a new figure into an average, 1/8 at a time. */
static inline int64_t uv__spin_average(int64_t average_ns, int64_t value_ns) {
  return average_ns == 0 ? value_ns
                         : average_ns + value_ns / 8 - average_ns / 8;
}

/* How long a spin may be at all, where a sleep was measured to cost so much CPU
 * time; 0: not known. */
int64_t uv__spin_ceiling(const struct uv__spin_limits* limits,
                         int64_t sleep_cpu_ns);

/* The estimate of a source that has just fired after a wait of `block_ns`;
 * 0: no estimate, it comes too slowly. */
int64_t uv__spin_estimate(const struct uv__spin_limits* limits, int64_t est_ns,
                          int64_t block_ns);

/* The window after events whose slowest estimate is `est_ns` (0: too slow):
 * twice that, since a window as long as the average misses every second
 * one. */
int64_t uv__spin_adjust(const struct uv__spin_limits* limits, int64_t spin_ns,
                        int64_t est_ns);

/* Does the window stand after so many spins in a row that found nothing? Two
 * ends that spin for each other would both go to sleep after one disturbance,
 * and see only each other's wake-ups from then on. Under the CPU bound no
 * miss is forgiven. */
bool uv__spin_forgives(const struct uv__spin_limits* limits, unsigned misses);

/* How long to look, with this window, after so many misses in a row. After a
 * miss that is forgiven as long as `ceiling_ns`: the other side may sleep as
 * well, and the window, which is that of one awake, would miss its answer. */
int64_t uv__spin_length(const struct uv__spin_limits* limits, int64_t spin_ns,
                        unsigned misses, int64_t ceiling_ns);

/* The window after the last of `misses` spins in a row that found nothing. */
int64_t uv__spin_missed(const struct uv__spin_limits* limits, unsigned misses,
                        int64_t spin_ns);

/* One step towards a closed window. */
int64_t uv__spin_shrink(const struct uv__spin_limits* limits, int64_t spin_ns);

/* When to try a spin although the window is closed: a sleeper sees each event
 * late by its own wake-up, so closely spaced events may look too slow to it. */
struct uv__spin_trial {
  unsigned pause; /* Sleeps between two trials; doubles with each failure. */
  unsigned left;  /* Until the next one. */
};

enum { UV__TRIAL_PAUSE_MIN = 64, UV__TRIAL_PAUSE_MAX = 8192 };

/* Count a sleep with the window closed; true: try a spin now. */
bool uv__spin_trial_due(struct uv__spin_trial* trial);
void uv__spin_trial_result(struct uv__spin_trial* trial, bool was_hit);

#endif
