/* SPDX-License-Identifier: MIT */
/* File system events from inotify(7).
 *
 * Nouns. A loop has one inotify descriptor, opened by the first start. A
 * `watch` is what the kernel knows: one per inode, found by its number `wd`. A
 * handle hangs on a watch; handles that name one inode share it, each with its
 * own spelling of the path. The watch goes with its last handle.
 *
 * The mechanism's defects. The kernel drops a watch by itself when the inode
 * goes (IN_IGNORED): such a watch is orphaned, its handles stay active and
 * silent until they are stopped, since the number may be given to another inode
 * one day. When the queue overflows, events are lost and nobody can say whose:
 * that event belongs to no watch and is dropped, as by libuv. A path that is
 * renamed keeps being watched under its old name.
 *
 * Callbacks may start, stop and close any handle. While a watch's handles are
 * called they wait on its `due` list, and `is_busy` keeps the watch.
 *
 * Loop thread only. */
#include "unix/fs/fs-event.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/queue.h"
#include "base/text.h"
#include "loop/handle.h"
#include "unix/io/io.h"
#include "unix/os/fd.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define CONTENT_MASK (IN_MODIFY | IN_ATTRIB)
#define NAME_MASK                                                             \
  (IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_MOVED_FROM |    \
   IN_MOVED_TO)

/* Bytes per read: 15 events with the longest name, about 250 without. */
#define READ_BYTES 4096
#define EVENT_BYTES_MAX (sizeof(struct inotify_event) + NAME_MAX + 1)
/* Reads per wake-up, so that a busy directory does not starve the loop; the
 * rest is reported by the next poll phase. */
#define READS_MAX 32

struct watch {
  int wd;
  bool is_busy;     /* Its handles are being called. */
  bool is_orphaned; /* The kernel has dropped it; not in the table any more. */
  struct uv__queue handles;
  struct uv__queue due; /* Handles to be called for the event at hand. */
};

/* loop->inotify_watchers: by ascending wd. Numbers are given out in ascending
 * order, so a new watch nearly always goes to the end. */
struct table {
  size_t count;
  size_t cap;
  struct watch** rows;
  unsigned generation; /* Changes at a fork: numbers mean other inodes then. */
};

static void on_readable(uv_loop_t* loop, uv__io_t* w, unsigned events);

/* --- The table ------------------------------------------------------------ */

static struct table* table_of(const uv_loop_t* loop) {
  return loop->inotify_watchers;
}

