/* SPDX-License-Identifier: MIT */
/* Async handles that were sent, put into the order in which the loop visits
 * them. A chain is linked by `link.below`; a list is a uv__queue of `due`.
 *
 * The order is the rank: handles of the library come first, then the user's
 * handles as they were initialised. Loop thread only. */
#ifndef POLLUX_LOOP_SENT_H
#define POLLUX_LOOP_SENT_H

#include "base/abi.h"
#include "base/queue.h"
#include "base/stack.h"

#include <stddef.h>
#include <stdint.h>

/* uv_async_t has no room for this, so it lies in the four spare words of its
 * uv_handle_t (`u.reserved`). */
struct uv__sent {
  struct uv__stack_node link; /* On a stack or in a chain. First: cast. */
  uintptr_t rank;             /* 0: a handle of the library. */
  struct uv__queue due;       /* In a list of due handles, or unlinked. */
};

_Static_assert(sizeof(struct uv__sent) <= sizeof(((uv_handle_t*) 0)->u),
               "the links live in the spare words");

static inline struct uv__sent* uv__sent_of(uv_async_t* handle) {
  return (struct uv__sent*) &handle->u;
}

static inline uv_async_t* uv__sent_handle(struct uv__sent* sent) {
  return uv__container_of(sent, uv_async_t, u);
}

static inline struct uv__sent* uv__sent_due(struct uv__queue* node) {
  return uv__container_of(node, struct uv__sent, due);
}

static inline struct uv__sent* uv__sent_below(const struct uv__sent* sent) {
  return (struct uv__sent*) sent->link.below;
}

/* Take all handles of `stack`, as a chain in rank order. */
struct uv__sent* uv__sent_take(const uv_loop_t* loop, struct uv__stack* stack);

/* Merge a chain in rank order into a list in rank order. */
void uv__sent_merge(struct uv__queue* list, struct uv__sent* chain);

/* Cut a chain in rank order: what is at most `rank` stays, the rest is
 * returned. */
struct uv__sent* uv__sent_cut(struct uv__sent** chain, uintptr_t rank);

#endif
