/* SPDX-License-Identifier: MIT */
/* The experiment while the loop sleeps as ever: when may a trial begin, and
 * what may it cost. See experiment.h. */
#include "base/experiment-parts.h"

enum {
  LEAD_BITS = 22,       /* From the decision about a trial to its begin. */
  WAITS_PER_GRID = 128, /* Fewer: spinning has nothing to win. */
  WAITS_TO_FIRST = 16,  /* In the loop's first 2 ms. */
  BUDGET_SHIFT = 6,     /* 1/64 of the CPU time ... */
  BUDGET_SHIFT_MORE = 3 /* ... down to 1/512 after failures in a row. */
};

static double larger(double a, double b) {
  return a > b ? a : b;
}

/* --- Budget --------------------------------------------------------------- */

void uv__exp_earn(struct uv__experiment* exp,
                  const struct uv__exp_reading* now) {
  unsigned more =
      exp->failures < BUDGET_SHIFT_MORE ? exp->failures : BUDGET_SHIFT_MORE;
  uint64_t cpu_ns = uv__exp_grown(now->cpu_ns, exp->from.cpu_ns);
  uint64_t share_ns = cpu_ns >> (BUDGET_SHIFT + more);
  if (share_ns > UV__EXP_BUDGET_MAX_NS) share_ns = UV__EXP_BUDGET_MAX_NS;
  exp->budget_ns += (int64_t) share_ns;
  if (exp->budget_ns > UV__EXP_BUDGET_MAX_NS)
    exp->budget_ns = UV__EXP_BUDGET_MAX_NS;
}

void uv__exp_spend(struct uv__experiment* exp, double ns) {
  if (ns <= 0) return;
  double least_ns = -4.0 * UV__EXP_BUDGET_MAX_NS;
  double left_ns = larger((double) exp->budget_ns - ns, least_ns);
  exp->budget_ns = (int64_t) left_ns;
}

/* What the first pair can lose: the time of its spinning quarter in which the
 * thread would have slept. */
static bool can_afford_trial(const struct uv__experiment* exp,
                             const struct uv__exp_reading* now) {
  double wall_ns = (double) uv__exp_grown(now->wall_ns, exp->from.wall_ns);
  double cpu_ns = (double) uv__exp_grown(now->cpu_ns, exp->from.cpu_ns);
  double idle = wall_ns > cpu_ns ? 1 - cpu_ns / wall_ns : 0;
  double quarter_ns = (double) uv__exp_span(UV__EXP_PAIR_BITS) / 4;
  double most_ns = larger(idle * quarter_ns, UV__EXP_TRIAL_NS);
  return (double) exp->budget_ns >= most_ns;
}

/* --- Rest ----------------------------------------------------------------- */

void uv__exp_rest(struct uv__experiment* exp, uint64_t now_ns) {
  bool did_spin =
      exp->phase == UV__EXP_SPINNING || exp->phase == UV__EXP_CHECKING;
  if (did_spin) exp->profile = (struct uv__exp_profile){ 0, 0 };
  exp->phase = UV__EXP_RESTING;
  exp->spins = false;
  exp->is_assumed = false;
  uint64_t begin_ns = uv__exp_next_multiple(now_ns + uv__exp_span(LEAD_BITS),
                                            UV__EXP_GRID_BITS);
  exp->edge_ns = begin_ns - uv__exp_span(LEAD_BITS);
}

/* Spinning is no good now; try again, but later each time. */
void uv__exp_fail(struct uv__experiment* exp, uint64_t now_ns) {
  exp->refusals++;
  exp->failures++;
  if (exp->grid_bits < UV__EXP_GRID_MAX) exp->grid_bits++;
  uv__exp_rest(exp, now_ns);
}

/* The same by a verdict about spinning that was on. */
void uv__exp_refuse(struct uv__experiment* exp, uint64_t now_ns) {
  uv__exp_fail(exp, now_ns);
  exp->assume_ns = now_ns + uv__exp_span(exp->grid_bits);
}

void uv__experiment_start(struct uv__experiment* exp) {
  *exp = (struct uv__experiment){
    .was_idle = true,
    .looks_to_first = 2,
    .bytes_per_message = 64,
    .grid_bits = UV__EXP_GRID_BITS,
  };
}

/* The first look is the loop's first wait, the second one is 2 ms later. */
static bool is_first_due(struct uv__experiment* exp, uint64_t now_ns,
                         uint64_t waits) {
  uint64_t before = exp->edge_waits;
  exp->edge_waits = waits;
  uv__exp_rest(exp, now_ns);
  if (--exp->looks_to_first == 0)
    return uv__exp_grown(waits, before) >= WAITS_TO_FIRST;
  exp->edge_ns = now_ns + uv__exp_span(UV__EXP_PAIR_BITS);
  return false;
}

bool uv__experiment_is_due(struct uv__experiment* exp, uint64_t now_ns,
                           uint64_t waits) {
  if (now_ns < exp->edge_ns) return false;
  if (exp->is_assumed && !exp->was_used) {
    uv__exp_rest(exp, now_ns); /* No more such waits: not a verdict. */
    exp->was_idle = true;
    return false;
  }
  if (exp->phase != UV__EXP_RESTING) return true;
  if (exp->looks_to_first > 0) return is_first_due(exp, now_ns, waits);
  bool is_busy = uv__exp_grown(waits, exp->edge_waits) >= WAITS_PER_GRID;
  /* Late by more than the lead: the moment has passed. */
  bool is_late = now_ns - exp->edge_ns >= uv__exp_span(LEAD_BITS);
  if (is_busy && !is_late) return true;
  uv__exp_rest(exp, now_ns);
  exp->edge_waits = waits;
  exp->was_idle = true;
  return false;
}

void uv__exp_consider(struct uv__experiment* exp,
                      const struct uv__exp_reading* now, bool was_idle) {
  exp->edge_waits = now->waits;
  if (was_idle) {
    uv__exp_rest(exp, now->wall_ns);
    return;
  }
  struct uv__exp_profile profile = uv__exp_profile_of(exp, now);
  bool is_known = exp->profile.waits_per_ms > 0;
  if (is_known && uv__exp_has_changed(&profile, &exp->profile)) {
    exp->grid_bits = UV__EXP_GRID_BITS;
    is_known = false;
  }
  if (!is_known) exp->profile = profile;
  uint64_t begin_ns = exp->edge_ns + uv__exp_span(LEAD_BITS);
  bool is_turn = (begin_ns & (uv__exp_span(exp->grid_bits) - 1)) == 0;
  bool is_able = can_afford_trial(exp, now) && !now->is_crowded &&
                 !uv__exp_is_opaque(&exp->from, now);
  if (!is_turn || !is_able) {
    uv__exp_rest(exp, now->wall_ns);
    return;
  }
  exp->bytes_per_message =
      uv__exp_bytes_per_message(&exp->from, now, exp->bytes_per_message);
  exp->phase = UV__EXP_READY;
  exp->edge_ns = begin_ns;
}
