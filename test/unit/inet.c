/* SPDX-License-Identifier: MIT */
/* Addresses as text. What could break: an error that libuv gives another code,
 * a zone that spoils the address or is lost, an output one byte too long. */
#include "base/abi.h"

#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void good_ipv4_texts_survive_the_round_trip(void** state) {
  (void) state;
  static const char* const texts[] = { "0.0.0.0", "127.0.0.1", "1.20.255.0",
                                       "255.255.255.255" };
  for (size_t i = 0; i < COUNT(texts); i++) {
    struct sockaddr_in addr;
    char name[INET_ADDRSTRLEN];
    assert_int_equal(0, uv_ip4_addr(texts[i], 8080, &addr));
    assert_int_equal(AF_INET, addr.sin_family);
    assert_int_equal(8080, ntohs(addr.sin_port));
    assert_int_equal(0, uv_ip4_name(&addr, name, sizeof(name)));
    assert_string_equal(texts[i], name);
  }
}

static void bad_ipv4_texts_are_refused(void** state) {
  (void) state;
  static const char* const texts[] = {
    "",
    "255",
    "1.2.3",
    "1.2.3.4.5",
    "255.255.255*000",
    "255.255.255.256",
    "2555.0.0.0",
    "01.2.3.4",
    "1.2.3.4 ",
    "1.2.3.4%lo",
    "::1",
  };
  for (size_t i = 0; i < COUNT(texts); i++) {
    struct sockaddr_in addr;
    memset(&addr, 0xAA, sizeof(addr));
    assert_int_equal(UV_EINVAL, uv_ip4_addr(texts[i], 80, &addr));
    /* The wildcard address, for programs that ignore the result. */
    assert_int_equal(AF_INET, addr.sin_family);
    assert_int_equal(80, ntohs(addr.sin_port));
    assert_int_equal(INADDR_ANY, addr.sin_addr.s_addr);
  }
}

