/* SPDX-License-Identifier: MIT */
/* The entry points of pollux.h, and the one symbol outside it that programs
 * look for. */
#include "base/abi.h"

#include "../include/pollux.h"
#include "loop/config.h"
#include "loop/counters.h"
#include "unix/io/control.h"

#include <string.h>

const char* pollux_monitor_name(const uv_loop_t* loop) {
  return uv__io_monitor(loop);
}

const char* pollux_monitor_reason(const uv_loop_t* loop) {
  return uv__io_reason(loop);
}

int pollux_monitor_set(uv_loop_t* loop, const char* name) {
  return uv__io_wish(loop, name);
}

int pollux_counters(const uv_loop_t* loop, pollux_counters_t* counters,
                    size_t size) {
  if (counters == NULL || size == 0) return UV_EINVAL;
  pollux_counters_t all;
  uv__counters_read(loop, &all);
  memset(counters, 0, size);
  memcpy(counters, &all, size < sizeof(all) ? size : sizeof(all));
  return 0;
}

static unsigned or_default(unsigned value, unsigned fallback) {
  return value == 0 ? fallback : value;
}

int pollux_busy_poll_set(uv_loop_t* loop, const pollux_busy_poll_t* settings) {
  if (settings == NULL || settings->max_ns > UV__POLL_MAX_NS_MAX ||
      settings->grow > UV__POLL_FACTOR_MAX ||
      settings->shrink > UV__POLL_FACTOR_MAX ||
      settings->weight > UV__POLL_WEIGHT_MAX)
    return UV_EINVAL;
  const struct uv__spin_limits limits = {
    .max_ns = (int64_t) settings->max_ns,
    .grow = or_default(settings->grow, UV__POLL_FACTOR_DEFAULT),
    .shrink = or_default(settings->shrink, UV__POLL_FACTOR_DEFAULT),
    .weight = or_default(settings->weight, UV__POLL_WEIGHT_DEFAULT),
  };
  uv__io_set_spin(loop, &limits);
  return 0;
}

int pollux_busy_poll_get(const uv_loop_t* loop, pollux_busy_poll_t* settings) {
  if (settings == NULL) return UV_EINVAL;
  const struct uv__spin_limits* spin = uv__io_spin(loop);
  *settings = (pollux_busy_poll_t){
    .max_ns = (uint64_t) spin->max_ns,
    .grow = spin->grow,
    .shrink = spin->shrink,
    .weight = spin->weight,
  };
  return 0;
}

int pollux_idle_set(uv_loop_t* loop, uint64_t idle_ms) {
  if (idle_ms > UV__IDLE_MS_MAX) return UV_EINVAL;
  uv__io_set_idle(loop, idle_ms * 1000000);
  return 0;
}

/* Node looks this up, weakly, and refuses process.setuid() with a shared libuv
 * that lacks it: does the library run operations in a ring, which would keep
 * the rights of its creation? Ours never does: a ring carries readiness
 * only. */
__attribute__((weak, visibility("default"))) int
uv__node_patch_is_using_io_uring(void);
__attribute__((weak, visibility("default"))) int
uv__node_patch_is_using_io_uring(void) {
  return 0;
}
