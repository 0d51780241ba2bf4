/* SPDX-License-Identifier: MIT */
/* The figures of a loop and of the pool, by the public API. What could break: a
 * figure that is not counted, a callback under another's name, a page that
 * stays or that another user can read. */
#include "common.h"

#include <unistd.h>

enum { SLOW_MS = 20 };
#define MS UINT64_C(1000000)

/* --- Callbacks ------------------------------------------------------------ */

static void be_slow(void) {
  const uint64_t until_ns = uv_hrtime() + SLOW_MS * MS;
  while (uv_hrtime() < until_ns) continue;
}

static void on_timer(uv_timer_t* timer) {
  be_slow();
  uv_close((uv_handle_t*) timer, NULL);
}

static void on_late(uv_timer_t* timer) {
  uv_close((uv_handle_t*) timer, NULL);
}

static void on_poll(uv_poll_t* handle, int status, int events) {
  (void) status;
  (void) events;
  be_slow();
  uv_close((uv_handle_t*) handle, NULL);
}

static void on_async(uv_async_t* handle) {
  be_slow();
  uv_close((uv_handle_t*) handle, NULL);
}

static void on_check(uv_check_t* handle) {
  be_slow();
  uv_close((uv_handle_t*) handle, NULL);
}

static void on_closed(uv_handle_t* handle) {
  (void) handle;
  be_slow();
}

static void on_stat(uv_fs_t* req) {
  be_slow();
  uv_fs_req_cleanup(req);
}

static pollux_histogram_t read_one(const char* name) {
  pollux_histogram_t h;
  assert_int_equal(0, pollux_histogram(&loop, name, &h, sizeof(h)));
  return h;
}

/* Among the longest is one of that type and that function, and it took as long
 * as it did. On a busy machine another step may take longer. */
static void assert_slow(const char* type, uintptr_t address) {
  pollux_slow_t slow[8];
  const int count = pollux_slowest(&loop, slow, 8);
  int at = 0;
  while (at < count &&
         (strcmp(slow[at].type, type) != 0 || slow[at].address != address))
    at++;
  assert_true(at < count);
  assert_true(slow[at].took_ns >= SLOW_MS * MS);
  assert_true(slow[at].when_ns <= uv_hrtime());
  assert_true(read_one("callback").max >= SLOW_MS * MS);
}

/* The worker writes a job's figures after it has handed over the result. */
static pollux_histogram_t await_count(const char* name, uint64_t count) {
  pollux_histogram_t h = read_one(name);
  while (h.count < count) {
    uv_sleep(1); /* Until the worker had the CPU; CTest limits it. */
    h = read_one(name);
  }
  return h;
}

static void switch_on(void) {
  assert_int_equal(0, pollux_figures_set(&loop, 1));
}

static void a_slow_timer_is_among_the_longest(void** state) {
  (void) state;
  uv_timer_t timer;
  switch_on();
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, on_timer, 1, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_slow("timer", (uintptr_t) on_timer);
}

static void a_slow_poll_handle_is_among_the_longest(void** state) {
  (void) state;
  uv_poll_t handle;
  int fds[2];
  make_pair(fds);
  put(fds[1]);
  switch_on();
  assert_int_equal(0, uv_poll_init(&loop, &handle, fds[0]));
  assert_int_equal(0, uv_poll_start(&handle, UV_READABLE, on_poll));
  uv_run(&loop, UV_RUN_DEFAULT);
  need_wanted_monitor();
  assert_slow("poll", (uintptr_t) on_poll);
  assert_true(read_one("event_delay").count >= 1);
  close(fds[0]);
  close(fds[1]);
}

static void a_slow_async_is_among_the_longest(void** state) {
  (void) state;
  uv_async_t async;
  switch_on();
  assert_int_equal(0, uv_async_init(&loop, &async, on_async));
  assert_int_equal(0, uv_async_send(&async));
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_slow("async", (uintptr_t) on_async);
}

static void a_slow_check_is_among_the_longest(void** state) {
  (void) state;
  uv_check_t check;
  switch_on();
  uv_check_init(&loop, &check);
  uv_check_start(&check, on_check);
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_slow("check", (uintptr_t) on_check);
}

static void a_slow_close_callback_has_its_handles_type(void** state) {
  (void) state;
  uv_timer_t timer;
  switch_on();
  uv_timer_init(&loop, &timer);
  uv_close((uv_handle_t*) &timer, on_closed);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_slow("timer", (uintptr_t) on_closed);
}

static void a_slow_answer_of_the_pool_has_its_requests_type(void** state) {
  (void) state;
  uv_fs_t req;
  switch_on();
  assert_int_equal(0, uv_fs_stat(&loop, &req, "/", on_stat));
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_slow("fs", (uintptr_t) on_stat);
}

/* Eight callbacks fill the table: each is in it once, the longest first. */
static void the_slowest_are_in_order(void** state) {
  (void) state;
  uv_timer_t timer;
  uv_check_t check;
  switch_on();
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, on_late, 0, 0);
  uv_check_init(&loop, &check);
  uv_check_start(&check, on_check);
  uv_run(&loop, UV_RUN_DEFAULT);
  pollux_slow_t slow[16];
  int count = pollux_slowest(&loop, slow, 16);
  assert_true(count >= 2);
  assert_slow("check", (uintptr_t) on_check);
  for (int i = 1; i < count; i++)
    assert_true(slow[i - 1].took_ns >= slow[i].took_ns);
}

/* --- Delays, waits -------------------------------------------------------- */

