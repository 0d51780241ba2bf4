/* SPDX-License-Identifier: MIT */
/* Processes: programs, folders, users and streams that are not there, signals
 * to no process. What could break: a child that failed is left as a zombie, or
 * a stream that was half prepared keeps descriptors. */
#include "misuse.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static uv_process_t child;
static char* args[] = { (char*) "true", NULL };
static uv_process_options_t options;

static void prepare(void) {
  memset(&options, 0, sizeof(options));
  options.file = "true";
  options.args = args;
}

/* The handle of a spawn that failed is to be closed like any other. */
static void close_child(void) {
  assert_int_equal(0, uv_is_active((uv_handle_t*) &child));
  ANSWERS(UV_ESRCH, uv_process_kill(&child, SIGTERM));
  ANSWERS(0, uv_process_get_pid(&child));
  uv_close((uv_handle_t*) &child, NULL);
  turn();
  assert_int_equal(-1, waitpid(-1, NULL, WNOHANG));
  assert_int_equal(ECHILD, errno);
}

static void programs_that_cannot_run(void** state) {
  (void) state;
  static const struct {
    const char* file;
    int expected;
  } cases[] = {
    { "/nowhere/x", UV_ENOENT },
    { "no-such-program-here", UV_ENOENT },
    { "", UV_ENOENT },
    { "/", UV_EACCES },
    { "/etc/passwd", UV_EACCES },
    { "/etc/passwd/x", UV_ENOTDIR },
    { NULL, UV_EINVAL },
  };
  for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
    prepare();
    options.file = cases[n].file;
    ANSWERS(cases[n].expected, uv_spawn(&loop, &child, &options));
    close_child();
  }
  prepare();
  options.file = long_path();
  ANSWERS(UV_ENAMETOOLONG, uv_spawn(&loop, &child, &options));
  close_child();
}

static void folders_that_are_not_there(void** state) {
  (void) state;
  prepare();
  options.cwd = "/nowhere/x";
  ANSWERS(UV_ENOENT, uv_spawn(&loop, &child, &options));
  close_child();
  options.cwd = "/etc/passwd";
  ANSWERS(UV_ENOTDIR, uv_spawn(&loop, &child, &options));
  close_child();
}

static void flags_that_do_not_exist(void** state) {
  (void) state;
  prepare();
  options.flags = 1u << 20;
  ANSWERS(UV_EINVAL, uv_spawn(&loop, &child, &options));
  close_child();
}

static void streams_that_cannot_be_given(void** state) {
  (void) state;
  static uv_pipe_t pipe, closing;
  static uv_tcp_t tcp;
  uv_pipe_init(&loop, &pipe, 0);
  uv_tcp_init(&loop, &tcp);
  uv_pipe_init(&loop, &closing, 0);
  uv_close((uv_handle_t*) &closing, NULL);
  int fds[2];
  make_pair(fds);
  static uv_pipe_t opened;
  uv_pipe_init(&loop, &opened, 0);
  assert_int_equal(0, uv_pipe_open(&opened, fds[0]));
  const uv_stdio_flags create = UV_CREATE_PIPE | UV_READABLE_PIPE;
  const struct {
    int expected;
    uv_stdio_container_t wish;
  } cases[] = {
    { UV_EINVAL, { create, { .stream = NULL } } },
    { UV_EINVAL, { create, { .stream = (uv_stream_t*) &tcp } } },
    { UV_EINVAL, { create, { .stream = (uv_stream_t*) &closing } } },
    { UV_EBUSY, { create, { .stream = (uv_stream_t*) &opened } } },
    { UV_EINVAL, { UV_INHERIT_STREAM, { .stream = NULL } } },
    { UV_EINVAL, { UV_INHERIT_STREAM, { .stream = (uv_stream_t*) &tcp } } },
    { UV_EINVAL, { UV_INHERIT_FD, { .fd = -1 } } },
    { UV_EBADF, { UV_INHERIT_FD, { .fd = CLOSED_FD } } },
    { UV_EINVAL,
      { UV_CREATE_PIPE | UV_INHERIT_FD, { .stream = (uv_stream_t*) &pipe } } },
  };
  for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
    uv_stdio_container_t stdio[1] = { cases[n].wish };
    prepare();
    options.stdio = stdio;
    options.stdio_count = 1;
    ANSWERS(cases[n].expected, uv_spawn(&loop, &child, &options));
    close_child();
  }
  close(fds[1]);
}

