/* SPDX-License-Identifier: MIT */
/* What the loop layer sets and reads of the poll phase: life, configuration,
 * monitor, figures. Loop thread only, unless said otherwise. */
#ifndef POLLUX_UNIX_IO_CONTROL_H
#define POLLUX_UNIX_IO_CONTROL_H

#include "base/abi.h"
#include "base/spin.h"

#include <stdbool.h>

struct uv__iostate;

struct uv__io_config {
  const char* monitor;    /* As uv__io_find() names it; NULL: auto. */
  const char* complaint;  /* Settings that are not in force; "" or NULL: none.
                           * Outlives the loop. */
  bool ring_is_forbidden; /* UV_USE_IO_URING=0. */
  uint64_t idle_ns;       /* POLLUX_IDLE_MS */
  struct uv__spin_limits spin; /* POLLUX_POLL_* */
};

/* Counters, ever growing. */
struct uv__io_figures {
  /* Calls into the monitor; of these, allowed to block. */
  uint64_t waits, sleeps;
  /* Events dispatched; of these, found without blocking. */
  uint64_t events, events_waiting;
  /* Dropped: of a previous owner; not asked for any more. */
  uint64_t stale, unwanted;
  /* Descriptors that could not be watched. */
  uint64_t refused;
  uint64_t promotions, demotions;
};

/* Every counter of a loop's poll phase at this moment. */
struct uv__io_report {
  size_t hot, parked;
  unsigned switches;
  struct uv__io_figures io;
  uint64_t spins, spin_hits, spin_ns, spin_grows, spin_shrinks;
  uint64_t trials, adoptions;
  uint64_t spin_window_ns;
  uint64_t shell_calls;
  uint64_t ring_enters, ring_arms, ring_rearms, ring_cancels, ring_overflows;
  uint64_t wakes_written, wakes_suppressed;
};

/* Make the io state, before all other loop modules. 0 or UV_E*. */
int uv__io_setup(uv_loop_t* loop, struct uv__iostate** io,
                 const struct uv__io_config* config);
int uv__io_fork(uv_loop_t* loop);
void uv__io_teardown(uv_loop_t* loop);

/* The monitor that `text` means, in small or capital letters: a constant name,
 * or "auto". 0; UV_EINVAL for no monitor's name; UV_ENOTSUP if it was not
 * built. */
int uv__io_find(const char* text, const char** ret_name);

/* Use another monitor from the next poll phase on; NULL or "auto": choose one.
 * Capital letters are not accepted here.
 * 0; UV_EINVAL for a name that is none; UV_ENOTSUP if it was not built. */
int uv__io_wish(uv_loop_t* loop, const char* monitor);

/* Set the limits of the busy poll, which forgets what it has learned; and the
 * silence before a descriptor is parked. What is set is not tried. */
void uv__io_set_spin(uv_loop_t* loop, const struct uv__spin_limits* limits);
void uv__io_set_idle(uv_loop_t* loop, uint64_t idle_ns);

/* uv_backend_fd(): from now on every wanted descriptor is live in the shell
 * whenever uv_run() is not running. */
int uv__io_expose(uv_loop_t* loop);

/* Are there changes that the kernel does not know yet? An embedder must run the
 * loop before it sleeps. */
bool uv__io_is_dirty(const uv_loop_t* loop);

void uv__io_block_sigprof(uv_loop_t* loop);
/* Measure waiting time from now on. What was measured so far, from any
 * thread. */
void uv__io_count_idle(uv_loop_t* loop);
uint64_t uv__io_idle_ns(const uv_loop_t* loop);

/* Count events that are no descriptor's: finished work of the thread pool. They
 * count as waiting if the last wait did not sleep. */
void uv__io_add_events(uv_loop_t* loop, unsigned count);

/* `delta` more results will come from the thread pool. While some are expected,
 * waiting for them may be worth a spin. */
void uv__io_expect(uv_loop_t* loop, int delta);

/* The monitor's name, NULL before the first poll; why it is this one, ""
 * before; the busy poll's limits in force, with a max_ns of 0 on one CPU; the
 * counters. None of these walks the fd table. */
const char* uv__io_monitor(const uv_loop_t* loop);
const char* uv__io_reason(const uv_loop_t* loop);
const struct uv__spin_limits* uv__io_spin(const uv_loop_t* loop);
const struct uv__io_figures* uv__io_figures(const uv_loop_t* loop);

/* All counters. This one walks the fd table, to count the parked ones. */
void uv__io_report(const uv_loop_t* loop, struct uv__io_report* report);

/* Refresh the loop's cached time. */
void uv__io_update_time(uv_loop_t* loop);

#endif
