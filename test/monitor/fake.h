/* SPDX-License-Identifier: MIT */
/* A monitor without a kernel: what is ready, and when, is said by the test.
 *
 * Conditions are levels: a descriptor that was told to hold POLLIN reports it
 * in each wait until told otherwise. Time is a number: a wait in which nothing
 * is ready moves it to the next scripted moment, or to the end of the timeout.
 *
 * One script per process; the thread of the test only. */
#ifndef POLLUX_TEST_FAKE_H
#define POLLUX_TEST_FAKE_H

#include "unix/monitor/monitor.h"

enum { FAKE_FDS = 32768 };

extern const struct uv__monitor_ops uv__monitor_fake;

/* What the monitor was asked, since fake_reset(). */
struct fake_log {
  unsigned setups, teardowns, rebuilds, updates, forgets, flushes, awaits;
  struct uv__wait last_wait;
};

extern struct fake_log fake_log;

/* Forget the script and the log; time begins at one second. */
void fake_reset(void);

uint64_t fake_now_ns(void);
void fake_pass(uint64_t ns);

/* `events` hold on `fd` from now on; 0: none. */
void fake_hold(int fd, unsigned events);
unsigned fake_held(int fd);
/* They hold from that moment on. Moments are given in rising order. */
void fake_hold_at(uint64_t at_ns, int fd, unsigned events);

/* The next wait reports this, whatever is watched: a stale event, a
 * surprise. */
void fake_post(int fd, uint32_t gen, uint32_t events);

/* update() of `fd` answers so from now on; 0: no longer. */
void fake_refuse(int fd, int error);
/* The next wait fails with `error`. */
void fake_fail(int error);

/* Called when a wait that may block has found nothing, once per wait. */
void fake_on_sleep(void (*hook)(void));

/* The mask `fd` is watched with, and its generation; 0 when it is not. */
unsigned fake_mask(int fd);
uint32_t fake_gen(int fd);

#endif
