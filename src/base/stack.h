/* SPDX-License-Identifier: MIT */
/* Lock-free stack for many senders and one receiver: a sender pushes one node,
 * the receiver takes all nodes at once. No node is ever popped while another
 * thread pushes, so the ABA problem does not exist here.
 *
 * Both operations acquire and release: the receiver sees everything that a
 * sender has written before its push. Both are async-signal-safe. */
#ifndef POLLUX_BASE_STACK_H
#define POLLUX_BASE_STACK_H

#include "base/atomics.h"

#include <stdbool.h>
#include <stddef.h>

/* Intrusive: it lies inside what is pushed. */
struct uv__stack_node {
  struct uv__stack_node* below; /* Pushed before; NULL at the bottom. */
};

/* All zero is an empty stack. */
struct uv__stack {
  struct uv__stack_node* top; /* atomic */
};

/* Push `node`, which is on no stack. Any thread. True: the stack was empty.
 * As soon as the node is on the stack, the receiver may free it. */
static inline bool uv__stack_push(struct uv__stack* stack,
                                  struct uv__stack_node* node) {
  struct uv__stack_node* top = uv__load_relaxed(&stack->top);
  do node->below = top;
  while (!uv__cas_weak(&stack->top, &top, node));
  return top == NULL;
}

/* Take all nodes: a chain, newest first, NULL when there is none. */
static inline struct uv__stack_node* uv__stack_take(struct uv__stack* stack) {
  return uv__exchange(&stack->top, NULL);
}

/* A hint without any memory order, for the receiver. */
static inline bool uv__stack_is_empty(const struct uv__stack* stack) {
  return uv__load_relaxed(&stack->top) == NULL;
}

#endif
