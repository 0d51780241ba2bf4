/* SPDX-License-Identifier: MIT */
/* What does it cost one thread to wake another's loop?
 *
 *   answer      a plain thread sends, the loop's callback answers by a
 *               semaphore
 *   round_trip  two loops in two threads wake each other
 *   senders8    eight threads, each with a handle of its own, each waiting for
 *               its last send to arrive before the next
 *   bare8       the same without a library: the senders set flags, a thread
 *               spins on them. What is left is the system's part, the senders'
 *               sleep and their awakening: senders8 cannot be faster
 *   flood8      eight threads send as fast as they can; an operation is a
 *               callback, for sends that find one pending melt into it.
 *               Neither its rate nor that of the sends alone is better when
 * higher each among 0 and 10 000 idle async handles in the loop that is woken
 * (in both loops of the round trip). */
#include "common/bench.h"
#include "common/parts.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { SENDERS_MAX = 8 };

struct side {
  struct bench* bench;
  uv_loop_t loop;
  uv_async_t async;
  struct side* peer;
  uv_async_t* idle;
  bool ticks;
  uint64_t sent_ns;
};

struct sender {
  uv_async_t async;
  uv_sem_t arrived;
  uv_thread_t thread;
  struct senders* all;
  atomic_bool is_sent;
};

struct senders {
  struct bench* bench;
  uv_loop_t loop;
  uv_async_t* idle;
  int count;
  bool waits; /* For each send to arrive. */
  atomic_bool is_over, is_measuring;
  _Atomic uint64_t sends;
  uint64_t callbacks;
  struct sender senders[SENDERS_MAX];
};

static void never(uv_async_t* async) {
  (void) async;
  bench_fail(__FILE__, __LINE__, "no idle handle is called", 0);
}

/* The idle handles are half before the busy one and half after it. */
static uv_async_t* add_idle(uv_loop_t* loop, uv_async_t* busy, uv_async_cb cb,
                            long count) {
  uv_async_t* idle = bench_zalloc((size_t) count + 1, sizeof(*idle));
  for (long i = 0; i < count / 2; i++)
    BENCH_OK(uv_async_init(loop, &idle[i], never));
  BENCH_OK(uv_async_init(loop, busy, cb));
  for (long i = count / 2; i < count; i++)
    BENCH_OK(uv_async_init(loop, &idle[i], never));
  return idle;
}

static void on_round(uv_async_t* async) {
  struct side* side = async->data;
  if (side->ticks) {
    uint64_t now_ns = uv_hrtime();
    bench_latency(side->bench, now_ns - side->sent_ns);
    side->sent_ns = now_ns;
    if (!bench_tick(side->bench, 1)) uv_stop(&side->loop);
  } else if (side->bench->state == BENCH_DONE) {
    uv_stop(&side->loop);
    return;
  }
  /* The last send tells the peer that it is over. */
  BENCH_OK(uv_async_send(&side->peer->async));
}

static void run_side(void* arg) {
  struct side* side = arg;
  uv_run(&side->loop, UV_RUN_DEFAULT);
}

static void round_trip(struct bench* b) {
  static struct side sides[2];
  for (int i = 0; i < 2; i++) {
    struct side* side = &sides[i];
    side->bench = b;
    side->peer = &sides[1 - i];
    BENCH_OK(uv_loop_init(&side->loop));
    side->idle = add_idle(&side->loop, &side->async, on_round,
                          bench_sized(b, b->what->n));
    side->async.data = side;
  }
  sides[0].ticks = true;
  uv_thread_t thread;
  BENCH_OK(uv_thread_create(&thread, run_side, &sides[1]));
  sides[0].sent_ns = uv_hrtime();
  BENCH_OK(uv_async_send(&sides[1].async));
  run_side(&sides[0]);
  BENCH_OK(uv_thread_join(&thread));
  bench_print_monitor(b, &sides[0].loop);
  for (int i = 0; i < 2; i++) {
    bench_close_loop(&sides[i].loop);
    free(sides[i].idle);
  }
  bench_report(b);
}

static void on_sent(uv_async_t* async) {
  struct sender* sender = async->data;
  struct senders* all = sender->all;
  all->callbacks++;
  if (all->bench->state == BENCH_MEASURING)
    atomic_store_explicit(&all->is_measuring, true, memory_order_relaxed);
  if (all->bench->state != BENCH_DONE && !bench_tick(all->bench, 1)) {
    atomic_store(&all->is_over, true);
    for (int i = 0; i < all->count; i++) uv_sem_post(&all->senders[i].arrived);
    uv_stop(&all->loop);
  }
  if (all->waits) {
    BENCH_CHECK(atomic_exchange(&sender->is_sent, false));
    uv_sem_post(&sender->arrived);
  }
}

