/* SPDX-License-Identifier: MIT */
/* A loop inside a foreign loop, which sleeps on uv_backend_fd() for as long as
 * uv_backend_timeout() says, and runs our loop without waiting. What could
 * break: something that is ready and not visible in that descriptor, a send
 * that does not wake him, a timeout that says "sleep" while changes are
 * pending. */
#include "common.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

static int outer_fd;
static unsigned calls;

static int embed(void** state) {
  calls = 0;
  int rc = set_up(state);
  outer_fd = epoll_create1(EPOLL_CLOEXEC);
  return rc == 0 && outer_fd >= 0 ? 0 : -1;
}

static int release(void** state) {
  close(outer_fd);
  return tear_down(state);
}

static void add_backend(void) {
  struct epoll_event event = { .events = EPOLLIN };
  assert_int_equal(
      0, epoll_ctl(outer_fd, EPOLL_CTL_ADD, uv_backend_fd(&loop), &event));
}

/* What an embedder does. Returns whether he was woken by the descriptor; never
 * sleeps for longer than 10 s, which is a failure. */
static bool turn(void) {
  enum { TOO_LONG_MS = 10000 };
  uv_update_time(&loop);
  int timeout_ms = uv_backend_timeout(&loop);
  bool is_endless = timeout_ms < 0 || timeout_ms > TOO_LONG_MS;
  struct epoll_event event;
  int found =
      epoll_wait(outer_fd, &event, 1, is_endless ? TOO_LONG_MS : timeout_ms);
  assert_true(found >= 0);
  if (is_endless) assert_int_equal(1, found);
  uv_run(&loop, UV_RUN_NOWAIT);
  return found == 1;
}

static bool would_wake(void) {
  struct epoll_event event;
  return epoll_wait(outer_fd, &event, 1, 0) == 1;
}

static void on_poll(uv_poll_t* handle, int status, int events) {
  assert_int_equal(0, status);
  assert_int_equal(UV_READABLE, events);
  calls++;
  if (handle->data != NULL) drain(*(int*) handle->data);
}

