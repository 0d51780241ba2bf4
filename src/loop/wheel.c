/* SPDX-License-Identifier: MIT */
/* The wheel's slow half: finding the next timer, and moving the base. */
#include "loop/wheel.h"

struct slot_ref {
  struct uv__queue* heap; /* NULL: the wheel is empty. */
  unsigned level;
  uint64_t start_ms; /* Nothing in the wheel is due before. */
};

/* The first slot in which there is a timer. */
static inline struct slot_ref find_first(struct uv__wheel* wheel) {
  for (; wheel->levels != 0; wheel->levels &= wheel->levels - 1) {
    unsigned level = (unsigned) __builtin_ctz(wheel->levels);
    uint64_t used = wheel->used[level];
    for (; used != 0; used &= used - 1) {
      unsigned index = (unsigned) __builtin_ctzll(used);
      struct uv__queue* heap = &wheel->slots[level][index];
      if (uv__queue_empty(heap)) continue;
      wheel->used[level] = used;
      /* The base's digits above the level, then the slot's, then zeros. */
      unsigned shift = level * UV__WHEEL_BITS;
      uint64_t digits = wheel->base_ms >> shift;
      digits = digits - digits % UV__WHEEL_SLOTS + index;
      return (struct slot_ref){ heap, level, digits << shift };
    }
    wheel->used[level] = 0;
  }
  return (struct slot_ref){ NULL, 0, 0 };
}

/* Is it due after the slot's span? */
static bool is_beyond(const struct slot_ref* slot, uint64_t due_ms) {
  return (due_ms ^ slot->start_ms) >> slot->level * UV__WHEEL_BITS != 0;
}

static void replace(struct uv__wheel* wheel, uv_timer_t* timer) {
  uv__heap_remove(uv__wheel_node(timer)); /* Its children take its place. */
  uv__wheel_place(wheel, timer, false);
}

uv_timer_t* uv__wheel_find_next(struct uv__wheel* wheel) {
  for (;;) {
    struct slot_ref slot = find_first(wheel);
    if (slot.level == 0) return uv__wheel_timer(slot.heap->next);
    uv_timer_t* timer =
        uv__wheel_timer(uv__heap_top(slot.heap, uv__wheel_before));
    if (!is_beyond(&slot, timer->timeout)) return timer;
    replace(wheel, timer); /* It was postponed: now to where it belongs. */
  }
}

/* Move the timers of a slot of level 0, which are in order but for those that
 * were postponed, or late when they were started. */
static void take_slot(struct uv__wheel* wheel, struct uv__queue* slot,
                      struct uv__queue* due) {
  bool is_in_order = true;
  uv__queue_each(node, slot) {
    wheel->count--;
    is_in_order = is_in_order && (node->prev == slot ||
                                  uv__wheel_before(uv__heap_node_of(node->prev),
                                                   uv__heap_node_of(node)));
  }
  if (is_in_order) {
    uv__queue_append(due, slot);
    return;
  }
  for (struct uv__heap_node* node = uv__heap_top(slot, uv__wheel_before);
       node != NULL; node = uv__heap_top(slot, uv__wheel_before)) {
    uv__heap_remove(node);
    uv__heap_push(due, node);
  }
}

/* The next one, if it is due; it may be outside of the slots. */
static void take_next(struct uv__wheel* wheel, uint64_t now_ms,
                      struct uv__queue* due) {
  uv_timer_t* next = wheel->next;
  if (next == NULL || next->timeout > now_ms) return;
  wheel->next = NULL;
  if (uv__wheel_is_placed(next)) return;
  uv__heap_push(due, uv__wheel_node(next));
  wheel->count--;
}

void uv__wheel_take_due(struct uv__wheel* wheel, uint64_t now_ms,
                        struct uv__queue* due) {
  take_next(wheel, now_ms, due);
  for (;;) {
    struct slot_ref slot = find_first(wheel);
    if (slot.heap == NULL || slot.start_ms > now_ms) break;
    if (slot.level == 0) {
      take_slot(wheel, slot.heap, due);
      continue;
    }
    wheel->base_ms = slot.start_ms; /* Enter it: spread it below. */
    while (!uv__queue_empty(slot.heap))
      replace(wheel, uv__wheel_timer(uv__queue_first(slot.heap)));
  }
  if (now_ms > wheel->base_ms) wheel->base_ms = now_ms;
  UV__CHECK(uv__wheel_valid(wheel));
}

/* --- Assertions ----------------------------------------------------------- */

/* The timers of a slot; -1 when one of them does not belong there. */
static long count_slot(const struct uv__wheel* wheel, unsigned level,
                       unsigned index) {
  unsigned shift = level * UV__WHEEL_BITS;
  uint64_t digits = wheel->base_ms >> shift;
  uint64_t start_ms = (digits - digits % UV__WHEEL_SLOTS + index) << shift;
  const struct uv__queue* slot = &wheel->slots[level][index];
  uv__queue_each(node, slot) {
    uint64_t due_ms = uv__wheel_timer(node)->timeout;
    /* On level 0 a timer may be late. A root of a heap has the least of it. */
    bool is_right = level == 0 ? due_ms <= start_ms : due_ms >= start_ms;
    if (!is_right || node->next->prev != node) return -1;
  }
  return uv__heap_count(slot->next, slot, uv__wheel_before,
                        (long) wheel->count);
}

/* Is every timer where it belongs, and is their number right? */
static bool slots_valid(const struct uv__wheel* wheel) {
  size_t count = wheel->next != NULL && !uv__wheel_is_placed(wheel->next);
  for (unsigned level = 0; level < UV__WHEEL_LEVELS; level++) {
    for (unsigned index = 0; index < UV__WHEEL_SLOTS; index++) {
      if (!(wheel->used[level] >> index & 1)) continue;
      long in_slot = count_slot(wheel, level, index);
      if (in_slot < 0) return false;
      count += (size_t) in_slot;
    }
  }
  return count == wheel->count;
}

bool uv__wheel_valid(const struct uv__wheel* wheel) {
  UV__CHECK(wheel->count > 0 || wheel->next == NULL);
  for (unsigned level = 0; level < UV__WHEEL_LEVELS; level++)
    UV__CHECK(wheel->used[level] == 0 || (wheel->levels >> level & 1));
  UV__AUDIT(!UV__WALK_IS_DUE(wheel->count) || slots_valid(wheel));
  return true;
}
