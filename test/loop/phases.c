/* SPDX-License-Identifier: MIT */
/* A turn of the loop and its timers, with time as the script has it. What could
 * break: the order that libuv documents, a timer that is early by the cached
 * clock, one that waits behind a flood or an interruption. */
#include "harness.h"

#include "base/abi.h"
#include "base/queue.h"

#include <poll.h>
#include <stdio.h>

static char trace[128];

static void note(char what) {
  size_t used = strlen(trace);
  assert_true(used + 1 < sizeof(trace));
  trace[used] = what;
  trace[used + 1] = '\0';
}

static struct {
  uv_idle_t idle;
  uv_prepare_t prepare;
  uv_check_t check;
  uv_timer_t timers[8];
  uv_async_t async;
} h;

static int fresh(void** state) {
  memset(&h, 0, sizeof(h));
  trace[0] = '\0';
  int rc = set_up(state);
  uv_idle_init(&harness.loop, &h.idle);
  uv_prepare_init(&harness.loop, &h.prepare);
  uv_check_init(&harness.loop, &h.check);
  for (int i = 0; i < 8; i++) {
    uv_timer_init(&harness.loop, &h.timers[i]);
    h.timers[i].data = (void*) (intptr_t) ('0' + i);
  }
  uv_async_init(&harness.loop, &h.async, NULL);
  uv_unref((uv_handle_t*) &h.async);
  return rc;
}

