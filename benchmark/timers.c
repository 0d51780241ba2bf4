/* SPDX-License-Identifier: MIT */
/* What does a timer cost to start, fire, cancel and restart, among a million?
 *
 *   start    all are started, one after another
 *   restart  each is started again with another timeout
 *   cancel   each is stopped
 *   fire     all are due; the loop runs until each was called once
 * with timeouts that are all alike (`equal`), growing, or in no order. In
 * --quick there are 100 000. The phases are measured one by one; an operation
 * is a timer (the initialisation is not in it). */
#include "common/bench.h"
#include "common/parts.h"

#include <stdlib.h>

enum { START, RESTART, CANCEL, FIRE };
enum { EQUAL, GROWING, MIXED };
enum { SOON_MS = 1, LATE_MS = 1000000, RANGE_MS = 60000 };

static uv_loop_t loop;
static uv_timer_t* timers;
static long called;

static void on_timer(uv_timer_t* timer) {
  (void) timer;
  called++;
}

/* Numbers in no order, the same in each run. */
static uint64_t next_random(void) {
  static uint64_t state = 88172645463325252u;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static uint64_t timeout_ms(long i, long count, long pattern) {
  if (pattern == EQUAL) return 100;
  if (pattern == GROWING) return (uint64_t) (i * RANGE_MS / count);
  return next_random() % RANGE_MS;
}

static void start_all(long count, long pattern, uint64_t base_ms) {
  for (long i = 0; i < count; i++)
    BENCH_OK(uv_timer_start(&timers[i], on_timer,
                            base_ms + timeout_ms(i, count, pattern), 0));
}

/* Due within a few milliseconds, so that waiting is not measured but once. */
static void fire_all(struct bench* b, long count) {
  for (long i = 0; i < count; i++)
    BENCH_OK(uv_timer_start(&timers[i], on_timer,
                            timeout_ms(i, count, b->what->m) % 100, 0));
  uint64_t due_ns = uv_hrtime() + 101 * UINT64_C(1000000);
  while (uv_hrtime() < due_ns) {
  }
  bench_begin(b);
  uv_run(&loop, UV_RUN_DEFAULT);
  bench_end(b, (uint64_t) count);
  BENCH_CHECK(called == count);
}

static void phase(struct bench* b) {
  long count = b->scale == BENCH_FULL ? b->what->n : b->what->n / 10;
  count = bench_sized(b, count);
  timers = bench_zalloc((size_t) count, sizeof(*timers));
  BENCH_OK(uv_loop_init(&loop));
  for (long i = 0; i < count; i++) BENCH_OK(uv_timer_init(&loop, &timers[i]));
  int kind = b->what->kind;
  if (kind == RESTART || kind == CANCEL) start_all(count, b->what->m, LATE_MS);
  if (kind == FIRE) {
    fire_all(b, count);
  } else {
    bench_begin(b);
    if (kind == CANCEL)
      for (long i = 0; i < count; i++) BENCH_OK(uv_timer_stop(&timers[i]));
    else
      start_all(count, b->what->m, LATE_MS + SOON_MS);
    bench_end(b, (uint64_t) count);
  }
  long active = 0;
  for (long i = 0; i < count; i++)
    active += uv_is_active((uv_handle_t*) &timers[i]) ? 1 : 0;
  BENCH_CHECK(active == (kind == START || kind == RESTART ? count : 0));
  bench_print_monitor(b, &loop);
  bench_close_loop(&loop);
  free(timers);
  bench_report(b);
}

/* clang-format off */
#define CASES(name, kind)                                          \
  { name "/equal", phase, 1000000, EQUAL, kind, false },           \
  { name "/growing", phase, 1000000, GROWING, kind, false },       \
  { name "/mixed", phase, 1000000, MIXED, kind, true }
/* clang-format on */

static const struct bench_case cases[] = {
  CASES("start", START),
  CASES("restart", RESTART),
  CASES("cancel", CANCEL),
  CASES("fire", FIRE),
};

int main(int argc, char** argv) {
  return bench_main(argc, argv, "timers", cases,
                    sizeof(cases) / sizeof(cases[0]));
}
