/* SPDX-License-Identifier: MIT */
/* Bounded text functions. What could break: a missing NUL, a cut that is not
 * reported, a byte written behind the buffer, a tokenizer that runs on. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void a_copy_says_when_it_had_to_cut(void** state) {
  (void) state;
  static const struct {
    const char* src;
    size_t size;
    ssize_t result;
    const char* bytes; /* all 6 of the buffer */
  } rows[] = {
    { "", 0, 0, "######" },
    { "x", 0, 0, "######" },
    { "", 1, 0, "\0#####" },
    { "x", 1, UV_E2BIG, "\0#####" },
    { "", 4, 0, "\0#####" },
    { "xy", 4, 2, "xy\0###" },
    { "xyz", 4, 3, "xyz\0##" },
    { "xyzz", 4, UV_E2BIG, "xyz\0##" },
    { "xyzzyxyzzy", 4, UV_E2BIG, "xyz\0##" },
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    char buf[6];
    memset(buf, '#', sizeof(buf));
    assert_int_equal(rows[i].result,
                     uv__strscpy(buf, rows[i].src, rows[i].size));
    assert_memory_equal(rows[i].bytes, buf, sizeof(buf));
  }
}

static void a_source_is_not_read_past_the_size(void** state) {
  (void) state;
  const char src[3] = { 'a', 'b', 'c' }; /* no NUL */
  char buf[3];
  assert_int_equal(UV_E2BIG, uv__strscpy(buf, src, sizeof(buf)));
  assert_string_equal("ab", buf);
}

static void tokens_come_one_by_one(void** state) {
  (void) state;
  static const struct {
    const char* text;
    const char* separators;
    const char* tokens[5];
  } rows[] = {
    { "abc", "", { "abc" } },
    { "", ".", { NULL } },
    { "...", ".", { NULL } },
    { "abc.abf", ".", { "abc", "abf" } },
    { ".;a;.b.", ".;", { "a", "b" } },
    { "Hello This-is.-string", " .", { "Hello", "This-is", "-string" } },
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    char text[32];
    char* rest = NULL;
    assert_true(uv__strscpy(text, rows[i].text, sizeof(text)) >= 0);
    char* token = uv__strtok(text, rows[i].separators, &rest);
    for (size_t k = 0; rows[i].tokens[k] != NULL; k++) {
      assert_non_null(token);
      assert_string_equal(rows[i].tokens[k], token);
      token = uv__strtok(NULL, rows[i].separators, &rest);
    }
    assert_null(token);
    assert_null(uv__strtok(NULL, rows[i].separators, &rest));
  }
}

static void two_texts_can_be_split_at_a_time(void** state) {
  (void) state;
  char left[] = "a b", right[] = "c d";
  char* left_rest;
  char* right_rest;
  assert_string_equal("a", uv__strtok(left, " ", &left_rest));
  assert_string_equal("c", uv__strtok(right, " ", &right_rest));
  assert_string_equal("b", uv__strtok(NULL, " ", &left_rest));
  assert_string_equal("d", uv__strtok(NULL, " ", &right_rest));
}

static void copying_out_tells_the_size_that_is_needed(void** state) {
  (void) state;
  char buf[8] = "#######";
  size_t size = 4;
  assert_int_equal(UV_ENOBUFS, uv__copy_out("four", 4, buf, &size));
  assert_int_equal(5, size);
  assert_string_equal("#######", buf);

  assert_int_equal(0, uv__copy_out("four", 4, buf, &size));
  assert_int_equal(4, size);
  assert_string_equal("four", buf);

  size = 0;
  assert_int_equal(UV_ENOBUFS, uv__copy_out("", 0, buf, &size));
  assert_int_equal(1, size);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_copy_says_when_it_had_to_cut),
    cmocka_unit_test(a_source_is_not_read_past_the_size),
    cmocka_unit_test(tokens_come_one_by_one),
    cmocka_unit_test(two_texts_can_be_split_at_a_time),
    cmocka_unit_test(copying_out_tells_the_size_that_is_needed),
  };
  return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