static void good_ipv6_texts_are_read_with_or_without_zone(void** state) {
  (void) state;
  static const struct {
    const char* text;
    const char* name;
  } rows[] = {
    { "::", "::" },
    { "::1", "::1" },
    { "fe80::2acf:daff:fedd:342a", "fe80::2acf:daff:fedd:342a" },
    { "fe80:0:0:0:2acf:daff:fedd:342a", "fe80::2acf:daff:fedd:342a" },
    { "::ffff:1.2.3.4", "::ffff:1.2.3.4" },
    { "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
  };
  static const char* const zones[] = { "", "%en1", "%%%%", "%en1:1.2.3.4",
                                       "%" };
  for (size_t i = 0; i < COUNT(rows); i++) {
    for (size_t k = 0; k < COUNT(zones); k++) {
      char text[128], name[INET6_ADDRSTRLEN];
      struct in6_addr bits;
      snprintf(text, sizeof(text), "%s%s", rows[i].text, zones[k]);
      assert_int_equal(0, uv_inet_pton(AF_INET6, text, &bits));
      assert_int_equal(0, uv_inet_ntop(AF_INET6, &bits, name, sizeof(name)));
      assert_string_equal(rows[i].name, name);
    }
  }
}

static void bad_ipv6_texts_are_refused(void** state) {
  (void) state;
  static const char* const texts[] = {
    "",
    "%lo",
    ":::1",
    "abcde::1",
    "1::2::3",
    "fe80:0:0:0:2acf:daff:fedd:342a:5678",
    "fe80:0:0:0:2acf:daff:abcd:1.2.3.4",
    "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255.255",
    "0000000000000000000000000000000000000000000000000000::1",
  };
  for (size_t i = 0; i < COUNT(texts); i++) {
    struct in6_addr bits;
    assert_int_equal(UV_EINVAL, uv_inet_pton(AF_INET6, texts[i], &bits));
  }
}

static uint32_t zone_of(const char* text) {
  struct sockaddr_in6 addr;
  assert_int_equal(0, uv_ip6_addr(text, 80, &addr));
  assert_int_equal(AF_INET6, addr.sin6_family);
  assert_int_equal(80, ntohs(addr.sin6_port));
  assert_int_equal(0xFE, addr.sin6_addr.s6_addr[0]);
  return addr.sin6_scope_id;
}

static void a_zone_is_an_interface_or_a_number(void** state) {
  (void) state;
  assert_int_equal(0, zone_of("fe80::1"));
  assert_int_equal(0, zone_of("fe80::1%"));
  assert_int_equal(0, zone_of("fe80::1%no-such-interface"));
  assert_int_equal(7, zone_of("fe80::1%7"));
  assert_int_equal(4294967295u, zone_of("fe80::1%4294967295"));
  assert_int_equal(0, zone_of("fe80::1%4294967296"));
  assert_int_equal(0, zone_of("fe80::1%7x"));
}

static void interfaces_of_this_machine_are_zones(void** state) {
  (void) state;
  struct if_nameindex* all = if_nameindex();
  if (all == NULL || all[0].if_name == NULL) skip();
  for (size_t i = 0; all[i].if_name != NULL; i++) {
    char text[64];
    snprintf(text, sizeof(text), "fe80::1%%%s", all[i].if_name);
    assert_int_equal(all[i].if_index, zone_of(text));
  }
  if_freenameindex(all);
}

static void a_buffer_that_is_too_small_is_told(void** state) {
  (void) state;
  static const unsigned char ones[16] = {
    255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255,
  };
  char buf[64];
  assert_int_equal(0, uv_inet_ntop(AF_INET, ones, buf, 16));
  assert_int_equal(0, uv_inet_ntop(AF_INET, ones, buf, (size_t) 1 << 33));
  assert_int_equal(0, uv_inet_ntop(AF_INET6, ones, buf, 40));
  for (size_t size = 0; size < 16; size++)
    assert_int_equal(UV_ENOSPC, uv_inet_ntop(AF_INET, ones, buf, size));
  for (size_t size = 0; size < 40; size++)
    assert_int_equal(UV_ENOSPC, uv_inet_ntop(AF_INET6, ones, buf, size));
}

static void names_follow_the_family(void** state) {
  (void) state;
  union {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
  } addr;
  char name[INET6_ADDRSTRLEN];
  assert_int_equal(0, uv_ip4_addr("192.168.0.1", 1, &addr.in));
  assert_int_equal(0, uv_ip_name(&addr.any, name, sizeof(name)));
  assert_string_equal("192.168.0.1", name);
  assert_int_equal(0, uv_ip6_addr("fe80::1%1", 1, &addr.in6));
  assert_int_equal(0, uv_ip_name(&addr.any, name, sizeof(name)));
  assert_string_equal("fe80::1", name);
  assert_int_equal(0, uv_ip6_name(&addr.in6, name, sizeof(name)));
  assert_string_equal("fe80::1", name);
  addr.any.sa_family = AF_UNIX;
  assert_int_equal(UV_EAFNOSUPPORT, uv_ip_name(&addr.any, name, sizeof(name)));
}

static void unknown_families_and_nulls_are_errors(void** state) {
  (void) state;
  struct in6_addr bits = { 0 };
  char name[INET6_ADDRSTRLEN];
  assert_int_equal(UV_EAFNOSUPPORT, uv_inet_pton(42, "127.0.0.1", &bits));
  assert_int_equal(UV_EAFNOSUPPORT,
                   uv_inet_ntop(42, &bits, name, sizeof(name)));
  assert_int_equal(UV_EINVAL, uv_inet_pton(AF_INET, NULL, &bits));
  assert_int_equal(UV_EINVAL, uv_inet_pton(AF_INET6, "::", NULL));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(good_ipv4_texts_survive_the_round_trip),
    cmocka_unit_test(bad_ipv4_texts_are_refused),
    cmocka_unit_test(good_ipv6_texts_are_read_with_or_without_zone),
    cmocka_unit_test(bad_ipv6_texts_are_refused),
    cmocka_unit_test(a_zone_is_an_interface_or_a_number),
    cmocka_unit_test(interfaces_of_this_machine_are_zones),
    cmocka_unit_test(a_buffer_that_is_too_small_is_told),
    cmocka_unit_test(names_follow_the_family),
    cmocka_unit_test(unknown_families_and_nulls_are_errors),
  };
  return cmocka_run_group_tests_name("inet", tests, NULL, NULL);
}
