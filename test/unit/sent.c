/* SPDX-License-Identifier: MIT */
/* The order of sent handles, and the stack they come from. What could break: a
 * handle lost or doubled by the sorting of a chain, an order that is not that
 * of the ranks, a burst that is not sorted as a short chain is. */
#include "loop/sent.h"

#include "loop/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HANDLES = 3000 };

static uv_loop_t loop;
static struct uv__loop self;
static uv_async_t handles[HANDLES];
static struct uv__stack stack;

/* A loop of nothing but `HANDLES` async handles, ranks 1 and up. */
static int prepare(void** state) {
  (void) state;
  memset(&stack, 0, sizeof(stack));
  loop.internal_fields = &self;
  self.async_count = HANDLES;
  uv__queue_init(&loop.async_handles);
  for (size_t i = 0; i < HANDLES; i++) {
    struct uv__sent* sent = uv__sent_of(&handles[i]);
    sent->link.below = NULL;
    sent->rank = i + 1;
    uv__queue_init(&sent->due);
    uv__queue_push(&loop.async_handles, &handles[i].queue);
  }
  return 0;
}

static void send_to(size_t i) {
  (void) uv__stack_push(&stack, &uv__sent_of(&handles[i])->link);
}

static void only_the_first_push_finds_the_stack_empty(void** state) {
  (void) state;
  assert_true(uv__stack_is_empty(&stack));
  assert_true(uv__stack_push(&stack, &uv__sent_of(&handles[0])->link));
  assert_false(uv__stack_push(&stack, &uv__sent_of(&handles[1])->link));
  struct uv__stack_node* node = uv__stack_take(&stack);
  assert_ptr_equal(&uv__sent_of(&handles[1])->link, node);
  assert_ptr_equal(&uv__sent_of(&handles[0])->link, node->below);
  assert_null(node->below->below);
  assert_true(uv__stack_is_empty(&stack));
  assert_null(uv__stack_take(&stack));
}

/* The chain holds just the handles whose `is_in` is true, in rank order. */
static void assert_chain(const struct uv__sent* chain, const bool* is_in) {
  for (size_t i = 0; i < HANDLES; i++) {
    if (!is_in[i]) continue;
    assert_non_null(chain);
    assert_int_equal(i + 1, chain->rank);
    chain = uv__sent_below(chain);
  }
  assert_null(chain);
}

/* Send `count` different handles in a random order. */
static void send_some(size_t count, bool* is_in) {
  memset(is_in, 0, HANDLES * sizeof(*is_in));
  while (count > 0) {
    size_t i = (size_t) rand() % HANDLES;
    if (is_in[i]) continue;
    is_in[i] = true;
    send_to(i);
    count--;
  }
}

static void a_chain_is_taken_in_rank_order(void** state) {
  (void) state;
  static const size_t counts[] = { 0, 1, 2, 3, 17, 500, 1023, 1024, 2900 };
  static bool is_in[HANDLES];
  srand(7);
  for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
    send_some(counts[i], is_in);
    assert_chain(uv__sent_take(&loop, &stack), is_in);
  }
}

/* `list` holds `count` handles in rank order. */
static void assert_list(struct uv__queue* list, size_t count) {
  uintptr_t last = 0;
  while (!uv__queue_empty(list)) {
    const struct uv__sent* sent = uv__sent_due(uv__queue_pop(list));
    assert_true(sent->rank > last);
    last = sent->rank;
    count--;
  }
  assert_int_equal(0, count);
}

static void chains_are_merged_into_a_list_in_rank_order(void** state) {
  (void) state;
  struct uv__queue list;
  uv__queue_init(&list);
  for (size_t from = 0; from < 3; from++) {
    for (size_t i = from; i < 90; i += 3) send_to(i);
    uv__sent_merge(&list, uv__sent_take(&loop, &stack));
  }
  uv__sent_merge(&list, NULL);
  assert_list(&list, 90);
}

static void a_cut_keeps_what_is_at_most_the_rank(void** state) {
  (void) state;
  for (size_t i = 0; i < 10; i++) send_to(i * 2); /* Ranks 1, 3, ... 19. */
  struct uv__sent* chain = uv__sent_take(&loop, &stack);
  struct uv__sent* rest = uv__sent_cut(&chain, 0);
  assert_null(chain);
  chain = rest;
  rest = uv__sent_cut(&chain, 5);
  assert_int_equal(7, rest->rank);
  assert_int_equal(5, uv__sent_below(uv__sent_below(chain))->rank);
  assert_null(uv__sent_below(uv__sent_below(uv__sent_below(chain))));
  assert_null(uv__sent_cut(&rest, 19));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(only_the_first_push_finds_the_stack_empty, prepare),
    cmocka_unit_test_setup(a_chain_is_taken_in_rank_order, prepare),
    cmocka_unit_test_setup(chains_are_merged_into_a_list_in_rank_order,
                           prepare),
    cmocka_unit_test_setup(a_cut_keeps_what_is_at_most_the_rank, prepare),
  };
  return cmocka_run_group_tests_name("sent", tests, NULL, NULL);
}
