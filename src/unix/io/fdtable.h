/* SPDX-License-Identifier: MIT */
/* Fd table: what the loop wants from each descriptor, and what the kernel has
 * been told. They differ between uv__io_start() and the next poll; the dirty
 * list holds the slots where they may, so start-stop-start costs no system
 * call.
 *
 *   place    meaning                                leaves by
 *   IDLE     the kernel knows nothing               settle: PARKED or HOT
 *   PARKED   a live entry in the shell              event: perhaps HOT; drop: IDLE
 *   HOT      in the monitor's hot set               sweep: PARKED; drop: IDLE
 *
 * A slot whose watcher has stopped keeps its place until it fires or is wanted
 * again (the design's STALE): stopping costs nothing.
 *
 * A slot's generation changes when its descriptor is forgotten. It goes through
 * the kernel with the fd, so an event meant for the previous owner is told
 * apart by comparing two integers. Loop thread only. */
#ifndef POLLUX_UNIX_IO_FDTABLE_H
#define POLLUX_UNIX_IO_FDTABLE_H

#include "base/abi.h"

#include <stdbool.h>
#include <stddef.h>

enum uv__place { UV__IDLE, UV__PARKED, UV__HOT };

struct uv__slot {
  uint32_t gen;  /* Never 0. */
  /* What the watcher asks for, and what the kernel was told at its place. */
  uint16_t want, have;
  uint8_t place; /* enum uv__place */
  bool is_dirty; /* On the dirty list. */
  /* The shell has an entry, live or mute; a monitor refused to have it hot. */
  bool is_in_shell, is_never_hot;
  uint32_t hot_at; /* Index in the hot set while HOT. */
  uint32_t est_ns; /* busypoll.c: estimate of its events' interval. */
  /* Looking takes the news away, as with /proc/self/mountinfo and triggers of
   * /proc/pressure. Whoever polls the shell looks at what is in it, and the shell
   * finds nothing afterwards: never parked, unless nothing may be hot. */
  bool tells_once;
  /* Number of the wait, and moment, of the last dispatch. */
  uint64_t last_wait, last_ns;
};

struct uv__fdtable {
  struct uv__slot* slots; /* By descriptor. */
  size_t count;
  int* dirty;             /* As much room as slots has. */
  size_t dirty_count;
};

/* Make the slot of `fd` exist. 0 or UV_ENOMEM. Moves the table. */
int uv__fdtable_reserve(struct uv__fdtable* table, int fd);
void uv__fdtable_free(struct uv__fdtable* table);

/* The slot of `fd`; NULL when it never had one. Valid until the next reserve:
 * not across a user callback. */
static inline struct uv__slot* uv__fdtable_at(const struct uv__fdtable* table,
                                              int fd) {
  return (size_t) fd < table->count ? &table->slots[fd] : NULL;
}

/* Have the slot settled before the next wait. */
void uv__fdtable_mark(struct uv__fdtable* table, int fd);

#endif
