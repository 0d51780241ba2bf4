/* SPDX-License-Identifier: MIT */
/* Where timers wait: a hierarchical timing wheel (Varghese and Lauck 1987) that
 * knows the next due time exactly.
 *
 * A due time is read in digits of 6 bits. A timer lies on the level of the
 * first digit, from above, in which it differs from the wheel's `base_ms`, in
 * the slot of that digit. So a lower level is due earlier than a higher one,
 * and on one level the lower slot is due earlier: the first slot that is not
 * empty has the next timer. A slot of level 0 is one millisecond, and a list in
 * the order of the starts. On other levels a slot is a span of time, and a heap
 * (base/heap.h), which stays a list until its least element is asked for.
 *
 * Time passes in uv__wheel_take(), which moves `base_ms`. A slot that the base
 * enters is spread over the levels below. All timers of one due time are always
 * in one slot, so they keep their order.
 *
 * What must hold: base_ms is at most the loop's time. A bit in `used` is set if
 * its slot is not empty. The bit of an empty slot may be set, until a search
 * clears it. A slot without its bit is not initialised. A timer in a slot above
 * level 0 may be due later than the slot says (uv__wheel_postpone), never
 * earlier.
 *
 * The wheel knows of a timer its due time, its start_id and its node. It knows
 * no callbacks and no handles. */
#ifndef POLLUX_LOOP_WHEEL_H
#define POLLUX_LOOP_WHEEL_H

#include "base/abi.h"
#include "base/assert.h"
#include "base/heap.h"

#include <stdbool.h>
#include <stdint.h>

enum {
  UV__WHEEL_BITS = 6,
  UV__WHEEL_SLOTS = 1 << UV__WHEEL_BITS,
  UV__WHEEL_LEVELS = (64 + UV__WHEEL_BITS - 1) / UV__WHEEL_BITS,
};

/* All zero is an empty wheel. */
struct uv__wheel {
  struct uv__queue slots[UV__WHEEL_LEVELS][UV__WHEEL_SLOTS];
  size_t count;     /* Timers in it. */
  uv_timer_t* next; /* Due next; NULL: not known, or none. */
  uint64_t base_ms;
  unsigned levels;                 /* One bit per level that has a bit. */
  uint64_t used[UV__WHEEL_LEVELS]; /* One bit per slot. */
};

_Static_assert(sizeof(((uv_timer_t*) 0)->node.heap) ==
                   sizeof(struct uv__heap_node),
               "the heap's node lives in the timer");

static inline struct uv__heap_node* uv__wheel_node(uv_timer_t* timer) {
  return (struct uv__heap_node*) &timer->node.heap;
}

static inline uv_timer_t* uv__wheel_timer(const void* node) {
  return uv__container_of(node, uv_timer_t, node.heap);
}

static inline bool uv__wheel_before(const struct uv__heap_node* a,
                                    const struct uv__heap_node* b) {
  const uv_timer_t* x = uv__wheel_timer(a);
  const uv_timer_t* y = uv__wheel_timer(b);
  if (x->timeout != y->timeout) return x->timeout < y->timeout;
  return x->start_id < y->start_id;
}

/* Is it in a slot? The timer in `wheel->next` may wait outside of the slots. */
static inline bool uv__wheel_is_placed(const uv_timer_t* timer) {
  return !uv__queue_empty(&timer->node.queue);
}

/* What must hold between two calls; for assertions. */
bool uv__wheel_valid(const struct uv__wheel* wheel);

/* Put a timer that is in no slot at the end of its slot, or in front if it is
 * due before all others. */
