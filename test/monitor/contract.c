/* SPDX-License-Identifier: MIT */
/* The monitor contract, as src/unix/monitor/monitor.h has it: the same tests
 * for each monitor and for the scripted one. What could break: a level that is
 * only reported once, a descriptor that stays watched, an array that overflows
 * or starves its last ones, a wait that ends early.
 *
 * contract-change.c has masks, closing and refusals; contract-process.c has
 * signals, processes and threads; contract-limits.c has capabilities and
 * numbers. */
#include "fixture.h"

#include "fake.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void unread_data_is_reported_by_each_wait(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  make_readable(f, f->fd, f->far_fd);
  for (int i = 0; i < 5; i++) {
    assert_int_equal(1, await_event(f));
    assert_int_equal(POLLIN, events_of(f, f->fd));
  }
}

static void half_read_data_is_reported_again(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  make_readable(f, f->fd, f->far_fd);
  make_readable(f, f->fd, f->far_fd);
  assert_int_equal(1, await_event(f));
  char byte;
  assert_int_equal(1, read(f->fd, &byte, 1));
  assert_int_equal(1, look(f));
  drain(f, f->fd);
  assert_int_equal(0, look(f));
  make_readable(f, f->fd, f->far_fd);
  assert_int_equal(1, await_event(f));
}

static void a_condition_that_held_before_is_reported(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  make_readable(f, f->fd, f->far_fd);
  watch(f, f->fd, 0, POLLIN);
  assert_int_equal(1, look(f));
}

static void the_generation_comes_back_as_given(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  static const uint32_t gens[] = { 1, 2, 77, 1U << 31, UINT32_MAX };
  make_readable(f, f->fd, f->far_fd);
  for (size_t i = 0; i < sizeof(gens) / sizeof(gens[0]); i++) {
    assert_int_equal(0, f->ops->update(&f->monitor, f->fd, gens[i], 0, POLLIN));
    assert_int_equal(1, await_event(f));
    assert_int_equal(f->fd, f->events[0].fd);
    assert_int_equal(gens[i], f->events[0].gen);
    f->ops->forget(&f->monitor, f->fd, gens[i]);
  }
}

static void what_is_in_the_array_already_stays(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  make_readable(f, f->fd, f->far_fd);
  f->ready.count = 0;
  uv__ready_add(&f->ready, 4242, 9, POLLERR);
  const struct uv__wait wait = { 0, NULL };
  assert_int_equal(0, f->ops->await(&f->monitor, &f->ready, &wait));
  assert_int_equal(2, f->ready.count);
  assert_int_equal(4242, f->events[0].fd);
  assert_int_equal(f->fd, f->events[1].fd);
}

/* Many descriptors that are ready for ever, some hot and some in the shell, and
 * room for a few: each has its turn. */
enum { MANY = 60, FEW = 7 };

struct burst {
  int fds[MANY][2];
  unsigned seen[MANY];
};

static void gather_burst(struct fixture* f, struct burst* burst,
                         size_t hot_count) {
  memset(burst, 0, sizeof(*burst));
  for (size_t i = 0; i < MANY; i++) {
    make_pair(f, burst->fds[i]);
    make_readable(f, burst->fds[i][0], burst->fds[i][1]);
    if (i < hot_count)
      watch(f, burst->fds[i][0], 0, POLLIN);
    else
      assert_int_equal(
          0, uv__shell_set(&f->shell, burst->fds[i][0], GEN, POLLIN, false));
  }
}

static void count_burst(const struct fixture* f, struct burst* burst) {
  for (size_t i = 0; i < MANY; i++)
    burst->seen[i] += events_of(f, burst->fds[i][0]) != 0;
}

static void disperse_burst(struct fixture* f, struct burst* burst) {
  for (size_t i = 0; i < MANY; i++) {
    f->ops->forget(&f->monitor, burst->fds[i][0], GEN);
    uv__shell_delete(&f->shell, burst->fds[i][0]);
    for (int end = 0; end < 2; end++) close_fd(f, &burst->fds[i][end]);
  }
}

static void serve_burst(struct fixture* f, size_t hot_count) {
  struct burst burst;
  gather_burst(f, &burst, hot_count);
  f->ready.cap = FEW;
  for (int round = 0; round < 4 * MANY / FEW; round++) {
    assert_true(look(f) > 0);
    count_burst(f, &burst);
  }
  size_t starved = 0;
  for (size_t i = 0; i < MANY; i++) starved += burst.seen[i] == 0;
  disperse_burst(f, &burst);
  assert_int_equal(0, starved);
}

static void more_ready_than_room_starves_none_of_the_hot(void** state) {
  NEEDS_MONITOR((struct fixture*) *state);
  serve_burst(*state, MANY);
}

static void more_ready_than_room_starves_none_of_the_parked(void** state) {
  NEEDS_MONITOR((struct fixture*) *state);
  serve_burst(*state, 0);
}

static void many_hot_ones_do_not_starve_a_parked_one(void** state) {
  NEEDS_MONITOR((struct fixture*) *state);
  serve_burst(*state, MANY - 1);
}

static void many_parked_ones_do_not_starve_a_hot_one(void** state) {
  NEEDS_MONITOR((struct fixture*) *state);
  serve_burst(*state, 1);
}

/* In one wait, and not one of them twice: kernels answer a few at a time, and
 * put what they have reported back into their queues. */
