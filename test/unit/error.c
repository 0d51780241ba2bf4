/* SPDX-License-Identifier: MIT */
/* Names and messages of error codes. What could break: a code of the headers
 * without its row, EFTYPE under only one of its two numbers, a buffer that is
 * overrun or left without NUL, a code that is translated twice. */
#include "base/abi.h"
#include "base/alloc.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void every_code_has_its_name_and_message(void** state) {
  (void) state;
  char buf[80];
#define CODE(name, message)                                                    \
  assert_string_equal(#name, uv_err_name(UV_##name));                          \
  assert_string_equal(message, uv_strerror(UV_##name));                        \
  assert_string_equal(#name, uv_err_name_r(UV_##name, buf, sizeof(buf)));      \
  assert_string_equal(message, uv_strerror_r(UV_##name, buf, sizeof(buf)));
  UV_ERRNO_MAP(CODE)
#undef CODE
}

static void eftype_is_known_by_both_numbers(void** state) {
  (void) state;
  static const int codes[] = { -4028, -134 };
  for (int i = 0; i < 2; i++) {
    assert_string_equal("EFTYPE", uv_err_name(codes[i]));
    assert_string_equal("inappropriate file type or format",
                        uv_strerror(codes[i]));
  }
}

static void unknown_codes_are_told_by_number(void** state) {
  (void) state;
  static const int codes[] = { 0, 1, 22, -1337, 1337, INT_MAX, INT_MIN };
  for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
    char expected[64], buf[64];
    snprintf(expected, sizeof(expected), "Unknown system error %d", codes[i]);
    assert_string_equal(expected, uv_strerror_r(codes[i], buf, sizeof(buf)));
    assert_string_equal(expected, uv_err_name_r(codes[i], buf, sizeof(buf)));
    /* These two allocate for good; the test gives it back. */
    const char* message = uv_strerror(codes[i]);
    const char* name = uv_err_name(codes[i]);
    assert_string_equal(expected, message);
    assert_string_equal(expected, name);
    uv__free((void*) message);
    uv__free((void*) name);
  }
}

static void texts_are_cut_to_the_buffer(void** state) {
  (void) state;
  char buf[8];
  memset(buf, '#', sizeof(buf));
  assert_ptr_equal(buf, uv_strerror_r(UV_EINVAL, buf, 0));
  assert_int_equal('#', buf[0]);
  assert_string_equal("", uv_strerror_r(UV_EINVAL, buf, 1));
  assert_string_equal("inva", uv_strerror_r(UV_EINVAL, buf, 5));
  assert_string_equal("EIN", uv_err_name_r(UV_EINVAL, buf, 4));
  assert_string_equal("Unk", uv_err_name_r(-1337, buf, 4));
  assert_int_equal('#', buf[5]);
}

static void system_errors_become_codes_once(void** state) {
  (void) state;
  assert_int_equal(0, uv_translate_sys_error(0));
  assert_int_equal(UV_EPERM, uv_translate_sys_error(EPERM));
  assert_int_equal(UV_EPIPE, uv_translate_sys_error(EPIPE));
  assert_int_equal(UV_EPIPE, uv_translate_sys_error(UV_EPIPE));
  assert_int_equal(UV_EOF, uv_translate_sys_error(UV_EOF));
  assert_int_equal(INT_MIN, uv_translate_sys_error(INT_MIN));
}

static void the_version_is_said_in_two_ways(void** state) {
  (void) state;
  char expected[32];
  const unsigned version = uv_version();
  snprintf(expected, sizeof(expected), "%u.%u.%u", version >> 16,
           version >> 8 & 0xFF, version & 0xFF);
  assert_string_equal(expected, uv_version_string());
  assert_true(version >= 0x013500); /* uv_tcp_keepalive_ex() is exported. */
  assert_true(version >= UV_VERSION_HEX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_code_has_its_name_and_message),
    cmocka_unit_test(eftype_is_known_by_both_numbers),
    cmocka_unit_test(unknown_codes_are_told_by_number),
    cmocka_unit_test(texts_are_cut_to_the_buffer),
    cmocka_unit_test(system_errors_become_codes_once),
    cmocka_unit_test(the_version_is_said_in_two_ways),
  };
  return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
