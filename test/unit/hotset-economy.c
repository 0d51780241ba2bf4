/* SPDX-License-Identifier: MIT */
/* When moves between hot and parked pay (src/unix/io/economy.c). What could
 * break: a bound that is off by one, a descriptor that moves to and fro, a
 * sweep that walks everything, a burst that has no end. */
#include "hotset-parts.h"

static void promotion_needs_two_events_within_16_waits(void** state) {
  (void) state;
  assert_int_equal(0, want(FD, POLLIN));
  for (int i = 0; i < 5; i++) {
    fire(FD);
    figures.waits += 16; /* With the event's own: 17. */
  }
  assert_state(UV__PARKED, FD);
  fire(FD);
  figures.waits += 15;
  fire(FD);
  assert_state(UV__HOT_MUTED, FD);
  assert_int_equal(1, figures.promotions);
}

static void silence_counts_in_waits_and_in_time(void** state) {
  (void) state;
  promote(FD);
  figures.waits += 65;
  uv__hotset_sweep(&hot, 1);
  assert_state(UV__HOT_MUTED, FD); /* No time has passed. */
  hot.now_ns += hot.idle_ns + 1;
  uv__hotset_sweep(&hot, 1);
  assert_state(UV__PARKED, FD);

  promote(FD);
  figures.waits += 64;
  hot.now_ns += 10 * hot.idle_ns;
  uv__hotset_sweep(&hot, 1);
  assert_state(UV__HOT_MUTED, FD); /* Too few waits. */
  ops.caps = UV__UPDATE_IS_FREE;
  slot_of(FD)->last_ns = hot.now_ns;
  figures.waits++;
  uv__hotset_sweep(&hot, 1);
  assert_state(UV__PARKED, FD); /* There each wait costs, and time nothing. */
}

static void the_sweep_looks_at_8_and_goes_round(void** state) {
  (void) state;
  for (int fd = 0; fd < 20; fd++) promote(fd);
  figures.waits += 1000;
  hot.now_ns += 10 * hot.idle_ns;
  slot_of(0)->last_wait = figures.waits; /* One of them is busy. */
  for (int i = 0; i < 4; i++) {
    size_t before = hot.list.count;
    uv__hotset_sweep(&hot, 1);
    assert_true(before - hot.list.count <= 8);
  }
  assert_int_equal(1, hot.list.count);
  assert_state(UV__HOT_MUTED, 0);
  slot_of(0)->want = 0; /* What is not wanted goes altogether. */
  uv__hotset_sweep(&hot, 1);
  assert_state(UV__IDLE, 0);
}

static void idle_ms_of_0_makes_all_hot_and_parks_none(void** state) {
  (void) state;
  hot.idle_ns = 0;
  assert_int_equal(0, want(FD, POLLIN));
  assert_state(UV__HOT, FD);
  figures.waits += 1000;
  hot.now_ns += 1000000000;
  uv__hotset_sweep(&hot, 1);
  assert_state(UV__HOT, FD);
}

static void one_that_tells_once_is_never_parked(void** state) {
  (void) state;
  slot_of(FD)->tells_once = true;
  assert_int_equal(0, want(FD, POLLIN));
  assert_state(UV__HOT, FD);
  figures.waits += 1000;
  hot.now_ns += 10 * hot.idle_ns;
  for (int i = 0; i < 40; i++) uv__hotset_sweep(&hot, MANY);
  assert_true(hot.in_burst);
  fire(FD);
  assert_state(UV__HOT, FD);
  uv__hotset_park_all(&hot);
  assert_state(UV__IDLE, FD); /* Nor then: it is announced anew. */
  assert_true(slot_of(FD)->is_dirty);
}

static void a_burst_begins_after_32_big_waits(void** state) {
  (void) state;
  promote(FD);
  assert_int_equal(0, want(OTHER_FD, POLLIN));
  for (int i = 0; i < 31; i++) uv__hotset_sweep(&hot, 16);
  fire(FD);
  assert_state(UV__HOT_MUTED, FD);
  uv__hotset_sweep(&hot, 16);
  fire(FD); /* Parked as it fires. */
  assert_state(UV__PARKED, FD);
  fire(OTHER_FD);
  fire(OTHER_FD); /* And nothing is promoted. */
  assert_state(UV__PARKED, OTHER_FD);
}

static void a_burst_ends_after_32_small_waits(void** state) {
  (void) state;
  assert_int_equal(0, want(FD, POLLIN));
  for (int i = 0; i < 100; i++) uv__hotset_sweep(&hot, 16);
  for (int i = 0; i < 31; i++) uv__hotset_sweep(&hot, 7);
  for (int i = 0; i < 100; i++) {
    uv__hotset_sweep(&hot, 8); /* Between the bounds. */
    uv__hotset_sweep(&hot, 0); /* Nothing came. */
  }
  fire_twice(FD);
  assert_state(UV__PARKED, FD);
  uv__hotset_sweep(&hot, 7);
  fire_twice(FD);
  assert_state(UV__HOT_MUTED, FD);
}

static void bursts_do_not_matter_where_arming_is_free(void** state) {
  (void) state;
  ops.caps = UV__UPDATE_IS_FREE;
  for (int i = 0; i < 100; i++) uv__hotset_sweep(&hot, MANY);
  promote(FD);
  fire(FD);
  assert_state(UV__HOT_MUTED, FD);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, clean_up)
    T(promotion_needs_two_events_within_16_waits),
    T(silence_counts_in_waits_and_in_time),
    T(the_sweep_looks_at_8_and_goes_round),
    T(idle_ms_of_0_makes_all_hot_and_parks_none),
    T(one_that_tells_once_is_never_parked),
    T(a_burst_begins_after_32_big_waits),
    T(a_burst_ends_after_32_small_waits),
    T(bursts_do_not_matter_where_arming_is_free),
#undef T
  };
  return cmocka_run_group_tests_name("hotset-economy", tests, NULL, NULL);
}
