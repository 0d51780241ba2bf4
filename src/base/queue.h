/* SPDX-License-Identifier: MIT */
/* Intrusive circular list on the `struct uv__queue` that uv.h embeds in handles
 * and requests. A list head and an unlinked node both point at themselves.
 *
 * Never iterate over a list that a callback can change: move it to a local
 * head with uv__queue_move() and pop from there. */
#ifndef POLLUX_BASE_QUEUE_H
#define POLLUX_BASE_QUEUE_H

#include "base/abi.h"

#include <stdbool.h>
#include <stddef.h>

/* The structure of `type` whose member `field` is `node`. */
/* clang-format off */
#define uv__container_of(node, type, field)                                   \
  ((type*) ((char*) (node) - offsetof(type, field)))
/* clang-format on */

static inline void uv__queue_init(struct uv__queue* head) {
  head->next = head;
  head->prev = head;
}

static inline bool uv__queue_empty(const struct uv__queue* head) {
  return head->next == head;
}

static inline struct uv__queue* uv__queue_first(const struct uv__queue* head) {
  return head->next;
}

/* Put `node` between `left` and its successor. */
static inline void uv__queue_link(struct uv__queue* left,
                                  struct uv__queue* node) {
  struct uv__queue* right = left->next;
  node->prev = left;
  node->next = right;
  right->prev = node;
  left->next = node;
}

/* Append at the tail. */
static inline void uv__queue_push(struct uv__queue* head,
                                  struct uv__queue* node) {
  uv__queue_link(head->prev, node);
}

/* Put in front. */
static inline void uv__queue_push_front(struct uv__queue* head,
                                        struct uv__queue* node) {
  uv__queue_link(head, node);
}

/* Unlink; the node points at itself afterwards, so removing twice is safe. */
static inline void uv__queue_remove(struct uv__queue* node) {
  struct uv__queue* left = node->prev;
  struct uv__queue* right = node->next;
  left->next = right;
  right->prev = left;
  uv__queue_init(node);
}

/* Unlink and return the first node; the list must not be empty. */
static inline struct uv__queue* uv__queue_pop(struct uv__queue* head) {
  struct uv__queue* node = head->next;
  uv__queue_remove(node);
  return node;
}

/* Append all of `from` to `to`, in order; `from` is empty afterwards. */
static inline void uv__queue_append(struct uv__queue* to,
                                    struct uv__queue* from) {
  if (uv__queue_empty(from)) return;
  from->next->prev = to->prev;
  to->prev->next = from->next;
  from->prev->next = to;
  to->prev = from->prev;
  uv__queue_init(from);
}

/* Initialise `to` and move all of `from` there. */
static inline void uv__queue_move(struct uv__queue* from,
                                  struct uv__queue* to) {
  uv__queue_init(to);
  uv__queue_append(to, from);
}

/* For lists that no callback can change while we look. */
#define uv__queue_each(node, head)                                             \
  for (struct uv__queue* node = (head)->next; node != (head); node = node->next)

/* Do all neighbours agree? For assertions. Walks up to `most` nodes. */
static inline bool uv__queue_valid(const struct uv__queue* head, size_t most) {
  const struct uv__queue* node = head;
  do {
    if (node->next->prev != node || node->prev->next != node) return false;
    node = node->next;
  } while (node != head && most-- > 0);
  return true;
}

#endif