/* The place of `wd`, or where it would be. */
static size_t place_of(const struct table* t, int wd) {
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

static struct watch* find(const struct table* t, int wd) {
  const size_t place = place_of(t, wd);
  if (place == t->count || t->rows[place]->wd != wd) return NULL;
  return t->rows[place];
}

static bool reserve(struct table* t) {
  if (t->count < t->cap) return true;
  const size_t cap = t->cap > 0 ? t->cap * 2 : 8;
  struct watch** rows = uv__realloc(t->rows, cap * sizeof(*rows));
  if (rows == NULL) return false;
  t->rows = rows;
  t->cap = cap;
  return true;
}

static void erase(struct table* t, const struct watch* watch) {
  const size_t place = place_of(t, watch->wd);
  UV__CHECK(place < t->count && t->rows[place] == watch);
  t->count--;
  memmove(&t->rows[place], &t->rows[place + 1],
          (t->count - place) * sizeof(*t->rows));
}

/* A new watch for `wd` without handles; NULL when there is no memory. */
static struct watch* insert(struct table* t, int wd) {
  if (!reserve(t)) return NULL;
  struct watch* watch = uv__calloc(1, sizeof(*watch));
  if (watch == NULL) return NULL;
  watch->wd = wd;
  uv__queue_init(&watch->handles);
  uv__queue_init(&watch->due);

  const size_t place = place_of(t, wd);
  memmove(&t->rows[place + 1], &t->rows[place],
          (t->count - place) * sizeof(*t->rows));
  t->rows[place] = watch;
  t->count++;
  return watch;
}

/* --- Watches and handles -------------------------------------------------- */

/* Where a handle keeps its watch: the number alone would not find one that is
 * orphaned. NULL when it hangs on none. */
static struct watch** watch_ref(uv_fs_event_t* handle) {
  return (struct watch**) (void*) &handle->u.reserved[0];
}

static void release_if_unused(uv_loop_t* loop, struct watch* watch) {
  if (watch->is_busy || !uv__queue_empty(&watch->handles)) return;
  UV__CHECK(uv__queue_empty(&watch->due));
  if (!watch->is_orphaned) {
    erase(table_of(loop), watch);
    /* Fails when the inode has just gone, and IN_IGNORED is on its way: then
     * it will find no watch. */
    (void) inotify_rm_watch(loop->inotify_fd, watch->wd);
  }
  uv__free(watch);
}

static void orphan(uv_loop_t* loop, struct watch* watch) {
  UV__CHECK(!watch->is_orphaned);
  erase(table_of(loop), watch);
  watch->is_orphaned = true;
}

/* Hang the handle on the watch of the inode that its path names now. */
static int attach(uv_fs_event_t* handle) {
  uv_loop_t* loop = handle->loop;
  const int wd = inotify_add_watch(loop->inotify_fd, handle->path,
                                   CONTENT_MASK | NAME_MASK);
  if (wd < 0) return UV__ERR(errno);

  struct watch* watch = find(table_of(loop), wd);
  if (watch == NULL) watch = insert(table_of(loop), wd);
  if (watch == NULL) {
    (void) inotify_rm_watch(loop->inotify_fd, wd);
    return UV_ENOMEM;
  }
  uv__queue_push(&watch->handles, &handle->watchers);
  *watch_ref(handle) = watch;
  handle->wd = wd;
  return 0;
}

static void detach(uv_fs_event_t* handle) {
  struct watch* watch = *watch_ref(handle);
  uv__queue_remove(&handle->watchers);
  *watch_ref(handle) = NULL;
  handle->wd = -1;
  if (watch != NULL) release_if_unused(handle->loop, watch);
}

/* --- Events --------------------------------------------------------------- */

static const char* base_name(const char* path) {
  const char* slash = strrchr(path, '/');
  return slash != NULL ? slash + 1 : path;
}

/* What changed inside the inode is a change; all else, flags such as IN_ISDIR
 * and IN_IGNORED included, is a rename, as programs know it from libuv. */
static int events_of(uint32_t mask) {
  int events = 0;
  if ((mask & CONTENT_MASK) != 0) events |= UV_CHANGE;
  if ((mask & ~(uint32_t) CONTENT_MASK) != 0) events |= UV_RENAME;
  return events;
}

/* Call everyone who hangs on `watch` now and is still there when its turn
 * comes. */
static void notify(uv_loop_t* loop,
                   struct watch* watch,
                   const struct inotify_event* event) {
  const int events = events_of(event->mask);
  uv__queue_append(&watch->due, &watch->handles);
  watch->is_busy = true;
  while (!uv__queue_empty(&watch->due)) {
    struct uv__queue* node = uv__queue_pop(&watch->due);
    uv_fs_event_t* handle = uv__container_of(node, uv_fs_event_t, watchers);
    uv__queue_push(&watch->handles, node);
    handle->cb(handle,
               event->len > 0 ? event->name : base_name(handle->path),
               events,
               0);
  }
  watch->is_busy = false;
  release_if_unused(loop, watch);
}

static void take_event(uv_loop_t* loop, const struct inotify_event* event) {
  struct watch* watch = find(table_of(loop), event->wd);
  if (watch == NULL) return; /* Stopped meanwhile, or IN_Q_OVERFLOW. */
  if (event->mask & IN_IGNORED) orphan(loop, watch);
  notify(loop, watch, event);
}

/* Take a buffer of events; false when a callback has changed the ground under
 * it (uv_loop_fork() in a child), so that the rest means nothing. */
static bool take_events(uv_loop_t* loop, const char* at, const char* end) {
  const unsigned generation = table_of(loop)->generation;
  while (at < end) {
    const struct inotify_event* event = (const void*) at;
    at += sizeof(*event) + event->len;
    take_event(loop, event);
    if (table_of(loop)->generation != generation) return false;
  }
  return true;
}

static void on_readable(uv_loop_t* loop, uv__io_t* w, unsigned events) {
  _Alignas(struct inotify_event) char buf[READ_BYTES];
  (void) events;

  for (int reads = 0; reads < READS_MAX; reads++) {
    const ssize_t got = read(w->fd, buf, sizeof(buf));
    if (got <= 0) {
      /* Something went wrong with the descriptor for good: rather no events
       * than a loop that never sleeps again. */
      if (got == 0 || (errno != EAGAIN && errno != EINTR))
        uv__io_stop(loop, w, POLLIN);
      return;
    }
    if (!take_events(loop, buf, buf + got)) return;
    /* The longest event would have fit as well: the queue was empty. */
    if ((size_t) got + EVENT_BYTES_MAX <= sizeof(buf)) return;
  }
}

/* --- Rows ----------------------------------------------------------------- */

/* Open the loop's descriptor and table unless they are there. */
static int ensure_open(uv_loop_t* loop) {
  if (loop->inotify_fd != -1) return 0;

  if (table_of(loop) == NULL) {
    loop->inotify_watchers = uv__calloc(1, sizeof(struct table));
    if (loop->inotify_watchers == NULL) return UV_ENOMEM;
  }
  const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) return UV__ERR(errno);

  uv__io_init(&loop->inotify_read_watcher, on_readable, fd);
  const int rc = uv__io_start(loop, &loop->inotify_read_watcher, POLLIN);
  if (rc != 0) {
    (void) uv__close(fd);
    return rc;
  }
  loop->inotify_fd = fd;
  return 0;
}

