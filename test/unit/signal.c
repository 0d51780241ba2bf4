/* SPDX-License-Identifier: MIT */
/* Signal handles beyond libuv's own tests. What could break: signals lost when
 * the pipe is full; a signal of a closed handle that reaches its successor in
 * the same memory; the disposition left behind; a child of fork() that disturbs
 * its parent's loop, or waits for a lock whose holder it does not have. */
#include "base/abi.h"
#include "base/atomics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

struct watch {
  uv_signal_t handle; /* First. */
  unsigned calls;
  unsigned place; /* Of its last call, among all calls. */
};

static unsigned place_last;

static void count_call(uv_signal_t* handle, int signum) {
  (void) signum;
  struct watch* watch = (struct watch*) (void*) handle;
  watch->calls++;
  watch->place = ++place_last;
}

static void init(uv_loop_t* loop, struct watch* watch) {
  watch->calls = 0;
  assert_int_equal(0, uv_signal_init(loop, &watch->handle));
}

static void start(uv_loop_t* loop, struct watch* watch, int signum) {
  init(loop, watch);
  assert_int_equal(0, uv_signal_start(&watch->handle, count_call, signum));
}

static void start_oneshot(uv_loop_t* loop, struct watch* watch, int signum) {
  init(loop, watch);
  assert_int_equal(0,
                   uv_signal_start_oneshot(&watch->handle, count_call, signum));
}

static void turn(uv_loop_t* loop) {
  uv_run(loop, UV_RUN_NOWAIT);
}

static void close_handle(struct watch* watch) {
  uv_close((uv_handle_t*) &watch->handle, NULL);
}

/* Handles of tests are static: teardown closes what a test left open. */
static int setup(void** state) {
  static uv_loop_t loop;
  *state = &loop;
  return uv_loop_init(&loop);
}

static void close_any(uv_handle_t* handle, void* arg) {
  (void) arg;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

static int teardown(void** state) {
  uv_loop_t* loop = *state;
  uv_walk(loop, close_any, NULL);
  uv_run(loop, UV_RUN_DEFAULT);
  return uv_loop_close(loop);
}

static struct sigaction disposition(int signum) {
  struct sigaction action;
  assert_int_equal(0, sigaction(signum, NULL, &action));
  return action;
}

static bool is_default(int signum) {
  return disposition(signum).sa_handler == SIG_DFL;
}

/* Run `body` in a child; it must exit with 0 within 20 s. A child that waits
 * for a lock has all signals blocked, so an alarm would not end it. */
static void in_child(uv_loop_t* loop, void (*body)(uv_loop_t*)) {
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    body(loop);
    _exit(0);
  }
  int status = -1;
  uint64_t end = uv_hrtime() + (uint64_t) 20e9;
  while (waitpid(pid, &status, WNOHANG) == 0) {
    if (uv_hrtime() > end) kill(pid, SIGKILL);
    sched_yield();
  }
  assert_int_equal(0, status);
}

#define REQUIRE(claim)                                                         \
  do {                                                                         \
    if (!(claim)) _exit(__LINE__ & 127);                                       \
  } while (0)

/* --- Tests ---------------------------------------------------------------- */

static void a_number_that_is_no_signal_is_refused(void** state) {
  static struct watch watch;
  init(*state, &watch);
  static const int numbers[] = { 0, -1, NSIG, 1024, SIGKILL, SIGSTOP };
  for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
    assert_int_equal(UV_EINVAL,
                     uv_signal_start(&watch.handle, count_call, numbers[i]));
    assert_false(uv_is_active((uv_handle_t*) &watch.handle));
  }
}

static void a_full_pipe_loses_nothing(void** state) {
  enum { SIGNALS = 70000 }; /* More than a pipe's 65536 bytes. */
  static struct watch first, second;
  start(*state, &first, SIGUSR1);
  for (int i = 0; i < SIGNALS; i++) raise(SIGUSR1);
  start(*state, &second, SIGUSR1);
  raise(SIGUSR1);
  for (int i = 0; i < 1000 && first.calls < SIGNALS + 1; i++) turn(*state);
  assert_int_equal(SIGNALS + 1, first.calls);
  assert_int_equal(1, second.calls);
  for (int i = 0; i < 1000; i++) turn(*state); /* The rest of the bytes. */
  assert_int_equal(SIGNALS + 1, first.calls);
}

