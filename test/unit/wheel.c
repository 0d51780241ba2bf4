/* SPDX-License-Identifier: MIT */
/* The timers' wheel, against a plain array. What could break: the order of
 * timers that are due in the same pass, a next due time that is not the least,
 * a timer lost at a border between two slots or left in a slot that was passed,
 * the order of equal timers of which some were postponed. */
#include "loop/wheel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { COUNT = 48 };

struct model {
  struct uv__wheel wheel;
  uv_timer_t timers[COUNT];
  bool is_in[COUNT];
  uint64_t now_ms;
  uint64_t start_id;
  uint64_t seed;
};

static uint64_t next_random(struct model* m) {
  m->seed ^= m->seed << 13;
  m->seed ^= m->seed >> 7;
  m->seed ^= m->seed << 17;
  return m->seed >> 8;
}

static struct model* new_model(uint64_t now_ms, uint64_t seed) {
  struct model* m = calloc(1, sizeof(*m));
  assert_non_null(m);
  m->now_ms = now_ms;
  m->seed = seed;
  for (int i = 0; i < COUNT; i++)
    uv__heap_node_init(uv__wheel_node(&m->timers[i]));
  return m;
}

static void start(struct model* m, int i, uint64_t delay_ms) {
  uint64_t due_ms = m->now_ms + delay_ms;
  m->timers[i].start_id = m->start_id++;
  uv__wheel_start(&m->wheel, &m->timers[i], m->is_in[i], m->now_ms,
                  due_ms < delay_ms ? UINT64_MAX : due_ms);
  m->is_in[i] = true;
}

static void stop(struct model* m, int i) {
  uv__wheel_stop(&m->wheel, &m->timers[i]);
  m->is_in[i] = false;
}

static uv_timer_t* least(struct model* m) {
  uv_timer_t* found = NULL;
  for (int i = 0; i < COUNT; i++)
    if (m->is_in[i] &&
        (found == NULL || uv__wheel_before(uv__wheel_node(&m->timers[i]),
                                           uv__wheel_node(found))))
      found = &m->timers[i];
  return found;
}

/* Any of them may be next that is due then: the time is what is exact. */
static void check_next(struct model* m) {
  const uv_timer_t* expected = least(m);
  const uv_timer_t* next = uv__wheel_next(&m->wheel);
  assert_int_equal(expected == NULL, next == NULL);
  if (next != NULL) assert_int_equal(expected->timeout, next->timeout);
}

static void check_take(struct model* m) {
  struct uv__queue due;
  uv__queue_init(&due);
  uv__wheel_take(&m->wheel, m->now_ms, &due);
  for (uv_timer_t* timer = least(m);
       timer != NULL && timer->timeout <= m->now_ms; timer = least(m)) {
    assert_false(uv__queue_empty(&due));
    assert_ptr_equal(timer, uv__wheel_timer(uv__queue_pop(&due)));
    m->is_in[timer - m->timers] = false;
  }
  assert_true(uv__queue_empty(&due));
}

static void advance(struct model* m, uint64_t by_ms) {
  m->now_ms = by_ms > UINT64_MAX - m->now_ms ? UINT64_MAX : m->now_ms + by_ms;
}

/* From none at all to never. */
static uint64_t some_delay_ms(struct model* m) {
  switch (next_random(m) % 8) {
    case 0:
      return 0;
    case 1:
      return 64;
    case 2:
      return next_random(m) % 8;
    case 3:
      return next_random(m) % 100;
    case 4:
      return next_random(m) % 5000;
    case 5:
      return 60000;
    case 6:
      return UINT64_MAX - next_random(m) % 3;
    default:
      return next_random(m) >> next_random(m) % 56;
  }
}

static void random_use(uint64_t now_ms, uint64_t seed, int steps) {
  struct model* m = new_model(now_ms, seed);
  for (int step = 0; step < steps; step++) {
    int i = (int) (next_random(m) % COUNT);
    switch (next_random(m) % 8) {
      case 0:
        if (m->is_in[i]) stop(m, i);
        break;
      case 1:
        check_next(m);
        break;
      case 2:
        advance(m, next_random(m) % 70);
        check_take(m);
        break;
      case 3: /* The clock jumps, at times far; or time is noted, not used. */
        if (next_random(m) % 32 == 0)
          advance(m, next_random(m) >> (16 + next_random(m) % 40));
        else if (next_random(m) % 2 == 0 && least(m) != NULL &&
                 least(m)->timeout - m->now_ms < 10000)
          m->now_ms = least(m)->timeout;
        break;
      default:
        start(m, i, some_delay_ms(m));
    }
  }
  m->now_ms = UINT64_MAX;
  check_take(m);
  assert_int_equal(0, m->wheel.count);
  assert_null(uv__wheel_next(&m->wheel));
  free(m);
}

static void random_use_agrees_with_a_sorted_list(void** state) {
  (void) state;
  for (uint64_t seed = 1; seed <= 40; seed++) random_use(0, seed, 3000);
}

static void random_use_agrees_near_the_end_of_time(void** state) {
  (void) state;
  for (uint64_t seed = 1; seed <= 10; seed++)
    random_use(UINT64_MAX - 100000, seed, 300);
}

/* All of them go through lists, trees and both. */
static void equal_timers_keep_the_order_of_their_starts(void** state) {
  (void) state;
  static const uint64_t delays_ms[] = { 0,   1,    63,     64,
                                        100, 4096, 300000, UINT64_C(1) << 40 };
  for (size_t d = 0; d < sizeof(delays_ms) / sizeof(delays_ms[0]); d++) {
    struct model* m = new_model(1000, 1);
    for (int i = 0; i < COUNT; i++) start(m, i, delays_ms[d]);
    start(m, 0, delays_ms[d] + 1); /* It was the next. */
    check_next(m);
    for (int i = 0; i < COUNT; i += 3) start(m, i, delays_ms[d]);
    check_next(m);
    m->now_ms += delays_ms[d] / 2;
    check_take(m);
    m->now_ms = 1000 + delays_ms[d];
    check_take(m);
    assert_int_equal(0, m->wheel.count);
    free(m);
  }
}

static void a_timer_of_the_past_is_due_at_once(void** state) {
  (void) state;
  struct model* m = new_model(100000, 1);
  start(m, 0, 5000);
  m->now_ms += 4000;
  check_take(m);
  m->now_ms -= 3000; /* A clock that went backwards. */
  start(m, 1, 0);
  start(m, 2, 1);
  start(m, 3, 0);
  m->now_ms += 3000;
  check_next(m);
  check_take(m);
  assert_int_equal(1, m->wheel.count);
  free(m);
}

/* A billion steps of the wheel would be felt. */
static void a_leap_over_the_whole_range_is_one_pass(void** state) {
  (void) state;
  struct model* m = new_model(0, 1);
  for (int i = 0; i < COUNT; i++) start(m, i, UINT64_C(1) << i);
  m->now_ms = UINT64_MAX;
  check_take(m);
  assert_int_equal(0, m->wheel.count);
  free(m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(random_use_agrees_with_a_sorted_list),
    cmocka_unit_test(random_use_agrees_near_the_end_of_time),
    cmocka_unit_test(equal_timers_keep_the_order_of_their_starts),
    cmocka_unit_test(a_timer_of_the_past_is_due_at_once),
    cmocka_unit_test(a_leap_over_the_whole_range_is_one_pass),
  };
  return cmocka_run_group_tests_name("wheel", tests, NULL, NULL);
}
