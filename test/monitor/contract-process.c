/* SPDX-License-Identifier: MIT */
/* The contract and the process: signals, processes, threads, and what the
 * kernel keeps. What could break: an interruption that looks like an error, a
 * mask that outlives the wait, a child that reaches into its parent's ring, a
 * thread that may not enter another's, a file that the kernel still holds. */
#include "fixture.h"

#include "fake.h"
#include "unix/os/clock.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define NEEDS_KERNEL(f)                                                        \
  if ((f)->is_fake) SKIP("no kernel behind the scripted monitor\n")

/* --- Signals -------------------------------------------------------------- */

static volatile sig_atomic_t caught;

static void on_signal(int signum) {
  (void) signum;
  caught++;
}

static void catch_signal(int signum) {
  struct sigaction action = { .sa_handler = on_signal };
  caught = 0;
  assert_int_equal(0, sigaction(signum, &action, NULL));
}

static void set_alarm_us(long first_us, long interval_us) {
  const struct itimerval timer = { { 0, interval_us }, { 0, first_us } };
  assert_int_equal(0, setitimer(ITIMER_REAL, &timer, NULL));
}

static void interruptions_are_no_errors_and_no_events(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  NEEDS_KERNEL(f);
  catch_signal(SIGALRM);
  watch(f, f->fd, 0, POLLIN);
  set_alarm_us(500, 500);
  while (caught < 40) assert_int_equal(0, await_ns(f, -1, NULL));
  make_readable(f, f->fd, f->far_fd);
  for (int i = 0; i < 20; i++) {
    await_event(f);
    assert_int_equal(POLLIN, events_of(f, f->fd));
  }
  set_alarm_us(0, 0);
}

static bool is_blocked(int signum) {
  sigset_t now;
  assert_int_equal(0, pthread_sigmask(SIG_SETMASK, NULL, &now));
  return sigismember(&now, signum) == 1;
}

static void the_mask_opens_only_for_the_wait(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  NEEDS_KERNEL(f);
  catch_signal(SIGUSR1);
  sigset_t usr1, none;
  sigemptyset(&none);
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  for (int is_hot = 0; is_hot < 2; is_hot++) {
    if (is_hot) watch(f, f->fd, 0, POLLIN);
    assert_int_equal(0, pthread_sigmask(SIG_BLOCK, &usr1, NULL));
    raise(SIGUSR1);
    assert_int_equal(is_hot, caught);
    assert_int_equal(0, await_ns(f, 5000000000, &none));
    assert_int_equal(is_hot + 1, caught);
    assert_true(is_blocked(SIGUSR1));
    assert_int_equal(0, pthread_sigmask(SIG_UNBLOCK, &usr1, NULL));
  }
}

static void the_mask_shuts_only_for_the_wait(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  NEEDS_KERNEL(f);
  enum { WAIT_NS = 30000000 };
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  for (int is_hot = 0; is_hot < 2; is_hot++) {
    if (is_hot) watch(f, f->fd, 0, POLLIN);
    catch_signal(SIGALRM);
    uint64_t begin_ns = now_ns(f);
    set_alarm_us(2000, 0);
    assert_int_equal(0, await_ns(f, WAIT_NS, &alarm));
    assert_true(now_ns(f) - begin_ns >= WAIT_NS);
    assert_int_equal(1, caught);
    assert_false(is_blocked(SIGALRM));
  }
}

/* --- Rebuilding ----------------------------------------------------------- */

static void rebuilding_leaves_nothing_registered(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  if (f->ops->caps & UV__HOT_IN_SHELL)
    SKIP("what %s registers is the shell's, and stays\n", monitor_name);
  watch(f, f->fd, 0, POLLIN);
  make_readable(f, f->fd, f->far_fd);
  assert_int_equal(1, await_event(f));
  assert_int_equal(0, f->ops->rebuild(&f->monitor, UV__REBUILD_THREAD));
  for (int i = 0; i < 3; i++) assert_int_equal(0, look(f));
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(1, await_event(f));
}

static void* run_elsewhere(void* arg) {
  struct fixture* f = arg;
  if (f->ops->rebuild(&f->monitor, UV__REBUILD_THREAD) != 0) return NULL;
  bool has = (f->ops->caps & UV__HOT_IN_SHELL) != 0;
  if (f->ops->update(&f->monitor, f->fd, GEN, has ? POLLIN : 0, POLLIN) != 0)
    return NULL;
  const struct uv__wait wait = { 5000000000, NULL };
  for (int i = 0; i < 3; i++) {
    f->ready.count = 0;
    if (f->ops->await(&f->monitor, &f->ready, &wait) != 0) return NULL;
    if (f->ready.count != 1 || f->events[0].events != POLLIN) return NULL;
  }
  return f;
}

static void another_thread_takes_over(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  make_readable(f, f->fd, f->far_fd);
  assert_int_equal(1, await_event(f));
  for (int i = 0; i < 3; i++) {
    pthread_t thread;
    void* result = NULL;
    assert_int_equal(0, pthread_create(&thread, NULL, run_elsewhere, f));
    assert_int_equal(0, pthread_join(thread, &result));
    assert_ptr_equal(f, result);
  }
}

