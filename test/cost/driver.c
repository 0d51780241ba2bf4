/* SPDX-License-Identifier: MIT */
/* One scenario, so and so many rounds, for check.py to look at from outside:
 *
 *   driver SCENARIO ROUNDS
 *
 * It is linked twice: with the library, and with one built without busy
 * polling. What is measured lies between two marks, calls that the kernel
 * refuses.
 *
 * For the counting of instructions (POLLUX_TEST_CLOCK set) the clock is ours:
 * it advances by 1 us with each look, so that no instruction depends on the
 * time. */
#include "pollux.h"
#include "uv.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EXIT_SKIP 77

static uv_loop_t loop;
static unsigned rounds;

static void check(int is_good, const char* what) {
  if (is_good) return;
  fprintf(stderr, "driver: not so: %s\n", what);
  _exit(1);
}
#define CHECK(what) check((what), #what)

/* strace shows it; the kernel does nothing. */
static void mark(const char* text) {
  CHECK(write(-1, text, strlen(text)) < 0);
}

/* What is measured. */
static void run_marked(void) {
  mark("begin");
  uv_run(&loop, UV_RUN_DEFAULT);
  mark("end");
}

/* --- The clock ------------------------------------------------------------ */

static atomic_llong fake_ns = 1000000000;
static int is_scripted;

int clock_gettime(clockid_t id, struct timespec* ret) {
  static int (*real)(clockid_t, struct timespec*);
  if (!is_scripted) {
    if (real == NULL) *(void**) &real = dlsym(RTLD_NEXT, "clock_gettime");
    return real(id, ret);
  }
  long long now_ns = atomic_fetch_add(&fake_ns, 1000);
  *ret = (struct timespec){ .tv_sec = (time_t) (now_ns / 1000000000),
                            .tv_nsec = (long) (now_ns % 1000000000) };
  return 0;
}

/* --- Two ends of a pair in one loop --------------------------------------- */

static uv_pipe_t ends[2];
static unsigned passes;

static void on_alloc(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  static char bytes[64];
  (void) handle;
  (void) size;
  *buf = uv_buf_init(bytes, sizeof(bytes));
}

static void pass_ball(uv_stream_t* end) {
  static uv_write_t req;
  uv_buf_t ball = uv_buf_init("x", 1);
  CHECK(uv_write(&req, end, &ball, 1, NULL) == 0);
}

static void on_ball(uv_stream_t* end, ssize_t size, const uv_buf_t* buf) {
  (void) buf;
  CHECK(size == 1);
  if (++passes < rounds) {
    pass_ball(end);
    return;
  }
  uv_read_stop((uv_stream_t*) &ends[0]);
  uv_read_stop((uv_stream_t*) &ends[1]);
}

static void pingpong(void) {
  uv_os_sock_t fds[2];
  CHECK(uv_socketpair(SOCK_STREAM, 0, fds, UV_NONBLOCK_PIPE,
                      UV_NONBLOCK_PIPE) == 0);
  for (int i = 0; i < 2; i++) {
    CHECK(uv_pipe_init(&loop, &ends[i], 0) == 0);
    CHECK(uv_pipe_open(&ends[i], fds[i]) == 0);
    CHECK(uv_read_start((uv_stream_t*) &ends[i], on_alloc, on_ball) == 0);
  }
  pass_ball((uv_stream_t*) &ends[0]);
  run_marked();
  CHECK(passes == rounds);
}

/* --- Timers --------------------------------------------------------------- */

static unsigned ticks;

static void on_tick(uv_timer_t* timer) {
  if (++ticks < rounds) uv_timer_start(timer, on_tick, 0, 0);
}

/* Due at once: with one in the next ms the rounds would depend on the time. */
static void timers(void) {
  static uv_timer_t timer;
  CHECK(uv_timer_init(&loop, &timer) == 0);
  CHECK(uv_timer_start(&timer, on_tick, 0, 0) == 0);
  run_marked();
  CHECK(ticks == rounds);
}

/* --- Sends to itself ------------------------------------------------------ */

static unsigned sends;

static void on_send(uv_async_t* async) {
  if (++sends < rounds)
    uv_async_send(async);
  else
    uv_unref((uv_handle_t*) async);
}

static void asyncs(void) {
  static uv_async_t async;
  CHECK(uv_async_init(&loop, &async, on_send) == 0);
  CHECK(uv_async_send(&async) == 0);
  run_marked();
  CHECK(sends == rounds);
}

/* --- Jobs on the pool, one after another ---------------------------------- */

/* The number of the system call that a thread is in, by /proc: the order of the
 * two threads' steps is then always the same. */
static int peek_fds[2]; /* Of the loop's thread; of the worker. */

static int open_peek(void) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/self/task/%ld/syscall",
           syscall(SYS_gettid));
  return open(path, O_RDONLY | O_CLOEXEC);
}

