/* SPDX-License-Identifier: MIT */
/* What does one event cost as idle watchers grow: 32, 320, 3 200, and as many
 * as the limit of descriptors allows, up to 100 000?
 *
 *   tcp, pipe  idle sockets that are read; the event is a byte that the loop
 *              sends to itself over a pair of the same kind
 *   poll       idle uv_poll_t; the event is on one more of them
 *   async      idle async handles; the event is one that sends to itself
 *   timer      idle timers of an hour and more; the event is one of 0 ms, which
 *              a prepare handle starts: libuv before 1.45 calls one that its
 * own callback starts in the same iteration One thread, one event an iteration:
 * nothing sleeps, so it is the cost of looking and not of waking that is seen.
 */
#include "common/bench.h"
#include "common/parts.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { TCP, PIPE, POLL, ASYNC, TIMER };
enum { WATCHERS_MAX = 100000, HOUR_MS = 3600000 };

union watcher {
  uv_handle_t handle;
  uv_stream_t stream;
  uv_tcp_t tcp;
  uv_pipe_t pipe;
  uv_poll_t poll;
  uv_async_t async;
  uv_timer_t timer;
};

static struct bench* bench;
static uv_loop_t loop;
static union watcher* watchers; /* The last one or two are busy. */
static int busy_fd;             /* What makes the event. */
static int* poll_fds;

static bool goes_on(void) {
  if (bench_tick(bench, 1)) return true;
  uv_stop(&loop);
  return false;
}

static void make_event(void) {
  /* An eventfd takes eight bytes, a stream is given as many. */
  uint64_t one = 1;
  BENCH_CHECK(write(busy_fd, &one, sizeof(one)) == sizeof(one));
}

static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buf) {
  (void) buf;
  BENCH_CHECK(stream->data != NULL);
  BENCH_CHECK(size == sizeof(uint64_t));
  if (goes_on()) make_event();
}

static void on_poll(uv_poll_t* poll, int status, int events) {
  uint64_t value;
  BENCH_CHECK(status == 0 && events == UV_READABLE && poll->data != NULL);
  BENCH_CHECK(read(busy_fd, &value, sizeof(value)) == sizeof(value));
  if (goes_on()) make_event();
}

static void on_async(uv_async_t* async) {
  BENCH_CHECK(async->data != NULL);
  if (goes_on()) BENCH_OK(uv_async_send(async));
}

static void on_timer(uv_timer_t* timer) {
  BENCH_CHECK(timer->data != NULL);
  (void) goes_on();
}

static void on_prepare(uv_prepare_t* prepare) {
  BENCH_OK(uv_timer_start(prepare->data, on_timer, 0, 0));
}

static void open_stream(union watcher* w, int fd, int kind) {
  if (kind == TCP) {
    BENCH_OK(uv_tcp_init(&loop, &w->tcp));
    BENCH_OK(uv_tcp_open(&w->tcp, fd));
  } else {
    BENCH_OK(uv_pipe_init(&loop, &w->pipe, 0));
    BENCH_OK(uv_pipe_open(&w->pipe, fd));
  }
  BENCH_OK(uv_read_start(&w->stream, bench_alloc, on_read));
}

/* Both ends of every pair are watched: two watchers, two descriptors. */
static void open_streams(long count, int kind) {
  for (long i = 0; i < count + 2; i += 2) {
    int fds[2];
    if (kind == TCP)
      bench_tcp_pair(fds);
    else
      bench_unix_pair(fds);
    open_stream(&watchers[i], fds[0], kind);
    open_stream(&watchers[i + 1], fds[1], kind);
    busy_fd = fds[0];
    if (i >= count) watchers[i + 1].handle.data = &loop;
  }
  make_event();
}

static void open_polls(long count) {
  poll_fds = bench_zalloc((size_t) count + 1, sizeof(*poll_fds));
  for (long i = 0; i <= count; i++) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    BENCH_CHECK(fd >= 0);
    poll_fds[i] = fd;
    BENCH_OK(uv_poll_init(&loop, &watchers[i].poll, fd));
    BENCH_OK(uv_poll_start(&watchers[i].poll, UV_READABLE, on_poll));
  }
  watchers[count].handle.data = &loop;
  busy_fd = poll_fds[count];
  make_event();
}

static void open_asyncs(long count) {
  for (long i = 0; i <= count; i++)
    BENCH_OK(uv_async_init(&loop, &watchers[i].async, on_async));
  watchers[count].handle.data = &loop;
  BENCH_OK(uv_async_send(&watchers[count].async));
}

static void open_timers(long count) {
  for (long i = 0; i <= count; i++) {
    BENCH_OK(uv_timer_init(&loop, &watchers[i].timer));
    uint64_t after_ms = i < count ? (uint64_t) (HOUR_MS + i) : 0;
    BENCH_OK(uv_timer_start(&watchers[i].timer, on_timer, after_ms, 0));
  }
  watchers[count].handle.data = &loop;
  static uv_prepare_t prepare;
  BENCH_OK(uv_prepare_init(&loop, &prepare));
  BENCH_OK(uv_prepare_start(&prepare, on_prepare));
  prepare.data = &watchers[count].timer;
}

/* How many idle watchers: even, and as many as descriptors allow. */
static long watcher_count(struct bench* b) {
  long count = bench_sized(b, b->what->n);
  if (b->what->kind <= POLL && count > bench_fd_room())
    count = bench_fd_room() & ~1L;
  return count;
}

static void idle(struct bench* b) {
  long count = watcher_count(b);
  bool is_max = b->what->n == WATCHERS_MAX || b->scale == BENCH_SMOKE;
  if (count < b->what->n && !is_max)
    bench_skip(b, "too few descriptors allowed");
  bench = b;
  watchers = bench_zalloc((size_t) count + 2, sizeof(*watchers));
  BENCH_OK(uv_loop_init(&loop));
  switch (b->what->kind) {
    case POLL:
      open_polls(count);
      break;
    case ASYNC:
      open_asyncs(count);
      break;
    case TIMER:
      open_timers(count);
      break;
    default:
      open_streams(count, b->what->kind);
      break;
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  bench_print_monitor(b, &loop);
  bench_value(b, "watchers", (double) count, "count");
  bench_report(b);
  uint64_t from_ns = uv_hrtime();
  bench_close_loop(&loop);
  bench_value(b, "close",
              (double) (uv_hrtime() - from_ns) / 1e3 / (double) count,
              "us/watcher");
  for (long i = 0; poll_fds != NULL && i <= count; i++) close(poll_fds[i]);
  free(poll_fds);
  free(watchers);
}

/* clang-format off */
#define CASES(name, kind)                            \
  { name "/32", idle, 32, 0, kind, true },           \
  { name "/320", idle, 320, 0, kind, false },        \
  { name "/3200", idle, 3200, 0, kind, kind != TCP }, \
  { name "/max", idle, WATCHERS_MAX, 0, kind, false }
/* clang-format on */

static const struct bench_case cases[] = {
  CASES("tcp", TCP),     CASES("pipe", PIPE),   CASES("poll", POLL),
  CASES("async", ASYNC), CASES("timer", TIMER),
};

int main(int argc, char** argv) {
  return bench_main(argc, argv, "idle_watchers", cases,
                    sizeof(cases) / sizeof(cases[0]));
}
