/* SPDX-License-Identifier: MIT */
/* When a loop spins (src/unix/io/busypoll.c), in worlds where a sleep and a
 * spin cost what the script says. What could break: a conversation in which
 * spinning is cheaper and never begins, spinning where it is dearer or where
 * work is not seen, a reading for a loop that is idle, off or forced. */
#include "harness.h"

#include "base/atomics.h"
#include "unix/io/busypoll.h"
#include "unix/io/control.h"
#include "unix/os/clock.h"
#include "unix/os/cpus.h"

#include <stdbool.h>

enum { LOOK_NS = 200, HANDLE_NS = 4000, SECOND = 1000000000 };

/* A peer that answers, or a stream that goes on without us. */
static struct {
  uint64_t answer_ns;    /* Until the next message is there. */
  uint64_t sleep_cpu_ns; /* What falling asleep and waking costs, */
  uint64_t late_ns;      /* ... and how late it makes us. */
  bool is_opaque;        /* The watcher does not say what it has done. */
  uint64_t due_ns;       /* When the message at hand comes; 0: it has come. */
  bool did_sleep;        /* In the wait at hand. */
  uint64_t cpu_ns;       /* Without the looks at the clock. */
  unsigned readings;     /* Times that the thread's CPU time was asked for. */
  struct probe probe;
} world;

uint64_t __wrap_uv__clock_thread_cpu_ns(void);
uint64_t __wrap_uv__clock_thread_preempted(void);
bool __wrap_uv__cpus_are_crowded(void);
unsigned __wrap_uv__cpus_to_spin_on(void);

uint64_t __wrap_uv__clock_thread_cpu_ns(void) {
  world.readings++;
  return world.cpu_ns + harness.looked_ns;
}

uint64_t __wrap_uv__clock_thread_preempted(void) {
  return 0;
}

bool __wrap_uv__cpus_are_crowded(void) {
  return false;
}

unsigned __wrap_uv__cpus_to_spin_on(void) {
  return 2;
}

/* The message is there from its moment on. */
static void arrive(void) {
  if (world.due_ns == 0 || fake_now_ns() < world.due_ns) return;
  world.due_ns = 0;
  fake_hold(FIRST_FD, POLLIN);
}

static void on_sleep(void) {
  world.did_sleep = true;
  if (world.due_ns > fake_now_ns()) fake_pass(world.due_ns - fake_now_ns());
  arrive();
}

static void work_for(uint64_t ns) {
  fake_pass(ns);
  world.cpu_ns += ns;
}

/* A message has come: handle it, and have the next one sent. */
static void on_message(struct probe* probe) {
  fake_hold(fd_of(probe), 0);
  if (world.did_sleep) {
    fake_pass(world.late_ns);
    work_for(world.sleep_cpu_ns);
  }
  world.did_sleep = false;
  work_for(HANDLE_NS);
  if (world.is_opaque) {
    uv__io_count_opaque(&harness.loop);
  } else {
    uv__io_count_bytes(&harness.loop, 64);
    uv__io_count_bytes(&harness.loop, 64);
  }
  world.due_ns = fake_now_ns() + world.answer_ns;
}

static void limit_to(int64_t max_ns, bool is_tried) {
  const struct uv__spin_limits limits = {
    .max_ns = max_ns, .grow = 2, .shrink = 2, .weight = 3, .is_tried = is_tried
  };
  uv__busypoll_set(harness.io, &limits);
}

/* Whatever the environment says: the default. */
static int set_up_world(void** state) {
  memset(&world, 0, sizeof(world));
  int rc = set_up(state);
  if (rc != 0) return rc;
  harness.look_ns = LOOK_NS;
  harness.on_look = arrive;
  limit_to(50000, true);
  fake_on_sleep(on_sleep);
  world.answer_ns = 4000;
  world.sleep_cpu_ns = 12000;
  world.late_ns = 15000;
  return 0;
}

static int tear_down_world(void** state) {
  fake_on_sleep(NULL);
  return tear_down(state);
}

static void talk_for(uint64_t ns) {
  uint64_t until_ns = fake_now_ns() + ns;
  if (world.probe.then == NULL) {
    world.probe.then = on_message;
    probe_start(&world.probe, 0, POLLIN);
    world.due_ns = fake_now_ns() + 1000;
  }
  while (fake_now_ns() < until_ns) uv__io_poll(&harness.loop, -1);
}

static struct uv__io_report report(void) {
  struct uv__io_report all;
  uv__io_report(&harness.loop, &all);
  return all;
}

static void a_conversation_in_which_spinning_is_cheaper_is_spun_for(
    void** state) {
  (void) state;
  talk_for(SECOND / 2);
  assert_int_equal(1, report().adoptions);
  assert_true(report().trials >= 1);
  /* Nearly all the time: ten times as many waits are hits as are slept. */
  assert_true(report().spin_hits > 10 * report().io.sleeps);
}

