/* SPDX-License-Identifier: MIT */
/* The credit of timing. What could break: timing that costs more than its
 * share, a loop that is never timed again, weights that lose turns. */
#include "base/duty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct outcome {
  uint64_t timed, weights, spent_ns, total_ns;
};

/* So many turns of `turn_ns`, of which a timed one costs `cost_ns` more. */
static struct outcome run(struct uv__duty* duty, unsigned turns,
                          uint64_t turn_ns, uint64_t cost_ns) {
  struct outcome outcome = { 0, 0, 0, 0 };
  static uint64_t now_ns = 1000000000;
  const uint64_t start_ns = now_ns;
  for (unsigned i = 0; i < turns; i++) {
    now_ns += turn_ns;
    if (!uv__duty_is_due(duty, now_ns / 1000000)) continue;
    uint64_t weight = uv__duty_ask(duty, now_ns, now_ns / 1000000);
    const uint64_t took_ns = weight == 0 ? cost_ns / 5 : cost_ns;
    uv__duty_spend(duty, (int64_t) took_ns);
    now_ns += took_ns;
    outcome.spent_ns += took_ns;
    outcome.timed += weight != 0;
    outcome.weights += weight;
  }
  outcome.total_ns = now_ns - start_ns;
  return outcome;
}

static void a_loop_that_sleeps_is_timed_in_each_turn(void** state) {
  (void) state;
  struct uv__duty duty;
  uv__duty_init(&duty);
  struct outcome outcome = run(&duty, 1000, 1000000, 500);
  assert_int_equal(1000, outcome.timed);
  assert_int_equal(1000, outcome.weights);
}

static void a_busy_loop_spends_no_more_than_the_share(void** state) {
  (void) state;
  static const uint64_t turns_ns[] = { 50, 300, 2000, 30000 };
  for (size_t i = 0; i < sizeof(turns_ns) / sizeof(turns_ns[0]); i++) {
    struct uv__duty duty;
    uv__duty_init(&duty);
    (void) run(&duty, 100000, turns_ns[i], 500); /* The first credit. */
    struct outcome outcome = run(&duty, 1000000, turns_ns[i], 500);
    assert_true(outcome.timed > 0);
    assert_true(outcome.spent_ns <= outcome.total_ns / 190);
  }
}

static void weights_add_up_to_the_turns(void** state) {
  (void) state;
  struct uv__duty duty;
  uv__duty_init(&duty);
  struct outcome outcome = run(&duty, 300000, 400, 500);
  assert_int_equal(300000, outcome.weights + duty.untimed);
  assert_true(outcome.timed < 100000);
}

static void a_busy_loop_that_rests_is_timed_at_once(void** state) {
  (void) state;
  struct uv__duty duty;
  uv__duty_init(&duty);
  (void) run(&duty, 1000000, 50, 500);
  (void) run(&duty, 1, 500000000, 500); /* Half a second: credit is back. */
  struct outcome outcome = run(&duty, 100, 1000000, 500);
  assert_int_equal(100, outcome.timed);
}

static void what_follows_a_long_turn_is_timed(void** state) {
  (void) state;
  struct uv__duty duty;
  uv__duty_init(&duty);
  (void) run(&duty, 1000000, 300, 500);
  (void) run(&duty, 1, 20000000, 500);
  struct outcome outcome = run(&duty, 100, 300, 500);
  assert_int_equal(100, outcome.timed);
}

static void a_clock_that_stands_still_is_no_fault(void** state) {
  (void) state;
  struct uv__duty duty;
  uv__duty_init(&duty);
  uint64_t timed = 0;
  for (unsigned i = 0; i < 10000; i++) {
    if (!uv__duty_is_due(&duty, 5)) continue;
    timed += uv__duty_ask(&duty, 5000000, 5) != 0;
    uv__duty_spend(&duty, 1000);
  }
  assert_int_equal(1001, timed);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_loop_that_sleeps_is_timed_in_each_turn),
    cmocka_unit_test(a_busy_loop_spends_no_more_than_the_share),
    cmocka_unit_test(weights_add_up_to_the_turns),
    cmocka_unit_test(a_busy_loop_that_rests_is_timed_at_once),
    cmocka_unit_test(what_follows_a_long_turn_is_timed),
    cmocka_unit_test(a_clock_that_stands_still_is_no_fault),
  };
  return cmocka_run_group_tests_name("duty", tests, NULL, NULL);
}