static void a_successor_in_the_same_memory_gets_nothing_old(void** state) {
  static struct watch watch;
  start(*state, &watch, SIGUSR1);
  raise(SIGUSR1);
  close_handle(&watch);
  assert_true(uv_is_closing((uv_handle_t*) &watch.handle));
  /* The closing phase comes after the poll phase; both in one turn. */
  turn(*state);
  assert_int_equal(0, watch.calls);
  memset(&watch, 0, sizeof(watch));
  start(*state, &watch, SIGUSR1);
  turn(*state);
  assert_int_equal(0, watch.calls);
  raise(SIGUSR1);
  turn(*state);
  assert_int_equal(1, watch.calls);
}

static void a_stopped_handle_is_not_called(void** state) {
  static struct watch stopped, kept;
  start(*state, &stopped, SIGUSR1);
  start(*state, &kept, SIGUSR1);
  raise(SIGUSR1);
  uv_signal_stop(&stopped.handle);
  turn(*state);
  assert_int_equal(0, stopped.calls);
  assert_int_equal(1, kept.calls);
  /* What came while it was stopped is not made up for. */
  assert_int_equal(0, uv_signal_start(&stopped.handle, count_call, SIGUSR1));
  turn(*state);
  assert_int_equal(0, stopped.calls);
}

static void a_stop_and_start_keeps_what_was_caught(void** state) {
  static struct watch watch;
  start(*state, &watch, SIGUSR1);
  raise(SIGUSR1);
  uv_signal_stop(&watch.handle);
  assert_int_equal(0, uv_signal_start(&watch.handle, count_call, SIGUSR1));
  turn(*state);
  assert_int_equal(1, watch.calls);
}

static void the_default_returns_with_the_last_handle(void** state) {
  static struct watch a, b;
  start(*state, &a, SIGUSR1);
  start(*state, &b, SIGUSR1);
  struct sigaction action = disposition(SIGUSR1);
  assert_true(action.sa_flags & SA_RESTART);
  assert_false((unsigned) action.sa_flags & SA_RESETHAND);
  uv_signal_stop(&a.handle);
  assert_false(is_default(SIGUSR1));
  close_handle(&b);
  assert_true(is_default(SIGUSR1));
}

static void one_shot_is_the_systems_only_without_others(void** state) {
  static struct watch once, kept;
  start_oneshot(*state, &once, SIGUSR1);
  assert_true((unsigned) disposition(SIGUSR1).sa_flags & SA_RESETHAND);
  start(*state, &kept, SIGUSR1);
  assert_false((unsigned) disposition(SIGUSR1).sa_flags & SA_RESETHAND);
  uv_signal_stop(&kept.handle);
  assert_true((unsigned) disposition(SIGUSR1).sa_flags & SA_RESETHAND);
  raise(SIGUSR1);
  assert_true(is_default(SIGUSR1));
  turn(*state);
  assert_int_equal(1, once.calls);
  assert_false(uv_is_active((uv_handle_t*) &once.handle));
  /* And again: what the system forgot is told anew. */
  assert_int_equal(0,
                   uv_signal_start_oneshot(&once.handle, count_call, SIGUSR1));
  raise(SIGUSR1);
  turn(*state);
  assert_int_equal(2, once.calls);
  assert_true(is_default(SIGUSR1));
}

static void a_one_shot_handle_survives_its_neighbours_signal(void** state) {
  static struct watch spent, fresh;
  start_oneshot(*state, &spent, SIGUSR1);
  raise(SIGUSR1);
  start_oneshot(*state, &fresh, SIGUSR1);
  assert_false(is_default(SIGUSR1));
  turn(*state);
  assert_int_equal(1, spent.calls);
  assert_int_equal(0, fresh.calls);
  assert_false(is_default(SIGUSR1));
  raise(SIGUSR1);
  turn(*state);
  assert_int_equal(1, fresh.calls);
}

static void calls_come_in_the_order_of_the_signals(void** state) {
  static struct watch user1, user2;
  start(*state, &user1, SIGUSR1);
  start(*state, &user2, SIGUSR2);
  raise(SIGUSR2);
  raise(SIGUSR1);
  turn(*state);
  assert_true(user2.place < user1.place);
  raise(SIGUSR1);
  raise(SIGUSR2);
  turn(*state);
  assert_true(user1.place < user2.place);
  assert_int_equal(2, user1.calls);
  assert_int_equal(2, user2.calls);
}

static void close_neighbour(uv_signal_t* handle, int signum) {
  count_call(handle, signum);
  struct watch* other = handle->data;
  if (!uv_is_closing((uv_handle_t*) &other->handle)) close_handle(other);
}

