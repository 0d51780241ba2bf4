/* SPDX-License-Identifier: MIT */
/* The contract for changes: masks that change, descriptors that go, descriptors
 * that cannot be watched. What could break: an event for a mask of before, a
 * kernel reference that outlives forget() (the peer sees no end, the port stays
 * taken), an event of the previous owner of a number. */
#include "fixture.h"

#include "fake.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- Masks ---------------------------------------------------------------- */

static void the_mask_widens_and_narrows_in_each_wait(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  make_readable(f, f->fd, f->far_fd);
  for (int i = 0; i < 5; i++) {
    assert_int_equal(1, await_event(f));
    assert_int_equal(POLLIN, events_of(f, f->fd));
    watch(f, f->fd, POLLIN, POLLIN | POLLOUT);
    assert_int_equal(1, await_event(f));
    assert_int_equal(POLLIN | POLLOUT, events_of(f, f->fd));
    watch(f, f->fd, POLLIN | POLLOUT, POLLIN);
  }
}

static void an_armed_mask_learns_what_holds_already(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(0, look(f));
  flush(f);
  watch(f, f->fd, POLLIN, POLLIN | POLLOUT);
  assert_int_equal(1, await_event(f));
  assert_int_equal(POLLOUT, events_of(f, f->fd));
}

/* Told in two steps, with or without an answer to the first: the first report
 * is about the whole mask. */
static void a_widened_mask_is_reported_whole(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  for (int is_flushed = 0; is_flushed < 2; is_flushed++) {
    watch(f, f->fd, 0, POLLIN);
    if (is_flushed) assert_int_equal(0, look(f));
    if (is_flushed) flush(f);
    make_readable(f, f->fd, f->far_fd);
    watch(f, f->fd, POLLIN, POLLIN | POLLOUT);
    assert_int_equal(1, await_event(f));
    assert_int_equal(POLLIN | POLLOUT, events_of(f, f->fd));
    f->ops->forget(&f->monitor, f->fd, GEN);
    drain(f, f->fd);
  }
}

/* The kernel may have been told of the wide mask already, and may have
 * answered: that answer is neither an event nor a refusal. */
static void a_narrowed_mask_keeps_quiet_and_stays_hot(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN | POLLOUT);
  flush(f);
  watch(f, f->fd, POLLIN | POLLOUT, POLLIN);
  for (int i = 0; i < 3; i++) assert_int_equal(0, look(f));
  make_readable(f, f->fd, f->far_fd);
  assert_int_equal(1, await_event(f));
  assert_int_equal(POLLIN, events_of(f, f->fd));
  assert_int_equal(0, f->events[0].events & UV__EV_REFUSED);
}

static void a_mask_that_is_exchanged_reports_the_new_one(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLOUT);
  flush(f);
  watch(f, f->fd, POLLOUT, POLLIN);
  assert_int_equal(0, look(f));
  make_readable(f, f->fd, f->far_fd);
  assert_int_equal(1, await_event(f));
  assert_int_equal(POLLIN, events_of(f, f->fd));
  watch(f, f->fd, POLLIN, POLLOUT);
  assert_int_equal(1, await_event(f));
  assert_int_equal(POLLOUT, events_of(f, f->fd));
}

static void no_mask_removes_the_descriptor(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  make_readable(f, f->fd, f->far_fd);
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(1, look(f));
  watch(f, f->fd, POLLIN, 0);
  for (int i = 0; i < 3; i++) assert_int_equal(0, look(f));
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(1, await_event(f));
}

static void removing_what_is_not_there_is_harmless(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, 0);
  f->ops->forget(&f->monitor, f->fd, GEN);
  f->ops->forget(&f->monitor, 3000, GEN);
  assert_int_equal(0, look(f));
}

static void a_repeated_update_tells_the_kernel_nothing(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(0, look(f));
  uint64_t calls = f->shell.calls;
  uint64_t arms = f->monitor.figures.arms;
  for (int i = 0; i < 10; i++) watch(f, f->fd, POLLIN, POLLIN);
  assert_int_equal(0, look(f));
  assert_int_equal(calls, f->shell.calls);
  assert_int_equal(arms, f->monitor.figures.arms);
  make_readable(f, f->fd, f->far_fd);
  assert_int_equal(1, await_event(f));
}

