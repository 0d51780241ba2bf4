/* SPDX-License-Identifier: MIT */
/* What is queued for the pool, and which job is next. The pool calls all of it
 * under its mutex.
 *
 * Each submitter, a loop, has a share: two lanes of work of its own. Shares
 * take turns of one job each, so a loop with a thousand jobs delays another
 * loop's work by one job at a time.
 *
 * Within a share the marker, a node without work in the fast lane, says when
 * the first job of the slow lane is due: after the fast work that was queued
 * before it, and ahead of what came later. So neither lane starves or overtakes
 * the other, not even in a pool of one thread. */
#ifndef POLLUX_LOOP_LANES_H
#define POLLUX_LOOP_LANES_H

#include "base/abi.h"

#include <stdbool.h>

enum uv__pool_lane {
  UV__LANE_FAST,
  UV__LANE_SLOW, /* At most half of the pool, rounded up, at a time. */
  UV__LANE_COUNT,
};

/* All zero is an empty share. Must stay where it is while it has work. */
struct uv__share {
  unsigned epoch;          /* Of the lanes it was used with last. */
  struct uv__queue marker; /* In the fast lane, or unlinked. */
  struct uv__queue work[UV__LANE_COUNT];
  struct uv__queue turn[UV__LANE_COUNT]; /* In lanes.turns while it has work. */
};

struct uv__lanes {
  unsigned epoch;
  bool was_slow; /* The last job that was taken. */
  struct uv__queue turns[UV__LANE_COUNT];
};

/* Make it empty. What was queued is forgotten, and shares count as all zero. */
void uv__lanes_init(struct uv__lanes* lanes);

void uv__lanes_push(struct uv__lanes* lanes, struct uv__share* share,
                    enum uv__pool_lane lane, struct uv__work* w);

/* The lane to serve next, slow ones only if they may; UV__LANE_COUNT when there
 * is nothing. */
enum uv__pool_lane uv__lanes_choose(const struct uv__lanes* lanes,
                                    bool may_be_slow);

/* Take the next job of a lane that has one. */
struct uv__work* uv__lanes_take(struct uv__lanes* lanes,
                                enum uv__pool_lane lane);

/* Take out a job that was queued with that share. */
void uv__lanes_remove(const struct uv__lanes* lanes, struct uv__share* share,
                      struct uv__work* w);

/* What must hold between two calls; for assertions. */
bool uv__lanes_valid(const struct uv__lanes* lanes);

#endif
