/* SPDX-License-Identifier: MIT */
/* For tests of the public API on the real kernel. The monitor is
 * POLLUX_MONITOR's; a test that it cannot run on is skipped, never passed. */
#ifndef POLLUX_TEST_COMMON_H
#define POLLUX_TEST_COMMON_H

#include "base/abi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pollux.h"

extern uv_loop_t loop;

/* A loop for each test; tear_down closes all that is left in it. */
int set_up(void** state);
int tear_down(void** state);

/* Run until everything is closed. */
void close_all(uv_loop_t* which);

/* Print why, and skip. */
#define SKIP(...)                                                              \
  do {                                                                         \
    print_message("skipped: " __VA_ARGS__);                                    \
    skip();                                                                    \
  } while (0)

/* The name in POLLUX_MONITOR; "" when it is not set. */
const char* wanted_monitor(void);
/* The loop has polled: skip unless it is on the monitor asked for. */
void need_wanted_monitor(void);

/* A connected pair of non-blocking sockets; far_fd stays ours. */
void make_pair(int fds[2]);
void put(int fd);
void drain(int fd);

pollux_counters_t counters_of(const uv_loop_t* which);

/* Run `body` in a child, for 60 s at most. Returns its exit code, or 256 + the
 * signal that ended it. */
int run_child(int (*body)(void));

/* A loop's ordinary work: a poll handle, a timer and sends of another thread.
 * 0, or the number of what was missing. For children: asserts nothing. */
int work_out(uv_loop_t* which);
/* uv_loop_init(), work_out(), uv_loop_close(); the monitor that did it is put
 * into `ret_monitor`, unless that is NULL. */
int work_out_once(const char** ret_monitor);

/* CPU time of this thread. */
uint64_t cpu_ns(void);

#endif
