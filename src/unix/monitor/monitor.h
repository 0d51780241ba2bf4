/* SPDX-License-Identifier: MIT */
/* The contract between the poll phase and an fd monitor. A monitor sees
 * descriptors, generations and masks, never a watcher; it fills a plain array
 * and calls nobody. To add one: a file here with a `const struct
 * uv__monitor_ops uv__monitor_<name>`, and a line in src/CMakeLists.txt.
 *
 * All of it on the loop thread. Level-triggered, whatever the kernel offers:
 * while a wanted condition holds, each await() reports it. Errors of one
 * descriptor are events of that descriptor; only await() may fail as a whole,
 * and then the loop falls back to the next monitor.
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
  UV__EV_PARKED = 1 << 16,  /* Reported by the shell, not by the hot set. */
  UV__EV_REFUSED = 1 << 17, /* Cannot be hot here: to be parked, for good. */
};

struct uv__event {
  int fd;
  uint32_t gen; /* Both as update() gave them. */
  uint32_t events;
};

/* The poll phase's array, lent to await(). */
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

enum uv__monitor_cap {
  UV__CAN_PEEK = 1 << 0,      /* peek() is there. */
  UV__HOT_IN_SHELL = 1 << 1,  /* The hot set is the shell: nothing is parked. */
  UV__UPDATE_IS_FREE = 1 << 2, /* update() makes no system call. */
  UV__IS_RING = 1 << 3,        /* UV_USE_IO_URING=0 forbids it. */
  UV__FOR_AUTO = 1 << 4        /* auto may take it. */
};

enum uv__rebuild {
  UV__REBUILD_FORK,  /* We are the child. */
  UV__REBUILD_THREAD /* Another thread runs the loop from now on. */
};

/* What a monitor counts; each adds to what applies to it. */
struct uv__monitor_figures {
  uint64_t enters;    /* io_uring_enter(2) */
  uint64_t arms;      /* poll requests queued */
  uint64_t rearms;    /* of these, after a firing */
  uint64_t cancels;   /* requests cancelled */
  uint64_t overflows; /* completion queue overran */
};

struct uv__monitor {
  const struct uv__monitor_ops* ops; /* NULL until opened. */
  struct uv__shell* shell;           /* Never NULL; outlives the monitor. */
  void* impl;                        /* The monitor's own; nobody else looks. */
  bool parks_all; /* Nothing may be hot: an exposed loop, or a monitor that says
                   * so in setup(). update() is not called then. */
  const char* refusal; /* Of a setup() that failed: why, in constant words; NULL
                        * when the error says all. */
  struct uv__monitor_figures figures;
};

struct uv__monitor_ops {
  const char* name; /* As in POLLUX_MONITOR. */
  unsigned caps;    /* enum uv__monitor_cap */

  /* 0; or UV_E*, and perhaps `refusal`: the next monitor is tried. By the
   * thread that polls, at its first poll. */
  int (*setup)(struct uv__monitor* m);
  /* Drops all registrations of its own; the shell's entries are not its. */
  void (*teardown)(struct uv__monitor* m);

  /* The mask of a hot descriptor is `want` now, 0 removes it; `have` is what
   * was accepted for this generation before. May be batched; repeats are free.
   * 0, or UV_EBADF, UV_EPERM: it cannot be watched; UV_ENOMEM and others: not
   * here, park it. */
  int (*update)(struct uv__monitor* m, int fd, uint32_t gen, unsigned have,
                unsigned want);
  /* Drop everything known about a descriptor, now: on return the kernel holds
   * no reference to the open file through this monitor, so the caller may close
   * it and the peer sees the end. Never batched. With a flush() it is called as
   * well for what update() has taken out, since the kernel may not know yet; for
   * a descriptor never heard of it does nothing. */
  void (*forget)(struct uv__monitor* m, int fd, uint32_t gen);
  /* Everything queued has reached the kernel, and it has let go of what
   * update() took out. No waiting, no events. 0 or UV_E*. NULL: nothing is ever
   * queued. */
  int (*flush)(struct uv__monitor* m);

  /* Would await() return at once? No system call. A false yes is allowed, a
   * false no is not. NULL without UV__CAN_PEEK. */
  bool (*peek)(const struct uv__monitor* m);
  /* Append up to what there is room for, the shell's included; call nobody.
   * 0, also when interrupted; or UV_E*: this monitor is finished. */
  int (*await)(struct uv__monitor* m, struct uv__ready* ready,
               const struct uv__wait* wait);

  /* Fresh kernel state, nothing registered, no events kept; the parent's or
   * the other thread's state is left alone. 0, or UV_E*: finished. */
  int (*rebuild)(struct uv__monitor* m, enum uv__rebuild why);
};

/* A timeout in whole ms, rounded up; -1 stays -1. */
static inline int uv__wait_ms(const struct uv__wait* wait) {
  if (wait->timeout_ns < 0) return -1;
  int64_t ms = (wait->timeout_ns + 999999) / 1000000;
  return ms > INT32_MAX ? INT32_MAX : (int) ms;
}

#endif
