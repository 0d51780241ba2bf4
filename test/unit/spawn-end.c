/* SPDX-License-Identifier: MIT */
/* The end of a child of uv_spawn(). What could break: children of other parts
 * of the program are taken away; an end that comes early is lost; exit
 * callbacks close each other's handles. */
#include "unit/support/spawn-fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void a_signal_that_kills_is_reported(void** state) {
  struct fixture* f = *state;
  shell(f, "kill -9 $$");
  assert_int_equal(0, spawn(f));
  uv_run(&f->loop, UV_RUN_DEFAULT);
  assert_int_equal(0, exit_status_last);
  assert_int_equal(SIGKILL, term_signal_last);
  assert_int_equal(UV_ESRCH, uv_process_kill(&f->process, 0));
}

static void other_children_are_left_to_their_owners(void** state) {
  struct fixture* f = *state;
  pid_t pid = fork();
  if (pid == 0) _exit(7);
  siginfo_t info;
  assert_int_equal(0, waitid(P_PID, (id_t) pid, &info, WEXITED | WNOWAIT));
  shell(f, "exit 3");
  assert_int_equal(3, run(f));
  int status;
  assert_int_equal(pid, waitpid(pid, &status, 0));
  assert_int_equal(7, WEXITSTATUS(status));
}

static void an_end_before_the_loop_runs_is_not_lost(void** state) {
  struct fixture* f = *state;
  shell(f, "exit 5");
  assert_int_equal(0, spawn(f));
  siginfo_t info;
  id_t pid = (id_t) uv_process_get_pid(&f->process);
  assert_int_equal(0, waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
  uv_run(&f->loop, UV_RUN_DEFAULT);
  assert_int_equal(5, exit_status_last);
}

static uv_process_t pair[2];

static void close_both(uv_process_t* process, int64_t status, int signum) {
  (void) process, (void) status, (void) signum;
  exit_count++;
  for (int i = 0; i < 2; i++) uv_close((uv_handle_t*) &pair[i], NULL);
}

static void an_exit_callback_may_close_another_handle(void** state) {
  struct fixture* f = *state;
  shell(f, "exit 0");
  f->options.exit_cb = close_both;
  for (int i = 0; i < 2; i++) {
    assert_int_equal(0, uv_spawn(&f->loop, &pair[i], &f->options));
    siginfo_t info;
    id_t pid = (id_t) pair[i].pid;
    assert_int_equal(0, waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
  }
  uv_run(&f->loop, UV_RUN_DEFAULT);
  assert_int_equal(1, exit_count);
}

static void the_watcher_goes_with_the_last_child(void** state) {
  struct fixture* f = *state;
  struct sigaction action;
  shell(f, "exit 0");
  run(f);
  assert_int_equal(0, sigaction(SIGCHLD, NULL, &action));
  assert_true(action.sa_handler == SIG_DFL);
  shell(f, "read x");
  static uv_pipe_t pipe;
  assert_int_equal(0, uv_pipe_init(&f->loop, &pipe, 0));
  f->options.stdio_count = 1;
  f->stdio[0].flags = (uv_stdio_flags) (UV_CREATE_PIPE | UV_READABLE_PIPE);
  f->stdio[0].data.stream = (uv_stream_t*) &pipe;
  assert_int_equal(0, uv_spawn(&f->loop, &pair[0], &f->options));
  assert_int_equal(0, sigaction(SIGCHLD, NULL, &action));
  assert_true(action.sa_handler != SIG_DFL);
  pid_t pid = uv_process_get_pid(&pair[0]);
  uv_close((uv_handle_t*) &pair[0], NULL);
  assert_int_equal(0, sigaction(SIGCHLD, NULL, &action));
  assert_true(action.sa_handler == SIG_DFL);
  assert_int_equal(0, uv_process_kill(&pair[0], SIGKILL));
  assert_int_equal(pid, waitpid(pid, NULL, 0));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_signal_that_kills_is_reported),
    TEST(other_children_are_left_to_their_owners),
    TEST(an_end_before_the_loop_runs_is_not_lost),
    TEST(an_exit_callback_may_close_another_handle),
    TEST(the_watcher_goes_with_the_last_child),
  };
  return cmocka_run_group_tests_name("spawn-end", tests, NULL, NULL);
}
