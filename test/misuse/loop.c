/* SPDX-License-Identifier: MIT */
/* Loops: options that do not exist, loops that are busy, stopped, empty, or
 * that cannot be made. What could break: a loop that was half made stays
 * behind, or one that refused something does not turn any more. */
#include "misuse.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static uv_timer_t timer;

static void a_busy_loop_is_not_closed(void** state) {
  (void) state;
  uv_timer_init(&loop, &timer);
  ANSWERS(UV_EBUSY, uv_loop_close(&loop));
  uv_close((uv_handle_t*) &timer, NULL);
  ANSWERS(UV_EBUSY, uv_loop_close(&loop)); /* Its callback is still due. */
  ANSWERS(1, uv_loop_alive(&loop));
  turn();
  ANSWERS(0, uv_loop_alive(&loop));
}

static void close_loop(uv_timer_t* handle) {
  ANSWERS(UV_EBUSY, uv_loop_close(handle->loop));
}

static void a_loop_is_not_closed_by_its_callback(void** state) {
  (void) state;
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, close_loop, 0, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void options_that_do_not_exist(void** state) {
  (void) state;
  ANSWERS(UV_ENOSYS, uv_loop_configure(&loop, (uv_loop_option) 99));
  ANSWERS(UV_EINVAL, uv_loop_configure(&loop, UV_LOOP_BLOCK_SIGNAL, SIGUSR1));
  ANSWERS(UV_EINVAL, uv_loop_configure(&loop, UV_LOOP_BLOCK_SIGNAL, -1));
}

static void a_loop_with_nothing_to_do_does_not_wait(void** state) {
  (void) state;
  ANSWERS(0, uv_run(&loop, UV_RUN_DEFAULT));
  ANSWERS(0, uv_run(&loop, UV_RUN_ONCE));
  ANSWERS(0, uv_run(&loop, UV_RUN_NOWAIT));
  ANSWERS(0, uv_backend_timeout(&loop));
}

static void a_loop_that_was_stopped_before_does_not_wait(void** state) {
  (void) state;
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, no_timer, 1000 * 1000, 0);
  SURVIVES(uv_stop(&loop));
  SURVIVES(uv_stop(&loop));
  ANSWERS(0, uv_backend_timeout(&loop));
  ANSWERS(1, uv_run(&loop, UV_RUN_DEFAULT));
  ANSWERS(1, uv_backend_timeout(&loop) > 0); /* Once only. */
}

static void figures_of_a_loop_that_counts_nothing(void** state) {
  (void) state;
  uv_loop_t fresh;
  assert_int_equal(0, uv_loop_init(&fresh));
  uv_metrics_t metrics;
  memset(&metrics, 1, sizeof(metrics));
  ANSWERS(0, uv_metrics_info(&fresh, &metrics));
  assert_int_equal(0, metrics.loop_count);
  assert_int_equal(0, metrics.events);
  ANSWERS(0, uv_metrics_idle_time(&fresh)); /* Was not asked to measure. */
  assert_int_equal(0, uv_loop_close(&fresh));
}

/* --- Walking -------------------------------------------------------------- */

static int walked_count;

static void close_others(uv_handle_t* handle, void* arg) {
  uv_timer_t* timers = arg;
  (void) handle;
  walked_count++;
  for (int n = 0; n < 3; n++)
    if (!uv_is_closing((uv_handle_t*) &timers[n]))
      uv_close((uv_handle_t*) &timers[n], NULL);
}

static void a_walk_may_close_all_that_it_walks(void** state) {
  (void) state;
  static uv_timer_t timers[3];
  for (int n = 0; n < 3; n++) uv_timer_init(&loop, &timers[n]);
  walked_count = 0;
  SURVIVES(uv_walk(&loop, close_others, timers));
  assert_int_equal(3, walked_count); /* Closing ones are still handles. */
  turn();
  SURVIVES(uv_walk(&loop, close_others, timers));
  assert_int_equal(3, walked_count);
}

/* --- Without descriptors -------------------------------------------------- */

static void no_loop_without_descriptors(void** state) {
  (void) state;
  uv_loop_t another;
  refuse_fds();
  ANSWERS(UV_EMFILE, uv_loop_init(&another));
  ANSWERS(1, uv_loop_new() == NULL);
  allow_fds();
  ANSWERS(0, uv_loop_init(&another)); /* And it can be had again. */
  assert_int_equal(0, uv_loop_close(&another));
}

