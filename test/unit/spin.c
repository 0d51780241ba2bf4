/* SPDX-License-Identifier: MIT */
/* The busy poll's arithmetic, as tables. What could break: a window beyond the
 * ceiling, one that never closes, an estimate carried over a pause, a
 * CPU-bounded loop that burns more than it saves. */
#include "base/spin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct uv__spin_limits limits = {
  .max_ns = 10000,
  .grow = 2,
  .shrink = 2,
  .weight = 3,
};
static const struct uv__spin_limits bounded = {
  .max_ns = 10000,
  .grow = 2,
  .shrink = 2,
  .weight = 3,
  .is_cpu_bounded = true,
};

static void an_estimate_follows_the_interval(void** state) {
  (void) state;
  static const struct {
    int64_t est, block, expected;
  } rows[] = {
    { 0, 4000, 4000 },  /* The first event sets it. */
    { 8000, 0, 7000 },  /* 1/8 towards 0 ... */
    { 800, 1600, 900 }, /* ... and up. */
    { 0, 0, 1 },        /* At once is an interval too. */
    { 5000, 20000, 0 }, /* Beyond the ceiling: afresh, and too slow. */
    { 0, 10000, 10000 }, { 0, 10001, 0 },
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    assert_int_equal(rows[i].expected,
                     uv__spin_estimate(&limits, rows[i].est, rows[i].block));
}

static void weights_up_to_63_are_shifts(void** state) {
  (void) state;
  struct uv__spin_limits heavy = limits;
  heavy.weight = 63;
  assert_int_equal(5000, uv__spin_estimate(&heavy, 5000, 9000));
}

static void a_window_grows_to_twice_the_estimate_and_not_beyond_max(
    void** state) {
  (void) state;
  static const struct {
    int64_t spin, est, expected;
  } rows[] = {
    { 0, 3000, 6000 },     { 2000, 1500, 4000 },   { 2000, 4500, 9000 },
    { 8000, 4500, 10000 }, { 10000, 9000, 10000 }, { 3000, 4999, 9998 },
    { 8000, 1500, 4000 },  { 8000, 2000, 8000 }, /* Near enough. */
    { 8000, 0, 4000 },     { 900, 0, 0 },          { 0, 0, 0 },
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    assert_int_equal(rows[i].expected,
                     uv__spin_adjust(&limits, rows[i].spin, rows[i].est));
}

static void growth_does_not_overflow(void** state) {
  (void) state;
  struct uv__spin_limits wide = limits;
  wide.max_ns = INT64_MAX;
  wide.grow = 1000;
  assert_int_equal(INT64_MAX,
                   uv__spin_adjust(&wide, INT64_MAX / 2, INT64_MAX - 1));
}

static unsigned misses_until_closed(const struct uv__spin_limits* of) {
  int64_t spin_ns = 10000;
  unsigned misses = 0;
  while (spin_ns > 0) spin_ns = uv__spin_missed(of, ++misses, spin_ns);
  return misses;
}

static void a_run_of_misses_closes_the_window(void** state) {
  (void) state;
  assert_in_range(misses_until_closed(&bounded), 1, 6);
  assert_in_range(misses_until_closed(&limits), 7, 14);
  struct uv__spin_limits rash = limits;
  rash.shrink = 1; /* Cannot shrink: closes at once instead of never. */
  assert_int_equal(0, uv__spin_shrink(&rash, 10000));
}

static void one_miss_leaves_a_window_as_it_is_unless_cpu_bounded(void** state) {
  (void) state;
  assert_int_equal(8000, uv__spin_missed(&limits, 1, 8000));
  assert_int_equal(4000, uv__spin_missed(&bounded, 1, 8000));
}

static void a_forgiven_miss_makes_patient_while_the_window_is_open(
    void** state) {
  (void) state;
  assert_int_equal(2000, uv__spin_length(&limits, 2000, 0, 10000));
  assert_int_equal(10000, uv__spin_length(&limits, 2000, 1, 10000));
  assert_int_equal(10000, uv__spin_length(&limits, 2000, 7, 10000));
  assert_int_equal(2000, uv__spin_length(&limits, 2000, 8, 10000));
  assert_int_equal(0, uv__spin_length(&limits, 0, 1, 10000));
  assert_int_equal(2000, uv__spin_length(&bounded, 2000, 1, 10000));
  assert_int_equal(10000, uv__spin_length(&bounded, 12000, 0, 10000));
}

static void a_ceiling_is_what_a_sleep_costs_only_under_the_cpu_bound(
    void** state) {
  (void) state;
  assert_int_equal(10000, uv__spin_ceiling(&limits, 4000));
  assert_int_equal(4000, uv__spin_ceiling(&bounded, 4000));
  assert_int_equal(10000, uv__spin_ceiling(&bounded, 90000));
  /* Not measured yet. */
  assert_in_range(uv__spin_ceiling(&bounded, 0), 1, 9999);
}

static unsigned sleeps_until_trial(struct uv__spin_trial* trial) {
  unsigned sleeps = 1;
  while (!uv__spin_trial_due(trial)) sleeps++;
  return sleeps;
}

static void failed_trials_become_rare(void** state) {
  (void) state;
  struct uv__spin_trial trial = { 0, 0 };
  unsigned expected = UV__TRIAL_PAUSE_MIN;
  for (int i = 0; i < 12; i++) {
    assert_int_equal(expected, sleeps_until_trial(&trial));
    uv__spin_trial_result(&trial, false);
    if (expected < UV__TRIAL_PAUSE_MAX) expected *= 2;
  }
  assert_int_equal(UV__TRIAL_PAUSE_MAX, sleeps_until_trial(&trial));
  uv__spin_trial_result(&trial, true);
  assert_int_equal(UV__TRIAL_PAUSE_MIN, sleeps_until_trial(&trial));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_estimate_follows_the_interval),
    cmocka_unit_test(weights_up_to_63_are_shifts),
    cmocka_unit_test(a_window_grows_to_twice_the_estimate_and_not_beyond_max),
    cmocka_unit_test(growth_does_not_overflow),
    cmocka_unit_test(a_run_of_misses_closes_the_window),
    cmocka_unit_test(one_miss_leaves_a_window_as_it_is_unless_cpu_bounded),
    cmocka_unit_test(a_forgiven_miss_makes_patient_while_the_window_is_open),
    cmocka_unit_test(a_ceiling_is_what_a_sleep_costs_only_under_the_cpu_bound),
    cmocka_unit_test(failed_trials_become_rare),
  };
  return cmocka_run_group_tests_name("spin", tests, NULL, NULL);
}
