/* SPDX-License-Identifier: MIT */
/* Timers, called by due time, then by order of start; they wait in a wheel
 * (wheel.h).
 *
 * A pass first takes all due timers off the wheel into a list, then calls back.
 * So a timer that a callback starts with timeout 0 runs in the next pass, and
 * equal timers run in the order of their starts. A timer in the list can still
 * be stopped, restarted or closed by an earlier callback: stopping takes it off
 * the wheel or the list, wherever it is.
 *
 * The timer's `node` is in the wheel while the timer is active, in the list
 * while it waits there, and an empty queue otherwise. The active flag tells the
 * first case from the others.
 *
 * Times are ms of the loop's cached time. */
#include "loop/timer.h"

#include "base/queue.h"
#include "loop/handle.h"
#include "loop/loop.h"
#include "loop/wheel.h"
#include "unix/io/recorder.h"

#include <limits.h>

/* When a timer that starts now is due; a sum beyond the type means never. */
static uint64_t due_in(const uv_loop_t* loop, uint64_t delay_ms) {
  uint64_t due_ms = loop->time + delay_ms;
  return due_ms < delay_ms ? UINT64_MAX : due_ms;
}

/* Let the timer wait for `delay_ms` from now on, wherever it is. */
static void schedule(uv_timer_t* timer, uint64_t delay_ms) {
  uv_loop_t* loop = timer->loop;
  struct uv__wheel* wheel = &uv__loop_of(loop)->timers;
  bool is_in = uv__handle_is_active(timer);
  if (!is_in) uv__queue_remove(&timer->node.queue); /* Due in this pass? */
  timer->start_id = loop->timer_counter++;
  uv__wheel_start(wheel, timer, is_in, loop->time, due_in(loop, delay_ms));
  uv__handle_start(timer);
}

int uv_timer_init(uv_loop_t* loop, uv_timer_t* timer) {
  uv__handle_init(loop, timer, UV_TIMER);
  timer->timer_cb = NULL;
  timer->timeout = 0;
  timer->repeat = 0;
  uv__heap_node_init(uv__wheel_node(timer));
  return 0;
}

int uv_timer_start(uv_timer_t* timer, uv_timer_cb cb, uint64_t timeout,
                   uint64_t repeat) {
  if (uv__handle_is_closing(timer) || cb == NULL) return UV_EINVAL;
  timer->timer_cb = cb;
  timer->repeat = repeat;
  schedule(timer, timeout);
  return 0;
}

int uv_timer_stop(uv_timer_t* timer) {
  if (!uv__handle_is_active(timer)) {
    uv__queue_remove(&timer->node.queue); /* Due in this pass, perhaps. */
    return 0;
  }
  uv__wheel_stop(&uv__loop_of(timer->loop)->timers, timer);
  uv__handle_stop(timer);
  return 0;
}

int uv_timer_again(uv_timer_t* timer) {
  if (timer->timer_cb == NULL) return UV_EINVAL;
  if (timer->repeat == 0) return 0;
  if (!uv__handle_is_closing(timer)) schedule(timer, timer->repeat);
  return 0;
}

void uv_timer_set_repeat(uv_timer_t* timer, uint64_t repeat) {
  timer->repeat = repeat;
}

uint64_t uv_timer_get_repeat(const uv_timer_t* timer) {
  return timer->repeat;
}

uint64_t uv_timer_get_due_in(const uv_timer_t* timer) {
  uint64_t now_ms = timer->loop->time;
  return timer->timeout > now_ms ? timer->timeout - now_ms : 0;
}

int uv__timer_timeout(const uv_loop_t* loop) {
  const uv_timer_t* next = uv__wheel_next(&uv__loop_of(loop)->timers);
  if (next == NULL) return -1;
  uint64_t left_ms = uv_timer_get_due_in(next);
  return left_ms > INT_MAX ? INT_MAX : (int) left_ms;
}

__attribute__((noinline)) void uv__run_timers(uv_loop_t* loop) {
  struct uv__queue* due = &uv__loop_of(loop)->timers_due;
  uv__wheel_take(&uv__loop_of(loop)->timers, loop->time, due);
  uv__queue_each(node, due) uv__handle_stop(uv__wheel_timer(node));
  if (uv__queue_empty(due)) return;
  struct uv__recorder* r = uv__recorder_of(loop);
  uv__record_begin(r);
  while (!uv__queue_empty(due)) {
    uv_timer_t* timer =
        uv__container_of(uv__queue_pop(due), uv_timer_t, node.queue);
    if (r != NULL) uv__recorder_timer(r, timer->timeout);
    uv_timer_again(timer); /* Before the callback, which may change its mind. */
    uv__record(r, UV_TIMER, timer->timer_cb, timer->timer_cb(timer));
  }
}

bool uv__timer_close(uv_handle_t* handle) {
  uv_timer_stop((uv_timer_t*) handle);
  return true;
}