/* In children: the default loop of this process stays unmade. */
static int ask_for_default_loop(void) {
  FILE* null = fopen("/dev/null", "w");
  if (null == NULL) return 2;
  refuse_fds();
  ANSWERS(1, uv_default_loop() == NULL);
  /* NULL stands for the default loop here. */
  SURVIVES(uv_print_all_handles(NULL, null));
  SURVIVES(uv_print_active_handles(NULL, null));
  allow_fds();
  ANSWERS(1, uv_default_loop() != NULL);
  SURVIVES(uv_print_all_handles(NULL, null));
  fclose(null);
  return uv_loop_close(uv_default_loop());
}

static void no_default_loop_without_descriptors(void** state) {
  (void) state;
  assert_int_equal(0, run_child(ask_for_default_loop));
}

static int fork_without_descriptors(void) {
  refuse_fds();
  struct rlimit none;
  getrlimit(RLIMIT_NOFILE, &none);
  none.rlim_cur = 0; /* What the fork closes it does not get again. */
  setrlimit(RLIMIT_NOFILE, &none);
  ANSWERS(UV_EMFILE, uv_loop_fork(&loop));
  allow_fds();
  ANSWERS(0, uv_loop_fork(&loop));
  close_all(&loop);
  int rc = work_out(&loop);
  return rc != 0 ? rc : uv_loop_close(&loop);
}

static void on_event(uv_fs_event_t* handle, const char* name, int events,
                     int status) {
  (void) handle;
  (void) name;
  (void) events;
  (void) status;
}

static void a_fork_without_descriptors_can_be_made_good(void** state) {
  (void) state;
  static uv_signal_t signals;
  static uv_fs_event_t event;
  uv_signal_init(&loop, &signals);
  uv_signal_start(&signals, no_signal, SIGUSR2);
  uv_fs_event_init(&loop, &event);
  assert_int_equal(0, uv_fs_event_start(&event, on_event, "/", 0));
  assert_int_equal(0, run_child(fork_without_descriptors));
}

/* --- The library ---------------------------------------------------------- */

static int shut_down_twice(void) {
  SURVIVES(uv_library_shutdown());
  SURVIVES(uv_library_shutdown());
  return 0;
}

static void the_library_is_shut_down_once(void** state) {
  (void) state;
  assert_int_equal(0, run_child(shut_down_twice));
}

static void an_allocator_with_a_gap_is_refused(void** state) {
  (void) state;
  ANSWERS(UV_EINVAL, uv_replace_allocator(NULL, realloc, calloc, free));
  ANSWERS(UV_EINVAL, uv_replace_allocator(malloc, NULL, calloc, free));
  ANSWERS(UV_EINVAL, uv_replace_allocator(malloc, realloc, NULL, free));
  ANSWERS(UV_EINVAL, uv_replace_allocator(malloc, realloc, calloc, NULL));
}

static void* calloc_that_only_multiplies(size_t count, size_t size) {
  void* block = malloc(count * size);
  if (block != NULL) memset(block, 0xa5, count * size);
  return block;
}

static int work_without_zeroes(void) {
  uv_loop_t own;
  uv_timer_t once;
  int rc =
      uv_replace_allocator(malloc, realloc, calloc_that_only_multiplies, free);
  if (rc == 0) rc = uv_loop_init(&own);
  if (rc != 0) return 1;
  uv_timer_init(&own, &once);
  uv_timer_start(&once, no_timer, 1, 0);
  if (uv_run(&own, UV_RUN_DEFAULT) != 0) return 2;
  close_all(&own);
  return uv_loop_close(&own) == 0 ? 0 : 3;
}

static void an_allocator_need_not_zero(void** state) {
  (void) state;
  assert_int_equal(0, run_child(work_without_zeroes));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(a_busy_loop_is_not_closed),
    T(a_loop_is_not_closed_by_its_callback),
    T(options_that_do_not_exist),
    T(a_loop_with_nothing_to_do_does_not_wait),
    T(a_loop_that_was_stopped_before_does_not_wait),
    T(figures_of_a_loop_that_counts_nothing),
    T(a_walk_may_close_all_that_it_walks),
    T(no_loop_without_descriptors),
    T(no_default_loop_without_descriptors),
    T(a_fork_without_descriptors_can_be_made_good),
    T(the_library_is_shut_down_once),
    T(an_allocator_with_a_gap_is_refused),
    T(an_allocator_need_not_zero),
  };
  return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
