/* SPDX-License-Identifier: MIT */
/* A program with an epoll loop of its own runs a libuv loop inside it.
 *
 * uv_backend_fd() is readable when the libuv loop has something to do, and
 * uv_backend_timeout() says when its next timer is due. So the outer loop
 * watches the one, waits no longer than the other, and then lets the libuv loop
 * run without waiting. */
#include <uv.h>

#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

static int timer_count;
static int async_count;
static int outer_count;

static void on_timer(uv_timer_t* timer) {
  if (++timer_count == 3) uv_close((uv_handle_t*) timer, NULL);
}

static void on_async(uv_async_t* async) {
  async_count++;
  uv_close((uv_handle_t*) async, NULL);
}

static void wake(void* async) {
  uv_async_send(async);
}

static int watch(int epoll_fd, int fd) {
  struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
  return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

/* Until the libuv loop has no handle left. */
static int run(uv_loop_t* loop, int epoll_fd, int own_fd) {
  while (uv_loop_alive(loop)) {
    struct epoll_event events[8];
    /* Ask right before the wait: callbacks start and stop timers. */
    const int found = epoll_wait(epoll_fd, events, 8, uv_backend_timeout(loop));
    if (found < 0) return -1;
    for (int i = 0; i < found; i++) {
      char byte;
      if (events[i].data.fd == own_fd && read(own_fd, &byte, 1) == 1)
        outer_count++; /* The outer program's own work. */
    }
    uv_run(loop, UV_RUN_NOWAIT);
  }
  return 0;
}

int main(void) {
  uv_loop_t loop;
  uv_timer_t timer;
  uv_async_t async;
  uv_thread_t thread;
  int pipe_fds[2];

  const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0 || pipe(pipe_fds) != 0) return 1;
  if (uv_loop_init(&loop) != 0) return 1;
  if (watch(epoll_fd, uv_backend_fd(&loop)) != 0) return 1;
  if (watch(epoll_fd, pipe_fds[0]) != 0) return 1;

  if (uv_timer_init(&loop, &timer) != 0) return 1;
  if (uv_timer_start(&timer, on_timer, 1, 1) != 0) return 1;
  if (uv_async_init(&loop, &async, on_async) != 0) return 1;
  /* What was started is told to the kernel when the loop runs. */
  uv_run(&loop, UV_RUN_NOWAIT);
  if (write(pipe_fds[1], "x", 1) != 1) return 1;
  if (uv_thread_create(&thread, wake, &async) != 0) return 1;

  if (run(&loop, epoll_fd, pipe_fds[0]) != 0) return 1;
  uv_thread_join(&thread);
  printf("timers %d, wake-ups %d, outer events %d\n", timer_count, async_count,
         outer_count);
  close(pipe_fds[0]);
  close(pipe_fds[1]);
  close(epoll_fd);
  return uv_loop_close(&loop) == 0 ? 0 : 1;
}
