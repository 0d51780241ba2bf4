/* SPDX-License-Identifier: MIT */
/* Poll handles: readiness of a descriptor that belongs to the user.
 *
 * The user may close the descriptor after uv_poll_stop(), after uv_close(), and
 * in the callback with an error. So each of these first makes the kernel forget
 * the descriptor (uv__io_close()). Changing the mask does not: programs do that
 * in every callback, and it must be cheap.
 *
 * So a handle either wants events and is active, or it wants none, and then the
 * loop and the kernel know nothing of it. An inactive handle never uses the
 * number in `io_watcher.fd`, which may name another file by then.
 *
 * Loop thread only. */
#include "unix/net/poll-handle.h"

#include "base/queue.h"
#include "loop/handle.h"
#include "unix/io/io.h"
#include "unix/os/fd.h"

/* Pairs of an event of the API and an event of poll(2). */
static const struct {
  unsigned api;
  unsigned system;
} event_map[] = {
  { UV_READABLE, POLLIN },
  { UV_WRITABLE, POLLOUT },
  { UV_DISCONNECT, POLLRDHUP },
  { UV_PRIORITIZED, POLLPRI },
};

#define EVENT_COUNT (sizeof(event_map) / sizeof(event_map[0]))
#define API_EVENTS                                                             \
  ((unsigned) (UV_READABLE | UV_WRITABLE | UV_DISCONNECT | UV_PRIORITIZED))
#define SYSTEM_EVENTS ((unsigned) (POLLIN | POLLOUT | POLLRDHUP | POLLPRI))

static unsigned to_system(unsigned api) {
  unsigned system = 0;
  for (size_t i = 0; i < EVENT_COUNT; i++)
    if (api & event_map[i].api) system |= event_map[i].system;
  return system;
}

static unsigned to_api(unsigned system) {
  unsigned api = 0;
  for (size_t i = 0; i < EVENT_COUNT; i++)
    if (system & event_map[i].system) api |= event_map[i].api;
  return api;
}

static void forget(uv_poll_t* handle) {
  if (!uv__handle_is_active(handle)) return;
  uv__io_close(handle->loop, &handle->io_watcher);
  uv__handle_stop(handle);
}

static void on_ready(uv_loop_t* loop, uv__io_t* w, unsigned events) {
  uv_poll_t* handle = uv__container_of(w, uv_poll_t, io_watcher);
  uv__io_count_opaque(loop);

  /* sysfs and procfs raise POLLERR together with POLLPRI when a value has
   * changed: that is no error. */
  if ((events & POLLERR) && !(events & POLLPRI)) {
    forget(handle);
    handle->poll_cb(handle, UV_EBADF, 0);
    return;
  }
  /* After a hang-up without other events, io/dispatch.c reports all events that
   * were wanted: the user's next read or write returns the reason. */
  handle->poll_cb(handle, 0, (int) to_api(events));
}

int uv_poll_init(uv_loop_t* loop, uv_poll_t* handle, int fd) {
  if (uv__io_is_watched(loop, fd)) return UV_EEXIST;
  bool tells_once;
  int rc = uv__io_check_fd(loop, fd, &tells_once);
  if (rc != 0) return rc;
  rc = uv__fd_set_nonblock(fd, true);
  if (rc != 0) return rc;

  uv__handle_init(loop, handle, UV_POLL);
  handle->poll_cb = NULL;
  uv__io_init(&handle->io_watcher, on_ready, fd);
  if (tells_once) handle->flags |= UV__POLL_TELLS_ONCE;
  return 0;
}

int uv_poll_init_socket(uv_loop_t* loop, uv_poll_t* handle, uv_os_sock_t sock) {
  return uv_poll_init(loop, handle, sock);
}

/* Replaces the events that were wanted; no events are the same as
 * uv_poll_stop(). */
int uv_poll_start(uv_poll_t* handle, int events, uv_poll_cb poll_cb) {
  const unsigned api = (unsigned) events;
  if ((api & ~API_EVENTS) != 0) return UV_EINVAL;
  if (uv__handle_is_closing(handle)) return UV_EINVAL;
  if (api == 0) return uv_poll_stop(handle);
  if (poll_cb == NULL) return UV_EINVAL;

  uv__io_t* w = &handle->io_watcher;
  if (!uv__handle_is_active(handle) && uv__io_is_watched(handle->loop, w->fd))
    return UV_EEXIST;

  const unsigned want = to_system(api);
  int rc = uv__io_start(handle->loop, w, want);
  if (rc != 0) return rc;
  uv__io_stop(handle->loop, w, SYSTEM_EVENTS & ~want);
  if (handle->flags & UV__POLL_TELLS_ONCE)
    uv__io_set_tells_once(handle->loop, w);
  handle->poll_cb = poll_cb;
  uv__handle_start(handle);
  return 0;
}

int uv_poll_stop(uv_poll_t* handle) {
  forget(handle);
  return 0;
}

bool uv__poll_handle_close(uv_handle_t* handle) {
  forget((uv_poll_t*) handle);
  return true;
}

int uv__poll_handle_fd(const uv_handle_t* handle) {
  return ((const uv_poll_t*) handle)->io_watcher.fd;
}

bool uv__poll_handle_describe(uv__io_t* w, unsigned events,
                              struct uv__call* ret_call) {
  (void) events;
  if (uv__io_cb_bits(w) != (uintptr_t) on_ready) return false;
  const uv_poll_t* handle = uv__container_of(w, uv_poll_t, io_watcher);
  ret_call->type = UV_POLL;
  ret_call->address = (uintptr_t) handle->poll_cb;
  return true;
}
