/* SPDX-License-Identifier: MIT */
/* Where the lines of POLLUX_STATS go. What could break: a program that hangs or
 * dies of its figures, a word that makes a file, a file behind a link. */
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- Where lines go ------------------------------------------------------- */

TEST(a_file_is_appended_to) {
  use(FILE_NAME);
  HOLDS(work_out_once(NULL) == 0);
  HOLDS(work_out_once(NULL) == 0);
  HOLDS(lines_in(FILE_NAME) == 2);
  return 0;
}

TEST(the_path_is_opened_at_the_first_loop) {
  use(FILE_NAME);
  uv_loop_t own;
  HOLDS(uv_loop_init(&own) == 0);
  HOLDS(mkdir("elsewhere", 0700) == 0 && chdir("elsewhere") == 0);
  HOLDS(poll_in(&own) == 0 && uv_loop_close(&own) == 0);
  HOLDS(files_here() == 0);
  HOLDS(lines_in("../" FILE_NAME) == 1);
  return 0;
}

TEST(zero_is_off) {
  use("0");
  HOLDS(reason_has("auto") || reason_has("as asked"));
  HOLDS(!reason_has("POLLUX_STATS"));
  HOLDS(files_here() == 0);
  return 0;
}

TEST(a_word_makes_no_file_and_is_reported) {
  use("2");
  HOLDS(reason_has("POLLUX_STATS=2 is not understood"));
  HOLDS(files_here() == 0);
  return 0;
}

TEST(yes_is_stderr) {
  use("yes");
  int fd = open("err", O_RDWR | O_CREAT | O_APPEND, 0600);
  HOLDS(fd >= 0 && dup2(fd, 2) == 2);
  HOLDS(work_out_once(NULL) == 0);
  HOLDS(lines_in("err") == 1 && files_here() == 1);
  return 0;
}

TEST(a_symbolic_link_is_not_followed) {
  use("./link");
  HOLDS(symlink("target", "link") == 0);
  HOLDS(reason_has("POLLUX_STATS=./link cannot be written: ELOOP"));
  HOLDS(access("target", F_OK) != 0);
  return 0;
}

TEST(a_device_is_refused) {
  use("/dev/null");
  HOLDS(reason_has("POLLUX_STATS=/dev/null cannot be written: EINVAL"));
  return 0;
}

TEST(a_folder_is_refused) {
  use("./");
  HOLDS(reason_has("cannot be written: EISDIR"));
  return 0;
}

TEST(the_descriptor_is_above_the_standard_ones) {
  use(FILE_NAME);
  uv_loop_t own;
  close(0);
  HOLDS(uv_loop_init(&own) == 0);
  char target[PATH_MAX] = "";
  for (int fd = 0; fd < 3; fd++) {
    char name[32];
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    ssize_t len = readlink(name, target, sizeof(target) - 1);
    target[len < 0 ? 0 : len] = '\0';
    HOLDS(strstr(target, FILE_NAME) == NULL);
  }
  HOLDS(uv_loop_close(&own) == 0 && lines_in(FILE_NAME) == 1);
  return 0;
}

/* --- Readers that do not read --------------------------------------------- */

TEST(a_fifo_without_a_reader_holds_nothing_up) {
  use("./fifo");
  HOLDS(mkfifo("fifo", 0600) == 0);
  HOLDS(reason_has("POLLUX_STATS=./fifo cannot be written: ENXIO"));
  return 0;
}

static void fill(int fd) {
  char page[4096] = { 'x' };
  while (write(fd, page, sizeof(page)) > 0) continue;
}

