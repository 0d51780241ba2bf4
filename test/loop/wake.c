/* SPDX-License-Identifier: MIT */
/* The wake (src/unix/io/wake.h), one thread at a time: the script sends at the
 * moment the test names. What could break: a send that is lost between the
 * loop's last look and its sleep, a system call for a loop that looks anyway,
 * an embedder that sleeps on. Races are left to the stress tests. */
#include "harness.h"

#include "base/abi.h"

#include <poll.h>
#include <unistd.h>

static uv_async_t async;
static uv_timer_t timer;
static unsigned async_calls, timer_calls;

static void on_async(uv_async_t* handle) {
  (void) handle;
  async_calls++;
}

static void on_timer(uv_timer_t* handle) {
  (void) handle;
  timer_calls++;
}

static int with_async(void** state) {
  async_calls = timer_calls = 0;
  int rc = set_up(state);
  if (rc == 0) rc = uv_async_init(&harness.loop, &async, on_async);
  if (rc == 0) rc = uv_timer_init(&harness.loop, &timer);
  return rc;
}

static int without_async(void** state) {
  fake_on_sleep(NULL);
  uv_close((uv_handle_t*) &async, NULL);
  uv_close((uv_handle_t*) &timer, NULL);
  uv_run(&harness.loop, UV_RUN_DEFAULT);
  return tear_down(state);
}

static void send_async(void) {
  assert_int_equal(0, uv_async_send(&async));
}

static void ring_through(void) {
  send_async();
  fake_hold(harness.io->wake.doorbell_fd, POLLIN);
  fake_on_sleep(NULL);
}

static void a_send_outside_a_run_is_delivered_without_sleep(void** state) {
  (void) state;
  send_async();
  assert_int_equal(1,
                   harness.bells); /* Another thread may sleep on the shell. */
  uv_run(&harness.loop, UV_RUN_ONCE);
  assert_int_equal(1, async_calls);
  assert_int_equal(0, fake_log.last_wait.timeout_ns);
}

static void a_send_while_awake_writes_no_doorbell(void** state) {
  (void) state;
  uv__wake_enter(&harness.loop);
  for (int i = 0; i < 5; i++) {
    send_async();
    uv__io_poll(&harness.loop, -1); /* Does not sleep. */
    assert_int_equal(0, fake_log.last_wait.timeout_ns);
  }
  uv__wake_leave(&harness.loop);
  assert_int_equal(5, async_calls);
  assert_int_equal(0, harness.bells);
  assert_int_equal(5, harness.io->wake.suppressed);
}

static void many_sends_are_one(void** state) {
  (void) state;
  for (int i = 0; i < 10; i++) send_async();
  uv_run(&harness.loop, UV_RUN_ONCE);
  assert_int_equal(1, async_calls);
  assert_int_equal(1, harness.bells);
}

static void a_send_into_the_sleep_rings_once(void** state) {
  (void) state;
  fake_on_sleep(ring_through);
  uv_run(&harness.loop, UV_RUN_ONCE);
  fake_hold(harness.io->wake.doorbell_fd, 0);
  assert_int_equal(1, async_calls);
  assert_int_equal(1, harness.bells);
}

static void send_again(uv_async_t* handle) {
  if (++async_calls < 4) uv_async_send(handle);
}

static void a_send_in_its_own_callback_counts_anew(void** state) {
  (void) state;
  async.async_cb = send_again;
  uv__wake_enter(&harness.loop);
  send_async();
  for (unsigned turn = 1; turn <= 4; turn++) {
    uv__io_poll(&harness.loop, turn < 4 ? -1 : 0);
    assert_int_equal(turn, async_calls);
  }
  uv__wake_leave(&harness.loop);
  assert_int_equal(0, harness.bells);
}

static void send_from_timer(uv_timer_t* handle) {
  (void) handle;
  timer_calls++;
  send_async();
}

/* Timers run last in a turn: the next thing the loop does is to sleep. */
static void a_send_right_before_the_sleep_is_not_lost(void** state) {
  (void) state;
  uv_timer_start(&timer, send_from_timer, 5, 0);
  uv_run(&harness.loop, UV_RUN_ONCE);
  assert_int_equal(1, timer_calls);
  uv_run(&harness.loop, UV_RUN_ONCE);
  assert_int_equal(1, async_calls);
  assert_int_equal(0, harness.bells);
}

