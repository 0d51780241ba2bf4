/* SPDX-License-Identifier: MIT */
/* The two ways to make a process have to look the same from outside: the same
 * errors, the same descriptors, nothing left behind; and what decides between
 * them must notice a program that registers fork handlers. */
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
#include <sys/wait.h>
#include <unistd.h>

static int (*const ways[])(struct uv__child* child, pid_t* pid) = {
  uv__launch_forked,
  uv__launch_lent,
};

/* Tsan takes any clone() for a fork. Programs built with it never get there: its
 * runtime registers fork handlers. gcc tells by a macro, clang by a feature. */
#if defined(__has_feature)
# if __has_feature(thread_sanitizer)
#  define WAYS 1
# endif
#endif
#if !defined(WAYS) && defined(__SANITIZE_THREAD__)
# define WAYS 1
#endif
#ifndef WAYS
# define WAYS 2
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
  if (outcome.rc == 0)
    assert_int_equal(pid, waitpid(pid, &outcome.status, 0));
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

static void the_parents_descriptors_and_signals_stay_as_they_are(
    void** state) {
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

int main(void) {
  /* A folder in PATH that cannot be read would give EACCES for ENOENT. */
  setenv("PATH", "/usr/bin:/bin", 1);
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(errors_and_exit_codes_are_the_same),
    cmocka_unit_test(the_parents_descriptors_and_signals_stay_as_they_are),
    cmocka_unit_test(fork_handlers_are_noticed_and_run),
  };
  return cmocka_run_group_tests_name("launch", tests, NULL, NULL);
}
