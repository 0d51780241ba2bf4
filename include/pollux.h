/* SPDX-License-Identifier: MIT */
/* Pollux beyond libuv: which fd monitor a loop runs on, and what it counts. All
 * optional: a program that ignores this header loses nothing.
 *
 * Every function takes a loop that was initialised by this library, and is
 * called on the loop's thread. Errors are libuv's negative UV_E* codes. The idea
 * of swappable monitors comes from QEMU's aio-posix (2020). */
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

/* Why this one, in words: "as asked", "auto", and what refused before it. ""
 * before the first poll phase. Valid until the next call of uv_run(). */
UV_EXTERN const char* pollux_monitor_reason(const uv_loop_t* loop);

/* Use the monitor of that name, or with "auto" or NULL the one Pollux picks,
 * from the next poll phase on; a running loop may be switched from a callback.
 * No event is lost. A monitor that cannot start is replaced by the next simpler
 * one: see pollux_monitor_reason().
 * Returns 0; UV_EINVAL for a name that is no monitor's; UV_ENOTSUP for one that
 * was not built. */
UV_EXTERN int pollux_monitor_set(uv_loop_t* loop, const char* name);

/* Counters of a loop since uv_loop_init(), ever growing, but for `hot` and
 * `parked`, which are as of now. Later versions append fields. */
typedef struct pollux_counters_s {
  uint64_t iterations;       /* Turns of uv_run(). */
  uint64_t waits;            /* Calls into the monitor, */
  uint64_t sleeps;           /* of these, allowed to block. */
  uint64_t events;           /* Events dispatched. */
  uint64_t stale;            /* Events of a closed owner, dropped. */
  uint64_t unwanted;         /* Events of stopped watchers. */
  uint64_t hot;              /* Descriptors looked at in each wait, now. */
  uint64_t parked;           /* Descriptors parked in the shell, now. */
  uint64_t promotions;       /* parked -> hot */
  uint64_t demotions;        /* hot -> parked */
  uint64_t interest_changes; /* epoll_ctl(2) calls. */
  uint64_t ring_enters;      /* io_uring_enter(2) calls. */
  uint64_t ring_rearms;      /* Poll requests armed again after firing. */
  uint64_t ring_cancels;     /* Poll requests cancelled. */
  uint64_t ring_overflows;   /* Completion queue overruns. */
  uint64_t monitor_switches; /* By request or after a failure. */
  uint64_t wakes_written;    /* Wake-ups that needed a system call, */
  uint64_t wakes_suppressed; /* and those that did not. */
} pollux_counters_t;

/* Fill the first `size` bytes of `counters`; pass sizeof(pollux_counters_t).
 * Returns 0, or UV_EINVAL for NULL or a size of 0. */
UV_EXTERN int pollux_counters(const uv_loop_t* loop,
                              pollux_counters_t* counters, size_t size);

#ifdef __cplusplus
}
#endif
#endif
