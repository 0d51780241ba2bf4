/* SPDX-License-Identifier: MIT */
/* Whose work is next. What could break: a loop that starves behind another
 * one's jobs, slow work that starves fast work or the other way round, an order
 * within one loop that is not that of its submits, a share left in the turns
 * without work. What a single share's lanes do to each other: threadpool.c. */
#include "loop/lanes.h"

#include "base/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FAST UV__LANE_FAST
#define SLOW UV__LANE_SLOW

/* One share a letter; upper case: slow work of the same. */
static struct uv__lanes lanes;
static struct uv__share shares[26];
static struct {
  struct uv__work w;
  char letter;
} jobs[1000];
static size_t job_count;

static int prepare(void** state) {
  (void) state;
  memset(&lanes, 0, sizeof(lanes));
  memset(shares, 0, sizeof(shares));
  uv__lanes_init(&lanes);
  job_count = 0;
  return 0;
}

static void push(const char* letters) {
  for (; *letters != '\0'; letters++) {
    bool is_slow = *letters < 'a';
    jobs[job_count].letter = *letters;
    uv__lanes_push(&lanes, &shares[(*letters | 32) - 'a'],
                   is_slow ? SLOW : FAST, &jobs[job_count].w);
    job_count++;
  }
}

static size_t job_of(const struct uv__work* w) {
  return (size_t) ((const char*) w - (const char*) jobs) / sizeof(jobs[0]);
}

/* Takes all there is and may be taken: the letters in that order. */
static const char* pull(bool may_be_slow) {
  static char taken[1001];
  size_t count = 0;
  for (;;) {
    enum uv__pool_lane lane = uv__lanes_choose(&lanes, may_be_slow);
    if (lane == UV__LANE_COUNT) break;
    assert_true(count < 1000);
    taken[count++] = jobs[job_of(uv__lanes_take(&lanes, lane))].letter;
  }
  taken[count] = '\0';
  return taken;
}

static void cancel(size_t job) {
  uv__lanes_remove(&lanes, &shares[(jobs[job].letter | 32) - 'a'],
                   &jobs[job].w);
}

static void loops_take_turns(void** state) {
  (void) state;
  push("aaaaaabbc");
  assert_string_equal("abcabaaaa", pull(true));
  push("aaaa");
  assert_int_equal(FAST, uv__lanes_choose(&lanes, true));
  uv__lanes_take(&lanes, FAST);
  push("bb"); /* Behind the one that is queued already. */
  assert_string_equal("ababa", pull(true));
}

static void within_a_loop_work_is_taken_in_its_order(void** state) {
  (void) state;
  push("ababbaabab");
  size_t last[2] = { 0, 0 };
  for (size_t i = 0; i < 10; i++) {
    size_t job = job_of(uv__lanes_take(&lanes, FAST));
    size_t* mine = &last[jobs[job].letter - 'a'];
    assert_true(*mine < job + 1);
    *mine = job + 1;
  }
}

static void slow_work_of_one_loop_alternates_with_fast_of_another(
    void** state) {
  (void) state;
  push("AAAAbbb");
  assert_string_equal("AbAbAbA", pull(true));
}

static void slow_work_waits_for_fast_work_of_its_own_loop_before_it(
    void** state) {
  (void) state;
  push("aaAa");
  assert_string_equal("aaAa", pull(true));
  push("aAaaA");
  assert_string_equal("aAaaA", pull(true));
}

static void slow_work_that_may_not_run_stops_nobody(void** state) {
  (void) state;
  push("AAbBab");
  assert_string_equal("bab", pull(false));
  assert_string_equal("ABA", pull(true));
}

static void what_is_cancelled_leaves_no_turn_behind(void** state) {
  (void) state;
  push("aBb");
  cancel(0);
  cancel(1);
  assert_string_equal("b", pull(true));
  push("A");
  cancel(3);
  assert_int_equal(UV__LANE_COUNT, uv__lanes_choose(&lanes, true));
  for (int i = 0; i < UV__LANE_COUNT; i++)
    assert_true(uv__queue_empty(&lanes.turns[i]));
}

/* As after a fork: the parent's work is forgotten, not run and not touched. */
static void a_new_epoch_begins_with_empty_shares(void** state) {
  (void) state;
  push("aaAb");
  uv__lanes_init(&lanes);
  assert_int_equal(UV__LANE_COUNT, uv__lanes_choose(&lanes, true));
  cancel(0);
  push("aA");
  assert_string_equal("aA", pull(true));
}

static void random_pushes_and_cancels_lose_nothing(void** state) {
  (void) state;
  srand(7);
  for (int round = 0; round < 200; round++) {
    prepare(state);
    size_t taken = 0, cancelled = 0;
    bool is_out[1000] = { false };
    for (size_t i = 0; i < 500; i++) {
      const char letter[2] = { (char) ((rand() % 2 ? 'a' : 'A') + rand() % 5),
                               '\0' };
      push(letter);
      size_t victim = (size_t) rand() % job_count;
      if (rand() % 4 == 0 && !is_out[victim]) {
        cancel(victim);
        is_out[victim] = true;
        cancelled++;
      }
      enum uv__pool_lane lane = uv__lanes_choose(&lanes, rand() % 2);
      if (rand() % 2 || lane == UV__LANE_COUNT) continue;
      size_t job = job_of(uv__lanes_take(&lanes, lane));
      assert_false(is_out[job]);
      is_out[job] = true;
      taken++;
    }
    taken += strlen(pull(true));
    assert_int_equal(job_count, taken + cancelled);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(loops_take_turns, prepare),
    cmocka_unit_test_setup(within_a_loop_work_is_taken_in_its_order, prepare),
    cmocka_unit_test_setup(
        slow_work_of_one_loop_alternates_with_fast_of_another, prepare),
    cmocka_unit_test_setup(
        slow_work_waits_for_fast_work_of_its_own_loop_before_it, prepare),
    cmocka_unit_test_setup(slow_work_that_may_not_run_stops_nobody, prepare),
    cmocka_unit_test_setup(what_is_cancelled_leaves_no_turn_behind, prepare),
    cmocka_unit_test_setup(a_new_epoch_begins_with_empty_shares, prepare),
    cmocka_unit_test_setup(random_pushes_and_cancels_lose_nothing, prepare),
  };
  return cmocka_run_group_tests_name("lanes", tests, NULL, NULL);
}
