/* SPDX-License-Identifier: MIT */
/* The contract and the limits: peeking, capabilities, numbers. What could
 * break: a peek that misses an event, a system call where none is promised, a
 * queue with less room than there are answers. */
#include "fixture.h"

#include "fake.h"

#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- Looking from user space ---------------------------------------------- */

static void peeking_never_says_a_false_no(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  if (f->ops->peek == NULL) SKIP("%s cannot peek\n", monitor_name);
  int parked[2];
  make_pair(f, parked);
  assert_int_equal(0, uv__shell_set(&f->shell, parked[0], GEN, POLLIN, false));
  watch(f, f->fd, 0, POLLIN);
  unsigned found = 0;
  for (int i = 0; i < 400; i++) {
    flush(f);
    if (i % 3 == 1) make_readable(f, f->fd, f->far_fd);
    if (i % 4 == 2) make_readable(f, parked[0], parked[1]);
    bool said = f->ops->peek(&f->monitor);
    size_t count = look(f);
    if (count > 0) assert_true(said);
    found += (unsigned) count;
    if (i % 5 == 3) drain(f, f->fd);
    if (i % 5 == 4) drain(f, parked[0]);
  }
  assert_true(found > 100);
  close_fd(f, &parked[0]);
  close_fd(f, &parked[1]);
}

static void peeking_ends_without_a_cause(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  if (f->ops->peek == NULL) SKIP("%s cannot peek\n", monitor_name);
  watch(f, f->fd, 0, POLLIN);
  make_readable(f, f->fd, f->far_fd);
  assert_int_equal(1, await_event(f));
  drain(f, f->fd);
  bool said = true;
  for (int i = 0; i < 5 && said; i++) {
    flush(f);
    said = f->ops->peek(&f->monitor);
    assert_int_equal(0, look(f));
  }
  assert_false(said);
}

/* --- Capabilities --------------------------------------------------------- */

static void the_capabilities_say_what_is_there(void** state) {
  struct fixture* f = *state;
  const struct uv__monitor_ops* ops = f->ops;
  assert_string_equal(monitor_name, ops->name);
  assert_int_equal((ops->caps & UV__CAN_PEEK) != 0, ops->peek != NULL);
  assert_true(ops->setup != NULL && ops->teardown != NULL);
  assert_true(ops->update != NULL && ops->forget != NULL);
  assert_true(ops->await != NULL && ops->rebuild != NULL);
  if ((ops->caps & UV__UPDATE_IS_FREE) != 0) assert_null(ops->flush);
}

/* The kernel ends the process if it makes any but the calls for reading,
 * writing and ending a thread. */
static void make_free_calls(struct fixture* f) {
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) syscall(SYS_exit, 77);
  for (int i = 0; i < 3; i++) {
    if (f->ops->caps & UV__UPDATE_IS_FREE) {
      f->ops->update(&f->monitor, f->fd, GEN, POLLIN, POLLIN | POLLOUT);
      f->ops->update(&f->monitor, f->fd, GEN, POLLIN | POLLOUT, 0);
      f->ops->update(&f->monitor, f->fd, GEN, 0, POLLIN);
    }
    if (f->ops->peek != NULL) f->ops->peek(&f->monitor);
  }
  syscall(SYS_exit, 0);
}

static void what_is_free_makes_no_system_call(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  if ((f->ops->caps & (UV__UPDATE_IS_FREE | UV__CAN_PEEK)) == 0)
    SKIP("nothing of %s is free\n", monitor_name);
  watch(f, f->fd, 0, POLLIN); /* It may allocate now, not later. */
  assert_int_equal(0, look(f));
  flush(f);
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) make_free_calls(f);
  int status = -1;
  assert_int_equal(pid, waitpid(pid, &status, 0));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
    SKIP("the kernel takes no seccomp filter here\n");
  assert_int_equal(0, status);
}

/* --- Numbers -------------------------------------------------------------- */

enum { THOUSANDS = 5000, SPARE_FDS = 64 };

static size_t raise_limit(void) {
  struct rlimit limit;
  assert_int_equal(0, getrlimit(RLIMIT_NOFILE, &limit));
  rlim_t wanted = THOUSANDS + SPARE_FDS;
  if (limit.rlim_cur < wanted)
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
  assert_int_equal(0, setrlimit(RLIMIT_NOFILE, &limit));
  return limit.rlim_cur < wanted ? (size_t) limit.rlim_cur - SPARE_FDS
                                 : THOUSANDS;
}

static void serve_all(struct fixture* f, const int* fds, size_t count) {
  static bool seen[FAKE_FDS];
  memset(seen, 0, sizeof(seen));
  size_t left = count;
  for (size_t i = 0; i < 4 * count && left > 0; i++) {
    if (await_ns(f, 1000000000, NULL) == 0) continue;
    for (size_t n = 0; n < f->ready.count; n++) {
      int fd = f->events[n].fd;
      assert_int_equal(POLLIN, events_of(f, fd));
      if (!seen[fd]) left--;
      seen[fd] = true;
    }
  }
  assert_int_equal(0, left);
  for (size_t i = 0; i < count; i++) assert_true(seen[fds[i]]);
}

static void ring(struct fixture* f, int fd) {
  assert_int_equal(0, eventfd_write(fd, 1));
  if (f->is_fake) fake_hold(fd, POLLIN);
}

/* Several hundred at once, with room for all. */
static void none_is_reported_twice_in_one_wait(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  enum { COUNT = 700, WIDE = 1024 };
  static int fds[COUNT];
  static struct uv__event events[WIDE];
  static unsigned seen[FAKE_FDS];
  memset(seen, 0, sizeof(seen));
  f->ready = (struct uv__ready){ events, 0, WIDE };
  for (size_t i = 0; i < COUNT; i++) {
    fds[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    assert_in_range(fds[i], 0, FAKE_FDS - 1);
    watch(f, fds[i], 0, POLLIN);
  }
  assert_int_equal(0, look(f));
  for (size_t i = 0; i < COUNT; i++) ring(f, fds[i]);
  assert_int_equal(COUNT, look(f));
  for (size_t n = 0; n < f->ready.count; n++) seen[events[n].fd]++;
  for (size_t i = 0; i < COUNT; i++) {
    assert_int_equal(1, seen[fds[i]]);
    f->ops->forget(&f->monitor, fds[i], GEN);
    close_fd(f, &fds[i]);
  }
}

/* More answers than a completion queue has room for; with an array that is
 * smaller than both. */
static void thousands_are_served_all(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  static int fds[THOUSANDS];
  size_t count = raise_limit();
  if (count < 2000) SKIP("room for %zu descriptors only\n", count);
  for (size_t i = 0; i < count; i++) {
    fds[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    assert_in_range(fds[i], 0, FAKE_FDS - 1);
    watch_or_park(f, fds[i]);
  }
  assert_int_equal(0, look(f));
  flush(f);
  for (size_t i = 0; i < count; i++) ring(f, fds[i]);
  serve_all(f, fds, count);
  serve_all(f, fds, count); /* They are ready still. */
  for (size_t i = 0; i < count; i++) {
    undo_watch(f, fds[i]);
    close_fd(f, &fds[i]);
  }
  assert_int_equal(0, look(f));
}

int limit_tests(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    T(peeking_never_says_a_false_no),      T(peeking_ends_without_a_cause),
    T(the_capabilities_say_what_is_there), T(what_is_free_makes_no_system_call),
    T(none_is_reported_twice_in_one_wait), T(thousands_are_served_all),
#undef T
  };
  return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
