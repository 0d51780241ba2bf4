/* SPDX-License-Identifier: MIT */
/* The parts of a loop's io state that are found from the loop: the hot set, for
 * the watchers, the wake, for senders, the work, for all that count some, and
 * the recorder. The files that need no more do not see the rest (state.h). */
#ifndef POLLUX_UNIX_IO_PARTS_H
#define POLLUX_UNIX_IO_PARTS_H

#include "base/abi.h"

#include <stdint.h>

struct uv__hotset;
struct uv__recorder;
struct uv__wake;

/* What the loop has done so far, for the experiment about spinning: epoch.h
 * says what counts. Loop thread only. */
struct uv__io_work {
  uint64_t messages, bytes, transfers, opaque;
};

/* The first member of the io state. */
struct uv__io_parts {
  struct uv__hotset* hot;
  struct uv__wake* wake;
  struct uv__io_work work;
  /* recorder.h: NULL while the figures are off; and in turns not timed. */
  struct uv__recorder* recorder;
  struct uv__recorder* timed;
};

static inline struct uv__io_parts* uv__io_parts(const uv_loop_t* loop) {
  return *(struct uv__io_parts**) loop->internal_fields;
}

#endif