static void no_streams_where_some_are_counted(void** state) {
  (void) state;
  prepare();
  options.stdio_count = 3;
  ANSWERS(UV_EINVAL, uv_spawn(&loop, &child, &options));
  close_child();
}

static void one_stream_in_two_places(void** state) {
  (void) state;
  static uv_pipe_t pipe;
  uv_pipe_init(&loop, &pipe, 0);
  uv_stdio_container_t stdio[2];
  for (int n = 0; n < 2; n++) {
    stdio[n].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
    stdio[n].data.stream = (uv_stream_t*) &pipe;
  }
  prepare();
  options.stdio = stdio;
  options.stdio_count = 2;
  ANSWERS(UV_EBUSY, uv_spawn(&loop, &child, &options));
  close_child();
}

static void users_that_may_not_be(void** state) {
  (void) state;
  if (getuid() != 0) SKIP("needs root: it gives rights up first\n");
  prepare();
  options.flags = UV_PROCESS_SETUID;
  options.uid = (uv_uid_t) -1;
  ANSWERS(UV_EINVAL, uv_spawn(&loop, &child, &options));
  close_child();
  options.flags = UV_PROCESS_SETGID;
  options.gid = (uv_gid_t) -1;
  ANSWERS(UV_EINVAL, uv_spawn(&loop, &child, &options));
  close_child();
}

/* --- Signals -------------------------------------------------------------- */

static void signals_to_nobody(void** state) {
  (void) state;
  ANSWERS(UV_ESRCH, uv_kill(0x7ffffff0, 0));
  ANSWERS(UV_EINVAL, uv_kill(getpid(), 12345));
  ANSWERS(UV_EINVAL, uv_kill(getpid(), -1));
}

static bool has_exited;

static void on_exit_kill(uv_process_t* process, int64_t status, int signum) {
  (void) status;
  (void) signum;
  ANSWERS(UV_ESRCH, uv_process_kill(process, SIGTERM));
  has_exited = true;
}

static void who_has_ended_is_not_signalled(void** state) {
  (void) state;
  prepare();
  options.exit_cb = on_exit_kill;
  has_exited = false;
  assert_int_equal(0, uv_spawn(&loop, &child, &options));
  ANSWERS(UV_EINVAL, uv_process_kill(&child, 12345));
  run_until(&has_exited);
  ANSWERS(UV_ESRCH, uv_process_kill(&child, 0));
}

/* --- Descriptors ---------------------------------------------------------- */

static int inherit_nothing(void) {
  for (int fd = 0; fd < 3; fd++) close(fd); /* Some are not even there. */
  int kept_fd = open("/dev/null", O_RDONLY);
  SURVIVES(uv_disable_stdio_inheritance());
  return fcntl(kept_fd, F_GETFD) == FD_CLOEXEC ? 0 : 1;
}

static void closed_descriptors_are_passed_over(void** state) {
  (void) state;
  assert_int_equal(0, run_child(inherit_nothing));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(programs_that_cannot_run),
    T(folders_that_are_not_there),
    T(flags_that_do_not_exist),
    T(streams_that_cannot_be_given),
    T(no_streams_where_some_are_counted),
    T(one_stream_in_two_places),
    T(users_that_may_not_be),
    T(signals_to_nobody),
    T(who_has_ended_is_not_signalled),
    T(closed_descriptors_are_passed_over),
  };
  return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
