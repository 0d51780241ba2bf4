/* SPDX-License-Identifier: MIT */
/* Which descriptors are hot and which parked (src/unix/io/hotset.h). What could
 * break: idle descriptors that cost something in each wait, busy ones that go
 * the long way, an event that falls between two places, a sweep that walks
 * everything. */
#include "harness.h"

#include "base/abi.h"

#include <poll.h>

static struct probe probes[256];

static int fresh(void** state) {
  memset(probes, 0, sizeof(probes));
  return set_up(state);
}

static void a_new_watcher_is_parked(void** state) {
  (void) state;
  probe_start(&probes[0], 0, POLLIN);
  assert_int_equal(UV__IDLE, state_of(&probes[0])); /* Not before a phase. */
  poll_once();
  assert_int_equal(UV__PARKED, state_of(&probes[0]));
  assert_true(is_live(fd_of(&probes[0])));
  assert_int_equal(0, fake_mask(fd_of(&probes[0])));
}

static void a_writer_begins_hot_and_stays_for_a_while(void** state) {
  (void) state;
  poll_times(200); /* The loop is not new. */
  fake_pass(100 * UINT64_C(1000000000));
  probe_start(&probes[0], 0, POLLOUT);
  poll_times(30);
  assert_true(is_hot(&probes[0]));
  assert_int_equal(POLLOUT, fake_mask(fd_of(&probes[0])));
  assert_int_equal(0, harness.io->figures.demotions);
}

static void one_that_fires_often_is_promoted(void** state) {
  (void) state;
  probe_start(&probes[0], 0, POLLIN);
  fire(&probes[0]);
  assert_int_equal(UV__PARKED, state_of(&probes[0]));
  poll_times(5);
  fire(&probes[0]);
  assert_true(is_hot(&probes[0]));
  assert_int_equal(1, harness.io->figures.promotions);
  assert_int_equal(POLLIN, fake_mask(fd_of(&probes[0])));
  assert_true(is_mute(fd_of(&probes[0])));
  fire(&probes[0]);
}

static void one_that_fires_rarely_stays_parked(void** state) {
  (void) state;
  probe_start(&probes[0], 0, POLLIN);
  for (int i = 0; i < 10; i++) {
    fire(&probes[0]);
    poll_times(40);
  }
  assert_int_equal(UV__PARKED, state_of(&probes[0]));
  assert_int_equal(0, harness.io->figures.promotions);
}

static void silence_parks_it_again(void** state) {
  (void) state;
  harness.io->hot.idle_ns = 50 * MS;
  probe_start(&probes[0], 0, POLLIN);
  heat(&probes[0]);
  poll_times(200); /* Many waits, no time: not yet, unless waits cost. */
  assert_true(is_hot(&probes[0]));
  fake_pass(60 * MS);
  poll_times(2);
  assert_int_equal(UV__PARKED, state_of(&probes[0]));
  assert_int_equal(1, harness.io->figures.demotions);
  assert_int_equal(0, fake_mask(fd_of(&probes[0])));
  assert_true(is_live(fd_of(&probes[0])));
  fire(&probes[0]);
}

static void a_condition_that_holds_survives_every_move(void** state) {
  (void) state;
  harness.io->hot.idle_ns = 1 * MS;
  probe_start(&probes[0], 0, POLLIN);
  fake_hold(fd_of(&probes[0]), POLLIN);
  unsigned moves = 0;
  enum uv__slot_state before = UV__IDLE;
  for (int i = 0; i < 400; i++) {
    unsigned calls = probes[0].calls;
    poll_once();
    assert_int_equal(calls + 1, probes[0].calls); /* Once, each time. */
    moves += state_of(&probes[0]) != before;
    before = state_of(&probes[0]);
    if (i % 100 == 99) { /* A pause parks it. */
      fake_hold(fd_of(&probes[0]), 0);
      fake_pass(10 * MS);
      poll_times(100);
      fake_hold(fd_of(&probes[0]), POLLIN);
      before = state_of(&probes[0]);
      assert_int_equal(UV__PARKED, before);
    }
  }
  assert_true(moves >= 4);
}

