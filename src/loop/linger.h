/* SPDX-License-Identifier: MIT */
/* Whether an idle worker of the pool looks for work before it sleeps, and for
 * how long: learned from how soon work came lately. Pure; the pool calls it
 * under its mutex. All times in ns.
 *
 * Two lengths matter. The gap is how soon the next work is submitted, counted
 * from when the worker ran out of it or, if that was later, from when the loop
 * began to call back for what the worker had finished: what the program does,
 * without the wake-ups we could avoid. The wait is how long the worker has
 * really looked, wake-ups of the loop included.
 *
 * Looking pays while waits are short. It is allowed while there is credit:
 * short waits earn some, long ones and misses spend it. As long as there is
 * some the worker is patient and outlasts one wake-up of the loop, so that a
 * disturbance does not put both of them to sleep for good: once the loop sees
 * answers come at once it will stay awake as well, and waits get short again.
 * Without credit nothing is spent; while gaps are short a trial gives a little
 * of it, ever more seldom if that fails. Where gaps are long there are no
 * trials. */
#ifndef POLLUX_LOOP_LINGER_H
#define POLLUX_LOOP_LINGER_H

#include "base/spin.h"

#include <stdbool.h>
#include <stdint.h>

struct uv__linger {
  struct uv__spin_limits limits; /* max_ns: the ceiling at present. */
  int64_t most_ns;               /* The highest ceiling there may be. */
  int64_t sleep_cpu_ns;          /* Average of what a sleep has cost. */
  struct uv__spin_trial trial;
  int64_t gap_ns;  /* Average; 0: unknown, or too long to wait for. */
  unsigned credit; /* 0: sleep at once. */
  bool is_trial;   /* The credit is that of a trial: no short wait so far. */
};

/* No credit. `limits` with a max_ns of 0 keep it so. */
void uv__linger_init(struct uv__linger* linger,
                     const struct uv__spin_limits* limits);

/* A sleep and the call that ended it have cost that much CPU time: what looking
 * may cost, if it is CPU-bounded. */
void uv__linger_note_sleep(struct uv__linger* linger, int64_t cpu_ns);

/* How long to look now; 0: sleep at once. */
int64_t uv__linger_budget(struct uv__linger* linger);

/* Work came after `gap_ns`, whether a worker looked for it or all slept. */
void uv__linger_note_gap(struct uv__linger* linger, int64_t gap_ns);

/* A look has ended after `wait_ns`. */
void uv__linger_hit(struct uv__linger* linger, int64_t wait_ns);
void uv__linger_missed(struct uv__linger* linger);

#endif
