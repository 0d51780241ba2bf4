/* SPDX-License-Identifier: MIT */
/* The hot set's set-up and end, and what must hold for it at every moment. */
#include "unix/io/hotset.h"

#include "unix/io/placement.h"

#include <string.h>

void uv__hotset_setup(struct uv__hotset* hot, struct uv__fdtable* table,
                      struct uv__monitor* monitor, struct uv__shell* shell,
                      struct uv__io_figures* figures, const void* loop) {
  *hot = (struct uv__hotset){
    .table = table,
    .monitor = monitor,
    .shell = shell,
    .figures = figures,
    .loop = loop,
  };
}

void uv__hotset_free(struct uv__hotset* hot) {
  uv__hotlist_free(&hot->list);
}

/* Is exactly on the list what is hot? Where the hot set is the shell, the list
 * stays empty. */
static bool all_hot_are_listed(const struct uv__hotset* hot) {
  size_t hot_count = 0;
  for (size_t fd = 0; fd < hot->table->count; fd++)
    hot_count += uv__slot_is_hot(&hot->table->slots[fd]);
  if (hot->monitor->ops == NULL) return hot_count == 0;
  return uv__hotset_is_shell(hot) || hot_count == hot->list.count;
}

bool uv__hotset_valid(const struct uv__hotset* hot) {
  const struct uv__hotlist* list = &hot->list;
  bool may_list = hot->monitor->ops != NULL && !uv__hotset_is_shell(hot) &&
                  !hot->monitor->parks_all;
  UV__CHECK(list->count <= list->cap && list->count <= hot->table->count);
  UV__CHECK(list->count == 0 || may_list);
  UV__CHECK(!hot->in_burst || hot->burst_waits > 0);
  if (UV__WALK_IS_DUE(list->count))
    UV__AUDIT(uv__hotlist_valid(list, hot->table));
  if (UV__WALK_IS_DUE(hot->table->count)) UV__AUDIT(all_hot_are_listed(hot));
  return true;
}
