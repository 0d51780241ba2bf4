/* SPDX-License-Identifier: MIT */
/* The contract between the poll phase and an fd monitor. The page
 * docs/adding-a-monitor.md walks through a complete one, and test/monitor/
 * holds each rule for all of them.
 *
 * - A monitor sees descriptors, generations and masks, never a watcher. It only
 *   fills an array, and calls back into nothing.
 * - All calls come from the thread that runs the loop.
 * - Events are levels, whatever the kernel offers: while a wanted condition
 *   holds, each await() reports it, once.
 * - An error of one descriptor is an event of that descriptor. Only await(),
 *   flush() and rebuild() may fail as a whole. The loop then opens another
 *   monitor.
 *
 * The separation into "register", "wait into a list" and "would a wait return
 * at once?" is learnt from QEMU's fd monitors (2020). */
#ifndef POLLUX_UNIX_MONITOR_MONITOR_H
#define POLLUX_UNIX_MONITOR_MONITOR_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv__shell;

/* Beside poll(2)'s bits, in uv__event.events: */
enum uv__event_flag {
  UV__EV_PARKED = 1 << 16,  /* The shell reports it, not the hot set. */
  UV__EV_REFUSED = 1 << 17, /* Cannot be hot here: to be parked, for good. */
};

struct uv__event {
  int fd;
  uint32_t gen; /* Both as update() gave them. */
  uint32_t events;
};

/* The poll phase's array, which await() fills. */
struct uv__ready {
  struct uv__event* events;
  size_t count;
  size_t cap;
};

static inline bool uv__ready_full(const struct uv__ready* ready) {
  return ready->count == ready->cap;
}

/* The caller has made sure that there is room. */
static inline void uv__ready_add(struct uv__ready* ready, int fd, uint32_t gen,
                                 uint32_t events) {
  ready->events[ready->count++] = (struct uv__event){ fd, gen, events };
}

struct uv__wait {
  int64_t timeout_ns;      /* 0: look only. -1: no limit. */
  const sigset_t* sigmask; /* For the blocking call only; NULL: unchanged. */
};

/* What the poll phase and the choice have to know of a monitor. */
enum uv__monitor_cap {
  UV__CAN_PEEK = 1 << 0,       /* peek() is there. */
  UV__HOT_IN_SHELL = 1 << 1,   /* The hot set is the shell; none is parked. */
  UV__UPDATE_IS_FREE = 1 << 2, /* update() makes no system call. */
  UV__IS_RING = 1 << 3,        /* UV_USE_IO_URING=0 forbids it. */
  UV__FOR_AUTO = 1 << 4        /* auto may take it. */
};

enum uv__rebuild {
  UV__REBUILD_FORK,  /* This process is the child of a fork. */
  UV__REBUILD_THREAD /* Another thread runs the loop from now on. */
};

/* What a monitor counts. Each adds to what applies to it, and resets none. */
struct uv__monitor_figures {
  uint64_t enters;    /* Calls of io_uring_enter(2). */
  uint64_t arms;      /* Poll requests queued; */
  uint64_t rearms;    /* of these, after an event. */
  uint64_t cancels;   /* Poll requests cancelled. */
  uint64_t overflows; /* Waits with an overrun completion queue. */
};

struct uv__monitor {
  const struct uv__monitor_ops* ops; /* NULL until opened. */
  struct uv__shell* shell;           /* Never NULL; outlives the monitor. */
  void* impl;                        /* The monitor's own. */
  /* No descriptor may be hot, so update() is not called. An exposed loop sets
   * it, or a setup() that finds the hot set no better than the shell here. */
  bool parks_all;
  /* Why setup() or the open monitor failed, in constant words. NULL if the
   * error's name says all. */
  const char* refusal;
  struct uv__monitor_figures figures;
};

/* `flush` and `peek` may be NULL, all others are there. */
struct uv__monitor_ops {
  const char* name; /* As in POLLUX_MONITOR, and in CMake. */
  unsigned caps;    /* enum uv__monitor_cap */

  /* Open it, in the thread that polls. 0; or UV_E*, and perhaps `refusal`: then
   * nothing is left behind, and the next monitor is tried. */
  int (*setup)(struct uv__monitor* m);
  /* Drop all registrations in the hot set. Entries of parked descriptors stay
   * in the shell. */
  void (*teardown)(struct uv__monitor* m);

  /* The mask of a hot descriptor is `want` from now on; 0 takes it out. `have`
   * is the mask that the monitor has accepted before for this generation. The
   * kernel may be told later; a repeated call costs nothing.
   * 0. UV_EBADF, UV_EPERM: the descriptor cannot be watched at all. UV_ENOMEM,
   * UV_ENOTSUP and others: not here, it is parked. */
  int (*update)(struct uv__monitor* m, int fd, uint32_t gen, unsigned have,
                unsigned want);
  /* Drop all that is known about a descriptor. On return the kernel holds no
   * reference to the open file through this monitor: after a close(2) the peer
   * sees the end. A monitor with a flush() gets this call as well for what
   * update() has taken out. Does nothing for an unknown descriptor. */
  void (*forget)(struct uv__monitor* m, int fd, uint32_t gen);
  /* Tell the kernel all that is queued. On return the kernel has let go of what
   * update() took out. Neither waits nor reports. 0; or UV_E*: this monitor is
   * finished.
   * NULL: nothing is ever queued. */
  int (*flush)(struct uv__monitor* m);

  /* Would await() return at once? No system call. A false yes is allowed, a
   * false no is not. There with UV__CAN_PEEK only. */
  bool (*peek)(const struct uv__monitor* m);
  /* Wait, and append events up to the array's cap, the shell's included. If the
   * array is too small for all, each descriptor has its turn. A signal or an
   * answer out of date may end the wait early, with nothing. 0, then too; or
   * UV_E*: this monitor is finished. */
  int (*await)(struct uv__monitor* m, struct uv__ready* ready,
               const struct uv__wait* wait);

  /* Begin anew: nothing is registered in the hot set, no event is kept. Leaves
   * alone the state of the parent or of the other thread. 0; or UV_E*: this
   * monitor is finished. */
  int (*rebuild)(struct uv__monitor* m, enum uv__rebuild why);
};

/* A timeout in whole ms, rounded up; -1 stays -1. */
static inline int uv__wait_ms(const struct uv__wait* wait) {
  if (wait->timeout_ns < 0) return -1;
  int64_t ms = (wait->timeout_ns + 999999) / 1000000;
  return ms > INT32_MAX ? INT32_MAX : (int) ms;
}

#endif