static inline void uv__wheel_place(struct uv__wheel* wheel, uv_timer_t* timer,
                                   bool is_first) {
  uint64_t due_ms = timer->timeout;
  uint64_t base_ms = wheel->base_ms;
  if (due_ms < base_ms) due_ms = base_ms; /* Late already. */
  unsigned top = 63 - (unsigned) __builtin_clzll((due_ms ^ base_ms) | 1);
  unsigned level = top / UV__WHEEL_BITS;
  unsigned index =
      (unsigned) (due_ms >> level * UV__WHEEL_BITS) % UV__WHEEL_SLOTS;
  struct uv__queue* slot = &wheel->slots[level][index];
  if (!(wheel->used[level] >> index & 1)) {
    uv__queue_init(slot);
    wheel->used[level] |= UINT64_C(1) << index;
    wheel->levels |= 1u << level;
  }
  uv__queue_link(is_first ? slot : slot->prev, &timer->node.queue);
}

/* Make a timer later without moving it. Possible while it has no children in
 * its heap, and its slot is a span. */
static inline bool uv__wheel_postpone(struct uv__wheel* wheel,
                                      uv_timer_t* timer, uint64_t due_ms) {
  if (due_ms < timer->timeout || uv__wheel_node(timer)->child != NULL ||
      (timer->timeout ^ wheel->base_ms) < UV__WHEEL_SLOTS)
    return false;
  timer->timeout = due_ms;
  return true;
}

/* Let a timer be due at `due_ms`. `is_in` says whether the wheel has it
 * already. Its start_id is set, the highest so far. */
static inline void uv__wheel_start(struct uv__wheel* wheel, uv_timer_t* timer,
                                   bool is_in, uint64_t now_ms,
                                   uint64_t due_ms) {
  uv_timer_t* next = wheel->next;
  if (!is_in)
    wheel->count++;
  else if (next == timer)
    wheel->next = next = NULL;
  if (is_in && uv__wheel_is_placed(timer)) {
    if (uv__wheel_postpone(wheel, timer, due_ms)) return;
    uv__heap_remove(uv__wheel_node(timer));
  }
  timer->timeout = due_ms;
  if (wheel->count == 1) {
    wheel->base_ms = now_ms;
    wheel->next = timer;
    return;
  }
  bool is_next = next != NULL && due_ms < next->timeout;
  if (is_next) {
    wheel->next = timer;
    timer = next;
    if (uv__wheel_is_placed(timer)) return;
  }
  uv__wheel_place(wheel, timer, is_next);
  UV__CHECK(uv__wheel_valid(wheel));
}

/* Take a timer out of the wheel. */
static inline void uv__wheel_stop(struct uv__wheel* wheel, uv_timer_t* timer) {
  wheel->count--;
  if (wheel->next == timer) wheel->next = NULL;
  if (uv__wheel_is_placed(timer)) uv__heap_remove(uv__wheel_node(timer));
  UV__CHECK(uv__wheel_valid(wheel));
}

/* Look for the next timer; there is one, and all are placed. */
uv_timer_t* uv__wheel_find_next(struct uv__wheel* wheel);

/* The timer that is due next, or NULL. */
static inline const uv_timer_t* uv__wheel_next(struct uv__wheel* wheel) {
  if (wheel->count == 0) return NULL;
  if (wheel->next == NULL) wheel->next = uv__wheel_find_next(wheel);
  return wheel->next;
}

/* Move the timers that are due at `now_ms` to `due`, in order. Their `queue`
 * links them there; they are in the wheel no more. */
void uv__wheel_take_due(struct uv__wheel* wheel, uint64_t now_ms,
                        struct uv__queue* due);

/* As uv__wheel_take_due(). The common case is short: no timer is due, and the
 * base stays in its group of slots. */
static inline void uv__wheel_take(struct uv__wheel* wheel, uint64_t now_ms,
                                  struct uv__queue* due) {
  if (wheel->count == 0 ||
      (wheel->next != NULL && wheel->next->timeout > now_ms &&
       (now_ms ^ wheel->base_ms) < UV__WHEEL_SLOTS))
    wheel->base_ms = now_ms;
  else
    uv__wheel_take_due(wheel, now_ms, due);
}

#endif
