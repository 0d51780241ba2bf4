/* SPDX-License-Identifier: MIT */
/* Async handles: a send makes the handle's callback run on the loop thread.
 *
 * A send counts up the handle's `pending`. The sender that found it at 0 puts
 * the handle on the loop's stack of sent handles and wakes the loop. So sends
 * coalesce, and the loop visits only handles that were sent: the cost follows
 * the sends, never the number of handles.
 *
 * Callbacks run in rank order (sent.h), as if the loop looked at all handles in
 * the order of their initialisation, which is what programs know from libuv. A
 * pass is one round of callbacks. What a callback sends to a handle further
 * down runs in the same pass, the rest in the next one. What other threads send
 * meanwhile waits for the next pass: a flood of sends cannot keep a pass from
 * its end.
 *
 *   sender, any thread or signal handler     loop thread
 *   1 add 1 to pending; it was not 0: done   1 take the stack, in rank order
 *   2 senders + 1                            2 for each: exchange pending to 0,
 *   3 push on the stack; wake the loop         then its callback
 *   4 senders - 1
 *
 * Step 1 is an atomic addition even if `pending` is up. It orders what the
 * sender has written before it ahead of the loop's exchange, and so ahead of
 * the callback that is still to come. A plain load could pass the store buffer.
 * How often was sent is work done, and counts as such.
 *
 * `pending` falls before the callback runs, so a send during the callback is
 * not lost.
 *
 * Closing raises `pending` itself, which keeps later senders off. If the flag
 * was up, its sender has pushed the handle or is about to, so the close waits
 * until the handle is on the stack. After the push a sender touches the loop
 * only, and the loop's close waits until no thread is inside (`senders`). A
 * signal handler that interrupts this thread ends before this thread goes on,
 * and another thread needs a few instructions: yielding is enough. */
#include "loop/async.h"

#include "base/assert.h"
#include "base/atomics.h"
#include "base/queue.h"
#include "loop/handle.h"
#include "loop/loop.h"
#include "loop/sent.h"
#include "unix/io/io.h"
#include "unix/io/recorder.h"
#include "unix/io/wake.h"
#include "unix/os/thread.h"

enum { PENDING_MAX = 1 << 30 };

/* The rank of the newest handle; 0 if there is none. */
static uintptr_t last_rank(const uv_loop_t* loop) {
  if (uv__queue_empty(&loop->async_handles)) return 0;
  struct uv__queue* node = loop->async_handles.prev;
  return uv__sent_of(uv__container_of(node, uv_async_t, queue))->rank;
}

static void prepare(uv_async_t* handle, uv_async_cb cb, uintptr_t rank) {
  struct uv__sent* sent = uv__sent_of(handle);
  sent->link.below = NULL;
  sent->rank = rank;
  uv__queue_init(&sent->due);
  handle->async_cb = cb;
  handle->pending = 0;
  uv__handle_start(handle);
}

int uv_async_init(uv_loop_t* loop, uv_async_t* handle, uv_async_cb cb) {
  uv__handle_init(loop, handle, UV_ASYNC);
  prepare(handle, cb, last_rank(loop) + 1);
  uv__queue_push(&loop->async_handles, &handle->queue);
  uv__loop_of(loop)->async_count++;
  return 0;
}

int uv__async_init_internal(uv_loop_t* loop, uv_async_t* handle,
                            uv_async_cb cb) {
  uv__handle_init_internal(loop, handle, UV_ASYNC);
  prepare(handle, cb, 0);
  uv__queue_push_front(&loop->async_handles, &handle->queue);
  uv__loop_of(loop)->async_count++;
  return 0;
}

/* The loop whose pass this thread is in. What this thread sends meanwhile is
 * the pass's own, and so is what a signal handler sends that interrupts it. */
static _Thread_local const struct uv__loop* passing
    __attribute__((tls_model("initial-exec")));

/* Set the count of sends back, long before it could come round to 0. If it has
 * changed meanwhile, a later send does it. */
static void set_back(uv_async_t* handle, int count) {
  (void) uv__cas_weak(&handle->pending, &count, 1);
}

int uv_async_send(uv_async_t* handle) {
  int before = uv__fetch_add(&handle->pending, 1);
  if (before != 0) {
    if (before >= PENDING_MAX) set_back(handle, before + 1);
    return 0;
  }
  uv_loop_t* loop = handle->loop;
  struct uv__loop* self = uv__loop_of(loop);
  uv__fetch_add(&self->async_senders, 1);
  (void) uv__stack_push(passing == self ? &self->async_own : &self->async_stack,
                        &uv__sent_of(handle)->link);
  /* From here on the handle may be gone at any moment. */
  uv__wake_send(loop);
  uv__fetch_add(&self->async_senders, (unsigned) -1);
  return 0;
}

