/* SPDX-License-Identifier: MIT */
/* The entry points of pollux.h, and the one symbol outside it that programs
 * look for. */
#include "base/abi.h"

#include "../include/pollux.h"
#include "loop/loop.h"
#include "unix/io/control.h"

#include <string.h>

const char* pollux_monitor_name(const uv_loop_t* loop) {
  struct uv__io_report report;
  uv__io_report(loop, &report);
  return report.monitor;
}

const char* pollux_monitor_reason(const uv_loop_t* loop) {
  struct uv__io_report report;
  uv__io_report(loop, &report);
  return report.reason;
}

int pollux_monitor_set(uv_loop_t* loop, const char* name) {
  return uv__io_wish(loop, name);
}

int pollux_counters(const uv_loop_t* loop, pollux_counters_t* counters,
                    size_t size) {
  if (counters == NULL || size == 0) return UV_EINVAL;
  struct uv__io_report report;
  uv__io_report(loop, &report);
  pollux_counters_t all = {
    .iterations = uv__loop_of(loop)->iterations,
    .waits = report.io.waits,
    .sleeps = report.io.sleeps,
    .events = report.io.events,
    .stale = report.io.stale,
    .unwanted = report.io.unwanted,
    .hot = report.hot,
    .parked = report.parked,
    .promotions = report.io.promotions,
    .demotions = report.io.demotions,
    .interest_changes = report.shell_calls,
    .ring_enters = report.ring_enters,
    .ring_rearms = report.ring_rearms,
    .ring_cancels = report.ring_cancels,
    .ring_overflows = report.ring_overflows,
    .monitor_switches = report.switches,
    .wakes_written = report.wakes_written,
    .wakes_suppressed = report.wakes_suppressed,
  };
  memset(counters, 0, size);
  memcpy(counters, &all, size < sizeof(all) ? size : sizeof(all));
  return 0;
}

/* Node looks this up, weakly, and refuses process.setuid() with a shared libuv
 * that lacks it: does the library run operations in a ring, which would keep the
 * rights of its creation? Ours never does: a ring carries readiness only. */
__attribute__((weak, visibility("default"))) int
uv__node_patch_is_using_io_uring(void);
__attribute__((weak, visibility("default"))) int
uv__node_patch_is_using_io_uring(void) {
  return 0;
}
