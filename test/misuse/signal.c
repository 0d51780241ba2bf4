/* SPDX-License-Identifier: MIT */
/* Signal handles: numbers that do not exist or cannot be caught, handles that
 * are over, a handle closed by another's callback. */
#include "misuse.h"

#include <signal.h>
#include <unistd.h>

static uv_signal_t handle, other;

static void numbers_that_cannot_be_watched(void** state) {
  (void) state;
  ANSWERS(0, uv_signal_init(&loop, &handle));
  static const int wrong[] = { 0, -1, SIGKILL, SIGSTOP, 12345 };
  for (size_t n = 0; n < sizeof(wrong) / sizeof(wrong[0]); n++) {
    ANSWERS(UV_EINVAL, uv_signal_start(&handle, no_signal, wrong[n]));
    ANSWERS(UV_EINVAL, uv_signal_start_oneshot(&handle, no_signal, wrong[n]));
    assert_int_equal(0, uv_is_active((uv_handle_t*) &handle));
  }
  ANSWERS(0, uv_signal_stop(&handle));
  ANSWERS(0, uv_signal_stop(&handle));
}

static void a_closing_handle_does_not_start(void** state) {
  (void) state;
  uv_signal_init(&loop, &handle);
  uv_close((uv_handle_t*) &handle, NULL);
  ANSWERS(UV_EINVAL, uv_signal_start(&handle, no_signal, SIGUSR1));
  ANSWERS(UV_EINVAL, uv_signal_start_oneshot(&handle, no_signal, SIGUSR1));
  ANSWERS(0, uv_signal_stop(&handle));
  turn();
}

static int call_count;

static void close_both(uv_signal_t* which, int signum) {
  (void) which;
  (void) signum;
  call_count++;
  uv_close((uv_handle_t*) &handle, NULL);
  uv_close((uv_handle_t*) &other, NULL);
}

static void who_is_closed_by_another_is_not_called(void** state) {
  (void) state;
  uv_signal_init(&loop, &handle);
  uv_signal_init(&loop, &other);
  ANSWERS(0, uv_signal_start(&handle, close_both, SIGUSR1));
  ANSWERS(0, uv_signal_start_oneshot(&other, close_both, SIGUSR1));
  call_count = 0;
  raise(SIGUSR1);
  turn();
  assert_int_equal(1, call_count);
}

static void a_refused_number_leaves_what_was_watched(void** state) {
  (void) state;
  uv_signal_init(&loop, &handle);
  uv_signal_init(&loop, &other);
  assert_int_equal(0, uv_signal_start(&other, close_both, SIGUSR2));
  ANSWERS(UV_EINVAL, uv_signal_start(&handle, no_signal, SIGKILL));
  call_count = 0;
  raise(SIGUSR2);
  turn();
  assert_int_equal(1, call_count);
}

static void no_handle_without_descriptors(void** state) {
  (void) state;
  refuse_fds();
  ANSWERS(UV_EMFILE, uv_signal_init(&loop, &handle));
  allow_fds();
  ANSWERS(0, uv_signal_init(&loop, &handle));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(numbers_that_cannot_be_watched),
    T(a_closing_handle_does_not_start),
    T(who_is_closed_by_another_is_not_called),
    T(a_refused_number_leaves_what_was_watched),
    T(no_handle_without_descriptors),
  };
  return cmocka_run_group_tests_name("signal", tests, NULL, NULL);
}
