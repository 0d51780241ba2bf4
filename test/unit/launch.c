/* SPDX-License-Identifier: MIT */
/* The two ways to make a process have to look the same from outside: the same
 * errors, the same descriptors, nothing left behind; and what decides between
 * them must notice a program that registers fork handlers. What a child handler
 * changes is what the program starts with. */
#include "base/alloc.h"
#include "unix/proc/atfork.h"
#include "unix/proc/launch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int (*const ways[])(struct uv__child* child, pid_t* pid) = {
  uv__launch_forked,
  uv__launch_vfork,
};

/* Tsan takes any clone() for a fork. Programs built with it never get there:
 * its runtime registers fork handlers. gcc tells by a macro, clang by a
 * feature. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WAYS 1
#endif
#endif
#if !defined(WAYS) && defined(__SANITIZE_THREAD__)
#define WAYS 1
#endif
#ifndef WAYS
#define WAYS 2
#endif

struct outcome {
  int rc;
  int status; /* Of waitpid(2), if rc is 0. */
};

static struct outcome run(int way, const uv_process_options_t* options,
                          int out_fd) {
  struct uv__child child;
  struct outcome outcome = { 0, 0 };
  int fds[] = { -1, out_fd, -1 };
  pid_t pid = -1;
  assert_int_equal(0, uv__child_prepare(&child, options));
  child.source_fds = fds;
  child.source_count = 3;
  outcome.rc = ways[way](&child, &pid);
  if (outcome.rc == 0) assert_int_equal(pid, waitpid(pid, &outcome.status, 0));
  uv__child_discard(&child);
  /* No child is left, dead or alive. */
  assert_int_equal(-1, waitpid(-1, NULL, WNOHANG));
  assert_int_equal(ECHILD, errno);
  return outcome;
}

static void errors_and_exit_codes_are_the_same(void** state) {
  (void) state;
  static const struct {
    const char *file, *arg, *cwd;
    int rc, exit_code;
  } rows[] = {
    { "/bin/sh", "exit 0", NULL, 0, 0 },
    { "/bin/sh", "exit 7", NULL, 0, 7 },
    { "sh", "exit 3", NULL, 0, 3 },
    { "/bin/sh", "test $(pwd) = /", "/", 0, 0 },
    { "/nonexistent", NULL, NULL, UV_ENOENT, 0 },
    { "no-such-program-anywhere", NULL, NULL, UV_ENOENT, 0 },
    { "/etc", NULL, NULL, UV_EACCES, 0 },
    { "/etc/passwd/x", NULL, NULL, UV_ENOTDIR, 0 },
    { "/bin/sh", "exit 0", "/nonexistent", UV_ENOENT, 0 },
    { "", NULL, NULL, UV_ENOENT, 0 },
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    char* args[] = { (char*) rows[i].file, (char*) "-c", (char*) rows[i].arg,
                     NULL };
    const uv_process_options_t options = { .file = rows[i].file,
                                           .args = args,
                                           .cwd = rows[i].cwd };
    for (int way = 0; way < WAYS; way++) {
      const struct outcome outcome = run(way, &options, -1);
      assert_int_equal(rows[i].rc, outcome.rc);
      assert_int_equal(rows[i].exit_code, WEXITSTATUS(outcome.status));
    }
  }
}

static void the_parents_descriptors_and_signals_stay_as_they_are(void** state) {
  (void) state;
  char* args[] = { (char*) "/bin/sh", (char*) "-c", (char*) "echo $$ x", NULL };
  const uv_process_options_t options = { .file = args[0], .args = args };
  for (int way = 0; way < WAYS; way++) {
    int fds[2];
    assert_int_equal(0, pipe2(fds, O_CLOEXEC));
    sigset_t before, after;
    memset(&before, 0, sizeof(before)); /* The kernel fills in a part. */
    memset(&after, 0, sizeof(after));
    assert_int_equal(0, pthread_sigmask(SIG_SETMASK, NULL, &before));
    assert_int_equal(0, run(way, &options, fds[1]).rc);
    assert_int_equal(0, pthread_sigmask(SIG_SETMASK, NULL, &after));
    assert_memory_equal(&before, &after, sizeof(before));

    char text[64] = "";
    assert_true(fcntl(fds[1], F_GETFD) == FD_CLOEXEC);
    assert_int_equal(0, close(fds[1]));
    assert_true(read(fds[0], text, sizeof(text) - 1) > 2);
    assert_non_null(strstr(text, " x\n"));
    /* Ours was the only writer left. */
    assert_int_equal(0, read(fds[0], text, 1));
    assert_int_equal(0, close(fds[0]));
  }
}

static unsigned prepared;

static void count_prepare(void) {
  prepared++;
}

static void fork_handlers_are_noticed_and_run(void** state) {
  (void) state;
  /* This program calls pthread_atfork(), so its relocations name it. */
  assert_true(uv__atfork_is_possible());
  assert_true(uv__atfork_is_possible()); /* The answer that was kept. */
  assert_int_equal(0, pthread_atfork(count_prepare, NULL, NULL));
  char* args[] = { (char*) "/bin/true", NULL };
  const uv_process_options_t options = { .file = args[0], .args = args };
  struct uv__child child;
  int fds[] = { -1, -1, -1 };
  pid_t pid = -1;
  assert_int_equal(0, uv__child_prepare(&child, &options));
  child.source_fds = fds;
  child.source_count = 3;
  const unsigned before = prepared;
  assert_int_equal(0, uv__launch(&child, &pid));
  assert_int_equal(before + 1, prepared);
  assert_int_equal(pid, waitpid(pid, NULL, 0));
  uv__child_discard(&child);
}