static void a_timer_behind_a_slow_one_is_late(void** state) {
  (void) state;
  uv_timer_t slow, late;
  switch_on();
  uv_timer_init(&loop, &slow);
  uv_timer_init(&loop, &late);
  uv_timer_start(&slow, on_timer, 1, 0);
  uv_timer_start(&late, on_late, 1, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  pollux_histogram_t delay = read_one("timer_delay");
  assert_int_equal(2, delay.count);
  assert_true(delay.max >= SLOW_MS * MS);
}

/* The wait begins later where the thread has to wait for its CPU. */
static void a_wait_is_as_long_as_it_was(void** state) {
  (void) state;
  uv_timer_t timer;
  switch_on();
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, on_late, 300, 0);
  const uint64_t start_ns = uv_hrtime();
  uv_run(&loop, UV_RUN_DEFAULT);
  const uint64_t took_ns = uv_hrtime() - start_ns;
  pollux_histogram_t wait = read_one("wait");
  assert_true(wait.max >= 150 * MS && wait.max <= took_ns);
  assert_int_equal(0, read_one("events").max);
}

/* --- The pool ------------------------------------------------------------- */

static void work_slowly(uv_work_t* req) {
  (void) req;
  uv_sleep(SLOW_MS);
}

/* Four workers: the fifth job waits for one of the four before it. */
static void a_job_behind_four_others_waits_for_one_of_them(void** state) {
  (void) state;
  uv_work_t reqs[5];
  switch_on();
  pollux_histogram_t before = read_one("queued_fast");
  for (int i = 0; i < 5; i++)
    assert_int_equal(0, uv_queue_work(&loop, &reqs[i], work_slowly, NULL));
  uv_run(&loop, UV_RUN_DEFAULT);
  pollux_histogram_t queued = await_count("queued_fast", before.count + 5);
  pollux_histogram_t user = await_count("run_user", 5);
  assert_int_equal(before.count + 5, queued.count);
  assert_true(queued.max >= SLOW_MS * MS / 2);
  assert_true(user.max >= SLOW_MS * MS);
  pollux_histogram_t of_none;
  assert_int_equal(
      0, pollux_histogram(NULL, "run_user", &of_none, sizeof(of_none)));
  assert_int_equal(user.count, of_none.count);
}

static void a_file_operation_counts_as_one(void** state) {
  (void) state;
  uv_fs_t req;
  switch_on();
  pollux_histogram_t before = read_one("run_fs");
  assert_int_equal(0, uv_fs_stat(&loop, &req, "/", on_stat));
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(before.count + 1,
                   await_count("run_fs", before.count + 1).count);
}

/* --- Switching ------------------------------------------------------------ */

static void nothing_is_measured_until_asked_for(void** state) {
  (void) state;
  pollux_histogram_t h;
  pollux_slow_t slow;
  assert_int_equal(UV_ENOENT, pollux_histogram(&loop, "wait", &h, sizeof(h)));
  assert_int_equal(UV_ENOENT, pollux_slowest(&loop, &slow, 1));
}

static void switched_off_what_was_measured_stays(void** state) {
  (void) state;
  a_timer_behind_a_slow_one_is_late(state);
  assert_int_equal(0, pollux_figures_set(&loop, 0));
  uv_timer_t timer;
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, on_late, 1, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(2, read_one("timer_delay").count);
}

static void switch_off(uv_timer_t* timer) {
  assert_int_equal(0, pollux_figures_set(timer->loop, 0));
  uv_close((uv_handle_t*) timer, NULL);
}

static void a_callback_may_switch_them_off(void** state) {
  (void) state;
  uv_timer_t timers[2];
  switch_on();
  for (int i = 0; i < 2; i++) {
    uv_timer_init(&loop, &timers[i]);
    uv_timer_start(&timers[i], switch_off, 1, 0);
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_true(read_one("callback").count >= 1);
}

static void a_wrong_argument_is_refused(void** state) {
  (void) state;
  pollux_histogram_t h;
  switch_on();
  assert_int_equal(UV_EINVAL, pollux_histogram(&loop, NULL, &h, sizeof(h)));
  assert_int_equal(UV_EINVAL, pollux_histogram(&loop, "wait", NULL, 8));
  assert_int_equal(UV_EINVAL, pollux_histogram(&loop, "wait", &h, 0));
  assert_int_equal(UV_EINVAL, pollux_histogram(&loop, "waits", &h, sizeof(h)));
  assert_int_equal(UV_EINVAL, pollux_histogram(NULL, "wait", &h, sizeof(h)));
  assert_int_equal(UV_EINVAL, pollux_slowest(&loop, NULL, 1));
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
    T(a_slow_timer_is_among_the_longest),
    T(a_slow_poll_handle_is_among_the_longest),
    T(a_slow_async_is_among_the_longest),
    T(a_slow_check_is_among_the_longest),
    T(a_slow_close_callback_has_its_handles_type),
    T(a_slow_answer_of_the_pool_has_its_requests_type),
    T(the_slowest_are_in_order),
    T(a_timer_behind_a_slow_one_is_late),
    T(a_wait_is_as_long_as_it_was),
    T(a_job_behind_four_others_waits_for_one_of_them),
    T(a_file_operation_counts_as_one),
    T(nothing_is_measured_until_asked_for),
    T(switched_off_what_was_measured_stays),
    T(a_callback_may_switch_them_off),
    T(a_wrong_argument_is_refused),
  };
  return cmocka_run_group_tests_name("figures", tests, NULL, NULL);
}
