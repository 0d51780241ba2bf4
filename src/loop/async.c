/* SPDX-License-Identifier: MIT */
/* Async handles. A send raises the handle's `pending` flag; the one that raised
 * it puts the handle on the loop's stack of sent handles and wakes the loop. So
 * sends coalesce, and the loop visits only handles that were sent: the cost
 * follows the sends, never the number of handles.
 *
 *   sender, any thread or signal handler     loop thread
 *   busy + 1                                 take the whole stack, oldest first
 *   exchange pending to 1; it was 1: done    for each: pending = 0, callback
 *   push on the stack; wake the loop
 *   busy - 1
 *
 * The stack is push-one, take-all: no node is ever popped from under another
 * thread, so there is no ABA problem. `pending` falls before the callback runs,
 * so a send during the callback is not lost.
 *
 * Closing raises `pending` itself, which keeps later senders off, waits for
 * senders that are inside (busy), and then takes the handle off the stack if it
 * was on it. A signal handler that interrupted this thread has finished before
 * we go on, and other threads need a few instructions: yielding is enough.
 *
 * uv_async_t has no room of its own for the links, but uv_handle_t has four
 * spare words (`u.reserved`). */
#include "loop/async.h"

#include "base/assert.h"
#include "base/atomics.h"
#include "base/queue.h"
#include "loop/handle.h"
#include "loop/loop.h"
#include "unix/io/wake.h"
#include "unix/os/thread.h"

struct spare {
  uv_async_t* below;     /* On the stack: the one sent before. */
  uintptr_t busy;        /* Atomic: senders inside. */
  struct uv__queue due;  /* In the loop's list of due handles. */
};

_Static_assert(sizeof(struct spare) <= sizeof(((uv_handle_t*) 0)->u),
               "the links live in the spare words");

static struct spare* spare_of(uv_async_t* handle) {
  return (struct spare*) &handle->u;
}

static uv_async_t* async_of(struct uv__queue* node) {
  return uv__container_of(node, uv_async_t, u.reserved[2]);
}

_Static_assert(offsetof(struct spare, due) == 2 * sizeof(void*),
               "as async_of() has it");

static void prepare(uv_loop_t* loop, uv_async_t* handle, uv_async_cb cb) {
  struct spare* spare = spare_of(handle);
  spare->below = NULL;
  spare->busy = 0;
  uv__queue_init(&spare->due);
  handle->async_cb = cb;
  handle->pending = 0;
  uv__queue_push(&loop->async_handles, &handle->queue);
  uv__handle_start(handle);
}

int uv_async_init(uv_loop_t* loop, uv_async_t* handle, uv_async_cb cb) {
  uv__handle_init(loop, handle, UV_ASYNC);
  prepare(loop, handle, cb);
  return 0;
}

int uv__async_init_internal(uv_loop_t* loop, uv_async_t* handle,
                            uv_async_cb cb) {
  uv__handle_init_internal(loop, handle, UV_ASYNC);
  prepare(loop, handle, cb);
  return 0;
}

static void push(struct uv__loop* self, uv_async_t* handle) {
  uv_async_t* top = uv__load_relaxed(&self->async_stack);
  do
    spare_of(handle)->below = top;
  while (!uv__cas_weak(&self->async_stack, &top, handle));
}

int uv_async_send(uv_async_t* handle) {
  if (uv__load_relaxed(&handle->pending) != 0) return 0;
  struct spare* spare = spare_of(handle);
  uv__fetch_add(&spare->busy, 1);
  if (uv__exchange(&handle->pending, 1) == 0) {
    uv_loop_t* loop = handle->loop;
    push(uv__loop_of(loop), handle);
    uv__wake_send(loop);
  }
  uv__fetch_add(&spare->busy, (uintptr_t) -1);
  return 0;
}

/* Move what was sent behind what is due already, oldest first. */
static void take(struct uv__loop* self) {
  uv_async_t* handle = uv__exchange(&self->async_stack, NULL);
  struct uv__queue sent;
  uv__queue_init(&sent);
  for (; handle != NULL; handle = spare_of(handle)->below)
    uv__queue_push_front(&sent, &spare_of(handle)->due);
  uv__queue_append(&self->async_due, &sent);
}

/* The loop's wake callback. What callbacks send is for the next wake. */
static void run(uv_loop_t* loop) {
  struct uv__loop* self = uv__loop_of(loop);
  take(self);
  while (!uv__queue_empty(&self->async_due)) {
    uv_async_t* handle = async_of(uv__queue_pop(&self->async_due));
    uv__exchange(&handle->pending, 0); /* From here on a send counts anew. */
    if (handle->async_cb != NULL) handle->async_cb(handle);
  }
}

bool uv__async_close(uv_handle_t* base) {
  uv_async_t* handle = (uv_async_t*) base;
  struct spare* spare = spare_of(handle);
  bool was_sent = uv__exchange(&handle->pending, 1) != 0;
  while (uv__load_acquire(&spare->busy) != 0) uv__thread_yield();
  if (was_sent) {
    take(uv__loop_of(handle->loop));
    uv__queue_remove(&spare->due);
  }
  uv__queue_remove(&handle->queue);
  uv__handle_stop(handle);
  return true;
}

int uv__async_module_init(uv_loop_t* loop) {
  struct uv__loop* self = uv__loop_of(loop);
  uv__queue_init(&loop->async_handles);
  uv__queue_init(&self->async_due);
  self->async_stack = NULL;
  uv__wake_set_callback(loop, run);
  return 0;
}

/* In the child no other thread is left: whoever was inside is gone. A handle
 * whose sender had raised `pending` but not yet pushed it is sent again. */
int uv__async_module_fork(uv_loop_t* loop) {
  struct uv__loop* self = uv__loop_of(loop);
  take(self);
  uv__queue_each(node, &loop->async_handles) {
    uv_async_t* handle = uv__container_of(node, uv_async_t, queue);
    struct spare* spare = spare_of(handle);
    spare->busy = 0;
    if (handle->pending != 0 && uv__queue_empty(&spare->due))
      uv__queue_push(&self->async_due, &spare->due);
  }
  if (!uv__queue_empty(&self->async_due)) uv__wake_send(loop);
  return 0;
}

void uv__async_module_close(uv_loop_t* loop) {
  uv__wake_set_callback(loop, NULL);
}