static void wait_until_inside(int fd, const long* calls, size_t count) {
  for (;;) {
    char text[64] = "";
    if (pread(fd, text, sizeof(text) - 1, 0) <= 0) _exit(EXIT_SKIP);
    char* end;
    long call = strtol(text, &end, 10);
    for (size_t i = 0; end != text && i < count; i++)
      if (call == calls[i]) return;
  }
}

static void wait_for_sleeping_loop(void) {
  static const long calls[] = {
    SYS_epoll_pwait, SYS_ppoll, SYS_io_uring_enter,
#ifdef SYS_epoll_wait
    SYS_epoll_wait,  SYS_poll,
#endif
  };
  wait_until_inside(peek_fds[0], calls, sizeof(calls) / sizeof(calls[0]));
}

static void wait_for_sleeping_worker(void) {
  static const long calls[] = { SYS_futex };
  wait_until_inside(peek_fds[1], calls, 1);
}

static unsigned jobs;

static void work(uv_work_t* req) {
  (void) req;
  if (peek_fds[1] == 0) peek_fds[1] = open_peek();
  wait_for_sleeping_loop();
}

static void after_work(uv_work_t* req, int status) {
  CHECK(status == 0);
  wait_for_sleeping_worker();
  if (++jobs < rounds) CHECK(uv_queue_work(&loop, req, work, after_work) == 0);
}

static void pool(void) {
  static uv_work_t req;
  peek_fds[0] = open_peek();
  if (peek_fds[0] < 0) {
    printf("skipped: there is no /proc/self/task/<n>/syscall\n");
    exit(EXIT_SKIP);
  }
  /* The first job starts the worker, and malloc's heap of that thread: how many
   * calls that takes depends on the address that the kernel gives. */
  unsigned wanted = rounds;
  rounds = 1;
  CHECK(uv_queue_work(&loop, &req, work, after_work) == 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  rounds = wanted + 1;
  CHECK(uv_queue_work(&loop, &req, work, after_work) == 0);
  run_marked();
  CHECK(jobs == rounds);
}

/* --- Idle ----------------------------------------------------------------- */

static void on_end(uv_timer_t* timer) {
  (void) timer;
}

/* Something is there to be watched, and for so many ms nothing happens. */
static void idle(void) {
  uv_os_sock_t fds[2];
  CHECK(uv_socketpair(SOCK_STREAM, 0, fds, UV_NONBLOCK_PIPE,
                      UV_NONBLOCK_PIPE) == 0);
  CHECK(uv_pipe_init(&loop, &ends[0], 0) == 0);
  CHECK(uv_pipe_open(&ends[0], fds[0]) == 0);
  CHECK(uv_read_start((uv_stream_t*) &ends[0], on_alloc, on_ball) == 0);
  uv_run(&loop, UV_RUN_NOWAIT); /* From here on the monitor knows all. */
  uv_unref((uv_handle_t*) &ends[0]);
  static uv_timer_t timer;
  CHECK(uv_timer_init(&loop, &timer) == 0);
  CHECK(uv_timer_start(&timer, on_end, rounds, 0) == 0);
  run_marked();
}

/* --- Idle time ------------------------------------------------------------ */

static void on_stat(uv_fs_t* req) {
  uv_fs_req_cleanup(req);
}

/* Idle time is counted, and there was an answer from the pool before. */
static void metrics(void) {
  uv_fs_t req;
  CHECK(uv_loop_configure(&loop, UV_METRICS_IDLE_TIME) == 0);
  CHECK(uv_fs_stat(&loop, &req, "/", on_stat) == 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  pingpong();
}

/* The same without counting. */
static void no_metrics(void) {
  uv_fs_t req;
  CHECK(uv_fs_stat(&loop, &req, "/", on_stat) == 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  pingpong();
}

int main(int argc, char** argv) {
  static const struct {
    const char* name;
    void (*run)(void);
  } scenarios[] = {
    { "pingpong", pingpong },
    { "timers", timers },
    { "asyncs", asyncs },
    { "pool", pool },
    { "idle", idle },
    { "metrics", metrics },
    { "no_metrics", no_metrics },
  };
  CHECK(argc == 3);
  rounds = (unsigned) strtoul(argv[2], NULL, 10);
  is_scripted = getenv("POLLUX_TEST_CLOCK") != NULL;
  CHECK(uv_loop_init(&loop) == 0);
  for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
    if (strcmp(argv[1], scenarios[i].name) == 0) scenarios[i].run();
  const char* wanted = getenv("POLLUX_MONITOR");
  const char* got = pollux_monitor_name(&loop);
  CHECK(got != NULL);
  if (wanted != NULL && strcmp(got, wanted) != 0) {
    printf("skipped: %s is not to be had here: %s\n", wanted,
           pollux_monitor_reason(&loop));
    return EXIT_SKIP;
  }
  return 0;
}
