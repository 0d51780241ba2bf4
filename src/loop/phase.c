/* SPDX-License-Identifier: MIT */
/* Idle, prepare and check handles: three families that differ in the moment at
 * which they run and in nothing else, so the code is written once, as a macro
 * over their names. The newest start runs first, as in libuv.
 *
 * A run works on a list of its own: what a callback starts runs in the next
 * iteration, what it stops does not run any more in this one. */
#include "loop/phase.h"

#include "base/queue.h"
#include "loop/handle.h"
#include "unix/io/recorder.h"

#define PHASE(name, type_id)                                                   \
  int uv_##name##_init(uv_loop_t* loop, uv_##name##_t* handle) {               \
    uv__handle_init(loop, handle, type_id);                                    \
    handle->name##_cb = NULL;                                                  \
    uv__queue_init(&handle->queue);                                            \
    return 0;                                                                  \
  }                                                                            \
                                                                               \
  int uv_##name##_start(uv_##name##_t* handle, uv_##name##_cb cb) {            \
    if (uv__handle_is_active(handle)) return 0;                                \
    if (cb == NULL) return UV_EINVAL;                                          \
    if (uv__handle_is_closing(handle)) return UV_EINVAL;                       \
    handle->name##_cb = cb;                                                    \
    uv__queue_push_front(&handle->loop->name##_handles, &handle->queue);       \
    uv__handle_start(handle);                                                  \
    return 0;                                                                  \
  }                                                                            \
                                                                               \
  int uv_##name##_stop(uv_##name##_t* handle) {                                \
    if (!uv__handle_is_active(handle)) return 0;                               \
    uv__queue_remove(&handle->queue);                                          \
    uv__handle_stop(handle);                                                   \
    return 0;                                                                  \
  }                                                                            \
                                                                               \
  bool uv__##name##_close(uv_handle_t* handle) {                               \
    uv_##name##_stop((uv_##name##_t*) handle);                                 \
    return true;                                                               \
  }                                                                            \
                                                                               \
  __attribute__((noinline)) void uv__run_##name(uv_loop_t* loop) {             \
    struct uv__queue due;                                                      \
    if (uv__queue_empty(&loop->name##_handles)) return;                        \
    uv__queue_move(&loop->name##_handles, &due);                               \
    struct uv__recorder* r = uv__recorder_of(loop);                            \
    uv__record_begin(r);                                                       \
    while (!uv__queue_empty(&due)) {                                           \
      uv_##name##_t* handle =                                                  \
          uv__container_of(uv__queue_pop(&due), uv_##name##_t, queue);         \
      uv__queue_push(&loop->name##_handles, &handle->queue);                   \
      uv__record(r, type_id, handle->name##_cb, handle->name##_cb(handle));    \
    }                                                                          \
  }

PHASE(idle, UV_IDLE)
PHASE(prepare, UV_PREPARE)
PHASE(check, UV_CHECK)