static void a_sender_starves_no_descriptor(void** state) {
  (void) state;
  static struct probe probe;
  memset(&probe, 0, sizeof(probe));
  probe_start(&probe, 0, POLLIN);
  uv__wake_enter(&harness.loop);
  for (int i = 0; i < 20; i++) {
    send_async();
    fake_hold(FIRST_FD, POLLIN);
    uv__io_poll(&harness.loop, -1);
  }
  uv__wake_leave(&harness.loop);
  assert_int_equal(20, probe.calls);
  assert_int_equal(20, async_calls);
}

static void an_exposed_loop_is_always_rung(void** state) {
  (void) state;
  uv_backend_fd(&harness.loop);
  uv__wake_enter(&harness.loop);
  send_async();
  assert_int_equal(1, harness.bells);
  poll_once();
  send_async();
  assert_int_equal(2, harness.bells);
  uv__wake_leave(&harness.loop);
}

static void being_exposed_rings_for_what_was_spared(void** state) {
  (void) state;
  uv__wake_enter(&harness.loop);
  send_async();
  assert_int_equal(0, harness.bells);
  uv__wake_leave(&harness.loop);
  uv_backend_fd(&harness.loop);
  assert_int_equal(1, harness.bells);
  /* And the descriptor says so, to a thread that sleeps on it. */
  struct pollfd bell = { .fd = harness.io->wake.doorbell_fd, .events = POLLIN };
  assert_int_equal(1, poll(&bell, 1, 0));
}

static void leaving_with_a_send_in_hand_rings(void** state) {
  (void) state;
  uv_backend_fd(&harness.loop);
  uv__wake_enter(&harness.loop);
  send_async();
  unsigned bells = harness.bells;
  uv__wake_leave(&harness.loop);
  assert_int_equal(bells + 1, harness.bells);
}

static void a_dirty_loop_must_not_be_slept_on(void** state) {
  (void) state;
  static struct probe probe;
  memset(&probe, 0, sizeof(probe));
  uv_backend_fd(&harness.loop);
  uv_run(&harness.loop, UV_RUN_NOWAIT);
  assert_int_equal(-1, uv_backend_timeout(&harness.loop));
  probe_start(&probe, 0, POLLIN);
  assert_int_equal(0, uv_backend_timeout(&harness.loop));
  uv_run(&harness.loop, UV_RUN_NOWAIT);
  assert_int_equal(-1, uv_backend_timeout(&harness.loop));
  assert_true(is_live(FIRST_FD));
}

static void the_backend_timeout_is_the_next_timer(void** state) {
  (void) state;
  uv_run(&harness.loop, UV_RUN_NOWAIT);
  uv_timer_start(&timer, on_timer, 17, 0);
  assert_int_equal(17, uv_backend_timeout(&harness.loop));
  fake_pass(10 * MS);
  uv_update_time(&harness.loop);
  assert_int_equal(7, uv_backend_timeout(&harness.loop));
  fake_pass(10 * MS);
  uv_update_time(&harness.loop);
  assert_int_equal(0, uv_backend_timeout(&harness.loop));
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, with_async, without_async)
    T(a_send_outside_a_run_is_delivered_without_sleep),
    T(a_send_while_awake_writes_no_doorbell),
    T(many_sends_are_one),
    T(a_send_into_the_sleep_rings_once),
    T(a_send_in_its_own_callback_counts_anew),
    T(a_send_right_before_the_sleep_is_not_lost),
    T(a_sender_starves_no_descriptor),
    T(an_exposed_loop_is_always_rung),
    T(being_exposed_rings_for_what_was_spared),
    T(leaving_with_a_send_in_hand_rings),
    T(a_dirty_loop_must_not_be_slept_on),
    T(the_backend_timeout_is_the_next_timer),
#undef T
  };
  return cmocka_run_group_tests_name("wake", tests, NULL, NULL);
}
