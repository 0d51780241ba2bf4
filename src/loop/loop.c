/* SPDX-License-Identifier: MIT */
/* The loop's life: made from the loop modules in the order of their table,
 * unmade in reverse. */
#include "loop/loop.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/queue.h"
#include "loop/config.h"
#include "loop/handle.h"
#include "loop/tables.h"
#include "unix/io/control.h"

#include <signal.h>
#include <stdarg.h>
#include <string.h>

static uv_loop_t default_loop;
static uv_loop_t* default_loop_ptr;

static void clear(uv_loop_t* loop) {
  void* data = loop->data; /* The user's, also before uv_loop_init(). */
  memset(loop, 0, sizeof(*loop));
  loop->data = data;
  uv__queue_init(&loop->handle_queue);
  uv__queue_init(&loop->idle_handles);
  uv__queue_init(&loop->prepare_handles);
  uv__queue_init(&loop->check_handles);
  uv__queue_init(&loop->async_handles);
  uv__queue_init(&loop->process_handles);
  uv__queue_init(&loop->wq);
  loop->backend_fd = -1;
  loop->async_wfd = -1;
  loop->async_io_watcher.fd = -1;
  loop->signal_pipefd[0] = -1;
  loop->signal_pipefd[1] = -1;
  loop->signal_io_watcher.fd = -1;
  loop->inotify_fd = -1;
  loop->inotify_read_watcher.fd = -1;
  loop->emfile_fd = -1;
}

static void close_modules(uv_loop_t* loop, size_t count) {
  while (count-- > 0)
    if (uv__module_table[count].close != NULL)
      uv__module_table[count].close(loop);
}

static int init_modules(uv_loop_t* loop) {
  for (size_t i = 0; i < uv__module_count; i++) {
    int rc =
        uv__module_table[i].init == NULL ? 0 : uv__module_table[i].init(loop);
    if (rc == 0) continue;
    close_modules(loop, i);
    return rc;
  }
  return 0;
}

int uv__loop_io_init(uv_loop_t* loop) {
  const struct uv__config* config = uv__config();
  const struct uv__io_config io = {
    .monitor = config->monitor,
    .complaint = config->complaint,
    .ring_is_forbidden = config->ring_is_forbidden,
    .idle_ns = config->idle_ns,
    .spin = config->spin,
  };
  return uv__io_setup(loop, &uv__loop_of(loop)->io, &io);
}

int uv_loop_init(uv_loop_t* loop) {
  clear(loop);
  struct uv__loop* self = uv__calloc(1, sizeof(*self));
  if (self == NULL) return UV_ENOMEM;
  uv__queue_init(&self->timers_due);
  uv__queue_init(&self->async_due);
  loop->internal_fields = self;
  int rc = init_modules(loop);
  if (rc == 0) return 0;
  uv__free(self);
  loop->internal_fields = NULL;
  return rc;
}

static bool has_user_handles(const uv_loop_t* loop) {
  uv__queue_each(node, &loop->handle_queue) {
    const uv_handle_t* handle =
        uv__container_of(node, uv_handle_t, handle_queue);
    if (!(handle->flags & UV__HANDLE_INTERNAL)) return true;
  }
  return false;
}

int uv_loop_close(uv_loop_t* loop) {
  if (loop->active_reqs.count > 0 || loop->closing_handles != NULL ||
      has_user_handles(loop))
    return UV_EBUSY;
  close_modules(loop, uv__module_count);
  uv__free(loop->internal_fields);
  void* data = loop->data;
#ifndef NDEBUG
  memset(loop, -1, sizeof(*loop)); /* Use after close shows itself. */
#endif
  loop->internal_fields = NULL;
  loop->data = data;
  if (loop == default_loop_ptr) default_loop_ptr = NULL;
  return 0;
}

int uv_loop_fork(uv_loop_t* loop) {
  for (size_t i = 0; i < uv__module_count; i++) {
    int rc =
        uv__module_table[i].fork == NULL ? 0 : uv__module_table[i].fork(loop);
    if (rc != 0) return rc;
  }
  return 0;
}

int uv_loop_configure(uv_loop_t* loop, uv_loop_option option, ...) {
  if (option == UV_METRICS_IDLE_TIME) {
    uv__io_count_idle(loop);
    return 0;
  }
  if (option == UV_LOOP_USE_IO_URING_SQPOLL) return 0; /* A hint; not taken. */
  if (option != UV_LOOP_BLOCK_SIGNAL) return UV_ENOSYS;
  va_list args;
  va_start(args, option);
  int signum = va_arg(args, int);
  va_end(args);
  if (signum != SIGPROF) return UV_EINVAL;
  uv__io_block_sigprof(loop);
  return 0;
}

uv_loop_t* uv_default_loop(void) {
  if (default_loop_ptr != NULL) return default_loop_ptr;
  if (uv_loop_init(&default_loop) != 0) return NULL;
  default_loop_ptr = &default_loop;
  return default_loop_ptr;
}

uv_loop_t* uv_loop_new(void) {
  uv_loop_t* loop = uv__malloc(sizeof(*loop));
  if (loop == NULL) return NULL;
  loop->data = NULL;
  if (uv_loop_init(loop) == 0) return loop;
  uv__free(loop);
  return NULL;
}

void uv_loop_delete(uv_loop_t* loop) {
  bool is_default = loop == default_loop_ptr;
  int rc = uv_loop_close(loop);
  UV__ASSERT(rc == 0); /* The contract: all handles are closed by now. */
  if (!is_default) uv__free(loop);
}

size_t uv_loop_size(void) {
  return sizeof(uv_loop_t);
}

void* uv_loop_get_data(const uv_loop_t* loop) {
  return loop->data;
}

void uv_loop_set_data(uv_loop_t* loop, void* data) {
  loop->data = data;
}

/* Once: programs call it, and it runs again when the library is unloaded. */
__attribute__((destructor)) void uv_library_shutdown(void) {
  static int was_shut_down;
  if (__atomic_exchange_n(&was_shut_down, 1, __ATOMIC_ACQ_REL)) return;
  for (size_t i = uv__module_count; i-- > 0;)
    if (uv__module_table[i].shutdown != NULL) uv__module_table[i].shutdown();
}
