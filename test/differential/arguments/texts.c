/* SPDX-License-Identifier: MIT */
/* Argument checks: addresses, errors and encodings as texts. */
#include "cases.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static struct sockaddr_in v4;
static struct sockaddr_in6 v6;
static const uint16_t wide[] = { 'a', 0xd800, 0 };
static uint16_t wide_room[16];
static char* made;
static size_t made_len;

static const struct sockaddr* v6_addr(void) {
  return local6();
}

void text_cases(void) {
  CASE(uv_ip4_addr, "empty", "", 0, &v4);
  CASE(uv_ip4_addr, "nonsense", "nonsense", 0, &v4);
  CASE(uv_ip4_addr, "256", "256.0.0.1", 0, &v4);
  CASE(uv_ip4_addr, "too short", "1.2.3", 0, &v4);
  CASE(uv_ip4_addr, "IPv6", "::1", 0, &v4);
  CASE(uv_ip4_addr, "port -1", "127.0.0.1", -1, &v4);
  CASE(uv_ip4_addr, "port 65536", "127.0.0.1", 65536, &v4);
  CASE(uv_ip4_addr, "leading zero", "127.0.0.01", 0, &v4);
  CASE(uv_ip6_addr, "empty", "", 0, &v6);
  CASE(uv_ip6_addr, "nonsense", "nonsense", 0, &v6);
  CASE(uv_ip6_addr, "IPv4", "127.0.0.1", 0, &v6);
  CASE(uv_ip6_addr, "no such zone", "fe80::1%none", 0, &v6);
  CASE(uv_ip6_addr, "empty zone", "fe80::1%", 0, &v6);
  CASE(uv_ip6_addr, "two gaps", "1::2::3", 0, &v6);
  CASE(uv_ip6_addr, "port -1", "::1", -1, &v6);
  CASE(uv_ip4_name, "size 0", (const struct sockaddr_in*) local(), room(), 0);
  CASE(uv_ip4_name, "size 9", (const struct sockaddr_in*) local(), room(), 9);
  CASE(uv_ip4_name, "size 10", (const struct sockaddr_in*) local(), room(), 10);
  CASE(uv_ip6_name, "size 0", (const struct sockaddr_in6*) v6_addr(), room(),
       0);
  CASE(uv_ip6_name, "size 3", (const struct sockaddr_in6*) v6_addr(), room(),
       3);
  CASE(uv_ip6_name, "size 4", (const struct sockaddr_in6*) v6_addr(), room(),
       4);
  CASE(uv_ip_name, "strange family", strange(), room(), 100);
  CASE(uv_ip_name, "size 0", local(), room(), 0);
  CASE(uv_ip_name, "size 10", local(), room(), 10);
  CASE(uv_inet_ntop, "no such family", 77, "\1\2\3\4", room(), 100);
  CASE(uv_inet_ntop, "size 0", AF_INET, "\1\2\3\4", room(), 0);
  CASE(uv_inet_ntop, "size 7", AF_INET, "\1\2\3\4", room(), 7);
  CASE(uv_inet_ntop, "size 8", AF_INET, "\1\2\3\4", room(), 8);
  CASE(uv_inet_pton, "no such family", 77, "1.2.3.4", room());
  CASE(uv_inet_pton, "NULL source", AF_INET, NULL, room());
  CASE(uv_inet_pton, "NULL destination", AF_INET, "1.2.3.4", NULL);
  CASE(uv_inet_pton, "nonsense", AF_INET, "nonsense", room());
  CASE(uv_inet_pton, "empty", AF_INET6, "", room());
  CASE(uv_inet_pton, "good", AF_INET, "1.2.3.4", room());
  TEXT(uv_err_name, "0", 0);
  TEXT(uv_err_name, "no such error", -4999);
  TEXT(uv_err_name, "positive", 5);
  TEXT(uv_err_name, "UV_EINVAL", UV_EINVAL);
  TEXT(uv_strerror, "no such error", -4999);
  TEXT(uv_strerror, "positive", 5);
  TEXT(uv_strerror, "UV_EINVAL", UV_EINVAL);
  TEXT(uv_err_name_r, "size 1", UV_EINVAL, room(), 1);
  TEXT(uv_err_name_r, "size 4", UV_EINVAL, room(), 4);
  TEXT(uv_err_name_r, "no such error", -4999, room(), 100);
  TEXT(uv_strerror_r, "size 1", UV_EINVAL, room(), 1);
  TEXT(uv_strerror_r, "size 4", UV_EINVAL, room(), 4);
  TEXT(uv_strerror_r, "no such error", -4999, room(), 100);
  CASE(uv_translate_sys_error, "0", 0);
  CASE(uv_translate_sys_error, "negative", -22);
  CASE(uv_translate_sys_error, "positive", 22);
  CASE(uv_translate_sys_error, "no such error", 9999);
  CASE(uv_utf16_length_as_wtf8, "length 0", wide, 0);
  CASE(uv_utf16_length_as_wtf8, "lone surrogate", wide, -1);
  CASE(uv_utf16_to_wtf8, "NULL result", wide, -1, NULL, &made_len);
  CASE(uv_utf16_to_wtf8, "NULL both", wide, -1, NULL, NULL);
  CASE(uv_utf16_to_wtf8, "length 0", wide, 0, &made, &made_len);
  CASE(uv_utf16_to_wtf8, "lone surrogate", wide, -1, &made, &made_len);
  CASE(uv_wtf8_length_as_utf16, "wrong UTF-8", "\xff");
  CASE(uv_wtf8_length_as_utf16, "cut off", "\xe2\x82");
  CASE(uv_wtf8_length_as_utf16, "overlong", "\xc0\x80");
  CASE(uv_wtf8_length_as_utf16, "empty", "");
  CALL(uv_wtf8_to_utf16, "good", "a", wide_room, 2);
}
