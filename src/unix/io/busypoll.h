/* SPDX-License-Identifier: MIT */
/* The busy poll: looking, for a learned moment, before sleeping. Loop thread
 * only. What it does and why it is harmless: docs/busy-polling.md. */
#ifndef POLLUX_UNIX_IO_BUSYPOLL_H
#define POLLUX_UNIX_IO_BUSYPOLL_H

#include "base/spin.h"

#include <stdbool.h>
#include <stddef.h>

struct uv__iostate;

struct uv__busypoll {
  struct uv__spin_limits limits;
  struct uv__spin_trial trial;
  int64_t spin_ns;      /* The present window. */
  int64_t wake_est_ns;  /* Estimate for what other threads send. */
  int64_t signal_est_ns;
  bool is_trial;        /* The spin at hand is one. */
  bool has_spun;        /* There was a spin in this wait. */
  bool was_hit;
  /* Counters: spins, those that found something, time spent. */
  uint64_t spins, hits, spun_ns;
  /* Changes of the window. */
  uint64_t grows, shrinks;
};

/* New limits; forgets what was learned. Stays off on one CPU. */
void uv__busypoll_set(struct uv__iostate* io,
                      const struct uv__spin_limits* limits);

/* Look for at most the present window and `limit_ns` (-1: none). True: something
 * is there; the ready array may hold it already. */
bool uv__busypoll_spin(struct uv__iostate* io, int64_t limit_ns,
                       uint64_t start_ns);

/* The wait took `block_ns` and brought what is in the ready array, and a wake if
 * `was_woken`. To be called before the first callback. */
void uv__busypoll_learn(struct uv__iostate* io, int64_t block_ns,
                        bool was_woken);

#endif
