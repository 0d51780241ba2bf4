/* SPDX-License-Identifier: MIT */
/* uv_spawn() beyond libuv's own tests. What could break: descriptors or zombies
 * left by a spawn that failed; one overwritten before it is copied; the search
 * through the child's PATH; children of other parts of the program taken away;
 * exit callbacks that close each other's handles. */
#include "base/abi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct fixture {
  uv_loop_t loop;
  uv_process_options_t options;
  uv_stdio_container_t stdio[48];
  char* args[5];
  uv_process_t process;
  char folder[64];
};

static struct fixture fixture;
static int exit_count;
static int64_t exit_status_last;
static int term_signal_last;

static void on_exit_note(uv_process_t* process, int64_t status, int signum) {
  assert_false(uv_is_active((uv_handle_t*) process));
  exit_count++;
  exit_status_last = status;
  term_signal_last = signum;
}

static int setup(void** state) {
  struct fixture* f = &fixture;
  memset(f, 0, sizeof(*f));
  *state = f;
  exit_count = 0;
  exit_status_last = term_signal_last = -1;
  f->options.exit_cb = on_exit_note;
  f->options.args = f->args;
  f->options.stdio = f->stdio;
  return uv_loop_init(&f->loop);
}

static void close_any(uv_handle_t* handle, void* arg) {
  (void) arg;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

static void remove_folder(struct fixture* f) {
  if (f->folder[0] == '\0') return;
  DIR* dir = opendir(f->folder);
  for (struct dirent* e; dir != NULL && (e = readdir(dir)) != NULL;)
    unlinkat(dirfd(dir), e->d_name, 0);
  if (dir != NULL) closedir(dir);
  rmdir(f->folder);
}

/* The folder goes first: the run may not end where a test has failed. */
static int teardown(void** state) {
  struct fixture* f = *state;
  remove_folder(f);
  uv_walk(&f->loop, close_any, NULL);
  uv_run(&f->loop, UV_RUN_DEFAULT);
  return uv_loop_close(&f->loop);
}

static void shell(struct fixture* f, const char* script) {
  f->options.file = "/bin/sh";
  f->args[0] = (char*) "sh";
  f->args[1] = (char*) "-c";
  f->args[2] = (char*) script;
  f->args[3] = NULL;
}

static int spawn(struct fixture* f) {
  return uv_spawn(&f->loop, &f->process, &f->options);
}

/* Spawn, wait, and return the exit status. */
static int64_t run(struct fixture* f) {
  assert_int_equal(0, spawn(f));
  uv_run(&f->loop, UV_RUN_DEFAULT);
  assert_int_equal(1, exit_count);
  assert_int_equal(0, term_signal_last);
  return exit_status_last;
}

static int open_fd_count(void) {
  int count = 0;
  DIR* dir = opendir("/proc/self/fd");
  assert_non_null(dir);
  while (readdir(dir) != NULL) count++;
  closedir(dir);
  return count;
}

/* In the fixture's folder, which the first file makes. */
static void write_file(struct fixture* f, const char* name, const char* text,
                       mode_t mode) {
  if (f->folder[0] == '\0') {
    strcpy(f->folder, "/tmp/pollux-spawn-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
  }
  char path[128];
  snprintf(path, sizeof(path), "%s/%s", f->folder, name);
  int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  assert_true(fd >= 0);
  assert_int_equal((ssize_t) strlen(text), write(fd, text, strlen(text)));
  assert_int_equal(0, fchmod(fd, mode));
  assert_int_equal(0, close(fd));
}

/* --- Failures ------------------------------------------------------------- */

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

/* --- Descriptors ---------------------------------------------------------- */

enum { COUNT = 5, FIRST = 40 }; /* FIRST: above all that the loop has open. */

/* Files with their own number as text, at FIRST and following. They have no
 * name that could be left behind. */
static void open_numbered(void) {
  for (int i = 0; i < COUNT; i++) {
    char text[8];
    int len = snprintf(text, sizeof(text), "%d\n", i);
    int fd = memfd_create("numbered", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(len, write(fd, text, (size_t) len));
    assert_int_equal(FIRST + i, dup3(fd, FIRST + i, O_CLOEXEC));
    assert_int_equal(0, close(fd));
  }
}

static void a_permutation_of_descriptors_arrives(void** state) {
  static const int sources[][COUNT] = {
    { 0, 1, 2, 3, 4 }, { 4, 3, 2, 1, 0 }, { 1, 2, 3, 4, 0 },
    { 1, 0, 2, 4, 3 }, { 2, 2, 2, 2, 2 }, { 0, 0, 1, 1, 4 },
  };
  struct fixture* f = *state;
  open_numbered();
  f->options.stdio_count = FIRST + COUNT;
  for (size_t row = 0; row < sizeof(sources) / sizeof(sources[0]); row++) {
    char script[512] = "";
    for (int i = 0; i < COUNT; i++) {
      f->stdio[FIRST + i].flags = UV_INHERIT_FD;
      f->stdio[FIRST + i].data.fd = FIRST + sources[row][i];
      char line[80];
      snprintf(line, sizeof(line),
               "read x </proc/self/fd/%d && [ $x = %d ] || exit 1; ", FIRST + i,
               sources[row][i]);
      strcat(script, line);
    }
    shell(f, script);
    exit_count = 0;
    assert_int_equal(0, run(f));
  }
  for (int i = 0; i < COUNT; i++) close(FIRST + i);
}

/* What the test itself has inherited, from CTest for example. */
static void keep_from_children(void) {
  DIR* dir = opendir("/proc/self/fd");
  assert_non_null(dir);
  for (struct dirent* e; (e = readdir(dir)) != NULL;)
    if (e->d_name[0] != '.') fcntl(atoi(e->d_name), F_SETFD, FD_CLOEXEC);
  closedir(dir);
}

static void only_what_was_listed_is_inherited(void** state) {
  struct fixture* f = *state;
  static uv_pipe_t pipe;
  assert_int_equal(0, uv_pipe_init(&f->loop, &pipe, 0));
  f->options.stdio_count = 4;
  f->stdio[3].flags = (uv_stdio_flags) (UV_CREATE_PIPE | UV_READABLE_PIPE);
  f->stdio[3].data.stream = (uv_stream_t*) &pipe;
  keep_from_children();
  /* 0 to 3, and the one through which the folder is listed. */
  shell(f,
        "for i in /proc/self/fd/*; do n=${i##*/}; "
        "[ $n -le 3 ] || [ ! -e $i ] || [ -d $i/ ] || exit $n; done; "
        "[ /proc/self/fd/2 -ef /dev/null ]");
  assert_int_equal(0, run(f));
}

/* --- The end -------------------------------------------------------------- */

static void inheritance_can_be_disabled(void** state) {
  struct fixture* f = *state;
  int fd = dup(2);
  assert_true(fd >= 0);
  assert_int_equal(0, fcntl(fd, F_GETFD));
  uv_disable_stdio_inheritance();
  assert_int_equal(FD_CLOEXEC, fcntl(fd, F_GETFD));
  assert_int_equal(FD_CLOEXEC, fcntl(0, F_GETFD));
  close(fd);
  shell(f, "true");
  assert_int_equal(0, run(f));
}

static void a_signal_that_kills_is_reported(void** state) {
  struct fixture* f = *state;
  shell(f, "kill -9 $$");
  assert_int_equal(0, spawn(f));
  uv_run(&f->loop, UV_RUN_DEFAULT);
  assert_int_equal(0, exit_status_last);
  assert_int_equal(SIGKILL, term_signal_last);
  assert_int_equal(UV_ESRCH, uv_process_kill(&f->process, 0));
}

static void other_children_are_left_to_their_owners(void** state) {
  struct fixture* f = *state;
  pid_t pid = fork();
  if (pid == 0) _exit(7);
  siginfo_t info;
  assert_int_equal(0, waitid(P_PID, (id_t) pid, &info, WEXITED | WNOWAIT));
  shell(f, "exit 3");
  assert_int_equal(3, run(f));
  int status;
  assert_int_equal(pid, waitpid(pid, &status, 0));
  assert_int_equal(7, WEXITSTATUS(status));
}

static void an_end_before_the_loop_runs_is_not_lost(void** state) {
  struct fixture* f = *state;
  shell(f, "exit 5");
  assert_int_equal(0, spawn(f));
  siginfo_t info;
  id_t pid = (id_t) uv_process_get_pid(&f->process);
  assert_int_equal(0, waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
  uv_run(&f->loop, UV_RUN_DEFAULT);
  assert_int_equal(5, exit_status_last);
}

static uv_process_t pair[2];

static void close_both(uv_process_t* process, int64_t status, int signum) {
  (void) process, (void) status, (void) signum;
  exit_count++;
  for (int i = 0; i < 2; i++) uv_close((uv_handle_t*) &pair[i], NULL);
}

static void an_exit_callback_may_close_another_handle(void** state) {
  struct fixture* f = *state;
  shell(f, "exit 0");
  f->options.exit_cb = close_both;
  for (int i = 0; i < 2; i++) {
    assert_int_equal(0, uv_spawn(&f->loop, &pair[i], &f->options));
    siginfo_t info;
    id_t pid = (id_t) pair[i].pid;
    assert_int_equal(0, waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
  }
  uv_run(&f->loop, UV_RUN_DEFAULT);
  assert_int_equal(1, exit_count);
}

static void the_watcher_goes_with_the_last_child(void** state) {
  struct fixture* f = *state;
  struct sigaction action;
  shell(f, "exit 0");
  run(f);
  assert_int_equal(0, sigaction(SIGCHLD, NULL, &action));
  assert_true(action.sa_handler == SIG_DFL);
  shell(f, "read x");
  static uv_pipe_t pipe;
  assert_int_equal(0, uv_pipe_init(&f->loop, &pipe, 0));
  f->options.stdio_count = 1;
  f->stdio[0].flags = (uv_stdio_flags) (UV_CREATE_PIPE | UV_READABLE_PIPE);
  f->stdio[0].data.stream = (uv_stream_t*) &pipe;
  assert_int_equal(0, uv_spawn(&f->loop, &pair[0], &f->options));
  assert_int_equal(0, sigaction(SIGCHLD, NULL, &action));
  assert_true(action.sa_handler != SIG_DFL);
  pid_t pid = uv_process_get_pid(&pair[0]);
  uv_close((uv_handle_t*) &pair[0], NULL);
  assert_int_equal(0, sigaction(SIGCHLD, NULL, &action));
  assert_true(action.sa_handler == SIG_DFL);
  assert_int_equal(0, uv_process_kill(&pair[0], SIGKILL));
  assert_int_equal(pid, waitpid(pid, NULL, 0));
}

static int prepared_count;

static void note_prepare(void) {
  prepared_count++;
}

/* Tells through the environment, which the program sees. */
static void set_in_child(void) {
  setenv("POLLUX_ATFORK", "seen", 1);
}

static void fork_handlers_run(void** state) {
  struct fixture* f = *state;
  prepared_count = 0;
  assert_int_equal(0, pthread_atfork(note_prepare, NULL, set_in_child));
  char* env[] = { (char*) "A=b", NULL };
  f->options.env = env;
  shell(f, "exit 0");
  assert_int_equal(0, run(f));
  assert_int_equal(1, prepared_count);
}

static void signals_are_as_in_a_new_process(void** state) {
  struct fixture* f = *state;
  sigset_t blocked, saved;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR2);
  assert_int_equal(0, pthread_sigmask(SIG_BLOCK, &blocked, &saved));
  signal(SIGUSR1, SIG_IGN);
  /* A shell resets nothing it found ignored. */
  f->options.file = "/bin/grep";
  f->args[0] = (char*) "grep";
  f->args[1] = (char*) "-qzP";
  f->args[2] = (char*) "SigBlk:\\t0+\\nSigIgn:\\t0+\\n";
  f->args[3] = (char*) "/proc/self/status";
  f->args[4] = NULL;
  assert_int_equal(0, run(f));
  signal(SIGUSR1, SIG_DFL);
  sigset_t now;
  assert_int_equal(0, pthread_sigmask(SIG_SETMASK, &saved, &now));
  assert_true(sigismember(&now, SIGUSR2));
  assert_false(sigismember(&now, SIGTERM));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_failed_spawn_leaves_nothing),
    TEST(a_busy_or_foreign_stream_is_refused),
    TEST(pipes_of_a_missing_program_are_at_their_end),
    TEST(the_childs_path_is_searched),
    TEST(a_script_without_interpreter_gets_its_arguments),
    TEST(a_permutation_of_descriptors_arrives),
    TEST(only_what_was_listed_is_inherited),
    TEST(inheritance_can_be_disabled),
    TEST(a_signal_that_kills_is_reported),
    TEST(other_children_are_left_to_their_owners),
    TEST(an_end_before_the_loop_runs_is_not_lost),
    TEST(an_exit_callback_may_close_another_handle),
    TEST(the_watcher_goes_with_the_last_child),
    TEST(fork_handlers_run),
    TEST(signals_are_as_in_a_new_process),
  };
  return cmocka_run_group_tests_name("spawn", tests, NULL, NULL);
}
