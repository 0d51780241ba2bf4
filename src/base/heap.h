/* SPDX-License-Identifier: MIT */
/* Intrusive min-heap: a pairing heap (Fredman, Sedgewick, Sleator, Tarjan 1986).
 * Chosen for timers, of which most are stopped or restarted long before they
 * would fire: insertion is O(1), removing any node O(log n) amortised, and
 * neither allocates.
 *
 * A node is three pointers, as many as uv.h keeps for it in uv_timer_t. The
 * children of a node are a list; `prev` of the first child is the parent. */
#ifndef POLLUX_BASE_HEAP_H
#define POLLUX_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>

struct uv__heap_node {
  struct uv__heap_node* child;
  struct uv__heap_node* next;
  struct uv__heap_node* prev;
};

/* Does `a` come before `b`? Ties must be broken by the caller. */
typedef bool (*uv__heap_before)(const struct uv__heap_node* a,
                                const struct uv__heap_node* b);

/* Merge two trees, either may be NULL; returns the root. */
static inline struct uv__heap_node* uv__heap_meld(struct uv__heap_node* a,
                                                  struct uv__heap_node* b,
                                                  uv__heap_before before) {
  if (a == NULL) return b;
  if (b == NULL) return a;
  if (before(b, a)) {
    struct uv__heap_node* swap = a;
    a = b;
    b = swap;
  }
  b->next = a->child;
  b->prev = a;
  if (a->child != NULL) a->child->prev = b;
  a->child = b;
  a->next = NULL;
  a->prev = NULL;
  return a;
}

/* Returns the new root. */
static inline struct uv__heap_node* uv__heap_insert(struct uv__heap_node* root,
                                                    struct uv__heap_node* node,
                                                    uv__heap_before before) {
  node->child = node->next = node->prev = NULL;
  return uv__heap_meld(root, node, before);
}

/* Merge a list of siblings into one tree: in pairs from the left, then the
 * pairs from the right. Without recursion, so that a million children are fine. */
static inline struct uv__heap_node* uv__heap_combine(
    struct uv__heap_node* first, uv__heap_before before) {
  struct uv__heap_node* pairs = NULL; /* Melded pairs, latest first. */
  while (first != NULL) {
    struct uv__heap_node* second = first->next;
    struct uv__heap_node* rest = second != NULL ? second->next : NULL;
    first->next = first->prev = NULL;
    if (second != NULL) second->next = second->prev = NULL;
    struct uv__heap_node* pair = uv__heap_meld(first, second, before);
    pair->next = pairs;
    pairs = pair;
    first = rest;
  }
  struct uv__heap_node* root = NULL;
  while (pairs != NULL) {
    struct uv__heap_node* rest = pairs->next;
    pairs->next = NULL;
    root = uv__heap_meld(root, pairs, before);
    pairs = rest;
  }
  return root;
}

/* Take `node` out, wherever it is; returns the new root. */
static inline struct uv__heap_node* uv__heap_remove(struct uv__heap_node* root,
                                                    struct uv__heap_node* node,
                                                    uv__heap_before before) {
  struct uv__heap_node* orphans = uv__heap_combine(node->child, before);
  if (node == root) return orphans;
  if (node->prev->child == node)
    node->prev->child = node->next;
  else
    node->prev->next = node->next;
  if (node->next != NULL) node->next->prev = node->prev;
  return uv__heap_meld(root, orphans, before);
}

#endif
