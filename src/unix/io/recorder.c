/* SPDX-License-Identifier: MIT */
/* Measuring; see recorder.h. Everything here runs in timed turns only, but for
 * the count of turns. */
#include "unix/io/recorder.h"

#include "base/atomics.h"
#include "unix/io/state.h"
#include "unix/os/clock.h"

#include <stdio.h>
#include <string.h>

enum {
  STEPS_MAX = 512, /* One turn may call a million timers. */
  COST_READS = 16,
  ADD_COST_NS = 25, /* Adding to histograms, beside the clock. */
};

/* --- Setup ---------------------------------------------------------------- */

/* Where the clock is a system call (some virtual machines), fewer turns are
 * timed. The quickest look counts: in another one the thread may have lost its
 * CPU for milliseconds. */
int64_t uv__recorder_step_cost_ns(void) {
  uint64_t least_ns = UINT64_MAX;
  uint64_t start_ns = uv__clock_precise_ns();
  for (int i = 0; i < COST_READS; i++) {
    const uint64_t end_ns = uv__clock_precise_ns();
    if (end_ns - start_ns < least_ns) least_ns = end_ns - start_ns;
    start_ns = end_ns;
  }
  return (int64_t) least_ns + ADD_COST_NS;
}

void uv__recorder_setup(struct uv__recorder* r, struct uv__live_loop* to,
                        const uv__describe_cb* describers) {
  *r = (struct uv__recorder){ .to = to, .describers = describers };
  uv__duty_init(&r->duty);
  r->step_cost_ns = uv__recorder_step_cost_ns();
}

void uv__recorder_set(uv_loop_t* loop, struct uv__recorder* r) {
  struct uv__io_parts* parts = &uv__iostate_of(loop)->parts;
  parts->recorder = r;
  parts->timed = NULL;
}

/* --- Turns and steps ------------------------------------------------------ */

/* The present time; counted as a step. */
static uint64_t look(struct uv__recorder* r) {
  r->steps++;
  return uv__clock_precise_ns();
}

static void set_monitor(struct uv__live_loop* to, const uv_loop_t* loop) {
  const struct uv__monitor_ops* ops = uv__iostate_of(loop)->monitor.ops;
  const char* name = ops == NULL ? "" : ops->name;
  if (strcmp(to->monitor, name) == 0) return;
  snprintf(to->monitor, sizeof(to->monitor), "%s", name);
}

void uv__recorder_turn(uv_loop_t* loop) {
  struct uv__io_parts* parts = &uv__iostate_of(loop)->parts;
  struct uv__recorder* r = parts->recorder;
  struct uv__live_loop* to = r->to;
  uv__store_relaxed(&to->iterations, to->iterations + 1);
  uv__duty_spend(&r->duty, r->steps * r->step_cost_ns);
  r->steps = 0;
  parts->timed = NULL;
  if (!uv__duty_is_due(&r->duty, loop->time)) return;

  const uint64_t now_ns = look(r);
  uv__store_relaxed(&to->seen_ns, now_ns);
  r->weight = uv__duty_ask(&r->duty, now_ns, loop->time);
  if (r->weight == 0) return;
  parts->timed = r;
  r->mark_ns = now_ns;
  r->wait_end_ns = now_ns;
  uv__store_relaxed(&to->timed, to->timed + 1);
  set_monitor(to, loop);
}

void uv__recorder_begin(struct uv__recorder* r) {
  if (r->steps < STEPS_MAX) r->mark_ns = look(r);
}

static void add(struct uv__recorder* r, enum uv__live_figure figure,
                uint64_t value) {
  uv__histogram_add(&r->to->figures[figure], value, r->weight);
}

static uint64_t since(uint64_t now_ns, uint64_t start_ns) {
  return now_ns > start_ns ? now_ns - start_ns : 0;
}

/* --- Waits and delays ----------------------------------------------------- */

void uv__recorder_wait_begin(struct uv__recorder* r) {
  r->mark_ns = look(r);
  uv__store_relaxed(&r->to->waiting_ns, r->mark_ns);
}

void uv__recorder_wait_end(struct uv__recorder* r) {
  const uint64_t now_ns = look(r);
  uv__store_relaxed(&r->to->waiting_ns, UINT64_C(0));
  uv__store_relaxed(&r->to->seen_ns, now_ns);
  add(r, UV__LIVE_WAIT, since(now_ns, r->mark_ns));
  r->mark_ns = now_ns;
  r->wait_end_ns = now_ns;
}

