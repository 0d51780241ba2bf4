/* SPDX-License-Identifier: MIT */
/* uv_spawn() beyond libuv's own tests: what fails, and the search for the
 * program. What could break: descriptors or zombies left by a spawn that
 * failed; the search through the child's PATH. */
#include "unit/support/spawn-fixture.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- Failures ------------------------------------------------------------- */

static int open_fd_count(void) {
  int count = 0;
  DIR* dir = opendir("/proc/self/fd");
  assert_non_null(dir);
  while (readdir(dir) != NULL) count++;
  closedir(dir);
  return count;
}

static void inherit_closed(struct fixture* f) {
  f->stdio[0].flags = UV_INHERIT_FD;
  f->stdio[0].data.fd = 900;
  f->options.stdio_count = 1;
}

static void no_such_file(struct fixture* f) {
  f->options.file = "/nonexistent/program";
}

static void no_such_folder(struct fixture* f) {
  f->options.cwd = "/nonexistent";
}

static void no_file(struct fixture* f) {
  f->options.file = NULL;
}

static void empty_file(struct fixture* f) {
  f->options.file = "";
}

static void long_file(struct fixture* f) {
  static char name[301];
  memset(name, 'a', 300);
  f->options.file = name;
}

static void a_folder(struct fixture* f) {
  f->options.file = "/tmp";
}

static void negative_fd(struct fixture* f) {
  inherit_closed(f);
  f->stdio[0].data.fd = -1;
}

static void two_forms(struct fixture* f) {
  inherit_closed(f);
  f->stdio[0].flags = (uv_stdio_flags) (UV_INHERIT_FD | UV_CREATE_PIPE);
}

static void unknown_flag(struct fixture* f) {
  f->options.flags = 1u << 20;
}

static void stdio_missing(struct fixture* f) {
  f->options.stdio = NULL;
  f->options.stdio_count = 1;
}

static void a_failed_spawn_leaves_nothing(void** state) {
  static const struct {
    void (*spoil)(struct fixture*);
    int expected;
  } rows[] = {
    { inherit_closed, UV_EBADF },  { no_such_file, UV_ENOENT },
    { no_such_folder, UV_ENOENT }, { no_file, UV_EINVAL },
    { empty_file, UV_ENOENT },     { long_file, UV_ENAMETOOLONG },
    { a_folder, UV_EACCES },       { negative_fd, UV_EINVAL },
    { two_forms, UV_EINVAL },      { unknown_flag, UV_EINVAL },
    { stdio_missing, UV_EINVAL },
  };
  struct fixture* f = *state;
  uv_process_options_t good = f->options;
  uv_signal_t signal_handle; /* So that the loop's pipe is there. */
  assert_int_equal(0, uv_signal_init(&f->loop, &signal_handle));
  int before = open_fd_count();
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    f->options = good;
    shell(f, "true");
    rows[i].spoil(f);
    assert_int_equal(rows[i].expected, spawn(f));
    assert_false(uv_is_active((uv_handle_t*) &f->process));
    assert_int_equal(UV_ESRCH, uv_process_kill(&f->process, SIGKILL));
    assert_int_equal(before, open_fd_count());
    assert_int_equal(-1, waitpid(-1, NULL, WNOHANG));
    assert_int_equal(ECHILD, errno);
    uv_close((uv_handle_t*) &f->process, NULL);
    uv_run(&f->loop, UV_RUN_DEFAULT);
  }
  struct sigaction action;
  assert_int_equal(0, sigaction(SIGCHLD, NULL, &action));
  assert_true(action.sa_handler == SIG_DFL);
  assert_int_equal(0, exit_count);
  uv_close((uv_handle_t*) &signal_handle, NULL);
  uv_run(&f->loop, UV_RUN_DEFAULT);
}

