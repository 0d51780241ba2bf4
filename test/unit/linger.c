/* SPDX-License-Identifier: MIT */
/* The policy of lingering, as numbers in and numbers out. What could break: a
 * worker that burns a CPU where work comes slowly; one that never tries again;
 * one that lets itself be put to sleep by a single late answer. */
#include "loop/linger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MAX_NS = 10000, SOON_NS = 800, LATE_NS = 40000 };

static const struct uv__spin_limits limits = {
  .max_ns = MAX_NS,
  .grow = 2,
  .shrink = 2,
  .weight = 3,
};

static struct uv__linger fresh(void) {
  struct uv__linger linger;
  uv__linger_init(&linger, &limits);
  return linger;
}

/* Waits until a trial is due while gaps are short; how many sleeps that took.
 */
static unsigned sleep_until_trial(struct uv__linger* linger) {
  unsigned sleeps = 0;
  for (;;) {
    uv__linger_note_gap(linger, SOON_NS);
    if (uv__linger_budget(linger) > 0) return sleeps;
    sleeps++;
    assert_true(sleeps <= UV__TRIAL_PAUSE_MAX);
  }
}

static void off_is_off(void** state) {
  (void) state;
  struct uv__linger linger;
  const struct uv__spin_limits off = {
    .max_ns = 0, .grow = 2, .shrink = 2, .weight = 3
  };
  uv__linger_init(&linger, &off);
  for (int i = 0; i < 100000; i++) {
    uv__linger_note_gap(&linger, SOON_NS);
    assert_int_equal(0, uv__linger_budget(&linger));
  }
}

static void work_is_late_when_a_sleep_is_cheaper_under_the_cpu_bound(
    void** state) {
  (void) state;
  struct uv__spin_limits bounded = limits;
  bounded.is_cpu_bounded = true;
  struct uv__linger linger;
  uv__linger_init(&linger, &bounded);
  for (int i = 0; i < 100; i++) uv__linger_note_sleep(&linger, 3000);
  assert_in_range(linger.limits.max_ns, 2900, 3100);
  for (int i = 0; i < 100; i++) uv__linger_note_sleep(&linger, 30000);
  assert_int_equal(MAX_NS, linger.limits.max_ns); /* And no more than that. */

  linger = fresh();
  for (int i = 0; i < 100; i++) uv__linger_note_sleep(&linger, 3000);
  assert_int_equal(MAX_NS, linger.limits.max_ns);
}

static void work_that_comes_late_is_never_looked_for(void** state) {
  (void) state;
  struct uv__linger linger = fresh();
  for (int i = 0; i < 100000; i++) {
    uv__linger_note_gap(&linger, LATE_NS);
    assert_int_equal(0, uv__linger_budget(&linger));
  }
}

static void short_gaps_earn_a_trial_and_hits_keep_it_open(void** state) {
  (void) state;
  struct uv__linger linger = fresh();
  assert_in_range(sleep_until_trial(&linger), 1, UV__TRIAL_PAUSE_MIN);
  for (int i = 0; i < 1000; i++) {
    uv__linger_hit(&linger, SOON_NS);
    uv__linger_note_gap(&linger, SOON_NS);
    assert_true(uv__linger_budget(&linger) > MAX_NS);
  }
}

static void a_few_late_answers_are_forgiven_many_are_not(void** state) {
  (void) state;
  struct uv__linger linger = fresh();
  sleep_until_trial(&linger);
  for (int i = 0; i < 100; i++) uv__linger_hit(&linger, SOON_NS);
  for (int i = 0; i < 5; i++) uv__linger_hit(&linger, LATE_NS);
  assert_true(uv__linger_budget(&linger) > 0);
  for (int i = 0; i < 100; i++) uv__linger_hit(&linger, LATE_NS);
  assert_int_equal(0, uv__linger_budget(&linger));
}

static void misses_close_it_soon(void** state) {
  (void) state;
  struct uv__linger linger = fresh();
  sleep_until_trial(&linger);
  for (int i = 0; i < 100; i++) uv__linger_hit(&linger, SOON_NS);
  int misses = 0;
  for (; uv__linger_budget(&linger) > 0; misses++) uv__linger_missed(&linger);
  assert_in_range(misses, 2, 10);
}

static void failed_trials_get_ever_more_seldom(void** state) {
  (void) state;
  struct uv__linger linger = fresh();
  unsigned before = 0;
  for (int i = 0; i < 6; i++) {
    const unsigned sleeps = sleep_until_trial(&linger);
    assert_true(sleeps > before);
    before = sleeps;
    uv__linger_missed(&linger);
    assert_int_equal(0, linger.credit);
  }
}

/* Time spent in vain over many sleeps that last 40 us at least. */
static void what_trials_cost_in_vain_is_bounded(void** state) {
  (void) state;
  struct uv__linger linger = fresh();
  int64_t wasted_ns = 0;
  enum { SLEEPS = 100000 };
  for (int i = 0; i < SLEEPS; i++) {
    uv__linger_note_gap(&linger, SOON_NS); /* As if it were worth trying. */
    const int64_t budget_ns = uv__linger_budget(&linger);
    if (budget_ns == 0) continue;
    wasted_ns += budget_ns;
    uv__linger_missed(&linger);
  }
  assert_true(wasted_ns > 0);
  assert_true(wasted_ns < (int64_t) SLEEPS * LATE_NS / 1000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(off_is_off),
    cmocka_unit_test(work_is_late_when_a_sleep_is_cheaper_under_the_cpu_bound),
    cmocka_unit_test(work_that_comes_late_is_never_looked_for),
    cmocka_unit_test(short_gaps_earn_a_trial_and_hits_keep_it_open),
    cmocka_unit_test(a_few_late_answers_are_forgiven_many_are_not),
    cmocka_unit_test(misses_close_it_soon),
    cmocka_unit_test(failed_trials_get_ever_more_seldom),
    cmocka_unit_test(what_trials_cost_in_vain_is_bounded),
  };
  return cmocka_run_group_tests_name("linger", tests, NULL, NULL);
}
