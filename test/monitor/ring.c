/* SPDX-License-Identifier: MIT */
/* The io_uring monitor where the kernel refuses to enter its ring: each call of
 * io_uring_enter(2) passes through this file, which counts it and may answer in
 * the kernel's place. What could break: a call that the figures do not count, a
 * descriptor that stays with the kernel after forget(), a use of a ring that
 * was closed before. */
#include "fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static uint64_t entered;
static int answer; /* Not 0: instead of the kernel's. */

int __real_io_uring_enter2(unsigned fd, unsigned to_submit,
                           unsigned min_complete, unsigned flags, sigset_t* arg,
                           size_t size);
int __wrap_io_uring_enter2(unsigned fd, unsigned to_submit,
                           unsigned min_complete, unsigned flags, sigset_t* arg,
                           size_t size);

int __wrap_io_uring_enter2(unsigned fd, unsigned to_submit,
                           unsigned min_complete, unsigned flags, sigset_t* arg,
                           size_t size) {
  entered++;
  if (answer != 0) return answer;
  return __real_io_uring_enter2(fd, to_submit, min_complete, flags, arg, size);
}

static int set_up_ring(void** state) {
  entered = 0;
  answer = 0;
  return set_up(state);
}

/* More than a submission queue has room for; their arming is only queued. */
enum { FILLERS = 256 };
static int fillers[FILLERS];

static void fill_queue(struct fixture* f) {
  for (size_t i = 0; i < FILLERS; i++) {
    fillers[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    assert_true(fillers[i] >= 0);
    watch(f, fillers[i], 0, POLLIN);
  }
}

static void close_fillers(void) {
  for (size_t i = 0; i < FILLERS; i++) close(fillers[i]);
}

/* A ring that is closed lets go a moment later. */
static void assert_sees_end(int fd) {
  struct pollfd one = { .fd = fd, .events = POLLIN };
  char byte;
  assert_int_equal(1, poll(&one, 1, 10000));
  assert_int_equal(0, recv(fd, &byte, 1, MSG_DONTWAIT));
}

/* The monitor says so, in each of its answers, and is left by teardown(). */
static void assert_is_finished(struct fixture* f) {
  const struct uv__wait wait = { 0, NULL };
  assert_int_equal(UV_ENODEV, f->ops->flush(&f->monitor));
  assert_true(f->ops->peek(&f->monitor));
  f->ready.count = 0;
  assert_int_equal(UV_ENODEV, f->ops->await(&f->monitor, &f->ready, &wait));
  assert_int_equal(0, f->ready.count);
}

static void each_enter_is_counted(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(0, look(f));
  make_readable(f, f->fd, f->far_fd);
  assert_int_equal(1, await_event(f));
  flush(f);
  f->ops->forget(&f->monitor, f->fd, GEN); /* Enters, to be done with it. */
  assert_int_equal(entered, f->monitor.figures.enters);
  fill_queue(f);
  watch(f, f->fd, 0, POLLIN); /* Enters, to have room. */
  assert_int_equal(entered, f->monitor.figures.enters);
  watch(f, f->fd, POLLIN, 0);
  flush(f);
  assert_int_equal(entered, f->monitor.figures.enters);
  assert_true(entered > 4);
  assert_int_equal(0, f->ops->rebuild(&f->monitor, UV__REBUILD_THREAD));
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(1, await_event(f));
  assert_int_equal(entered, f->monitor.figures.enters); /* And goes on. */
  close_fillers();
}

static void what_cannot_be_cancelled_is_silent(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(0, look(f)); /* With the kernel. */
  fill_queue(f);
  answer = -EPERM;
  watch(f, f->fd, POLLIN, 0);
  answer = 0;
  make_readable(f, f->fd, f->far_fd);
  for (int i = 0; i < 3; i++) assert_int_equal(0, look(f));
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(1, await_event(f));
  assert_int_equal(POLLIN, events_of(f, f->fd));
  f->ops->forget(&f->monitor, f->fd, GEN);
  close_fd(f, &f->fd);
  drain(f, f->far_fd);
  close_fillers();
}

/* Taken out without room for the cancel, then forgotten. */
static void what_could_not_be_cancelled_is_forgotten_all_the_same(
    void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(0, look(f));
  fill_queue(f);
  answer = -EPERM;
  watch(f, f->fd, POLLIN, 0);
  answer = 0;
  f->ops->forget(&f->monitor, f->fd, GEN);
  close_fd(f, &f->fd);
  char byte;
  assert_int_equal(0, recv(f->far_fd, &byte, 1, MSG_DONTWAIT));
  assert_int_equal(0, look(f)); /* The ring is as good as before. */
  close_fillers();
}

static void forgetting_without_room_closes_the_ring(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(0, look(f));
  fill_queue(f);
  answer = -EPERM;
  f->ops->forget(&f->monitor, f->fd, GEN);
  close_fd(f, &f->fd);
  assert_sees_end(f->far_fd);
  assert_is_finished(f);
  assert_non_null(f->monitor.refusal);
  close_fillers();
}

static void forgetting_without_an_enter_closes_the_ring(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(0, look(f));
  answer = -EPERM;
  f->ops->forget(&f->monitor, f->fd, GEN);
  close_fd(f, &f->fd);
  assert_sees_end(f->far_fd);
  assert_is_finished(f);
  assert_non_null(f->monitor.refusal);
}

/* In one iteration: the loop learns of it in its next await() only. */
static void a_closed_ring_takes_all_that_an_iteration_brings(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  int fds[3][2];
  for (int i = 0; i < 3; i++) make_pair(f, fds[i]);
  for (int i = 0; i < 2; i++) watch(f, fds[i][0], 0, POLLIN);
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(0, look(f));
  answer = -EPERM;
  f->ops->forget(&f->monitor, f->fd, GEN);
  uint64_t before = entered;
  f->ops->forget(&f->monitor, fds[0][0], GEN);
  watch(f, fds[1][0], POLLIN, 0);
  f->ops->forget(&f->monitor, fds[1][0], GEN);
  assert_true(f->ops->update(&f->monitor, fds[2][0], GEN, 0, POLLIN) != 0);
  f->ops->forget(&f->monitor, fds[2][0], GEN);
  assert_int_equal(before, entered); /* The number may be another file's. */
  assert_is_finished(f);
  for (int i = 0; i < 3; i++) {
    close_fd(f, &fds[i][0]);
    assert_sees_end(fds[i][1]);
    close_fd(f, &fds[i][1]);
  }
}

int main(void) {
  monitor_name = "io_uring";
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up_ring, tear_down)
    T(each_enter_is_counted),
    T(what_cannot_be_cancelled_is_silent),
    T(what_could_not_be_cancelled_is_forgotten_all_the_same),
    T(forgetting_without_room_closes_the_ring),
    T(forgetting_without_an_enter_closes_the_ring),
    T(a_closed_ring_takes_all_that_an_iteration_brings),
#undef T
  };
  return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
