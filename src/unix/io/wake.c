/* SPDX-License-Identifier: MIT */
/* The wake: how a sender on any thread makes the loop look at what was sent.
 *
 *   sender                                loop, before it sleeps
 *   1 signalled: exchange to 1            1 mode = ASLEEP, or TIMED
 *   2 it was 1: done, another wakes it    2 full fence          (pairs with 3)
 *   3 full fence       (pairs with 2)     3 signalled: mode = AWAKE, do not
 * wait 4 mode AWAKE: done                    4 wait; mode = AWAKE 5 write the
 * doorbell                  5 take: exchange signalled to 0, then on_wake
 *
 * Of two threads that each store, fence and load, at least one sees the other's
 * store: either the sender finds ASLEEP and writes, or the loop finds signalled
 * and does not sleep. Only the sender that raised `signalled` goes on, so a
 * sleep costs one write at most, however many send. The loop clears `signalled`
 * before it looks at what was sent, so a send after that look raises it anew.
 *
 * OUTSIDE means "write": it is the start value, the value after a fork, and the
 * value whenever uv_run() is not running. An exposed loop is always written to,
 * since another thread may sleep on its shell at any time.
 *
 * The doorbell is an eventfd, level-triggered; its callback only reads it. The
 * same protocol, without spinning, is checked by test/unit/wake-model.c. */
#include "unix/io/wake.h"

#include "base/assert.h"
#include "base/atomics.h"
#include "unix/io/busypoll.h"
#include "unix/io/io.h"
#include "unix/io/parts.h"
#include "unix/os/clock.h"
#include "unix/os/event.h"
#include "unix/os/fd.h"

/* Not inlined: most sends write no doorbell, and do not pay for the registers
 * that it takes. */
__attribute__((noinline)) static void write_doorbell(struct uv__wake* wake) {
  UV__CHECK(wake->doorbell_write_fd >= 0);
  uv__fetch_add(&wake->written, 1);
  if (UV__SPIN_IS_BUILT && uv__load_relaxed(&wake->mode) == UV__WAKE_TIMED)
    uv__store_relaxed(&wake->doorbell_ns, (size_t) uv__clock_precise_ns());
  uv__event_raise(wake->doorbell_write_fd);
}

void uv__wake_send(uv_loop_t* loop) {
  struct uv__wake* wake = uv__io_parts(loop)->wake;
  if (uv__exchange(&wake->signalled, 1) != 0) return;
  uv__fence_full(); /* Pairs with the fence in uv__wake_sleep(). */
  if (uv__load_relaxed(&wake->mode) == UV__WAKE_AWAKE &&
      !uv__load_relaxed(&wake->is_exposed)) {
    uv__fetch_add(&wake->suppressed, 1);
    return;
  }
  write_doorbell(wake);
}

void uv__wake_note_signal(uv_loop_t* loop) {
  uv__store_relaxed(&uv__io_parts(loop)->wake->caught_signal, 1);
}

void uv__wake_set_callback(uv_loop_t* loop, void (*on_wake)(uv_loop_t*)) {
  uv__io_parts(loop)->wake->on_wake = on_wake;
}

bool uv__wake_sleep(struct uv__wake* wake, enum uv__wake_mode how) {
  UV__CHECK(how == UV__WAKE_ASLEEP || how == UV__WAKE_TIMED);
  uv__store_relaxed(&wake->mode, how);
  uv__fence_full(); /* Pairs with the fence in uv__wake_send(). */
  if (!uv__load_relaxed(&wake->signalled)) return true;
  uv__store_relaxed(&wake->mode, UV__WAKE_AWAKE);
  return false;
}

void uv__wake_rise(struct uv__wake* wake) {
  UV__CHECK(wake->doorbell_fd >= 0);
  uv__store_relaxed(&wake->mode, UV__WAKE_AWAKE);
}

bool uv__wake_take(struct uv__wake* wake) {
  return uv__load_relaxed(&wake->signalled) &&
         uv__exchange(&wake->signalled, 0) != 0;
}

void uv__wake_enter(uv_loop_t* loop) {
  uv__wake_rise(uv__io_parts(loop)->wake);
}

void uv__wake_leave(uv_loop_t* loop) {
  struct uv__wake* wake = uv__io_parts(loop)->wake;
  uv__store_relaxed(&wake->mode, UV__WAKE_OUTSIDE);
  if (!uv__load_relaxed(&wake->is_exposed)) return;
  uv__fence_full(); /* Pairs with the fence in uv__wake_send(). */
  if (uv__load_relaxed(&wake->signalled)) write_doorbell(wake);
}

void uv__wake_expose(struct uv__wake* wake) {
  UV__CHECK(!uv__load_relaxed(&wake->is_exposed));
  uv__store_relaxed(&wake->is_exposed, 1);
  uv__fence_full(); /* Pairs with the fence in uv__wake_send(). */
  if (uv__load_relaxed(&wake->signalled)) write_doorbell(wake);
}

/* The doorbell's watcher: what was sent is found through `signalled`. */
static void clear_doorbell(uv_loop_t* loop, uv__io_t* w, unsigned events) {
  (void) loop;
  (void) events;
  uv__event_clear(w->fd);
}

static int hang_doorbell(uv_loop_t* loop) {
  struct uv__wake* wake = uv__io_parts(loop)->wake;
  UV__CHECK(wake->doorbell_fd < 0);
  int fds[2];
  int rc = uv__event_open(fds);
  if (rc != 0) return rc;
  wake->doorbell_fd = fds[0];
  wake->doorbell_write_fd = fds[1];
  uv__io_init(&loop->async_io_watcher, clear_doorbell, wake->doorbell_fd);
  rc = uv__io_start(loop, &loop->async_io_watcher, POLLIN);
  if (rc != 0) uv__event_close(fds);
  return rc;
}

static void take_doorbell_down(uv_loop_t* loop) {
  struct uv__wake* wake = uv__io_parts(loop)->wake;
  if (wake->doorbell_fd < 0) return;
  int fds[2] = { wake->doorbell_fd, wake->doorbell_write_fd };
  uv__io_close(loop, &loop->async_io_watcher);
  uv__event_close(fds);
  wake->doorbell_fd = -1;
  wake->doorbell_write_fd = -1;
  loop->async_io_watcher.fd = -1;
}

int uv__wake_init(uv_loop_t* loop) {
  struct uv__wake* wake = uv__io_parts(loop)->wake;
  *wake = (struct uv__wake){ .doorbell_fd = -1, .doorbell_write_fd = -1 };
  loop->async_wfd = -1;
  return hang_doorbell(loop);
}

int uv__wake_fork(uv_loop_t* loop) {
  struct uv__wake* wake = uv__io_parts(loop)->wake;
  take_doorbell_down(loop); /* The parent keeps its own copy. */
  uv__store_relaxed(&wake->mode, UV__WAKE_OUTSIDE);
  int rc = hang_doorbell(loop);
  /* Sent before the fork and not taken: still to be delivered. */
  if (rc == 0 && uv__load_relaxed(&wake->signalled)) write_doorbell(wake);
  return rc;
}

void uv__wake_close(uv_loop_t* loop) {
  take_doorbell_down(loop);
}
