/* SPDX-License-Identifier: MIT */
/* The list of hot descriptors: an array; the last one fills a gap. */
#include "unix/io/hotlist.h"

#include "base/alloc.h"

#include <string.h>

enum { CAP_MIN = 16 };

bool uv__hotlist_reserve(struct uv__hotlist* list) {
  if (list->count < list->cap) return true;
  size_t cap = list->cap == 0 ? CAP_MIN : list->cap * 2;
  int* fds = uv__realloc(list->fds, cap * sizeof(*fds));
  if (fds == NULL) return false;
  list->fds = fds;
  list->cap = cap;
  return true;
}

static bool is_at(const struct uv__hotlist* list, size_t at, int fd) {
  return at < list->count && list->fds[at] == fd;
}

void uv__hotlist_add(struct uv__hotlist* list, struct uv__fdtable* table,
                     int fd) {
  UV__CHECK(list->count < list->cap);
  UV__CHECK(!is_at(list, table->slots[fd].hot_at, fd));
  table->slots[fd].hot_at = (uint32_t) list->count;
  list->fds[list->count++] = fd;
}

void uv__hotlist_remove(struct uv__hotlist* list, struct uv__fdtable* table,
                        int fd) {
  uint32_t at = table->slots[fd].hot_at;
  UV__CHECK(is_at(list, at, fd));
  int last = list->fds[--list->count];
  list->fds[at] = last;
  table->slots[last].hot_at = at;
  UV__CHECK(last == fd || is_at(list, at, last));
}

void uv__hotlist_free(struct uv__hotlist* list) {
  uv__free(list->fds);
  memset(list, 0, sizeof(*list));
}

bool uv__hotlist_valid(const struct uv__hotlist* list,
                       const struct uv__fdtable* table) {
  for (size_t i = 0; i < list->count; i++) {
    const struct uv__slot* slot = uv__fdtable_at(table, list->fds[i]);
    if (slot == NULL || slot->hot_at != i || !uv__slot_is_hot(slot))
      return false;
  }
  return true;
}
