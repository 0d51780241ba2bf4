/* SPDX-License-Identifier: MIT */
/* What does an iteration of the loop cost that finds nothing to do?
 *
 *   empty         uv_run(UV_RUN_NOWAIT) of a loop without handles
 *   nowait_idle   the same with one uv_idle_t
 *   default_idle  iterations inside one uv_run(UV_RUN_DEFAULT) with one
 *                 uv_idle_t
 *   nowait_fd     UV_RUN_NOWAIT with one TCP socket that waits for data
 * with UV_METRICS_IDLE_TIME (`/metrics`) and without (`/plain`). An operation
 * is an iteration. */
#include "common/bench.h"
#include "common/parts.h"

enum { BATCH = 64, EMPTY = 0, IDLE = 1, DEFAULT = 2, SOCKET = 3 };

struct floor {
  struct bench* bench;
  uv_loop_t loop;
  uv_idle_t idle;
  uv_tcp_t tcp;
  int fds[2];
  unsigned count;
};

static struct floor state;

static void on_idle(uv_idle_t* idle) {
  state.count++;
  if (state.bench->what->kind != DEFAULT || state.count < BATCH) return;
  state.count = 0;
  if (!bench_tick(state.bench, BATCH)) uv_idle_stop(idle);
}

static void never(uv_stream_t* stream, ssize_t size, const uv_buf_t* buf) {
  (void) stream;
  (void) size;
  (void) buf;
  bench_fail(__FILE__, __LINE__, "nothing is read", 0);
}

static void start(int kind) {
  if (kind == IDLE || kind == DEFAULT) {
    BENCH_OK(uv_idle_init(&state.loop, &state.idle));
    BENCH_OK(uv_idle_start(&state.idle, on_idle));
  }
  if (kind == SOCKET) {
    bench_tcp_pair(state.fds);
    BENCH_OK(uv_tcp_init(&state.loop, &state.tcp));
    BENCH_OK(uv_tcp_open(&state.tcp, state.fds[0]));
    BENCH_OK(uv_read_start((uv_stream_t*) &state.tcp, bench_alloc, never));
  }
}

static void iterate(struct bench* b) {
  state.bench = b;
  BENCH_OK(uv_loop_init(&state.loop));
  if (b->what->n != 0)
    BENCH_OK(uv_loop_configure(&state.loop, UV_METRICS_IDLE_TIME));
  start(b->what->kind);
  if (b->what->kind == DEFAULT) {
    uv_run(&state.loop, UV_RUN_DEFAULT);
  } else {
    uint64_t runs = 0;
    do {
      for (int i = 0; i < BATCH; i++) uv_run(&state.loop, UV_RUN_NOWAIT);
      runs += BATCH;
    } while (bench_tick(b, BATCH));
    if (b->what->kind == IDLE) BENCH_CHECK(state.count == (unsigned) runs);
  }
  bench_print_monitor(b, &state.loop);
  bench_close_loop(&state.loop);
  bench_report(b);
}

static const struct bench_case cases[] = {
  { "empty/plain", iterate, 0, 0, EMPTY, true },
  { "empty/metrics", iterate, 1, 0, EMPTY, false },
  { "nowait_idle/plain", iterate, 0, 0, IDLE, true },
  { "nowait_idle/metrics", iterate, 1, 0, IDLE, true },
  { "default_idle/plain", iterate, 0, 0, DEFAULT, true },
  { "default_idle/metrics", iterate, 1, 0, DEFAULT, true },
  { "nowait_fd/plain", iterate, 0, 0, SOCKET, true },
  { "nowait_fd/metrics", iterate, 1, 0, SOCKET, false },
};

int main(int argc, char** argv) {
  return bench_main(argc, argv, "loop_floor", cases,
                    sizeof(cases) / sizeof(cases[0]));
}
