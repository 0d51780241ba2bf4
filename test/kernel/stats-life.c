/* SPDX-License-Identifier: MIT */
/* POLLUX_STATS and the program's life: descriptors that change hands, children,
 * the end. What could break: a line in a file of the user's, a loop with two
 * lines or of another process. */
#include "folder.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- Numbers that have changed hands -------------------------------------- */

static int fd_of(const char* name) {
  for (int fd = 3; fd < 100; fd++) {
    char link[32], target[PATH_MAX] = "";
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, target, sizeof(target) - 1);
    if (len <= 0) continue;
    target[len] = '\0';
    if (strcmp(target + strlen(target) - strlen(name), name) == 0) return fd;
  }
  return -1;
}

TEST(another_file_of_that_number_gets_no_line) {
  use(FILE_NAME);
  uv_loop_t own;
  HOLDS(uv_loop_init(&own) == 0 && poll_in(&own) == 0);
  int stats_fd = fd_of("/" FILE_NAME);
  int user_fd = open("user", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  HOLDS(stats_fd >= 0 && dup2(user_fd, stats_fd) == stats_fd);
  HOLDS(uv_loop_close(&own) == 0);
  uv_library_shutdown();
  struct stat user;
  HOLDS(fstat(stats_fd, &user) == 0 && user.st_size == 0);
  HOLDS(lines_in(FILE_NAME) == 0);
  return 0;
}

TEST(a_closed_descriptor_changes_nothing) {
  use(FILE_NAME);
  uv_loop_t own;
  HOLDS(uv_loop_init(&own) == 0 && poll_in(&own) == 0);
  HOLDS(close(fd_of("/" FILE_NAME)) == 0);
  HOLDS(uv_loop_close(&own) == 0);
  HOLDS(work_out_once(NULL) == 0);
  return 0;
}

TEST(another_stderr_gets_no_line) {
  use("1");
  uv_loop_t own;
  HOLDS(uv_loop_init(&own) == 0 && poll_in(&own) == 0);
  int user_fd = open("user", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  HOLDS(dup2(user_fd, 2) == 2);
  HOLDS(uv_loop_close(&own) == 0);
  struct stat user;
  HOLDS(fstat(2, &user) == 0 && user.st_size == 0);
  return 0;
}

/* --- Processes and the end ------------------------------------------------ */

/* `body` in a child that ends by exit(). */
static int in_child(void (*body)(uv_loop_t*), uv_loop_t* own) {
  pid_t pid = fork();
  if (pid == 0) {
    body(own);
    uv_library_shutdown();
    _exit(0);
  }
  int status = 1;
  waitpid(pid, &status, 0);
  return status;
}

static void leave_alone(uv_loop_t* own) {
  (void) own;
}

static void make_another(uv_loop_t* own) {
  (void) own;
  if (work_out_once(NULL) != 0) _exit(1);
}

static void take_over(uv_loop_t* own) {
  if (uv_loop_fork(own) != 0) _exit(1);
  poll_in(own);
}

TEST(a_loop_of_the_parent_has_no_line_in_the_child) {
  use(FILE_NAME);
  uv_loop_t own;
  HOLDS(uv_loop_init(&own) == 0 && poll_in(&own) == 0);
  HOLDS(in_child(leave_alone, &own) == 0);
  HOLDS(lines_in(FILE_NAME) == 0);
  HOLDS(in_child(make_another, &own) == 0);
  HOLDS(lines_in(FILE_NAME) == 1);
  HOLDS(in_child(take_over, &own) == 0);
  HOLDS(lines_in(FILE_NAME) == 2);
  char pid[32];
  snprintf(pid, sizeof(pid), " pid=%d ", (int) getpid());
  HOLDS(strstr(content(FILE_NAME), pid) == NULL);
  HOLDS(uv_loop_close(&own) == 0);
  HOLDS(strstr(content(FILE_NAME), pid) != NULL);
  return 0;
}

/* As uvloop does it: its handler is older than anything of the library's. */
static uv_loop_t* forked;

static void fork_the_loop(void) {
  if (uv_loop_fork(forked) != 0) _exit(1);
}

static void nothing_more(uv_loop_t* own) {
  if (poll_in(own) != 0) _exit(1);
}

TEST(a_fork_handler_of_the_program_may_take_a_loop_over) {
  use(FILE_NAME);
  uv_loop_t own;
  forked = &own;
  HOLDS(pthread_atfork(NULL, NULL, fork_the_loop) == 0);
  HOLDS(uv_loop_init(&own) == 0 && poll_in(&own) == 0);
  HOLDS(in_child(nothing_more, &own) == 0);
  HOLDS(lines_in(FILE_NAME) == 1);
  HOLDS(uv_loop_close(&own) == 0);
  HOLDS(lines_in(FILE_NAME) == 2);
  return 0;
}

TEST(lines_of_processes_do_not_mix) {
  enum { PROCESSES = 6, LOOPS = 30 };
  use(FILE_NAME);
  uv_loop_t own;
  HOLDS(uv_loop_init(&own) == 0 && uv_loop_close(&own) == 0);
  for (int i = 0; i < PROCESSES; i++)
    if (fork() == 0) {
      for (int n = 0; n < LOOPS; n++)
        if (uv_loop_init(&own) != 0 || uv_loop_close(&own) != 0) _exit(1);
      _exit(0);
    }
  for (int i = 0, status; i < PROCESSES; i++)
    HOLDS(wait(&status) > 0 && status == 0);
  HOLDS(lines_in(FILE_NAME) == PROCESSES * LOOPS + 1);
  return 0;
}

TEST(the_shutdown_writes_what_is_open_and_is_the_last) {
  use(FILE_NAME);
  uv_loop_t own, later;
  HOLDS(uv_loop_init(&own) == 0 && poll_in(&own) == 0);
  uv_library_shutdown();
  HOLDS(lines_in(FILE_NAME) == 1);
  HOLDS(fd_of("/" FILE_NAME) == -1);
  HOLDS(uv_loop_close(&own) == 0);
  HOLDS(uv_loop_init(&later) == 0 && uv_loop_close(&later) == 0);
  HOLDS(lines_in(FILE_NAME) == 1);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(another_file_of_that_number_gets_no_line),
    cmocka_unit_test(a_closed_descriptor_changes_nothing),
    cmocka_unit_test(another_stderr_gets_no_line),
    cmocka_unit_test(a_loop_of_the_parent_has_no_line_in_the_child),
    cmocka_unit_test(a_fork_handler_of_the_program_may_take_a_loop_over),
    cmocka_unit_test(lines_of_processes_do_not_mix),
    cmocka_unit_test(the_shutdown_writes_what_is_open_and_is_the_last),
  };
  return cmocka_run_group_tests_name("stats-life", tests, NULL, NULL);
}
