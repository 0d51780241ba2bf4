/* SPDX-License-Identifier: MIT */
/* The counters of pollux.h, all in one table: from it come pollux_counters()
 * and the words of the stats line. counters.c compares it with the public
 * struct when it is compiled, the CTest abi/counters compares that with
 * docs/environment.md. Loop thread only. */
#ifndef POLLUX_LOOP_COUNTERS_H
#define POLLUX_LOOP_COUNTERS_H

#include "base/abi.h"

#include "../include/pollux.h"

/* X(field of pollux_counters_t, where it is read), in the struct's order.
 * `self` is the loop's private state, `report` a struct uv__io_report. */
#define UV__COUNTERS(X)                                                        \
  X(iterations, self->iterations)                                              \
  X(waits, report.io.waits)                                                    \
  X(sleeps, report.io.sleeps)                                                  \
  X(events, report.io.events)                                                  \
  X(stale, report.io.stale)                                                    \
  X(unwanted, report.io.unwanted)                                              \
  X(hot, report.hot)                                                           \
  X(parked, report.parked)                                                     \
  X(promotions, report.io.promotions)                                          \
  X(demotions, report.io.demotions)                                            \
  X(interest_changes, report.shell_calls)                                      \
  X(ring_enters, report.ring_enters)                                           \
  X(ring_rearms, report.ring_rearms)                                           \
  X(ring_cancels, report.ring_cancels)                                         \
  X(ring_overflows, report.ring_overflows)                                     \
  X(monitor_switches, report.switches)                                         \
  X(wakes_written, report.wakes_written)                                       \
  X(wakes_suppressed, report.wakes_suppressed)                                 \
  X(spins, report.spins)                                                       \
  X(spin_hits, report.spin_hits)                                               \
  X(spin_ns, report.spin_ns)                                                   \
  X(spin_grows, report.spin_grows)                                             \
  X(spin_shrinks, report.spin_shrinks)                                         \
  X(spin_window_ns, report.spin_window_ns)                                     \
  X(events_waiting, report.io.events_waiting)                                  \
  X(refused, report.io.refused)                                                \
  X(ring_arms, report.ring_arms)                                               \
  X(trials, report.trials)                                                     \
  X(adoptions, report.adoptions)

/* All counters as of now. */
void uv__counters_read(const uv_loop_t* loop, pollux_counters_t* counters);

#endif
