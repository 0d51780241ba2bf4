/* SPDX-License-Identifier: MIT */
/* From the ready array to callbacks (src/unix/io/dispatch.h). What could break:
 * an event for a watcher that a callback of the same batch has closed, stopped
 * or replaced; a flood that keeps timers from their turn; the signal watcher
 * before what was announced. */
#include "harness.h"

#include "base/abi.h"
#include "loop/handle.h"

#include <poll.h>
#include <stdlib.h>

static struct probe a, b, c;
static struct probe* many;

static int fresh(void** state) {
  memset(&a, 0, sizeof(a));
  memset(&b, 0, sizeof(b));
  memset(&c, 0, sizeof(c));
  return set_up(state);
}

static void start_both(void (*then)(struct probe*)) {
  probe_start(&a, 0, POLLIN);
  probe_start(&b, 1, POLLIN);
  poll_once();
  a.then = then;
}

static void hold_both(void) {
  fake_hold(fd_of(&a), POLLIN);
  fake_hold(fd_of(&b), POLLIN);
}

static void close_b(struct probe* probe) {
  (void) probe;
  probe_close(&b);
}

static void a_closes_b_of_the_same_batch(void** state) {
  (void) state;
  start_both(close_b);
  hold_both();
  poll_once();
  assert_int_equal(1, a.calls);
  assert_int_equal(0, b.calls);
  assert_int_equal(1, harness.io->figures.stale);
}

static void replace_b(struct probe* probe) {
  (void) probe;
  probe_close(&b);
  fake_hold(FIRST_FD + 1, 0); /* Another file under the old number. */
  probe_start(&c, 1, POLLIN);
  a.then = NULL;
}

static void a_new_owner_of_the_number_gets_no_old_event(void** state) {
  (void) state;
  start_both(replace_b);
  hold_both();
  poll_times(3);
  assert_int_equal(3, a.calls);
  assert_int_equal(0, b.calls);
  assert_int_equal(0, c.calls);
  fire(&c);
}

static void stop_b(struct probe* probe) {
  (void) probe;
  probe_stop(&b);
}

static void a_stops_b_of_the_same_batch(void** state) {
  (void) state;
  start_both(stop_b);
  hold_both();
  poll_times(3);
  assert_int_equal(0, b.calls);
  assert_int_equal(0, uv__io_start(&harness.loop, &b.w, POLLIN));
  a.then = NULL;
  poll_once();
  assert_int_equal(1, b.calls);
}

static void turn_b(struct probe* probe) {
  (void) probe;
  uv__io_stop(&harness.loop, &b.w, POLLIN);
  assert_int_equal(0, uv__io_start(&harness.loop, &b.w, POLLOUT));
}

static void a_changes_what_b_wants(void** state) {
  (void) state;
  start_both(turn_b);
  hold_both();
  poll_times(3);
  assert_int_equal(0, b.calls); /* It was for reading. */
  fake_hold(fd_of(&b), POLLIN | POLLOUT);
  poll_once();
  assert_int_equal(1, b.calls);
  assert_int_equal(POLLOUT, b.events);
}

static void close_self(struct probe* probe) {
  probe_close(probe);
}

static void a_watcher_closes_itself(void** state) {
  (void) state;
  start_both(close_self);
  hold_both();
  poll_times(3);
  assert_int_equal(1, a.calls);
  assert_int_equal(3, b.calls);
}

static void grow_the_table(struct probe* probe) {
  probe->then = NULL;
  probe_start(&c, 20000, POLLIN);
}

static void a_callback_may_move_the_table(void** state) {
  (void) state;
  start_both(grow_the_table);
  hold_both();
  poll_once();
  assert_int_equal(1, b.calls);
  fire(&c);
}

static void an_event_of_an_unknown_number_is_dropped(void** state) {
  (void) state;
  poll_once();
  fake_post(30000, 1, POLLIN);
  fake_post(FIRST_FD, 17, POLLIN);
  poll_once();
  assert_int_equal(2, harness.io->figures.stale);
}

static void a_bare_hang_up_comes_with_what_was_asked(void** state) {
  (void) state;
  probe_start(&a, 0, POLLIN);
  poll_once();
  fake_hold(fd_of(&a), POLLHUP);
  poll_once();
  assert_int_equal(POLLIN | POLLHUP, a.events);
  fake_hold(fd_of(&a), POLLERR);
  assert_int_equal(0, uv__io_start(&harness.loop, &a.w, POLLOUT));
  poll_once();
  assert_int_equal(POLLIN | POLLOUT | POLLERR, a.events);
}

static void what_was_closed_behind_our_back_is_told_once(void** state) {
  (void) state;
  probe_start(&a, 0, POLLIN);
  heat(&a);
  unsigned calls = a.calls;
  fake_post(fd_of(&a), fake_gen(fd_of(&a)), POLLERR | POLLNVAL);
  poll_times(3);
  assert_int_equal(calls + 1, a.calls);
  assert_true(a.events & POLLERR);
  assert_int_equal(UV__IDLE, state_of(&a));
}

