/* SPDX-License-Identifier: MIT */
/* Dispatch: calls the watcher of each event in the ready array.
 *
 * The array is filled before the first callback, and callbacks close, stop and
 * reopen descriptors at will. So an event counts only if its generation is
 * still that of the slot. Nothing is searched and nothing freed for it. No slot
 * pointer survives a callback, since the table may move.
 *
 * The signal watcher comes last: when its callback runs, the events that came
 * together with the signal have been called back. libuv's users rely on that
 * for SIGCHLD. */
#include "unix/io/dispatch.h"

#include "base/assert.h"
#include "unix/io/io.h"
#include "unix/io/recorder.h"

enum {
  ALWAYS = POLLERR | POLLHUP,
  ASKABLE = POLLIN | POLLOUT | POLLPRI | POLLRDHUP
};

/* What the watcher is told. A bare error or hang-up comes with the directions
 * it asked for, so that its read or write meets the error itself. */
static unsigned mask_for(unsigned events, unsigned want) {
  unsigned told = events & (want | ALWAYS);
  if ((told & ~(unsigned) ALWAYS) == 0 && told != 0) told |= want & ASKABLE;
  return told;
}

/* No watcher wants the event: see to it that it does not come again. */
static void drop(struct uv__hotset* hot, int fd, const struct uv__slot* slot) {
  hot->figures->unwanted++;
  if (slot->want == 0)
    uv__hotset_withdraw(hot, fd);
  else
    uv__fdtable_mark(hot->table, fd);
}

/* The mask to call the slot's watcher with; 0: nothing to call. */
static unsigned admit(struct uv__hotset* hot, const struct uv__event* event) {
  const struct uv__slot* slot = uv__fdtable_at(hot->table, event->fd);
  if (slot == NULL || slot->gen != event->gen) {
    hot->figures->stale++;
    return 0;
  }
  bool is_from_shell = (event->events & UV__EV_PARKED) != 0;
  if (is_from_shell && uv__slot_is_hot(slot)) return 0; /* A mute entry. */
  if (event->events & UV__EV_REFUSED) {
    uv__hotset_refuse(hot, event->fd);
    return 0;
  }
  unsigned told = mask_for(event->events, slot->want);
  if (slot->want == 0 || told == 0) {
    drop(hot, event->fd, slot);
    return 0;
  }
  if (event->events & POLLNVAL)
    uv__hotset_withdraw(hot, event->fd); /* The user closed it: tell once. */
  else
    uv__hotset_note_event(hot, event->fd);
  return told;
}

static void call(uv_loop_t* loop, uv__io_t* w, unsigned events) {
  ((uv__watch_cb) uv__io_cb_bits(w))(loop, w, events);
}

/* Not inlined: a turn that is not timed does not pay for the registers. */
__attribute__((noinline)) static void call_timed(struct uv__recorder* r,
                                                 uv_loop_t* loop, uv__io_t* w,
                                                 unsigned events) {
  const struct uv__call what = uv__recorder_event(r, w, events);
  uv__record(r, what.type, what.address, call(loop, w, events));
}

struct uv__dispatched uv__dispatch(uv_loop_t* loop, struct uv__hotset* hot,
                                   struct uv__ready* ready) {
  UV__CHECK(ready->count <= ready->cap);
  struct uv__dispatched done = { 0, false };
  unsigned signal_events = 0;
  struct uv__recorder* r = uv__recorder_of(loop);

  for (size_t i = 0; i < ready->count; i++) {
    struct uv__event event = ready->events[i];
    unsigned told = admit(hot, &event);
    if (told == 0) continue;
    uv__io_t* w = loop->watchers[event.fd];
    UV__CHECK(w != NULL && w->fd == event.fd);
    done.calls++;
    if (w == &loop->signal_io_watcher)
      signal_events = told;
    else if (r != NULL)
      call_timed(r, loop, w, told);
    else
      call(loop, w, told);
  }
  ready->count = 0;

  if (signal_events != 0) {
    done.had_signal = true;
    /* The watcher lives as long as the loop, but a callback may have stopped
     * it. */
    if (!uv__io_active(&loop->signal_io_watcher, POLLIN)) return done;
    if (r != NULL)
      call_timed(r, loop, &loop->signal_io_watcher, signal_events);
    else
      call(loop, &loop->signal_io_watcher, signal_events);
  }
  return done;
}