static void descriptors_wake_the_embedder(void** state) {
  (void) state;
  need_wanted_monitor();
  int fds[2];
  static uv_poll_t handle;
  make_pair(fds);
  uv_poll_init(&loop, &handle, fds[0]);
  handle.data = &fds[0];
  uv_poll_start(&handle, UV_READABLE, on_poll);
  add_backend();
  for (unsigned i = 1; i <= 50; i++) {
    while (uv_backend_timeout(&loop) == 0) uv_run(&loop, UV_RUN_NOWAIT);
    assert_false(would_wake());
    put(fds[1]);
    assert_true(turn());
    while (calls < i) turn();
    assert_int_equal(i, calls);
  }
  uv_close((uv_handle_t*) &handle, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  for (int n = 0; n < 2; n++) close(fds[n]);
}

/* Exposed late: it has a hot set by then. */
static void what_was_hot_becomes_visible(void** state) {
  (void) state;
  need_wanted_monitor();
  int fds[2];
  static uv_poll_t handle;
  make_pair(fds);
  uv_poll_init(&loop, &handle, fds[0]);
  handle.data = &fds[0];
  uv_poll_start(&handle, UV_READABLE, on_poll);
  for (unsigned i = 1; i <= 10; i++) {
    put(fds[1]);
    while (calls < i) uv_run(&loop, UV_RUN_ONCE);
  }
  add_backend();
  put(fds[1]);
  assert_true(turn());
  assert_int_equal(11, calls);
  uv_close((uv_handle_t*) &handle, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  for (int n = 0; n < 2; n++) close(fds[n]);
}

static void unread_data_wakes_again_and_again(void** state) {
  (void) state;
  need_wanted_monitor();
  int fds[2];
  static uv_poll_t handle;
  make_pair(fds);
  uv_poll_init(&loop, &handle, fds[0]);
  handle.data = NULL;
  uv_poll_start(&handle, UV_READABLE, on_poll);
  add_backend();
  put(fds[1]);
  for (unsigned i = 0; i < 10; i++) {
    unsigned before = calls;
    while (calls == before)
      assert_true(turn() || uv_backend_timeout(&loop) == 0 || calls > before);
  }
  uv_close((uv_handle_t*) &handle, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  for (int n = 0; n < 2; n++) close(fds[n]);
}

static void what_is_not_told_yet_forbids_sleep(void** state) {
  (void) state;
  need_wanted_monitor();
  add_backend();
  int fds[2];
  static uv_poll_t handle;
  make_pair(fds);
  uv_poll_init(&loop, &handle, fds[0]);
  handle.data = &fds[0];
  uv_poll_start(&handle, UV_READABLE, on_poll);
  assert_int_equal(0, uv_backend_timeout(&loop));
  put(fds[1]);
  while (calls == 0) turn();
  uv_close((uv_handle_t*) &handle, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  for (int n = 0; n < 2; n++) close(fds[n]);
}

/* --- Sends ---------------------------------------------------------------- */

static void on_async(uv_async_t* handle) {
  (void) handle;
  calls++;
}

static void a_send_between_run_and_sleep_wakes(void** state) {
  (void) state;
  need_wanted_monitor();
  static uv_async_t async;
  uv_async_init(&loop, &async, on_async);
  add_backend();
  uv_run(&loop, UV_RUN_NOWAIT);
  for (unsigned i = 1; i <= 50; i++) {
    uv_async_send(&async);
    assert_true(would_wake());
    while (calls < i) turn();
  }
  uv_close((uv_handle_t*) &async, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void a_send_before_the_first_run_wakes(void** state) {
  (void) state;
  static uv_async_t async;
  uv_async_init(&loop, &async, on_async);
  uv_async_send(&async);
  add_backend();
  while (calls < 1) turn();
  uv_close((uv_handle_t*) &async, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void send_inside(uv_timer_t* timer) {
  uv_async_send(timer->data); /* Awake: before it was exposed, nothing rang. */
}

static void a_send_in_the_last_phase_wakes(void** state) {
  (void) state;
  need_wanted_monitor();
  static uv_async_t async;
  static uv_timer_t timer;
  uv_async_init(&loop, &async, on_async);
  uv_timer_init(&loop, &timer);
  timer.data = &async;
  uv_timer_start(&timer, send_inside, 0, 0);
  uv_run(&loop, UV_RUN_NOWAIT);
  add_backend();
  if (calls == 0) assert_true(would_wake() || uv_backend_timeout(&loop) == 0);
  while (calls < 1) turn();
  calls = 0;
  uv_timer_start(&timer, send_inside, 0, 0);
  uv_run(&loop, UV_RUN_NOWAIT);
  while (calls < 1) turn();
  uv_close((uv_handle_t*) &async, NULL);
  uv_close((uv_handle_t*) &timer, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}

static int has_said_all; /* Atomic. */

static void send_many(void* arg) {
  for (int i = 0; i < 300; i++) {
    uv_async_send(arg);
    if (i % 16 == 0) uv_sleep(1); /* He is asleep by now, as a rule. */
  }
  __atomic_store_n(&has_said_all, 1, __ATOMIC_RELEASE);
  uv_async_send(arg);
}

static void a_sending_thread_never_leaves_him_asleep(void** state) {
  (void) state;
  need_wanted_monitor();
  static uv_async_t async;
  uv_thread_t thread;
  uv_async_init(&loop, &async, on_async);
  add_backend();
  has_said_all = 0;
  uv_thread_create(&thread, send_many, &async);
  while (!__atomic_load_n(&has_said_all, __ATOMIC_ACQUIRE)) turn();
  uv_thread_join(&thread);
  uv_run(&loop, UV_RUN_NOWAIT);
  calls = 0;
  uv_async_send(&async);
  while (calls == 0) turn();
  uv_close((uv_handle_t*) &async, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}

/* --- Work, timers, switches ----------------------------------------------- */

static void on_work(uv_work_t* req) {
  (void) req;
}

static void after_work(uv_work_t* req, int status) {
  (void) req;
  assert_int_equal(0, status);
  calls++;
}

static void the_pool_wakes_the_embedder(void** state) {
  (void) state;
  need_wanted_monitor();
  add_backend();
  for (unsigned i = 1; i <= 20; i++) {
    uv_work_t req;
    assert_int_equal(0, uv_queue_work(&loop, &req, on_work, after_work));
    while (calls < i) turn();
  }
}

static void on_timer(uv_timer_t* timer) {
  (void) timer;
  calls++;
}

static void timers_are_served_on_time(void** state) {
  (void) state;
  need_wanted_monitor();
  add_backend();
  static uv_timer_t timer;
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, on_timer, 5, 5);
  uint64_t begin_ns = uv_hrtime();
  while (calls < 10) turn();
  assert_true(uv_hrtime() - begin_ns >= 49 * UINT64_C(1000000));
  uv_close((uv_handle_t*) &timer, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void a_switch_keeps_him_informed(void** state) {
  (void) state;
  static const char* const names[] = { "poll", "epoll", "io_uring", "auto" };
  need_wanted_monitor();
  int fds[2];
  static uv_poll_t handle;
  make_pair(fds);
  uv_poll_init(&loop, &handle, fds[0]);
  handle.data = &fds[0];
  uv_poll_start(&handle, UV_READABLE, on_poll);
  add_backend();
  for (unsigned i = 1; i <= 40; i++) {
    pollux_monitor_set(&loop, names[i % 4]);
    uv_run(&loop, UV_RUN_NOWAIT);
    put(fds[1]);
    assert_true(would_wake());
    while (calls < i) turn();
  }
  uv_close((uv_handle_t*) &handle, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  for (int n = 0; n < 2; n++) close(fds[n]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, embed, release)
    T(descriptors_wake_the_embedder),
    T(what_was_hot_becomes_visible),
    T(unread_data_wakes_again_and_again),
    T(what_is_not_told_yet_forbids_sleep),
    T(a_send_between_run_and_sleep_wakes),
    T(a_send_before_the_first_run_wakes),
    T(a_send_in_the_last_phase_wakes),
    T(a_sending_thread_never_leaves_him_asleep),
    T(the_pool_wakes_the_embedder),
    T(timers_are_served_on_time),
    T(a_switch_keeps_him_informed),
#undef T
  };
  return cmocka_run_group_tests_name("embed", tests, NULL, NULL);
}
