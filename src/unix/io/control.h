/* SPDX-License-Identifier: MIT */
/* The poll phase as the loop layer steers it: set-up, configuration, monitor,
 * figures. Loop thread only, unless said otherwise. */
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
  uint64_t spin_window_ns;
  uint64_t shell_calls;
  uint64_t ring_enters, ring_arms, ring_rearms, ring_cancels, ring_overflows;
  uint64_t wakes_written, wakes_suppressed;
};

/* The io state; goes first among the loop modules. 0 or UV_E*. */
int uv__io_setup(uv_loop_t* loop, struct uv__iostate** io,
                 const struct uv__io_config* config);
int uv__io_fork(uv_loop_t* loop);
void uv__io_teardown(uv_loop_t* loop);

/* The monitor that `text` means, in small or capital letters: a constant name,
 * or "auto". 0; UV_EINVAL for no monitor's name; UV_ENOTSUP if it was not
 * built. */
int uv__io_find(const char* text, const char** ret_name);

/* Use another monitor from the next poll phase on; NULL or "auto": choose. A
 * program's text is exact: capital letters are another name.
 * 0; UV_EINVAL for a name that is none; UV_ENOTSUP if it was not built. */
int uv__io_wish(uv_loop_t* loop, const char* monitor);

/* Other limits of the busy poll, and of the silence before parking; what was
 * learned is forgotten. */
void uv__io_set_spin(uv_loop_t* loop, const struct uv__spin_limits* limits);
void uv__io_set_idle(uv_loop_t* loop, uint64_t idle_ns);

/* uv_backend_fd(): from now on every wanted descriptor is live in the shell
 * whenever uv_run() is not running. */
int uv__io_expose(uv_loop_t* loop);

/* Changes wait to be told to the kernel: an embedder must run the loop before
 * it sleeps. */
bool uv__io_is_dirty(const uv_loop_t* loop);

void uv__io_block_sigprof(uv_loop_t* loop);
/* Measure waiting time from now on, and what was measured so far; the latter
 * from any thread. */
void uv__io_count_idle(uv_loop_t* loop);
uint64_t uv__io_idle_ns(const uv_loop_t* loop);

/* Events beside those of descriptors, for the figures: jobs of the pool. They
 * count as waiting if the last wait did not sleep. */
void uv__io_add_events(uv_loop_t* loop, unsigned count);

/* `delta` more answers to requests of ours are on their way from the thread
 * pool. While there are a few, waiting for them may be worth a spin. */
void uv__io_expect(uv_loop_t* loop, int delta);

/* The monitor's name, NULL before the first poll; why this one, "" before; the
 * busy poll's limits in force: max_ns is 0 on one CPU; and the phase's own
 * figures. They walk nothing. */
const char* uv__io_monitor(const uv_loop_t* loop);
const char* uv__io_reason(const uv_loop_t* loop);
const struct uv__spin_limits* uv__io_spin(const uv_loop_t* loop);
const struct uv__io_figures* uv__io_figures(const uv_loop_t* loop);

/* Counts the parked descriptors: walks the fd table. */
void uv__io_report(const uv_loop_t* loop, struct uv__io_report* report);

/* Refresh the loop's cached time. */
void uv__io_update_time(uv_loop_t* loop);

#endif
