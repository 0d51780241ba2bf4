/* SPDX-License-Identifier: MIT */
/* Busy polling on the real kernel. What could break: a descriptor that starves
 * behind a flood of sends, a timer that comes early or late, a spin where there
 * must be none (off, NOWAIT, idle, one CPU, a profiler's loop), idle time that
 * leaves the spin out. */
#include "common.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define MS UINT64_C(1000000)

static void spin_up_to(uint64_t max_ns) {
  const pollux_busy_poll_t settings = { .max_ns = max_ns };
  assert_int_equal(0, pollux_busy_poll_set(&loop, &settings));
}

static void need_two_cpus(void) {
  pollux_busy_poll_t settings;
  spin_up_to(50000);
  pollux_busy_poll_get(&loop, &settings);
  if (settings.max_ns == 0)
    SKIP("busy polling stays off: one CPU, or a build without");
}

static void need_default_settings(void) {
  if (getenv("POLLUX_POLL_MAX_NS") != NULL)
    SKIP("POLLUX_POLL_MAX_NS is set; this is about its absence");
}

/* --- A flood and a quiet socket ------------------------------------------- */

static uv_async_t flood;
static unsigned flood_calls;
static unsigned calls_until_heard;

static void on_flood(uv_async_t* handle) {
  flood_calls++;
  uv_async_send(handle); /* Always one on its way: the loop never waits. */
}

static void on_quiet(uv_poll_t* handle, int status, int events) {
  (void) status;
  (void) events;
  calls_until_heard = flood_calls;
  uv_poll_stop(handle);
  uv_close((uv_handle_t*) &flood, NULL);
  uv_close((uv_handle_t*) handle, NULL);
}

static void a_flood_of_sends_does_not_starve_a_socket(void** state) {
  (void) state;
  need_two_cpus();
  need_wanted_monitor();
  static uv_poll_t quiet;
  int fds[2];
  make_pair(fds);
  uv_async_init(&loop, &flood, on_flood);
  uv_poll_init(&loop, &quiet, fds[0]);
  uv_poll_start(&quiet, UV_READABLE, on_quiet);
  flood_calls = 0;
  uv_async_send(&flood);
  for (int i = 0; i < 100; i++) uv_run(&loop, UV_RUN_ONCE);
  unsigned before = flood_calls;
  put(fds[1]);
  uv_run(&loop, UV_RUN_DEFAULT);
  /* At the next pass, whatever the flood does. */
  assert_in_range(calls_until_heard - before, 0, 2);
  close(fds[0]);
  close(fds[1]);
}

/* --- Timers --------------------------------------------------------------- */

static uint64_t due_ns, late_ns;
static unsigned early, ticks;

static void on_tick(uv_timer_t* timer) {
  uint64_t now_ns = uv_hrtime();
  if (now_ns < due_ns) early++;
  if (now_ns > due_ns && now_ns - due_ns > late_ns) late_ns = now_ns - due_ns;
  if (++ticks == 50) {
    uv_timer_stop(timer);
    return;
  }
  uv_update_time(timer->loop);
  due_ns = uv_now(timer->loop) * MS + 2 * MS;
  uv_timer_start(timer, on_tick, 2, 0);
}

