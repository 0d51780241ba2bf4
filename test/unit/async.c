/* SPDX-License-Identifier: MIT */
/* Async handles under threads; to be run with tsan as well. What could break: a
 * send whose callback does not see what was written before it; a callback after
 * the close; a sender that is inside uv_async_send() while the handle is closed
 * and its loop goes away; a signal handler that sends amid a send. */
#include "base/abi.h"
#include "base/atomics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <string.h>

enum { SENDERS = 2 };

/* --- What was written is seen --------------------------------------------- */

enum { ROUNDS = 200000, PATIENCE_NS = 1000000000 };

static uv_async_t shared;
static _Alignas(64) unsigned written; /* atomic, stored without an order */
static _Alignas(64) unsigned seen;    /* atomic, by the callback */
static _Alignas(64) unsigned is_over; /* atomic */
static unsigned lost;

static void look_at_written(uv_async_t* handle) {
  uv__store_relaxed(&seen, uv__load_relaxed(&written));
  if (uv__load_acquire(&is_over)) uv_close((uv_handle_t*) handle, NULL);
}

static bool await_seen(unsigned value) {
  uint64_t until_ns = 0;
  for (unsigned turn = 1; uv__load_relaxed(&seen) != value; turn++) {
    uv__cpu_relax();
    if (turn % 4096 != 0) continue;
    uv_sleep(0);
    const uint64_t now_ns = uv_hrtime();
    if (until_ns == 0) until_ns = now_ns + PATIENCE_NS;
    if (now_ns > until_ns) return false;
  }
  return true;
}

/* The first send is often on its way to its callback when the second one comes,
 * and every moment of that way is hit before long. */
static void write_between_sends(void* arg) {
  (void) arg;
  for (unsigned i = 1; i <= ROUNDS && lost == 0; i++) {
    uv_async_send(&shared);
    for (unsigned n = i % 97; n > 0; n--) uv__cpu_relax();
    uv__store_relaxed(&written, i);
    uv_async_send(&shared);
    if (i % 3 == 0 && !await_seen(i)) lost = i;
  }
  uv__store_release(&is_over, 1u);
  uv_async_send(&shared);
}

static void a_callback_sees_what_was_written_before_the_send(void** state) {
  (void) state;
  uv_loop_t loop;
  uv_thread_t thread;
  written = seen = is_over = lost = 0;
  assert_int_equal(0, uv_loop_init(&loop));
  assert_int_equal(0, uv_async_init(&loop, &shared, look_at_written));
  assert_int_equal(0, uv_thread_create(&thread, write_between_sends, NULL));
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(0, uv_thread_join(&thread));
  assert_int_equal(0, uv_loop_close(&loop));
  assert_int_equal(0, lost);
}

/* --- Closing amid sends --------------------------------------------------- */

enum { CLOSES = 200, HANDLES = 3 };

static uv_async_t handles[HANDLES];
static unsigned is_open; /* atomic */
static unsigned calls;   /* Of this loop. */
static unsigned closed;

static void count_close(uv_handle_t* handle) {
  (void) handle;
  closed++;
}

static void count_call(uv_async_t* handle) {
  assert_false(uv_is_closing((uv_handle_t*) handle));
  if (++calls < 20) return;
  for (int i = 0; i < HANDLES; i++)
    if (!uv_is_closing((uv_handle_t*) &handles[i]))
      uv_close((uv_handle_t*) &handles[i], count_close);
}

static void send_while_open(void* arg) {
  (void) arg;
  for (unsigned i = 0; uv__load_acquire(&is_open); i++)
    uv_async_send(&handles[i % HANDLES]);
}

static void a_close_amid_sends_is_the_end_of_callbacks(void** state) {
  (void) state;
  for (int round = 0; round < CLOSES; round++) {
    uv_loop_t* loop = malloc(sizeof(*loop));
    assert_non_null(loop);
    assert_int_equal(0, uv_loop_init(loop));
    calls = closed = 0;
    for (int i = 0; i < HANDLES; i++)
      assert_int_equal(0, uv_async_init(loop, &handles[i], count_call));
    uv__store_release(&is_open, 1u);
    uv_thread_t threads[SENDERS];
    for (int i = 0; i < SENDERS; i++)
      assert_int_equal(0, uv_thread_create(&threads[i], send_while_open, NULL));
    uv_run(loop, UV_RUN_DEFAULT);
    assert_int_equal(HANDLES, closed);
    const unsigned calls_at_end = calls;
    /* They go on for a while: the handles' memory is still there, the loop is
     * not. */
    assert_int_equal(0, uv_loop_close(loop));
    free(loop);
    uv__store_release(&is_open, 0u);
    for (int i = 0; i < SENDERS; i++)
      assert_int_equal(0, uv_thread_join(&threads[i]));
    assert_int_equal(calls_at_end, calls);
  }
}