static void send_and_wait(void* arg) {
  struct sender* sender = arg;
  struct senders* all = sender->all;
  while (!atomic_load(&all->is_over)) {
    atomic_store(&sender->is_sent, true);
    BENCH_OK(uv_async_send(&sender->async));
    atomic_fetch_add(&all->sends, 1);
    uv_sem_wait(&sender->arrived);
  }
}

static void send_nonstop(void* arg) {
  struct sender* sender = arg;
  uint64_t count = 0;
  while (!atomic_load(&sender->all->is_over)) {
    BENCH_OK(uv_async_send(&sender->async));
    if (atomic_load(&sender->all->is_measuring)) count++;
  }
  atomic_fetch_add(&sender->all->sends, count);
}

static void from_threads(struct bench* b) {
  static struct senders all;
  all.bench = b;
  all.count = (int) b->what->m;
  all.waits = b->what->kind == 1;
  BENCH_OK(uv_loop_init(&all.loop));
  for (int i = 0; i < all.count; i++) {
    struct sender* sender = &all.senders[i];
    sender->all = &all;
    BENCH_OK(uv_sem_init(&sender->arrived, 0));
    if (i == 0)
      all.idle = add_idle(&all.loop, &sender->async, on_sent,
                          bench_sized(b, b->what->n));
    else
      BENCH_OK(uv_async_init(&all.loop, &sender->async, on_sent));
    sender->async.data = sender;
  }
  for (int i = 0; i < all.count; i++)
    BENCH_OK(uv_thread_create(&all.senders[i].thread,
                              all.waits ? send_and_wait : send_nonstop,
                              &all.senders[i]));
  uv_run(&all.loop, UV_RUN_DEFAULT);
  for (int i = 0; i < all.count; i++)
    BENCH_OK(uv_thread_join(&all.senders[i].thread));
  bench_print_monitor(b, &all.loop);
  /* Each sender has at most one send that did not arrive. */
  uint64_t sends = atomic_load(&all.sends);
  if (all.waits)
    BENCH_CHECK(sends >= all.callbacks &&
                sends - all.callbacks <= (uint64_t) all.count);
  for (int i = 0; i < all.count; i++) {
    all.waits = false;
    uv_sem_destroy(&all.senders[i].arrived);
  }
  bench_close_loop(&all.loop);
  free(all.idle);
  bench_report(b);
  double took_s = (double) (b->ended.wall_ns - b->begun.wall_ns) / 1e9;
  if (b->what->kind == 0)
    bench_value(b, "sends", (double) sends / took_s, "op/s");
}

/* --- The limit of senders8 ------------------------------------------------ */

static void set_and_wait(void* arg) {
  struct sender* sender = arg;
  while (!atomic_load(&sender->all->is_over)) {
    atomic_store(&sender->is_sent, true);
    uv_sem_wait(&sender->arrived);
  }
}

static void bare(struct bench* b) {
  static struct senders all;
  all.count = (int) b->what->m;
  for (int i = 0; i < all.count; i++) {
    struct sender* sender = &all.senders[i];
    sender->all = &all;
    BENCH_OK(uv_sem_init(&sender->arrived, 0));
    BENCH_OK(uv_thread_create(&sender->thread, set_and_wait, sender));
  }
  for (bool goes_on = true; goes_on;)
    for (int i = 0; goes_on && i < all.count; i++) {
      struct sender* sender = &all.senders[i];
      if (!atomic_exchange(&sender->is_sent, false)) continue;
      goes_on = bench_tick(b, 1);
      uv_sem_post(&sender->arrived);
    }
  atomic_store(&all.is_over, true);
  for (int i = 0; i < all.count; i++) {
    uv_sem_post(&all.senders[i].arrived);
    BENCH_OK(uv_thread_join(&all.senders[i].thread));
    uv_sem_destroy(&all.senders[i].arrived);
  }
  bench_report(b);
}

static const struct bench_case cases[] = {
  { "answer/0", from_threads, 0, 1, 1, true },
  { "answer/10000", from_threads, 10000, 1, 1, false },
  { "round_trip/0", round_trip, 0, 0, 0, true },
  { "round_trip/10000", round_trip, 10000, 0, 0, true },
  { "senders8/0", from_threads, 0, 8, 1, true },
  { "senders8/10000", from_threads, 10000, 8, 1, false },
  { "bare8/0", bare, 0, 8, 0, false },
  { "flood8/0", from_threads, 0, 8, 0, true },
  { "flood8/10000", from_threads, 10000, 8, 0, false },
};

int main(int argc, char** argv) {
  return bench_main(argc, argv, "async_wake", cases,
                    sizeof(cases) / sizeof(cases[0]));
}
