/* SPDX-License-Identifier: MIT */
/* The list of hot descriptors, which the sweep walks. Each slot on it knows its
 * place (hot_at), so adding and removing take constant time. The order means
 * nothing. Loop thread only. */
#ifndef POLLUX_UNIX_IO_HOTLIST_H
#define POLLUX_UNIX_IO_HOTLIST_H

#include "unix/io/fdtable.h"

struct uv__hotlist {
  int* fds;
  size_t count, cap;
};

/* False: no memory for one more. */
bool uv__hotlist_reserve(struct uv__hotlist* list);
/* After a reserve. */
void uv__hotlist_add(struct uv__hotlist* list, struct uv__fdtable* table,
                     int fd);
void uv__hotlist_remove(struct uv__hotlist* list, struct uv__fdtable* table,
                        int fd);
void uv__hotlist_free(struct uv__hotlist* list);

/* Walks the list: for audits. */
bool uv__hotlist_valid(const struct uv__hotlist* list,
                       const struct uv__fdtable* table);

#endif
