/* SPDX-License-Identifier: MIT */
/* What does it cost to change one's mind about a descriptor?
 *
 *   restart_same    a uv_poll_t is stopped and started again before the next
 *                   wait: nothing changed
 *   restart_apart   it is stopped, the loop runs, it is started, the loop runs
 *   change_events   readable, then readable and writable, in turn
 *   read_restart    uv_read_stop and uv_read_start of a pipe between waits
 *   fresh_poll      a new socket pair: uv_poll_init, start, one event, stop,
 *                   close; an operation is a socket (libuv#2181)
 *   fresh_pipe      the same with uv_pipe_t: open, read eight bytes, close
 * The counted run says how many system calls that makes; for the fresh ones
 * the pair's own socketpair, write, read and two close are among them. */
#include "common/bench.h"
#include "common/parts.h"

#include <unistd.h>

enum {
  RESTART_SAME,
  RESTART_APART,
  CHANGE_EVENTS,
  READ_RESTART,
  FRESH_POLL,
  FRESH_PIPE
};

static struct bench* bench;
static uv_loop_t loop;
static uv_poll_t poll_handle;
static uv_pipe_t pipe_handle;
static int fds[2];
static uint64_t event_count, closed_count;
static uint64_t ready_count; /* The pair can always be written. */

static void on_event(uv_poll_t* poll, int status, int events) {
  uint64_t value;
  BENCH_CHECK(status == 0 && (events & UV_READABLE) != 0);
  BENCH_CHECK(read(fds[0], &value, sizeof(value)) == sizeof(value));
  event_count++;
  BENCH_OK(uv_poll_stop(poll));
}

static void on_ready(uv_poll_t* poll, int status, int events) {
  (void) poll;
  BENCH_CHECK(status == 0 && events == UV_WRITABLE);
  ready_count++;
}

static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buf) {
  (void) buf;
  BENCH_CHECK(size == sizeof(uint64_t));
  event_count++;
  BENCH_OK(uv_read_stop(stream));
}

static void on_close(uv_handle_t* handle) {
  (void) handle;
  closed_count++;
}

static void make_event(void) {
  uint64_t one = 1;
  BENCH_CHECK(write(fds[1], &one, sizeof(one)) == sizeof(one));
}

static void watch(int events) {
  BENCH_OK(uv_poll_start(&poll_handle, events,
                         (events & UV_WRITABLE) ? on_ready : on_event));
}

static void read_once(void) {
  uv_stream_t* stream = (uv_stream_t*) &pipe_handle;
  BENCH_OK(uv_read_start(stream, bench_alloc, on_read));
}

static void fresh_poll(void) {
  bench_unix_pair(fds);
  BENCH_OK(uv_poll_init(&loop, &poll_handle, fds[0]));
  watch(UV_READABLE);
  make_event();
  uv_run(&loop, UV_RUN_ONCE);
  uv_close((uv_handle_t*) &poll_handle, on_close);
  uv_run(&loop, UV_RUN_NOWAIT);
  close(fds[0]);
  close(fds[1]);
}

static void fresh_pipe(void) {
  bench_unix_pair(fds);
  BENCH_OK(uv_pipe_init(&loop, &pipe_handle, 0));
  BENCH_OK(uv_pipe_open(&pipe_handle, fds[0]));
  read_once();
  make_event();
  uv_run(&loop, UV_RUN_ONCE);
  uv_close((uv_handle_t*) &pipe_handle, on_close);
  uv_run(&loop, UV_RUN_NOWAIT);
  close(fds[1]);
}

static void change_once(int kind) {
  switch (kind) {
    case RESTART_SAME:
      BENCH_OK(uv_poll_stop(&poll_handle));
      watch(UV_READABLE);
      uv_run(&loop, UV_RUN_NOWAIT);
      break;
    case RESTART_APART:
      BENCH_OK(uv_poll_stop(&poll_handle));
      uv_run(&loop, UV_RUN_NOWAIT);
      watch(UV_READABLE);
      uv_run(&loop, UV_RUN_NOWAIT);
      break;
    case CHANGE_EVENTS:
      watch(UV_READABLE | UV_WRITABLE);
      uv_run(&loop, UV_RUN_NOWAIT);
      watch(UV_READABLE);
      uv_run(&loop, UV_RUN_NOWAIT);
      break;
    case READ_RESTART:
      BENCH_OK(uv_read_stop((uv_stream_t*) &pipe_handle));
      read_once();
      uv_run(&loop, UV_RUN_NOWAIT);
      break;
    case FRESH_POLL:
      fresh_poll();
      break;
    default:
      fresh_pipe();
      break;
  }
}

/* The watcher that stays: still whole after all the changes? */
static void check_last_event(int kind) {
  make_event();
  uv_run(&loop, UV_RUN_ONCE);
  BENCH_CHECK(event_count == 1);
  uv_handle_t* handle = kind == READ_RESTART ? (uv_handle_t*) &pipe_handle
                                             : (uv_handle_t*) &poll_handle;
  uv_close(handle, on_close);
}

static void churn(struct bench* b) {
  bench = b;
  int kind = b->what->kind;
  uint64_t count = 0;
  BENCH_OK(uv_loop_init(&loop));
  if (kind < FRESH_POLL) bench_unix_pair(fds);
  if (kind < READ_RESTART) {
    BENCH_OK(uv_poll_init(&loop, &poll_handle, fds[0]));
    watch(UV_READABLE);
  } else if (kind == READ_RESTART) {
    BENCH_OK(uv_pipe_init(&loop, &pipe_handle, 0));
    BENCH_OK(uv_pipe_open(&pipe_handle, fds[0]));
    read_once();
  }
  do {
    change_once(kind);
    count++;
  } while (bench_tick(b, 1));
  if (kind < FRESH_POLL)
    check_last_event(kind);
  else
    BENCH_CHECK(event_count == count && closed_count == count);
  if (kind == CHANGE_EVENTS) BENCH_CHECK(ready_count == count);
  bench_print_monitor(b, &loop);
  bench_close_loop(&loop);
  bench_report(b);
}

static const struct bench_case cases[] = {
  { "restart_same", churn, 0, 0, RESTART_SAME, true },
  { "restart_apart", churn, 0, 0, RESTART_APART, false },
  { "change_events", churn, 0, 0, CHANGE_EVENTS, false },
  { "read_restart", churn, 0, 0, READ_RESTART, false },
  { "fresh_poll", churn, 0, 0, FRESH_POLL, true },
  { "fresh_pipe", churn, 0, 0, FRESH_PIPE, false },
};

int main(int argc, char** argv) {
  return bench_main(argc, argv, "churn", cases,
                    sizeof(cases) / sizeof(cases[0]));
}
