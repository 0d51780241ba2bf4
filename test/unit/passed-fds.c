/* SPDX-License-Identifier: MIT */
/* unit/passed-fds: received descriptors that uv_accept() has not taken yet.
 * What could break: their order, the count, and most of all one that is never
 * closed. */
#include "unix/net/stream/stream.h"
#include "unix/net/stream/parts.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { FD_COUNT = 40 };

static int open_any(void) {
  int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  assert_true(fd >= 0);
  return fd;
}

static bool is_open(int fd) {
  return fcntl(fd, F_GETFD) != -1;
}

static uv_stream_t empty_stream(void) {
  uv_stream_t stream;
  memset(&stream, 0, sizeof(stream));
  stream.accepted_fd = -1;
  return stream;
}

static void they_are_taken_in_the_order_of_arrival(void** state) {
  (void) state;
  uv_stream_t stream = empty_stream();
  int fds[FD_COUNT];
  for (unsigned i = 0; i < FD_COUNT; i++) {
    fds[i] = open_any();
    assert_int_equal(0, uv__fds_add(&stream, fds[i]));
    assert_int_equal(i + 1, uv__fds_count(&stream));
  }
  for (unsigned i = 0; i < FD_COUNT; i++) {
    assert_int_equal(fds[i], stream.accepted_fd);
    assert_int_equal(FD_COUNT - i, uv__fds_count(&stream));
    uv__fds_next(&stream);
    assert_true(is_open(fds[i])); /* Taken: no longer the queue's. */
    close(fds[i]);
  }
  assert_int_equal(-1, stream.accepted_fd);
  assert_null(stream.queued_fds);
}

static void order_holds_when_taking_and_adding_alternate(void** state) {
  (void) state;
  uv_stream_t stream = empty_stream();
  int added[3 * FD_COUNT];
  size_t add_count = 0;
  size_t take_count = 0;
  while (add_count < 3 * FD_COUNT) {
    for (int i = 0; i < 3; i++) {
      added[add_count] = open_any();
      assert_int_equal(0, uv__fds_add(&stream, added[add_count]));
      add_count++;
    }
    for (int i = 0; i < 2; i++) {
      assert_int_equal(added[take_count], stream.accepted_fd);
      uv__fds_next(&stream);
      close(added[take_count++]);
    }
  }
  assert_int_equal(add_count - take_count, uv__fds_count(&stream));
  uv__fds_close(&stream);
  for (; take_count < add_count; take_count++)
    assert_false(is_open(added[take_count]));
}

static void a_close_leaves_none_open(void** state) {
  (void) state;
  for (unsigned count = 0; count < FD_COUNT; count++) {
    uv_stream_t stream = empty_stream();
    int fds[FD_COUNT];
    for (unsigned i = 0; i < count; i++) {
      fds[i] = open_any();
      assert_int_equal(0, uv__fds_add(&stream, fds[i]));
    }
    uv__fds_close(&stream);
    for (unsigned i = 0; i < count; i++) assert_false(is_open(fds[i]));
    assert_int_equal(0, uv__fds_count(&stream));
    assert_null(stream.queued_fds);
  }
}

static void* no_malloc(size_t size) {
  (void) size;
  return NULL;
}

static void* no_realloc(void* ptr, size_t size) {
  (void) ptr;
  (void) size;
  return NULL;
}

static void* no_calloc(size_t count, size_t size) {
  (void) count;
  (void) size;
  return NULL;
}

static void nothing_to_free(void* ptr) {
  (void) ptr;
}

/* Last, since it takes all memory from the library. */
static void one_that_cannot_be_kept_is_closed(void** state) {
  (void) state;
  assert_int_equal(0, uv_replace_allocator(no_malloc, no_realloc, no_calloc,
                                           nothing_to_free));
  uv_stream_t stream = empty_stream();
  int first_fd = open_any();
  int second_fd = open_any();
  assert_int_equal(0, uv__fds_add(&stream, first_fd));
  assert_int_equal(UV_ENOMEM, uv__fds_add(&stream, second_fd));
  assert_false(is_open(second_fd));
  assert_int_equal(1, uv__fds_count(&stream));
  uv__fds_close(&stream);
  assert_false(is_open(first_fd));
}

int main(void) {
  static const struct CMUnitTest tests[] = {
    cmocka_unit_test(they_are_taken_in_the_order_of_arrival),
    cmocka_unit_test(order_holds_when_taking_and_adding_alternate),
    cmocka_unit_test(a_close_leaves_none_open),
    cmocka_unit_test(one_that_cannot_be_kept_is_closed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
