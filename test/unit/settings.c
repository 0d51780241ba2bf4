/* SPDX-License-Identifier: MIT */
/* The texts of the variables. What could break: a unit that is taken for
 * another one, an overflow that wraps into the allowed range, a word that
 * becomes the name of a file, a complaint that overruns its buffer or brings a
 * control character to the terminal. */
#include "loop/config.h"

#include "base/abi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { PLAIN = 1000, HIGH = 2000000000 };

static int64_t span_of(const char* text) {
  int64_t span_ns = -1;
  int rc = uv__span_from(text, PLAIN, HIGH, &span_ns);
  if (rc != 0) assert_int_equal(-1, span_ns);
  return rc != 0 ? rc : span_ns;
}

static void a_span_may_have_a_unit(void** state) {
  (void) state;
  assert_int_equal(0, span_of("0"));
  assert_int_equal(12 * PLAIN, span_of("12"));
  assert_int_equal(500, span_of("500ns"));
  assert_int_equal(10000, span_of("10us"));
  assert_int_equal(1000000, span_of("1ms"));
  assert_int_equal(2000000000, span_of("2s"));
  assert_int_equal(1000000, span_of("1MS"));
  assert_int_equal(0, span_of("0s"));
}

static void a_span_beyond_the_limit_is_out_of_range(void** state) {
  (void) state;
  static const char* const texts[] = { "2000001",
                                       "2000000001ns",
                                       "3s",
                                       "9223372036854775807s",
                                       "9223372036854775808ns",
                                       "99999999999999999999999" };
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
    assert_int_equal(UV_ERANGE, span_of(texts[i]));
  assert_int_equal(HIGH, span_of("2000000000ns"));
}

static void another_text_is_no_span(void** state) {
  (void) state;
  static const char* const texts[] = {
    "",    " ",    "-1",    "+1",    "us",  "10u", "10 us", "1.5ms",
    "10m", "0x10", "10uss", "1,000", "ten", " 10", "10 "
  };
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
    assert_int_equal(UV_EINVAL, span_of(texts[i]));
}

static void only_a_slash_or_a_dot_makes_a_path(void** state) {
  (void) state;
  static const char* const off[] = { "", "0", "no", "off", "OFF", "false" };
  static const char* const on[] = { "1",    "yes",    "on",
                                    "True", "stderr", "/dev/stderr" };
  static const char* const paths[] = { "stats.txt", "./1", "/tmp/x",
                                       "a/b",       "1.0", "." };
  static const char* const unknown[] = { "2",  "-1",     "verbose", "stats",
                                         "10", "stdout", " ",       "00" };
  for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++)
    assert_int_equal(UV__STATS_OFF, uv__stats_kind_of(off[i]));
  for (size_t i = 0; i < sizeof(on) / sizeof(on[0]); i++)
    assert_int_equal(UV__STATS_STDERR, uv__stats_kind_of(on[i]));
  for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
    assert_int_equal(UV__STATS_PATH, uv__stats_kind_of(paths[i]));
  for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
    assert_int_equal(UV__STATS_UNKNOWN, uv__stats_kind_of(unknown[i]));
}

static void complaints_are_joined(void** state) {
  (void) state;
  char text[100] = "";
  uv__complain(text, sizeof(text), "A", "x", "is odd");
  uv__complain(text, sizeof(text), "B", "y", "is even");
  assert_string_equal("A=x is odd; B=y is even", text);
}

static void a_complaint_is_bounded_and_printable(void** state) {
  (void) state;
  char text[64] = "";
  uv__complain(text, sizeof(text), "A", "a\nb c;d\x1b[0m\xff", "is odd");
  assert_string_equal("A=a?b?c?d?[0m? is odd", text);
  char value[1000];
  memset(value, 'v', sizeof(value) - 1);
  value[sizeof(value) - 1] = '\0';
  char long_text[100] = "";
  uv__complain(long_text, sizeof(long_text), "A", value, "is odd");
  assert_string_equal("A=vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv... is odd",
                      long_text);
  struct {
    char text[32];
    char after;
  } small = { .text = "", .after = 'z' };
  for (int i = 0; i < 5; i++)
    uv__complain(small.text, sizeof(small.text), "A", value, "is odd");
  assert_int_equal('z', small.after);
  assert_int_equal(31, strlen(small.text));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_span_may_have_a_unit),
    cmocka_unit_test(a_span_beyond_the_limit_is_out_of_range),
    cmocka_unit_test(another_text_is_no_span),
    cmocka_unit_test(only_a_slash_or_a_dot_makes_a_path),
    cmocka_unit_test(complaints_are_joined),
    cmocka_unit_test(a_complaint_is_bounded_and_printable),
  };
  return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