static void the_hang_up_of_a_mute_entry_is_not_told_twice(void** state) {
  (void) state;
  probe_start(&a, 0, POLLIN);
  heat(&a);
  unsigned calls = a.calls;
  fake_hold(fd_of(&a), POLLHUP); /* Hot set and shell report it. */
  poll_once();
  assert_int_equal(calls + 1, a.calls);
}

/* --- Floods --------------------------------------------------------------- */

enum { MANY = READY_MAX + 300 };

static void start_many(void) {
  many = calloc(MANY, sizeof(*many));
  assert_non_null(many);
  for (int i = 0; i < MANY; i++) probe_start(&many[i], i, POLLIN);
  poll_once();
}

static unsigned calls_of_many(void) {
  unsigned calls = 0;
  for (int i = 0; i < MANY; i++) calls += many[i].calls;
  return calls;
}

static void end_many(void) {
  for (int i = 0; i < MANY; i++) {
    probe_close(&many[i]);
    fake_hold(fd_of(&many[i]), 0);
  }
  free(many);
}

static void drain_self(struct probe* probe) {
  fake_hold(fd_of(probe), 0);
}

static void a_full_array_is_followed_by_another_look(void** state) {
  (void) state;
  start_many();
  for (int i = 0; i < MANY; i++) {
    many[i].then = drain_self;
    fake_hold(fd_of(&many[i]), POLLIN);
  }
  poll_once();
  unsigned calls = calls_of_many();
  end_many();
  assert_int_equal(MANY, calls);
}

static void a_flood_without_end_ends_the_phase(void** state) {
  (void) state;
  start_many();
  for (int i = 0; i < MANY; i++) fake_hold(fd_of(&many[i]), POLLIN);
  poll_once();
  unsigned calls = calls_of_many();
  unsigned starved = 0;
  for (int i = 0; i < MANY; i++) starved += many[i].calls == 0;
  end_many();
  assert_int_equal(DISPATCH_ROUNDS_MAX * READY_MAX, calls);
  assert_int_equal(0, starved);
}

/* --- The signal watcher --------------------------------------------------- */

static unsigned calls_before_signal;

static void on_signal_pipe(uv_loop_t* loop, uv__io_t* w, unsigned events) {
  (void) loop;
  (void) w;
  (void) events;
  calls_before_signal = a.calls + b.calls + 1;
}

static void start_signal_watcher(int index) {
  uv__io_t* w = &harness.loop.signal_io_watcher;
  uv__io_init(w, on_signal_pipe, FIRST_FD + index);
  assert_int_equal(0, uv__io_start(&harness.loop, w, POLLIN));
  fake_hold(FIRST_FD + index, POLLIN);
}

static void end_signal_watcher(void) {
  uv__io_close(&harness.loop, &harness.loop.signal_io_watcher);
  harness.loop.signal_io_watcher.fd = -1;
}

static void the_signal_watcher_is_called_last(void** state) {
  (void) state;
  calls_before_signal = 0;
  start_signal_watcher(0); /* The lowest number: it comes first. */
  probe_start(&a, 1, POLLIN);
  probe_start(&b, 2, POLLIN);
  hold_both();
  poll_once();
  end_signal_watcher();
  assert_int_equal(3, calls_before_signal);
}

static void stop_signal_watcher(struct probe* probe) {
  (void) probe;
  uv__io_stop(&harness.loop, &harness.loop.signal_io_watcher, POLLIN);
}

static void a_stopped_signal_watcher_is_not_called(void** state) {
  (void) state;
  calls_before_signal = 0;
  start_signal_watcher(0);
  probe_start(&a, 1, POLLIN);
  a.then = stop_signal_watcher;
  fake_hold(fd_of(&a), POLLIN);
  poll_once();
  end_signal_watcher();
  assert_int_equal(1, a.calls);
  assert_int_equal(0, calls_before_signal);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, tear_down)
    T(a_closes_b_of_the_same_batch),
    T(a_new_owner_of_the_number_gets_no_old_event),
    T(a_stops_b_of_the_same_batch),
    T(a_changes_what_b_wants),
    T(a_watcher_closes_itself),
    T(a_callback_may_move_the_table),
    T(an_event_of_an_unknown_number_is_dropped),
    T(a_bare_hang_up_comes_with_what_was_asked),
    T(what_was_closed_behind_our_back_is_told_once),
    T(the_hang_up_of_a_mute_entry_is_not_told_twice),
    T(a_full_array_is_followed_by_another_look),
    T(a_flood_without_end_ends_the_phase),
    T(the_signal_watcher_is_called_last),
    T(a_stopped_signal_watcher_is_not_called),
#undef T
  };
  return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
