/* SPDX-License-Identifier: MIT */
/* The fd table's memory and its dirty list; see fdtable.h. */
#include "unix/io/fdtable.h"

#include "base/alloc.h"
#include "base/assert.h"

#include <string.h>

enum { COUNT_MIN = 64 };

/* Are exactly the slots dirty that the dirty list names, each once? */
static bool dirty_list_valid(const struct uv__fdtable* table) {
  size_t dirty = 0;
  for (size_t fd = 0; fd < table->count; fd++) {
    if (!uv__slot_valid(&table->slots[fd])) return false;
    dirty += table->slots[fd].is_dirty;
  }
  for (size_t i = 0; i < table->dirty_count; i++) {
    const struct uv__slot* slot = uv__fdtable_at(table, table->dirty[i]);
    if (slot == NULL || !slot->is_dirty) return false;
  }
  return dirty == table->dirty_count;
}

bool uv__fdtable_valid(const struct uv__fdtable* table) {
  UV__CHECK(table->dirty_count <= table->count);
  UV__CHECK(table->count == 0 || table->slots != NULL);
  UV__CHECK(table->count == 0 || table->dirty != NULL);
  if (UV__WALK_IS_DUE(table->count)) UV__AUDIT(dirty_list_valid(table));
  return true;
}

int uv__fdtable_reserve(struct uv__fdtable* table, int fd) {
  UV__CHECK(fd >= 0);
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
  UV__CHECK(uv__fdtable_valid(table));
  return 0;
}

void uv__fdtable_free(struct uv__fdtable* table) {
  uv__free(table->slots);
  uv__free(table->dirty);
  memset(table, 0, sizeof(*table));
}

void uv__fdtable_mark(struct uv__fdtable* table, int fd) {
  UV__CHECK((size_t) fd < table->count);
  struct uv__slot* slot = &table->slots[fd];
  if (slot->is_dirty) return;
  UV__CHECK(table->dirty_count < table->count);
  slot->is_dirty = true;
  table->dirty[table->dirty_count++] = fd;
  UV__CHECK(uv__fdtable_valid(table));
}