/* --- Going ---------------------------------------------------------------- */

static void forgetting_is_done_when_it_returns(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(0, look(f)); /* By now the kernel knows it. */
  f->ops->forget(&f->monitor, f->fd, GEN);
  close_fd(f, &f->fd);
  char byte;
  assert_int_equal(0, recv(f->far_fd, &byte, 1, MSG_DONTWAIT)); /* The end. */
}

static int listen_on(uint16_t port) {
  struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = port };
  addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_true(fd >= 0);
  if (bind(fd, (struct sockaddr*) &addr, sizeof(addr)) != 0 ||
      listen(fd, 8) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

static uint16_t port_of(int fd) {
  struct sockaddr_in addr;
  socklen_t size = sizeof(addr);
  assert_int_equal(0, getsockname(fd, (struct sockaddr*) &addr, &size));
  return addr.sin_port;
}

static void the_port_of_a_forgotten_listener_is_free(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  int fd = listen_on(0);
  assert_true(fd >= 0);
  uint16_t port = port_of(fd);
  for (int i = 0; i < 20; i++) {
    watch(f, fd, 0, POLLIN);
    assert_int_equal(0, look(f));
    f->ops->forget(&f->monitor, fd, GEN);
    close(fd);
    fd = listen_on(port);
    assert_true(fd >= 0);
  }
  close(fd);
}

static void nothing_comes_after_forgetting(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(0, look(f));
  flush(f);
  make_readable(f, f->fd, f->far_fd); /* The answer may be on its way. */
  f->ops->forget(&f->monitor, f->fd, GEN);
  for (int i = 0; i < 3; i++) assert_int_equal(0, look(f));
}

static void nothing_comes_after_forgetting_what_fired(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  make_readable(f, f->fd, f->far_fd);
  assert_int_equal(1, await_event(f));
  f->ops->forget(&f->monitor, f->fd, GEN);
  for (int i = 0; i < 3; i++) assert_int_equal(0, look(f));
}

/* The number stays, the open file is another one. */
static void a_reused_number_has_no_event_of_its_past(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  for (uint32_t gen = 1; gen < 20; gen++) {
    assert_int_equal(0, f->ops->update(&f->monitor, f->fd, gen, 0, POLLIN));
    flush(f);
    make_readable(f, f->fd, f->far_fd);
    if (gen % 2 == 0) assert_int_equal(1, await_event(f));
    f->ops->forget(&f->monitor, f->fd, gen);
    int fds[2];
    make_pair(f, fds);
    assert_int_equal(f->fd, dup2(fds[0], f->fd));
    assert_int_equal(f->far_fd, dup2(fds[1], f->far_fd));
    for (int i = 0; i < 2; i++) close_fd(f, &fds[i]);
    if (f->is_fake) fake_hold(f->fd, POLLOUT);
    assert_int_equal(0, f->ops->update(&f->monitor, f->fd, gen + 1, 0, POLLIN));
    assert_int_equal(0, look(f));
    make_readable(f, f->fd, f->far_fd);
    assert_int_equal(1, await_event(f));
    assert_int_equal(gen + 1, f->events[0].gen);
    f->ops->forget(&f->monitor, f->fd, gen + 1);
    drain(f, f->fd);
  }
}

/* epoll follows the open file, not the number. */
static void a_duplicate_keeps_nothing_alive(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(0, look(f));
  int copy_fd = dup(f->fd);
  f->ops->forget(&f->monitor, f->fd, GEN);
  close_fd(f, &f->fd);
  assert_int_equal(1, write(f->far_fd, "x", 1));
  for (int i = 0; i < 3; i++) assert_int_equal(0, look(f));
  close(copy_fd);
}

static void teardown_releases_all(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(0, look(f));
  f->ops->teardown(&f->monitor);
  f->monitor.ops = NULL;
  uv__shell_teardown(&f->shell);
  close_fd(f, &f->fd);
  struct pollfd far = { .fd = f->far_fd, .events = POLLIN };
  assert_int_equal(1, poll(&far, 1, 10000));
  char byte;
  assert_int_equal(0, recv(f->far_fd, &byte, 1, MSG_DONTWAIT));
}

static void teardown_leaves_what_is_parked(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  int fds[2];
  make_pair(f, fds);
  assert_int_equal(0, uv__shell_set(&f->shell, fds[0], GEN, POLLIN, false));
  assert_int_equal(0, look(f));
  f->ops->teardown(&f->monitor);
  f->monitor.ops = NULL;
  make_readable(f, fds[0], fds[1]);
  f->ready.count = 0;
  assert_int_equal(0, uv__shell_wait(&f->shell, &f->ready, 0, 0, NULL));
  assert_int_equal(1, f->ready.count);
  assert_int_equal(POLLIN, events_of(f, fds[0]));
  uv__shell_delete(&f->shell, fds[0]);
  for (int i = 0; i < 2; i++) close_fd(f, &fds[i]);
}

/* --- What cannot be watched ----------------------------------------------- */

static void a_closed_number_is_refused_or_reported(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  close_fd(f, &f->fd);
  int fd = f->far_fd + 1;
  while (fcntl(fd, F_GETFD) != -1) fd++;
  fake_refuse(fd, UV_EBADF);
  int rc = f->ops->update(&f->monitor, fd, GEN, 0, POLLIN);
  if (rc != 0) {
    assert_int_equal(UV_EBADF, rc);
    return;
  }
  assert_int_equal(1, await_event(f));
  assert_int_equal(fd, f->events[0].fd);
  assert_true(f->events[0].events & POLLERR);
  watch(f, fd, POLLIN, 0);
  assert_int_equal(0, look(f));
}

static void one_bad_descriptor_does_not_hide_the_others(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  int fds[2];
  make_pair(f, fds);
  watch(f, fds[0], 0, POLLIN);
  watch(f, f->fd, 0, POLLIN);
  close_fd(f, &fds[0]); /* Behind its back, before the kernel was told. */
  make_readable(f, f->fd, f->far_fd);
  for (int i = 0; i < 3; i++) {
    assert_true(await_event(f) > 0);
    assert_int_equal(POLLIN, events_of(f, f->fd));
  }
  f->ops->forget(&f->monitor, f->fd, GEN);
  close_fd(f, &fds[1]);
}

static void the_shell_knows_what_cannot_be_watched(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  char path[] = "/tmp/pollux-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  unlink(path);
  assert_int_equal(UV_EPERM, uv__shell_test(&f->shell, fd));
  close(fd);
  assert_int_equal(UV_EBADF, uv__shell_test(&f->shell, fd));
  assert_int_equal(0, uv__shell_test(&f->shell, f->fd));
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(0, look(f));
  assert_int_equal(0, uv__shell_test(&f->shell, f->fd)); /* And leaves it. */
  make_readable(f, f->fd, f->far_fd);
  assert_int_equal(1, await_event(f));
}

/* Rings report a half-close unasked, for ever. */
static void a_half_closed_peer_does_not_spin_a_writer(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  make_unwritable(f, f->fd);
  assert_int_equal(0, shutdown(f->far_fd, SHUT_WR));
  watch(f, f->fd, 0, POLLOUT);
  size_t count = 0;
  for (int i = 0; i < 20; i++) {
    count += look(f);
    assert_int_equal(0, events_of(f, f->fd) & 0xffff);
  }
  assert_in_range(count, 0, 1); /* Refused, once. */
}

int change_tests(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    T(the_mask_widens_and_narrows_in_each_wait),
    T(an_armed_mask_learns_what_holds_already),
    T(a_widened_mask_is_reported_whole),
    T(a_narrowed_mask_keeps_quiet_and_stays_hot),
    T(a_mask_that_is_exchanged_reports_the_new_one),
    T(no_mask_removes_the_descriptor),
    T(removing_what_is_not_there_is_harmless),
    T(a_repeated_update_tells_the_kernel_nothing),
    T(forgetting_is_done_when_it_returns),
    T(the_port_of_a_forgotten_listener_is_free),
    T(nothing_comes_after_forgetting),
    T(nothing_comes_after_forgetting_what_fired),
    T(a_reused_number_has_no_event_of_its_past),
    T(a_duplicate_keeps_nothing_alive),
    T(teardown_releases_all),
    T(teardown_leaves_what_is_parked),
    T(a_closed_number_is_refused_or_reported),
    T(one_bad_descriptor_does_not_hide_the_others),
    T(the_shell_knows_what_cannot_be_watched),
    T(a_half_closed_peer_does_not_spin_a_writer),
#undef T
  };
  return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