static int in_child(struct fixture* f) {
  struct uv__wait wait = { 0, NULL };
  f->ready.count = 0;
  if (uv__shell_refork(&f->shell) != 0) return 1;
  if (f->ops->rebuild(&f->monitor, UV__REBUILD_FORK) != 0) return 2;
  if (f->ops->await(&f->monitor, &f->ready, &wait) != 0) return 3;
  if (f->ready.count != 0) return 4;
  if (f->ops->update(&f->monitor, f->fd, GEN, 0, POLLIN) != 0) return 5;
  wait.timeout_ns = 5000000000;
  if (f->ops->await(&f->monitor, &f->ready, &wait) != 0) return 6;
  if (f->ready.count != 1 || f->events[0].fd != f->fd) return 7;
  f->ops->forget(&f->monitor, f->fd, GEN);
  f->ops->teardown(&f->monitor);
  return 0;
}

static void a_child_leaves_its_parent_alone(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  int fds[2];
  make_pair(f, fds);
  watch(f, fds[0], 0, POLLIN); /* With the kernel when the child is made. */
  assert_int_equal(0, look(f));
  watch(f, f->fd, 0, POLLIN); /* Perhaps still queued. */
  make_readable(f, f->fd, f->far_fd);
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) _exit(in_child(f));
  int status = -1;
  assert_int_equal(pid, waitpid(pid, &status, 0));
  assert_int_equal(0, status);
  assert_int_equal(1, await_event(f));
  assert_int_equal(POLLIN, events_of(f, f->fd));
  make_readable(f, fds[0], fds[1]);
  for (int i = 0; i < 10 && events_of(f, fds[0]) == 0; i++) await_event(f);
  assert_int_equal(POLLIN, events_of(f, fds[0]));
  f->ops->forget(&f->monitor, fds[0], GEN);
  for (int i = 0; i < 2; i++) close_fd(f, &fds[i]);
}

/* --- What the kernel lets go ---------------------------------------------- */

/* A burst: more answers are on their way than a kernel hands out at once. */
enum { BURST = 200 };

static void make_burst(struct fixture* f, int (*fds)[2]) {
  for (size_t i = 0; i < BURST; i++) {
    make_pair(f, fds[i]);
    watch(f, fds[i][0], 0, POLLIN);
  }
}

static void close_burst(struct fixture* f, int (*fds)[2]) {
  for (size_t i = 0; i < BURST; i++) {
    f->ops->forget(&f->monitor, fds[i][0], GEN);
    for (int n = 0; n < 2; n++) close_fd(f, &fds[i][n]);
  }
}

static bool sees_end(int fd) {
  char byte;
  return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

/* update() may be batched: what it has taken out is still with the kernel. */
static void forgetting_is_done_for_what_was_taken_out(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(0, look(f));
  flush(f);
  watch(f, f->fd, POLLIN, 0);
  f->ops->forget(&f->monitor, f->fd, GEN);
  close_fd(f, &f->fd);
  assert_true(sees_end(f->far_fd));
}

static void forgetting_is_done_for_what_came_back(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  for (int i = 0; i < 3; i++) {
    int fds[2];
    make_pair(f, fds);
    watch(f, fds[0], 0, POLLIN);
    assert_int_equal(0, look(f));
    flush(f);
    watch(f, fds[0], POLLIN, 0);
    watch(f, fds[0], 0, POLLIN | POLLOUT);
    if (i > 0) assert_int_equal(1, await_event(f));
    if (i > 1) watch(f, fds[0], POLLIN | POLLOUT, 0);
    f->ops->forget(&f->monitor, fds[0], GEN);
    close_fd(f, &fds[0]);
    assert_true(sees_end(fds[1]));
    close_fd(f, &fds[1]);
  }
}

/* Woken for something that another reader was faster to take. */
static void forgetting_is_done_for_what_was_woken_in_vain(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(0, look(f));
  flush(f);
  make_readable(f, f->fd, f->far_fd);
  drain(f, f->fd);
  f->ops->forget(&f->monitor, f->fd, GEN);
  close_fd(f, &f->fd);
  assert_true(sees_end(f->far_fd));
}

static void forgetting_is_done_amid_a_burst(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  static int fds[BURST][2];
  make_burst(f, fds);
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(0, look(f));
  flush(f);
  for (size_t i = 0; i < BURST; i++) make_readable(f, fds[i][0], fds[i][1]);
  f->ops->forget(&f->monitor, f->fd, GEN);
  close_fd(f, &f->fd);
  assert_true(sees_end(f->far_fd));
  close_burst(f, fds);
}

/* A monitor is left by taking all out and flushing. */
static void flushing_lets_go_of_a_burst(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  static int fds[BURST][2];
  make_burst(f, fds);
  assert_int_equal(0, look(f));
  flush(f);
  for (size_t i = 0; i < BURST; i++) watch(f, fds[i][0], POLLIN, 0);
  flush(f);
  for (size_t i = 0; i < BURST; i++) {
    close_fd(f, &fds[i][0]);
    assert_true(sees_end(fds[i][1]));
    close_fd(f, &fds[i][1]);
  }
}

int hard_tests(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    T(interruptions_are_no_errors_and_no_events),
    T(the_mask_opens_only_for_the_wait),
    T(the_mask_shuts_only_for_the_wait),
    T(rebuilding_leaves_nothing_registered),
    T(another_thread_takes_over),
    T(a_child_leaves_its_parent_alone),
    T(forgetting_is_done_for_what_was_taken_out),
    T(forgetting_is_done_for_what_came_back),
    T(forgetting_is_done_for_what_was_woken_in_vain),
    T(forgetting_is_done_amid_a_burst),
    T(flushing_lets_go_of_a_burst),
#undef T
  };
  return cmocka_run_group_tests_name("hard", tests, NULL, NULL);
}
