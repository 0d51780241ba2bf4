/* SPDX-License-Identifier: MIT */
/* See experiment.h: its pairs, trials and checks. Rest and budget are in
 * experiment-rest.c; properties in test/unit/experiment.c, a simulation in
 * benchmark/simulate/. */
#include "base/experiment-parts.h"

#include <string.h>

enum {
  ASSUME_BITS = 23, /* From begin to first check where no trial was. */
  VOIDS_MAX = 3,
  LONG_PAIRS = 8, /* In a long check; a trial takes 6 or 8. */
  WON = 2,
  LOST = -5, /* As log(1.75) to log(1/4), rounded against us. */
  ABANDON = -4,
  CROWDED_MAX = 3,     /* Readings that find the CPU wanted by others ... */
  CROWDED_OF = 0xffff, /* ... among the last 16. */
};

/* --- Pairs ---------------------------------------------------------------- */

/* The first quarter of a pair and its last are measured: one with spinning, the
 * other one without, in an order that all loops share, so that two ends are
 * compared as they both spin and as they both sleep. The order follows the
 * parity of the bits of the pair's number: no rhythm to fall in with. In
 * between each goes on as it does outside of pairs. */
static int arm_of(const struct uv__experiment* exp) {
  bool is_flipped = __builtin_parityll(exp->pair_ns >> UV__EXP_PAIR_BITS) != 0;
  bool is_first = exp->epoch == UV__EXP_FIRST;
  return is_first == is_flipped ? UV__EXP_SPINS : UV__EXP_SLEEPS;
}

static void enter_epoch(struct uv__experiment* exp, enum uv__exp_epoch epoch) {
  const uint64_t quarter_ns = uv__exp_span(UV__EXP_PAIR_BITS) / 4;
  static const unsigned end_quarter[] = {
    [UV__EXP_BEFORE] = 0,
    [UV__EXP_FIRST] = 1,
    [UV__EXP_MIDDLE] = 3,
    [UV__EXP_LAST] = 4,
  };
  bool is_measured = epoch == UV__EXP_FIRST || epoch == UV__EXP_LAST;
  exp->epoch = epoch;
  exp->spins = is_measured ? arm_of(exp) == UV__EXP_SPINS
                           : exp->phase == UV__EXP_CHECKING && !exp->is_suspect;
  exp->edge_ns = exp->pair_ns + end_quarter[epoch] * quarter_ns;
}

/* A pair begins at a multiple, give or take what a loop needs to notice it. */
static bool is_fresh(uint64_t now_ns, uint64_t pair_ns) {
  return now_ns - pair_ns < uv__exp_span(UV__EXP_PAIR_BITS) / 8;
}

/* At this multiple if it has just been, else at the next one. */
static void begin_pair(struct uv__experiment* exp, uint64_t now_ns) {
  uint64_t begun_ns = now_ns & ~(uv__exp_span(UV__EXP_PAIR_BITS) - 1);
  bool is_now = is_fresh(now_ns, begun_ns);
  exp->had_preemption = false;
  exp->had_opaque = false;
  memset(exp->arms, 0, sizeof(exp->arms));
  exp->pair_ns = is_now ? begun_ns : begun_ns + uv__exp_span(UV__EXP_PAIR_BITS);
  enter_epoch(exp, is_now ? UV__EXP_FIRST : UV__EXP_BEFORE);
}

static void begin_trial(struct uv__experiment* exp,
                        const struct uv__exp_reading* now) {
  if (!is_fresh(now->wall_ns, exp->edge_ns)) {
    uv__exp_rest(exp, now->wall_ns); /* Asleep when it began. */
    return;
  }
  exp->phase = UV__EXP_TRYING;
  exp->trials++;
  exp->score = 0;
  exp->voids = 0;
  exp->crowded = 0;
  exp->misses = 0;
  exp->missed_ns = 0;
  memset(exp->sums, 0, sizeof(exp->sums));
  begin_pair(exp, now->wall_ns);
}

static void measure(struct uv__experiment* exp,
                    const struct uv__exp_reading* now) {
  struct uv__exp_arm epoch = uv__exp_epoch_of(exp, now);
  uv__exp_add(&exp->arms[arm_of(exp)], &epoch);
}

/* No win where other threads want the CPU. */
static enum uv__exp_outcome verdict(const struct uv__experiment* exp) {
  enum uv__exp_outcome outcome = uv__exp_judge(exp->arms);
  bool is_tainted = outcome == UV__EXP_WIN && exp->had_preemption;
  return is_tainted ? UV__EXP_LOSS : outcome;
}

/* --- Spinning ------------------------------------------------------------- */

