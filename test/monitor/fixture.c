/* SPDX-License-Identifier: MIT */
/* The contract's fixture. Where it changes the kernel's state it tells the same
 * to the scripted monitor, so that every test runs for both. */
#include "fixture.h"

#include "fake.h"
#include "unix/monitor/choice.h"
#include "unix/os/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const char* monitor_name;

void make_pair(struct fixture* f, int fds[2]) {
  assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
  if (f->is_fake)
    for (int i = 0; i < 2; i++) fake_hold(fds[i], POLLOUT);
}

int set_up(void** state) {
  struct fixture* f = calloc(1, sizeof(*f));
  if (f == NULL) return -1;
  *state = f;
  f->is_fake = strcmp(monitor_name, "fake") == 0;
  f->ops = f->is_fake ? &uv__monitor_fake : uv__choice_find(monitor_name);
  assert_non_null(f->ops);
  fake_reset();
  assert_int_equal(0, uv__shell_setup(&f->shell));
  f->monitor.shell = &f->shell;
  f->ready = (struct uv__ready){ f->events, 0, ROOM };
  int fds[2];
  make_pair(f, fds);
  f->fd = fds[0];
  f->far_fd = fds[1];
  int rc = f->ops->setup(&f->monitor);
  f->monitor.ops = f->ops;
  if (rc == 0) return 0;
  f->monitor.ops = NULL;
  print_message("%s does not open: %s\n", monitor_name, uv_err_name(rc));
  return 0;
}

int tear_down(void** state) {
  struct fixture* f = *state;
  if (f->monitor.ops != NULL) f->ops->teardown(&f->monitor);
  uv__shell_teardown(&f->shell);
  if (f->fd >= 0) close(f->fd);
  if (f->far_fd >= 0) close(f->far_fd);
  free(f);
  return 0;
}

void watch(struct fixture* f, int fd, unsigned have, unsigned want) {
  assert_int_equal(0, f->ops->update(&f->monitor, fd, GEN, have, want));
}

void watch_or_park(struct fixture* f, int fd) {
  int rc = f->ops->update(&f->monitor, fd, GEN, 0, POLLIN);
  if (rc == 0) return;
  assert_false(f->ops->caps & UV__HOT_IN_SHELL);
  assert_true(rc != UV_EBADF && rc != UV_EPERM);
  assert_int_equal(0, uv__shell_set(&f->shell, fd, GEN, POLLIN, false));
}

void undo_watch(struct fixture* f, int fd) {
  f->ops->forget(&f->monitor, fd, GEN);
  uv__shell_delete(&f->shell, fd);
}

void flush(struct fixture* f) {
  if (f->ops->flush != NULL) assert_int_equal(0, f->ops->flush(&f->monitor));
}

size_t await_ns(struct fixture* f, int64_t timeout_ns, const sigset_t* mask) {
  const struct uv__wait wait = { timeout_ns, mask };
  f->ready.count = 0;
  assert_int_equal(0, f->ops->await(&f->monitor, &f->ready, &wait));
  assert_true(f->ready.count <= f->ready.cap);
  return f->ready.count;
}

size_t look(struct fixture* f) {
  return await_ns(f, 0, NULL);
}

size_t await_event(struct fixture* f) {
  enum { STEP_NS = 100000000 };
  for (int i = 0; i < 100; i++)
    if (await_ns(f, STEP_NS, NULL) > 0) return f->ready.count;
  fail_msg("no event within 10 s");
  return 0;
}

uint32_t events_of(const struct fixture* f, int fd) {
  for (size_t i = 0; i < f->ready.count; i++)
    if (f->events[i].fd == fd)
      return f->events[i].events & ~(uint32_t) UV__EV_PARKED;
  return 0;
}

void make_readable(struct fixture* f, int fd, int far_fd) {
  assert_int_equal(1, write(far_fd, "x", 1));
  if (f->is_fake) fake_hold(fd, fake_held(fd) | POLLIN);
}

void drain(struct fixture* f, int fd) {
  char buffer[256];
  while (read(fd, buffer, sizeof(buffer)) > 0) continue;
  if (f->is_fake) fake_hold(fd, fake_held(fd) & ~(unsigned) POLLIN);
}

void make_unwritable(struct fixture* f, int fd) {
  static const char chunk[65536];
  while (write(fd, chunk, sizeof(chunk)) > 0) continue;
  while (write(fd, chunk, 1) > 0) continue;
  if (f->is_fake) fake_hold(fd, fake_held(fd) & ~(unsigned) POLLOUT);
}

void close_fd(struct fixture* f, int* fd) {
  if (f->is_fake) fake_hold(*fd, 0);
  assert_int_equal(0, close(*fd));
  *fd = -1;
}

uint64_t now_ns(const struct fixture* f) {
  return f->is_fake ? fake_now_ns() : uv__clock_precise_ns();
}
