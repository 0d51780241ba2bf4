/* SPDX-License-Identifier: MIT */
/* Names of network interfaces and the API's size rule. What could break: the
 * length counted with or without the NUL. */
#include "base/abi.h"

#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void the_first_interface_has_its_name(void** state) {
  (void) state;
  struct if_nameindex* list = if_nameindex();
  if (list == NULL || list[0].if_index == 0) skip();
  const size_t len = strlen(list[0].if_name);
  char buf[IF_NAMESIZE + 8];

  size_t size = sizeof(buf);
  assert_int_equal(0, uv_if_indextoname(list[0].if_index, buf, &size));
  assert_int_equal(len, size);
  assert_string_equal(list[0].if_name, buf);

  size = len + 1;
  assert_int_equal(0, uv_if_indextoiid(list[0].if_index, buf, &size));
  assert_int_equal(len, size);

  size = len;
  assert_int_equal(UV_ENOBUFS, uv_if_indextoname(list[0].if_index, buf, &size));
  assert_int_equal(len + 1, size);
  if_freenameindex(list);
}

static void bad_arguments_are_refused(void** state) {
  (void) state;
  char buf[IF_NAMESIZE];
  size_t size = 0;
  assert_int_equal(UV_EINVAL, uv_if_indextoname(1, buf, &size));
  size = sizeof(buf);
  assert_int_equal(UV_EINVAL, uv_if_indextoname(1, NULL, &size));
  assert_int_equal(UV_EINVAL, uv_if_indextoname(1, buf, NULL));
  assert_int_equal(UV_ENXIO, uv_if_indextoname(0x7ffffff0, buf, &size));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_first_interface_has_its_name),
    cmocka_unit_test(bad_arguments_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