static void the_sweep_takes_a_bounded_step(void** state) {
  (void) state;
  enum { COUNT = 200, STEP_MAX = 32 };
  harness.io->hot.idle_ns = 1 * MS;
  for (int i = 0; i < COUNT; i++) {
    probe_start(&probes[i], i, POLLIN);
    heat(&probes[i]);
  }
  fake_pass(100 * MS);
  poll_times(70); /* Silent by the count of waits as well. */
  for (int i = 0; i < 100 && harness.io->hot.list.count > 0; i++) {
    uint64_t before = harness.io->figures.demotions;
    poll_once();
    assert_true(harness.io->figures.demotions - before <= STEP_MAX);
  }
  assert_int_equal(0, harness.io->hot.list.count);
  assert_int_equal(COUNT, harness.io->figures.demotions);
}

static void the_sweep_leaves_the_busy_ones(void** state) {
  (void) state;
  enum { COUNT = 40 };
  harness.io->hot.idle_ns = 10 * MS;
  for (int i = 0; i < COUNT; i++) {
    probe_start(&probes[i], i, POLLIN);
    heat(&probes[i]);
  }
  for (int i = 0; i < 200; i++) {
    fake_pass(1 * MS);
    fire(&probes[7]);
  }
  assert_true(is_hot(&probes[7]));
  assert_int_equal(1, harness.io->hot.list.count);
}

/* Each of the first `count` probes is ready in each of `times` phases. */
static void burst(int count, int times) {
  for (int i = 0; i < count; i++) fake_hold(fd_of(&probes[i]), POLLIN);
  poll_times(times);
  for (int i = 0; i < count; i++) fake_hold(fd_of(&probes[i]), 0);
}

static void a_burst_is_left_in_the_shell(void** state) {
  (void) state;
  enum { COUNT = 100 };
  for (int i = 0; i < COUNT; i++) probe_start(&probes[i], i, POLLIN);
  burst(COUNT, 60);
  assert_int_equal(0, harness.io->hot.list.count);
  for (int i = 0; i < COUNT; i++) {
    assert_int_equal(60, probes[i].calls); /* None lost on its way. */
    assert_int_equal(UV__PARKED, state_of(&probes[i]));
    assert_true(is_live(fd_of(&probes[i])));
    assert_int_equal(0, fake_mask(fd_of(&probes[i])));
  }
  /* To and fro once, and no more. */
  assert_int_equal(COUNT, harness.io->figures.promotions);
  assert_int_equal(COUNT, harness.io->figures.demotions);
}

static void after_a_burst_the_busy_are_hot_again(void** state) {
  (void) state;
  enum { COUNT = 100 };
  for (int i = 0; i < COUNT; i++) probe_start(&probes[i], i, POLLIN);
  burst(COUNT, 60);
  for (int i = 0; i < 60; i++) fire(&probes[0]);
  assert_true(is_hot(&probes[0]));
  assert_int_equal(COUNT + 1, harness.io->figures.promotions);
}

static void a_few_big_waits_are_no_burst(void** state) {
  (void) state;
  enum { COUNT = 100 };
  for (int i = 0; i < COUNT; i++) probe_start(&probes[i], i, POLLIN);
  for (int i = 0; i < 50; i++) { /* As many big waits as small ones. */
    burst(COUNT, 1);
    burst(2, 1);
  }
  assert_int_equal(COUNT, harness.io->hot.list.count);
  assert_int_equal(0, harness.io->figures.demotions);
}

