/* SPDX-License-Identifier: MIT */
/* What each contract test starts from: one open monitor over a shell of its
 * own, and one connected pair of sockets whose near end is to be watched. */
#ifndef POLLUX_TEST_FIXTURE_H
#define POLLUX_TEST_FIXTURE_H

#include "unix/monitor/monitor.h"
#include "unix/monitor/shell.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/abi.h"

#include <cmocka.h>

enum { GEN = 7, ROOM = 64 };

struct fixture {
  const struct uv__monitor_ops* ops;
  struct uv__shell shell;
  struct uv__monitor monitor;
  struct uv__event events[ROOM];
  struct uv__ready ready;
  int fd, far_fd; /* -1 once a test has closed it. */
  bool is_fake;
};

/* The monitor under test; set by main(). */
extern const char* monitor_name;

int set_up(void** state);
int tear_down(void** state);

/* Print why, and skip. */
#define SKIP(...)                                                              \
  do {                                                                         \
    print_message("skipped: " __VA_ARGS__);                                    \
    skip();                                                                    \
  } while (0)
#define NEEDS_MONITOR(f)                                                       \
  if ((f)->monitor.ops == NULL) SKIP("%s does not open here\n", monitor_name)

/* The groups of the other files. */
int change_tests(void);
int hard_tests(void);
int limit_tests(void);

/* update() that has to succeed; the previous mask is `have`. */
void watch(struct fixture* f, int fd, unsigned have, unsigned want);
/* update() that may say "not here": then the descriptor is parked, as the poll
 * phase does it. undo_watch() takes it out of both. */
void watch_or_park(struct fixture* f, int fd);
void undo_watch(struct fixture* f, int fd);
/* flush(), where there is one. */
void flush(struct fixture* f);
/* One await() into an empty array. Returns the number of events. */
size_t await_ns(struct fixture* f, int64_t timeout_ns, const sigset_t* mask);
size_t look(struct fixture* f);
/* Repeat await() until it brings something, for 10 s at most. */
size_t await_event(struct fixture* f);
/* What the last await() said of `fd`; 0: nothing. Without UV__EV_PARKED. */
uint32_t events_of(const struct fixture* f, int fd);

/* Change what holds on the near end: for the kernel, and for the fake. */
void make_readable(struct fixture* f, int fd, int far_fd);
void drain(struct fixture* f, int fd);
void make_unwritable(struct fixture* f, int fd);
/* A new pair that is not watched; writable, for the fake as well. */
void make_pair(struct fixture* f, int fds[2]);
void close_fd(struct fixture* f, int* fd);

/* The monitor's time: the kernel's or the script's. */
uint64_t now_ns(const struct fixture* f);

#endif
