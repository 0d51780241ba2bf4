/* SPDX-License-Identifier: MIT */
/* unit/pipe-name: names of unix domain sockets. What could break: a path with a
 * NUL inside that binds another file, an abstract name cut at its NUL, a path
 * that fills sun_path read beyond its end. */
#include "unix/net/pipe-name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof(*(table)))
#define OFFSET offsetof(struct sockaddr_un, sun_path)
#define ROOM (sizeof(struct sockaddr_un) - OFFSET)

static void a_name_is_taken_whole_or_refused(void** state) {
  (void) state;
  static const struct {
    const char* name;
    size_t len;
    unsigned flags;
    int rc;
    bool is_path;
  } table[] = {
    { "/tmp/a", 6, 0, 0, true },
    { "/tmp/a", 4, 0, 0, true },
    { "/tmp/a", 6, UV_PIPE_NO_TRUNCATE, 0, true },
    { "\0abc", 4, 0, 0, false },
    { "\0a\0c", 4, 0, 0, false },
    { "", 0, 0, 0, false },
    { "bad\0path", 8, 0, UV_EINVAL, false },
    { "path\0", 5, 0, UV_EINVAL, false },
    { "/tmp/a", 6, 2, UV_EINVAL, false },
    { NULL, 0, 0, UV_EINVAL, false },
  };
  for (size_t i = 0; i < COUNT(table); i++) {
    struct uv__pipe_name to;
    int rc =
        uv__pipe_name_set(&to, table[i].name, table[i].len, table[i].flags);
    assert_int_equal(table[i].rc, rc);
    if (rc != 0) continue;
    assert_int_equal(AF_UNIX, to.u.un.sun_family);
    assert_int_equal(table[i].is_path, uv__pipe_name_is_path(&to));
    assert_int_equal(table[i].len, uv__pipe_name_len(&to));
    assert_int_equal(OFFSET + table[i].len, to.size);
    assert_memory_equal(table[i].name, to.u.un.sun_path, table[i].len);
  }
}

static void an_overlong_path_is_cut_only_if_allowed(void** state) {
  (void) state;
  char path[ROOM + 10];
  memset(path, 'p', sizeof(path));
  struct uv__pipe_name to;

  assert_int_equal(UV_EINVAL,
                   uv__pipe_name_set(&to, path, ROOM + 1, UV_PIPE_NO_TRUNCATE));
  assert_int_equal(0, uv__pipe_name_set(&to, path, ROOM, UV_PIPE_NO_TRUNCATE));
  assert_int_equal(ROOM, uv__pipe_name_len(&to));
  assert_int_equal(0, uv__pipe_name_set(&to, path, sizeof(path), 0));
  assert_int_equal(ROOM, uv__pipe_name_len(&to));
  assert_memory_equal(path, to.u.room + OFFSET, ROOM);
  assert_int_equal(0, to.u.room[sizeof(to.u.room) - 1]);
}

static void a_nul_behind_a_path_is_not_part_of_it(void** state) {
  (void) state;
  struct uv__pipe_name to;
  assert_int_equal(0, uv__pipe_name_set(&to, "/tmp/a", 6, 0));
  to.size++;
  assert_int_equal(6, uv__pipe_name_len(&to));
}

static void a_socket_without_a_name_has_length_0(void** state) {
  (void) state;
  struct uv__pipe_name to;
  memset(&to, 0, sizeof(to));
  for (to.size = 0; to.size <= OFFSET; to.size++) {
    assert_int_equal(0, uv__pipe_name_len(&to));
    assert_false(uv__pipe_name_is_path(&to));
  }
}

int main(void) {
  static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_name_is_taken_whole_or_refused),
    cmocka_unit_test(an_overlong_path_is_cut_only_if_allowed),
    cmocka_unit_test(a_nul_behind_a_path_is_not_part_of_it),
    cmocka_unit_test(a_socket_without_a_name_has_length_0),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