static void a_spin_ends_at_the_timer(void** state) {
  (void) state;
  spin_up_to(10 * MS); /* Longer than the timer: it must give way. */
  static uv_timer_t timer;
  uv_timer_init(&loop, &timer);
  early = ticks = 0;
  uv_update_time(&loop);
  due_ns = uv_now(&loop) * MS + 2 * MS;
  uv_timer_start(&timer, on_tick, 2, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(50, ticks);
  assert_int_equal(0, early);
}

/* --- Where there must be none --------------------------------------------- */

static uv_async_t echo;
static unsigned echoes;

static void on_echo(uv_async_t* handle) {
  (void) handle;
  __atomic_fetch_add(&echoes, 1, __ATOMIC_RELAXED);
}

static void send_and_wait(void* rounds) {
  for (unsigned i = 1; i <= *(unsigned*) rounds; i++) {
    uv_async_send(&echo);
    while (__atomic_load_n(&echoes, __ATOMIC_RELAXED) < i) uv_sleep(0);
  }
}

static void on_rest(uv_async_t* handle) {
  on_echo(handle);
  if (echoes == 300) uv_close((uv_handle_t*) handle, NULL);
}

/* A loop that another thread wakes 300 times in a row. */
static pollux_counters_t woken_often(void) {
  static unsigned rounds = 300;
  uv_thread_t sender;
  echoes = 0;
  uv_async_init(&loop, &echo, on_rest);
  uv_thread_create(&sender, send_and_wait, &rounds);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_thread_join(&sender);
  return counters_of(&loop);
}

static void asked_for_it_spins(void** state) {
  (void) state;
  need_two_cpus();
  need_wanted_monitor();
  assert_true(woken_often().spins > 0);
}

static void off_is_off(void** state) {
  (void) state;
  spin_up_to(0);
  need_wanted_monitor();
  pollux_counters_t counters = woken_often();
  assert_int_equal(0, counters.spins);
  assert_int_equal(0, counters.spin_ns);
}

static void by_default_a_few_wakes_are_not_waited_for(void** state) {
  (void) state;
  need_default_settings();
  need_wanted_monitor();
  assert_int_equal(0, woken_often().spins);
}

/* The work of poll handles is the program's: for them nothing is tried. */
static unsigned poll_calls;
static int poll_fds[2];

static void on_ball(uv_poll_t* handle, int status, int events) {
  (void) status;
  (void) events;
  drain(poll_fds[0]);
  if (uv_hrtime() > due_ns) {
    uv_close((uv_handle_t*) handle, NULL);
    return;
  }
  poll_calls++;
  put(poll_fds[1]);
}

static void by_default_poll_handles_are_never_spun_for(void** state) {
  (void) state;
  need_default_settings();
  need_wanted_monitor();
  static uv_poll_t handle;
  make_pair(poll_fds);
  poll_calls = 0;
  due_ns = uv_hrtime() + 200 * MS; /* Twelve edges at which it could try. */
  uv_poll_init(&loop, &handle, poll_fds[0]);
  uv_poll_start(&handle, UV_READABLE, on_ball);
  put(poll_fds[1]);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_true(poll_calls > 0);
  assert_int_equal(0, counters_of(&loop).trials);
  assert_int_equal(0, counters_of(&loop).spins);
  close(poll_fds[0]);
  close(poll_fds[1]);
}

static void on_stat(uv_fs_t* req) {
  unsigned* left = req->data;
  uv_loop_t* which = req->loop;
  uv_fs_req_cleanup(req);
  if (--*left > 0) assert_int_equal(0, uv_fs_stat(which, req, "/", on_stat));
}

static void by_default_the_pool_is_waited_for(void** state) {
  (void) state;
  need_default_settings();
  need_two_cpus();
  uv_loop_t fresh; /* With the settings of the environment. */
  assert_int_equal(0, uv_loop_init(&fresh));
  static uv_fs_t req;
  /* On a busy machine every answer may be there before the loop waits. */
  for (int i = 0; i < 20 && counters_of(&fresh).spins == 0; i++) {
    unsigned left = 2000;
    req.data = &left;
    assert_int_equal(0, uv_fs_stat(&fresh, &req, "/", on_stat));
    uv_run(&fresh, UV_RUN_DEFAULT);
    assert_int_equal(0, left);
  }
  pollux_counters_t counters = counters_of(&fresh);
  assert_int_equal(0, uv_loop_close(&fresh));
  assert_true(counters.spins > 0);
}

static void a_profilers_loop_does_not_spin(void** state) {
  (void) state;
  need_two_cpus();
  need_wanted_monitor();
  assert_int_equal(0, uv_loop_configure(&loop, UV_LOOP_BLOCK_SIGNAL, SIGPROF));
  assert_int_equal(0, woken_often().spins);
}

static void a_look_does_not_spin(void** state) {
  (void) state;
  need_two_cpus();
  need_wanted_monitor();
  static uv_poll_t quiet;
  int fds[2];
  make_pair(fds);
  uv_poll_init(&loop, &quiet, fds[0]);
  uv_poll_start(&quiet, UV_READABLE, on_quiet);
  uint64_t before = counters_of(&loop).spins;
  for (int i = 0; i < 1000; i++) uv_run(&loop, UV_RUN_NOWAIT);
  assert_int_equal(before, counters_of(&loop).spins);
  close_all(&loop);
  close(fds[0]);
  close(fds[1]);
}

static int spin_on_one_cpu(void) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  if (sched_setaffinity(0, sizeof(one), &one) != 0) return 1;
  uv_loop_t alone;
  if (uv_loop_init(&alone) != 0) return 2;
  const pollux_busy_poll_t settings = { .max_ns = 50000 };
  pollux_busy_poll_t in_force;
  if (pollux_busy_poll_set(&alone, &settings) != 0) return 3;
  if (pollux_busy_poll_get(&alone, &in_force) != 0) return 4;
  return in_force.max_ns == 0 ? 0 : 5;
}

/* Before any loop is made: the CPUs are counted once per process. */
static void one_cpu_turns_it_off(void** state) {
  (void) state;
  assert_int_equal(0, run_child(spin_on_one_cpu));
}

/* --- Metrics -------------------------------------------------------------- */

static void spinning_is_idle_time(void** state) {
  (void) state;
  need_two_cpus();
  uv_loop_configure(&loop, UV_METRICS_IDLE_TIME);
  spin_up_to(10 * MS);
  static uv_timer_t timer;
  uv_timer_init(&loop, &timer);
  early = ticks = 0;
  uint64_t start_ns = uv_hrtime();
  uv_timer_start(&timer, on_tick, 2, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  uint64_t took_ns = uv_hrtime() - start_ns;
  uint64_t idle_ns = uv_metrics_idle_time(&loop);
  assert_true(idle_ns <= took_ns);
  assert_true(idle_ns >= took_ns / 2); /* It did nothing else. */
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    cmocka_unit_test(one_cpu_turns_it_off), /* First, see there. */
    T(a_flood_of_sends_does_not_starve_a_socket),
    T(a_spin_ends_at_the_timer),
    T(asked_for_it_spins),
    T(off_is_off),
    T(by_default_a_few_wakes_are_not_waited_for),
    T(by_default_poll_handles_are_never_spun_for),
    T(by_default_the_pool_is_waited_for),
    T(a_profilers_loop_does_not_spin),
    T(a_look_does_not_spin),
    T(spinning_is_idle_time),
#undef T
  };
  return cmocka_run_group_tests_name("spin", tests, NULL, NULL);
}
