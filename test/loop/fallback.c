/* SPDX-License-Identifier: MIT */
/* Changes of the monitor under the loop: on request, after a failure, with
 * another thread, in a child. What could break: a descriptor that the new one
 * does not know, a count that is left over, an error that stays for
 * ever. */
#include "harness.h"

#include "base/abi.h"

#include <poll.h>
#include <pthread.h>

extern const struct uv__monitor_ops uv__monitor_poll;

enum { COUNT = 12 };
static struct probe probes[COUNT];

static int fresh(void** state) {
  memset(probes, 0, sizeof(probes));
  return set_up(state);
}

/* Some hot, some parked, one hot for writing, one not yet told to the kernel,
 * one stopped but still registered. */
static void start_mixed(void) {
  for (int i = 0; i < COUNT - 3; i++) probe_start(&probes[i], i, POLLIN);
  for (int i = 0; i < 4; i++) heat(&probes[i]);
  probe_start(&probes[COUNT - 3], COUNT - 3, POLLOUT);
  probe_start(&probes[COUNT - 2], COUNT - 2, POLLIN);
  poll_once();
  probe_stop(&probes[COUNT - 2]);
  probe_start(&probes[COUNT - 1], COUNT - 1, POLLIN);
}

static void all_hear(void) {
  unsigned before[COUNT];
  for (int i = 0; i < COUNT; i++) {
    before[i] = probes[i].calls;
    fake_hold(FIRST_FD + i, POLLIN | POLLOUT);
  }
  poll_once();
  for (int i = 0; i < COUNT; i++)
    assert_int_equal(before[i] + (i != COUNT - 2), probes[i].calls);
  for (int i = 0; i < COUNT; i++) fake_hold(FIRST_FD + i, 0);
}

static void a_failed_wait_loses_no_event(void** state) {
  (void) state;
  start_mixed();
  fake_fail(UV_EIO);
  /* The poll monitor would ask the kernel about a descriptor for writing, and
   * the numbers here are not open. */
  probe_close(&probes[COUNT - 3]);
  probe_start(&probes[COUNT - 3], COUNT - 3, POLLIN);
  all_hear();
  assert_string_equal("poll", harness.io->monitor.ops->name);
  assert_int_equal(1, harness.io->choice.switches);
  assert_non_null(strstr(harness.io->choice.reason, "fake failed: EIO"));
  all_hear();
}

static void a_switch_loses_no_event(void** state) {
  (void) state;
  start_mixed();
  probe_close(&probes[COUNT - 3]);
  probe_start(&probes[COUNT - 3], COUNT - 3, POLLIN);
  harness.io->choice.wish = &uv__monitor_poll;
  harness.io->wants_switch = true;
  all_hear();
  assert_string_equal("poll", harness.io->monitor.ops->name);
  harness.io->choice.wish = &uv__monitor_fake;
  harness.io->wants_switch = true;
  all_hear();
  assert_string_equal("fake", harness.io->monitor.ops->name);
  assert_int_equal(2, harness.io->choice.switches);
  for (int i = 0; i < COUNT - 3; i++) heat(&probes[i]);
}

static void a_wish_for_the_present_one_changes_nothing(void** state) {
  (void) state;
  start_mixed();
  poll_once();
  unsigned setups = fake_log.setups;
  harness.io->wants_switch = true;
  all_hear();
  assert_int_equal(setups, fake_log.setups);
  assert_int_equal(0, harness.io->choice.switches);
}

static void nothing_is_left_over_after_a_failure(void** state) {
  (void) state;
  start_mixed();
  poll_once();
  fake_fail(UV_EIO);
  for (int i = 0; i < COUNT; i++) probe_close(&probes[i]);
  poll_once();
  assert_int_equal(0, harness.io->hot.list.count);
  assert_int_equal(0, harness.io->table.dirty_count);
  for (int i = 0; i < COUNT; i++) {
    assert_int_equal(UV__IDLE, state_of(&probes[i]));
    assert_false(is_live(FIRST_FD + i));
    assert_false(is_mute(FIRST_FD + i));
  }
}

/* --- A monitor whose hot set is the shell, as epoll's is ------------------ */

static int shelled_setup(struct uv__monitor* m) {
  (void) m;
  return 0;
}

static void shelled_teardown(struct uv__monitor* m) {
  (void) m;
}

static int shelled_update(struct uv__monitor* m, int fd, uint32_t gen,
                          unsigned have, unsigned want) {
  if (want != 0) return uv__shell_set(m->shell, fd, gen, want, have != 0);
  uv__shell_delete(m->shell, fd);
  return 0;
}

static void shelled_forget(struct uv__monitor* m, int fd, uint32_t gen) {
  (void) gen;
  uv__shell_delete(m->shell, fd);
}

static int shelled_failure;

static int shelled_await(struct uv__monitor* m, struct uv__ready* ready,
                         const struct uv__wait* wait) {
  if (shelled_failure != 0) return shelled_failure;
  return uv__shell_wait(m->shell, ready, 0, uv__wait_ms(wait), NULL);
}

static const struct uv__monitor_ops shelled = {
  .name = "shelled",
  .caps = UV__HOT_IN_SHELL,
  .setup = shelled_setup,
  .teardown = shelled_teardown,
  .update = shelled_update,
  .forget = shelled_forget,
  .await = shelled_await,
};

/* What it registered is in the shell still: the next one must know, or a
 * descriptor that is closed later stays there. */
