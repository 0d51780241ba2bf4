/* SPDX-License-Identifier: MIT */
/* Watchers: a handle family starts one to be called when a descriptor is ready.
 * This header and wake.h are all that the families see of the poll phase.
 *
 * A watcher is the `uv__io_t` inside a handle. At most one watcher per
 * descriptor and loop. Masks are poll(2)'s: POLLIN, POLLOUT, POLLPRI and
 * POLLRDHUP may be asked for; POLLERR and POLLHUP may always be reported, and
 * when nothing else is, they come with all that was asked for.
 * Level-triggered: while a wanted condition holds, every poll phase reports it.
 *
 * The callback gets the loop, the watcher and the ready mask. It may start,
 * stop, close or free anything, its own watcher included.
 *
 * Loop thread only. */
#ifndef POLLUX_UNIX_IO_IO_H
#define POLLUX_UNIX_IO_IO_H

#include "base/abi.h"
#include "base/spin.h"
#include "unix/io/parts.h"

#include <poll.h>
#include <stdbool.h>

#ifndef POLLRDHUP
#define POLLRDHUP 0x2000
#endif

typedef void (*uv__watch_cb)(uv_loop_t* loop, uv__io_t* w, unsigned events);

/* Prepare a watcher that watches nothing; `fd` may be -1 until it is known. */
void uv__io_init(uv__io_t* w, uv__watch_cb cb, int fd);

/* Replace the callback. */
void uv__io_set_cb(uv__io_t* w, uv__watch_cb cb);

/* Ask for `events` too, from the next poll phase on. Free when they are wanted
 * already. 0; UV_ENOMEM, or UV_EEXIST when another watcher of this loop watches
 * the descriptor: nothing has changed then. */
int uv__io_start(uv_loop_t* loop, uv__io_t* w, unsigned events);

/* Ask for `events` no longer: no callback for them from now on. Costs no system
 * call; the kernel may be told later or never, see uv__io_close(). */
void uv__io_stop(uv_loop_t* loop, uv__io_t* w, unsigned events);

/* Stop all, take back uv__io_feed(), and drop everything the kernel holds for
 * this descriptor, now: on return the caller may close it and the peer sees the
 * end. To be called before each close(2). Keeps w->fd. */
void uv__io_close(uv_loop_t* loop, uv__io_t* w);

/* What uv__io_feed() adds to the events: no bit that poll(2) reports. Beside
 * it, POLLOUT does not say that the descriptor is writable. */
#define UV__IO_FED 0x10000u

/* Call the watcher with POLLOUT | UV__IO_FED in the pending phase of the next
 * iteration. */
void uv__io_feed(uv_loop_t* loop, uv__io_t* w);

/* Is any of `events` wanted? */
static inline bool uv__io_active(const uv__io_t* w, unsigned events) {
  return (w->pevents & events) != 0;
}

/* Does a watcher of this loop watch `fd` already? */
bool uv__io_is_watched(const uv_loop_t* loop, int fd);

/* 0 when `fd` can be watched at all; UV_EPERM for a directory and most regular
 * files, UV_EBADF when it is not open. `ret_tells_once` says whether its news
 * can be seen once only (slot.h). */
int uv__io_check_fd(uv_loop_t* loop, int fd, bool* ret_tells_once);

/* The news of a started watcher's descriptor can be seen once only. Holds until
 * uv__io_close(). */
void uv__io_set_tells_once(uv_loop_t* loop, const uv__io_t* w);

/* Count work that was done: bytes that one read or write has moved; datagrams,
 * connections, sends, jobs, signals; an event whose work the loop does not
 * see. */
static inline void uv__io_count_bytes(const uv_loop_t* loop, size_t bytes) {
  if (!UV__SPIN_IS_BUILT) return;
  struct uv__io_work* work = &uv__io_parts(loop)->work;
  work->bytes += bytes;
  work->transfers++;
}

static inline void uv__io_count_messages(const uv_loop_t* loop,
                                         unsigned count) {
  if (UV__SPIN_IS_BUILT) uv__io_parts(loop)->work.messages += count;
}

static inline void uv__io_count_opaque(const uv_loop_t* loop) {
  if (UV__SPIN_IS_BUILT) uv__io_parts(loop)->work.opaque++;
}

/* Call back what uv__io_feed() queued. */
void uv__io_run_pending(uv_loop_t* loop);

/* How many callbacks the latest poll phase has made. */
size_t uv__io_batch(const uv_loop_t* loop);

/* The poll phase: wait up to `timeout_ms` (-1: no limit, 0: look only), then
 * call back whatever is ready. */
void uv__io_poll(uv_loop_t* loop, int timeout_ms);

#endif
