/* SPDX-License-Identifier: MIT */
/* Timers: a heap ordered by due time, then by order of start.
 *
 * A pass first takes all due timers off the heap into a list, then calls back.
 * So a timer that a callback starts with timeout 0 runs in the next pass, and
 * equal timers run in the order of their starts. A timer in the list can still
 * be stopped, restarted or closed by an earlier callback: stopping takes it off
 * whichever of the two it is on.
 *
 * The timer's `node` is heap links while it waits in the heap, a queue link
 * while it waits in the list, an empty queue otherwise; the active flag tells
 * the first from the rest. Times are ms of the loop's cached time. */
#include "loop/timer.h"

#include "base/assert.h"
#include "base/heap.h"
#include "base/queue.h"
#include "loop/handle.h"
#include "loop/loop.h"

#include <limits.h>

_Static_assert(sizeof(((uv_timer_t*) 0)->node.heap) ==
                   sizeof(struct uv__heap_node),
               "the heap's node lives in the timer");

static struct uv__heap_node* node_of(uv_timer_t* timer) {
  return (struct uv__heap_node*) &timer->node.heap;
}

static uv_timer_t* timer_of(const struct uv__heap_node* node) {
  return uv__container_of(node, uv_timer_t, node.heap);
}

static bool before(const struct uv__heap_node* a,
                   const struct uv__heap_node* b) {
  const uv_timer_t* x = timer_of(a);
  const uv_timer_t* y = timer_of(b);
  if (x->timeout != y->timeout) return x->timeout < y->timeout;
  return x->start_id < y->start_id;
}

/* When a timer is due that starts now; a sum beyond the type means never. */
static uint64_t due_in(const uv_loop_t* loop, uint64_t delay_ms) {
  uint64_t due_ms = loop->time + delay_ms;
  return due_ms < delay_ms ? UINT64_MAX : due_ms;
}

/* A timer without children in the heap may become later where it is: nothing
 * hangs below it. Most have none, and most restarts are to later. */
static bool postpone(uv_timer_t* timer, uint64_t due_ms) {
  if (!uv__handle_is_active(timer) || node_of(timer)->child != NULL ||
      due_ms < timer->timeout)
    return false;
  timer->timeout = due_ms;
  timer->start_id = timer->loop->timer_counter++;
  return true;
}

static void schedule(uv_timer_t* timer, uint64_t delay_ms) {
  uv_loop_t* loop = timer->loop;
  timer->timeout = due_in(loop, delay_ms);
  timer->start_id = loop->timer_counter++;
  loop->timer_heap.min =
      uv__heap_insert(loop->timer_heap.min, node_of(timer), before);
  loop->timer_heap.nelts++;
  uv__handle_start(timer);
}

/* Off the heap, into the state of a timer that is nowhere. */
static void unschedule(uv_timer_t* timer) {
  uv_loop_t* loop = timer->loop;
  loop->timer_heap.min =
      uv__heap_remove(loop->timer_heap.min, node_of(timer), before);
  loop->timer_heap.nelts--;
  uv__queue_init(&timer->node.queue);
  uv__handle_stop(timer);
}

int uv_timer_init(uv_loop_t* loop, uv_timer_t* timer) {
  uv__handle_init(loop, timer, UV_TIMER);
  timer->timer_cb = NULL;
  timer->timeout = 0;
  timer->repeat = 0;
  uv__queue_init(&timer->node.queue);
  return 0;
}

int uv_timer_start(uv_timer_t* timer, uv_timer_cb cb, uint64_t timeout,
                   uint64_t repeat) {
  if (uv__handle_is_closing(timer) || cb == NULL) return UV_EINVAL;
  timer->timer_cb = cb;
  timer->repeat = repeat;
  if (postpone(timer, due_in(timer->loop, timeout))) return 0;
  uv_timer_stop(timer);
  schedule(timer, timeout);
  return 0;
}

int uv_timer_stop(uv_timer_t* timer) {
  if (uv__handle_is_active(timer))
    unschedule(timer);
  else
    uv__queue_remove(&timer->node.queue); /* Due in this pass, perhaps. */
  return 0;
}

int uv_timer_again(uv_timer_t* timer) {
  if (timer->timer_cb == NULL) return UV_EINVAL;
  if (timer->repeat == 0) return 0;
  if (postpone(timer, due_in(timer->loop, timer->repeat))) return 0;
  uv_timer_stop(timer);
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

static uv_timer_t* next_of(const uv_loop_t* loop) {
  return loop->timer_heap.min == NULL ? NULL : timer_of(loop->timer_heap.min);
}

int uv__timer_timeout(const uv_loop_t* loop) {
  const uv_timer_t* next = next_of(loop);
  if (next == NULL) return -1;
  uint64_t left_ms = uv_timer_get_due_in(next);
  return left_ms > INT_MAX ? INT_MAX : (int) left_ms;
}

__attribute__((noinline)) void uv__run_timers(uv_loop_t* loop) {
  struct uv__queue* due = &uv__loop_of(loop)->timers_due;
  for (uv_timer_t* next = next_of(loop);
       next != NULL && next->timeout <= loop->time; next = next_of(loop)) {
    unschedule(next);
    uv__queue_push(due, &next->node.queue);
  }
  while (!uv__queue_empty(due)) {
    uv_timer_t* timer =
        uv__container_of(uv__queue_pop(due), uv_timer_t, node.queue);
    uv_timer_again(timer); /* Before the callback, which may change its mind. */
    timer->timer_cb(timer);
  }
}

bool uv__timer_close(uv_handle_t* handle) {
  uv_timer_stop((uv_timer_t*) handle);
  return true;
}
