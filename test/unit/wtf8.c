/* SPDX-License-Identifier: MIT */
/* UTF-16 to and from WTF-8. What could break: a lone surrogate that is lost or
 * joined wrongly, a length that is not what the conversion writes, a buffer
 * that is written past its capacity, a text whose last character is cut short
 * and whose NUL is jumped over. */
#include "base/abi.h"
#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct pair {
  size_t units;
  uint16_t utf16[6]; /* With a zero behind it. */
  const char* wtf8;
};

static const struct pair pairs[] = {
  { 0, { 0 }, "" },
  { 1, { 'a' }, "a" },
  { 2, { 0x7F, 0x80 }, "\x7F\xC2\x80" },
  { 2, { 0x7FF, 0x800 }, "\xDF\xBF\xE0\xA0\x80" },
  { 1, { 0xFFFF }, "\xEF\xBF\xBF" },
  { 2, { 0xD800, 0xDC00 }, "\xF0\x90\x80\x80" },
  { 2, { 0xDBFF, 0xDFFF }, "\xF4\x8F\xBF\xBF" },
  { 4,
    { 'a', 0xD83D, 0xDCA9, 'b' },
    "a\xF0\x9F\x92\xA9"
    "b" },
  /* Lone, at the end, in the wrong order, and before a whole pair. */
  { 2, { 0xD83D, 'x' }, "\xED\xA0\xBDx" },
  { 1, { 0xD83D }, "\xED\xA0\xBD" },
  { 2, { 0xDCA9, 0xD83D }, "\xED\xB2\xA9\xED\xA0\xBD" },
  { 3, { 0xD800, 0xD83D, 0xDCA9 }, "\xED\xA0\x80\xF0\x9F\x92\xA9" },
};

static void utf16_becomes_wtf8(void** state) {
  (void) state;
  for (size_t i = 0; i < COUNT(pairs); i++) {
    const ssize_t lengths[] = { (ssize_t) pairs[i].units, -1 };
    for (size_t k = 0; k < COUNT(lengths); k++) {
      const size_t expected = strlen(pairs[i].wtf8);
      assert_int_equal(expected,
                       uv_utf16_length_as_wtf8(pairs[i].utf16, lengths[k]));
      char* text = NULL;
      size_t len = 0;
      assert_int_equal(
          0, uv_utf16_to_wtf8(pairs[i].utf16, lengths[k], &text, &len));
      assert_int_equal(expected, len);
      assert_string_equal(pairs[i].wtf8, text);
      uv__free(text);
    }
  }
}

static void a_given_length_counts_zeros_as_characters(void** state) {
  (void) state;
  const uint16_t units[] = { 'a', 0, 'b' };
  char* text = NULL;
  size_t len = 0;
  assert_int_equal(0, uv_utf16_to_wtf8(units, 3, &text, &len));
  assert_int_equal(3, len);
  assert_memory_equal("a\0b", text, 4);
  uv__free(text);
}

static void a_given_length_is_not_read_past(void** state) {
  (void) state;
  uint16_t* unit = malloc(sizeof(*unit));
  assert_non_null(unit);
  *unit = 0xD83D; /* Its partner would be the next unit. */
  assert_int_equal(3, uv_utf16_length_as_wtf8(unit, 1));
  free(unit);
}

/* The capacity leaves out the NUL, which needs a byte more. */
static void a_small_buffer_is_filled_and_the_need_told(void** state) {
  (void) state;
  for (size_t i = 0; i < COUNT(pairs); i++) {
    const size_t need = strlen(pairs[i].wtf8);
    for (size_t capacity = 0; capacity <= need; capacity++) {
      char* buf = malloc(capacity + 1);
      assert_non_null(buf);
      char* text = buf;
      size_t len = capacity;
      assert_int_equal(capacity < need ? UV_ENOBUFS : 0,
                       uv_utf16_to_wtf8(pairs[i].utf16, -1, &text, &len));
      assert_int_equal(need, len);
      assert_ptr_equal(buf, text);
      assert_memory_equal(pairs[i].wtf8, buf, capacity);
      assert_int_equal(0, buf[capacity]);
      free(buf);
    }
  }
}

