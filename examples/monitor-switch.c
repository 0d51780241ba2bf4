/* SPDX-License-Identifier: MIT */
/* Changes the monitor of a loop that is running: each time a timer fires, the
 * next one is taken. Handles stay as they are, and no event is lost. */
#include <pollux.h>

#include <stdio.h>

static const char* const names[] = { "poll", "epoll", "io_uring", "auto" };
enum { NAMES_COUNT = sizeof(names) / sizeof(names[0]) };

static int next;

static void on_timer(uv_timer_t* timer) {
  uv_loop_t* loop = timer->loop;
  if (next > 0)
    printf("asked for %s: runs on %s (%s)\n", names[next - 1],
           pollux_monitor_name(loop), pollux_monitor_reason(loop));
  if (next == NAMES_COUNT) {
    uv_close((uv_handle_t*) timer, NULL);
    return;
  }
  /* In force from the next poll phase on. UV_ENOTSUP: it was not built. */
  const int rc = pollux_monitor_set(loop, names[next]);
  if (rc != 0) printf("%s: %s\n", names[next], uv_strerror(rc));
  next++;
}

int main(void) {
  uv_loop_t loop;
  uv_timer_t timer;
  if (uv_loop_init(&loop) != 0) return 1;
  if (uv_timer_init(&loop, &timer) != 0) return 1;
  if (uv_timer_start(&timer, on_timer, 1, 1) != 0) return 1;
  uv_run(&loop, UV_RUN_DEFAULT);
  return uv_loop_close(&loop) == 0 && next == NAMES_COUNT ? 0 : 1;
}