void uv__recorder_events(struct uv__recorder* r, size_t count) {
  add(r, UV__LIVE_EVENTS, count);
}

void uv__recorder_timer(struct uv__recorder* r, uint64_t due_ms) {
  if (r->steps >= STEPS_MAX) return;
  add(r, UV__LIVE_TIMER_DELAY, since(r->mark_ns, due_ms * 1000000));
}

struct uv__call uv__recorder_fed(const struct uv__recorder* r, uv__io_t* w,
                                 unsigned events) {
  struct uv__call call = { UV_UNKNOWN_HANDLE, 0 };
  if (r->steps >= STEPS_MAX) return call;
  const uv__describe_cb* describe = r->describers;
  while (*describe != NULL && !(*describe)(w, events, &call)) describe++;
  return call;
}

struct uv__call uv__recorder_event(struct uv__recorder* r, uv__io_t* w,
                                   unsigned events) {
  if (r->steps < STEPS_MAX)
    add(r, UV__LIVE_EVENT_DELAY, since(r->mark_ns, r->wait_end_ns));
  return uv__recorder_fed(r, w, events);
}

/* --- Callbacks ------------------------------------------------------------ */

void uv__recorder_enter(struct uv__recorder* r, struct uv__call call) {
  struct uv__live_loop* to = r->to;
  r->is_noted = false;
  uv__store_relaxed(&to->calling_type, (uint64_t) call.type);
  uv__store_relaxed(&to->calling_address, (uint64_t) call.address);
  uv__store_release(&to->calling_ns, r->mark_ns);
}

void uv__recorder_note(struct uv__recorder* r, struct uv__call call) {
  r->noted = call;
  r->is_noted = true;
  uv__store_relaxed(&r->to->calling_type, (uint64_t) call.type);
  uv__store_relaxed(&r->to->calling_address, (uint64_t) call.address);
}

/* The entry to overwrite: that of the same callback, else the least. */
static struct uv__live_slow* find_entry(struct uv__live_loop* to,
                                        struct uv__call call) {
  struct uv__live_slow* least = &to->slowest[0];
  for (int i = 0; i < UV__LIVE_SLOWEST; i++) {
    struct uv__live_slow* slow = &to->slowest[i];
    if (slow->took_ns != 0 && slow->type == call.type &&
        slow->address == call.address)
      return slow;
    if (slow->took_ns < least->took_ns) least = slow;
  }
  return least;
}

static uint64_t least_of(const struct uv__live_loop* to) {
  uint64_t least_ns = to->slowest[0].took_ns;
  for (int i = 1; i < UV__LIVE_SLOWEST; i++)
    if (to->slowest[i].took_ns < least_ns) least_ns = to->slowest[i].took_ns;
  return least_ns;
}

/* A reader takes an entry whose count was even and the same before and after:
 * its fences pair with these. */
static void note_slow(struct uv__recorder* r, struct uv__call call,
                      uint64_t took_ns, uint64_t now_ns) {
  struct uv__live_slow* slow = find_entry(r->to, call);
  if (took_ns <= slow->took_ns) return;
  uv__store_relaxed(&slow->seq, slow->seq + 1);
  uv__fence_full();
  uv__store_relaxed(&slow->type, (uint32_t) call.type);
  uv__store_relaxed(&slow->address, (uint64_t) call.address);
  uv__store_relaxed(&slow->took_ns, took_ns);
  uv__store_relaxed(&slow->when_ns, now_ns);
  uv__store_release(&slow->seq, slow->seq + 1);
  r->floor_ns = least_of(r->to);
}

void uv__recorder_leave(struct uv__recorder* r, struct uv__call call) {
  struct uv__live_loop* to = r->to;
  uv__store_relaxed(&to->calling_ns, UINT64_C(0));
  if (r->steps >= STEPS_MAX) return;
  if (r->is_noted) call = r->noted;
  r->is_noted = false;
  const uint64_t now_ns = look(r);
  const uint64_t took_ns = since(now_ns, r->mark_ns);
  r->mark_ns = now_ns;
  add(r, UV__LIVE_CALLBACK, took_ns);
  struct uv__live_type* type = &to->types[call.type % UV__LIVE_TYPES];
  uv__store_relaxed(&type->count, type->count + r->weight);
  uv__store_relaxed(&type->sum_ns, type->sum_ns + took_ns * r->weight);
  if (took_ns > r->floor_ns) note_slow(r, call, took_ns, now_ns);
}
