/* SPDX-License-Identifier: MIT */
/* What a child gets from uv_spawn(): descriptors, signals, fork handlers. What
 * could break: a descriptor that is overwritten before it is copied; one that
 * the child was not to have; a signal that stays blocked or ignored. */
#include "unit/support/spawn-fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

/* --- Signals and fork handlers ----------------------------------------------
 */

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
    TEST(a_permutation_of_descriptors_arrives),
    TEST(only_what_was_listed_is_inherited),
    TEST(inheritance_can_be_disabled),
    TEST(fork_handlers_run),
    TEST(signals_are_as_in_a_new_process),
  };
  return cmocka_run_group_tests_name("spawn-child", tests, NULL, NULL);
}
