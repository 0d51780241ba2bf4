/* SPDX-License-Identifier: MIT */
/* The library's own descriptors in a process that has closed its standard ones,
 * all of them or one (closed.h). What could break: the kernel gives the
 * standard numbers to them, and a program that opens /dev/null in their place
 * overwrites those. */
#include "closed.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* --- A loop of its own ---------------------------------------------------- */

static void on_signal(uv_signal_t* handle, int signum) {
  (void) handle;
  (void) signum;
}

static void on_change(uv_fs_event_t* handle, const char* name, int events,
                      int status) {
  (void) handle;
  (void) name;
  (void) events;
  (void) status;
}

static void on_connection(uv_stream_t* server, int status) {
  (void) server;
  (void) status;
}

/* All that makes descriptors for itself. */
static int use_all(uv_loop_t* which) {
  static uv_signal_t signal_handle;
  static uv_fs_event_t event;
  static uv_process_t process;
  static uv_pipe_t server, pipes[2];
  static char name[64];
  NEED(set_is_free());
  NEED(uv_signal_init(which, &signal_handle) == 0);
  NEED(uv_signal_start(&signal_handle, on_signal, SIGUSR1) == 0);
  NEED(set_is_free());
  NEED(uv_fs_event_init(which, &event) == 0);
  NEED(uv_fs_event_start(&event, on_change, "/tmp", 0) == 0);
  NEED(set_is_free());
  NEED(spawn_echo(which, &process, pipes) == 0);
  NEED(fileno_of(&pipes[0]) > 2 && fileno_of(&pipes[1]) > 2);
  NEED(set_is_free());
  uv_close((uv_handle_t*) &pipes[0], NULL);
  while (exit_code == -1) uv_run(which, UV_RUN_ONCE);
  NEED(exit_code == 0);
  NEED(set_is_free());

  /* The listener's socket is the user's to see: as the kernel numbers it. The
   * reserve beside it is not. */
  snprintf(name, sizeof(name), "/tmp/pollux-standard-%d", (int) getpid());
  NEED(uv_pipe_init(which, &server, 0) == 0);
  NEED(uv_pipe_bind(&server, name) == 0);
  const int server_fd = fileno_of(&server);
  NEED(server_fd == lowest_of_set());
  NEED(uv_listen((uv_stream_t*) &server, 8, on_connection) == 0);
  uv_run(which, UV_RUN_NOWAIT);
  for (int fd = server_fd + 1; fd <= 2; fd++)
    NEED(!is_in_set(fd) || !is_open(fd));

  uv_close((uv_handle_t*) &server, NULL);
  uv_close((uv_handle_t*) &event, NULL);
  uv_close((uv_handle_t*) &signal_handle, NULL);
  uv_run(which, UV_RUN_DEFAULT);
  NEED(set_is_free());
  return 0;
}

static int own_descriptors(void) {
  uv_loop_t own;
  NEED(uv_loop_init(&own) == 0);
  NEED(set_is_free());
  NEED(uv_backend_fd(&own) > 2);
  int rc = use_all(&own);
  if (rc != 0) return rc;
  NEED(uv_loop_close(&own) == 0);
  return 0;
}

static void the_librarys_own_descriptors_are_above_the_standard_ones(
    void** state) {
  (void) state;
  for_each_set(own_descriptors);
}

/* The standard numbers are the only free ones. */
static int no_room_above(void) {
  uv_loop_t own;
  struct rlimit before;
  NEED(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const struct rlimit standard_only = { 3, before.rlim_max };
  NEED(setrlimit(RLIMIT_NOFILE, &standard_only) == 0);
  NEED(uv_loop_init(&own) == UV_EMFILE);
  NEED(set_is_free());
  NEED(setrlimit(RLIMIT_NOFILE, &before) == 0);
  return own_descriptors();
}

static void without_room_above_a_loop_is_refused(void** state) {
  (void) state;
  for_each_set(no_room_above);
}

/* --- After a fork --------------------------------------------------------- */

static uv_loop_t forked;

static int after_fork(void) {
  NEED(uv_loop_fork(&forked) == 0);
  NEED(set_is_free());
  return use_all(&forked);
}

static int own_descriptors_after_fork(void) {
  static uv_signal_t signal_handle;
  static uv_fs_event_t event;
  NEED(uv_loop_init(&forked) == 0);
  NEED(uv_signal_init(&forked, &signal_handle) == 0);
  NEED(uv_signal_start(&signal_handle, on_signal, SIGUSR2) == 0);
  NEED(uv_fs_event_init(&forked, &event) == 0);
  NEED(uv_fs_event_start(&event, on_change, "/tmp", 0) == 0);
  uv_unref((uv_handle_t*) &signal_handle);
  uv_unref((uv_handle_t*) &event);
  uv_run(&forked, UV_RUN_NOWAIT);
  NEED(run_child(after_fork) == 0);
  return 0;
}

static void the_same_holds_after_uv_loop_fork(void** state) {
  (void) state;
  for_each_set(own_descriptors_after_fork);
}

/* --- Each monitor, one after the other ------------------------------------ */

static int own_descriptors_after_switches(void) {
  static const char* const names[] = { "epoll", "io_uring", "poll", "io_uring",
                                       "epoll" };
  uv_loop_t own;
  NEED(uv_loop_init(&own) == 0);
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    /* Where there is no ring it falls back, which is a way of its own. */
    NEED(pollux_monitor_set(&own, names[i]) == 0);
    int rc = work_out(&own);
    if (rc != 0) return rc;
    NEED(set_is_free());
    rc = use_all(&own);
    if (rc != 0) return rc;
  }
  NEED(uv_loop_close(&own) == 0);
  return 0;
}

static void the_same_holds_when_the_monitor_changes(void** state) {
  (void) state;
  for_each_set(own_descriptors_after_switches);
}

/* --- /dev/null in their place --------------------------------------------- */

static int open_null_late(void) {
  uv_loop_t own;
  NEED(uv_loop_init(&own) == 0);
  for (int fd = 0; fd <= 2; fd++) {
    int null_fd = open("/dev/null", O_RDWR);
    NEED(null_fd != -1);
    if (null_fd == fd) continue;
    NEED(dup2(null_fd, fd) == fd);
    close(null_fd);
  }
  int rc = work_out(&own);
  if (rc != 0) return rc;
  NEED(uv_loop_close(&own) == 0);
  for (int fd = 0; fd <= 2; fd++) NEED(is_open(fd));
  return 0;
}

static void a_loop_outlives_standard_descriptors_opened_late(void** state) {
  (void) state;
  for_each_set(open_null_late);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    T(the_librarys_own_descriptors_are_above_the_standard_ones),
    T(without_room_above_a_loop_is_refused),
    T(the_same_holds_after_uv_loop_fork),
    T(the_same_holds_when_the_monitor_changes),
    T(a_loop_outlives_standard_descriptors_opened_late),
#undef T
  };
  return cmocka_run_group_tests_name("standard", tests, NULL, NULL);
}
