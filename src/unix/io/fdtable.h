/* SPDX-License-Identifier: MIT */
/* The fd table: one slot for each descriptor (slot.h), and the dirty list.
 *
 * What a watcher wants and what the kernel was told differ between
 * uv__io_start() and the next poll phase. The dirty list holds the slots where
 * they may, so stopping and starting again costs no system call.
 *
 * A slot's generation changes when its descriptor is forgotten. It goes through
 * the kernel with the descriptor, so comparing two integers tells whether an
 * event is meant for a previous owner. Loop thread only. */
#ifndef POLLUX_UNIX_IO_FDTABLE_H
#define POLLUX_UNIX_IO_FDTABLE_H

#include "base/abi.h"
#include "unix/io/slot.h"

#include <stdbool.h>
#include <stddef.h>

struct uv__fdtable {
  struct uv__slot* slots; /* By descriptor. */
  size_t count;
  int* dirty; /* As much room as slots has. */
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

bool uv__fdtable_valid(const struct uv__fdtable* table);

#endif