/* Move what was sent to the loop's list of due handles. */
static void take(const uv_loop_t* loop) {
  struct uv__loop* self = uv__loop_of(loop);
  uv__sent_merge(&self->async_due, uv__sent_take(loop, &self->async_own));
  uv__sent_merge(&self->async_due, uv__sent_take(loop, &self->async_stack));
}

/* Of what the pass has sent itself, the handles ahead of it join the pass.
 * Those that it has passed, and those made since it began, wait for the next
 * one. */
static void take_in_pass(const uv_loop_t* loop, struct uv__queue* pass,
                         uintptr_t passed, uintptr_t last) {
  struct uv__loop* self = uv__loop_of(loop);
  if (uv__stack_is_empty(&self->async_own)) return;
  struct uv__sent* behind = uv__sent_take(loop, &self->async_own);
  struct uv__sent* ahead = uv__sent_cut(&behind, passed);
  struct uv__sent* made_since = uv__sent_cut(&ahead, last);
  uv__sent_merge(&self->async_due, behind);
  uv__sent_merge(pass, ahead);
  uv__sent_merge(&self->async_due, made_since);
}

/* What a handle of ours calls is measured by itself. */
static void call(struct uv__recorder* r, uv_async_t* handle) {
  if (r != NULL && (handle->flags & UV__HANDLE_INTERNAL)) r = NULL;
  uv__record(r, UV_ASYNC, handle->async_cb, handle->async_cb(handle));
}

/* One pass; the loop's wake callback. A handle that waits for the next pass
 * gets it: its send has asked for another wake. */
static void run(uv_loop_t* loop) {
  struct uv__loop* self = uv__loop_of(loop);
  uintptr_t last = last_rank(loop);
  struct uv__queue pass;
  take(loop);
  uv__queue_move(&self->async_due, &pass);
  const struct uv__loop* outer = passing;
  passing = self;
  struct uv__recorder* r = uv__recorder_of(loop);
  while (!uv__queue_empty(&pass)) {
    struct uv__sent* sent = uv__sent_due(uv__queue_pop(&pass));
    uv_async_t* handle = uv__sent_handle(sent);
    uintptr_t passed = sent->rank; /* The callback may free the handle. */
    /* From here on a send counts anew. Our own handles count themselves. */
    int sends = uv__exchange(&handle->pending, 0);
    if (passed != 0) uv__io_count_messages(loop, (unsigned) sends);
    if (handle->async_cb != NULL) call(r, handle);
    take_in_pass(loop, &pass, passed, last);
  }
  passing = outer;
}

bool uv__async_close(uv_handle_t* base) {
  uv_async_t* handle = (uv_async_t*) base;
  struct uv__queue* due = &uv__sent_of(handle)->due;
  bool was_sent = uv__exchange(&handle->pending, 1) != 0;
  while (was_sent && uv__queue_empty(due)) {
    take(handle->loop);
    if (uv__queue_empty(due)) uv__thread_yield();
  }
  uv__queue_remove(due);
  uv__queue_remove(&handle->queue);
  uv__loop_of(handle->loop)->async_count--;
  uv__handle_stop(handle);
  return true;
}

int uv__async_module_init(uv_loop_t* loop) {
  struct uv__loop* self = uv__loop_of(loop);
  uv__queue_init(&loop->async_handles);
  uv__queue_init(&self->async_due);
  self->async_count = 0;
  self->async_stack = (struct uv__stack){ NULL };
  self->async_own = (struct uv__stack){ NULL };
  uv__wake_set_callback(loop, run);
  return 0;
}

/* The child has none of the parent's other threads, so no sender is inside. A
 * handle whose sender had raised `pending` but had not pushed it yet is sent
 * again. */
int uv__async_module_fork(uv_loop_t* loop) {
  struct uv__loop* self = uv__loop_of(loop);
  take(loop);
  uv__store_relaxed(&self->async_senders, 0);
  uv__queue_each(node, &loop->async_handles) {
    uv_async_t* handle = uv__container_of(node, uv_async_t, queue);
    struct uv__sent* sent = uv__sent_of(handle);
    if (handle->pending == 0 || !uv__queue_empty(&sent->due)) continue;
    sent->link.below = NULL;
    uv__sent_merge(&self->async_due, sent);
  }
  if (!uv__queue_empty(&self->async_due)) uv__wake_send(loop);
  return 0;
}

void uv__async_module_close(uv_loop_t* loop) {
  struct uv__loop* self = uv__loop_of(loop);
  while (uv__load_acquire(&self->async_senders) != 0) uv__thread_yield();
  uv__wake_set_callback(loop, NULL);
}
