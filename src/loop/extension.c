/* SPDX-License-Identifier: MIT */
/* The entry points of pollux.h, and the one symbol outside it that programs
 * look for. */
#include "base/abi.h"

#include "../include/pollux.h"
#include "loop/config.h"
#include "loop/counters.h"
#include "loop/figures.h"
#include "loop/live-names.h"
#include "loop/live.h"
#include "loop/pool-figures.h"
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

/* --- Figures -------------------------------------------------------------- */

int pollux_figures_set(uv_loop_t* loop, int is_on) {
  return uv__figures_set(loop, is_on != 0);
}

/* `ret_wanted` is a figure of the loop, or the pool's histogram. False: the
 * name is none. */
struct wanted {
  int figure; /* enum uv__live_figure; -1: of the pool. */
  const struct uv__histogram* of_pool;
};

static bool find(const char* name, struct wanted* ret_wanted) {
  static const char* const figures[UV__LIVE_FIGURES] = {
    [UV__LIVE_TIMER_DELAY] = "timer_delay",
    [UV__LIVE_EVENT_DELAY] = "event_delay",
    [UV__LIVE_CALLBACK] = "callback",
    [UV__LIVE_WAIT] = "wait",
    [UV__LIVE_EVENTS] = "events",
  };
  const struct uv__live_pool* pool = uv__live_pool();
  const struct {
    const char* name;
    const struct uv__histogram* histogram;
  } of_pool[] = {
    { "queued_fast", &pool->queued_ns[UV__LANE_FAST] },
    { "queued_slow", &pool->queued_ns[UV__LANE_SLOW] },
    { "run_fs", &pool->run_ns[UV__LIVE_FS] },
    { "run_dns", &pool->run_ns[UV__LIVE_DNS] },
    { "run_user", &pool->run_ns[UV__LIVE_USER] },
  };
  for (int i = 0; i < UV__LIVE_FIGURES; i++)
    if (strcmp(name, figures[i]) == 0) {
      *ret_wanted = (struct wanted){ i, NULL };
      return true;
    }
  for (size_t i = 0; i < sizeof(of_pool) / sizeof(of_pool[0]); i++)
    if (strcmp(name, of_pool[i].name) == 0) {
      *ret_wanted = (struct wanted){ -1, of_pool[i].histogram };
      return true;
    }
  return false;
}

static pollux_histogram_t summary(const struct uv__histogram* h) {
  return (pollux_histogram_t){
    .count = uv__histogram_count(h),
    .sum = uv__load_relaxed(&h->sum),
    .max = uv__load_relaxed(&h->max),
    .p50 = uv__histogram_percentile(h, 500),
    .p90 = uv__histogram_percentile(h, 900),
    .p99 = uv__histogram_percentile(h, 990),
    .p999 = uv__histogram_percentile(h, 999),
  };
}

int pollux_histogram(const uv_loop_t* loop, const char* name,
                     pollux_histogram_t* histogram, size_t size) {
  struct wanted wanted;
  if (name == NULL || histogram == NULL || size == 0) return UV_EINVAL;
  if (!find(name, &wanted)) return UV_EINVAL;
  const struct uv__histogram* h = wanted.of_pool;
  if (h != NULL) {
    if (!uv__pool_is_measured()) return UV_ENOENT;
  } else {
    if (loop == NULL) return UV_EINVAL;
    const struct uv__live_loop* figures = uv__figures_of(loop);
    if (figures == NULL) return UV_ENOENT;
    h = &figures->figures[wanted.figure];
  }
  const pollux_histogram_t all = summary(h);
  memset(histogram, 0, size);
  memcpy(histogram, &all, size < sizeof(all) ? size : sizeof(all));
  return 0;
}

/* Insert in the order of the times. */
static size_t insert(pollux_slow_t* list, size_t used, size_t count,
                     const struct uv__live_slow* slow) {
  size_t at = used;
  while (at > 0 && list[at - 1].took_ns < slow->took_ns) at--;
  if (at == count) return used;
  if (used < count) used++;
  memmove(list + at + 1, list + at, (used - at - 1) * sizeof(*list));
  list[at] = (pollux_slow_t){
    .type = uv__live_type_name(slow->type),
    .address = (uintptr_t) slow->address,
    .took_ns = slow->took_ns,
    .when_ns = slow->when_ns,
  };
  return used;
}

int pollux_slowest(const uv_loop_t* loop, pollux_slow_t* list, size_t count) {
  if (loop == NULL || list == NULL) return UV_EINVAL;
  const struct uv__live_loop* figures = uv__figures_of(loop);
  if (figures == NULL) return UV_ENOENT;
  size_t used = 0;
  for (int i = 0; i < UV__LIVE_SLOWEST; i++)
    if (figures->slowest[i].took_ns != 0)
      used = insert(list, used, count, &figures->slowest[i]);
  return (int) used;
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
