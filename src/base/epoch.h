/* SPDX-License-Identifier: MIT */
/* What happened between two readings of a loop's counters, and how two such
 * epochs compare: the work, and the CPU time that it took. Pure. The experiment
 * that needs it: experiment.h. */
#ifndef POLLUX_BASE_EPOCH_H
#define POLLUX_BASE_EPOCH_H

#include <stdbool.h>
#include <stdint.h>

/* Running totals of one loop, never decreasing but for wrapping round. */
struct uv__exp_reading {
  uint64_t wall_ns;   /* Monotonic. */
  uint64_t cpu_ns;    /* Of the loop's thread. */
  uint64_t waits;     /* With a timeout other than 0. */
  uint64_t messages;  /* Datagrams, connections, sends, jobs, signals. */
  uint64_t bytes;     /* Read and written on streams. */
  uint64_t transfers; /* The reads and writes that moved them. */
  uint64_t opaque;    /* Events whose work the library does not see. */
  uint64_t preempted; /* Times that the thread had to yield its CPU. */
  bool is_crowded;    /* More runnable threads than CPUs. */
};

/* One kind of epoch in a pair. */
struct uv__exp_arm {
  double work;
  uint64_t cpu_ns, wall_ns, waits;
};

/* What a loop's load looks like; a change of it asks for a new trial. */
struct uv__exp_profile {
  double waits_per_ms, work_per_wait;
};

enum uv__exp_outcome { UV__EXP_VOID, UV__EXP_WIN, UV__EXP_LOSS };

/* Index of an arm. */
enum { UV__EXP_SLEEPS, UV__EXP_SPINS };

/* The difference of totals that may have wrapped round, or been reset. */
static inline uint64_t uv__exp_grown(uint64_t now, uint64_t before) {
  uint64_t by = now - before;
  return by > UINT64_MAX / 2 ? 0 : by;
}

/* The bytes that one read or write moved; `before` where there was none. */
double uv__exp_bytes_per_message(const struct uv__exp_reading* from,
                                 const struct uv__exp_reading* to,
                                 double before);

/* Is there work that is not seen, and not only a little? */
bool uv__exp_is_opaque(const struct uv__exp_reading* from,
                       const struct uv__exp_reading* to);

/* An epoch; so many bytes count as one message. Bytes are what does not change
 * when several messages are read at once, but they must be comparable with
 * datagrams and jobs. */
struct uv__exp_arm uv__exp_arm(const struct uv__exp_reading* from,
                               const struct uv__exp_reading* to,
                               double bytes_per_message);
void uv__exp_add(struct uv__exp_arm* to, const struct uv__exp_arm* from);

struct uv__exp_profile uv__exp_profile(const struct uv__exp_arm* epoch);
bool uv__exp_has_changed(const struct uv__exp_profile* a,
                         const struct uv__exp_profile* b);

/* Of two epochs, UV__EXP_SLEEPS and UV__EXP_SPINS: CPU time per work, spinning
 * against sleeping. */
double uv__exp_cost_ratio(const struct uv__exp_arm arms[2]);

/* What spinning cost more than sleeping would have; negative: less. */
double uv__exp_excess_ns(const struct uv__exp_arm arms[2]);

/* Spinning wins if work is cheaper, or as cheap and much faster; not if it is
 * slower. Epochs of a few waits say nothing. */
enum uv__exp_outcome uv__exp_judge(const struct uv__exp_arm arms[2]);

#endif
