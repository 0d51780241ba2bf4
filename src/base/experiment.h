/* SPDX-License-Identifier: MIT */
/* The experiment that decides whether a loop spins before it sleeps: short
 * epochs with and without spinning take turns, and the CPU time per unit of
 * work decides. Pure: clocks and counters are parameters.
 *
 * Two epochs, one of each kind, make a pair. A pair is won if the work cost
 * less CPU time with spinning. Wins and losses are summed up in a score, the
 * logarithm of a bet: were spinning no better, the score would reach ADOPT in
 * at most one trial of twenty, whenever one looks. Then the loop spins, and
 * from time to time a pair checks that it should.
 *
 * Trials begin at multiples of powers of two of the monotonic clock, so the two
 * ends of a conversation try together: an end that spins alone spins through
 * the other's wake-up, and may lose what both would win.
 *
 * What trials cost more than sleeping comes out of a budget, a share of the
 * loop's CPU time. Why and how well: docs/adr/0012-spin-experiment.md. */
#ifndef POLLUX_BASE_EXPERIMENT_H
#define POLLUX_BASE_EXPERIMENT_H

#include "base/epoch.h"

#include <stdbool.h>
#include <stdint.h>

enum {
  UV__EXP_PAIR_BITS = 21,    /* A pair of epochs: 2^21 ns, about 2 ms. */
  UV__EXP_GRID_BITS = 24,    /* Between two possible trials at first: 17 ms. */
  UV__EXP_GRID_MAX = 33,     /* ... and after many have failed: 8.6 s. */
  UV__EXP_WATCH_BITS = 21,   /* Between two looks while spinning: 2 ms. */
  UV__EXP_CHECK_BITS = 26,   /* Between two checks: 67 ms. */
  UV__EXP_LONG_MAX = 29,     /* ... and at last between two long ones: 0.5 s. */
  UV__EXP_ADOPT = 12,        /* The score that begins spinning. */
  UV__EXP_TRIAL_MISSES = 4,  /* Fruitless spins in a row that end a trial, */
  UV__EXP_MISSES = 8,        /* ... and that end spinning. */
  UV__EXP_TRIAL_NS = 200000, /* What a trial must be able to lose, at least. */
  UV__EXP_BUDGET_MAX_NS = 1000000
};

enum uv__exp_phase {
  UV__EXP_RESTING, /* Sleeps; perhaps a trial is due at the next edge. */
  UV__EXP_READY,   /* Sleeps; a trial begins at the edge. */
  UV__EXP_TRYING,  /* Pairs of epochs, most of the time without spinning. */
  UV__EXP_SPINNING,
  UV__EXP_CHECKING /* Pairs of epochs, most of the time with spinning. */
};

/* Where in a pair. */
enum uv__exp_epoch {
  UV__EXP_BEFORE,
  UV__EXP_FIRST,
  UV__EXP_MIDDLE,
  UV__EXP_LAST
};

struct uv__experiment {
  /* For the caller, before each wait. */
  uint64_t edge_ns; /* When the next reading is due. */
  bool spins;       /* May this wait spin? */
  enum uv__exp_phase phase;
  struct uv__exp_reading from; /* At the epoch's begin. */
  uint64_t edge_waits;         /* At the last edge while resting. */
  bool was_idle;               /* No reading was taken then. */
  unsigned looks_to_first;     /* Until the first reading of all. */
  /* Spinning without a trial: its first check is still to come, it was of use
   * since the last one; when it may begin at the earliest. */
  bool is_assumed, was_used;
  uint64_t assume_ns;
  /* The pair at hand. */
  uint64_t pair_ns; /* Its begin. */
  enum uv__exp_epoch epoch;
  bool had_preemption, had_opaque;
  struct uv__exp_arm arms[2]; /* Sleeping, spinning. */
  /* The trial at hand. */
  struct uv__exp_arm sums[2];
  int score;
  unsigned voids, losses; /* In a row. */
  double bytes_per_message;
  /* Fruitless spins in a row, and what those of this trial cost. */
  unsigned misses;
  uint64_t missed_ns;
  /* How often. */
  unsigned grid_bits, long_bits, failures;
  unsigned crowded; /* A bit for each of the last readings. */
  int64_t budget_ns;
  struct uv__exp_profile profile;
  uint64_t check_ns;   /* The next check. */
  unsigned pairs_left; /* Of the check at hand. */
  bool is_verdict_due, is_suspect;
  /* Counters. */
  uint64_t trials, adoptions, checks, refusals;
};

/* Begin at rest, with all forgotten. The first reading comes 2 ms after the
 * first wait, and none for a loop that does nothing. */
void uv__experiment_start(struct uv__experiment* exp);

/* The loop waits for answers to requests of its own, where spinning nearly
 * always pays: begin it without a trial, and let a check decide. While
 * `is_assumed`, only such waits are to spin. False: not at rest, or a check has
 * been lost lately. */
bool uv__experiment_assume(struct uv__experiment* exp, uint64_t now_ns);

/* Is a reading to be taken now? Cheap; `now_ns` may be a coarse time while the
 * phase is UV__EXP_RESTING. A loop that waits too rarely is told no, and left
 * alone until the next edge. */
bool uv__experiment_is_due(struct uv__experiment* exp, uint64_t now_ns,
                           uint64_t waits);

/* The reading that was due: end the epoch, begin the next. */
void uv__experiment_turn(struct uv__experiment* exp,
                         const struct uv__exp_reading* now);

/* A spin took `spent_ns`. Misses in a row end trial and spinning at once,
 * unless it is assumed: there the caller's window closes. */
void uv__experiment_spun(struct uv__experiment* exp, bool was_hit,
                         uint64_t spent_ns, uint64_t now_ns);

#endif
