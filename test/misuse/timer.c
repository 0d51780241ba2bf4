/* SPDX-License-Identifier: MIT */
/* Timers, idle, prepare and check handles: no callback, started when closing,
 * stopped when they never ran, due times beyond the end of time. */
#include "misuse.h"

static uv_timer_t timer;

static void a_timer_without_a_callback(void** state) {
  (void) state;
  ANSWERS(0, uv_timer_init(&loop, &timer));
  ANSWERS(UV_EINVAL, uv_timer_start(&timer, NULL, 1, 0));
  ANSWERS(UV_EINVAL, uv_timer_again(&timer));
  ANSWERS(0, uv_timer_stop(&timer));
  ANSWERS(0, uv_timer_stop(&timer));
  ANSWERS(0, uv_timer_get_due_in(&timer));
  ANSWERS(0, uv_timer_get_repeat(&timer));
  assert_int_equal(0, uv_is_active((uv_handle_t*) &timer));
}

static void a_closing_timer_does_not_start(void** state) {
  (void) state;
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, no_timer, 1, 1);
  uv_close((uv_handle_t*) &timer, NULL);
  ANSWERS(UV_EINVAL, uv_timer_start(&timer, no_timer, 1, 0));
  ANSWERS(0, uv_timer_stop(&timer));
  SURVIVES(uv_timer_set_repeat(&timer, 1));
  SURVIVES(uv_timer_again(&timer));
  assert_int_equal(0, uv_is_active((uv_handle_t*) &timer));
  turn();
}

static void a_timer_beyond_the_end_of_time_never_fires(void** state) {
  (void) state;
  uv_timer_init(&loop, &timer);
  ANSWERS(0, uv_timer_start(&timer, no_timer, UINT64_MAX, UINT64_MAX));
  ANSWERS(0, uv_timer_again(&timer));
  SURVIVES(uv_timer_set_repeat(&timer, UINT64_MAX));
  ANSWERS(1, uv_timer_get_due_in(&timer) > INT64_MAX);
  turn();
  assert_int_equal(1, uv_is_active((uv_handle_t*) &timer));
}

static void a_repeat_of_nothing_is_once(void** state) {
  (void) state;
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, no_timer, 1, 0);
  SURVIVES(uv_timer_set_repeat(&timer, 0));
  ANSWERS(0, uv_timer_again(&timer)); /* Not repeating: nothing happens. */
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(0, uv_is_active((uv_handle_t*) &timer));
}

/* --- Once per turn -------------------------------------------------------- */

static uv_idle_t idle;
static uv_prepare_t prepare;
static uv_check_t check;

static void init_all(void) {
  ANSWERS(0, uv_idle_init(&loop, &idle));
  ANSWERS(0, uv_prepare_init(&loop, &prepare));
  ANSWERS(0, uv_check_init(&loop, &check));
}

static void on_idle(uv_idle_t* handle) {
  (void) handle;
}
static void on_prepare(uv_prepare_t* handle) {
  (void) handle;
}
static void on_check(uv_check_t* handle) {
  (void) handle;
}

static void phase_handles_without_a_callback(void** state) {
  (void) state;
  init_all();
  ANSWERS(UV_EINVAL, uv_idle_start(&idle, NULL));
  ANSWERS(UV_EINVAL, uv_prepare_start(&prepare, NULL));
  ANSWERS(UV_EINVAL, uv_check_start(&check, NULL));
  ANSWERS(0, uv_idle_stop(&idle));
  ANSWERS(0, uv_prepare_stop(&prepare));
  ANSWERS(0, uv_check_stop(&check));
  assert_int_equal(0, uv_loop_alive(&loop));
}

static void phase_handles_start_and_stop_once(void** state) {
  (void) state;
  init_all();
  for (int n = 0; n < 2; n++) {
    ANSWERS(0, uv_idle_start(&idle, on_idle));
    ANSWERS(0, uv_prepare_start(&prepare, on_prepare));
    ANSWERS(0, uv_check_start(&check, on_check));
  }
  turn();
  for (int n = 0; n < 2; n++) {
    ANSWERS(0, uv_idle_stop(&idle));
    ANSWERS(0, uv_prepare_stop(&prepare));
    ANSWERS(0, uv_check_stop(&check));
  }
  assert_int_equal(0, uv_loop_alive(&loop));
}

static void closing_phase_handles_do_not_start(void** state) {
  (void) state;
  init_all();
  uv_close((uv_handle_t*) &idle, NULL);
  uv_close((uv_handle_t*) &prepare, NULL);
  uv_close((uv_handle_t*) &check, NULL);
  ANSWERS(UV_EINVAL, uv_idle_start(&idle, on_idle));
  ANSWERS(UV_EINVAL, uv_prepare_start(&prepare, on_prepare));
  ANSWERS(UV_EINVAL, uv_check_start(&check, on_check));
  ANSWERS(0, uv_idle_stop(&idle));
  ANSWERS(0, uv_prepare_stop(&prepare));
  ANSWERS(0, uv_check_stop(&check));
  turn();
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(a_timer_without_a_callback),
    T(a_closing_timer_does_not_start),
    T(a_timer_beyond_the_end_of_time_never_fires),
    T(a_repeat_of_nothing_is_once),
    T(phase_handles_without_a_callback),
    T(phase_handles_start_and_stop_once),
    T(closing_phase_handles_do_not_start),
  };
  return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
