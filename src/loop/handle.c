/* SPDX-License-Identifier: MIT */
/* What all handles have in common: reference, activity, closing, walking. What
 * differs between the families is in their rows (src/tables.c). */
#include "loop/handle.h"

#include "base/queue.h"
#include "loop/closing.h"
#include "loop/tables.h"
#include "unix/io/recorder.h"

#include <stdio.h>

static void set_up(uv_loop_t* loop, uv_handle_t* handle, uv_handle_type type,
                   unsigned flags) {
  handle->loop = loop;
  handle->type = type;
  handle->flags = flags;
  handle->next_closing = NULL;
  handle->close_cb = NULL;
  uv__queue_init(&handle->handle_queue);
}

void uv__handle_init(uv_loop_t* loop, void* handle, uv_handle_type type) {
  set_up(loop, handle, type, UV__HANDLE_REF);
  uv__queue_push(&loop->handle_queue, &((uv_handle_t*) handle)->handle_queue);
}

void uv__handle_init_internal(uv_loop_t* loop, void* handle,
                              uv_handle_type type) {
  set_up(loop, handle, type, UV__HANDLE_INTERNAL);
}

void uv__handle_discard(void* handle) {
  uv__handle_stop(handle);
  uv__queue_remove(&((uv_handle_t*) handle)->handle_queue);
}

/* --- Reference and activity ----------------------------------------------- */

void uv_ref(uv_handle_t* handle) {
  if (handle->flags & UV__HANDLE_REF) return;
  handle->flags |= UV__HANDLE_REF;
  if (handle->flags & UV__HANDLE_CLOSING) return;
  if (uv__handle_is_active(handle)) handle->loop->active_handles++;
}

void uv_unref(uv_handle_t* handle) {
  if (!(handle->flags & UV__HANDLE_REF)) return;
  handle->flags &= ~(unsigned) UV__HANDLE_REF;
  if (handle->flags & UV__HANDLE_CLOSING) return;
  if (uv__handle_is_active(handle)) handle->loop->active_handles--;
}

int uv_has_ref(const uv_handle_t* handle) {
  return (handle->flags & UV__HANDLE_REF) != 0;
}

int uv_is_active(const uv_handle_t* handle) {
  return uv__handle_is_active(handle);
}

int uv_is_closing(const uv_handle_t* handle) {
  return uv__handle_is_closing(handle);
}

/* --- Closing -------------------------------------------------------------- */

void uv_close(uv_handle_t* handle, uv_close_cb close_cb) {
  UV__ASSERT(!uv__handle_is_closing(handle)); /* libuv's contract as well. */
  handle->flags |= UV__HANDLE_CLOSING;
  handle->close_cb = close_cb;
  bool (*close)(uv_handle_t*) = uv__handle_table[handle->type].close;
  if (close == NULL || close(handle)) uv__handle_close_ready(handle);
}

void uv__handle_close_ready(void* ptr) {
  uv_handle_t* handle = ptr;
  UV__CHECK(handle->flags & UV__HANDLE_CLOSING);
  UV__CHECK(!(handle->flags & UV__HANDLE_CLOSED));
  handle->next_closing = handle->loop->closing_handles;
  handle->loop->closing_handles = handle;
}

static void end(uv_handle_t* handle) {
  handle->flags |= UV__HANDLE_CLOSED;
  void (*finish)(uv_handle_t*) = uv__handle_table[handle->type].finish;
  if (finish != NULL) finish(handle);
  uv__handle_stop(handle);
  uv__queue_remove(&handle->handle_queue);
  if (handle->close_cb != NULL) handle->close_cb(handle);
}

void uv__run_closing_handles(uv_loop_t* loop) {
  uv_handle_t* next = loop->closing_handles;
  if (next == NULL) return;
  loop->closing_handles = NULL; /* What a callback closes is for next time. */
  struct uv__recorder* r = uv__recorder_of(loop);
  uv__record_begin(r);
  while (next != NULL) {
    uv_handle_t* handle = next;
    next = handle->next_closing;
    /* With many it is the way to memory that costs. */
    if (next != NULL) __builtin_prefetch(next, 1);
    struct uv__recorder* own = handle->close_cb != NULL ? r : NULL;
    uv__record(own, handle->type, handle->close_cb, end(handle));
  }
}

/* --- Looking at handles --------------------------------------------------- */

void uv_walk(uv_loop_t* loop, uv_walk_cb walk_cb, void* arg) {
  struct uv__queue rest;
  uv__queue_move(&loop->handle_queue, &rest);
  while (!uv__queue_empty(&rest)) {
    struct uv__queue* node = uv__queue_pop(&rest);
    uv__queue_push(&loop->handle_queue, node);
    uv_handle_t* handle = uv__container_of(node, uv_handle_t, handle_queue);
    if (!(handle->flags & UV__HANDLE_INTERNAL)) walk_cb(handle, arg);
  }
}

static void print(uv_loop_t* loop, bool only_active, FILE* stream) {
  if (loop == NULL) loop = uv_default_loop();
  if (loop == NULL) return; /* It could not be made, so it has none. */
  uv__queue_each(node, &loop->handle_queue) {
    const uv_handle_t* handle =
        uv__container_of(node, uv_handle_t, handle_queue);
    bool is_active = uv__handle_is_active(handle);
    if (only_active && !is_active) continue;
    fprintf(stream, "[%c%c%c] %-8s %p\n",
            handle->flags & UV__HANDLE_REF ? 'R' : '-', is_active ? 'A' : '-',
            handle->flags & UV__HANDLE_INTERNAL ? 'I' : '-',
            uv__handle_table[handle->type].name, (const void*) handle);
  }
}

void uv_print_all_handles(uv_loop_t* loop, FILE* stream) {
  print(loop, false, stream);
}

void uv_print_active_handles(uv_loop_t* loop, FILE* stream) {
  print(loop, true, stream);
}

int uv_fileno(const uv_handle_t* handle, uv_os_fd_t* fd) {
  int (*fd_of)(const uv_handle_t*) = uv__handle_table[handle->type].fd;
  if (fd_of == NULL) return UV_EINVAL;
  int found_fd = fd_of(handle);
  if (uv__handle_is_closing(handle) || found_fd == -1) return UV_EBADF;
  *fd = found_fd;
  return 0;
}

/* --- Plain fields --------------------------------------------------------- */

size_t uv_handle_size(uv_handle_type type) {
  bool is_known = type > UV_UNKNOWN_HANDLE && type < UV_HANDLE_TYPE_MAX;
  return is_known && uv__handle_table[type].size > 0
             ? uv__handle_table[type].size
             : (size_t) -1;
}

const char* uv_handle_type_name(uv_handle_type type) {
  bool is_known = type > UV_UNKNOWN_HANDLE && type < UV_HANDLE_TYPE_MAX;
  return is_known ? uv__handle_table[type].name : NULL;
}

uv_handle_type uv_handle_get_type(const uv_handle_t* handle) {
  return handle->type;
}

void* uv_handle_get_data(const uv_handle_t* handle) {
  return handle->data;
}

void uv_handle_set_data(uv_handle_t* handle, void* data) {
  handle->data = data;
}

uv_loop_t* uv_handle_get_loop(const uv_handle_t* handle) {
  return handle->loop;
}
