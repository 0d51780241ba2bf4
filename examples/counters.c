/* SPDX-License-Identifier: MIT */
/* Reads what a loop counts, before and after some work, and prints the change.
 * The same figures are the line of POLLUX_STATS=1, without a change to the
 * program. */
#include <pollux.h>

#include <inttypes.h>
#include <stdio.h>

enum { TICKS = 20 };

static int tick_count;

static void on_timer(uv_timer_t* timer) {
  if (++tick_count == TICKS) uv_close((uv_handle_t*) timer, NULL);
}

static void on_async(uv_async_t* async) {
  uv_close((uv_handle_t*) async, NULL);
}

static void wake(void* async) {
  uv_async_send(async);
}

static void print(const char* name, uint64_t before, uint64_t after) {
  printf("%-18s %" PRIu64 "\n", name, after - before);
}

int main(void) {
  uv_loop_t loop;
  uv_timer_t timer;
  uv_async_t async;
  uv_thread_t thread;
  pollux_counters_t before, after;

  if (uv_loop_init(&loop) != 0) return 1;
  if (uv_timer_init(&loop, &timer) != 0) return 1;
  if (uv_timer_start(&timer, on_timer, 1, 1) != 0) return 1;
  if (uv_async_init(&loop, &async, on_async) != 0) return 1;

  /* The size says which fields this program knows: a newer library may have
   * more. */
  if (pollux_counters(&loop, &before, sizeof(before)) != 0) return 1;
  if (uv_thread_create(&thread, wake, &async) != 0) return 1;
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_thread_join(&thread);
  if (pollux_counters(&loop, &after, sizeof(after)) != 0) return 1;

  printf("%-18s %s\n", "monitor", pollux_monitor_name(&loop));
  print("iterations", before.iterations, after.iterations);
  print("waits", before.waits, after.waits);
  print("sleeps", before.sleeps, after.sleeps);
  print("events", before.events, after.events);
  print("wakes_written", before.wakes_written, after.wakes_written);
  print("wakes_suppressed", before.wakes_suppressed, after.wakes_suppressed);
  return uv_loop_close(&loop) == 0 && after.sleeps > before.sleeps ? 0 : 1;
}
