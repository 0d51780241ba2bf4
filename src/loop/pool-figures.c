/* SPDX-License-Identifier: MIT */
/* Measuring the pool; see pool-figures.h. The counts of queued and running jobs
 * begin at 0 when the figures are switched on. Jobs that were there before end
 * uncounted, so a count never falls below 0, and is right as soon as the queue
 * was empty once. */
#include "loop/pool-figures.h"

#include "base/duty.h"
#include "base/live-page.h"
#include "loop/live.h"
#include "loop/work.h"
#include "unix/io/recorder.h"
#include "unix/os/clock.h"

#include <string.h>

enum { STEPS_PER_JOB = 4 }; /* Three looks at the clock, and the table. */

bool uv__pool_figures_on;

static struct uv__stamps stamps;
static struct uv__duty duty;
static int64_t job_cost_ns;

static void start_once(void) {
  job_cost_ns = STEPS_PER_JOB * uv__recorder_step_cost_ns();
  uv__duty_init(&duty);
  uv__store_release(&uv__pool_figures_on, true);
}

void uv__pool_figures_start(void) {
  static uv_once_t once = UV_ONCE_INIT;
  uv_once(&once, start_once);
}

void uv__pool_figures_reset(void) {
  memset(&stamps, 0, sizeof(stamps));
  struct uv__live_pool* to = uv__live_pool();
  uv__store_relaxed(&to->queued, UINT64_C(0));
  uv__store_relaxed(&to->running, UINT64_C(0));
  uv__pool_show_workers(0, 0);
}

static void up(uint64_t* count) {
  uv__store_relaxed(count, *count + 1);
}

static void down(uint64_t* count) {
  if (*count > 0) uv__store_relaxed(count, *count - 1);
}

static void raise_to(uint64_t* max, uint64_t value) {
  if (value > *max) uv__store_relaxed(max, value);
}

/* --- A job's way ---------------------------------------------------------- */

void uv__job_queued(const struct uv__work* w, unsigned kind,
                    enum uv__pool_lane lane) {
  struct uv__live_pool* to = uv__live_pool();
  up(&to->jobs);
  up(&to->queued);
  raise_to(&to->queued_max, to->queued);
  const uint64_t now_ms = w->loop != NULL ? w->loop->time : 0;
  if (!uv__duty_is_due(&duty, now_ms)) return;
  const uint64_t now_ns = uv__clock_precise_ns();
  const uint64_t weight = uv__duty_ask(&duty, now_ns, now_ms);
  uv__duty_spend(&duty,
                 weight == 0 ? job_cost_ns / STEPS_PER_JOB : job_cost_ns);
  if (weight == 0) return;
  const struct uv__stamp stamp = {
    .job = w,
    .queued_ns = now_ns,
    .weight = weight,
    .kind = kind,
    .lane = lane,
  };
  (void) uv__stamps_put(&stamps, &stamp); /* Full: it is not timed. */
}

void uv__job_cancelled(const struct uv__work* w) {
  struct uv__stamp stamp;
  down(&uv__live_pool()->queued);
  (void) uv__stamps_take(&stamps, w, &stamp);
}

void uv__job_started(const struct uv__work* w, struct uv__job_times* times) {
  struct uv__live_pool* to = uv__live_pool();
  down(&to->queued);
  up(&to->running);
  const bool is_timed = uv__stamps_take(&stamps, w, &times->stamp);
  times->start_ns = is_timed ? uv__clock_precise_ns() : 0;
}

void uv__job_returned(struct uv__job_times* times) {
  if (times->start_ns != 0) times->end_ns = uv__clock_precise_ns();
}

static enum uv__live_class class_of(unsigned kind) {
  if (kind >= UV__WORK_FILE) return UV__LIVE_FS;
  bool is_name = kind == UV__WORK_GETADDRINFO || kind == UV__WORK_GETNAMEINFO;
  return is_name ? UV__LIVE_DNS : UV__LIVE_USER;
}

static void add_to_kind(struct uv__live_kind* kind, uint64_t queued_ns,
                        uint64_t run_ns, uint64_t weight) {
  uv__store_relaxed(&kind->count, kind->count + weight);
  uv__store_relaxed(&kind->queued_sum_ns,
                    kind->queued_sum_ns + queued_ns * weight);
  uv__store_relaxed(&kind->run_sum_ns, kind->run_sum_ns + run_ns * weight);
  raise_to(&kind->queued_max_ns, queued_ns);
  raise_to(&kind->run_max_ns, run_ns);
}

void uv__job_ended(const struct uv__job_times* times) {
  struct uv__live_pool* to = uv__live_pool();
  down(&to->running);
  if (times->start_ns == 0) return;
  const struct uv__stamp* stamp = &times->stamp;
  const uint64_t queued_ns = times->start_ns - stamp->queued_ns;
  const uint64_t run_ns = times->end_ns - times->start_ns;
  up(&to->timed);
  uv__histogram_add(&to->queued_ns[stamp->lane], queued_ns, stamp->weight);
  uv__histogram_add(&to->run_ns[class_of(stamp->kind)], run_ns, stamp->weight);
  add_to_kind(&to->kinds[stamp->kind % UV__LIVE_KINDS], queued_ns, run_ns,
              stamp->weight);
}

void uv__pool_show_workers(unsigned count, unsigned awake) {
  struct uv__live_pool* to = uv__live_pool();
  uv__store_relaxed(&to->workers, (uint64_t) count);
  uv__store_relaxed(&to->awake, (uint64_t) awake);
}