static void a_batch_between_the_bounds_changes_nothing(void** state) {
  (void) state;
  enum { COUNT = 100, BETWEEN = 12 };
  for (int i = 0; i < COUNT; i++) probe_start(&probes[i], i, POLLIN);
  burst(BETWEEN, 100);
  assert_int_equal(BETWEEN, harness.io->hot.list.count);
  burst(COUNT, 60);
  assert_int_equal(0, harness.io->hot.list.count);
  uint64_t promotions = harness.io->figures.promotions;
  burst(BETWEEN, 100);
  assert_int_equal(0, harness.io->hot.list.count);
  assert_int_equal(promotions, harness.io->figures.promotions);
}

static void what_the_monitor_refuses_is_parked_for_good(void** state) {
  (void) state;
  probe_start(&probes[0], 0, POLLIN);
  heat(&probes[0]);
  fake_post(fd_of(&probes[0]), fake_gen(fd_of(&probes[0])), UV__EV_REFUSED);
  poll_times(2);
  assert_int_equal(2, probes[0].calls); /* A refusal is no event. */
  assert_int_equal(UV__PARKED_FOR_GOOD, state_of(&probes[0]));
  for (int i = 0; i < 20; i++) fire(&probes[0]);
  assert_int_equal(UV__PARKED_FOR_GOOD, state_of(&probes[0]));
}

static void no_room_in_the_monitor_parks(void** state) {
  (void) state;
  probe_start(&probes[0], 0, POLLOUT);
  fake_refuse(fd_of(&probes[0]), UV_EAGAIN);
  fire(&probes[0]);
  assert_int_equal(UV__PARKED_FOR_GOOD, state_of(&probes[0]));
}

static void no_room_in_the_shell_is_tried_again(void** state) {
  (void) state;
  fake_shell.error = UV_ENOSPC;
  probe_start(&probes[0], 0, POLLIN);
  fake_hold(fd_of(&probes[0]), POLLIN);
  uint64_t begin_ns = fake_now_ns();
  uv__io_poll(&harness.loop, 25);
  assert_int_equal(0, probes[0].calls);
  assert_int_equal(25 * MS, fake_now_ns() - begin_ns);
  assert_int_equal(0, uv_backend_timeout(&harness.loop));
  fake_shell.error = 0;
  uv__io_poll(&harness.loop, -1); /* And a wait without end has one. */
  assert_int_equal(1, probes[0].calls);
}

static void what_cannot_be_watched_is_told_once(void** state) {
  (void) state;
  poll_once(); /* The loop's own doorbell is told by now. */
  fake_shell.error = UV_EPERM;
  probe_start(&probes[0], 0, POLLIN);
  poll_times(3);
  assert_int_equal(1, probes[0].calls);
  assert_true(probes[0].events & POLLERR);
  assert_int_equal(1, harness.io->figures.refused);
}

static void stop_and_start_in_one_turn_cost_nothing(void** state) {
  (void) state;
  for (int is_hot = 0; is_hot < 2; is_hot++) {
    if (!is_hot) probe_start(&probes[0], 0, POLLIN);
    if (is_hot) heat(&probes[0]);
    poll_once();
    unsigned updates = fake_log.updates;
    unsigned calls = fake_shell.calls;
    for (int i = 0; i < 100; i++) {
      probe_stop(&probes[0]);
      assert_int_equal(0, uv__io_start(&harness.loop, &probes[0].w, POLLIN));
    }
    poll_once();
    assert_int_equal(updates, fake_log.updates);
    assert_int_equal(calls, fake_shell.calls);
    fire(&probes[0]);
  }
}

static void stopping_costs_a_call_only_if_it_fires(void** state) {
  (void) state;
  probe_start(&probes[0], 0, POLLIN);
  poll_once();
  unsigned calls = fake_shell.calls;
  probe_stop(&probes[0]);
  poll_times(3);
  assert_int_equal(calls, fake_shell.calls);
  fake_hold(fd_of(&probes[0]), POLLIN);
  poll_times(3);
  assert_int_equal(calls + 1, fake_shell.calls); /* Deleted, once. */
  assert_int_equal(0, probes[0].calls);
  assert_int_equal(1, harness.io->figures.unwanted);
}

