/* SPDX-License-Identifier: MIT */
/* Terminals and the guess what a descriptor is, on a pty of our own. What could
 * break: O_NONBLOCK leaking into the caller's open file, settings that are not
 * given back, a reset that acts on a descriptor of another owner. */
#include "unix/net/tty.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

static struct fixture {
  uv_loop_t loop;
  uv_tty_t tty;
  int master_fd, slave_fd;
} f;

static int set_up(void** state) {
  (void) state;
  assert_int_equal(0, uv_loop_init(&f.loop));
  f.master_fd = posix_openpt(O_RDWR | O_NOCTTY);
  if (f.master_fd == -1) return 0;
  assert_int_equal(0, grantpt(f.master_fd));
  assert_int_equal(0, unlockpt(f.master_fd));
  char name[64];
  assert_int_equal(0, ptsname_r(f.master_fd, name, sizeof(name)));
  f.slave_fd = open(name, O_RDWR | O_NOCTTY);
  assert_true(f.slave_fd >= 0);
  return 0;
}

static int tear_down(void** state) {
  (void) state;
  uv_run(&f.loop, UV_RUN_DEFAULT);
  assert_int_equal(0, uv_loop_close(&f.loop));
  if (f.master_fd == -1) return 0;
  close(f.master_fd);
  close(f.slave_fd);
  return 0;
}

static void need_pty(void) {
  if (f.master_fd == -1) skip();
}

static struct termios settings(void) {
  struct termios found;
  assert_int_equal(0, tcgetattr(f.slave_fd, &found));
  return found;
}

static void the_callers_descriptor_stays_blocking(void** state) {
  (void) state;
  need_pty();
  assert_int_equal(0, uv_tty_init(&f.loop, &f.tty, f.slave_fd, 0));
  uv_os_fd_t fd;
  assert_int_equal(0, uv_fileno((uv_handle_t*) &f.tty, &fd));
  assert_int_not_equal(f.slave_fd, fd);
  assert_int_equal(0, fcntl(f.slave_fd, F_GETFL) & O_NONBLOCK);
  assert_int_not_equal(0, fcntl(fd, F_GETFL) & O_NONBLOCK);
  assert_int_not_equal(0, fcntl(fd, F_GETFD) & FD_CLOEXEC);
  uv_close((uv_handle_t*) &f.tty, NULL);
  assert_true(fcntl(f.slave_fd, F_GETFD) >= 0);
  assert_int_equal(-1, fcntl(fd, F_GETFD));
}

static void a_master_is_written_to_blocking(void** state) {
  (void) state;
  need_pty();
  assert_int_equal(0, uv_tty_init(&f.loop, &f.tty, f.master_fd, 0));
  uv_os_fd_t fd;
  assert_int_equal(0, uv_fileno((uv_handle_t*) &f.tty, &fd));
  assert_int_equal(f.master_fd, fd);
  assert_int_equal(0, fcntl(fd, F_GETFL) & O_NONBLOCK);
  uv_close((uv_handle_t*) &f.tty, NULL);
  f.master_fd = dup(f.slave_fd); /* The handle has closed the real one. */
}

static void modes_come_and_go(void** state) {
  (void) state;
  need_pty();
  struct termios before = settings();
  assert_true(before.c_lflag & ICANON);
  assert_int_equal(0, uv_tty_init(&f.loop, &f.tty, f.slave_fd, 0));

  const int raw_modes[] = { UV_TTY_MODE_RAW, UV_TTY_MODE_IO,
                            UV__TTY_MODE_RAW_VT };
  for (int i = 0; i < 3; i++) {
    assert_int_equal(0, uv_tty_set_mode(&f.tty, (uv_tty_mode_t) raw_modes[i]));
    assert_int_equal(0, settings().c_lflag & (ICANON | ECHO | ISIG));
    bool ends_lines = (settings().c_oflag & (OPOST | ONLCR)) == (OPOST | ONLCR);
    assert_int_equal(raw_modes[i] != UV_TTY_MODE_IO, ends_lines);
  }
  assert_int_equal(UV_EINVAL, uv_tty_set_mode(&f.tty, (uv_tty_mode_t) 9));
  assert_int_equal(0, uv_tty_set_mode(&f.tty, UV_TTY_MODE_NORMAL));
  assert_int_equal(before.c_lflag, settings().c_lflag);
  assert_int_equal(before.c_iflag, settings().c_iflag);
  assert_int_equal(before.c_oflag, settings().c_oflag);
  uv_close((uv_handle_t*) &f.tty, NULL);
  assert_int_equal(UV_EBADF, uv_tty_set_mode(&f.tty, UV_TTY_MODE_RAW));
}

