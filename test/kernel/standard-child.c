/* SPDX-License-Identifier: MIT */
/* Children of a process that has closed its standard descriptors, all of them
 * or one (closed.h). What could break: a child gets other descriptors than it
 * was promised. */
#include "closed.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int echo(void) {
  static uv_process_t process;
  static uv_pipe_t pipes[2];
  uv_loop_t own;
  NEED(uv_loop_init(&own) == 0);
  NEED(spawn_echo(&own, &process, pipes) == 0);
  uv_close((uv_handle_t*) &pipes[0], NULL);
  uv_run(&own, UV_RUN_DEFAULT);
  NEED(exit_code == 0);
  NEED(text_len == 5 && memcmp(text, "hello", 5) == 0);
  NEED(uv_loop_close(&own) == 0);
  NEED(set_is_free());
  return 0;
}

static void a_child_hears_the_end_of_its_input(void** state) {
  (void) state;
  for_each_set(echo);
}

/* Run the script with the three slots given; its exit code, or UV_E*. */
static int run_script(uv_loop_t* which, const char* script,
                      const int source_fds[3]) {
  static uv_process_t process;
  uv_stdio_container_t stdio[3];
  char* args[] = { (char*) "/bin/sh", (char*) "-c", (char*) script, NULL };
  const uv_process_options_t options = { .file = args[0],
                                         .args = args,
                                         .stdio = stdio,
                                         .stdio_count = 3,
                                         .exit_cb = on_exit_note };
  for (int i = 0; i < 3; i++) {
    stdio[i].flags = source_fds[i] < 0 ? UV_IGNORE : UV_INHERIT_FD;
    stdio[i].data.fd = source_fds[i];
  }
  exit_code = -1;
  int rc = uv_spawn(which, &process, &options);
  if (rc != 0) uv_close((uv_handle_t*) &process, NULL);
  uv_run(which, UV_RUN_DEFAULT);
  return rc != 0 ? rc : exit_code;
}

/* A test for the shell: descriptor `fd` of it is `path`. */
#define IS(fd, path) "test \"$(readlink /proc/$$/fd/" #fd ")\" = " path

/* libuv lends such a child what happened to get the number. Ours gets what it
 * would get for UV_IGNORE. */
static int inherits_what_is_closed(void) {
  static const char* const scripts[] = { IS(0, "/dev/null"), IS(1, "/dev/null"),
                                         IS(2, "/dev/null") };
  static const int same[3] = { 0, 1, 2 };
  uv_loop_t own;
  NEED(uv_loop_init(&own) == 0);
  for (int fd = 0; fd <= 2; fd++) {
    if (!is_in_set(fd)) continue;
    NEED(run_script(&own, scripts[fd], same) == 0);
    /* In another slot. */
    const int swapped[3] = { fd, fd, fd };
    NEED(run_script(&own,
                    IS(0, "/dev/null") " && " IS(1, "/dev/null") " && " IS(
                        2, "/dev/null"),
                    swapped) == 0);
    static const int none[3] = { -1, -1, -1 };
    NEED(run_script(&own, scripts[fd], none) == 0);
  }
  NEED(set_is_free());
  NEED(uv_loop_close(&own) == 0);
  return 0;
}

static void a_child_of_a_closed_standard_stream_gets_null(void** state) {
  (void) state;
  for_each_set(inherits_what_is_closed);
}

/* The standard numbers are files that the child shall have elsewhere. */
static int inherits_in_each_order(void) {
  static const char* const paths[] = { "/dev/zero", "/dev/full",
                                       "/dev/urandom" };
  static const int orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                   { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
                                   { 1, 1, 0 }, { 2, 2, 2 }, { 1, -1, 0 } };
  uv_loop_t own;
  NEED(uv_loop_init(&own) == 0);
  for (int fd = 0; fd <= 2; fd++) {
    int file_fd = open(paths[fd], O_RDWR | O_CLOEXEC);
    if (file_fd == fd) continue;
    NEED(dup2(file_fd, fd) == fd);
    close(file_fd);
  }
  for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
    char script[256];
    const char* want[3];
    for (int fd = 0; fd <= 2; fd++)
      want[fd] = orders[i][fd] < 0 ? "/dev/null" : paths[orders[i][fd]];
    snprintf(script, sizeof(script),
             IS(0, "%s") " && " IS(1, "%s") " && " IS(2, "%s"), want[0],
             want[1], want[2]);
    NEED(run_script(&own, script, orders[i]) == 0);
  }
  NEED(uv_loop_close(&own) == 0);
  return 0;
}

static void standard_descriptors_reach_the_child_in_any_order(void** state) {
  (void) state;
  for_each_set(inherits_in_each_order);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    T(a_child_hears_the_end_of_its_input),
    T(a_child_of_a_closed_standard_stream_gets_null),
    T(standard_descriptors_reach_the_child_in_any_order),
#undef T
  };
  return cmocka_run_group_tests_name("standard-child", tests, NULL, NULL);
}
