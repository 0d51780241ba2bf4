/* SPDX-License-Identifier: MIT */
/* File system events from inotify(7).
 *
 * Nouns. A loop has one inotify descriptor, opened by the first start. A watch
 * is what the kernel knows: one per inode, found by its number `wd`. A handle
 * hangs on a watch; handles that name one inode share it, each with its own
 * spelling of the path. The watch goes with its last handle. All of that is
 * inotify-watch.c; here are the events and the API.
 *
 * The mechanism's defects. The kernel drops a watch by itself when the inode
 * goes (IN_IGNORED): such a watch is orphaned, its handles stay active and
 * silent until they are stopped, since the number may be given to another inode
 * one day. When the queue overflows, events are lost, and the kernel does not
 * say whose. Every handle is told to look again, by a change and a rename
 * without a name (ADR 9). A path that is renamed keeps being watched under its
 * old name.
 *
 * Callbacks may start, stop and close any handle: handles to be called wait on
 * the table's `due` list.
 *
 * Loop thread only. */
#include "unix/fs/fs-event.h"

#include "base/alloc.h"
#include "base/queue.h"
#include "base/text.h"
#include "loop/handle.h"
#include "unix/fs/inotify-watch.h"
#include "unix/io/io.h"
#include "unix/io/recorder.h"
#include "unix/os/fd.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/* Of events_of(): what is no change is a rename. */
#define CONTENT_MASK (IN_MODIFY | IN_ATTRIB)

/* Bytes per read: 15 events with the longest name, about 250 without. */
#define READ_BYTES 4096
#define EVENT_BYTES_MAX (sizeof(struct inotify_event) + NAME_MAX + 1)
/* Reads per wake-up, so that a busy directory does not starve the loop; the
 * rest is reported by the next poll phase. */
#define READS_MAX 32

static void on_readable(uv_loop_t* loop, uv__io_t* w, unsigned events);

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

/* Call each handle that is due, and still there when its turn comes. */
static void notify(struct uv__watch_table* t,
                   const struct inotify_event* event) {
  const int events = events_of(event->mask);
  uv_fs_event_t* handle;
  while ((handle = uv__watch_next_due(t)) != NULL) {
    uv__record_note(handle->loop, UV_FS_EVENT, handle->cb);
    handle->cb(handle, event->len > 0 ? event->name : base_name(handle->path),
               events, 0);
  }
}

/* Events were lost, of any handle. So every handle looks again, once. */
static void notify_overflow(struct uv__watch_table* t) {
  uv__watch_due_all(t);
  uv_fs_event_t* handle;
  while ((handle = uv__watch_next_due(t)) != NULL) {
    uv__record_note(handle->loop, UV_FS_EVENT, handle->cb);
    handle->cb(handle, NULL, UV_RENAME | UV_CHANGE, 0);
  }
}

static void take_event(uv_loop_t* loop, const struct inotify_event* event) {
  struct uv__watch_table* t = uv__watch_table_of(loop);
  if (event->mask & IN_Q_OVERFLOW) {
    notify_overflow(t);
    return;
  }
  struct uv__watch* watch = uv__watch_find(t, event->wd);
  if (watch == NULL) return; /* Stopped meanwhile. */
  if (event->mask & IN_IGNORED) uv__watch_orphan(loop, watch);
  uv__watch_due(t, watch);
  notify(t, event);
}

/* Take a buffer of events; false when a callback has changed the ground under
 * it (uv_loop_fork() in a child), so that the rest means nothing. */
static bool take_events(uv_loop_t* loop, const char* at, const char* end) {
  const struct uv__watch_table* t = uv__watch_table_of(loop);
  const unsigned generation = t->generation;
  while (at < end) {
    const struct inotify_event* event = (const void*) at;
    at += sizeof(*event) + event->len;
    take_event(loop, event);
    if (t->generation != generation) return false;
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

  int rc = uv__watch_table_ensure(loop);
  if (rc != 0) return rc;
  const int fd = uv__fd_own(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (fd < 0) return fd;

  uv__io_init(&loop->inotify_read_watcher, on_readable, fd);
  rc = uv__io_start(loop, &loop->inotify_read_watcher, POLLIN);
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

/* The descriptor is shared with the parent, and an event goes to the process
 * that reads first. So the child opens its own and watches all paths again. A
 * handle whose path does not exist any more stays silent, as after
 * IN_IGNORED. */
int uv__fs_event_module_fork(uv_loop_t* loop) {
  if (loop->inotify_fd == -1) return 0;
  close_descriptor(loop);

  struct uv__queue handles;
  uv__queue_init(&handles);
  uv__watch_dissolve(uv__watch_table_of(loop), &handles);

  int first_error = ensure_open(loop);
  while (!uv__queue_empty(&handles)) {
    struct uv__queue* node = uv__queue_pop(&handles);
    uv_fs_event_t* handle = uv__container_of(node, uv_fs_event_t, watchers);
    const int rc = loop->inotify_fd != -1 ? uv__watch_attach(handle) : 0;
    if (rc != UV_ENOENT && first_error == 0) first_error = rc;
  }
  return first_error;
}

void uv__fs_event_module_close(uv_loop_t* loop) {
  close_descriptor(loop);
  uv__watch_table_free(loop);
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
  *uv__watch_ref(handle) = NULL;
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
  rc = uv__watch_attach(handle);
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
  uv__watch_detach(handle);
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
