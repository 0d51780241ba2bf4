/* SPDX-License-Identifier: MIT */
/* What inotify(7) watches for a loop: its watches by number, and the handles on
 * each. Private to inotify.c and inotify-watch.c.
 *
 * A handle is on one list at a time, its watch's `handles` or the table's
 * `due`, or on none when it is not active. */
#ifndef POLLUX_UNIX_FS_INOTIFY_WATCH_H
#define POLLUX_UNIX_FS_INOTIFY_WATCH_H

#include "base/abi.h"

#include <stdbool.h>
#include <stddef.h>

struct uv__watch {
  int wd;
  bool is_orphaned;    /* The kernel has dropped it; not in the table. */
  size_t handle_count; /* Those on `handles` and those that are due. */
  struct uv__queue handles;
};

/* loop->inotify_watchers: rows by ascending wd. Numbers are given out in
 * ascending order, so a new watch nearly always goes to the end. */
struct uv__watch_table {
  size_t count;
  size_t cap;
  struct uv__watch** rows;
  struct uv__queue due; /* Handles to be called for the event at hand. */
  unsigned generation;  /* Changes at a fork: numbers mean other inodes then. */
};

/* NULL before the first start. */
struct uv__watch_table* uv__watch_table_of(const uv_loop_t* loop);
/* Make the table unless it is there; 0 or UV_ENOMEM. */
int uv__watch_table_ensure(uv_loop_t* loop);
/* No handle may be active. */
void uv__watch_table_free(uv_loop_t* loop);

/* Where a handle keeps its watch: the number alone would not find one that is
 * orphaned. NULL when it hangs on none. */
struct uv__watch** uv__watch_ref(uv_fs_event_t* handle);

/* The watch with that number, or NULL. */
struct uv__watch* uv__watch_find(const struct uv__watch_table* t, int wd);
/* Hang the handle on the watch of the inode that its path names now. */
int uv__watch_attach(uv_fs_event_t* handle);
/* Take it off again. The watch goes with its last handle. */
void uv__watch_detach(uv_fs_event_t* handle);
/* The kernel has dropped it by itself. */
void uv__watch_orphan(uv_loop_t* loop, struct uv__watch* watch);

/* All handles on `watch` are due; the same for all watches. A handle that
 * starts later is not due, and one that stops is due no more. */
void uv__watch_due(struct uv__watch_table* t, struct uv__watch* watch);
void uv__watch_due_all(struct uv__watch_table* t);
/* The next that is due, back on its watch; NULL when there is none. */
uv_fs_event_t* uv__watch_next_due(struct uv__watch_table* t);

/* Empty the table. Its handles go to `handles` and hang on nothing then; those
 * on orphaned watches stay where they are, unless they are due. */
void uv__watch_dissolve(struct uv__watch_table* t, struct uv__queue* handles);

#endif