/* --- What a child handler changes ----------------------------------------- */

/* Run by the child handler; NULL: nothing. */
static void (*in_child)(void);

static void call_in_child(void) {
  if (in_child != NULL) in_child();
}

/* The C library enlarges the environment, and frees the array before it. */
static void add_variables(void) {
  char name[16];
  for (int i = 0; i < 200; i++) {
    snprintf(name, sizeof(name), "ADDED_%d", i);
    setenv(name, "1", 1);
  }
}

static void replace_environment(void) {
  static char* fresh[] = { (char*) "ONLY=1", NULL };
  environ = fresh;
}

static void clear_environment(void) {
  clearenv();
}

static char folder[] = "/tmp/pollux-launch-XXXXXX";

static void search_in_folder(void) {
  setenv("PATH", folder, 1);
}

/* More than any list of folders that the parent has seen. */
static void search_far(void) {
  static char path[64 * 1024];
  memset(path, 'x', sizeof(path) - 1);
  for (size_t i = 200; i < sizeof(path) - 1; i += 200) path[i] = ':';
  memcpy(path + 6000, ":", 1);
  memset(path + 6001, 'y', 5000); /* One that is too long for a path. */
  snprintf(path + 60000, sizeof(path) - 60000, ":%s", folder);
  setenv("PATH", path, 1);
}

static void change_the_rest(void) {
  umask(027);
  if (chdir("/") != 0) _exit(99);
  int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  if (dup2(fd, 0) != 0) _exit(98);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  signal(SIGUSR1, SIG_IGN);
}

static void make_program(void) {
  char path[64];
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof(path), "%s/only-there", folder);
  int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
  assert_true(fd >= 0);
  assert_int_equal(18, write(fd, "#!/bin/sh\nexit 42\n", 18));
  assert_int_equal(0, close(fd));
}

static void remove_program(void) {
  char path[64];
  snprintf(path, sizeof(path), "%s/only-there", folder);
  unlink(path);
  rmdir(folder);
}

struct changed {
  void (*change)(void);
  const char *file, *script;
  char** env;
  int rc, exit_code;
};

static char* own_env[] = { (char*) "PATH=/usr/bin:/bin", (char*) "OWN=1",
                           NULL };
static char* env_without_path[] = { (char*) "OWN=1", NULL };

static const struct changed changes[] = {
  { add_variables, "sh", "test $ADDED_0$ADDED_199$KEPT = 111", NULL, 0, 0 },
  { replace_environment, "/bin/sh", "test $ONLY-$KEPT = 1-", NULL, 0, 0 },
  { replace_environment, "sh", "test $ONLY-$KEPT = 1-", NULL, 0, 0 },
  { clear_environment, "/bin/sh", "test -z $KEPT", NULL, 0, 0 },
  { clear_environment, "sh", "test -z $KEPT", NULL, 0, 0 },
  { NULL, "only-there", NULL, NULL, UV_ENOENT, 0 },
  { search_in_folder, "only-there", NULL, NULL, 0, 42 },
  { search_far, "only-there", NULL, NULL, 0, 42 },
  { search_far, "not-there", NULL, NULL, UV_ENOENT, 0 },
  /* With an environment of its own, the child is searched for there. */
  { search_in_folder, "only-there", NULL, own_env, UV_ENOENT, 0 },
  { search_in_folder, "only-there", NULL, env_without_path, UV_ENOENT, 0 },
  { add_variables, "sh", "test $ADDED_0-$OWN = -1", own_env, 0, 0 },
  { change_the_rest, "/bin/sh",
    "test $(pwd) = / && test $(umask) = 0027 &&"
    "test $(readlink /proc/$$/fd/0) = /dev/zero &&"
    "grep -q '^SigBlk:.0*$' /proc/self/status &&"
    "grep -q '^SigIgn:.0*$' /proc/self/status",
    NULL, 0, 0 },
};

static void launch_changed(const struct changed* row) {
  char* args[] = { (char*) row->file, (char*) "-c", (char*) row->script, NULL };
  const uv_process_options_t options = { .file = row->file,
                                         .args = args,
                                         .env = row->env };
  struct uv__child child;
  int fds[] = { 0, -1, -1 };
  int status = 0;
  pid_t pid = -1;
  assert_int_equal(0, uv__child_prepare(&child, &options));
  child.source_fds = fds;
  child.source_count = 3;
  in_child = row->change;
  assert_int_equal(row->rc, uv__launch(&child, &pid));
  in_child = NULL;
  if (row->rc == 0) assert_int_equal(pid, waitpid(pid, &status, 0));
  assert_int_equal(row->exit_code, WEXITSTATUS(status));
  uv__child_discard(&child);
}

static void what_a_fork_handler_changes_is_what_the_program_gets(void** state) {
  (void) state;
  setenv("KEPT", "1", 1);
  assert_int_equal(0, pthread_atfork(NULL, NULL, call_in_child));
  make_program();
  for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
    print_message("row %zu\n", i);
    launch_changed(&changes[i]);
  }
}

static int tidy(void** state) {
  (void) state;
  remove_program();
  return 0;
}

int main(void) {
  /* A folder in PATH that cannot be read would give EACCES for ENOENT. */
  setenv("PATH", "/usr/bin:/bin", 1);
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(errors_and_exit_codes_are_the_same),
    cmocka_unit_test(the_parents_descriptors_and_signals_stay_as_they_are),
    cmocka_unit_test(fork_handlers_are_noticed_and_run),
    cmocka_unit_test_teardown(
        what_a_fork_handler_changes_is_what_the_program_gets, tidy),
  };
  return cmocka_run_group_tests_name("launch", tests, NULL, NULL);
}