static void without_a_buffer_only_the_length_is_told(void** state) {
  (void) state;
  const uint16_t units[] = { 0x20AC, 0 };
  size_t len = 99;
  assert_int_equal(0, uv_utf16_to_wtf8(units, -1, NULL, &len));
  assert_int_equal(3, len);
  char buf[4];
  char* text = buf;
  assert_int_equal(UV_EINVAL, uv_utf16_to_wtf8(units, -1, &text, NULL));
}

static void wtf8_becomes_utf16(void** state) {
  (void) state;
  for (size_t i = 0; i < COUNT(pairs); i++) {
    const size_t need = pairs[i].units + 1;
    assert_int_equal(need, uv_wtf8_length_as_utf16(pairs[i].wtf8));
    uint16_t* units = malloc(need * sizeof(*units));
    assert_non_null(units);
    uv_wtf8_to_utf16(pairs[i].wtf8, units, need);
    assert_memory_equal(pairs[i].utf16, units, need * sizeof(*units));
    free(units);
  }
}

static void ill_formed_wtf8_is_refused_and_never_overrun(void** state) {
  (void) state;
  static const char* const texts[] = {
    "\x80",
    "\xC0\x80",
    "\xC1\xBF",
    "\xE0\x80\x80",
    "\xE0\x9F\xBF",
    "\xF0\x8F\xBF\xBF",
    "\xF4\x90\x80\x80",
    "\xF5\x80\x80\x80",
    "\xFF",
    "\xC3",
    "\xE2\x82",
    "\xF0\x9F\x92",
    "\xC3(",
    "ab\xF8",
  };
  for (size_t i = 0; i < COUNT(texts); i++) {
    char* text = strdup(texts[i]); /* Its end is the block's end. */
    assert_non_null(text);
    assert_int_equal(UV_EINVAL, uv_wtf8_length_as_utf16(text));
    uint16_t units[4] = { 1, 1, 1, 1 };
    uv_wtf8_to_utf16(text, units, COUNT(units));
    /* "ab" is good; of the others nothing, or nothing before the '('. */
    const size_t good = text[0] == 'a' ? 2 : 0;
    assert_int_equal(0, units[good]);
    free(text);
  }
}

static void utf16_output_stays_within_its_length(void** state) {
  (void) state;
  uint16_t units[5] = { 1, 1, 1, 1, 1 };
  uv_wtf8_to_utf16("a\xF0\x9F\x92\xA9", units, 0);
  assert_int_equal(1, units[0]);
  uv_wtf8_to_utf16("a\xF0\x9F\x92\xA9", units, 3); /* Half a pair fits. */
  assert_int_equal('a', units[0]);
  assert_int_equal(0, units[1]);
  assert_int_equal(1, units[3]);
  uv_wtf8_to_utf16("abcdef", units, 4);
  assert_int_equal('c', units[2]);
  assert_int_equal(0, units[3]);
  assert_int_equal(1, units[4]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(utf16_becomes_wtf8),
    cmocka_unit_test(a_given_length_counts_zeros_as_characters),
    cmocka_unit_test(a_given_length_is_not_read_past),
    cmocka_unit_test(a_small_buffer_is_filled_and_the_need_told),
    cmocka_unit_test(without_a_buffer_only_the_length_is_told),
    cmocka_unit_test(wtf8_becomes_utf16),
    cmocka_unit_test(ill_formed_wtf8_is_refused_and_never_overrun),
    cmocka_unit_test(utf16_output_stays_within_its_length),
  };
  return cmocka_run_group_tests_name("wtf8", tests, NULL, NULL);
}
