/* SPDX-License-Identifier: MIT */
/* Work and its way back: between the pool, which knows no loop, and the loop,
 * which workers must not touch.
 *
 * A worker pushes finished work on the loop's inbox, a stack (base/stack.h).
 * The worker that finds the inbox empty wakes the loop; for the others that
 * wake is still on its way. The loop takes the whole inbox and calls back in
 * the order in which the work was finished.
 *
 * The loop may be closed and freed as soon as the last work was collected,
 * while the worker that posted it has yet to send the wake. So posters are
 * counted from before the push until after the wake, and closing waits for
 * them: for a few instructions, at a time when no new poster can come.
 *
 * Cancelled work takes the same road, so its callback comes from the loop, in
 * a later iteration; `w->loop` is NULL on the way to tell it apart.
 *
 * Loops share the pool by turns (lanes.c). Each has its own inbox and wake.
 *
 * The inbox lies in loop->wq, which is uv.h's place for it. Threads:
 * uv__work_submit(), uv__work_cancel() and uv_queue_work() on the loop thread;
 * finish() on workers. */
#include "loop/work.h"

#include "base/assert.h"
#include "base/atomics.h"
#include "base/queue.h"
#include "base/stack.h"
#include "loop/async.h"
#include "loop/loop.h"
#include "loop/req.h"
#include "loop/threadpool.h"
#include "unix/io/control.h"
#include "unix/io/io.h"
#include "unix/io/recorder.h"
#include "unix/os/thread.h"

#include <stdbool.h>
#include <stddef.h>

struct inbox {
  struct uv__stack finished; /* Linked by the `next` of uv__work.wq. */
  uintptr_t posters;         /* atomic: threads inside post(). */
};

_Static_assert(sizeof(struct inbox) <= sizeof(((uv_loop_t*) 0)->wq),
               "the inbox takes the place of the list");

static struct inbox* inbox_of(uv_loop_t* loop) {
  return (struct inbox*) &loop->wq;
}

static struct uv__stack_node* node_of(struct uv__work* w) {
  return (struct uv__stack_node*) &w->wq;
}

static struct uv__work* work_of(struct uv__stack_node* node) {
  return uv__container_of((struct uv__queue*) node, struct uv__work, wq);
}

_Static_assert(offsetof(struct uv__queue, next) ==
                   offsetof(struct uv__stack_node, below),
               "as node_of() has it");

/* Once this has returned, `w` and the loop may be gone. */
static void post(uv_loop_t* loop, struct uv__work* w) {
  struct inbox* inbox = inbox_of(loop);
  uv__fetch_add(&inbox->posters, 1);
  bool was_empty = uv__stack_push(&inbox->finished, node_of(w));
  if (was_empty) (void) uv_async_send(&loop->wq_async);
  uv__fetch_add(&inbox->posters, (uintptr_t) -1);
}

/* On a worker. */
static void finish(struct uv__work* w) {
  post(w->loop, w);
}

/* Move all that is in the inbox to `finished`, oldest first. */
static void take(uv_loop_t* loop, struct uv__queue* finished) {
  uv__queue_init(finished);
  struct uv__stack_node* node = uv__stack_take(&inbox_of(loop)->finished);
  while (node != NULL) {
    struct uv__stack_node* below = node->below;
    uv__queue_push_front(finished, &work_of(node)->wq);
    node = below;
  }
}

/* Call back for all finished work. Loop thread. */
static void deliver(uv_async_t* async) {
  uv_loop_t* loop = uv__container_of(async, uv_loop_t, wq_async);
  struct uv__queue finished;
  take(loop, &finished);
  uv__pool_note_delivery();
  unsigned count = 0;
  struct uv__recorder* r = uv__recorder_of(loop);
  while (!uv__queue_empty(&finished)) {
    struct uv__queue* node = uv__queue_pop(&finished);
    count++;
    uv__io_count_messages(loop, 1);
    struct uv__work* w = uv__container_of(node, struct uv__work, wq);
    const int status = w->loop == NULL ? UV_ECANCELED : 0;
    w->loop = loop;
    uv__io_expect(loop, -1);
    uv__record(r, UV__TYPE_OF_REQ(UV_REQ), w->done, w->done(w, status));
  }
  /* The poll phase has counted the wake, which stands for one of them. */
  if (count > 1) uv__io_add_events(loop, count - 1);
}

void uv__work_submit(uv_loop_t* loop, struct uv__work* w, unsigned kind,
                     void (*work)(struct uv__work*),
                     void (*done)(struct uv__work*, int status)) {
  w->loop = loop;
  w->work = work;
  w->done = done;
  uv__io_expect(loop, 1);
  const bool is_slow =
      kind == UV__WORK_GETADDRINFO || kind == UV__WORK_GETNAMEINFO;
  uv__pool_submit(w, &uv__loop_of(loop)->share,
                  is_slow ? UV__LANE_SLOW : UV__LANE_FAST, kind, finish);
}

int uv__work_cancel(uv_loop_t* loop, struct uv__work* w) {
  if (w->loop == NULL) return 0; /* Cancelled before, and on its way back. */
  if (!uv__pool_cancel(w, &uv__loop_of(loop)->share)) return UV_EBUSY;
  w->loop = NULL;
  post(loop, w);
  return 0;
}

/* --- uv_queue_work() ------------------------------------------------------ */

static void run_user_work(struct uv__work* w) {
  uv_work_t* req = uv__container_of(w, uv_work_t, work_req);
  req->work_cb(req);
}

static void after_user_work(struct uv__work* w, int status) {
  uv_work_t* req = uv__container_of(w, uv_work_t, work_req);
  uv__req_end(req->loop);
  uv__record_note(req->loop, UV__TYPE_OF_REQ(UV_WORK), req->after_work_cb);
  if (req->after_work_cb != NULL) req->after_work_cb(req, status);
}

int uv_queue_work(uv_loop_t* loop, uv_work_t* req, uv_work_cb work_cb,
                  uv_after_work_cb after_work_cb) {
  if (work_cb == NULL) return UV_EINVAL;

  req->loop = loop;
  req->work_cb = work_cb;
  req->after_work_cb = after_work_cb;
  uv__req_start(loop, req, UV_WORK);
  uv__work_submit(loop, &req->work_req, UV__WORK_USER, run_user_work,
                  after_user_work);
  return 0;
}

/* --- Rows ----------------------------------------------------------------- */

int uv__work_init(uv_loop_t* loop) {
  *inbox_of(loop) = (struct inbox){ { NULL }, 0 };
  return uv__async_init_internal(loop, &loop->wq_async, deliver);
}

/* A worker of the parent may have been inside post() at the fork; the child
 * does not have it. What it had pushed is delivered in both processes. */
int uv__work_fork(uv_loop_t* loop) {
  struct inbox* inbox = inbox_of(loop);
  inbox->posters = 0;
  /* The parent's wake stayed with the parent. */
  return uv__stack_is_empty(&inbox->finished) ? 0
                                              : uv_async_send(&loop->wq_async);
}

void uv__work_close(uv_loop_t* loop) {
  struct inbox* inbox = inbox_of(loop);
  while (uv__load_acquire(&inbox->posters) != 0) uv__thread_yield();
  UV__ASSERT(uv__stack_is_empty(&inbox->finished));
  (void) uv__async_close((uv_handle_t*) &loop->wq_async);
}

void uv__work_shutdown(void) {
  uv__pool_shutdown();
}