static void watch(struct uv__experiment* exp,
                  const struct uv__exp_reading* now) {
  exp->phase = UV__EXP_SPINNING;
  exp->spins = true;
  /* What is assumed has no profile to be held to. */
  exp->edge_ns = exp->is_assumed
                     ? exp->check_ns
                     : uv__exp_next_multiple(now->wall_ns, UV__EXP_WATCH_BITS);
}

bool uv__experiment_assume(struct uv__experiment* exp, uint64_t now_ns) {
  if (exp->phase != UV__EXP_RESTING || now_ns < exp->assume_ns) return false;
  exp->phase = UV__EXP_SPINNING;
  exp->spins = true;
  exp->is_assumed = true;
  exp->was_used = false;
  exp->was_idle = true;
  exp->losses = 0;
  exp->voids = 0;
  exp->misses = 0;
  exp->crowded = 0;
  exp->long_bits = UV__EXP_CHECK_BITS;
  exp->check_ns =
      uv__exp_next_multiple(now_ns + uv__exp_span(ASSUME_BITS), ASSUME_BITS);
  exp->edge_ns = exp->check_ns;
  return true;
}

static void adopt(struct uv__experiment* exp,
                  const struct uv__exp_reading* now) {
  exp->adoptions++;
  exp->losses = 0;
  exp->misses = 0;
  exp->crowded = 0;
  exp->long_bits = UV__EXP_CHECK_BITS;
  exp->check_ns = uv__exp_next_multiple(now->wall_ns, UV__EXP_CHECK_BITS);
  exp->profile = uv__exp_profile(&exp->sums[UV__EXP_SPINS]);
  watch(exp, now);
}

static void end_trial_pair(struct uv__experiment* exp,
                           const struct uv__exp_reading* now) {
  enum uv__exp_outcome outcome = verdict(exp);
  if (outcome == UV__EXP_VOID) {
    if (++exp->voids >= VOIDS_MAX)
      uv__exp_fail(exp, now->wall_ns);
    else
      begin_pair(exp, now->wall_ns);
    return;
  }
  exp->score += outcome == UV__EXP_WIN ? WON : LOST;
  uv__exp_spend(exp, uv__exp_excess_ns(exp->arms));
  for (int arm = 0; arm < 2; arm++)
    uv__exp_add(&exp->sums[arm], &exp->arms[arm]);
  if (exp->score <= ABANDON)
    uv__exp_fail(exp, now->wall_ns);
  else if (exp->score < UV__EXP_ADOPT)
    begin_pair(exp, now->wall_ns);
  else if (uv__exp_cost_ratio(exp->sums) <= 1)
    adopt(exp, now);
  else
    uv__exp_fail(exp, now->wall_ns);
}

/* A long check gives a peer that still sleeps the pairs for a whole trial, in
 * which both ends take turns. After a change of load the loop sleeps except in
 * the quarter that must spin. */
static void begin_check(struct uv__experiment* exp,
                        const struct uv__exp_reading* now, bool is_suspect) {
  bool is_joint =
      now->wall_ns >= exp->check_ns && is_fresh(now->wall_ns, exp->check_ns);
  bool is_long =
      is_joint && (exp->check_ns & (uv__exp_span(exp->long_bits) - 1)) == 0;
  if (is_long && exp->long_bits < UV__EXP_LONG_MAX) exp->long_bits++;
  exp->phase = UV__EXP_CHECKING;
  exp->checks++;
  exp->was_used = false;
  exp->pairs_left = is_long ? LONG_PAIRS : 1;
  exp->is_verdict_due = true;
  exp->is_suspect = is_suspect;
  begin_pair(exp, now->wall_ns);
}

/* A loss by a quarter ends it at once. A smaller one may be for lack of the
 * peer, which spins on: it counts in the checks that all spinning loops make
 * together, and only when a second one follows. */
static bool survives_loss(struct uv__experiment* exp) {
  const double clear = 1.25;
  uv__exp_spend(exp, uv__exp_excess_ns(exp->arms));
  if (uv__exp_cost_ratio(exp->arms) >= clear) return false;
  return exp->is_suspect || ++exp->losses < 2;
}

/* The first check of what was assumed is won: spin for all waits. Not where
 * there is work that is not seen. */
static void confirm(struct uv__experiment* exp) {
  if (!exp->is_assumed || exp->had_opaque) return;
  exp->is_assumed = false;
  exp->adoptions++;
  exp->profile = uv__exp_profile(&exp->arms[UV__EXP_SPINS]);
}

/* Only the first pair counts. */
static bool passes(struct uv__experiment* exp) {
  enum uv__exp_outcome outcome = verdict(exp);
  exp->is_verdict_due = false;
  if (outcome == UV__EXP_VOID)
    return exp->is_assumed || ++exp->voids < VOIDS_MAX;
  exp->voids = 0;
  if (exp->is_suspect)
    exp->profile = uv__exp_profile(&exp->arms[UV__EXP_SPINS]);
  if (outcome == UV__EXP_LOSS) return survives_loss(exp);
  confirm(exp);
  exp->losses = 0;
  exp->failures = 0;
  exp->grid_bits = UV__EXP_GRID_BITS;
  return true;
}