static void spinning_that_is_dearer_is_tried_and_left(void** state) {
  (void) state;
  world.answer_ns = 40000; /* Longer than a sleep costs. */
  talk_for(SECOND);
  assert_int_equal(0, report().adoptions);
  assert_in_range(report().trials, 1, 8);
  assert_false(harness.io->busy.is_live);
}

static void events_whose_work_is_not_seen_are_never_spun_for(void** state) {
  (void) state;
  world.is_opaque = true;
  talk_for(SECOND);
  assert_int_equal(0, report().trials);
  assert_int_equal(0, report().spins);
}

static void a_peer_that_is_gone_is_not_waited_for(void** state) {
  (void) state;
  talk_for(SECOND / 2);
  assert_true(harness.io->busy.is_live);
  world.answer_ns = 5 * MS;
  uint64_t before = report().spins;
  talk_for(SECOND);
  assert_false(harness.io->busy.is_live);
  assert_in_range(report().spins - before, 1, 24);
}

static void another_thread_begins_anew(void** state) {
  (void) state;
  talk_for(SECOND / 2);
  assert_true(harness.io->busy.is_live);
  harness.io->owner++; /* As if another one had run it. */
  uv__io_poll(&harness.loop, 0);
  assert_false(harness.io->busy.is_live);
  assert_int_equal(1, report().adoptions); /* The counters go on. */
}

static void a_loop_that_waits_rarely_is_not_looked_at(void** state) {
  (void) state;
  world.answer_ns = 10 * MS;
  talk_for(2 * (uint64_t) SECOND);
  assert_int_equal(0, world.readings);
  assert_int_equal(0, report().spins);
}

static void off_and_forced_are_not_tried(void** state) {
  (void) state;
  limit_to(0, false);
  talk_for(SECOND / 4);
  assert_int_equal(0, report().spins);
  limit_to(50000, false);
  talk_for(SECOND / 4);
  assert_true(report().spins > 1000);
  assert_int_equal(0, report().trials);
  assert_int_equal(0, world.readings);
}

static void an_embedders_loop_and_a_profilers_do_not_try(void** state) {
  (void) state;
  uv__io_block_sigprof(&harness.loop);
  talk_for(SECOND / 4);
  harness.io->blocks_sigprof = false;
  uv__store_relaxed(&harness.io->wake.is_exposed, 1);
  uv__busypoll_restart(harness.io);
  talk_for(SECOND / 4);
  assert_int_equal(0, world.readings);
  assert_int_equal(0, report().spins);
}

/* An answer from the pool, as the loop sees it. */
static void on_answer(uv_loop_t* loop) {
  uv__io_expect(loop, -1);
  work_for(HANDLE_NS);
  uv__io_count_messages(loop, 1);
}

static void ring(void) {
  fake_pass(world.answer_ns);
  uv__wake_send(&harness.loop);
  fake_hold(harness.io->wake.doorbell_fd, POLLIN);
}

/* The first spins come long before any trial could. */
static void answers_to_own_requests_are_spun_for_at_once(void** state) {
  (void) state;
  uv__wake_set_callback(&harness.loop, on_answer);
  fake_on_sleep(ring); /* A sleep learns that it was not worth it. */
  for (int i = 0; i < 20; i++) {
    uv__io_expect(&harness.loop, 1);
    uv__io_poll(&harness.loop, -1);
    fake_hold(harness.io->wake.doorbell_fd, 0);
  }
  assert_true(report().spins > 0);
  assert_int_equal(0, report().trials);
  /* Without such an answer on its way there is none. */
  uint64_t before = report().spins;
  for (int i = 0; i < 20; i++) {
    harness.io->busy.expected = 0;
    uv__busypoll_review(harness.io);
    uv__io_poll(&harness.loop, -1);
    fake_hold(harness.io->wake.doorbell_fd, 0);
  }
  assert_int_equal(before, report().spins);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name)                                                                \
  cmocka_unit_test_setup_teardown(name, set_up_world, tear_down_world)
    T(a_conversation_in_which_spinning_is_cheaper_is_spun_for),
    T(spinning_that_is_dearer_is_tried_and_left),
    T(events_whose_work_is_not_seen_are_never_spun_for),
    T(a_peer_that_is_gone_is_not_waited_for),
    T(another_thread_begins_anew),
    T(a_loop_that_waits_rarely_is_not_looked_at),
    T(off_and_forced_are_not_tried),
    T(an_embedders_loop_and_a_profilers_do_not_try),
    T(answers_to_own_requests_are_spun_for_at_once),
#undef T
  };
  return cmocka_run_group_tests_name("spin", tests, NULL, NULL);
}