static void a_mask_goes_back_and_forth_without_a_slip(void** state) {
  (void) state;
  probe_start(&probes[0], 0, POLLIN);
  fake_hold(fd_of(&probes[0]), POLLIN | POLLOUT);
  for (int i = 0; i < 40; i++) {
    poll_once();
    assert_int_equal(i % 2 == 0 ? POLLIN : POLLIN | POLLOUT, probes[0].events);
    if (i % 2 == 0)
      assert_int_equal(0, uv__io_start(&harness.loop, &probes[0].w, POLLOUT));
    else
      uv__io_stop(&harness.loop, &probes[0].w, POLLOUT);
  }
  assert_int_equal(40, probes[0].calls);
}

static void closing_leaves_nothing_anywhere(void** state) {
  (void) state;
  for (int i = 0; i < 3; i++) probe_start(&probes[i], i, POLLIN);
  heat(&probes[1]);
  probe_start(&probes[3], 3, POLLOUT);
  poll_once();
  for (int i = 0; i < 4; i++) {
    probe_close(&probes[i]);
    assert_int_equal(UV__IDLE, state_of(&probes[i]));
    assert_int_equal(0, fake_mask(fd_of(&probes[i])));
    assert_false(is_live(fd_of(&probes[i])));
    assert_false(is_mute(fd_of(&probes[i])));
  }
  assert_int_equal(0, harness.io->hot.list.count);
}

/* Two handles may be made for one descriptor; only one of them watches. */
static void closing_a_namesake_leaves_the_watcher_alone(void** state) {
  (void) state;
  probe_start(&probes[0], 0, POLLIN);
  poll_once();
  uv__io_init(&probes[1].w, NULL, FIRST_FD);
  uv__io_close(&harness.loop, &probes[1].w);
  fire(&probes[0]);
}

static void an_exposed_loop_has_nothing_hot(void** state) {
  (void) state;
  for (int i = 0; i < 8; i++) {
    probe_start(&probes[i], i, POLLIN);
    heat(&probes[i]);
  }
  assert_int_equal(harness.loop.backend_fd, uv_backend_fd(&harness.loop));
  assert_int_equal(0, harness.io->hot.list.count);
  for (int i = 0; i < 8; i++) assert_true(is_live(fd_of(&probes[i])));
  for (int n = 0; n < 20; n++)
    for (int i = 0; i < 8; i++) fire(&probes[i]);
  probe_start(&probes[8], 8, POLLOUT);
  poll_once();
  assert_int_equal(0, harness.io->hot.list.count);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, tear_down)
    T(a_new_watcher_is_parked),
    T(a_writer_begins_hot_and_stays_for_a_while),
    T(one_that_fires_often_is_promoted),
    T(one_that_fires_rarely_stays_parked),
    T(silence_parks_it_again),
    T(a_condition_that_holds_survives_every_move),
    T(the_sweep_takes_a_bounded_step),
    T(the_sweep_leaves_the_busy_ones),
    T(a_burst_is_left_in_the_shell),
    T(after_a_burst_the_busy_are_hot_again),
    T(a_few_big_waits_are_no_burst),
    T(a_batch_between_the_bounds_changes_nothing),
    T(what_the_monitor_refuses_is_parked_for_good),
    T(no_room_in_the_monitor_parks),
    T(no_room_in_the_shell_is_tried_again),
    T(what_cannot_be_watched_is_told_once),
    T(stop_and_start_in_one_turn_cost_nothing),
    T(stopping_costs_a_call_only_if_it_fires),
    T(a_mask_goes_back_and_forth_without_a_slip),
    T(closing_leaves_nothing_anywhere),
    T(closing_a_namesake_leaves_the_watcher_alone),
    T(an_exposed_loop_has_nothing_hot),
#undef T
  };
  return cmocka_run_group_tests_name("placement", tests, NULL, NULL);
}
