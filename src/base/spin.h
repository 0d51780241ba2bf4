/* SPDX-License-Identifier: MIT */
/* The arithmetic of the busy poll: how long to look before sleeping, learned from
 * how long the waits were that ended with an event. Pure; all times in ns.
 *
 * After QEMU's adaptive polling in its form of 2026, a weighted estimate per
 * source (https://lists.gnu.org/archive/html/qemu-devel/, "aio-poll: weighted
 * average"); the rules for a fruitless spin and for trials are ours. */
#ifndef POLLUX_BASE_SPIN_H
#define POLLUX_BASE_SPIN_H

#include <stdbool.h>
#include <stdint.h>

struct uv__spin_limits {
  int64_t max_ns;  /* Ceiling of the window; 0: never spin. */
  unsigned grow;   /* Factor, at least 1. */
  unsigned shrink; /* Divisor, at least 1. */
  unsigned weight; /* Shift of the average, 1 to 63: 3 means 1/8. */
};

/* The estimate of a source that has just fired after a wait of `block_ns`;
 * 0: no estimate, it comes too slowly. */
int64_t uv__spin_estimate(const struct uv__spin_limits* limits, int64_t est_ns,
                          int64_t block_ns);

/* The window after events whose slowest estimate is `est_ns` (0: too slow). */
int64_t uv__spin_adjust(const struct uv__spin_limits* limits, int64_t spin_ns,
                        int64_t est_ns);

/* The window after a spin that found nothing. */
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
