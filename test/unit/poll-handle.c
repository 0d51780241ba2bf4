/* SPDX-License-Identifier: MIT */
/* Poll handles: their descriptors belong to the program, which may close them
 * right after the stop. What could break: interest that stays in the kernel, a
 * handle that touches a number which has another owner by now, a mask that
 * grows instead of being replaced. */
#include "unix/net/poll-handle.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { ALL = UV_READABLE | UV_WRITABLE | UV_DISCONNECT | UV_PRIORITIZED };

static struct fixture {
  uv_loop_t loop;
  uv_poll_t poll;
  int fds[2];
  int calls, status, events;
} f;

static void on_poll(uv_poll_t* handle, int status, int events) {
  (void) handle;
  f.calls++;
  f.status = status;
  f.events = events;
}

static int set_up(void** state) {
  (void) state;
  memset(&f, 0, sizeof(f));
  assert_int_equal(0, uv_loop_init(&f.loop));
  assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM, 0, f.fds));
  assert_int_equal(0, uv_poll_init(&f.loop, &f.poll, f.fds[0]));
  return 0;
}

static int tear_down(void** state) {
  (void) state;
  if (!uv_is_closing((uv_handle_t*) &f.poll))
    uv_close((uv_handle_t*) &f.poll, NULL);
  uv_run(&f.loop, UV_RUN_DEFAULT);
  assert_int_equal(0, uv_loop_close(&f.loop));
  for (int i = 0; i < 2; i++)
    if (f.fds[i] != -1) close(f.fds[i]);
  return 0;
}

static int look(void) {
  int before = f.calls;
  uv_run(&f.loop, UV_RUN_NOWAIT);
  return f.calls - before;
}

static void the_mask_is_replaced_each_time(void** state) {
  (void) state;
  assert_int_equal(1, write(f.fds[1], "x", 1));
  assert_int_equal(0, uv_poll_start(&f.poll, UV_READABLE, on_poll));
  assert_int_equal(1, look());
  assert_int_equal(UV_READABLE, f.events);
  assert_int_equal(0, uv_poll_start(&f.poll, UV_WRITABLE, on_poll));
  assert_int_equal(1, look());
  assert_int_equal(UV_WRITABLE, f.events);
  assert_int_equal(0, uv_poll_start(&f.poll, ALL, on_poll));
  assert_int_equal(1, look());
  assert_int_equal(UV_READABLE | UV_WRITABLE, f.events);
  assert_int_equal(0, uv_poll_start(&f.poll, 0, on_poll));
  assert_int_equal(0, look());
  assert_false(uv_is_active((uv_handle_t*) &f.poll));
}

static void a_peer_that_goes_is_a_disconnect(void** state) {
  (void) state;
  assert_int_equal(0, uv_poll_start(&f.poll, UV_DISCONNECT, on_poll));
  assert_int_equal(0, look());
  close(f.fds[1]);
  f.fds[1] = -1;
  assert_int_equal(1, look());
  assert_int_equal(0, f.status);
  assert_int_equal(UV_DISCONNECT, f.events);
}

static void an_error_stops_the_handle(void** state) {
  (void) state;
  int ends[2];
  uv_poll_t writer;
  assert_int_equal(0, pipe(ends));
  assert_int_equal(0, uv_poll_init(&f.loop, &writer, ends[1]));
  assert_int_equal(0, uv_poll_start(&writer, UV_WRITABLE, on_poll));
  close(ends[0]);
  assert_int_equal(1, look());
  assert_int_equal(UV_EBADF, f.status);
  assert_int_equal(0, f.events);
  assert_false(uv_is_active((uv_handle_t*) &writer));
  close(ends[1]);
  assert_int_equal(0, look());
  uv_close((uv_handle_t*) &writer, NULL);
  uv_run(&f.loop, UV_RUN_NOWAIT);
}

static void the_number_may_be_reused_after_a_stop(void** state) {
  (void) state;
  uv_poll_t next;
  assert_int_equal(1, write(f.fds[1], "x", 1));
  assert_int_equal(0, uv_poll_start(&f.poll, UV_READABLE, on_poll));
  assert_int_equal(1, look());
  int copy_fd = dup(f.fds[0]); /* Keeps the open file, readable, alive. */
  assert_int_equal(0, uv_poll_stop(&f.poll));

  int other[2];
  assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM, 0, other));
  assert_int_equal(f.fds[0], dup2(other[0], f.fds[0]));
  assert_int_equal(0, uv_poll_init(&f.loop, &next, f.fds[0]));
  assert_int_equal(0, uv_poll_start(&next, UV_READABLE, on_poll));
  assert_int_equal(0, look());

  /* The old handle is through with the number: neither call disturbs. */
  assert_int_equal(0, uv_poll_stop(&f.poll));
  uv_close((uv_handle_t*) &f.poll, NULL);
  assert_int_equal(0, look());
  assert_int_equal(1, write(other[1], "x", 1));
  assert_int_equal(1, look());
  uv_close((uv_handle_t*) &next, NULL);
  uv_run(&f.loop, UV_RUN_NOWAIT);
  close(copy_fd);
  close(other[0]);
  close(other[1]);
}

static void one_watcher_at_a_time_has_a_descriptor(void** state) {
  (void) state;
  uv_poll_t second;
  assert_int_equal(0, uv_poll_init(&f.loop, &second, f.fds[0]));
  assert_int_equal(0, uv_poll_start(&f.poll, UV_READABLE, on_poll));
  assert_int_equal(UV_EEXIST, uv_poll_start(&second, UV_READABLE, on_poll));
  uv_poll_t third;
  assert_int_equal(UV_EEXIST, uv_poll_init(&f.loop, &third, f.fds[0]));
  assert_int_equal(0, uv_poll_stop(&f.poll));
  assert_int_equal(0, uv_poll_start(&second, UV_READABLE, on_poll));
  uv_close((uv_handle_t*) &second, NULL);
  uv_run(&f.loop, UV_RUN_NOWAIT);
}

static void what_cannot_be_polled_is_refused(void** state) {
  (void) state;
  uv_poll_t handle;
  int directory_fd = open(".", O_RDONLY);
  assert_int_equal(UV_EPERM, uv_poll_init(&f.loop, &handle, directory_fd));
  close(directory_fd);
  assert_int_equal(UV_EBADF, uv_poll_init(&f.loop, &handle, directory_fd));
  assert_int_equal(UV_EINVAL, uv_poll_start(&f.poll, 16, on_poll));
  assert_int_equal(UV_EINVAL, uv_poll_start(&f.poll, UV_READABLE, NULL));
  uv_close((uv_handle_t*) &f.poll, NULL);
  assert_int_equal(UV_EINVAL, uv_poll_start(&f.poll, UV_READABLE, on_poll));
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
    T(the_mask_is_replaced_each_time),
    T(a_peer_that_goes_is_a_disconnect),
    T(an_error_stops_the_handle),
    T(the_number_may_be_reused_after_a_stop),
    T(one_watcher_at_a_time_has_a_descriptor),
    T(what_cannot_be_polled_is_refused),
  };
#undef T
  return cmocka_run_group_tests(tests, NULL, NULL);
}
