/* SPDX-License-Identifier: MIT */
/* See linger.h; averages and trials are base/spin.c's. */
#include "loop/linger.h"

enum {
  SLEEP_CPU_NS = 5000,     /* A guess until it was measured. */
  PATIENCE = 8,            /* Times max_ns, within these bounds: */
  PATIENCE_NS_MIN = 60000, /* a sleeping loop answers in 25 to 50 us. */
  PATIENCE_NS_MAX = 100000,
  CREDIT_MAX = 32,
  CREDIT_OF_TRIAL = 4,
  PRICE_OF_MISS = 4,
};

void uv__linger_init(struct uv__linger* linger,
                     const struct uv__spin_limits* limits) {
  *linger = (struct uv__linger){
    .limits = *limits,
    .most_ns = limits->max_ns,
    .sleep_cpu_ns = SLEEP_CPU_NS,
  };
  uv__linger_note_sleep(linger, SLEEP_CPU_NS);
}

void uv__linger_note_sleep(struct uv__linger* linger, int64_t cpu_ns) {
  linger->sleep_cpu_ns = uv__spin_average(linger->sleep_cpu_ns, cpu_ns);
  linger->limits.max_ns = linger->most_ns;
  linger->limits.max_ns =
      uv__spin_ceiling(&linger->limits, linger->sleep_cpu_ns);
}

static int64_t patience_of(int64_t max_ns) {
  if (max_ns >= PATIENCE_NS_MAX) return max_ns;
  const int64_t patience_ns = max_ns * PATIENCE;
  if (patience_ns < PATIENCE_NS_MIN) return PATIENCE_NS_MIN;
  return patience_ns < PATIENCE_NS_MAX ? patience_ns : PATIENCE_NS_MAX;
}

int64_t uv__linger_budget(struct uv__linger* linger) {
  if (linger->limits.max_ns <= 0) return 0;
  if (linger->credit == 0) {
    if (linger->gap_ns == 0 || !uv__spin_trial_due(&linger->trial)) return 0;
    linger->credit = CREDIT_OF_TRIAL;
    linger->is_trial = true;
  }
  return patience_of(linger->limits.max_ns);
}

void uv__linger_note_gap(struct uv__linger* linger, int64_t gap_ns) {
  if (linger->limits.max_ns <= 0) return;
  linger->gap_ns = uv__spin_estimate(&linger->limits, linger->gap_ns, gap_ns);
}

static void spend(struct uv__linger* linger, unsigned price) {
  linger->credit = linger->credit > price ? linger->credit - price : 0;
  if (linger->credit > 0 || !linger->is_trial) return;
  linger->is_trial = false;
  uv__spin_trial_result(&linger->trial, false);
}

void uv__linger_hit(struct uv__linger* linger, int64_t wait_ns) {
  if (wait_ns > linger->limits.max_ns) {
    spend(linger, 1);
    return;
  }
  if (linger->credit < CREDIT_MAX) linger->credit++;
  if (!linger->is_trial) return;
  linger->is_trial = false;
  uv__spin_trial_result(&linger->trial, true);
}

void uv__linger_missed(struct uv__linger* linger) {
  spend(linger, PRICE_OF_MISS);
}