static void end_check_pair(struct uv__experiment* exp,
                           const struct uv__exp_reading* now) {
  if (exp->is_verdict_due && !passes(exp)) {
    uv__exp_refuse(exp, now->wall_ns);
  } else if (--exp->pairs_left > 0) {
    begin_pair(exp, now->wall_ns);
  } else {
    exp->check_ns = uv__exp_next_multiple(now->wall_ns, UV__EXP_CHECK_BITS);
    watch(exp, now);
  }
}

/* A look while spinning: is the load still what it was? */
static void look(struct uv__experiment* exp,
                 const struct uv__exp_reading* now) {
  struct uv__exp_profile profile = uv__exp_profile_of(exp, now);
  bool is_other =
      !exp->is_assumed && uv__exp_has_changed(&profile, &exp->profile);
  if (is_other || now->wall_ns >= exp->check_ns)
    begin_check(exp, now, is_other);
  else
    watch(exp, now);
}

/* Must spinning end now, whatever the pairs say? Not for one preemption: the
 * kernel's own threads want the CPU now and then. */
static bool is_out_of_place(struct uv__experiment* exp,
                            const struct uv__exp_reading* now) {
  bool was_preempted = uv__exp_grown(now->preempted, exp->from.preempted) > 0;
  exp->crowded = exp->crowded << 1 | (was_preempted || now->is_crowded);
  bool is_opaque = !exp->is_assumed && uv__exp_is_opaque(&exp->from, now);
  return is_opaque ||
         __builtin_popcount(exp->crowded & CROWDED_OF) >= CROWDED_MAX;
}

/* --- Entries -------------------------------------------------------------- */

static void turn_pair(struct uv__experiment* exp,
                      const struct uv__exp_reading* now) {
  /* A thread may have to pay for its spin when it has ended. */
  bool was_preempted = uv__exp_grown(now->preempted, exp->from.preempted) > 0;
  exp->had_preemption |= was_preempted;
  exp->had_opaque |= uv__exp_is_opaque(&exp->from, now);
  switch (exp->epoch) {
    case UV__EXP_BEFORE:
      begin_pair(exp, now->wall_ns);
      break;
    case UV__EXP_FIRST:
      measure(exp, now);
      enter_epoch(exp, UV__EXP_MIDDLE);
      break;
    case UV__EXP_MIDDLE:
      enter_epoch(exp, UV__EXP_LAST);
      break;
    case UV__EXP_LAST:
      measure(exp, now);
      if (exp->phase == UV__EXP_TRYING)
        end_trial_pair(exp, now);
      else
        end_check_pair(exp, now);
      break;
  }
}

void uv__experiment_turn(struct uv__experiment* exp,
                         const struct uv__exp_reading* now) {
  bool may_spin = exp->phase == UV__EXP_TRYING ||
                  exp->phase == UV__EXP_CHECKING ||
                  exp->phase == UV__EXP_SPINNING;
  /* Then what was counted since the last reading is of several loads. */
  bool was_idle = exp->was_idle;
  exp->was_idle = false;
  if (!was_idle) uv__exp_earn(exp, now);
  if (may_spin && !was_idle && is_out_of_place(exp, now))
    uv__exp_refuse(exp, now->wall_ns);
  else
    switch (exp->phase) {
      case UV__EXP_RESTING:
        uv__exp_consider(exp, now, was_idle);
        break;
      case UV__EXP_READY:
        begin_trial(exp, now);
        break;
      case UV__EXP_TRYING:
      case UV__EXP_CHECKING:
        turn_pair(exp, now);
        break;
      case UV__EXP_SPINNING:
        look(exp, now);
        break;
    }
  exp->from = *now;
}

void uv__experiment_spun(struct uv__experiment* exp, bool was_hit,
                         uint64_t spent_ns, uint64_t now_ns) {
  exp->was_used = true;
  if (exp->is_assumed) return;
  exp->misses = was_hit ? 0 : exp->misses + 1;
  bool is_trial = exp->phase == UV__EXP_TRYING;
  exp->missed_ns = was_hit ? exp->missed_ns : exp->missed_ns + spent_ns;
  unsigned most = is_trial ? UV__EXP_TRIAL_MISSES : UV__EXP_MISSES;
  if (exp->misses < most) return;
  uv__exp_spend(exp, (double) exp->missed_ns);
  exp->missed_ns = 0;
  exp->misses = 0;
  uv__exp_fail(exp, now_ns);
}
