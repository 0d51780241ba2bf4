/* SPDX-License-Identifier: MIT */
/* Work and its way back: between the pool, which knows no loop, and the loop,
 * which must not be touched by workers.
 *
 * Finished work is put on loop->wq by whichever worker ran it; the loop takes
 * the whole list at once. Only the one that finds the list empty sends the
 * wake: for the others it is still on its way. It is sent with the mutex held,
 * because the loop may be closed and freed as soon as the last work was
 * collected, and a worker must be gone from the loop by then.
 *
 * Cancelled work takes the same road, so its callback comes from the loop, in
 * a later iteration; `w->loop` is NULL on the way to tell it apart.
 *
 * Threads: uv__work_submit(), uv__work_cancel() and uv_queue_work() on the loop
 * thread; finish() on workers. loop->wq is under loop->wq_mutex. */
#include "loop/work.h"

#include "base/assert.h"
#include "base/queue.h"
#include "loop/async.h"
#include "loop/req.h"
#include "loop/threadpool.h"
#include "unix/io/control.h"

/* Put `w` on the loop's list of finished work. */
static void post(uv_loop_t* loop, struct uv__work* w) {
  uv_mutex_lock(&loop->wq_mutex);
  const bool is_first = uv__queue_empty(&loop->wq);
  uv__queue_push(&loop->wq, &w->wq);
  if (is_first) (void) uv_async_send(&loop->wq_async);
  uv_mutex_unlock(&loop->wq_mutex);
}

/* On a worker. */
static void finish(struct uv__work* w) {
  post(w->loop, w);
}

/* Loop thread: call back everything that is finished. */
static void deliver(uv_async_t* async) {
  uv_loop_t* loop = uv__container_of(async, uv_loop_t, wq_async);

  struct uv__queue finished;
  uv_mutex_lock(&loop->wq_mutex);
  uv__queue_move(&loop->wq, &finished);
  uv_mutex_unlock(&loop->wq_mutex);

  unsigned count = 0;
  while (!uv__queue_empty(&finished)) {
    struct uv__queue* node = uv__queue_pop(&finished);
    count++;
    struct uv__work* w = uv__container_of(node, struct uv__work, wq);
    const int status = w->loop == NULL ? UV_ECANCELED : 0;
    w->loop = loop;
    w->done(w, status);
  }
  /* The poll phase has counted the wake, which stands for one of them. */
  if (count > 1) uv__io_add_events(loop, count - 1);
}

void uv__work_submit(uv_loop_t* loop, struct uv__work* w,
                     enum uv__work_kind kind, void (*work)(struct uv__work*),
                     void (*done)(struct uv__work*, int status)) {
  w->loop = loop;
  w->work = work;
  w->done = done;
  uv__pool_submit(w,
                  kind == UV__WORK_SLOW ? UV__LANE_SLOW : UV__LANE_FAST,
                  finish);
}

int uv__work_cancel(uv_loop_t* loop, struct uv__work* w) {
  if (!uv__pool_cancel(w)) return UV_EBUSY;
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
  uv__queue_init(&loop->wq);
  int rc = uv_mutex_init(&loop->wq_mutex);
  if (rc != 0) return rc;

  rc = uv__async_init_internal(loop, &loop->wq_async, deliver);
  if (rc != 0) uv_mutex_destroy(&loop->wq_mutex);
  return rc;
}

/* A worker of the parent may have been inside post() at the fork. Then the
 * mutex is held by a thread that is not here and the list may be half linked:
 * both are made anew. What was finished before is delivered here as well. */
int uv__work_fork(uv_loop_t* loop) {
  if (uv_mutex_trylock(&loop->wq_mutex) == 0)
    uv_mutex_unlock(&loop->wq_mutex);
  else
    uv__queue_init(&loop->wq);

  int rc = uv_mutex_init(&loop->wq_mutex);
  if (rc != 0) return rc;
  /* The parent's wake stayed with the parent. */
  return uv__queue_empty(&loop->wq) ? 0 : uv_async_send(&loop->wq_async);
}

void uv__work_close(uv_loop_t* loop) {
  /* Whoever posted last has left once we get the mutex. */
  uv_mutex_lock(&loop->wq_mutex);
  UV__ASSERT(uv__queue_empty(&loop->wq));
  uv_mutex_unlock(&loop->wq_mutex);

  (void) uv__async_close((uv_handle_t*) &loop->wq_async);
  uv_mutex_destroy(&loop->wq_mutex);
}

void uv__work_shutdown(void) {
  uv__pool_shutdown();
}
