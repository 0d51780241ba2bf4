/* SPDX-License-Identifier: MIT */
/* The smallest user of an installed prefix: a timer must fire once. */
#include <pollux.h>
#include <uv.h>

#include <stdio.h>

static int fired_count;

static void on_timer(uv_timer_t* timer) {
  fired_count++;
  uv_close((uv_handle_t*) timer, NULL);
}

int main(void) {
  uv_loop_t loop;
  uv_timer_t timer;
  if (uv_loop_init(&loop) != 0) return 1;
  if (uv_timer_init(&loop, &timer) != 0) return 1;
  if (uv_timer_start(&timer, on_timer, 1, 0) != 0) return 1;
  if (uv_run(&loop, UV_RUN_DEFAULT) != 0) return 1;
  if (uv_loop_close(&loop) != 0) return 1;
  printf("libuv %s, timer fired %d time(s)\n", uv_version_string(),
         fired_count);
  return fired_count == 1 ? 0 : 1;
}