static void the_shells_entries_outlive_a_failed_monitor(void** state) {
  (void) state;
  shelled_failure = 0;
  harness.io->choice.wish = &shelled;
  start_mixed();
  probe_close(&probes[COUNT - 3]);
  poll_once();
  shelled_failure = UV_EIO;
  poll_once();
  assert_string_equal("poll", harness.io->monitor.ops->name);
  for (int i = 0; i < COUNT; i++) {
    if (i == COUNT - 3) continue;
    probe_close(&probes[i]);
    assert_false(is_live(FIRST_FD + i));
    assert_false(is_mute(FIRST_FD + i));
  }
}

/* A monitor that can peek, as long as it works. */
static unsigned looks_into_ruins;

static int failing_flush(struct uv__monitor* m) {
  (void) m;
  return UV_ENODEV;
}

static bool peek_into_ruins(const struct uv__monitor* m) {
  (void) m;
  looks_into_ruins++;
  fake_pass(1000); /* Else a spin had no end. */
  return false;
}

/* A ring that could not be told to forget a descriptor is closed at once: its
 * memory is gone, and a spinning loop must not look there. */
static void a_monitor_that_is_finished_is_not_peeked_at(void** state) {
  (void) state;
  static struct uv__monitor_ops finished;
  finished = uv__monitor_fake;
  finished.caps |= UV__CAN_PEEK;
  finished.flush = failing_flush;
  finished.peek = peek_into_ruins;
  looks_into_ruins = 0;
  harness.io->choice.wish = &finished;
  probe_start(&probes[0], 0, POLLIN);
  poll_once();
  fake_hold(FIRST_FD, POLLIN);
  harness.io->busy.limits.max_ns = 50000;
  harness.io->busy.limits.is_tried = false; /* It was asked for. */
  harness.io->busy.is_live = harness.io->measures_waits = true;
  harness.io->busy.spin_ns = 1000;
  uv__io_poll(&harness.loop, 1);
  assert_int_equal(0, looks_into_ruins);
  assert_string_equal("poll", harness.io->monitor.ops->name);
  assert_int_equal(1, probes[0].calls);
  fake_hold(FIRST_FD, 0);
}

static int always_fail(struct uv__monitor* m, struct uv__ready* ready,
                       const struct uv__wait* wait) {
  (void) m;
  (void) ready;
  (void) wait;
  return UV_EIO;
}

static void start_mixed_in_shell(void) {
  for (int i = 0; i < COUNT; i++) probe_start(&probes[i], i, POLLIN);
  poll_once();
}

static void into_and_out_of_the_shell(void** state) {
  (void) state;
  shelled_failure = 0;
  start_mixed_in_shell();
  for (int round = 0; round < 6; round++) {
    harness.io->choice.wish = round % 2 == 0 ? &shelled : &uv__monitor_fake;
    harness.io->wants_switch = true;
    for (int n = 0; n < 3; n++)
      for (int i = 0; i < COUNT; i++) fire(&probes[i]);
  }
  assert_int_equal(6, harness.io->choice.switches);
}

/* --- Threads -------------------------------------------------------------- */

static void* poll_here(void* arg) {
  (void) arg;
  poll_once();
  return NULL;
}

static void poll_in_a_thread(void) {
  pthread_t thread;
  assert_int_equal(0, pthread_create(&thread, NULL, poll_here, NULL));
  assert_int_equal(0, pthread_join(thread, NULL));
}

/* A thread's number may be that of one that has ended. */
static void each_thread_is_told_from_the_one_before(void** state) {
  (void) state;
  probe_start(&probes[0], 0, POLLIN);
  poll_once();
  for (unsigned i = 1; i <= 4; i++) {
    poll_in_a_thread();
    assert_int_equal(i, fake_log.rebuilds);
  }
  poll_once();
  poll_once();
  assert_int_equal(5, fake_log.rebuilds);
  fire(&probes[0]);
}

static void what_was_hot_is_heard_in_the_next_thread(void** state) {
  (void) state;
  start_mixed();
  for (int i = 0; i < COUNT; i++)
    if (i != COUNT - 2) fake_hold(FIRST_FD + i, POLLIN | POLLOUT);
  unsigned calls = probes[0].calls;
  poll_in_a_thread();
  assert_int_equal(calls + 1, probes[0].calls);
  for (int i = 0; i < COUNT; i++)
    assert_true(probes[i].calls > 0 || i == COUNT - 2);
  for (int i = 0; i < COUNT; i++) fake_hold(FIRST_FD + i, 0);
}

/* Not even the last one in the list works: the loop goes on, and its timers. */
static void a_monitor_that_always_fails_does_not_hang_the_loop(void** state) {
  (void) state;
  static struct uv__monitor_ops broken;
  broken = shelled;
  broken.await = always_fail;
  probe_start(&probes[0], 0, POLLIN);
  poll_once();
  harness.io->monitor.ops = &broken;
  fake_hold(FIRST_FD, POLLIN);
  fake_shell.wait_error = UV_EBADF; /* Whatever comes next fails as well. */
  poll_times(3);
  assert_int_equal(0, probes[0].calls);
  fake_shell.wait_error = 0;
  poll_once();
  assert_int_equal(1, probes[0].calls);
  fake_hold(FIRST_FD, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, tear_down)
    T(a_failed_wait_loses_no_event),
    T(a_switch_loses_no_event),
    T(a_wish_for_the_present_one_changes_nothing),
    T(nothing_is_left_over_after_a_failure),
    T(the_shells_entries_outlive_a_failed_monitor),
    T(a_monitor_that_is_finished_is_not_peeked_at),
    T(into_and_out_of_the_shell),
    T(each_thread_is_told_from_the_one_before),
    T(what_was_hot_is_heard_in_the_next_thread),
    T(a_monitor_that_always_fails_does_not_hang_the_loop),
#undef T
  };
  return cmocka_run_group_tests_name("fallback", tests, NULL, NULL);
}
