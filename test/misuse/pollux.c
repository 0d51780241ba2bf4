/* SPDX-License-Identifier: MIT */
/* pollux.h: monitors that do not exist, settings out of range, nowhere to put
 * the answer, questions before the first poll phase. */
#include "misuse.h"

static void monitors_that_do_not_exist(void** state) {
  (void) state;
  ANSWERS(UV_EINVAL, pollux_monitor_set(&loop, "kqueue"));
  ANSWERS(UV_EINVAL, pollux_monitor_set(&loop, ""));
  ANSWERS(UV_EINVAL, pollux_monitor_set(&loop, long_path()));
  ANSWERS(UV_EINVAL, pollux_monitor_set(&loop, "epoll "));
  ANSWERS(UV_EINVAL, pollux_monitor_set(&loop, "POLL"));
  ANSWERS(0, pollux_monitor_set(&loop, NULL)); /* As "auto". */
}

static void a_loop_that_has_not_polled(void** state) {
  (void) state;
  uv_loop_t fresh;
  assert_int_equal(0, uv_loop_init(&fresh));
  ANSWERS(1, pollux_monitor_name(&fresh) == NULL);
  ANSWERS(0, strcmp("", pollux_monitor_reason(&fresh)));
  assert_int_equal(0, uv_loop_close(&fresh));
}

static void nowhere_to_put_the_answer(void** state) {
  (void) state;
  pollux_counters_t counters;
  ANSWERS(UV_EINVAL, pollux_counters(&loop, NULL, sizeof(counters)));
  ANSWERS(UV_EINVAL, pollux_counters(&loop, &counters, 0));
  ANSWERS(UV_EINVAL, pollux_busy_poll_get(&loop, NULL));
}

static void figures_of_nothing(void** state) {
  (void) state;
  pollux_histogram_t h;
  pollux_slow_t slow;
  ANSWERS(UV_ENOENT, pollux_histogram(&loop, "wait", &h, sizeof(h)));
  ANSWERS(UV_EINVAL, pollux_histogram(&loop, "waits", &h, sizeof(h)));
  ANSWERS(UV_EINVAL, pollux_histogram(&loop, NULL, &h, sizeof(h)));
  ANSWERS(UV_EINVAL, pollux_histogram(&loop, "wait", NULL, sizeof(h)));
  ANSWERS(UV_EINVAL, pollux_histogram(&loop, "wait", &h, 0));
  ANSWERS(UV_ENOENT, pollux_slowest(&loop, &slow, 1));
  ANSWERS(UV_EINVAL, pollux_slowest(&loop, NULL, 1));
}

static void counters_of_other_versions(void** state) {
  (void) state;
  struct {
    pollux_counters_t counters;
    uint64_t more;
  } newer;
  memset(&newer, 1, sizeof(newer));
  ANSWERS(0, pollux_counters(&loop, &newer.counters, sizeof(newer)));
  assert_int_equal(0, newer.more);
  memset(&newer, 1, sizeof(newer));
  ANSWERS(0,
          pollux_counters(&loop, &newer.counters, sizeof(newer.counters) / 2));
  assert_int_equal(0x0101010101010101, newer.counters.spin_window_ns);
}

static void settings_out_of_range(void** state) {
  (void) state;
  static const pollux_busy_poll_t wrong[] = {
    { .max_ns = 10 * 1000 * 1000 + 1 }, { .max_ns = UINT64_MAX },
    { .max_ns = 1000, .grow = 1001 },   { .max_ns = 1000, .shrink = 1001 },
    { .max_ns = 1000, .weight = 64 },
  };
  pollux_busy_poll_t before, after;
  ANSWERS(0, pollux_busy_poll_get(&loop, &before));
  for (size_t n = 0; n < sizeof(wrong) / sizeof(wrong[0]); n++)
    ANSWERS(UV_EINVAL, pollux_busy_poll_set(&loop, &wrong[n]));
  ANSWERS(UV_EINVAL, pollux_busy_poll_set(&loop, NULL));
  assert_int_equal(0, pollux_busy_poll_get(&loop, &after));
  assert_int_equal(before.max_ns, after.max_ns);
  assert_int_equal(before.grow, after.grow);
  assert_int_equal(before.shrink, after.shrink);
  assert_int_equal(before.weight, after.weight);
  ANSWERS(UV_EINVAL, pollux_idle_set(&loop, 86400001));
  ANSWERS(UV_EINVAL, pollux_idle_set(&loop, UINT64_MAX));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(monitors_that_do_not_exist), T(a_loop_that_has_not_polled),
    T(nowhere_to_put_the_answer),  T(counters_of_other_versions),
    T(figures_of_nothing),         T(counters_of_other_versions),
    T(settings_out_of_range),
  };
  return cmocka_run_group_tests_name("pollux", tests, NULL, NULL);
}
