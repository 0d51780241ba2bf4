/* SPDX-License-Identifier: MIT */
/* Choosing a monitor by what its ops say, never by its name. What could break:
 * a ring call although UV_USE_IO_URING=0, a ring that auto takes, a name that
 * is known in one place only. */
#include "unix/monitor/choice.h"
#include "unix/monitor/shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/abi.h"

#include <cmocka.h>

static unsigned setups;
static struct uv__shell shell;
static struct uv__choice choice;
static struct uv__monitor monitor;

static int set_up(void** state) {
  (void) state;
  setups = 0;
  memset(&choice, 0, sizeof(choice));
  memset(&monitor, 0, sizeof(monitor));
  monitor.shell = &shell;
  return uv__shell_setup(&shell);
}

static int tear_down(void** state) {
  (void) state;
  if (monitor.ops != NULL && monitor.ops->teardown != NULL)
    monitor.ops->teardown(&monitor);
  uv__shell_teardown(&shell);
  return 0;
}

static int count_setup(struct uv__monitor* m) {
  (void) m;
  setups++;
  return 0;
}

/* Monitors of this test. CMake's list has neither. */
static const struct uv__monitor_ops a_ring = {
  .name = "a ring by another name",
  .caps = UV__IS_RING,
  .setup = count_setup,
};
static const struct uv__monitor_ops no_ring = {
  .name = "io_uring",
  .setup = count_setup,
};

static void a_forbidden_ring_is_known_by_its_capability(void** state) {
  (void) state;
  choice.ring_is_forbidden = true;
  choice.wish = &a_ring;
  assert_int_equal(UV_EPERM, uv__choice_open(&choice, &monitor));
  assert_string_equal("UV_USE_IO_URING=0", monitor.refusal);
  assert_null(monitor.ops);
  assert_int_equal(0, setups);
}

static void a_name_alone_makes_no_ring(void** state) {
  (void) state;
  choice.ring_is_forbidden = true;
  choice.wish = &no_ring;
  assert_int_equal(0, uv__choice_open(&choice, &monitor));
  assert_int_equal(1, setups);
}

static void a_ring_that_is_allowed_is_opened(void** state) {
  (void) state;
  choice.wish = &a_ring;
  assert_int_equal(0, uv__choice_open(&choice, &monitor));
  assert_ptr_equal(&a_ring, monitor.ops);
}

static void auto_takes_what_is_made_for_it(void** state) {
  (void) state;
  assert_int_equal(0, uv__choice_open(&choice, &monitor));
  assert_true(monitor.ops->caps & UV__FOR_AUTO);
  assert_false(monitor.ops->caps & UV__IS_RING);
  assert_string_equal("auto", choice.reason);
}

/* However often it fails: the last one starts afresh. */
static void auto_falls_back_within_its_own(void** state) {
  (void) state;
  assert_int_equal(0, uv__choice_open(&choice, &monitor));
  for (unsigned i = 1; i < 6; i++) {
    assert_int_equal(0, uv__choice_fall_back(&choice, &monitor, UV_EIO));
    assert_true(monitor.ops->caps & UV__FOR_AUTO);
    assert_int_equal(i, choice.switches);
  }
}

static void a_name_is_found_in_any_letters(void** state) {
  (void) state;
  const char* name = NULL;
  assert_int_equal(0, uv__choice_name("EPoll", &name));
  assert_string_equal("epoll", name);
  assert_string_equal(name, uv__choice_find(name)->name);
}

static void a_name_of_no_monitor_is_invalid(void** state) {
  (void) state;
  static const char* const texts[] = { "", "auto", "epol", "epoll ", "fake" };
  const char* name = NULL;
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
    assert_int_equal(UV_EINVAL, uv__choice_name(texts[i], &name));
  assert_null(name);
}

/* Built or not: the second kind is known, too. */
static void each_monitor_of_cmake_has_a_known_name(void** state) {
  (void) state;
  static const char* const built[] = {
#define UV__MONITOR(id) #id,
#define UV__MONITOR_ABSENT(id)
#include "monitors.inc"
#undef UV__MONITOR
#undef UV__MONITOR_ABSENT
  };
  static const char* const absent[] = {
    NULL, /* There may be none. */
#define UV__MONITOR(id)
#define UV__MONITOR_ABSENT(id) #id,
#include "monitors.inc"
#undef UV__MONITOR
#undef UV__MONITOR_ABSENT
  };
  const char* name = NULL;
  for (size_t i = 0; i < sizeof(built) / sizeof(built[0]); i++) {
    assert_int_equal(0, uv__choice_name(built[i], &name));
    assert_string_equal(built[i], uv__choice_find(name)->name);
  }
  for (size_t i = 1; i < sizeof(absent) / sizeof(absent[0]); i++)
    assert_int_equal(UV_ENOTSUP, uv__choice_name(absent[i], &name));
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    T(a_forbidden_ring_is_known_by_its_capability),
    T(a_name_alone_makes_no_ring),
    T(a_ring_that_is_allowed_is_opened),
    T(auto_takes_what_is_made_for_it),
    T(auto_falls_back_within_its_own),
    T(a_name_is_found_in_any_letters),
    T(a_name_of_no_monitor_is_invalid),
    T(each_monitor_of_cmake_has_a_known_name),
#undef T
  };
  return cmocka_run_group_tests_name("choice", tests, NULL, NULL);
}
