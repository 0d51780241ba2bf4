/* SPDX-License-Identifier: MIT */
/* Poll handles: descriptors that are closed or of the wrong kind, masks that do
 * not exist, two handles for one descriptor, handles that are over. */
#include "misuse.h"

#include <unistd.h>

static uv_poll_t handle, bad;

static void descriptors_that_cannot_be_polled(void** state) {
  (void) state;
  int file_fd = open_file();
  ANSWERS(UV_EBADF, uv_poll_init(&loop, &bad, CLOSED_FD));
  ANSWERS(UV_EBADF, uv_poll_init(&loop, &bad, -1));
  ANSWERS(UV_EPERM, uv_poll_init(&loop, &bad, file_fd));
  ANSWERS(UV_EBADF, uv_poll_init_socket(&loop, &bad, CLOSED_FD));
  ANSWERS(UV_EBADF, uv_poll_init_socket(&loop, &bad, -1));
  ANSWERS(UV_EPERM, uv_poll_init_socket(&loop, &bad, file_fd));
  close(file_fd);
}

static void masks_that_do_not_exist(void** state) {
  (void) state;
  int fds[2];
  make_pair(fds);
  assert_int_equal(0, uv_poll_init(&loop, &handle, fds[0]));
  ANSWERS(UV_EINVAL, uv_poll_start(&handle, 1 << 12, no_poll));
  ANSWERS(UV_EINVAL, uv_poll_start(&handle, -1, no_poll));
  ANSWERS(UV_EINVAL, uv_poll_start(&handle, UV_READABLE, NULL));
  ANSWERS(0, uv_poll_start(&handle, 0, no_poll)); /* The same as a stop. */
  ANSWERS(0, uv_poll_stop(&handle));
  ANSWERS(0, uv_poll_stop(&handle));
  assert_int_equal(0, uv_is_active((uv_handle_t*) &handle));
  uv_close((uv_handle_t*) &handle, NULL);
  turn();
  for (int n = 0; n < 2; n++) close(fds[n]);
}

static void a_second_handle_for_a_descriptor(void** state) {
  (void) state;
  int fds[2];
  make_pair(fds);
  static uv_poll_t early;
  assert_int_equal(0, uv_poll_init(&loop, &early, fds[0]));
  assert_int_equal(0, uv_poll_init(&loop, &handle, fds[0]));
  ANSWERS(0, uv_poll_start(&handle, UV_READABLE, no_poll));
  ANSWERS(0, uv_poll_start(&handle, UV_READABLE, no_poll));
  ANSWERS(UV_EEXIST, uv_poll_init(&loop, &bad, fds[0]));
  ANSWERS(UV_EEXIST, uv_poll_init_socket(&loop, &bad, fds[0]));
  ANSWERS(UV_EEXIST, uv_poll_start(&early, UV_READABLE, no_poll));
  close_all(&loop);
  for (int n = 0; n < 2; n++) close(fds[n]);
}

static void a_closing_handle_does_not_start(void** state) {
  (void) state;
  int fds[2];
  make_pair(fds);
  assert_int_equal(0, uv_poll_init(&loop, &handle, fds[0]));
  uv_poll_start(&handle, UV_READABLE, no_poll);
  put(fds[1]);
  uv_close((uv_handle_t*) &handle, NULL);
  ANSWERS(UV_EINVAL, uv_poll_start(&handle, UV_READABLE, no_poll));
  ANSWERS(0, uv_poll_stop(&handle));
  turn();
  for (int n = 0; n < 2; n++) close(fds[n]);
}

/* --- Two that are ready --------------------------------------------------- */

static uv_poll_t pair[2];
static int call_count;

static void close_both(uv_poll_t* which, int status, int events) {
  (void) which;
  (void) status;
  (void) events;
  call_count++;
  for (int n = 0; n < 2; n++) uv_close((uv_handle_t*) &pair[n], NULL);
}

static void who_is_closed_by_another_is_not_called(void** state) {
  (void) state;
  int fds[2];
  make_pair(fds);
  for (int n = 0; n < 2; n++) {
    assert_int_equal(0, uv_poll_init(&loop, &pair[n], fds[n]));
    ANSWERS(0, uv_poll_start(&pair[n], UV_WRITABLE, close_both));
  }
  call_count = 0;
  turn();
  assert_int_equal(1, call_count);
  for (int n = 0; n < 2; n++) close(fds[n]);
}

/* --- The number is closed, and perhaps used again ------------------------- */

static int reported;

static void note(uv_poll_t* which, int status, int events) {
  (void) events;
  reported = status;
  if (status == UV_EBADF)
    assert_int_equal(0, uv_is_active((uv_handle_t*) which));
  else
    uv_poll_stop(which);
}

static void a_descriptor_closed_between_init_and_start(void** state) {
  (void) state;
  int fds[2];
  make_pair(fds);
  assert_int_equal(0, uv_poll_init(&loop, &handle, fds[0]));
  close(fds[0]);
  reported = 1;
  SURVIVES(uv_poll_start(&handle, UV_READABLE | UV_WRITABLE, note));
  turn();
  assert_int_equal(UV_EBADF, reported);
  close(fds[1]);
}

static void a_number_that_became_a_file(void** state) {
  (void) state;
  int fds[2];
  make_pair(fds);
  int file_fd = open_file();
  assert_int_equal(0, uv_poll_init(&loop, &handle, fds[0]));
  ANSWERS(0, uv_poll_start(&handle, UV_READABLE, note));
  turn();
  assert_int_equal(fds[0], dup2(file_fd, fds[0]));
  SURVIVES(uv_poll_start(&handle, UV_READABLE | UV_WRITABLE, note));
  turn(); /* Told as ready, told as bad, or not told; never the end of us. */
  close_all(&loop);
  close(file_fd);
  for (int n = 0; n < 2; n++) close(fds[n]);
}

static void a_started_descriptor_closed_behind_our_back(void** state) {
  (void) state;
  int fds[2];
  make_pair(fds);
  assert_int_equal(0, uv_poll_init(&loop, &handle, fds[0]));
  ANSWERS(0, uv_poll_start(&handle, UV_READABLE, note));
  turn(); /* The kernel knows it now. */
  reported = 1;
  close(fds[0]);
  close(fds[1]);
  turn();
  assert_true(reported == 1 || reported == UV_EBADF);
  SURVIVES(uv_poll_stop(&handle));
  reported = 1;
  SURVIVES(uv_poll_start(&handle, UV_READABLE, note));
  turn();
  assert_int_equal(UV_EBADF, reported); /* Now it has to be noticed. */
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(descriptors_that_cannot_be_polled),
    T(masks_that_do_not_exist),
    T(a_second_handle_for_a_descriptor),
    T(a_closing_handle_does_not_start),
    T(who_is_closed_by_another_is_not_called),
    T(a_descriptor_closed_between_init_and_start),
    T(a_number_that_became_a_file),
    T(a_started_descriptor_closed_behind_our_back),
  };
  return cmocka_run_group_tests_name("poll", tests, NULL, NULL);
}
