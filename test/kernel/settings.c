/* SPDX-License-Identifier: MIT */
/* Variables whose values are not in force, and others. What could break: a
 * wrong value that is ignored in silence, a right one that is reported. */
#include "folder.h"

#include <stdlib.h>
#include <unistd.h>

TEST(what_is_not_understood_is_reported) {
  use(FILE_NAME);
  setenv("POLLUX_MONITOR", "telepathy", 1);
  setenv("POLLUX_POLL_MAX_NS", "10usec", 1);
  setenv("POLLUX_POLL_GROW", "0", 1);
  setenv("POLLUX_POLL_SHRINK", "two", 1);
  setenv("POLLUX_POLL_WEIGHT", "64", 1);
  setenv("POLLUX_IDLE_MS", "25000h", 1);
  HOLDS(reason_has("auto; "));
  HOLDS(reason_has("; POLLUX_MONITOR=telepathy is not understood; "));
  HOLDS(reason_has("; POLLUX_POLL_MAX_NS=10usec is not understood; "));
  HOLDS(reason_has("; POLLUX_POLL_GROW=0 is out of range; "));
  HOLDS(reason_has("; POLLUX_POLL_SHRINK=two is not understood; "));
  HOLDS(reason_has("; POLLUX_POLL_WEIGHT=64 is out of range; "));
  HOLDS(reason_has("; POLLUX_IDLE_MS=25000h is not understood"));
  HOLDS(strstr(content(FILE_NAME), "POLLUX_IDLE_MS=25000h") != NULL);
  return 0;
}

TEST(a_loop_that_never_polls_reports_it_too) {
  use(FILE_NAME);
  setenv("POLLUX_MONITOR", "telepathy", 1);
  uv_loop_t own;
  HOLDS(uv_loop_init(&own) == 0 && uv_loop_close(&own) == 0);
  HOLDS(strstr(content(FILE_NAME),
               " reason=POLLUX_MONITOR=telepathy is not understood\n"));
  return 0;
}

TEST(good_settings_are_in_force_and_not_reported) {
  alarm(PATIENCE_S);
  setenv("POLLUX_MONITOR", "EPoll", 1);
  setenv("POLLUX_POLL_GROW", "3", 1);
  setenv("POLLUX_POLL_MAX_NS", "20us", 1);
  setenv("POLLUX_IDLE_MS", "5s", 1);
  HOLDS(reason_has("as asked") && !reason_has("="));
  pollux_busy_poll_t spin;
  uv_loop_t own;
  HOLDS(uv_loop_init(&own) == 0);
  HOLDS(pollux_busy_poll_get(&own, &spin) == 0 && spin.grow == 3);
  HOLDS(spin.max_ns == 20000 || spin.max_ns == 0); /* 0: off on one CPU. */
  HOLDS(uv_loop_close(&own) == 0);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_not_understood_is_reported),
    cmocka_unit_test(a_loop_that_never_polls_reports_it_too),
    cmocka_unit_test(good_settings_are_in_force_and_not_reported),
  };
  return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
