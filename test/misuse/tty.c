/* SPDX-License-Identifier: MIT */
/* Terminals: descriptors that are none, modes that do not exist, a terminal
 * that has gone, and guesses about nothing. */
#include "misuse.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static uv_tty_t tty;

static void descriptors_that_are_no_stream(void** state) {
  (void) state;
  int file_fd = open_file();
  int folder_fd = open("/", O_RDONLY | O_DIRECTORY);
  ANSWERS(UV_EINVAL, uv_tty_init(&loop, &tty, file_fd, 0));
  ANSWERS(UV_EINVAL, uv_tty_init(&loop, &tty, folder_fd, 0));
  ANSWERS(UV_EINVAL, uv_tty_init(&loop, &tty, CLOSED_FD, 0));
  ANSWERS(UV_EINVAL, uv_tty_init(&loop, &tty, -1, 0));
  close(file_fd);
  close(folder_fd);
}

static void a_stream_that_is_no_terminal(void** state) {
  (void) state;
  int fds[2], width = -7, height = -7;
  make_pair(fds);
  ANSWERS(0, uv_tty_init(&loop, &tty, fds[0], 0));
  ANSWERS(UV_ENOTTY, uv_tty_set_mode(&tty, UV_TTY_MODE_RAW));
  ANSWERS(UV_ENOTTY, uv_tty_get_winsize(&tty, &width, &height));
  assert_int_equal(-7, width);
  assert_int_equal(-7, height);
  close(fds[1]);
}

/* A terminal; its far side. */
static int open_terminal(int* ret_fd) {
  int far_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  assert_true(far_fd >= 0);
  assert_int_equal(0, grantpt(far_fd));
  assert_int_equal(0, unlockpt(far_fd));
  *ret_fd = open(ptsname(far_fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
  assert_true(*ret_fd >= 0);
  return far_fd;
}

static void modes_that_do_not_exist(void** state) {
  (void) state;
  int fd, far_fd = open_terminal(&fd);
  assert_int_equal(0, uv_tty_init(&loop, &tty, fd, 0));
  ANSWERS(UV_EINVAL, uv_tty_set_mode(&tty, (uv_tty_mode_t) 99));
  ANSWERS(UV_EINVAL, uv_tty_set_mode(&tty, (uv_tty_mode_t) -1));
  ANSWERS(0, uv_tty_set_mode(&tty, UV_TTY_MODE_RAW));
  ANSWERS(UV_EINVAL, uv_tty_set_mode(&tty, (uv_tty_mode_t) 99));
  ANSWERS(0, uv_tty_reset_mode());
  ANSWERS(UV_EINVAL, uv_listen((uv_stream_t*) &tty, 1, no_connection));
  close_all(&loop);
  close(fd);
  close(far_fd);
}

static void a_terminal_that_has_gone(void** state) {
  (void) state;
  int width, height, fd, far_fd = open_terminal(&fd);
  assert_int_equal(0, uv_tty_init(&loop, &tty, fd, 0));
  assert_int_equal(0, uv_tty_set_mode(&tty, UV_TTY_MODE_RAW));
  close(far_fd);
  ANSWERS(UV_EIO, uv_tty_set_mode(&tty, UV_TTY_MODE_NORMAL));
  ANSWERS(UV_EIO, uv_tty_get_winsize(&tty, &width, &height));
  ANSWERS(UV_EIO, uv_tty_reset_mode());
  close_all(&loop);
  ANSWERS(0, uv_tty_reset_mode()); /* No terminal is left to be reset. */
  close(fd);
}

static void a_closing_terminal_refuses(void** state) {
  (void) state;
  int width, height, fd, far_fd = open_terminal(&fd);
  assert_int_equal(0, uv_tty_init(&loop, &tty, fd, 0));
  uv_close((uv_handle_t*) &tty, NULL);
  ANSWERS(UV_EBADF, uv_tty_set_mode(&tty, UV_TTY_MODE_RAW));
  ANSWERS(UV_EBADF, uv_tty_get_winsize(&tty, &width, &height));
  turn();
  close(fd);
  close(far_fd);
}

static void states_that_are_another_systems(void** state) {
  (void) state;
  uv_tty_vtermstate_t vterm;
  ANSWERS(UV_ENOTSUP, uv_tty_get_vterm_state(&vterm));
  SURVIVES(uv_tty_set_vterm_state(UV_TTY_SUPPORTED));
  SURVIVES(uv_tty_set_vterm_state((uv_tty_vtermstate_t) 99));
}

static void guesses_about_nothing(void** state) {
  (void) state;
  int file_fd = open_file();
  ANSWERS(UV_UNKNOWN_HANDLE, uv_guess_handle(-1));
  ANSWERS(UV_UNKNOWN_HANDLE, uv_guess_handle(CLOSED_FD));
  ANSWERS(UV_FILE, uv_guess_handle(file_fd));
  close(file_fd);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(descriptors_that_are_no_stream), T(a_stream_that_is_no_terminal),
    T(modes_that_do_not_exist),        T(a_terminal_that_has_gone),
    T(a_closing_terminal_refuses),     T(states_that_are_another_systems),
    T(guesses_about_nothing),
  };
  return cmocka_run_group_tests_name("tty", tests, NULL, NULL);
}
