/* SPDX-License-Identifier: MIT */
/* Pollux beyond libuv: which fd monitor a loop runs on, and what it counts. All
 * optional: a program that ignores this header loses nothing.
 *
 * Every function takes a loop that was initialised by this library, and is
 * called on the loop's thread. Errors are libuv's negative UV_E* codes. The
 * idea of swappable monitors comes from QEMU's aio-posix (2020). */
#ifndef POLLUX_H
#define POLLUX_H

#include "uv.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The monitor the loop runs on: "poll", "epoll" or "io_uring"; NULL before the
 * first poll phase, when none is chosen yet. The text is constant. */
UV_EXTERN const char* pollux_monitor_name(const uv_loop_t* loop);

/* Why this one, in words: "as asked", "auto"; then what refused before it and
 * why; then each POLLUX_* variable whose value is not in force. "" before the
 * first poll phase. Valid until the next call of uv_run(). */
UV_EXTERN const char* pollux_monitor_reason(const uv_loop_t* loop);

/* Use the monitor of that name, or with "auto" or NULL the one Pollux picks,
 * from the next poll phase on; a running loop may be switched from a callback.
 * No event is lost. A monitor that cannot start is replaced by the next simpler
 * one: see pollux_monitor_reason().
 * Returns 0; UV_EINVAL for a name that is no monitor's; UV_ENOTSUP for one that
 * was not built. */
UV_EXTERN int pollux_monitor_set(uv_loop_t* loop, const char* name);

/* Counters of a loop since uv_loop_init(), ever growing, but for `hot`,
 * `parked` and `spin_window_ns`, which are as of now. The line of POLLUX_STATS
 * has a word for each, of that name and in this order. Later versions append
 * fields. */
typedef struct pollux_counters_s {
  /* Turns of uv_run(); calls into the monitor; of these, allowed to block. */
  uint64_t iterations, waits, sleeps;
  /* Events dispatched; dropped, of a closed owner; of stopped watchers. */
  uint64_t events, stale, unwanted;
  /* Descriptors looked at in each wait, and parked in the shell; both now. */
  uint64_t hot, parked;
  /* parked -> hot, and hot -> parked. */
  uint64_t promotions, demotions;
  /* Calls of epoll_ctl(2). */
  uint64_t interest_changes;
  /* Calls of io_uring_enter(2); poll requests armed again after firing; poll
   * requests cancelled; overruns of the completion queue. */
  uint64_t ring_enters, ring_rearms, ring_cancels, ring_overflows;
  /* Changes of the monitor, by request or after a failure. */
  uint64_t monitor_switches;
  /* Wake-ups that needed a system call, and those that did not. */
  uint64_t wakes_written, wakes_suppressed;
  /* Busy polls; those that found something; time spent in them; changes of the
   * window; the window now (ns). */
  uint64_t spins, spin_hits, spin_ns;
  uint64_t spin_grows, spin_shrinks, spin_window_ns;
  /* Events dispatched that were found without blocking; descriptors that could
   * not be watched; poll requests given to the ring. */
  uint64_t events_waiting, refused, ring_arms;
  /* Times that the loop has tried whether spinning is no dearer than sleeping;
   * that it has found so, and went on spinning. */
  uint64_t trials, adoptions;
} pollux_counters_t;

/* Fill the first `size` bytes of `counters`; pass sizeof(pollux_counters_t).
 * Returns 0, or UV_EINVAL for NULL or a size of 0. */
UV_EXTERN int pollux_counters(const uv_loop_t* loop,
                              pollux_counters_t* counters, size_t size);

/* Settings of the busy poll, as POLLUX_POLL_MAX_NS and its kin (README). */
typedef struct pollux_busy_poll_s {
  uint64_t max_ns; /* Ceiling of the window; 0: off. At most 10 ms. */
  unsigned grow;   /* Factor of growth, 1 to 1000; 0: the default, 2. */
  unsigned shrink; /* Divisor of shrinking, 1 to 1000; 0: the default, 2. */
  unsigned weight; /* Shift of the average, 1 to 63; 0: the default, 3. */
} pollux_busy_poll_t;

/* Change them for this loop; what was learned is forgotten. On one CPU, or
 * under a quota of less than two, busy polling stays off whatever is asked for.
 * Returns 0, or UV_EINVAL for NULL or a value out of range. */
UV_EXTERN int pollux_busy_poll_set(uv_loop_t* loop,
                                   const pollux_busy_poll_t* settings);

/* Those in force: max_ns is 0 where busy polling is off. */
UV_EXTERN int pollux_busy_poll_get(const uv_loop_t* loop,
                                   pollux_busy_poll_t* settings);

/* Park a hot descriptor after so many ms of silence (POLLUX_IDLE_MS); up to
 * 86 400 000, else UV_EINVAL. 0: no descriptor is parked from now on, which is
 * for measuring what parking saves. */
UV_EXTERN int pollux_idle_set(uv_loop_t* loop, uint64_t idle_ms);

/* --- Figures --------------------------------------------------------------
 *
 * Histograms of what a loop waits for and of what delays it. They are off until
 * asked for, per loop here or for all loops by POLLUX_STATS=live, which also
 * shows them to `pollux top`. A loop that makes more callbacks than the clock
 * can follow at half a per cent of the time is timed in some of its iterations
 * only; each stands for the others. */

/* Measure this loop, from its next iteration on; with `is_on` 0 no longer: what
 * was measured stays. The first loop that is measured switches the figures of
 * the thread pool on, for the whole process and for good.
 * Returns 0 or UV_ENOMEM. */
UV_EXTERN int pollux_figures_set(uv_loop_t* loop, int is_on);

/* What a histogram says. Values are ns, but for "events". A percentile is right
 * to one part in 16, never too low, and never more than `max`. Later versions
 * append fields. */
typedef struct pollux_histogram_s {
  uint64_t count, sum, max;
  uint64_t p50, p90, p99, p999;
} pollux_histogram_t;

/* Read the histogram of that name; the first `size` bytes of `histogram` are
 * filled, pass sizeof(pollux_histogram_t).
 *
 *   "timer_delay"  from when a timer was due to its callback
 *   "event_delay"  from the return of the wait to an event's callback
 *   "callback"     how long a callback takes
 *   "wait"         how long the poll phase waits
 *   "events"       events per wait, a number
 *
 * and of the process's thread pool, where `loop` may be NULL:
 *
 *   "queued_fast", "queued_slow"     from submit to begin, by lane; the slow
 *                                    one is name resolution
 *   "run_fs", "run_dns", "run_user"  from begin to end, by kind
 *
 * A loop's are read on its thread, the pool's on any. Returns 0; UV_EINVAL for
 * a NULL, a size of 0, or a name that is none; UV_ENOENT when the figures were
 * never switched on. */
UV_EXTERN int pollux_histogram(const uv_loop_t* loop, const char* name,
                               pollux_histogram_t* histogram, size_t size);

/* One of the callbacks that took longest, each callback once. */
typedef struct pollux_slow_s {
  const char* type;  /* "timer", "tcp", "fs": a handle's or a request's. */
  uintptr_t address; /* Of the program's function; 0: not known. */
  uint64_t took_ns;
  uint64_t when_ns; /* Its end, as uv_hrtime(). */
} pollux_slow_t;

/* Fill `list` with up to `count` of them, the longest first. On the loop's
 * thread. Returns how many; UV_EINVAL for NULL; UV_ENOENT as above. */
UV_EXTERN int pollux_slowest(const uv_loop_t* loop, pollux_slow_t* list,
                             size_t count);

#ifdef __cplusplus
}
#endif
#endif
