/* SPDX-License-Identifier: MIT */
/* The recorder of a loop: measures waits, callbacks and delays, and puts them
 * into histograms (base/live-page.h). A loop has one only while its figures are
 * on; the hooks below cost a test of a pointer otherwise.
 *
 * Not every turn is timed (base/duty.h). uv__recorder_of() is NULL in the
 * others, so they cost what a loop without figures costs. In a timed turn the
 * clock is read once per step: the end of one callback is the begin of the
 * next. A phase that begins after other work begins a step of its own.
 *
 * The pointer that uv__recorder_of() returns stays good until the loop is
 * closed, whatever a callback switches. Loop thread only. */
#ifndef POLLUX_UNIX_IO_RECORDER_H
#define POLLUX_UNIX_IO_RECORDER_H

#include "base/abi.h"
#include "base/duty.h"
#include "base/live-page.h"
#include "unix/io/parts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is called: a handle type, or UV__TYPE_OF_REQ(); and the address of the
 * program's callback, 0 where it is not known. */
struct uv__call {
  unsigned type;
  uintptr_t address;
};

#define UV__TYPE_OF_REQ(req_type) ((unsigned) UV_HANDLE_TYPE_MAX + (req_type))

/* Say what the watcher is going to call for `events`; false: the watcher is not
 * of that family. */
typedef bool (*uv__describe_cb)(uv__io_t* w, unsigned events,
                                struct uv__call* ret_call);

struct uv__recorder {
  struct uv__live_loop* to;
  const uv__describe_cb* describers; /* Ends with NULL. */
  struct uv__duty duty;
  uint64_t weight;  /* Of what is measured in this turn. */
  uint64_t mark_ns; /* When the step at hand began. */
  uint64_t wait_end_ns;
  uint64_t floor_ns;    /* Less is not among the slowest. */
  int64_t step_cost_ns; /* What measuring one step takes. */
  unsigned steps;       /* In this turn. */
  struct uv__call noted;
  bool is_noted; /* `noted` is what the step at hand has called. */
};

/* What measuring one step takes, on this machine. */
int64_t uv__recorder_step_cost_ns(void);

/* Measure into `to`, from the next turn on. */
void uv__recorder_setup(struct uv__recorder* r, struct uv__live_loop* to,
                        const uv__describe_cb* describers);
/* Switch on, or with NULL off. */
void uv__recorder_set(uv_loop_t* loop, struct uv__recorder* r);

/* The recorder while this turn is timed; else NULL. */
static inline struct uv__recorder* uv__recorder_of(const uv_loop_t* loop) {
  return uv__io_parts(loop)->timed;
}

/* A turn of the loop begins. */
void uv__recorder_turn(uv_loop_t* loop);
static inline void uv__record_turn(uv_loop_t* loop) {
  if (__builtin_expect(uv__io_parts(loop)->recorder != NULL, 0))
    uv__recorder_turn(loop);
}

/* A step begins now. */
void uv__recorder_begin(struct uv__recorder* r);
static inline void uv__record_begin(struct uv__recorder* r) {
  if (__builtin_expect(r != NULL, 0)) uv__recorder_begin(r);
}

void uv__recorder_wait_begin(struct uv__recorder* r);
void uv__recorder_wait_end(struct uv__recorder* r);
void uv__recorder_events(struct uv__recorder* r, size_t count);
/* A timer that was due at `due_ms` is called next. */
void uv__recorder_timer(struct uv__recorder* r, uint64_t due_ms);
/* The watcher is called next, for an event of this wait or because it was fed;
 * return what it is going to call. */
struct uv__call uv__recorder_event(struct uv__recorder* r, uv__io_t* w,
                                   unsigned events);
struct uv__call uv__recorder_fed(const struct uv__recorder* r, uv__io_t* w,
                                 unsigned events);

/* Around a callback. `call` is what uv__record() was told. */
void uv__recorder_enter(struct uv__recorder* r, struct uv__call call);
void uv__recorder_leave(struct uv__recorder* r, struct uv__call call);

/* Make a call of that type and address, measured if `r` is not NULL. Both are
 * read before: the callback may free its handle. */
#define uv__record(r, type_id, cb, ...)                                        \
  do {                                                                         \
    if (__builtin_expect((r) != NULL, 0)) {                                    \
      const struct uv__call uv__this = { (unsigned) (type_id),                 \
                                         (uintptr_t) (cb) };                   \
      uv__recorder_enter((r), uv__this);                                       \
      __VA_ARGS__;                                                             \
      uv__recorder_leave((r), uv__this);                                       \
    } else {                                                                   \
      __VA_ARGS__;                                                             \
    }                                                                          \
  } while (0)

/* What the step at hand calls, told from inside, where it was not known. */
void uv__recorder_note(struct uv__recorder* r, struct uv__call call);
#define uv__record_note(loop, type_id, cb)                                     \
  do {                                                                         \
    struct uv__recorder* uv__now = uv__recorder_of(loop);                      \
    if (__builtin_expect(uv__now != NULL, 0))                                  \
      uv__recorder_note(uv__now, (struct uv__call){ (unsigned) (type_id),      \
                                                    (uintptr_t) (cb) });       \
  } while (0)

#endif
