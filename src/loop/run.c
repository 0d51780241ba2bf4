/* SPDX-License-Identifier: MIT */
/* The loop's turn. One iteration, in libuv's documented order:
 *
 *   pending -> idle -> prepare -> poll -> pending again -> check -> closing
 *   -> timers
 *
 * Before the first iteration of a default run, timers that are due already run
 * once. Times: the cached time is refreshed after the wait and before
 * timers. */
#include "loop/async.h"
#include "loop/closing.h"
#include "loop/loop.h"
#include "loop/phase.h"
#include "loop/timer.h"

#include "base/assert.h"
#include "base/queue.h"
#include "unix/io/control.h"
#include "unix/io/io.h"
#include "unix/io/recorder.h"
#include "unix/io/wake.h"

enum { PENDING_ROUNDS_MAX = 8 }; /* Writes that complete at once, chained. */

static bool is_alive(const uv_loop_t* loop) {
  return loop->active_handles > 0 || loop->active_reqs.count > 0 ||
         !uv__queue_empty(&loop->pending_queue) ||
         loop->closing_handles != NULL;
}

int uv_loop_alive(const uv_loop_t* loop) {
  return is_alive(loop);
}

/* Is there work that a wait would only delay? */
static bool must_not_sleep(const uv_loop_t* loop) {
  return loop->stop_flag != 0 || !is_alive(loop) ||
         !uv__queue_empty(&loop->pending_queue) ||
         !uv__queue_empty(&loop->idle_handles) || loop->closing_handles != NULL;
}

static int sleep_limit(const uv_loop_t* loop) {
  bool waits = loop->active_handles > 0 || loop->active_reqs.count > 0;
  return must_not_sleep(loop) || !waits ? 0 : uv__timer_timeout(loop);
}

int uv_backend_timeout(const uv_loop_t* loop) {
  /* What was not told to the kernel yet can only be told by a run. */
  return uv__io_is_dirty(loop) ? 0 : sleep_limit(loop);
}

int uv_backend_fd(const uv_loop_t* loop) {
  return uv__io_expose((uv_loop_t*) loop);
}

static void iterate(uv_loop_t* loop, uv_run_mode mode) {
  uv__record_turn(loop);
  bool may_sleep = uv__queue_empty(&loop->pending_queue) &&
                   uv__queue_empty(&loop->idle_handles);
  uv__io_run_pending(loop);
  uv__run_idle(loop);
  uv__run_prepare(loop);

  int timeout_ms = 0;
  if (mode == UV_RUN_DEFAULT || (mode == UV_RUN_ONCE && may_sleep))
    timeout_ms = sleep_limit(loop);
  uv__loop_of(loop)->iterations++;
  uv__io_poll(loop, timeout_ms);

  for (int i = 0;
       i < PENDING_ROUNDS_MAX && !uv__queue_empty(&loop->pending_queue); i++)
    uv__io_run_pending(loop);

  uv__run_check(loop);
  uv__run_closing_handles(loop);
  uv__io_update_time(loop);
  uv__run_timers(loop);
}

int uv_run(uv_loop_t* loop, uv_run_mode mode) {
  struct uv__loop* self = uv__loop_of(loop);
  UV__CHECK(!self->is_running); /* Not re-entrant, as in libuv. */
  bool alive = is_alive(loop);
  if (!alive) {
    uv__io_update_time(loop);
    loop->stop_flag = 0;
    return 0;
  }

  self->is_running = true;
  uv__wake_enter(loop);
  if (mode == UV_RUN_DEFAULT && loop->stop_flag == 0) {
    uv__record_turn(loop); /* These timers are a turn of their own. */
    uv__io_update_time(loop);
    uv__run_timers(loop);
  }
  while (alive && loop->stop_flag == 0) {
    iterate(loop, mode);
    alive = is_alive(loop);
    if (mode != UV_RUN_DEFAULT) break;
  }
  loop->stop_flag = 0;
  uv__wake_leave(loop);
  self->is_running = false;
  return alive;
}

void uv_stop(uv_loop_t* loop) {
  loop->stop_flag = 1;
}

uint64_t uv_now(const uv_loop_t* loop) {
  return loop->time;
}

void uv_update_time(uv_loop_t* loop) {
  uv__io_update_time(loop);
}
