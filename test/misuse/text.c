/* SPDX-License-Identifier: MIT */
/* Texts: addresses that are none, buffers that are too small, error codes that
 * do not exist, UTF-16 and WTF-8 that are broken. */
#include "misuse.h"

#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>

static void addresses_that_are_none(void** state) {
  (void) state;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  static const char* const wrong[] = {
    "", "x", "1.2.3", "1.2.3.4.5", "256.1.1.1", "::1::", "1.2.3.4 "
  };
  for (size_t n = 0; n < sizeof(wrong) / sizeof(wrong[0]); n++) {
    ANSWERS(UV_EINVAL, uv_ip4_addr(wrong[n], 1, &v4));
    ANSWERS(UV_EINVAL, uv_ip6_addr(wrong[n], 1, &v6));
    ANSWERS(UV_EINVAL, uv_inet_pton(AF_INET, wrong[n], &v4.sin_addr));
    ANSWERS(UV_EINVAL, uv_inet_pton(AF_INET6, wrong[n], &v6.sin6_addr));
  }
  ANSWERS(UV_EINVAL, uv_ip4_addr(long_path(), 1, &v4));
  ANSWERS(UV_EINVAL, uv_ip6_addr(long_path(), 1, &v6));
  ANSWERS(UV_EINVAL, uv_ip4_addr(NULL, 1, &v4));
  ANSWERS(UV_EINVAL, uv_ip6_addr(NULL, 1, &v6));
  ANSWERS(UV_EINVAL, uv_inet_pton(AF_INET, NULL, &v4.sin_addr));
  ANSWERS(UV_EINVAL, uv_inet_pton(AF_INET, "1.2.3.4", NULL));
  ANSWERS(UV_EAFNOSUPPORT, uv_inet_pton(77, "1.2.3.4", &v4.sin_addr));
  ANSWERS(0, uv_ip6_addr("fe80::1%no-such-zone", 1, &v6)); /* Any zone. */
  assert_int_equal(0, v6.sin6_scope_id);
}

static void addresses_without_room(void** state) {
  (void) state;
  char text[INET6_ADDRSTRLEN];
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  uv_ip4_addr("127.0.0.1", 1, &v4);
  uv_ip6_addr("fe80::1", 1, &v6);
  for (size_t size = 0; size < 8; size += 7) {
    ANSWERS(UV_ENOSPC, uv_ip4_name(&v4, text, size));
    ANSWERS(UV_ENOSPC, uv_ip6_name(&v6, text, size));
    ANSWERS(UV_ENOSPC, uv_ip_name((struct sockaddr*) &v4, text, size));
    ANSWERS(UV_ENOSPC, uv_inet_ntop(AF_INET, &v4.sin_addr, text, size));
  }
  ANSWERS(UV_EAFNOSUPPORT, uv_ip_name(strange_addr(), text, sizeof(text)));
  ANSWERS(UV_EAFNOSUPPORT, uv_inet_ntop(77, &v4.sin_addr, text, sizeof(text)));
}

static void errors_that_do_not_exist(void** state) {
  (void) state;
  char text[64];
  SURVIVES(free((void*) (uintptr_t) uv_err_name(12345)));
  SURVIVES(free((void*) (uintptr_t) uv_strerror(-12345)));
  ANSWERS(0, strcmp("Unknown system error 12345",
                    uv_err_name_r(12345, text, sizeof(text))));
  ANSWERS(0, strcmp("Unknown system error -2147483648",
                    uv_strerror_r(INT_MIN, text, sizeof(text))));
  ANSWERS(0, uv_translate_sys_error(0));
  ANSWERS(-12345, uv_translate_sys_error(12345));
  ANSWERS(UV_EINVAL, uv_translate_sys_error(UV_EINVAL)); /* One of ours. */
}

static void errors_without_room(void** state) {
  (void) state;
  char text[4] = "abc";
  ANSWERS(0, strcmp("EIN", uv_err_name_r(UV_EINVAL, text, sizeof(text))));
  ANSWERS(0, strcmp("inv", uv_strerror_r(UV_EINVAL, text, sizeof(text))));
  ANSWERS(0, strcmp("Unk", uv_err_name_r(12345, text, sizeof(text))));
  ANSWERS(0, strcmp("", uv_strerror_r(12345, text, 1)));
  text[0] = 'a';
  ANSWERS(0, strcmp("ank", uv_err_name_r(UV_EINVAL, text, 0)));
}

/* --- UTF ------------------------------------------------------------------ */

static void bytes_that_are_no_text(void** state) {
  (void) state;
  static const char* const wrong[] = {
    "\x80", "\xc3", "\xc0\x80", "\xff", "\xf4\x90\x80\x80", "a\xe2\x82"
  };
  for (size_t n = 0; n < sizeof(wrong) / sizeof(wrong[0]); n++) {
    uint16_t units[8] = { 7, 7, 7, 7, 7, 7, 7, 7 };
    ANSWERS(UV_EINVAL, uv_wtf8_length_as_utf16(wrong[n]));
    SURVIVES(uv_wtf8_to_utf16(wrong[n], units, 8)); /* As far as it is good. */
    assert_true(units[0] == 0 || units[1] == 0);
  }
}

static void text_without_room(void** state) {
  (void) state;
  const uint16_t units[] = { 'a', 0xd83d, 0xde00, 'b', 0 };
  char room[4] = "xyz";
  char* target = room;
  size_t size = 2; /* Bytes without the NUL. */
  ANSWERS(UV_ENOBUFS, uv_utf16_to_wtf8(units, 4, &target, &size));
  assert_int_equal(6, size);
  ANSWERS(6, uv_utf16_length_as_wtf8(units, 4));
  ANSWERS(6, uv_utf16_length_as_wtf8(units, -1));
  ANSWERS(0, uv_utf16_length_as_wtf8(units, 0));
  ANSWERS(UV_EINVAL, uv_utf16_to_wtf8(units, 4, &target, NULL));
  uint16_t few[3] = { 7, 7, 7 };
  SURVIVES(uv_wtf8_to_utf16("abcdef", few, 2));
  assert_int_equal(0, few[1]);
  assert_int_equal(7, few[2]);
  SURVIVES(uv_wtf8_to_utf16("abcdef", few, 0));
}

static void halves_of_characters(void** state) {
  (void) state;
  const uint16_t high[] = { 0xd83d, 0 };
  char* text = NULL;
  ANSWERS(3, uv_utf16_length_as_wtf8(high, 1)); /* Kept, as WTF-8 has it. */
  ANSWERS(0, uv_utf16_to_wtf8(high, -1, &text, NULL));
  ANSWERS(2, uv_wtf8_length_as_utf16(text));
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(addresses_that_are_none),  T(addresses_without_room),
    T(errors_that_do_not_exist), T(errors_without_room),
    T(bytes_that_are_no_text),   T(text_without_room),
    T(halves_of_characters),
  };
  return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
