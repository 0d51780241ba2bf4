/* SPDX-License-Identifier: MIT */
/* The table's memory and the dirty list; see fdtable.h. */
#include "unix/io/fdtable.h"

#include "base/alloc.h"
#include "base/assert.h"

#include <string.h>

enum { COUNT_MIN = 64 };

int uv__fdtable_reserve(struct uv__fdtable* table, int fd) {
  size_t need = (size_t) fd + 1;
  if (need <= table->count) return 0;
  size_t count = table->count < COUNT_MIN ? COUNT_MIN : table->count;
  while (count < need) count *= 2;

  int* dirty = uv__realloc(table->dirty, count * sizeof(*dirty));
  if (dirty == NULL) return UV_ENOMEM;
  table->dirty = dirty;
  struct uv__slot* slots = uv__realloc(table->slots, count * sizeof(*slots));
  if (slots == NULL) return UV_ENOMEM;
  table->slots = slots;

  memset(slots + table->count, 0, (count - table->count) * sizeof(*slots));
  for (size_t i = table->count; i < count; i++) slots[i].gen = 1;
  table->count = count;
  return 0;
}

void uv__fdtable_free(struct uv__fdtable* table) {
  uv__free(table->slots);
  uv__free(table->dirty);
  memset(table, 0, sizeof(*table));
}

void uv__fdtable_mark(struct uv__fdtable* table, int fd) {
  struct uv__slot* slot = &table->slots[fd];
  if (slot->is_dirty) return;
  UV__CHECK(table->dirty_count < table->count);
  slot->is_dirty = true;
  table->dirty[table->dirty_count++] = fd;
}
