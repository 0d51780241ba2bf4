/* SPDX-License-Identifier: MIT */
/* The loads of the simulation: what arrives at the simulated loops, and when.
 */
#ifndef POLLUX_BENCHMARK_SIMULATE_LOADS_H
#define POLLUX_BENCHMARK_SIMULATE_LOADS_H

#include <stdbool.h>

enum peer { NONE, OURS, THEIRS };

struct phase { /* Which of these are 0 do not take place. */
  enum peer peer;
  double gap_ns;   /* Of an open stream. */
  double think_ns; /* Before each answer of the first loop. */
};

struct load {
  const char* name;
  struct phase phases[4]; /* In turn, 100 ms each, if there are several. */
  int phase_count;
  int in_flight;     /* Messages between the two; 0: one. */
  double peer_ns;    /* Handling in the peer; 0: as ours. */
  double burst;      /* Mean number of messages that come at once; 0: one. */
  bool is_regular;   /* Gaps all alike, not exponential. */
  double hogs;       /* Per CPU. */
  bool is_blind;     /* The loop is not told that there are hogs. */
  double latency_ns; /* In place of costs.latency. */
  double scale;      /* Of what sleeping and waking cost; 0: 1. */
};

static const struct load loads[] = {
#define CLOSED(label, whose, ...)                                              \
  {                                                                            \
    .name = label, .phases = { { whose, 0, 0 } }, .phase_count = 1,            \
    __VA_ARGS__                                                                \
  }
#define OPEN(label, gap, ...)                                                  \
  {                                                                            \
    .name = label, .phases = { { NONE, gap, 0 } }, .phase_count = 1,           \
    __VA_ARGS__                                                                \
  }
#define GAPS(prefix, ...)                                                      \
  OPEN(prefix "-1us", 1e3, __VA_ARGS__),                                       \
      OPEN(prefix "-2us", 2e3, __VA_ARGS__),                                   \
      OPEN(prefix "-5us", 5e3, __VA_ARGS__),                                   \
      OPEN(prefix "-10us", 1e4, __VA_ARGS__),                                  \
      OPEN(prefix "-20us", 2e4, __VA_ARGS__),                                  \
      OPEN(prefix "-50us", 5e4, __VA_ARGS__),                                  \
      OPEN(prefix "-100us", 1e5, __VA_ARGS__),                                 \
      OPEN(prefix "-200us", 2e5, __VA_ARGS__),                                 \
      OPEN(prefix "-500us", 5e5, __VA_ARGS__),                                 \
      OPEN(prefix "-1ms", 1e6, __VA_ARGS__),                                   \
      OPEN(prefix "-10ms", 1e7, __VA_ARGS__)
  CLOSED("both-ours", OURS),
  CLOSED("one-end", THEIRS),
  CLOSED("one-end-slow-peer", THEIRS, .peer_ns = 80000),
  /* Here the end that spins alone loses. */
  CLOSED("both-ours-trap", OURS, .latency_ns = 12000),
  CLOSED("one-end-trap", THEIRS, .latency_ns = 12000),
  /* A machine on which sleeping is cheap. */
  CLOSED("cheap-both-ours", OURS, .scale = 0.3),
  CLOSED("cheap-one-end", THEIRS, .scale = 0.3),
  OPEN("cheap-poisson-2us", 2e3, .scale = 0.3),
  OPEN("cheap-poisson-5us", 5e3, .scale = 0.3),
  OPEN("cheap-poisson-20us", 2e4, .scale = 0.3),
  OPEN("cheap-poisson-100us", 1e5, .scale = 0.3),
  CLOSED("pool-job-1us", THEIRS, .peer_ns = 1000),
  CLOSED("pool-job-20us", THEIRS, .peer_ns = 20000),
  CLOSED("both-ours-10", OURS, .in_flight = 10),
  CLOSED("one-end-10", THEIRS, .in_flight = 10),
  CLOSED("both-ours-100", OURS, .in_flight = 100),
  GAPS("regular", .is_regular = true),
  GAPS("poisson", .is_regular = false),
  OPEN("burst-20us", 2e4, .burst = 5),
  OPEN("burst-200us", 2e5, .burst = 20),
  { .name = "think-20us", .phases = { { OURS, 0, 2e4 } }, .phase_count = 1 },
  { .name = "think-100us", .phases = { { OURS, 0, 1e5 } }, .phase_count = 1 },
  { .name = "think-1ms", .phases = { { OURS, 0, 1e6 } }, .phase_count = 1 },
  { .name = "closed+open-50us",
    .phases = { { OURS, 5e4, 0 } },
    .phase_count = 1 },
  { .name = "change-closed-5us",
    .phases = { { OURS, 0, 0 }, { NONE, 5e3, 0 } },
    .phase_count = 2 },
  { .name = "change-closed-50us",
    .phases = { { OURS, 0, 0 }, { NONE, 5e4, 0 } },
    .phase_count = 2 },
  { .name = "change-one-end-10us",
    .phases = { { THEIRS, 0, 0 }, { NONE, 1e4, 0 } },
    .phase_count = 2 },
  { .name = "change-closed-idle",
    .phases = { { OURS, 0, 0 }, { NONE, 0, 0 } },
    .phase_count = 2 },
  { .name = "change-5us-200us",
    .phases = { { NONE, 5e3, 0 }, { NONE, 2e5, 0 } },
    .phase_count = 2 },
  { .name = "change-all",
    .phases = { { OURS, 0, 0 },
                { NONE, 5e3, 0 },
                { THEIRS, 0, 0 },
                { NONE, 1e5, 0 } },
    .phase_count = 4 },
  CLOSED("both-ours-1hog", OURS, .hogs = 0.5),
  CLOSED("both-ours-2hogs", OURS, .hogs = 1),
  CLOSED("both-ours-4hogs", OURS, .hogs = 2),
  CLOSED("one-end-2hogs", THEIRS, .hogs = 1),
  CLOSED("both-ours-1hog-blind", OURS, .hogs = 0.5, .is_blind = true),
  CLOSED("both-ours-2hogs-blind", OURS, .hogs = 1, .is_blind = true),
  CLOSED("both-ours-4hogs-blind", OURS, .hogs = 2, .is_blind = true),
  CLOSED("one-end-2hogs-blind", THEIRS, .hogs = 1, .is_blind = true),
  OPEN("poisson-10us-2hogs", 1e4, .hogs = 1),
  OPEN("poisson-10us-2hogs-blind", 1e4, .hogs = 1, .is_blind = true),
};
enum { LOADS = sizeof(loads) / sizeof(loads[0]) };

#endif