static void a_reset_gives_the_first_settings_back(void** state) {
  (void) state;
  need_pty();
  struct termios before = settings();
  assert_int_equal(0, uv_tty_init(&f.loop, &f.tty, f.slave_fd, 0));
  assert_int_equal(0, uv_tty_set_mode(&f.tty, UV_TTY_MODE_RAW));
  assert_int_not_equal(before.c_lflag, settings().c_lflag);
  assert_int_equal(0, uv_tty_reset_mode());
  assert_int_equal(before.c_lflag, settings().c_lflag);
  uv_close((uv_handle_t*) &f.tty, NULL);
}

static void a_close_gives_the_settings_back_and_forgets(void** state) {
  (void) state;
  need_pty();
  struct termios before = settings();
  assert_int_equal(0, uv_tty_init(&f.loop, &f.tty, f.slave_fd, 0));
  assert_int_equal(0, uv_tty_set_mode(&f.tty, UV_TTY_MODE_RAW));
  uv_close((uv_handle_t*) &f.tty, NULL);
  assert_int_equal(before.c_lflag, settings().c_lflag);
  assert_int_equal(0, uv_tty_reset_mode());
}

static void files_and_nothing_are_no_terminals(void** state) {
  (void) state;
  int fd = open("/dev/zero", O_RDONLY);
  assert_int_equal(UV_EINVAL, uv_tty_init(&f.loop, &f.tty, fd, 1));
  close(fd);
  assert_int_equal(UV_EINVAL, uv_tty_init(&f.loop, &f.tty, fd, 1));
  assert_int_equal(UV_EINVAL, uv_tty_init(&f.loop, &f.tty, -1, 1));
  uv_tty_vtermstate_t vterm;
  assert_int_equal(UV_ENOTSUP, uv_tty_get_vterm_state(&vterm));
}

static int open_socket(int family, int type) {
  return socket(family, type, 0);
}

static void guesses_go_by_what_the_kernel_says(void** state) {
  (void) state;
  int ends[2];
  assert_int_equal(0, pipe(ends));
  const struct {
    int fd;
    uv_handle_type type;
  } rows[] = {
    { ends[0], UV_NAMED_PIPE },
    { ends[1], UV_NAMED_PIPE },
    { open("/dev/null", O_RDONLY), UV_FILE },
    { open("/proc/self/exe", O_RDONLY), UV_FILE },
    { open(".", O_RDONLY), UV_UNKNOWN_HANDLE },
    { open_socket(AF_INET, SOCK_STREAM), UV_TCP },
    { open_socket(AF_INET, SOCK_DGRAM), UV_UDP },
    { open_socket(AF_UNIX, SOCK_STREAM), UV_NAMED_PIPE },
    { open_socket(AF_UNIX, SOCK_DGRAM), UV_UNKNOWN_HANDLE },
    { f.slave_fd, UV_TTY },
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    if (rows[i].type == UV_TTY) need_pty();
    assert_int_equal(rows[i].type, uv_guess_handle(rows[i].fd));
    if (rows[i].type == UV_TTY) continue;
    close(rows[i].fd);
    assert_int_equal(UV_UNKNOWN_HANDLE, uv_guess_handle(rows[i].fd));
  }
  assert_int_equal(UV_UNKNOWN_HANDLE, uv_guess_handle(-1));
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
    T(the_callers_descriptor_stays_blocking),
    T(a_master_is_written_to_blocking),
    T(modes_come_and_go),
    T(a_reset_gives_the_first_settings_back),
    T(a_close_gives_the_settings_back_and_forgets),
    T(files_and_nothing_are_no_terminals),
    T(guesses_go_by_what_the_kernel_says),
  };
#undef T
  return cmocka_run_group_tests(tests, NULL, NULL);
}
