/* SPDX-License-Identifier: MIT */
/* The timers' heap, against a plain array. What could break: an order, a node
 * lost or kept by a removal from the middle, a stack used up by many children. */
#include "base/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct item {
  struct uv__heap_node node; /* First: cast. */
  unsigned key;
  bool is_in;
};

static bool before(const struct uv__heap_node* a,
                   const struct uv__heap_node* b) {
  const struct item* x = (const struct item*) a;
  const struct item* y = (const struct item*) b;
  return x->key != y->key ? x->key < y->key : x < y;
}

static unsigned next_random(unsigned* seed) {
  *seed = *seed * 1103515245 + 12345;
  return *seed >> 8;
}

static struct item* least(struct item* items, size_t count) {
  struct item* found = NULL;
  for (size_t i = 0; i < count; i++)
    if (items[i].is_in && (found == NULL || before(&items[i].node, &found->node)))
      found = &items[i];
  return found;
}

static void random_use_keeps_the_least_on_top(void** state) {
  (void) state;
  enum { COUNT = 64, STEPS = 20000 };
  struct item items[COUNT] = { 0 };
  struct uv__heap_node* root = NULL;
  unsigned seed = 1;
  for (int step = 0; step < STEPS; step++) {
    struct item* item = &items[next_random(&seed) % COUNT];
    if (item->is_in) {
      root = uv__heap_remove(root, &item->node, before);
    } else {
      item->key = next_random(&seed) % 16; /* Many ties. */
      root = uv__heap_insert(root, &item->node, before);
    }
    item->is_in = !item->is_in;
    assert_ptr_equal(least(items, COUNT), root);
  }
}

static void a_million_nodes_come_out_in_order(void** state) {
  (void) state;
  enum { COUNT = 1000000 };
  struct item* items = calloc(COUNT, sizeof(*items));
  assert_non_null(items);
  struct uv__heap_node* root = NULL;
  for (unsigned i = 0; i < COUNT; i++) {
    items[i].key = i ^ 0x5555; /* Ascending runs: all children of one node. */
    root = uv__heap_insert(root, &items[i].node, before);
  }
  unsigned last = 0, count = 0;
  for (; root != NULL; count++) {
    struct item* top = (struct item*) root;
    assert_true(top->key >= last);
    last = top->key;
    root = uv__heap_remove(root, root, before);
  }
  assert_int_equal(COUNT, count);
  free(items);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(random_use_keeps_the_least_on_top),
    cmocka_unit_test(a_million_nodes_come_out_in_order),
  };
  return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