static void close_descriptor(uv_loop_t* loop) {
  if (loop->inotify_fd == -1) return;
  uv__io_close(loop, &loop->inotify_read_watcher);
  (void) uv__close(loop->inotify_fd);
  loop->inotify_fd = -1;
  loop->inotify_read_watcher.fd = -1;
}

int uv__fs_event_module_init(uv_loop_t* loop) {
  loop->inotify_fd = -1;
  loop->inotify_watchers = NULL;
  uv__io_init(&loop->inotify_read_watcher, on_readable, -1);
  return 0;
}

/* Empty the table; its handles go to `handles`. A busy watch is left to the
 * notify() that we are called from. */
static void dissolve(struct table* t, struct uv__queue* handles) {
  for (size_t i = 0; i < t->count; i++) {
    struct watch* watch = t->rows[i];
    uv__queue_append(handles, &watch->handles);
    uv__queue_append(handles, &watch->due);
    watch->is_orphaned = true;
    if (!watch->is_busy) uv__free(watch);
  }
  t->count = 0;
  t->generation++;
}

/* The descriptor is shared with the parent: whoever reads first gets the event.
 * So the child opens its own and watches all paths again. What a path names no
 * longer exists for some: those handles stay silent, like after IN_IGNORED. */
int uv__fs_event_module_fork(uv_loop_t* loop) {
  if (loop->inotify_fd == -1) return 0;
  close_descriptor(loop);

  struct uv__queue handles;
  uv__queue_init(&handles);
  dissolve(table_of(loop), &handles);

  int first_error = ensure_open(loop);
  while (!uv__queue_empty(&handles)) {
    struct uv__queue* node = uv__queue_pop(&handles);
    uv_fs_event_t* handle = uv__container_of(node, uv_fs_event_t, watchers);
    *watch_ref(handle) = NULL;
    handle->wd = -1;
    const int rc = loop->inotify_fd != -1 ? attach(handle) : 0;
    if (rc != UV_ENOENT && first_error == 0) first_error = rc;
  }
  return first_error;
}

void uv__fs_event_module_close(uv_loop_t* loop) {
  close_descriptor(loop);
  struct table* t = table_of(loop);
  if (t == NULL) return;
  UV__CHECK(t->count == 0); /* No handle is left, so no watch either. */
  uv__free(t->rows);
  uv__free(t);
  loop->inotify_watchers = NULL;
}

bool uv__fs_event_close(uv_handle_t* handle) {
  (void) uv_fs_event_stop((uv_fs_event_t*) handle);
  return true;
}

/* --- API ------------------------------------------------------------------ */

int uv_fs_event_init(uv_loop_t* loop, uv_fs_event_t* handle) {
  uv__handle_init(loop, handle, UV_FS_EVENT);
  handle->path = NULL;
  handle->wd = -1;
  *watch_ref(handle) = NULL;
  uv__queue_init(&handle->watchers);
  return 0;
}

/* No flag means anything on Linux: entry and recursive watching do not exist,
 * a directory is watched with its entries. */
int uv_fs_event_start(uv_fs_event_t* handle, uv_fs_event_cb cb,
                      const char* path, unsigned int flags) {
  (void) flags;
  if (cb == NULL || path == NULL) return UV_EINVAL;
  if (uv__handle_is_active(handle) || uv__handle_is_closing(handle))
    return UV_EINVAL;

  int rc = ensure_open(handle->loop);
  if (rc != 0) return rc;
  handle->path = uv__strdup(path);
  if (handle->path == NULL) return UV_ENOMEM;
  rc = attach(handle);
  if (rc != 0) {
    uv__free(handle->path);
    handle->path = NULL;
    return rc;
  }
  handle->cb = cb;
  uv__handle_start(handle);
  return 0;
}

int uv_fs_event_stop(uv_fs_event_t* handle) {
  if (!uv__handle_is_active(handle)) return 0;
  uv__handle_stop(handle);
  detach(handle);
  uv__free(handle->path);
  handle->path = NULL;
  return 0;
}

int uv_fs_event_getpath(uv_fs_event_t* handle, char* buffer, size_t* size) {
  if (buffer == NULL || size == NULL) return UV_EINVAL;
  if (!uv__handle_is_active(handle)) {
    *size = 0;
    return UV_EINVAL;
  }
  return uv__copy_out(handle->path, strlen(handle->path), buffer, size);
}
