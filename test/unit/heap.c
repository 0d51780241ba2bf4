/* SPDX-License-Identifier: MIT */
/* The timers' heap, against a plain array. What could break: an order, a node
 * lost or kept by a removal from the middle, a link of the open ring of
 * siblings, a stack used up by many children. */
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
    if (items[i].is_in &&
        (found == NULL || before(&items[i].node, &found->node)))
      found = &items[i];
  return found;
}

static void random_use_keeps_the_least_on_top(void** state) {
  (void) state;
  enum { COUNT = 64, STEPS = 40000 };
  struct item items[COUNT] = { 0 };
  struct uv__queue heap;
  uv__queue_init(&heap);
  unsigned seed = 1;
  for (int step = 0; step < STEPS; step++) {
    struct item* item = &items[next_random(&seed) % COUNT];
    if (item->is_in) {
      uv__heap_remove(&item->node);
    } else {
      uv__heap_node_init(&item->node);
      item->key = next_random(&seed) % 16; /* Many ties. */
      uv__heap_push(&heap, &item->node);
    }
    item->is_in = !item->is_in;
    if (next_random(&seed) % 4 != 0) continue; /* Trees and lists alike. */
    assert_ptr_equal(least(items, COUNT), uv__heap_top(&heap, before));
  }
}

static void nodes_that_nobody_compared_stay_in_order(void** state) {
  (void) state;
  enum { COUNT = 10 };
  struct item items[COUNT] = { 0 };
  struct uv__queue heap;
  uv__queue_init(&heap);
  for (unsigned i = 0; i < COUNT; i++) {
    uv__heap_node_init(&items[i].node);
    items[i].key = COUNT - i;
    uv__heap_push(&heap, &items[i].node);
  }
  uv__heap_remove(&items[3].node);
  for (unsigned i = 0; i < COUNT; i++) {
    if (i == 3) continue;
    assert_ptr_equal(&items[i].node.link, uv__queue_first(&heap));
    uv__heap_remove(&items[i].node);
  }
  assert_true(uv__queue_empty(&heap));
}

static void a_million_nodes_come_out_in_order(void** state) {
  (void) state;
  enum { COUNT = 1000000 };
  struct item* items = calloc(COUNT, sizeof(*items));
  assert_non_null(items);
  struct uv__queue heap;
  uv__queue_init(&heap);
  for (unsigned i = 0; i < COUNT; i++) {
    uv__heap_node_init(&items[i].node);
    items[i].key = i ^ 0x5555;
    uv__heap_push(&heap, &items[i].node);
  }
  unsigned last = 0, count = 0;
  for (struct uv__heap_node* top = uv__heap_top(&heap, before); top != NULL;
       top = uv__heap_top(&heap, before), count++) {
    assert_true(((struct item*) top)->key >= last);
    last = ((struct item*) top)->key;
    uv__heap_remove(top);
  }
  assert_int_equal(COUNT, count);
  free(items);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(random_use_keeps_the_least_on_top),
    cmocka_unit_test(nodes_that_nobody_compared_stay_in_order),
    cmocka_unit_test(a_million_nodes_come_out_in_order),
  };
  return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
