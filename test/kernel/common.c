/* SPDX-License-Identifier: MIT */
/* See common.h. */
#include "common.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uv_loop_t loop;

int set_up(void** state) {
  (void) state;
  return uv_loop_init(&loop);
}

static void close_one(uv_handle_t* handle, void* arg) {
  (void) arg;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

void close_all(uv_loop_t* which) {
  uv_walk(which, close_one, NULL);
  uv_run(which, UV_RUN_DEFAULT);
}

int tear_down(void** state) {
  (void) state;
  close_all(&loop);
  int rc = uv_loop_close(&loop);
  if (rc != 0) print_message("uv_loop_close: %s\n", uv_err_name(rc));
  return rc;
}

const char* wanted_monitor(void) {
  const char* name = getenv("POLLUX_MONITOR");
  return name != NULL ? name : "";
}

static void do_nothing(uv_timer_t* timer) {
  (void) timer;
}

void need_wanted_monitor(void) {
  uv_timer_t timer; /* An empty loop does not poll. */
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, do_nothing, 0, 0);
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_close((uv_handle_t*) &timer, NULL);
  uv_run(&loop, UV_RUN_NOWAIT);
  const char* wanted = wanted_monitor();
  if (*wanted != '\0' && strcmp(wanted, pollux_monitor_name(&loop)) != 0)
    SKIP("%s\n", pollux_monitor_reason(&loop));
}

void make_pair(int fds[2]) {
  assert_int_equal(
      0,
      socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
}

void put(int fd) {
  assert_int_equal(1, write(fd, "x", 1));
}

void drain(int fd) {
  char buffer[512];
  while (read(fd, buffer, sizeof(buffer)) > 0) continue;
}

pollux_counters_t counters_of(const uv_loop_t* which) {
  pollux_counters_t counters;
  assert_int_equal(0, pollux_counters(which, &counters, sizeof(counters)));
  return counters;
}

int run_child(int (*body)(void)) {
  fflush(NULL);
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    alarm(60);
    _exit(body());
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) continue;
  return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}

uint64_t cpu_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;
}

/* --- Ordinary work -------------------------------------------------------- */

enum { ROUNDS = 50 };

struct work {
  uv_poll_t poll;
  uv_timer_t timer;
  uv_async_t async;
  int fds[2];
  unsigned polls, timers;
  bool was_sent;
};

static void stop_when_done(struct work* work) {
  if (work->polls >= ROUNDS && work->timers >= 5 && work->was_sent)
    uv_stop(work->poll.loop);
}

static void on_poll(uv_poll_t* handle, int status, int events) {
  struct work* work = handle->data;
  if (status == 0 && (events & UV_READABLE)) work->polls++;
  drain(work->fds[0]);
  if (work->polls < ROUNDS && write(work->fds[1], "x", 1) != 1) abort();
  stop_when_done(work);
}

static void on_timer(uv_timer_t* handle) {
  struct work* work = handle->data;
  work->timers++;
  stop_when_done(work);
}

static void on_async(uv_async_t* handle) {
  struct work* work = handle->data;
  work->was_sent = true;
  stop_when_done(work);
}

static void send_from_thread(void* arg) {
  uv_async_send(arg);
}

static int start(uv_loop_t* which, struct work* work) {
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, work->fds) != 0)
    return 2;
  if (uv_poll_init(which, &work->poll, work->fds[0]) != 0) return 3;
  if (uv_timer_init(which, &work->timer) != 0) return 4;
  if (uv_async_init(which, &work->async, on_async) != 0) return 5;
  work->poll.data = work->timer.data = work->async.data = work;
  if (uv_poll_start(&work->poll, UV_READABLE, on_poll) != 0) return 6;
  if (uv_timer_start(&work->timer, on_timer, 1, 1) != 0) return 7;
  return write(work->fds[1], "x", 1) == 1 ? 0 : 8;
}

int work_out(uv_loop_t* which) {
  static struct work work; /* Handles outlive an early return. */
  memset(&work, 0, sizeof(work));
  int rc = start(which, &work);
  if (rc != 0) return rc;
  uv_thread_t thread;
  if (uv_thread_create(&thread, send_from_thread, &work.async) != 0) return 9;
  uv_run(which, UV_RUN_DEFAULT);
  uv_thread_join(&thread);
  uv_close((uv_handle_t*) &work.poll, NULL);
  uv_close((uv_handle_t*) &work.timer, NULL);
  uv_close((uv_handle_t*) &work.async, NULL);
  uv_run(which, UV_RUN_DEFAULT);
  close(work.fds[0]);
  close(work.fds[1]);
  if (work.polls < ROUNDS) return 10;
  if (work.timers < 5) return 11;
  return work.was_sent ? 0 : 12;
}

int work_out_once(const char** ret_monitor) {
  uv_loop_t own;
  if (uv_loop_init(&own) != 0) return 20;
  int rc = work_out(&own);
  if (ret_monitor != NULL) *ret_monitor = pollux_monitor_name(&own);
  return uv_loop_close(&own) != 0 && rc == 0 ? 21 : rc;
}