static void a_callback_may_close_the_next_handle(void** state) {
  static struct watch pair[2];
  for (int i = 0; i < 2; i++) {
    init(*state, &pair[i]);
    pair[i].handle.data = &pair[1 - i];
    assert_int_equal(
        0, uv_signal_start(&pair[i].handle, close_neighbour, SIGUSR1));
  }
  raise(SIGUSR1);
  raise(SIGUSR1);
  turn(*state);
  assert_int_equal(2, pair[0].calls);
  assert_int_equal(0, pair[1].calls);
}

static void errno_is_kept(void** state) {
  static struct watch watch;
  start(*state, &watch, SIGUSR1);
  for (int i = 0; i < 70000; i++) {
    errno = EXDEV;
    raise(SIGUSR1); /* At last the pipe is full. */
    assert_int_equal(EXDEV, errno);
  }
}

static void raise_without_a_loop(uv_loop_t* loop) {
  (void) loop;
  raise(SIGUSR1);
}

static void a_childs_signal_does_not_reach_the_parents_handle(void** state) {
  static struct watch watch;
  start(*state, &watch, SIGUSR1);
  in_child(*state, raise_without_a_loop);
  turn(*state);
  turn(*state);
  assert_int_equal(0, watch.calls);
  raise(SIGUSR1);
  turn(*state);
  assert_int_equal(1, watch.calls);
}

static struct watch forked;

static void receive_after_fork(uv_loop_t* loop) {
  REQUIRE(uv_loop_fork(loop) == 0);
  turn(loop);
  REQUIRE(forked.calls == 0);
  raise(SIGUSR1);
  turn(loop);
  REQUIRE(forked.calls == 1);
  REQUIRE(is_default(SIGUSR1));
}

static void a_child_starts_afresh_after_loop_fork(void** state) {
  start_oneshot(*state, &forked, SIGUSR1);
  raise(SIGUSR1);
  in_child(*state, receive_after_fork);
  turn(*state);
  assert_int_equal(1, forked.calls);
}

static unsigned churning; /* atomic */

static void churn(void* arg) {
  uv_loop_t loop;
  (void) arg;
  if (uv_loop_init(&loop) != 0) abort();
  struct watch watch;
  if (uv_signal_init(&loop, &watch.handle) != 0) abort();
  while (uv__load_acquire(&churning)) {
    if (uv_signal_start(&watch.handle, count_call, SIGUSR2) != 0) abort();
    uv_signal_stop(&watch.handle);
  }
  close_handle(&watch);
  uv_run(&loop, UV_RUN_DEFAULT);
  if (uv_loop_close(&loop) != 0) abort();
}

static void watch_in_child(uv_loop_t* loop) {
  uv_signal_t handle;
  (void) loop;
  uv_loop_t own;
  REQUIRE(uv_loop_init(&own) == 0);
  REQUIRE(uv_signal_init(&own, &handle) == 0);
  REQUIRE(uv_signal_start(&handle, count_call, SIGUSR1) == 0);
  uv_close((uv_handle_t*) &handle, NULL);
  uv_run(&own, UV_RUN_DEFAULT);
  REQUIRE(uv_loop_close(&own) == 0);
}

static void a_fork_amid_changes_leaves_no_lock_held(void** state) {
  uv_thread_t thread;
  uv__store_release(&churning, 1u);
  assert_int_equal(0, uv_thread_create(&thread, churn, NULL));
  for (int i = 0; i < 300; i++) in_child(*state, watch_in_child);
  uv__store_release(&churning, 0u);
  assert_int_equal(0, uv_thread_join(&thread));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_number_that_is_no_signal_is_refused),
    TEST(a_full_pipe_loses_nothing),
    TEST(a_successor_in_the_same_memory_gets_nothing_old),
    TEST(a_stopped_handle_is_not_called),
    TEST(a_stop_and_start_keeps_what_was_caught),
    TEST(the_default_returns_with_the_last_handle),
    TEST(one_shot_is_the_systems_only_without_others),
    TEST(a_one_shot_handle_survives_its_neighbours_signal),
    TEST(calls_come_in_the_order_of_the_signals),
    TEST(a_callback_may_close_the_next_handle),
    TEST(errno_is_kept),
    TEST(a_childs_signal_does_not_reach_the_parents_handle),
    TEST(a_child_starts_afresh_after_loop_fork),
    TEST(a_fork_amid_changes_leaves_no_lock_held),
  };
  return cmocka_run_group_tests_name("signal", tests, NULL, NULL);
}
