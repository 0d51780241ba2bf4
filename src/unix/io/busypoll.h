/* SPDX-License-Identifier: MIT */
/* The busy poll: looking, for a learned moment, before sleeping. Loop thread
 * only. What it does and why it is harmless: docs/busy-polling.md. In a build
 * without it busypoll-none.c takes the place of busypoll.c. */
#ifndef POLLUX_UNIX_IO_BUSYPOLL_H
#define POLLUX_UNIX_IO_BUSYPOLL_H

#include "base/experiment.h"
#include "base/spin.h"

#include <stdbool.h>
#include <stddef.h>

struct uv__iostate;

/* How the wait at hand began, before any sleep. */
enum uv__wait_start {
  UV__START_OFF,     /* The busy poll is off. */
  UV__START_NO_SPIN, /* The busy poll chose not to spin. */
  UV__START_AT_ONCE, /* Something was there already: no wait. */
  UV__START_HIT,     /* A spin found something. */
  UV__START_MISS     /* A spin found nothing. */
};

struct uv__busypoll {
  bool is_live; /* Now it may spin: the only thing to ask before a wait. */
  /* Does the loop spin where it pays (limits.is_tried)? Whether it does now is
   * the experiment's to say; else edge_ns is never reached. */
  struct uv__experiment exp;
  /* What is asked for; of that, what the answers to own requests may take
   * where no experiment was made. */
  struct uv__spin_limits limits, own_limits;
  struct uv__spin_trial trial; /* Of a closed window. */
  int expected;                /* Answers from the pool on their way. */
  int64_t spin_ns;             /* The present window. */
  unsigned misses;             /* Spins in a row that found nothing. */
  /* Estimates for what other threads send, and for signals. */
  int64_t wake_est_ns, signal_est_ns;
  /* The wait at hand. */
  uint64_t began_ns;
  bool is_trial; /* Its spin tries whether a closed window would pay. */
  enum uv__wait_start start;
  /* Counters: spins, those that found something, time spent; waits that were
   * over before they began; changes of the window. */
  uint64_t spins, hits, spun_ns, at_once, grows, shrinks;
};

/* Only while this is true are the functions for waits to be called. */
static inline bool uv__busypoll_is_live(const struct uv__busypoll* busy) {
  return UV__SPIN_IS_BUILT && busy->is_live;
}

/* Is the experiment to be looked after before the next wait? `now_ns` may be a
 * coarse time. */
static inline bool uv__busypoll_is_due(const struct uv__busypoll* busy,
                                       uint64_t now_ns) {
  return UV__SPIN_IS_BUILT && now_ns >= busy->exp.edge_ns;
}

/* New limits; forgets what was learned. Stays off on one CPU. */
void uv__busypoll_set(struct uv__iostate* io,
                      const struct uv__spin_limits* limits);

/* The experiment begins anew: the loop has another thread, or another process,
 * or what it is used for has changed. */
void uv__busypoll_restart(struct uv__iostate* io);

/* Whether it may spin, and so whether waits are to be measured, may have
 * changed. */
void uv__busypoll_review(struct uv__iostate* io);

/* Before a measured wait: look after the experiment. */
void uv__busypoll_prepare(struct uv__iostate* io, uint64_t now_ns);

/* Look for at most the present window and `limit_ns` (-1: none). After a hit,
 * and at once, the ready array may hold already what was found. */
enum uv__wait_start uv__busypoll_spin(struct uv__iostate* io, int64_t limit_ns,
                                      uint64_t start_ns);

/* Look at the kernel once, without a system call if the monitor can tell that
 * nothing is there. Appends to the ready array. 0, or UV_E* as await(). */
int uv__busypoll_look(struct uv__iostate* io);

/* The wait took `block_ns`, and brought what is in the ready array and what was
 * sent. To be called before the first callback. */
void uv__busypoll_learn(struct uv__iostate* io, int64_t block_ns);

#endif
