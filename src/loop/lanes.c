/* SPDX-License-Identifier: MIT */
/* See lanes.h.
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

static void make_empty(const struct uv__lanes* lanes,
                       struct uv__share* share) {
  share->epoch = lanes->epoch;
  uv__queue_init(&share->milestone);
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
  if (node == &share->milestone) node = node->next;
  return node != head ? node : NULL;
}

/* The first of the slow lane has changed: it is due after the fast work that
 * is queued now. */
static void move_milestone(struct uv__share* share) {
  uv__queue_remove(&share->milestone);
  if (head_of(share, UV__LANE_SLOW) != NULL)
    uv__queue_push(&share->work[UV__LANE_FAST], &share->milestone);
}

void uv__lanes_push(struct uv__lanes* lanes, struct uv__share* share,
                    enum uv__pool_lane lane, struct uv__work* w) {
  if (share->epoch != lanes->epoch) make_empty(lanes, share);
  const bool is_first = head_of(share, lane) == NULL;
  uv__queue_push(&share->work[lane], &w->wq);
  if (!is_first) return;
  uv__queue_push(&lanes->turns[lane], &share->turn[lane]);
  if (lane == UV__LANE_SLOW) move_milestone(share);
}

static struct uv__share* next_of(const struct uv__lanes* lanes,
                                 enum uv__pool_lane lane) {
  const struct uv__queue* turns = &lanes->turns[lane];
  if (uv__queue_empty(turns)) return NULL;
  /* From the member to the whole: turn[lane] is at that place. */
  struct uv__queue* first = uv__queue_first(turns) - lane;
  return uv__container_of(first, struct uv__share, turn[0]);
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
      uv__queue_first(&slow->work[UV__LANE_FAST]) == &slow->milestone;
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
  if (lane == UV__LANE_SLOW) move_milestone(share);
  lanes->was_slow = lane == UV__LANE_SLOW;
  return uv__container_of(node, struct uv__work, wq);
}

void uv__lanes_remove(const struct uv__lanes* lanes, struct uv__share* share,
                      struct uv__work* w) {
  UV__CHECK(!uv__queue_empty(&w->wq));
  uv__queue_remove(&w->wq);
  if (share->epoch != lanes->epoch) return; /* The parent's. */
  for (int lane = 0; lane < UV__LANE_COUNT; lane++)
    if (head_of(share, lane) == NULL) uv__queue_remove(&share->turn[lane]);
}
