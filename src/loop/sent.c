/* SPDX-License-Identifier: MIT */
/* Sorting what was sent; see sent.h. A short chain is sorted by merging. A
 * burst, a chain that is long and a good part of all handles, is sorted by one
 * walk over the loop's handles, which are in rank order already: both miss the
 * cache at most steps, but the processor can foresee those of a walk. */
#include "loop/sent.h"

#include "base/assert.h"
#include "loop/loop.h"

#include <stdbool.h>

/* A burst: so many handles at least, and one in so many of the loop's. */
enum { BURST_MIN = 1024, BURST_SHARE = 16 };

/* --- Chains --------------------------------------------------------------- */

static void set_below(struct uv__sent* sent, struct uv__sent* below) {
  sent->link.below = below == NULL ? NULL : &below->link;
}

static bool is_sorted(const struct uv__sent* chain) {
  for (; chain != NULL && uv__sent_below(chain) != NULL;
       chain = uv__sent_below(chain))
    if (uv__sent_below(chain)->rank < chain->rank) return false;
  return true;
}

/* Merge two chains in rank order. */
static struct uv__sent* merge(struct uv__sent* a, struct uv__sent* b) {
  struct uv__stack_node* first = NULL;
  struct uv__stack_node** end = &first;
  while (a != NULL && b != NULL) {
    struct uv__sent** lower = b->rank < a->rank ? &b : &a;
    *end = &(*lower)->link;
    end = &(*lower)->link.below;
    *lower = (struct uv__sent*) *end;
  }
  struct uv__sent* rest = a != NULL ? a : b;
  *end = rest == NULL ? NULL : &rest->link;
  return (struct uv__sent*) first;
}

/* Sort a chain by merging. runs[i] is a sorted chain of 2^i handles, or
 * NULL. */
static struct uv__sent* sort(struct uv__sent* chain) {
  struct uv__sent* runs[8 * sizeof(size_t)] = { NULL };
  size_t used = 0;
  while (chain != NULL) {
    struct uv__sent* run = chain;
    chain = uv__sent_below(run);
    run->link.below = NULL;
    size_t i = 0;
    for (; runs[i] != NULL; i++) {
      run = merge(runs[i], run);
      runs[i] = NULL;
    }
    runs[i] = run;
    if (i >= used) used = i + 1;
  }
  for (size_t i = 0; i < used; i++) chain = merge(runs[i], chain);
  return chain;
}

/* --- Bursts --------------------------------------------------------------- */

static bool is_burst(const uv_loop_t* loop, const struct uv__sent* chain) {
  size_t count = 0;
  size_t limit = uv__loop_of(loop)->async_count / BURST_SHARE;
  if (limit < BURST_MIN) limit = BURST_MIN;
  for (; chain != NULL && count < limit; count++) chain = uv__sent_below(chain);
  return chain != NULL;
}

/* Sort a chain by a walk over all handles. A handle of the chain is in no list,
 * so a NULL in its `due` can mark it meanwhile. */
static struct uv__sent* collect(const uv_loop_t* loop, struct uv__sent* chain) {
  size_t left = 0;
  for (; chain != NULL; chain = uv__sent_below(chain), left++)
    chain->due.next = NULL;
  struct uv__stack_node* first = NULL;
  struct uv__stack_node** end = &first;
  struct uv__queue* node = loop->async_handles.next;
  for (; left > 0; node = node->next) {
    struct uv__sent* sent =
        uv__sent_of(uv__container_of(node, uv_async_t, queue));
    if (sent->due.next != NULL) continue;
    uv__queue_init(&sent->due);
    *end = &sent->link;
    end = &sent->link.below;
    left--;
  }
  *end = NULL;
  return (struct uv__sent*) first;
}

struct uv__sent* uv__sent_take(const uv_loop_t* loop, struct uv__stack* stack) {
  struct uv__sent* chain = (struct uv__sent*) uv__stack_take(stack);
  if (chain == NULL || chain->link.below == NULL) return chain;
  chain = is_burst(loop, chain) ? collect(loop, chain) : sort(chain);
  UV__AUDIT(is_sorted(chain));
  return chain;
}

/* --- Lists ---------------------------------------------------------------- */

/* The first node of `list`, from `at` on, that comes after `sent`. */
static struct uv__queue* seek(const struct uv__queue* list,
                              struct uv__queue* at,
                              const struct uv__sent* sent) {
  while (at != list && uv__sent_due(at)->rank < sent->rank) at = at->next;
  return at;
}

/* Where to begin to seek: mostly, the whole chain belongs behind the list. */
static struct uv__queue* start_of(struct uv__queue* list,
                                  const struct uv__sent* first) {
  bool is_behind =
      uv__queue_empty(list) || uv__sent_due(list->prev)->rank < first->rank;
  return is_behind ? list : list->next;
}

void uv__sent_merge(struct uv__queue* list, struct uv__sent* chain) {
  UV__AUDIT(is_sorted(chain));
  if (chain == NULL) return;
  struct uv__queue* at = start_of(list, chain);
  for (; chain != NULL; chain = uv__sent_below(chain)) {
    UV__CHECK(uv__queue_empty(&chain->due));
    at = seek(list, at, chain);
    uv__queue_link(at->prev, &chain->due);
  }
}

struct uv__sent* uv__sent_cut(struct uv__sent** chain, uintptr_t rank) {
  struct uv__sent* last = NULL;
  struct uv__sent* rest = *chain;
  while (rest != NULL && rest->rank <= rank) {
    last = rest;
    rest = uv__sent_below(rest);
  }
  if (last == NULL)
    *chain = NULL;
  else
    set_below(last, NULL);
  return rest;
}
