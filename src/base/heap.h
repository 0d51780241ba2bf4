/* SPDX-License-Identifier: MIT */
/* Intrusive min-heap that puts its work off: a list of heap-ordered trees.
 * Pushing appends a tree of one node, and removing a node leaves its children
 * in its place; neither compares anything. uv__heap_top() pays: it links the
 * trees in pairs, round after round, until one is left. Until the first call of
 * it the heap is a plain list in the order of the pushes.
 *
 * A node is three pointers, as many as uv.h keeps for it in uv_timer_t. Trees
 * hang in a ring with the heap. Siblings below a node have no head, so their
 * ring is open: `prev` of the first is the last, and `next` of the last is the
 * parent. A node that is not `next` of its own `prev` is a first sibling. */
#ifndef POLLUX_BASE_HEAP_H
#define POLLUX_BASE_HEAP_H

#include "base/queue.h"

#include <stdbool.h>
#include <stddef.h>

struct uv__heap_node {
  struct uv__queue link;       /* First: cast. */
  struct uv__heap_node* child; /* The first one, or NULL. */
};

/* Does `a` come before `b`? Ties must be broken by the caller. */
typedef bool (*uv__heap_before)(const struct uv__heap_node* a,
                                const struct uv__heap_node* b);

static inline struct uv__heap_node* uv__heap_node_of(struct uv__queue* link) {
  return (struct uv__heap_node*) link;
}

/* A node that is nowhere; it may be removed, to no effect. */
static inline void uv__heap_node_init(struct uv__heap_node* node) {
  uv__queue_init(&node->link);
  node->child = NULL;
}

/* `node` is nowhere. */
static inline void uv__heap_push(struct uv__queue* heap,
                                 struct uv__heap_node* node) {
  uv__queue_push(heap, &node->link);
}

/* Put the children of `node` behind it, as its siblings. */
static inline void uv__heap_release(struct uv__heap_node* node) {
  struct uv__queue* first = &node->child->link;
  struct uv__queue* last = first->prev;
  struct uv__queue* right = node->link.next;
  if (right->prev == &node->link)
    right->prev = last;
  else /* The last one: to its right is the parent. */
    uv__heap_node_of(right)->child->link.prev = last;
  last->next = right;
  first->prev = &node->link;
  node->link.next = first;
  node->child = NULL;
}

/* Take `node` out of the heap that it is in, wherever; it is nowhere then. */
static inline void uv__heap_remove(struct uv__heap_node* node) {
  if (node->child != NULL) uv__heap_release(node);
  struct uv__queue* left = node->link.prev;
  struct uv__queue* right = node->link.next;
  bool is_first = left->next != &node->link;
  bool is_last = right->prev != &node->link;
  if (is_first) /* To the right of the last is the parent. */
    uv__heap_node_of(left->next)->child =
        is_last ? NULL : uv__heap_node_of(right);
  else
    left->next = right;
  if (!is_last)
    right->prev = left;
  else if (!is_first)
    uv__heap_node_of(right)->child->link.prev = left;
  uv__queue_init(&node->link);
}

/* Make `node`, which is nowhere, the first child of `parent`. */
static inline void uv__heap_adopt(struct uv__heap_node* parent,
                                  struct uv__heap_node* node) {
  struct uv__heap_node* first = parent->child;
  parent->child = node;
  if (first == NULL) {
    node->link.next = &parent->link;
    return; /* And `prev` is itself, as it was. */
  }
  node->link.next = &first->link;
  node->link.prev = first->link.prev;
  first->link.prev = &node->link;
}

/* Returns the least node, or NULL if there is none. Every round halves the
 * number of trees, so none gets deeper or wider than their count asks for. */
static inline struct uv__heap_node* uv__heap_top(struct uv__queue* heap,
                                                 uv__heap_before before) {
  if (uv__queue_empty(heap)) return NULL;
  while (heap->next != heap->prev) {
    struct uv__heap_node* a = uv__heap_node_of(uv__queue_pop(heap));
    struct uv__heap_node* b = uv__heap_node_of(uv__queue_pop(heap));
    bool is_a = before(a, b);
    uv__heap_adopt(is_a ? a : b, is_a ? b : a);
    uv__heap_push(heap, is_a ? a : b);
  }
  return uv__heap_node_of(heap->next);
}

/* The nodes of the trees that begin with `node`, siblings up to `end`
 * included; -1 when a child comes before its parent, or there are more than
 * `most`. For assertions; recursive, as deep as the trees are. */
static inline long uv__heap_count(const struct uv__queue* node,
                                  const struct uv__queue* end,
                                  uv__heap_before before, long most) {
  long count = 0;
  for (; node != end; node = node->next) {
    const struct uv__heap_node* tree = (const struct uv__heap_node*) node;
    if (++count > most) return -1;
    if (tree->child == NULL) continue;
    for (const struct uv__queue* child = &tree->child->link; child != node;
         child = child->next)
      if (before((const struct uv__heap_node*) child, tree)) return -1;
    long below = uv__heap_count(&tree->child->link, node, before, most - count);
    if (below < 0) return -1;
    count += below;
  }
  return count;
}

#endif