/* --- Signal handlers ------------------------------------------------------ */

enum { SIGNALS = 2000 };

static unsigned raised; /* atomic */

static void send_from_handler(int signum) {
  (void) signum;
  uv__fetch_add(&raised, 1u);
  uv_async_send(&shared);
}

static void interrupt(void* arg) {
  const pthread_t* target = arg;
  for (unsigned i = 1; i <= SIGNALS; i++) {
    assert_int_equal(0, pthread_kill(*target, SIGUSR1));
    while (uv__load_acquire(&raised) < i) uv_sleep(0);
  }
}

static unsigned handled;

static void send_again(uv_async_t* handle) {
  handled = uv__load_acquire(&raised);
  if (handled >= SIGNALS)
    uv_close((uv_handle_t*) handle, NULL);
  else if (handled % 2 == 0) /* Now and then the loop gets to sleep. */
    uv_async_send(handle);
}

static void a_signal_handler_may_send_at_any_moment(void** state) {
  (void) state;
  const struct sigaction action = { .sa_handler = send_from_handler };
  struct sigaction saved;
  assert_int_equal(0, sigaction(SIGUSR1, &action, &saved));
  uv_loop_t loop;
  raised = handled = 0;
  assert_int_equal(0, uv_loop_init(&loop));
  assert_int_equal(0, uv_async_init(&loop, &shared, send_again));
  pthread_t self = pthread_self();
  uv_thread_t thread;
  assert_int_equal(0, uv_thread_create(&thread, interrupt, &self));
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(0, uv_thread_join(&thread));
  assert_int_equal(SIGNALS, handled);
  assert_int_equal(0, uv_loop_close(&loop));
  assert_int_equal(0, sigaction(SIGUSR1, &saved, NULL));
}

/* --- A pass ends ---------------------------------------------------------- */

enum { FIRST, OWN, OTHERS, CHAIN };

static uv_async_t chain[CHAIN];
static unsigned turn;          /* Of the loop. */
static unsigned ran_in[CHAIN]; /* In which turn; 0: not yet. */

static void next_turn(uv_prepare_t* prepare) {
  (void) prepare;
  turn++;
}

static void send_to_others(void* arg) {
  uv_async_send(arg);
}

static void note_turn(uv_async_t* handle) {
  const size_t i = (size_t) (handle - chain);
  ran_in[i] = turn;
  if (i == FIRST) {
    uv_thread_t thread;
    assert_int_equal(0, uv_async_send(&chain[OWN]));
    assert_int_equal(0,
                     uv_thread_create(&thread, send_to_others, &chain[OTHERS]));
    assert_int_equal(0, uv_thread_join(&thread));
  }
  uv_close((uv_handle_t*) handle, NULL);
}

/* Else a flood over many handles, as in libuv's million_async, had no end. */
static void what_others_send_in_a_pass_waits_for_the_next(void** state) {
  (void) state;
  uv_loop_t loop;
  uv_prepare_t prepare;
  assert_int_equal(0, uv_loop_init(&loop));
  assert_int_equal(0, uv_prepare_init(&loop, &prepare));
  assert_int_equal(0, uv_prepare_start(&prepare, next_turn));
  uv_unref((uv_handle_t*) &prepare);
  for (int i = 0; i < CHAIN; i++)
    assert_int_equal(0, uv_async_init(&loop, &chain[i], note_turn));
  assert_int_equal(0, uv_async_send(&chain[FIRST]));
  assert_int_equal(0, uv_run(&loop, UV_RUN_DEFAULT));
  assert_int_equal(ran_in[FIRST], ran_in[OWN]);
  assert_int_equal(ran_in[FIRST] + 1, ran_in[OTHERS]);
  uv_close((uv_handle_t*) &prepare, NULL);
  assert_int_equal(0, uv_run(&loop, UV_RUN_DEFAULT));
  assert_int_equal(0, uv_loop_close(&loop));
}

/* --- A burst -------------------------------------------------------------- */

enum { BURST = 20000, PASSES = 50 };

static uv_async_t burst[BURST];
static unsigned called_in[BURST]; /* In which turn, the last time. */
static size_t last_called;        /* In this turn; none: BURST. */
static size_t close_every;        /* Each such one closes the one behind it. */

static void next_pass(uv_prepare_t* prepare) {
  turn++;
  last_called = BURST;
  if (prepare->data != NULL && turn == PASSES) uv_stop(prepare->loop);
}

