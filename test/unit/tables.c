/* SPDX-License-Identifier: MIT */
/* The tables of src/tables.c. What could break: a hole for a type of uv.h, a
 * size that is not the struct's, a module that is undone without having been
 * made. */
#include "loop/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void every_handle_type_of_the_header_has_a_row(void** state) {
  (void) state;
  static const struct {
    uv_handle_type type;
    const char* name;
    size_t size;
  } types[] = {
#define XX(upper, lower) { UV_##upper, #lower, sizeof(uv_##lower##_t) },
    UV_HANDLE_TYPE_MAP(XX)
#undef XX
  };
  for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
    assert_string_equal(types[i].name, uv_handle_type_name(types[i].type));
    assert_int_equal(types[i].size, uv_handle_size(types[i].type));
  }
  assert_string_equal("file", uv_handle_type_name(UV_FILE));
  assert_null(uv_handle_type_name(UV_UNKNOWN_HANDLE));
  assert_null(uv_handle_type_name(UV_HANDLE_TYPE_MAX));
  assert_int_equal((size_t) -1, uv_handle_size(UV_UNKNOWN_HANDLE));
}

static void every_request_type_of_the_header_has_a_row(void** state) {
  (void) state;
  static const struct {
    uv_req_type type;
    const char* name;
    size_t size;
  } types[] = {
#define XX(upper, lower) { UV_##upper, #lower, sizeof(uv_##lower##_t) },
    UV_REQ_TYPE_MAP(XX)
#undef XX
  };
  for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
    assert_string_equal(types[i].name, uv_req_type_name(types[i].type));
    assert_int_equal(types[i].size, uv_req_size(types[i].type));
  }
  assert_null(uv_req_type_name(UV_UNKNOWN_REQ));
  assert_int_equal((size_t) -1, uv_req_size(UV_REQ_TYPE_MAX));
}

static void modules_are_named_and_io_comes_first(void** state) {
  (void) state;
  assert_string_equal("io", uv__module_table[0].name);
  for (size_t i = 0; i < uv__module_count; i++) {
    assert_non_null(uv__module_table[i].name);
    for (size_t k = 0; k < i; k++)
      assert_string_not_equal(uv__module_table[k].name,
                              uv__module_table[i].name);
  }
}

static void a_loop_can_be_made_and_unmade_often(void** state) {
  (void) state;
  for (int i = 0; i < 100; i++) {
    uv_loop_t loop;
    assert_int_equal(0, uv_loop_init(&loop));
    assert_int_equal(0, uv_run(&loop, UV_RUN_DEFAULT));
    assert_int_equal(0, uv_loop_close(&loop));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_handle_type_of_the_header_has_a_row),
    cmocka_unit_test(every_request_type_of_the_header_has_a_row),
    cmocka_unit_test(modules_are_named_and_io_comes_first),
    cmocka_unit_test(a_loop_can_be_made_and_unmade_often),
  };
  return cmocka_run_group_tests_name("tables", tests, NULL, NULL);
}