static void one_look_finds_all(struct fixture* f, size_t hot_count) {
  struct burst burst;
  gather_burst(f, &burst, hot_count);
  for (size_t i = 0; i < MANY; i++) drain(f, burst.fds[i][0]);
  for (int i = 0; i < 3; i++) look(f); /* All known, none ready. */
  for (size_t i = 0; i < MANY; i++)
    make_readable(f, burst.fds[i][0], burst.fds[i][1]);
  size_t found = look(f);
  count_burst(f, &burst);
  size_t missed = 0;
  for (size_t i = 0; i < MANY; i++) missed += burst.seen[i] == 0;
  disperse_burst(f, &burst);
  assert_int_equal(MANY, found);
  assert_int_equal(0, missed);
}

static void one_look_finds_all_that_is_hot(void** state) {
  NEEDS_MONITOR((struct fixture*) *state);
  one_look_finds_all(*state, MANY);
}

static void one_look_finds_all_hot_or_parked(void** state) {
  NEEDS_MONITOR((struct fixture*) *state);
  one_look_finds_all(*state, MANY / 2);
}

static void a_full_array_takes_nothing(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  make_readable(f, f->fd, f->far_fd);
  f->ready.cap = 0;
  assert_int_equal(0, look(f));
  f->ready.cap = ROOM;
  assert_int_equal(1, look(f));
}

static void what_is_parked_ends_a_wait(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  int fds[2];
  make_pair(f, fds);
  watch(f, f->fd, 0, POLLIN); /* So that there is something hot beside it. */
  assert_int_equal(0, uv__shell_set(&f->shell, fds[0], 31, POLLIN, false));
  assert_int_equal(0, look(f));
  for (int i = 0; i < 3; i++) {
    make_readable(f, fds[0], fds[1]);
    assert_int_equal(1, await_event(f));
    assert_int_equal(POLLIN, events_of(f, fds[0]));
    assert_int_equal(31, f->events[0].gen);
    if ((f->ops->caps & UV__HOT_IN_SHELL) == 0)
      assert_true(f->events[0].events & UV__EV_PARKED);
    drain(f, fds[0]);
    assert_int_equal(0, look(f));
  }
  uv__shell_delete(&f->shell, fds[0]);
  close_fd(f, &fds[0]);
  close_fd(f, &fds[1]);
}

static void a_look_does_not_wait(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  uint64_t begin_ns = now_ns(f);
  for (int i = 0; i < 1000; i++) assert_int_equal(0, look(f));
  assert_true(now_ns(f) - begin_ns < 10 * UINT64_C(1000000000));
}

/* Hot or all parked: io_uring sleeps in another place in each case. */
static void sleep_for_all(struct fixture* f) {
  static const int64_t timeouts_ns[] = { 1, 500000, 1000000, 2300000,
                                         20000000 };
  for (size_t i = 0; i < sizeof(timeouts_ns) / sizeof(timeouts_ns[0]); i++) {
    uint64_t begin_ns = now_ns(f);
    assert_int_equal(0, await_ns(f, timeouts_ns[i], NULL));
    assert_true(now_ns(f) - begin_ns >= (uint64_t) timeouts_ns[i]);
  }
}

static void a_wait_with_hot_ones_is_never_short(void** state) {
  struct fixture* f = *state;
  NEEDS_MONITOR(f);
  watch(f, f->fd, 0, POLLIN);
  sleep_for_all(f);
}

static void a_wait_without_hot_ones_is_never_short(void** state) {
  NEEDS_MONITOR((struct fixture*) *state);
  sleep_for_all(*state);
}

static void a_scripted_moment_ends_the_wait(void** state) {
  struct fixture* f = *state;
  if (!f->is_fake) SKIP("only the scripted monitor has a script\n");
  watch(f, f->fd, 0, POLLIN);
  uint64_t begin_ns = fake_now_ns();
  fake_hold_at(begin_ns + 3000000, f->fd, POLLIN);
  assert_int_equal(1, await_ns(f, 50000000, NULL));
  assert_int_equal(3000000, fake_now_ns() - begin_ns);
}

int main(int argc, char** argv) {
  /* NAME MONITOR, as CTest calls it; MONITOR alone does not run by itself. */
  monitor_name = argc > 2 ? argv[2] : "fake";
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    T(unread_data_is_reported_by_each_wait),
    T(half_read_data_is_reported_again),
    T(a_condition_that_held_before_is_reported),
    T(the_generation_comes_back_as_given),
    T(what_is_in_the_array_already_stays),
    T(more_ready_than_room_starves_none_of_the_hot),
    T(more_ready_than_room_starves_none_of_the_parked),
    T(many_hot_ones_do_not_starve_a_parked_one),
    T(many_parked_ones_do_not_starve_a_hot_one),
    T(one_look_finds_all_that_is_hot),
    T(one_look_finds_all_hot_or_parked),
    T(a_full_array_takes_nothing),
    T(what_is_parked_ends_a_wait),
    T(a_look_does_not_wait),
    T(a_wait_with_hot_ones_is_never_short),
    T(a_wait_without_hot_ones_is_never_short),
    T(a_scripted_moment_ends_the_wait),
#undef T
  };
  int failed = cmocka_run_group_tests_name("contract", tests, NULL, NULL);
  failed += change_tests();
  failed += hard_tests();
  failed += limit_tests();
  return failed;
}
