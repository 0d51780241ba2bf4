/* SPDX-License-Identifier: MIT */
/* Names and addresses: nothing to look for, names that are too long or no
 * names, hints that contradict each other, requests that are over. Nothing
 * here asks a server. */
#include "misuse.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

static uv_getaddrinfo_t info_req;
static uv_getnameinfo_t name_req;
static bool is_over;
static int end_status;

static void on_info(uv_getaddrinfo_t* req, int status, struct addrinfo* res) {
  (void) req;
  end_status = status;
  uv_freeaddrinfo(res);
  is_over = true;
}

static void on_name(uv_getnameinfo_t* req, int status, const char* host,
                    const char* service) {
  (void) req;
  (void) host;
  (void) service;
  end_status = status;
  is_over = true;
}

static void nothing_to_look_for(void** state) {
  (void) state;
  ANSWERS(UV_EINVAL, uv_getaddrinfo(&loop, &info_req, NULL, NULL, NULL, NULL));
  ANSWERS(UV_EINVAL,
          uv_getaddrinfo(&loop, &info_req, on_info, NULL, NULL, NULL));
  ANSWERS(UV_EINVAL, uv_getaddrinfo(&loop, NULL, on_info, "x", NULL, NULL));
  ANSWERS(UV_EINVAL, uv_getnameinfo(&loop, &name_req, on_name, NULL, 0));
  ANSWERS(UV_EINVAL, uv_getnameinfo(&loop, NULL, on_name, local_addr(), 0));
  SURVIVES(uv_freeaddrinfo(NULL));
  assert_int_equal(0, uv_loop_alive(&loop));
}

static void names_that_are_no_names(void** state) {
  (void) state;
  char name[600];
  memset(name, 'a', sizeof(name) - 1);
  name[sizeof(name) - 1] = '\0';
  ANSWERS(1, uv_getaddrinfo(&loop, &info_req, on_info, name, NULL, NULL) < 0);
  ANSWERS(1, uv_getaddrinfo(&loop, &info_req, NULL, name, NULL, NULL) < 0);
  ANSWERS(UV_EINVAL,
          uv_getaddrinfo(&loop, &info_req, on_info, "\xff\xfe", NULL, NULL));
  ANSWERS(UV_EINVAL,
          uv_getaddrinfo(&loop, &info_req, NULL, "xn--\xc3", NULL, NULL));
  assert_int_equal(0, uv_loop_alive(&loop));
}

static void hints_that_cannot_be_met(void** state) {
  (void) state;
  static const struct {
    struct addrinfo hints;
    const char* node;
    const char* service;
    int expected;
  } cases[] = {
    { { .ai_flags = AI_NUMERICHOST }, "name", NULL, UV_EAI_NONAME },
    { { .ai_flags = AI_NUMERICSERV }, NULL, "name", UV_EAI_NONAME },
    { { .ai_family = 77 }, "127.0.0.1", NULL, UV_EAI_FAMILY },
    { { .ai_socktype = 77 }, "127.0.0.1", NULL, UV_EAI_SOCKTYPE },
    { { .ai_flags = 1 << 30 }, "127.0.0.1", NULL, UV_EAI_BADFLAGS },
    { { .ai_socktype = SOCK_STREAM },
      "127.0.0.1",
      "no-such-service",
      UV_EAI_SERVICE },
  };
  for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
    const char* node = cases[n].node;
    const char* service = cases[n].service;
    const struct addrinfo* hints = &cases[n].hints;
    ANSWERS(cases[n].expected,
            uv_getaddrinfo(&loop, &info_req, NULL, node, service, hints));
    assert_null(info_req.addrinfo);
    is_over = false;
    ANSWERS(0, uv_getaddrinfo(&loop, &info_req, on_info, node, service, hints));
    run_until(&is_over);
    assert_int_equal(cases[n].expected, end_status);
  }
}

static void addresses_of_other_families(void** state) {
  (void) state;
  struct sockaddr_un local = { .sun_family = AF_UNIX };
  const struct sockaddr* addr = (struct sockaddr*) &local;
  ANSWERS(UV_EINVAL, uv_getnameinfo(&loop, &name_req, on_name, addr, 0));
  ANSWERS(UV_EINVAL, uv_getnameinfo(&loop, &name_req, NULL, addr, 0));
  ANSWERS(UV_EINVAL, uv_getnameinfo(&loop, &name_req, NULL, strange_addr(), 0));
}

static void flags_that_do_not_exist(void** state) {
  (void) state;
  ANSWERS(UV_EAI_BADFLAGS,
          uv_getnameinfo(&loop, &name_req, NULL, local_addr(), 1 << 30));
  is_over = false;
  ANSWERS(0, uv_getnameinfo(&loop, &name_req, on_name, local_addr(), 1 << 30));
  run_until(&is_over);
  assert_int_equal(UV_EAI_BADFLAGS, end_status);
}

static void lookups_that_are_over_are_not_cancelled(void** state) {
  (void) state;
  const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST };
  is_over = false;
  ANSWERS(0,
          uv_getaddrinfo(&loop, &info_req, on_info, "127.0.0.1", NULL, &hints));
  run_until(&is_over);
  ANSWERS(UV_EBUSY, uv_cancel((uv_req_t*) &info_req));
  is_over = false;
  ANSWERS(0, uv_getnameinfo(&loop, &name_req, on_name, local_addr(),
                            NI_NUMERICHOST));
  run_until(&is_over);
  ANSWERS(UV_EBUSY, uv_cancel((uv_req_t*) &name_req));
}

static void synchronous_lookups_are_not_cancelled(void** state) {
  (void) state;
  const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST };
  for (int filling = 0; filling < 256; filling += 255) {
    memset(&info_req, filling, sizeof(info_req));
    memset(&name_req, filling, sizeof(name_req));
    assert_int_equal(
        0, uv_getaddrinfo(&loop, &info_req, NULL, "127.0.0.1", NULL, &hints));
    uv_freeaddrinfo(info_req.addrinfo);
    ANSWERS(UV_EBUSY, uv_cancel((uv_req_t*) &info_req));
    assert_int_equal(0, uv_getnameinfo(&loop, &name_req, NULL, local_addr(),
                                       NI_NUMERICHOST));
    ANSWERS(UV_EBUSY, uv_cancel((uv_req_t*) &name_req));
  }
}

/* As in libuv since 1.52.1. */
static void a_synchronous_lookup_needs_no_loop(void** state) {
  (void) state;
  const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST };
  ANSWERS(0, uv_getaddrinfo(NULL, &info_req, NULL, "127.0.0.1", NULL, &hints));
  assert_non_null(info_req.addrinfo);
  uv_freeaddrinfo(info_req.addrinfo);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(nothing_to_look_for),
    T(names_that_are_no_names),
    T(hints_that_cannot_be_met),
    T(addresses_of_other_families),
    T(flags_that_do_not_exist),
    T(lookups_that_are_over_are_not_cancelled),
    T(synchronous_lookups_are_not_cancelled),
    T(a_synchronous_lookup_needs_no_loop),
  };
  return cmocka_run_group_tests_name("dns", tests, NULL, NULL);
}
