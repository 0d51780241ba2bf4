/* SPDX-License-Identifier: MIT */
/* What do a request's CPU time and latency become when requests come 1, 2, 5,
 * 10, 20, 50, 100, 200 and 500 us and 1, 5 and 10 ms apart, and what does the
 * loop use when nothing comes at all? Here a busy poll shows what it costs.
 *
 * A thread, outside the library and always busy on a core of its own, writes
 * the time into a socket pair at each tick of the gap; the loop reads it from
 * an uv_pipe_t and takes the difference. CPU time and switches are of the
 * loop's thread alone. At gaps shorter than a request takes, several are read
 * at once: `served` says how many of the prescribed rate arrived. */
#include "common/bench.h"
#include "common/parts.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { NOTHING = 0 };

struct gap {
  struct bench* bench;
  uv_loop_t loop;
  uv_pipe_t pipe;
  uv_timer_t timer;
  int fds[2];
  uint64_t gap_ns;
  atomic_bool is_over;
  uint64_t sent, received;
  char partial[sizeof(uint64_t)];
  size_t partial_size;
};

static struct gap gap;

static void send_stamp(void) {
  while (!atomic_load(&gap.is_over)) {
    uint64_t stamp_ns = uv_hrtime();
    ssize_t size = write(gap.fds[1], &stamp_ns, sizeof(stamp_ns));
    if (size == sizeof(stamp_ns)) {
      gap.sent++;
      return;
    }
    BENCH_CHECK(size < 0 && (errno == EAGAIN || errno == EPIPE));
  }
}

static void request(void* unused) {
  (void) unused;
  uint64_t due_ns = uv_hrtime();
  while (!atomic_load(&gap.is_over)) {
    uint64_t now_ns = uv_hrtime();
    if (now_ns < due_ns) continue;
    send_stamp();
    /* After being off the core, go on from now; do not catch up in a burst. */
    due_ns = due_ns + 2 * gap.gap_ns < now_ns ? now_ns + gap.gap_ns
                                              : due_ns + gap.gap_ns;
  }
}

static void on_stamp(uint64_t now_ns, uint64_t stamp_ns) {
  gap.received++;
  BENCH_CHECK(stamp_ns <= now_ns);
  bench_latency(gap.bench, now_ns - stamp_ns);
}

static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buf) {
  BENCH_CHECK(size >= 0); /* 0: nothing there, as a ring may find. */
  uint64_t now_ns = uv_hrtime();
  uint64_t before = gap.received;
  for (ssize_t i = 0; i < size; i++) {
    gap.partial[gap.partial_size++] = buf->base[i];
    if (gap.partial_size < sizeof(uint64_t)) continue;
    uint64_t stamp_ns;
    memcpy(&stamp_ns, gap.partial, sizeof(stamp_ns));
    on_stamp(now_ns, stamp_ns);
    gap.partial_size = 0;
  }
  if (!bench_tick(gap.bench, gap.received - before)) {
    atomic_store(&gap.is_over, true);
    BENCH_OK(uv_read_stop(stream));
    uv_stop(&gap.loop);
  }
}

static void setup(struct bench* b) {
  gap.bench = b;
  b->is_of_thread = true;
  BENCH_OK(uv_loop_init(&gap.loop));
  bench_unix_pair(gap.fds);
  BENCH_OK(uv_pipe_init(&gap.loop, &gap.pipe, 0));
  BENCH_OK(uv_pipe_open(&gap.pipe, gap.fds[0]));
  BENCH_OK(uv_read_start((uv_stream_t*) &gap.pipe, bench_alloc, on_read));
}

static void teardown(struct bench* b) {
  bench_print_monitor(b, &gap.loop);
  bench_close_loop(&gap.loop);
  close(gap.fds[1]);
}

static void apart(struct bench* b) {
  setup(b);
  gap.gap_ns = (uint64_t) b->what->n * 1000u;
  uv_thread_t thread;
  BENCH_OK(uv_thread_create(&thread, request, NULL));
  uv_run(&gap.loop, UV_RUN_DEFAULT);
  BENCH_OK(uv_thread_join(&thread));
  BENCH_CHECK(gap.received <= gap.sent);
  teardown(b);
  bench_report_cost(b);
  double took_ns = (double) (b->ended.wall_ns - b->begun.wall_ns);
  double share = (double) b->ops * (double) gap.gap_ns / took_ns;
  bench_value(b, "served", share * 100, "percent");
}

static void on_end(uv_timer_t* timer) {
  bench_end(gap.bench, 1);
  uv_stop(timer->loop);
}

static void on_begin(uv_timer_t* timer) {
  uint64_t wait_ms = gap.bench->measure_ns / 1000000u;
  bench_begin(gap.bench);
  BENCH_OK(uv_timer_start(timer, on_end, wait_ms, 0));
}

/* The operation is the whole wait. */
static void nothing(struct bench* b) {
  setup(b);
  BENCH_OK(uv_timer_init(&gap.loop, &gap.timer));
  BENCH_OK(uv_timer_start(&gap.timer, on_begin, 1, 0));
  uv_run(&gap.loop, UV_RUN_DEFAULT);
  teardown(b);
  double took_ms = (double) (b->ended.wall_ns - b->begun.wall_ns) / 1e6;
  double cpu_us = (double) (b->ended.cpu_ns - b->begun.cpu_ns) / 1e3;
  bench_value(b, "load", cpu_us / took_ms / 10, "percent");
  bench_value(b, "wakeups", (double) (b->ended.switches - b->begun.switches),
              "per wait");
}

static const struct bench_case cases[] = {
  { "gap/1", apart, 1, 0, 0, true },
  { "gap/2", apart, 2, 0, 0, false },
  { "gap/5", apart, 5, 0, 0, false },
  { "gap/10", apart, 10, 0, 0, true },
  { "gap/20", apart, 20, 0, 0, false },
  { "gap/50", apart, 50, 0, 0, true },
  { "gap/100", apart, 100, 0, 0, false },
  { "gap/200", apart, 200, 0, 0, true },
  { "gap/500", apart, 500, 0, 0, false },
  { "gap/1000", apart, 1000, 0, 0, true },
  { "gap/5000", apart, 5000, 0, 0, false },
  { "gap/10000", apart, 10000, 0, 0, false },
  { "nothing", nothing, NOTHING, 0, 0, true },
};

int main(int argc, char** argv) {
  return bench_main(argc, argv, "gap", cases, sizeof(cases) / sizeof(cases[0]));
}
