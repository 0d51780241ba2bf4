/* SPDX-License-Identifier: MIT */
/* Waiting. What could break: a loop that turns without cause (half-closed
 * peers, idle rings), one that wakes early for signals or opens signals that
 * the thread has blocked, timers that come early, thousands of descriptors. */
#include "common.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static unsigned calls;

static void on_poll(uv_poll_t* handle, int status, int events) {
  (void) handle;
  (void) status;
  (void) events;
  calls++;
}

static void on_timer(uv_timer_t* handle) {
  *(bool*) handle->data = true;
}

/* Run for so long. */
static void run_ms(unsigned ms) {
  bool is_over = false;
  static uv_timer_t timer;
  uv_timer_init(&loop, &timer);
  timer.data = &is_over;
  uv_timer_start(&timer, on_timer, ms, 0);
  while (!is_over) uv_run(&loop, UV_RUN_ONCE);
  uv_close((uv_handle_t*) &timer, NULL);
  uv_run(&loop, UV_RUN_NOWAIT);
}

static void fill(int fd) {
  static const char chunk[65536];
  while (write(fd, chunk, sizeof(chunk)) > 0) continue;
  while (write(fd, chunk, 1) > 0) continue;
}

static void a_half_closed_peer_does_not_spin_a_writer(void** state) {
  (void) state;
  need_wanted_monitor();
  int fds[2];
  static uv_poll_t handle;
  make_pair(fds);
  fill(fds[0]);
  shutdown(fds[1], SHUT_WR);
  uv_poll_init(&loop, &handle, fds[0]);
  uv_poll_start(&handle, UV_WRITABLE, on_poll);
  calls = 0;
  uint64_t waits = counters_of(&loop).waits;
  run_ms(200);
  assert_int_equal(0, calls);
  assert_in_range(counters_of(&loop).waits - waits, 1, 40);
  drain(fds[1]);
  run_ms(1);
  assert_true(calls > 0); /* And it is heard when it can write. */
  uv_close((uv_handle_t*) &handle, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  for (int n = 0; n < 2; n++) close(fds[n]);
}

enum { WATCHED = 40 };

/* Hot ones, parked ones, and one that writes to a full peer. */
static void start_idle_watchers(uv_poll_t* handles, int (*fds)[2]) {
  for (int i = 0; i < WATCHED; i++) {
    make_pair(fds[i]);
    uv_poll_init(&loop, &handles[i], fds[i][0]);
    uv_poll_start(&handles[i], UV_READABLE, on_poll);
  }
  for (int n = 0; n < 4; n++) {
    for (int i = 0; i < WATCHED / 2; i++) put(fds[i][1]);
    uv_run(&loop, UV_RUN_NOWAIT);
    for (int i = 0; i < WATCHED / 2; i++) drain(fds[i][0]);
    uv_run(&loop, UV_RUN_NOWAIT);
  }
  fill(fds[WATCHED - 1][0]);
  uv_poll_start(&handles[WATCHED - 1], UV_WRITABLE, on_poll);
}

static void end_idle_watchers(uv_poll_t* handles, int (*fds)[2]) {
  for (int i = 0; i < WATCHED; i++) uv_close((uv_handle_t*) &handles[i], NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  for (int i = 0; i < WATCHED; i++)
    for (int n = 0; n < 2; n++) close(fds[i][n]);
}

static void an_idle_loop_uses_no_cpu(void** state) {
  (void) state;
  need_wanted_monitor();
  static uv_poll_t handles[WATCHED];
  int fds[WATCHED][2];
  start_idle_watchers(handles, fds);
  uint64_t before_ns = cpu_ns();
  uint64_t waits = counters_of(&loop).waits;
  run_ms(300);
  assert_in_range(counters_of(&loop).waits - waits, 1, 20);
  assert_true(cpu_ns() - before_ns < 30 * UINT64_C(1000000));
  end_idle_watchers(handles, fds);
}

/* Time in which a task stalled for a disk, in us; 0 where it is not counted. */
static uint64_t stalled_us(void) {
  FILE* file = fopen("/proc/pressure/io", "r");
  if (file == NULL) return 0;
  char line[256];
  uint64_t total_us = 0;
  while (fgets(line, sizeof(line), file) != NULL) {
    const char* total = strstr(line, "total=");
    if (strncmp(line, "some", 4) == 0 && total != NULL)
      total_us = strtoull(total + 6, NULL, 10);
  }
  fclose(file);
  return total_us;
}

/* Others may use the disk meanwhile: the quietest of several tries counts. */
static void an_idle_loop_does_not_count_as_iowait(void** state) {
  (void) state;
  need_wanted_monitor();
  if (stalled_us() == 0) SKIP("/proc/pressure/io is not there, or is empty\n");
  static uv_poll_t handles[WATCHED];
  int fds[WATCHED][2];
  start_idle_watchers(handles, fds);
  uint64_t least_us = UINT64_MAX;
  for (int i = 0; i < 8 && least_us > 50000; i++) {
    uint64_t before_us = stalled_us();
    run_ms(300);
    uint64_t took_us = stalled_us() - before_us;
    if (took_us < least_us) least_us = took_us;
  }
  end_idle_watchers(handles, fds);
  assert_in_range(least_us, 0, 100000); /* A ring would show 150 ms and more. */
}

/* --- Signals -------------------------------------------------------------- */

static volatile sig_atomic_t caught;

static void on_caught(int signum) {
  (void) signum;
  caught++;
}

static void catch_signal(int signum) {
  struct sigaction action = { .sa_handler = on_caught };
  caught = 0;
  assert_int_equal(0, sigaction(signum, &action, NULL));
}

static void set_alarm_us(long us) {
  const struct itimerval timer = { { 0, us }, { 0, us } };
  assert_int_equal(0, setitimer(ITIMER_REAL, &timer, NULL));
}

static void a_storm_of_signals_moves_no_timer(void** state) {
  (void) state;
  need_wanted_monitor();
  catch_signal(SIGALRM);
  set_alarm_us(700);
  for (int i = 0; i < 5; i++) {
    uv_update_time(&loop);
    uint64_t begin_ns = uv_hrtime();
    uint64_t begin_ms = uv_now(&loop);
    run_ms(40);
    assert_true(uv_now(&loop) - begin_ms >= 40);
    assert_true(uv_hrtime() - begin_ns >= 39 * UINT64_C(1000000));
  }
  set_alarm_us(0);
  assert_true(caught > 50);
}

static void a_storm_of_signals_loses_no_event(void** state) {
  (void) state;
  need_wanted_monitor();
  catch_signal(SIGALRM);
  int fds[2];
  static uv_poll_t handle;
  make_pair(fds);
  uv_poll_init(&loop, &handle, fds[0]);
  uv_poll_start(&handle, UV_READABLE, on_poll);
  set_alarm_us(100);
  for (int i = 0; i < 2000; i++) {
    calls = 0;
    put(fds[1]);
    while (calls == 0) uv_run(&loop, UV_RUN_ONCE);
    drain(fds[0]);
  }
  set_alarm_us(0);
  uv_close((uv_handle_t*) &handle, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  for (int n = 0; n < 2; n++) close(fds[n]);
}

/* SIGPROF is kept out of the wait, and nothing else is let in. */
static void blocked_signals_stay_blocked_in_the_wait(void** state) {
  (void) state;
  need_wanted_monitor();
  assert_int_equal(0, uv_loop_configure(&loop, UV_LOOP_BLOCK_SIGNAL, SIGPROF));
  sigset_t usr1, before, after;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  catch_signal(SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &usr1, &before);
  raise(SIGUSR1);
  run_ms(5);
  assert_int_equal(0, caught);
  pthread_sigmask(SIG_SETMASK, &before, &after);
  assert_int_equal(1, caught);
  assert_int_equal(1, sigismember(&after, SIGUSR1));
  assert_int_equal(0, sigismember(&after, SIGPROF));
}

static void sigprof_does_not_interrupt_a_blocking_wait(void** state) {
  (void) state;
  need_wanted_monitor();
  assert_int_equal(0, uv_loop_configure(&loop, UV_LOOP_BLOCK_SIGNAL, SIGPROF));
  catch_signal(SIGPROF);
  uint64_t waits = counters_of(&loop).waits;
  const struct itimerval timer = { { 0, 1000 }, { 0, 1000 } };
  setitimer(ITIMER_PROF, &timer, NULL);
  run_ms(100);
  const struct itimerval off = { { 0, 0 }, { 0, 0 } };
  setitimer(ITIMER_PROF, &off, NULL);
  assert_in_range(counters_of(&loop).waits - waits, 1, 20);
}

/* --- Numbers -------------------------------------------------------------- */

enum { THOUSANDS = 4000, SPARE_FDS = 100 };

static size_t raise_limit(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < THOUSANDS + SPARE_FDS)
    limit.rlim_cur = limit.rlim_max < THOUSANDS + SPARE_FDS
                         ? limit.rlim_max
                         : THOUSANDS + SPARE_FDS;
  setrlimit(RLIMIT_NOFILE, &limit);
  size_t count = (size_t) limit.rlim_cur - SPARE_FDS;
  return count < THOUSANDS ? count : THOUSANDS;
}

static void count_and_clear(uv_poll_t* handle, int status, int events) {
  assert_int_equal(0, status);
  assert_int_equal(UV_READABLE, events);
  eventfd_t value;
  uv_os_fd_t fd;
  uv_fileno((uv_handle_t*) handle, &fd);
  assert_int_equal(0, eventfd_read(fd, &value));
  calls++;
}

static void thousands_are_heard_all(void** state) {
  (void) state;
  need_wanted_monitor();
  size_t count = raise_limit();
  if (count < 2000) SKIP("room for %zu descriptors only\n", count);
  static uv_poll_t handles[THOUSANDS];
  static int fds[THOUSANDS];
  for (size_t i = 0; i < count; i++) {
    fds[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    assert_int_equal(0, uv_poll_init(&loop, &handles[i], fds[i]));
    uv_poll_start(&handles[i], UV_READABLE, count_and_clear);
  }
  for (int round = 0; round < 6; round++) { /* From the second on they heat. */
    calls = 0;
    for (size_t i = 0; i < count; i++) eventfd_write(fds[i], 1);
    while (calls < count) uv_run(&loop, UV_RUN_ONCE);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(count, calls);
  }
  for (size_t i = 0; i < count; i++) uv_close((uv_handle_t*) &handles[i], NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  for (size_t i = 0; i < count; i++) close(fds[i]);
}

/* poll(2) takes no more entries than the limit allows descriptors. */
static void a_lowered_limit_does_not_stop_the_loop(void** state) {
  (void) state;
  need_wanted_monitor();
  static uv_poll_t handles[WATCHED];
  int fds[WATCHED][2];
  start_idle_watchers(handles, fds);
  struct rlimit limit, before;
  getrlimit(RLIMIT_NOFILE, &before);
  limit = before;
  limit.rlim_cur = 8;
  setrlimit(RLIMIT_NOFILE, &limit);
  calls = 0;
  for (int i = 0; i < WATCHED - 1; i++) put(fds[i][1]);
  for (int i = 0; i < 3; i++) uv_run(&loop, UV_RUN_NOWAIT);
  setrlimit(RLIMIT_NOFILE, &before);
  assert_in_range(calls, 3 * (WATCHED - 1), 4 * WATCHED);
  end_idle_watchers(handles, fds);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    T(a_half_closed_peer_does_not_spin_a_writer),
    T(an_idle_loop_uses_no_cpu),
    T(an_idle_loop_does_not_count_as_iowait),
    T(a_storm_of_signals_moves_no_timer),
    T(a_storm_of_signals_loses_no_event),
    T(blocked_signals_stay_blocked_in_the_wait),
    T(sigprof_does_not_interrupt_a_blocking_wait),
    T(thousands_are_heard_all),
    T(a_lowered_limit_does_not_stop_the_loop),
#undef T
  };
  return cmocka_run_group_tests_name("wait", tests, NULL, NULL);
}
