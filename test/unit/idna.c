/* SPDX-License-Identifier: MIT */
/* Host names to ASCII. What could break: a name that is cut or ends early makes
 * the resolver ask for another host; a sequence at the end of the input
 * reads past it; a punycode digit is wrong and the name does not resolve.
 * Inputs are put into blocks of exactly their size, for the address sanitizer.
 */
#include "base/idna.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static char* copy_exactly(const char* text, size_t len) {
  char* copy = malloc(len > 0 ? len : 1);
  assert_non_null(copy);
  memcpy(copy, text, len);
  return copy;
}

/* Convert into a block of `room` bytes; the block is the caller's to free. */
static ssize_t convert(const char* text, size_t len, char** dest, size_t room) {
  char* source = copy_exactly(text, len);
  *dest = malloc(room > 0 ? room : 1);
  assert_non_null(*dest);
  const ssize_t rc =
      uv__idna_toascii(source, source + len, *dest, *dest + room);
  free(source);
  return rc;
}

struct name {
  const char* unicode;
  const char* ascii;
};

static const struct name names[] = {
  { ".", "." },
  { "example.com.", "example.com." },
  { "-> $1.00 <-", "-> $1.00 <-" },
  { "UPPER.case", "UPPER.case" },
  { "b\u00FCcher.com", "xn--bcher-kva.com" },
  { "stra\u00DFe.de", "xn--strae-oqa.de" },
  { "\u00FC", "xn--tda" },
  { ".\u00FC.", ".xn--tda." },
  { "\u2603-\u2318.com", "xn----dqo34k.com" },
  { "\U0001F4A9.la", "xn--ls8h.la" },
  { "ma\u00F1ana\u3002com", "xn--maana-pta.com" },
  { "ma\u00F1ana\uFF0Ecom", "xn--maana-pta.com" },
  { "ma\u00F1ana\uFF61com", "xn--maana-pta.com" },
  { "a\u3002b", "a.b" },
  /* RFC 3492, section 7.1, (C), (L) and (S). */
  { "\u4ED6\u5011\u7232\u4EC0\u9EBD\u4E0D\u8AAA\u4E2D\u6587",
    "xn--ihqwctvzc91f659drss3x8bo0yb" },
  { "3\u5E74B\u7D44\u91D1\u516B\u5148\u751F", "xn--3B-ww4c5e180e575a65lsy2b" },
  { "\u305D\u306E\u30B9\u30D4\u30FC\u30C9\u3067", "xn--d9juau41awczczp" },
  /* The first and the last code points of each length of UTF-8. */
  { "\xC2\x80", "xn--a" },
  { "\U0010FFFF", "xn--dn32g" },
};

static void names_become_what_dns_knows(void** state) {
  (void) state;
  for (size_t i = 0; i < COUNT(names); i++) {
    char* dest;
    const size_t size = strlen(names[i].ascii) + 1;
    assert_int_equal(
        size, convert(names[i].unicode, strlen(names[i].unicode), &dest, size));
    assert_string_equal(names[i].ascii, dest);
    free(dest);
  }
}

static void a_converted_name_stays_as_it_is(void** state) {
  (void) state;
  for (size_t i = 0; i < COUNT(names); i++) {
    char* dest;
    const size_t len = strlen(names[i].ascii);
    assert_int_equal(len + 1, convert(names[i].ascii, len, &dest, len + 1));
    assert_string_equal(names[i].ascii, dest);
    free(dest);
  }
}

static void a_name_is_never_cut(void** state) {
  (void) state;
  for (size_t i = 0; i < COUNT(names); i++) {
    for (size_t room = 0; room <= strlen(names[i].ascii); room++) {
      char* dest;
      assert_int_equal(
          UV_EINVAL,
          convert(names[i].unicode, strlen(names[i].unicode), &dest, room));
      free(dest);
    }
  }
}

static void ill_formed_names_are_refused(void** state) {
  (void) state;
  static const struct {
    const char* bytes;
    size_t len;
  } rows[] = {
    { "", 0 },
    { "\xC0\x80\xC1\x80.com", 8 }, /* overlong */
    { "a\0b", 3 },                 /* would be looked up as "a" */
    { "\xED\xA0\x80", 3 },         /* a surrogate */
    { "\xF4\x90\x80\x80", 4 },     /* above U+10FFFF */
    { "abc\xC3", 4 },              /* each cut short */
    { "abc\xE2\x82", 5 },
    { "abc\xF0\x9F\x92", 6 },
    { "\x80", 1 },
    { "\xFF", 1 },
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    char* dest;
    assert_int_equal(UV_EINVAL, convert(rows[i].bytes, rows[i].len, &dest, 64));
    free(dest);
  }
}

static void labels_have_a_longest_length(void** state) {
  (void) state;
  char label[258];
  char* dest;
  memset(label, 'a', sizeof(label));
  label[256] = '.';
  assert_int_equal(258, convert(label, 257, &dest, 1024));
  free(dest);
  label[256] = 'a';
  assert_int_equal(UV_EINVAL, convert(label, 257, &dest, 1024));
  free(dest);
}

/* One large code point after 255 small ones: the largest delta there is. */
static void the_largest_delta_does_not_overflow(void** state) {
  (void) state;
  char text[259];
  char* dest;
  memset(text, 'a', 255);
  memcpy(text + 255, "\xF4\x8F\xBF\xBF", 4);
  const ssize_t len = convert(text, sizeof(text), &dest, 1024);
  assert_true(len > 260 && len < 280);
  assert_int_equal(len - 1, (ssize_t) strlen(dest));
  free(dest);
}

static void decoding_consumes_what_the_first_byte_announces(void** state) {
  (void) state;
  const unsigned bad = (unsigned) -1;
  const struct {
    const char* bytes;
    unsigned point;
    int consumed;
  } rows[] = {
    { "\x7F", 0x7F, 1 },
    { "\xC2\x80", 0x80, 2 },
    { "\xDF\xBF", 0x7FF, 2 },
    { "\xE0\xA0\x80", 0x800, 3 },
    { "\xEF\xBF\xBF", 0xFFFF, 3 },
    { "\xF0\x90\x80\x80", 0x10000, 4 },
    { "\xF4\x8F\xBF\xBF", 0x10FFFF, 4 },
    { "\xF4\x90\xC0\xC0", bad, 4 },
    { "\xF7\xBF\xBF\xBF", bad, 4 },
    { "\xC1\x80", bad, 2 },
    { "\xE0\x9F\xBF", bad, 3 },
    { "\xED\xA3\xBF", bad, 3 },
    { "\xC3\x28", bad, 2 },
    { "\xBFx", bad, 1 },
    { "\xF8x", bad, 1 },
    { "\xE2\x82", bad, 2 },
    { "\xC0", bad, 1 },
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    const size_t len = strlen(rows[i].bytes);
    char* bytes = copy_exactly(rows[i].bytes, len);
    const char* pos = bytes;
    assert_int_equal(rows[i].point, uv__utf8_decode1(&pos, bytes + len));
    assert_int_equal(rows[i].consumed, pos - bytes);
    free(bytes);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(names_become_what_dns_knows),
    cmocka_unit_test(a_converted_name_stays_as_it_is),
    cmocka_unit_test(a_name_is_never_cut),
    cmocka_unit_test(ill_formed_names_are_refused),
    cmocka_unit_test(labels_have_a_longest_length),
    cmocka_unit_test(the_largest_delta_does_not_overflow),
    cmocka_unit_test(decoding_consumes_what_the_first_byte_announces),
  };
  return cmocka_run_group_tests_name("idna", tests, NULL, NULL);
}
