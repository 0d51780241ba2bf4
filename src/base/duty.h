/* SPDX-License-Identifier: MIT */
/* Which turns of a loop are timed, so that timing costs a small, constant share
 * of the time that passes. Reading the clock takes 20 to 60 ns. A loop that
 * makes a callback of 50 ns each turn cannot afford that each time; a loop that
 * mostly sleeps can.
 *
 * Time earns credit, one part in UV__DUTY_SHARE of it; each timed turn spends
 * what it cost. A turn is timed while there is credit. Without any, the next
 * turns are not, until by their usual length the credit will be back. A turn
 * that is timed stands for those before it that were not: its weight.
 *
 * A long callback earns credit as well, so what follows it is timed. Pure; one
 * thread, or a lock around it. */
#ifndef POLLUX_BASE_DUTY_H
#define POLLUX_BASE_DUTY_H

#include <stdbool.h>
#include <stdint.h>

enum {
  /* Half of one per cent: the rest of what figures cost, mostly cache misses,
   * was measured as about as much again (docs/adr/0013-figures.md). */
  UV__DUTY_SHARE = 200,
  UV__DUTY_CREDIT_MAX_NS = 1000000, /* Earned in 200 ms. */
  UV__DUTY_PASS_MAX = 4096,         /* Turns passed without a look. */
  UV__DUTY_PASS_MS = 10,            /* The same as a time. */
};

struct uv__duty {
  uint64_t asked_ns;  /* When it was asked last; 0: never. */
  int64_t credit_ns;  /* What timing may still cost; below 0: a debt. */
  int64_t spent_ns;   /* By the last turn that asked. */
  uint64_t until_ms;  /* Pass turns until then at most; */
  unsigned left;      /* and so many more. */
  unsigned untimed;   /* Turns since the last one that was timed. */
  unsigned since_ask; /* Turns since asked_ns. */
};

/* Begin with all the credit there can be. */
void uv__duty_init(struct uv__duty* duty);

/* Is this turn worth a look at the clock? Then ask. `now_ms` is a time that
 * costs nothing. */
static inline bool uv__duty_is_due(struct uv__duty* duty, uint64_t now_ms) {
  duty->since_ask++;
  if (duty->left == 0 || now_ms >= duty->until_ms) return true;
  duty->left--;
  duty->untimed++;
  return false;
}

/* The weight of this turn, or 0: it is not to be timed. */
uint64_t uv__duty_ask(struct uv__duty* duty, uint64_t now_ns, uint64_t now_ms);

static inline void uv__duty_spend(struct uv__duty* duty, int64_t cost_ns) {
  duty->credit_ns -= cost_ns;
  duty->spent_ns = cost_ns;
}

#endif
