/* SPDX-License-Identifier: MIT */
/* See epoch.h; cases in test/unit/experiment.c. */
#include "base/epoch.h"

enum {
  WAITS_MIN = 4,    /* In an epoch that is to count. */
  OPAQUE_SHARE = 8, /* Events unseen: no more than one in so many, */
  OPAQUE_MIN = 4    /* ... where there are any number of them. */
};

static uint64_t grown(uint64_t now, uint64_t before) {
  return uv__exp_grown(now, before);
}

double uv__exp_bytes_per_message(const struct uv__exp_reading* from,
                                 const struct uv__exp_reading* to,
                                 double before) {
  uint64_t transfers = grown(to->transfers, from->transfers);
  if (transfers == 0) return before;
  double bytes = (double) grown(to->bytes, from->bytes);
  double each = bytes / (double) transfers;
  return each > 1 ? each : 1;
}

bool uv__exp_is_opaque(const struct uv__exp_reading* from,
                       const struct uv__exp_reading* to) {
  uint64_t seen = grown(to->messages, from->messages) +
                  grown(to->transfers, from->transfers);
  uint64_t unseen = grown(to->opaque, from->opaque);
  return unseen >= OPAQUE_MIN && unseen > seen / OPAQUE_SHARE;
}

struct uv__exp_arm uv__exp_arm(const struct uv__exp_reading* from,
                               const struct uv__exp_reading* to,
                               double bytes_per_message) {
  double bytes = (double) grown(to->bytes, from->bytes);
  return (struct uv__exp_arm){
    .work = (double) grown(to->messages, from->messages) +
            bytes / bytes_per_message,
    .cpu_ns = grown(to->cpu_ns, from->cpu_ns),
    .wall_ns = grown(to->wall_ns, from->wall_ns),
    .waits = grown(to->waits, from->waits),
  };
}

void uv__exp_add(struct uv__exp_arm* to, const struct uv__exp_arm* from) {
  to->work += from->work;
  to->cpu_ns += from->cpu_ns;
  to->wall_ns += from->wall_ns;
  to->waits += from->waits;
}

struct uv__exp_profile uv__exp_profile(const struct uv__exp_arm* epoch) {
  double waits = (double) epoch->waits;
  double wall_ms = (double) epoch->wall_ns / 1e6;
  return (struct uv__exp_profile){
    .waits_per_ms = wall_ms > 0 ? waits / wall_ms : 0,
    .work_per_wait = waits > 0 ? epoch->work / waits : 0,
  };
}

static bool differs(double a, double b) {
  return a > b * 1.5 || b > a * 1.5;
}

bool uv__exp_has_changed(const struct uv__exp_profile* a,
                         const struct uv__exp_profile* b) {
  return differs(a->waits_per_ms, b->waits_per_ms) ||
         differs(a->work_per_wait, b->work_per_wait);
}

double uv__exp_cost_ratio(const struct uv__exp_arm arms[2]) {
  const struct uv__exp_arm* sleeps = &arms[UV__EXP_SLEEPS];
  const struct uv__exp_arm* spins = &arms[UV__EXP_SPINS];
  return (double) spins->cpu_ns * sleeps->work /
         ((double) sleeps->cpu_ns * spins->work);
}

static double rate_ratio(const struct uv__exp_arm arms[2]) {
  const struct uv__exp_arm* sleeps = &arms[UV__EXP_SLEEPS];
  const struct uv__exp_arm* spins = &arms[UV__EXP_SPINS];
  return spins->work * (double) sleeps->wall_ns /
         (sleeps->work * (double) spins->wall_ns);
}

double uv__exp_excess_ns(const struct uv__exp_arm arms[2]) {
  const struct uv__exp_arm* sleeps = &arms[UV__EXP_SLEEPS];
  const struct uv__exp_arm* spins = &arms[UV__EXP_SPINS];
  return (double) spins->cpu_ns -
         spins->work * (double) sleeps->cpu_ns / sleeps->work;
}

static bool counts(const struct uv__exp_arm* arm) {
  return arm->waits >= WAITS_MIN && arm->work > 0 && arm->cpu_ns > 0 &&
         arm->wall_ns > 0;
}

enum uv__exp_outcome uv__exp_judge(const struct uv__exp_arm arms[2]) {
  if (!counts(&arms[UV__EXP_SLEEPS]) || !counts(&arms[UV__EXP_SPINS]))
    return UV__EXP_VOID;
  double cost = uv__exp_cost_ratio(arms);
  double rate = rate_ratio(arms);
  bool is_cheaper = cost <= 0.97 || (cost <= 1 && rate >= 1.25);
  return is_cheaper && rate >= 0.9 ? UV__EXP_WIN : UV__EXP_LOSS;
}
