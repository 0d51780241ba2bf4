/* SPDX-License-Identifier: MIT */
/* The pool's queues; see lanes.h.
 *
 * A share is in the turns of a lane exactly while it has work there. The share
 * that is served goes to the end. After a fork the child's lanes begin a new
 * epoch: a share that still holds the parent's work is made empty before its
 * next use, and what is in it is not touched. */
#include "loop/lanes.h"

#include "base/assert.h"
#include "base/queue.h"

void uv__lanes_init(struct uv__lanes* lanes) {
  lanes->epoch++;
  lanes->was_slow = false;
  for (int lane = 0; lane < UV__LANE_COUNT; lane++)
    uv__queue_init(&lanes->turns[lane]);
}

static void make_empty(const struct uv__lanes* lanes, struct uv__share* share) {
  share->epoch = lanes->epoch;
  uv__queue_init(&share->marker);
  for (int lane = 0; lane < UV__LANE_COUNT; lane++) {
    uv__queue_init(&share->work[lane]);
    uv__queue_init(&share->turn[lane]);
  }
}

/* The first work of a lane, NULL when it has none. */
static struct uv__queue* head_of(const struct uv__share* share,
                                 enum uv__pool_lane lane) {
  const struct uv__queue* head = &share->work[lane];
  struct uv__queue* node = uv__queue_first(head);
  if (node == &share->marker) node = node->next;
  return node != head ? node : NULL;
}

/* The first of the slow lane has changed: it is due after the fast work that
 * is queued now. */
static void move_marker(struct uv__share* share) {
  uv__queue_remove(&share->marker);
  if (head_of(share, UV__LANE_SLOW) != NULL)
    uv__queue_push(&share->work[UV__LANE_FAST], &share->marker);
}

/* The share whose turn[lane] is `node`. */
static struct uv__share* share_of(struct uv__queue* node,
                                  enum uv__pool_lane lane) {
  return uv__container_of(node - lane, struct uv__share, turn[0]);
}

/* The share whose turn it is in a lane; NULL when the lane has no work. */
static struct uv__share* next_of(const struct uv__lanes* lanes,
                                 enum uv__pool_lane lane) {
  const struct uv__queue* turns = &lanes->turns[lane];
  return uv__queue_empty(turns) ? NULL : share_of(uv__queue_first(turns), lane);
}

/* --- Assertions ----------------------------------------------------------- */

/* What must hold for a share that has a turn in `lane`. */
static bool share_valid(const struct uv__lanes* lanes,
                        const struct uv__share* share,
                        enum uv__pool_lane lane) {
  bool has_slow = head_of(share, UV__LANE_SLOW) != NULL;
  return share->epoch == lanes->epoch && head_of(share, lane) != NULL &&
         (!has_slow || !uv__queue_empty(&share->marker)) &&
         uv__queue_valid(&share->work[lane], UV__WALK_MAX);
}

static bool lane_valid(const struct uv__lanes* lanes, enum uv__pool_lane lane) {
  const struct uv__queue* turns = &lanes->turns[lane];
  if (!uv__queue_valid(turns, UV__WALK_MAX)) return false;
  uv__queue_each(node, turns)
    if (!share_valid(lanes, share_of(node, lane), lane)) return false;
  return true;
}

bool uv__lanes_valid(const struct uv__lanes* lanes) {
  for (int lane = 0; lane < UV__LANE_COUNT; lane++) {
    UV__CHECK(uv__queue_valid(&lanes->turns[lane], 0));
    UV__AUDIT(lane_valid(lanes, lane));
  }
  return true;
}

/* --- Push, choose, take, remove ------------------------------------------- */

void uv__lanes_push(struct uv__lanes* lanes, struct uv__share* share,
                    enum uv__pool_lane lane, struct uv__work* w) {
  if (share->epoch != lanes->epoch) make_empty(lanes, share);
  const bool is_first = head_of(share, lane) == NULL;
  uv__queue_push(&share->work[lane], &w->wq);
  if (!is_first) return;
  uv__queue_push(&lanes->turns[lane], &share->turn[lane]);
  if (lane == UV__LANE_SLOW) move_marker(share);
  UV__CHECK(uv__lanes_valid(lanes));
}

enum uv__pool_lane uv__lanes_choose(const struct uv__lanes* lanes,
                                    bool may_be_slow) {
  const struct uv__share* fast = next_of(lanes, UV__LANE_FAST);
  const struct uv__share* slow =
      may_be_slow ? next_of(lanes, UV__LANE_SLOW) : NULL;
  if (slow == NULL) return fast != NULL ? UV__LANE_FAST : UV__LANE_COUNT;
  if (fast == NULL) return UV__LANE_SLOW;
  /* A share without fast work is always due: not twice before others' fast. */
  const bool is_due =
      uv__queue_first(&slow->work[UV__LANE_FAST]) == &slow->marker;
  return is_due && !lanes->was_slow ? UV__LANE_SLOW : UV__LANE_FAST;
}

struct uv__work* uv__lanes_take(struct uv__lanes* lanes,
                                enum uv__pool_lane lane) {
  struct uv__share* share = next_of(lanes, lane);
  UV__CHECK(share != NULL);
  struct uv__queue* node = head_of(share, lane);
  UV__CHECK(node != NULL);
  uv__queue_remove(node);
  uv__queue_remove(&share->turn[lane]);
  if (head_of(share, lane) != NULL)
    uv__queue_push(&lanes->turns[lane], &share->turn[lane]);
  if (lane == UV__LANE_SLOW) move_marker(share);
  lanes->was_slow = lane == UV__LANE_SLOW;
  UV__CHECK(uv__lanes_valid(lanes));
  return uv__container_of(node, struct uv__work, wq);
}

void uv__lanes_remove(const struct uv__lanes* lanes, struct uv__share* share,
                      struct uv__work* w) {
  UV__CHECK(!uv__queue_empty(&w->wq));
  uv__queue_remove(&w->wq);
  if (share->epoch != lanes->epoch) return; /* The parent's. */
  for (int lane = 0; lane < UV__LANE_COUNT; lane++)
    if (head_of(share, lane) == NULL) uv__queue_remove(&share->turn[lane]);
  UV__CHECK(uv__lanes_valid(lanes));
}