TEST(a_full_fifo_holds_nothing_up) {
  use("./fifo");
  HOLDS(mkfifo("fifo", 0600) == 0);
  int reader_fd = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  int writer_fd = open("fifo", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  fill(writer_fd);
  HOLDS(work_out_once(NULL) == 0);
  HOLDS(reader_fd >= 0 && writer_fd >= 0);
  return 0;
}

TEST(a_fifo_gets_its_line) {
  use("./fifo");
  HOLDS(mkfifo("fifo", 0600) == 0);
  int reader_fd = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  HOLDS(work_out_once(NULL) == 0);
  char line[4096] = "";
  ssize_t got = read(reader_fd, line, sizeof(line) - 1);
  HOLDS(got > 0 && line[got - 1] == '\n');
  HOLDS(strncmp(line, "pollux: pid=", 12) == 0);
  return 0;
}

/* Descriptor 2 is a pipe; [0] is what is left of its other end. */
static int stderr_into_pipe(int fds[2]) {
  if (pipe2(fds, O_CLOEXEC) != 0) return -1;
  int rc = dup2(fds[1], 2) == 2 ? 0 : -1;
  close(fds[1]);
  return rc;
}

TEST(a_closed_stderr_raises_no_signal) {
  use("1");
  int fds[2];
  HOLDS(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
  HOLDS(stderr_into_pipe(fds) == 0);
  close(fds[0]);
  uv_loop_t own;
  HOLDS(uv_loop_init(&own) == 0 && poll_in(&own) == 0);
  errno = 4711;
  HOLDS(uv_loop_close(&own) == 0);
  HOLDS(errno == 4711);
  sigset_t pending, mask;
  HOLDS(sigpending(&pending) == 0 && !sigismember(&pending, SIGPIPE));
  HOLDS(sigprocmask(SIG_BLOCK, NULL, &mask) == 0);
  HOLDS(!sigismember(&mask, SIGPIPE));
  return 0;
}

TEST(a_sigpipe_that_waits_already_is_left) {
  use("1");
  int fds[2];
  HOLDS(stderr_into_pipe(fds) == 0);
  close(fds[0]);
  sigset_t set, pending;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  HOLDS(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
  HOLDS(raise(SIGPIPE) == 0);
  HOLDS(work_out_once(NULL) == 0);
  HOLDS(sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE));
  return 0;
}

TEST(a_full_stderr_holds_nothing_up) {
  use("1");
  int fds[2];
  HOLDS(stderr_into_pipe(fds) == 0);
  HOLDS(fcntl(2, F_SETFL, O_NONBLOCK) == 0);
  fill(2);
  HOLDS(fcntl(2, F_SETFL, 0) == 0);
  HOLDS(work_out_once(NULL) == 0);
  HOLDS((fcntl(2, F_GETFL) & O_NONBLOCK) == 0);
  return 0;
}

TEST(a_terminal_that_is_stopped_holds_nothing_up) {
  use("1");
  int master_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master_fd < 0 || grantpt(master_fd) != 0 || unlockpt(master_fd) != 0)
    return NO_TERMINAL;
  int slave_fd = open(ptsname(master_fd), O_RDWR | O_NOCTTY | O_NONBLOCK);
  HOLDS(slave_fd >= 0);
  /* The kernel moves what was written to the other side, as long as that has
   * room: full is when no more room comes. */
  struct pollfd room = { .fd = slave_fd, .events = POLLOUT };
  do fill(slave_fd);
  while (poll(&room, 1, 200) > 0);
  HOLDS(fcntl(slave_fd, F_SETFL, 0) == 0 && dup2(slave_fd, 2) == 2);
  HOLDS(work_out_once(NULL) == 0);
  return 0;
}

TEST(a_limit_of_file_sizes_raises_no_signal) {
  use(FILE_NAME);
  const struct rlimit none = { 0, 0 };
  HOLDS(setrlimit(RLIMIT_FSIZE, &none) == 0);
  HOLDS(work_out_once(NULL) == 0);
  HOLDS(lines_in(FILE_NAME) == 0);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_file_is_appended_to),
    cmocka_unit_test(the_path_is_opened_at_the_first_loop),
    cmocka_unit_test(zero_is_off),
    cmocka_unit_test(a_word_makes_no_file_and_is_reported),
    cmocka_unit_test(yes_is_stderr),
    cmocka_unit_test(a_symbolic_link_is_not_followed),
    cmocka_unit_test(a_device_is_refused),
    cmocka_unit_test(a_folder_is_refused),
    cmocka_unit_test(the_descriptor_is_above_the_standard_ones),
    cmocka_unit_test(a_fifo_without_a_reader_holds_nothing_up),
    cmocka_unit_test(a_full_fifo_holds_nothing_up),
    cmocka_unit_test(a_fifo_gets_its_line),
    cmocka_unit_test(a_closed_stderr_raises_no_signal),
    cmocka_unit_test(a_sigpipe_that_waits_already_is_left),
    cmocka_unit_test(a_full_stderr_holds_nothing_up),
    cmocka_unit_test(a_terminal_that_is_stopped_holds_nothing_up),
    cmocka_unit_test(a_limit_of_file_sizes_raises_no_signal),
  };
  return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
