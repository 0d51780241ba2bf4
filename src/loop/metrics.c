/* SPDX-License-Identifier: MIT */
/* What uv_metrics_info() and uv_metrics_idle_time() tell. The poll phase
 * counts; idle time is measured only once UV_METRICS_IDLE_TIME is configured,
 * and costs two clock reads per sleep, no system call. */
#include "base/abi.h"
#include "unix/io/control.h"

#include "loop/loop.h"

#include <string.h>

int uv_metrics_info(uv_loop_t* loop, uv_metrics_t* metrics) {
  const struct uv__io_figures* figures = uv__io_figures(loop);
  memset(metrics, 0, sizeof(*metrics));
  metrics->loop_count = uv__loop_of(loop)->iterations;
  metrics->events = figures->events;
  metrics->events_waiting = figures->events_waiting;
  return 0;
}

uint64_t uv_metrics_idle_time(uv_loop_t* loop) {
  return uv__io_idle_ns(loop);
}
