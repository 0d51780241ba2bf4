/* SPDX-License-Identifier: MIT */
/* Watchers: what a handle wants from its descriptor, noted in the fd table for
 * the next poll phase. Only closing makes a system call.
 *
 * loop->watchers, nwatchers and nfds stay filled, because programs see them in
 * uv.h; what the kernel has been told is in the fd table. */
#include "unix/io/io.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/queue.h"
#include "unix/io/hotset.h"
#include "unix/io/parts.h"
#include "unix/io/recorder.h"
#include "unix/monitor/monitor.h"
#include "unix/monitor/shell.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { ASKABLE = POLLIN | POLLOUT | POLLPRI | POLLRDHUP };

void uv__io_init(uv__io_t* w, uv__watch_cb cb, int fd) {
  memset(w, 0, sizeof(*w));
  uv__io_cb_assign(w, cb);
  uv__queue_init(&w->pending_queue);
  uv__queue_init(&w->watcher_queue);
  w->fd = fd;
}

void uv__io_set_cb(uv__io_t* w, uv__watch_cb cb) {
  uv__io_cb_assign(w, cb);
}

static int reserve(uv_loop_t* loop, struct uv__fdtable* table, int fd) {
  int rc = uv__fdtable_reserve(table, fd);
  if (rc != 0 || loop->nwatchers >= table->count) return rc;
  uv__io_t** watchers =
      uv__realloc(loop->watchers, table->count * sizeof(*watchers));
  if (watchers == NULL) return UV_ENOMEM;
  memset(watchers + loop->nwatchers, 0,
         (table->count - loop->nwatchers) * sizeof(*watchers));
  loop->watchers = watchers;
  loop->nwatchers = (unsigned) table->count;
  return 0;
}

__attribute__((noinline)) int uv__io_start(uv_loop_t* loop, uv__io_t* w,
                                           unsigned events) {
  UV__CHECK(w->fd >= 0);
  UV__CHECK((events & ~(unsigned) ASKABLE) == 0 && events != 0);
  if ((w->pevents & events) == events) return 0;
  struct uv__fdtable* table = uv__io_parts(loop)->hot->table;
  int rc = reserve(loop, table, w->fd);
  if (rc != 0) return rc;

  if (loop->watchers[w->fd] != NULL && loop->watchers[w->fd] != w)
    return UV_EEXIST;
  if (loop->watchers[w->fd] == NULL) loop->nfds++;
  UV__CHECK(loop->nfds <= loop->nwatchers);
  loop->watchers[w->fd] = w;
  w->pevents |= events;
  w->events = w->pevents;

  struct uv__slot* slot = &table->slots[w->fd];
  slot->want = (uint16_t) w->pevents;
  if (slot->have != slot->want) uv__fdtable_mark(table, w->fd);
  return 0;
}

void uv__io_stop(uv_loop_t* loop, uv__io_t* w, unsigned events) {
  if ((w->pevents & events) == 0) return;
  w->pevents &= ~events;
  w->events = w->pevents;

  const struct uv__hotset* hot = uv__io_parts(loop)->hot;
  struct uv__slot* slot = &hot->table->slots[w->fd];
  UV__CHECK(uv__slot_valid(slot));
  slot->want = (uint16_t) w->pevents;
  if (w->pevents == 0) {
    UV__CHECK(loop->watchers[w->fd] == w);
    loop->watchers[w->fd] = NULL;
    loop->nfds--;
  }
  /* That it wants nothing can wait until it fires, unless telling is free. */
  const struct uv__monitor_ops* ops = hot->monitor->ops;
  bool is_lazy =
      slot->want == 0 && ops != NULL && (ops->caps & UV__UPDATE_IS_FREE) == 0;
  if (slot->have != 0 && slot->have != slot->want && !is_lazy)
    uv__fdtable_mark(hot->table, w->fd);
}

void uv__io_close(uv_loop_t* loop, uv__io_t* w) {
  uv__queue_remove(&w->pending_queue);
  if (w->fd < 0) return;
  uv__io_stop(loop, w, w->pevents);
  /* Two handles may have been made for one descriptor: leave the other's. */
  if (!uv__io_is_watched(loop, w->fd))
    uv__hotset_forget(uv__io_parts(loop)->hot, w->fd);
}

void uv__io_feed(uv_loop_t* loop, uv__io_t* w) {
  UV__CHECK(uv__io_cb_bits(w) != 0);
  if (uv__queue_empty(&w->pending_queue))
    uv__queue_push(&loop->pending_queue, &w->pending_queue);
}

bool uv__io_is_watched(const uv_loop_t* loop, int fd) {
  return fd >= 0 && (unsigned) fd < loop->nwatchers &&
         loop->watchers[fd] != NULL;
}

/* Sockets and pipes can always be watched, so they need no trial, which would
 * cost two calls. About regular files only epoll knows: those of a disk cannot
 * be watched, some of procfs and sysfs can. */
int uv__io_check_fd(uv_loop_t* loop, int fd, bool* ret_tells_once) {
  struct stat about;
  if (fstat(fd, &about) != 0) return UV__ERR(errno);
  *ret_tells_once = S_ISREG(about.st_mode);
  if (S_ISSOCK(about.st_mode) || S_ISFIFO(about.st_mode)) return 0;
  return uv__shell_test(uv__io_parts(loop)->hot->shell, fd);
}

void uv__io_set_tells_once(uv_loop_t* loop, const uv__io_t* w) {
  UV__CHECK(uv__io_is_watched(loop, w->fd));
  uv__io_parts(loop)->hot->table->slots[w->fd].tells_once = true;
}

void uv__io_run_pending(uv_loop_t* loop) {
  struct uv__queue due;
  uv__queue_move(&loop->pending_queue, &due);
  if (uv__queue_empty(&due)) return;
  struct uv__recorder* r = uv__recorder_of(loop);
  uv__record_begin(r);
  while (!uv__queue_empty(&due)) {
    struct uv__queue* node = uv__queue_pop(&due);
    uv__io_t* w = uv__container_of(node, uv__io_t, pending_queue);
    const unsigned events = POLLOUT | UV__IO_FED;
    struct uv__call what = { UV_UNKNOWN_HANDLE, 0 };
    if (r != NULL) what = uv__recorder_fed(r, w, events);
    uv__record(r, what.type, what.address,
               ((uv__watch_cb) uv__io_cb_bits(w))(loop, w, events));
  }
}
