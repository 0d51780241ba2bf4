/* SPDX-License-Identifier: MIT */
/* A loop that moves: to other threads, into a child. What could break: a ring
 * that belongs to the thread before, a child that reaches into its parent's
 * ring, registrations that the new kernel state does not have. */
#include "common.h"

#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static uv_poll_t handle;
static int fds[2];
static unsigned calls;

static void on_poll(uv_poll_t* poll, int status, int events) {
  (void) poll;
  calls += status == 0 && (events & UV_READABLE);
  drain(fds[0]);
}

static void start(void) {
  make_pair(fds);
  calls = 0;
  assert_int_equal(0, uv_poll_init(&loop, &handle, fds[0]));
  assert_int_equal(0, uv_poll_start(&handle, UV_READABLE, on_poll));
}

static void end(void) {
  uv_close((uv_handle_t*) &handle, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  for (int n = 0; n < 2; n++) close(fds[n]);
}

/* Returns whether all were heard. Asserts nothing: any thread, any child. */
static bool hear(unsigned count) {
  for (unsigned i = 0; i < count; i++) {
    unsigned before = calls;
    if (write(fds[1], "x", 1) != 1) return false;
    for (int n = 0; calls == before && n < 100; n++) uv_run(&loop, UV_RUN_ONCE);
    if (calls == before) return false;
  }
  return true;
}

/* --- Threads -------------------------------------------------------------- */

static bool was_heard;

static void hear_here(void* arg) {
  (void) arg;
  was_heard = hear(10);
}

static void hear_in_a_thread(void) {
  uv_thread_t thread;
  was_heard = false;
  assert_int_equal(0, uv_thread_create(&thread, hear_here, NULL));
  assert_int_equal(0, uv_thread_join(&thread));
  assert_true(was_heard);
}

static void a_loop_made_here_runs_in_other_threads(void** state) {
  (void) state;
  start();
  for (int i = 0; i < 4; i++) hear_in_a_thread();
  assert_true(hear(10));
  hear_in_a_thread();
  need_wanted_monitor(); /* Moving is no reason to leave it. */
  assert_int_equal(0, counters_of(&loop).monitor_switches);
  end();
}

static void close_here(void* arg) {
  (void) arg;
  uv_close((uv_handle_t*) &handle, NULL);
  close(fds[0]);
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void what_was_hot_there_can_be_closed_here(void** state) {
  (void) state;
  start();
  hear_in_a_thread();
  uv_thread_t thread;
  assert_int_equal(0, uv_thread_create(&thread, close_here, NULL));
  assert_int_equal(0, uv_thread_join(&thread));
  char byte;
  ssize_t got = -1; /* A ring whose thread is gone takes a moment to go. */
  for (int i = 0; i < 5000 && got != 0; i++) {
    got = recv(fds[1], &byte, 1, MSG_DONTWAIT);
    if (got != 0) uv_sleep(1);
  }
  assert_int_equal(0, got);
  close(fds[1]);
}

static void send_often(void* arg) {
  for (int i = 0; i < 20000; i++) uv_async_send(arg);
}

static void stop_after_last(uv_async_t* async) {
  (void) async;
  calls++;
}

static void senders_reach_a_moving_loop(void** state) {
  (void) state;
  static uv_async_t async;
  uv_thread_t threads[2];
  calls = 0;
  uv_async_init(&loop, &async, stop_after_last);
  for (int i = 0; i < 2; i++) uv_thread_create(&threads[i], send_often, &async);
  for (int i = 0; i < 100; i++) uv_run(&loop, UV_RUN_NOWAIT);
  for (int i = 0; i < 2; i++) uv_thread_join(&threads[i]);
  uv_run(&loop, UV_RUN_NOWAIT);
  calls = 0;
  uv_async_send(&async); /* None is lost: this one is delivered, too. */
  uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(1, calls);
  uv_close((uv_handle_t*) &async, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}

/* --- Children ------------------------------------------------------------- */

static int child_with_fork_call(void) {
  if (uv_loop_fork(&loop) != 0) return 1;
  int own[2]; /* The sockets are shared with the parent. */
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, own) != 0) return 2;
  if (uv_poll_stop(&handle) != 0) return 3;
  uv_close((uv_handle_t*) &handle, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  fds[0] = own[0];
  fds[1] = own[1];
  if (uv_poll_init(&loop, &handle, fds[0]) != 0) return 4;
  if (uv_poll_start(&handle, UV_READABLE, on_poll) != 0) return 5;
  if (!hear(20)) return 6;
  if (pollux_monitor_name(&loop) == NULL) return 7;
  uv_close((uv_handle_t*) &handle, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  if (work_out(&loop) != 0) return 8;
  return uv_loop_close(&loop) == 0 ? 0 : 9;
}

static void the_child_works_and_its_parent_goes_on(void** state) {
  (void) state;
  start();
  need_wanted_monitor();
  assert_true(hear(10)); /* Hot, and armed. */
  uv_run(&loop, UV_RUN_NOWAIT);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(0, run_child(child_with_fork_call));
    assert_true(hear(10));
  }
  need_wanted_monitor();
  end();
}

static int child_hears_parents_socket(void) {
  if (uv_loop_fork(&loop) != 0) return 1;
  return hear(5) ? 0 : 2;
}

static void what_was_watched_is_watched_in_the_child(void** state) {
  (void) state;
  start();
  need_wanted_monitor();
  assert_true(hear(10));
  assert_int_equal(0, run_child(child_hears_parents_socket));
  assert_true(hear(10));
  end();
}

static int child_that_only_exits(void) {
  return 0;
}

static int child_with_a_loop_of_its_own(void) {
  return work_out_once(NULL);
}

static void a_child_that_leaves_the_loop_alone_harms_nobody(void** state) {
  (void) state;
  start();
  need_wanted_monitor();
  for (int i = 0; i < 10; i++) {
    assert_true(hear(5));
    assert_int_equal(0, run_child(child_that_only_exits));
    assert_true(hear(5));
    assert_int_equal(0, run_child(child_with_a_loop_of_its_own));
  }
  end();
}

/* A send of before the fork that was not delivered: once in each. */
static uv_async_t sent;

static int child_takes_the_send(void) {
  calls = 0;
  if (uv_loop_fork(&loop) != 0) return 1;
  uv_run(&loop, UV_RUN_NOWAIT);
  return calls == 1 ? 0 : 2;
}

static void a_send_before_the_fork_reaches_both(void** state) {
  (void) state;
  calls = 0;
  uv_async_init(&loop, &sent, stop_after_last);
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_async_send(&sent);
  assert_int_equal(0, run_child(child_takes_the_send));
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(1, calls);
  uv_close((uv_handle_t*) &sent, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}

static int child_keeps_the_backend_number(void) {
  int before = uv_backend_fd(&loop);
  if (uv_loop_fork(&loop) != 0) return 1;
  return uv_backend_fd(&loop) == before ? 0 : 2;
}

static void the_backend_keeps_its_number(void** state) {
  (void) state;
  start();
  assert_true(hear(3));
  assert_int_equal(0, run_child(child_keeps_the_backend_number));
  assert_true(hear(3));
  end();
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    T(a_loop_made_here_runs_in_other_threads),
    T(what_was_hot_there_can_be_closed_here),
    T(senders_reach_a_moving_loop),
    T(the_child_works_and_its_parent_goes_on),
    T(what_was_watched_is_watched_in_the_child),
    T(a_child_that_leaves_the_loop_alone_harms_nobody),
    T(a_send_before_the_fork_reaches_both),
    T(the_backend_keeps_its_number),
#undef T
  };
  return cmocka_run_group_tests_name("move", tests, NULL, NULL);
}