static void close_all(uv_handle_t* handle, void* arg) {
  (void) arg;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

static int stale(void** state) {
  fake_on_sleep(NULL);
  uv_walk(&harness.loop, close_all, NULL);
  uv_run(&harness.loop, UV_RUN_DEFAULT);
  return tear_down(state);
}

/* --- Order ---------------------------------------------------------------- */

static void on_idle(uv_idle_t* handle) {
  (void) handle;
  note('i');
}

static void on_prepare(uv_prepare_t* handle) {
  (void) handle;
  note('p');
}

static void on_check(uv_check_t* handle) {
  (void) handle;
  note('c');
}

static void on_closed(uv_handle_t* handle) {
  (void) handle;
  note('x');
}

static void on_probe(struct probe* probe) {
  (void) probe;
  note('e');
}

static void on_timer(uv_timer_t* timer) {
  note((char) (intptr_t) timer->data);
}

static void on_pending(uv_loop_t* loop, uv__io_t* w, unsigned events) {
  (void) loop;
  (void) w;
  assert_int_equal(POLLOUT | UV__IO_FED, events);
  note('w');
}

static void the_phases_come_in_the_documented_order(void** state) {
  (void) state;
  static struct probe probe;
  memset(&probe, 0, sizeof(probe));
  probe.then = on_probe;
  probe_start(&probe, 0, POLLIN);
  fake_hold(FIRST_FD, POLLIN);
  uv__io_t fed;
  uv__io_init(&fed, on_pending, -1);
  uv__io_feed(&harness.loop, &fed);
  uv_idle_start(&h.idle, on_idle);
  uv_prepare_start(&h.prepare, on_prepare);
  uv_check_start(&h.check, on_check);
  uv_timer_start(&h.timers[0], on_timer, 0, 0);
  uv_close((uv_handle_t*) &h.timers[7], on_closed);
  uv_run(&harness.loop, UV_RUN_NOWAIT);
  assert_string_equal("wipecx0", trace);
}

static void stop_from_timer(uv_timer_t* timer) {
  on_timer(timer);
  uv_stop(timer->loop);
}

static void a_default_run_begins_with_due_timers(void** state) {
  (void) state;
  uv_prepare_start(&h.prepare, on_prepare);
  uv_timer_start(&h.timers[0], on_timer, 0, 0);
  uv_timer_start(&h.timers[1], stop_from_timer, 5, 0);
  uv_run(&harness.loop, UV_RUN_DEFAULT);
  assert_string_equal("0p1", trace);
}

static void a_run_once_waits_for_one_timer(void** state) {
  (void) state;
  uv_timer_start(&h.timers[0], on_timer, 30, 0);
  uint64_t begin_ns = fake_now_ns();
  uv_run(&harness.loop, UV_RUN_ONCE);
  assert_string_equal("0", trace);
  assert_int_equal(30 * MS, fake_now_ns() - begin_ns);
}

static void an_idle_handle_keeps_the_loop_from_sleeping(void** state) {
  (void) state;
  uv_idle_start(&h.idle, on_idle);
  uv_timer_start(&h.timers[0], on_timer, 30, 0);
  uint64_t begin_ns = fake_now_ns();
  uv_run(&harness.loop, UV_RUN_ONCE);
  assert_int_equal(0, fake_log.last_wait.timeout_ns);
  assert_int_equal(begin_ns, fake_now_ns());
}

/* --- Timers --------------------------------------------------------------- */

static void timers_come_by_their_time(void** state) {
  (void) state;
  static const unsigned due_ms[] = { 30, 10, 20, 10, 0, 5 };
  for (int i = 0; i < 6; i++)
    uv_timer_start(&h.timers[i], on_timer, due_ms[i], 0);
  uv_run(&harness.loop, UV_RUN_DEFAULT);
  assert_string_equal("451320", trace); /* Equal ones as they were started. */
}

static void starting_again_goes_to_the_end_of_the_equals(void** state) {
  (void) state;
  for (int i = 0; i < 3; i++) uv_timer_start(&h.timers[i], on_timer, 10, 0);
  uv_timer_start(&h.timers[0], on_timer, 10, 0);
  uv_run(&harness.loop, UV_RUN_DEFAULT);
  assert_string_equal("120", trace);
}

static unsigned zero_calls;

static void start_zero_again(uv_timer_t* timer) {
  zero_calls++;
  uv_timer_start(timer, start_zero_again, 0, 0);
}

static void a_zero_timer_started_in_itself_waits_a_turn(void** state) {
  (void) state;
  zero_calls = 0;
  uv_timer_start(&h.timers[0], start_zero_again, 0, 0);
  for (unsigned turn = 1; turn <= 3; turn++) {
    uv_run(&harness.loop, UV_RUN_NOWAIT);
    assert_int_equal(turn, zero_calls);
  }
}

static void stop_the_next(uv_timer_t* timer) {
  on_timer(timer);
  uv_timer_stop(&h.timers[1]);
  uv_close((uv_handle_t*) &h.timers[2], NULL);
}

static void a_due_timer_can_be_stopped_by_another(void** state) {
  (void) state;
  uv_timer_start(&h.timers[0], stop_the_next, 1, 0);
  for (int i = 1; i < 4; i++) uv_timer_start(&h.timers[i], on_timer, 1, 0);
  uv_run(&harness.loop, UV_RUN_DEFAULT);
  assert_string_equal("03", trace);
}

static uint64_t started_at_ms;

static void check_not_early(uv_timer_t* timer) {
  assert_true(fake_now_ns() / MS >= started_at_ms + timer->timeout);
  note('t');
}

/* Started in the middle of a millisecond: the sum is in whole ones. */
static void a_timer_is_never_early(void** state) {
  (void) state;
  started_at_ms = 0;
  for (unsigned part = 0; part < 10; part++) {
    trace[0] = '\0';
    fake_pass(part * 137000 + 1);
    uv_update_time(&harness.loop);
    uint64_t due_ns = (uv_now(&harness.loop) + 5) * MS;
    uv_timer_start(&h.timers[0], check_not_early, 5, 0);
    while (trace[0] == '\0') uv_run(&harness.loop, UV_RUN_ONCE);
    assert_true(fake_now_ns() >= due_ns);
    assert_true(fake_now_ns() < due_ns + 1 * MS);
  }
}

static void interrupt(void) {
  fake_pass(3 * MS);
  fake_post(30000, 1, POLLIN); /* It has no slot: it ends the wait, no more. */
}

static void interruptions_neither_shorten_nor_stretch_a_timer(void** state) {
  (void) state;
  fake_on_sleep(interrupt);
  uv_timer_start(&h.timers[0], on_timer, 50, 0);
  uint64_t begin_ns = fake_now_ns();
  uv_run(&harness.loop, UV_RUN_ONCE);
  assert_string_equal("0", trace);
  assert_in_range(fake_now_ns() - begin_ns, 50 * MS, 53 * MS);
}

static void repeat_and_stop(uv_timer_t* timer) {
  on_timer(timer);
  if (strlen(trace) == 3) uv_timer_stop(timer);
}

static void a_repeat_counts_from_the_turn_it_ran_in(void** state) {
  (void) state;
  uint64_t begin_ns = fake_now_ns();
  uv_timer_start(&h.timers[0], repeat_and_stop, 10, 20);
  uv_run(&harness.loop, UV_RUN_DEFAULT);
  assert_string_equal("000", trace);
  assert_int_equal(50 * MS, fake_now_ns() - begin_ns);
}

static void a_timer_for_ever_is_just_far(void** state) {
  (void) state;
  uv_timer_start(&h.timers[0], on_timer, UINT64_MAX, 0);
  uv_timer_start(&h.timers[1], stop_from_timer, 10, 0);
  uv_run(&harness.loop, UV_RUN_DEFAULT);
  assert_string_equal("1", trace);
}

static void a_month_is_slept_in_parts(void** state) {
  (void) state;
  const uint64_t month_ms = UINT64_C(31) * 24 * 3600 * 1000;
  uint64_t begin_ns = fake_now_ns();
  uv_timer_start(&h.timers[0], on_timer, month_ms, 0);
  uv_run(&harness.loop, UV_RUN_DEFAULT);
  assert_string_equal("0", trace);
  assert_true(fake_now_ns() - begin_ns == month_ms * MS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, stale)
    T(the_phases_come_in_the_documented_order),
    T(a_default_run_begins_with_due_timers),
    T(a_run_once_waits_for_one_timer),
    T(an_idle_handle_keeps_the_loop_from_sleeping),
    T(timers_come_by_their_time),
    T(starting_again_goes_to_the_end_of_the_equals),
    T(a_zero_timer_started_in_itself_waits_a_turn),
    T(a_due_timer_can_be_stopped_by_another),
    T(a_timer_is_never_early),
    T(interruptions_neither_shorten_nor_stretch_a_timer),
    T(a_repeat_counts_from_the_turn_it_ran_in),
    T(a_timer_for_ever_is_just_far),
    T(a_month_is_slept_in_parts),
#undef T
  };
  return cmocka_run_group_tests_name("phases", tests, NULL, NULL);
}
