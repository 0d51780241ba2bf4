/* SPDX-License-Identifier: MIT */
/* The watches of a loop: see inotify-watch.h for the structures, inotify.c for
 * the nouns and for the events.
 *
 * What must hold: a watch is in the table unless it is orphaned, and exists as
 * long as a handle hangs on it (`handle_count`). So a callback may stop or
 * close any handle, due or not, and nothing that others need is freed. Handles
 * that are due wait on one list of the table, which a fork empties too.
 *
 * Makes no callback. Loop thread only. */
#include "unix/fs/inotify-watch.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/queue.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>

#define MASK                                                                   \
  (IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_DELETE_SELF |            \
   IN_MOVE_SELF | IN_MOVED_FROM | IN_MOVED_TO)

/* --- The table ------------------------------------------------------------ */

struct uv__watch_table* uv__watch_table_of(const uv_loop_t* loop) {
  return loop->inotify_watchers;
}

int uv__watch_table_ensure(uv_loop_t* loop) {
  if (loop->inotify_watchers != NULL) return 0;
  struct uv__watch_table* t = uv__calloc(1, sizeof(*t));
  if (t == NULL) return UV_ENOMEM;
  uv__queue_init(&t->due);
  loop->inotify_watchers = t;
  return 0;
}

void uv__watch_table_free(uv_loop_t* loop) {
  struct uv__watch_table* t = uv__watch_table_of(loop);
  if (t == NULL) return;
  UV__CHECK(t->count == 0); /* No handle is left, so no watch either. */
  UV__CHECK(uv__queue_empty(&t->due));
  uv__free(t->rows);
  uv__free(t);
  loop->inotify_watchers = NULL;
}

/* The place of `wd`, or where it would be. */
static size_t place_of(const struct uv__watch_table* t, int wd) {
  size_t low = 0;
  size_t high = t->count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (t->rows[middle]->wd < wd)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

struct uv__watch* uv__watch_find(const struct uv__watch_table* t, int wd) {
  const size_t place = place_of(t, wd);
  if (place == t->count || t->rows[place]->wd != wd) return NULL;
  return t->rows[place];
}

static bool reserve(struct uv__watch_table* t) {
  if (t->count < t->cap) return true;
  const size_t cap = t->cap > 0 ? t->cap * 2 : 8;
  struct uv__watch** rows = uv__realloc(t->rows, cap * sizeof(*rows));
  if (rows == NULL) return false;
  t->rows = rows;
  t->cap = cap;
  return true;
}

static void erase(struct uv__watch_table* t, const struct uv__watch* watch) {
  const size_t place = place_of(t, watch->wd);
  UV__CHECK(place < t->count && t->rows[place] == watch);
  t->count--;
  memmove(&t->rows[place], &t->rows[place + 1],
          (t->count - place) * sizeof(*t->rows));
}

/* A new watch for `wd` without handles; NULL when there is no memory. */
static struct uv__watch* insert(struct uv__watch_table* t, int wd) {
  if (!reserve(t)) return NULL;
  struct uv__watch* watch = uv__calloc(1, sizeof(*watch));
  if (watch == NULL) return NULL;
  watch->wd = wd;
  uv__queue_init(&watch->handles);

  const size_t place = place_of(t, wd);
  memmove(&t->rows[place + 1], &t->rows[place],
          (t->count - place) * sizeof(*t->rows));
  t->rows[place] = watch;
  t->count++;
  return watch;
}

/* --- Watches and handles -------------------------------------------------- */

struct uv__watch** uv__watch_ref(uv_fs_event_t* handle) {
  return (struct uv__watch**) (void*) &handle->u.reserved[0];
}

int uv__watch_attach(uv_fs_event_t* handle) {
  uv_loop_t* loop = handle->loop;
  struct uv__watch_table* t = uv__watch_table_of(loop);
  const int wd = inotify_add_watch(loop->inotify_fd, handle->path, MASK);
  if (wd < 0) return UV__ERR(errno);

  struct uv__watch* watch = uv__watch_find(t, wd);
  if (watch == NULL) watch = insert(t, wd);
  if (watch == NULL) {
    (void) inotify_rm_watch(loop->inotify_fd, wd);
    return UV_ENOMEM;
  }
  uv__queue_push(&watch->handles, &handle->watchers);
  watch->handle_count++;
  *uv__watch_ref(handle) = watch;
  handle->wd = wd;
  return 0;
}

/* Off its list and its watch; returns the watch, which may be of no use now. */
static struct uv__watch* unhang(uv_fs_event_t* handle) {
  struct uv__watch* watch = *uv__watch_ref(handle);
  uv__queue_remove(&handle->watchers);
  *uv__watch_ref(handle) = NULL;
  handle->wd = -1;
  if (watch == NULL) return NULL;
  UV__CHECK(watch->handle_count > 0);
  watch->handle_count--;
  return watch;
}

void uv__watch_detach(uv_fs_event_t* handle) {
  uv_loop_t* loop = handle->loop;
  struct uv__watch* watch = unhang(handle);
  if (watch == NULL || watch->handle_count > 0) return;
  UV__CHECK(uv__queue_empty(&watch->handles));
  if (!watch->is_orphaned) {
    erase(uv__watch_table_of(loop), watch);
    /* Fails when the inode has just gone, and IN_IGNORED is on its way or was
     * lost: then it will find no watch. */
    (void) inotify_rm_watch(loop->inotify_fd, watch->wd);
  }
  uv__free(watch);
}

void uv__watch_orphan(uv_loop_t* loop, struct uv__watch* watch) {
  UV__CHECK(!watch->is_orphaned);
  erase(uv__watch_table_of(loop), watch);
  watch->is_orphaned = true;
}

/* --- What is due ---------------------------------------------------------- */

void uv__watch_due(struct uv__watch_table* t, struct uv__watch* watch) {
  uv__queue_append(&t->due, &watch->handles);
}

void uv__watch_due_all(struct uv__watch_table* t) {
  for (size_t i = 0; i < t->count; i++) uv__watch_due(t, t->rows[i]);
}

uv_fs_event_t* uv__watch_next_due(struct uv__watch_table* t) {
  if (uv__queue_empty(&t->due)) return NULL;
  struct uv__queue* node = uv__queue_pop(&t->due);
  uv_fs_event_t* handle = uv__container_of(node, uv_fs_event_t, watchers);
  uv__queue_push(&(*uv__watch_ref(handle))->handles, node);
  return handle;
}

void uv__watch_dissolve(struct uv__watch_table* t, struct uv__queue* handles) {
  struct uv__queue all;
  uv__queue_init(&all);
  for (size_t i = 0; i < t->count; i++)
    uv__queue_append(&all, &t->rows[i]->handles);
  uv__queue_append(&all, &t->due);
  t->count = 0;
  t->generation++;

  while (!uv__queue_empty(&all)) {
    uv_fs_event_t* handle =
        uv__container_of(uv__queue_first(&all), uv_fs_event_t, watchers);
    struct uv__watch* watch = unhang(handle);
    if (watch != NULL && watch->handle_count == 0) uv__free(watch);
    uv__queue_push(handles, &handle->watchers);
  }
}