static void a_busy_or_foreign_stream_is_refused(void** state) {
  struct fixture* f = *state;
  static uv_pipe_t pipe;
  static uv_tcp_t tcp;
  assert_int_equal(0, uv_tcp_init(&f->loop, &tcp));
  assert_int_equal(0, uv_pipe_init(&f->loop, &pipe, 0));
  shell(f, "true");
  f->options.stdio_count = 2;
  f->stdio[0].flags = UV_CREATE_PIPE;
  f->stdio[0].data.stream = (uv_stream_t*) &tcp;
  assert_int_equal(UV_EINVAL, spawn(f));
  f->stdio[0].flags = UV_INHERIT_STREAM;
  f->stdio[0].data.stream = (uv_stream_t*) &pipe;
  assert_int_equal(UV_EINVAL, spawn(f));
  f->stdio[0].flags = f->stdio[1].flags = UV_CREATE_PIPE;
  f->stdio[1].data.stream = (uv_stream_t*) &pipe;
  assert_int_equal(UV_EBUSY, spawn(f)); /* The same for both. */
  assert_int_equal(UV_EBUSY, spawn(f)); /* Now it is in use. */
  assert_false(uv_is_active((uv_handle_t*) &f->process));
}

static void note_end(uv_stream_t* stream, ssize_t nread, const uv_buf_t* buf) {
  (void) buf;
  assert_int_equal(UV_EOF, nread);
  *(bool*) stream->data = true;
}

static void lend_byte(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  (void) handle, (void) size;
  static char byte;
  *buf = uv_buf_init(&byte, 1);
}

static void pipes_of_a_missing_program_are_at_their_end(void** state) {
  struct fixture* f = *state;
  static uv_pipe_t pipe;
  bool has_ended = false;
  assert_int_equal(0, uv_pipe_init(&f->loop, &pipe, 0));
  pipe.data = &has_ended;
  no_such_file(f);
  f->options.stdio_count = 1;
  f->stdio[0].flags = (uv_stdio_flags) (UV_CREATE_PIPE | UV_WRITABLE_PIPE);
  f->stdio[0].data.stream = (uv_stream_t*) &pipe;
  assert_int_equal(UV_ENOENT, spawn(f));
  assert_int_equal(0, uv_read_start((uv_stream_t*) &pipe, lend_byte, note_end));
  uv_run(&f->loop, UV_RUN_ONCE);
  assert_true(has_ended);
}

/* --- The search ----------------------------------------------------------- */

static void the_childs_path_is_searched(void** state) {
  struct fixture* f = *state;
  char path[512];
  char* env[] = { path, NULL };
  write_file(f, "tool", "exit 41\n", 0755); /* No "#!": for the shell. */
  write_file(f, "plain", "exit 42\n", 0644);
  f->options.env = env;
  f->options.file = f->args[0] = (char*) "tool";
  snprintf(path, sizeof(path), "PATH=/nonexistent:/etc/passwd:%s", f->folder);
  assert_int_equal(41, run(f));

  /* Forbidden in the one, missing in the other. */
  f->options.file = "plain";
  snprintf(path, sizeof(path), "PATH=%s:/nonexistent", f->folder);
  assert_int_equal(UV_EACCES, spawn(f));
  f->options.file = "tool";
  strcpy(path, "PATH=/nonexistent");
  assert_int_equal(UV_ENOENT, spawn(f));

  /* An empty directory is the current one, which is the child's. */
  exit_count = 0;
  f->options.cwd = f->folder;
  strcpy(path, "PATH=/nonexistent:");
  assert_int_equal(41, run(f));

  /* Without PATH there is a default. */
  exit_count = 0;
  env[0] = NULL;
  shell(f, "exit 43");
  f->options.file = "sh";
  assert_int_equal(43, run(f));
}

static void a_script_without_interpreter_gets_its_arguments(void** state) {
  struct fixture* f = *state;
  char path[128];
  write_file(f, "script", "exit $(($1 + $#))\n", 0755);
  snprintf(path, sizeof(path), "%s/script", f->folder);
  f->options.file = f->args[0] = path;
  f->args[1] = (char*) "30";
  f->args[2] = (char*) "x";
  assert_int_equal(32, run(f));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_failed_spawn_leaves_nothing),
    TEST(a_busy_or_foreign_stream_is_refused),
    TEST(pipes_of_a_missing_program_are_at_their_end),
    TEST(the_childs_path_is_searched),
    TEST(a_script_without_interpreter_gets_its_arguments),
  };
  return cmocka_run_group_tests_name("spawn", tests, NULL, NULL);
}