static void note_order(uv_async_t* handle) {
  const size_t i = (size_t) (handle - burst);
  assert_false(uv_is_closing((uv_handle_t*) handle));
  assert_true(last_called == BURST || last_called < i);
  last_called = i;
  called_in[i] = turn;
  if (close_every != 0 && i % close_every == 0)
    uv_close((uv_handle_t*) &burst[i + 1], count_close);
}

static void open_burst(uv_loop_t* loop, uv_prepare_t* prepare, size_t count) {
  turn = closed = 0;
  memset(called_in, 0, sizeof(called_in));
  assert_int_equal(0, uv_loop_init(loop));
  assert_int_equal(0, uv_prepare_init(loop, prepare));
  assert_int_equal(0, uv_prepare_start(prepare, next_pass));
  prepare->data = NULL;
  for (size_t i = 0; i < count; i++)
    assert_int_equal(0, uv_async_init(loop, &burst[i], note_order));
}

static void close_burst(uv_loop_t* loop, uv_prepare_t* prepare, size_t count) {
  uv_close((uv_handle_t*) prepare, NULL);
  for (size_t i = 0; i < count; i++)
    if (!uv_is_closing((uv_handle_t*) &burst[i]))
      uv_close((uv_handle_t*) &burst[i], NULL);
  assert_int_equal(0, uv_run(loop, UV_RUN_DEFAULT));
  assert_int_equal(0, uv_loop_close(loop));
}

/* So many are sent of so many, in no order; each must run, once, in order. */
static void send_of(size_t sent, size_t count, size_t is_closing_every) {
  enum { STEP = 7919 }; /* A prime: comes by every handle. */
  uv_loop_t loop;
  uv_prepare_t prepare;
  open_burst(&loop, &prepare, count);
  close_every = is_closing_every;
  for (size_t i = 0; i < sent; i++)
    assert_int_equal(0, uv_async_send(&burst[i * STEP % count]));
  assert_int_equal(0, uv_async_send(&burst[0]));
  uv_run(&loop, UV_RUN_ONCE);
  for (size_t i = 0; i < sent; i++) {
    const size_t at = i * STEP % count;
    const bool is_closed =
        close_every != 0 && at % close_every == 1 && called_in[at - 1] != 0;
    assert_int_equal(is_closed ? 0 : 1, called_in[at]);
  }
  size_t calls_seen = 0;
  for (size_t i = 0; i < count; i++) calls_seen += called_in[i] != 0;
  assert_true(calls_seen <= sent);
  assert_true(close_every != 0 || calls_seen == sent);
  close_burst(&loop, &prepare, count);
  close_every = 0;
}

/* A long chain is not sorted but found by a walk over all handles. */
static void a_burst_runs_in_order(void** state) {
  (void) state;
  const size_t sizes[] = { 1000, 1022, 1023, 1024, 1025,
                           1249, 1250, 1251, 9000, BURST };
  for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    send_of(sizes[i], BURST, 0);
    send_of(sizes[i], sizes[i], 0);
    send_of(sizes[i], BURST, 10);
  }
}

static void send_burst(void* arg) {
  for (size_t i = (uintptr_t) arg; uv__load_acquire(&is_open); i += 7919)
    uv_async_send(&burst[i % BURST]);
}

static void a_burst_sent_by_others_runs_in_order(void** state) {
  (void) state;
  uv_loop_t loop;
  uv_prepare_t prepare;
  uv_thread_t threads[SENDERS];
  open_burst(&loop, &prepare, BURST);
  prepare.data = &loop;
  uv__store_release(&is_open, 1u);
  for (uintptr_t i = 0; i < SENDERS; i++)
    assert_int_equal(0, uv_thread_create(&threads[i], send_burst, (void*) i));
  uv_run(&loop, UV_RUN_DEFAULT);
  uv__store_release(&is_open, 0u);
  for (int i = 0; i < SENDERS; i++)
    assert_int_equal(0, uv_thread_join(&threads[i]));
  /* All that was sent comes, a last time. */
  for (size_t i = 0; i < BURST; i++) uv_async_send(&burst[i]);
  prepare.data = NULL;
  const unsigned before = turn;
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_run(&loop, UV_RUN_NOWAIT);
  for (size_t i = 0; i < BURST; i++) assert_true(called_in[i] > before);
  close_burst(&loop, &prepare, BURST);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_callback_sees_what_was_written_before_the_send),
    cmocka_unit_test(a_close_amid_sends_is_the_end_of_callbacks),
    cmocka_unit_test(a_signal_handler_may_send_at_any_moment),
    cmocka_unit_test(what_others_send_in_a_pass_waits_for_the_next),
    cmocka_unit_test(a_burst_runs_in_order),
    cmocka_unit_test(a_burst_sent_by_others_runs_in_order),
  };
  return cmocka_run_group_tests_name("async", tests, NULL, NULL);
}
