/* SPDX-License-Identifier: MIT */
/* A loop on the scripted monitor (test/monitor/fake.h): the shell and both
 * clocks follow the script as well, so descriptors are mere numbers and no test
 * waits.
 *
 * One harness per process. */
#ifndef POLLUX_TEST_HARNESS_H
#define POLLUX_TEST_HARNESS_H

#include "unix/io/io.h"
#include "unix/io/state.h"

#include "fake-shell.h"
#include "fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Numbers that are not open: the loop's own descriptors are below. */
enum { FIRST_FD = 1000, MS = 1000000 };

extern struct harness {
  uv_loop_t loop;
  struct uv__iostate* io;
  unsigned bells; /* Doorbell written. */
  /* So much time passes with each look at the exact clock: else a spin would
   * have no end. Its sum. */
  uint64_t look_ns, looked_ns;
  void (*on_look)(void); /* After each such look; may be NULL. */
} harness;

int set_up(void** state);
int tear_down(void** state);

/* A watcher that counts. */
struct probe {
  uv__io_t w;
  unsigned calls, events;
  void (*then)(struct probe* probe); /* In its callback; may be NULL. */
};

/* Watch FIRST_FD + `index`. */
void probe_start(struct probe* probe, int index, unsigned events);
void probe_stop(struct probe* probe);
/* As a handle's close: the number may be used again. */
void probe_close(struct probe* probe);

static inline int fd_of(const struct probe* probe) {
  return probe->w.fd;
}

/* One poll phase that looks only. */
void poll_once(void);
void poll_times(int count);

enum uv__slot_state state_of(const struct probe* probe);
bool is_hot(const struct probe* probe);

/* Let the probe's descriptor be ready for one phase. */
void fire(struct probe* probe);
/* Enough of them that it is hot. */
void heat(struct probe* probe);

#endif
