/* SPDX-License-Identifier: MIT */
/* Thread pool: two lanes of queued work, up to UV_THREADPOOL_SIZE workers, one
 * mutex over all of it.
 *
 * Lanes. Fast work may use every worker, slow work (name resolution) half of
 * them, rounded up, so a stuck resolver never stops file operations. The
 * milestone, a node without work in the fast lane, says when the first of the
 * slow lane is due: after the fast work that was there before it, and ahead of
 * what came later. So neither lane starves or overtakes the other, not even in
 * a pool of one thread.
 *
 * Wake-ups. A worker that was woken, or created, is "on its way" until it has
 * looked at the lanes; there is one of them at most. Having taken work and
 * seeing more, it calls the next one. So a burst of submits costs no more
 * wake-ups than the work is worth: short work is over before the whole pool is
 * awake, long work soon has every worker. Nothing is lost, because of what
 * holds whenever the mutex is free:
 *
 *   something could run  =>  a worker is on its way, or no more can be had.
 *
 * Threads are created when one is needed and nobody sleeps; if that fails, the
 * ones there are have to do, and without any the submitter does the work.
 *
 * Begun or not. `w->work` is NULL from the moment a worker has taken `w`, under
 * the mutex; that is what makes cancelling exact.
 *
 * Fork. The child has none of the threads, and the mutex may be held by one of
 * them: the atfork hook below makes everything new. What the parent had queued
 * is the parent's and is dropped. */
#include "loop/threadpool.h"

#include "base/assert.h"
#include "base/queue.h"

#include <ctype.h>
#include <stdlib.h>

#define STACK_BYTES ((size_t) 8 << 20)

static struct {
  uv_mutex_t mutex;
  uv_cond_t wakeup;

  /* Under the mutex. */
  struct uv__queue lanes[UV__LANE_COUNT];
  struct uv__queue milestone; /* In the fast lane while slow work waits. */
  uv__pool_cb finished;
  unsigned size;         /* Threads we may have; 0: not started. */
  unsigned threads;      /* Threads we have. */
  unsigned asleep;       /* Of them, those nobody has called. */
  unsigned called;       /* Called, have not got up yet. */
  unsigned newborn;      /* Created, have not got up yet. */
  unsigned slow_running; /* Workers inside slow work. */
  bool is_stopping;
  uv_thread_t ids[UV__POOL_SIZE_MAX]; /* A page is touched only when used. */
} pool = {
  .mutex = PTHREAD_MUTEX_INITIALIZER,
  .wakeup = PTHREAD_COND_INITIALIZER,
};

/* Relations that hold whenever the mutex is free. */
static void audit(void) {
  UV__AUDIT(pool.threads <= pool.size);
  UV__AUDIT(pool.asleep + pool.called + pool.newborn <= pool.threads);
  /* Without any thread, submitters run their own. */
  UV__AUDIT(pool.slow_running <= pool.threads || pool.threads == 0);
}

unsigned uv__pool_size_from(const char* text) {
  if (text == NULL) return UV__POOL_SIZE_DEFAULT;

  char* end = NULL;
  long count = strtol(text, &end, 10);
  const bool has_digits = end != text;
  while (isspace((unsigned char) *end)) end++;

  if (!has_digits || *end != '\0' || count < 1) return UV__POOL_SIZE_DEFAULT;
  return count > UV__POOL_SIZE_MAX ? UV__POOL_SIZE_MAX : (unsigned) count;
}

/* --- Start, fork ---------------------------------------------------------- */

static uv_once_t fork_hook_once = UV_ONCE_INIT;

/* Back to "not started". */
static void forget_state(void) {
  for (int lane = 0; lane < UV__LANE_COUNT; lane++)
    uv__queue_init(&pool.lanes[lane]);
  uv__queue_init(&pool.milestone);
  pool.finished = NULL;
  pool.size = 0;
  pool.threads = 0;
  pool.asleep = 0;
  pool.called = 0;
  pool.newborn = 0;
  pool.slow_running = 0;
  pool.is_stopping = false;
}

/* The only thread of the child runs this. The objects are made anew, not
 * destroyed: whoever used them does not exist here. */
static void renew_in_child(void) {
  static const uv_mutex_t fresh_mutex = PTHREAD_MUTEX_INITIALIZER;
  static const uv_cond_t fresh_cond = PTHREAD_COND_INITIALIZER;
  pool.mutex = fresh_mutex;
  pool.wakeup = fresh_cond;
  forget_state();
}

static void install_fork_hook(void) {
  /* uncovered: no-memory. Then a child that uses the pool is on its own. */
  (void) pthread_atfork(NULL, NULL, renew_in_child);
}

static void start(uv__pool_cb finished) {
  forget_state();
  pool.size = uv__pool_size_from(getenv("UV_THREADPOOL_SIZE"));
  pool.finished = finished;
}

/* --- What could run ------------------------------------------------------- */

/* Slow work that may begin now, besides what is running. */
static unsigned slow_allowance(void) {
  const unsigned most = (pool.size + 1) / 2;
  return most > pool.slow_running ? most - pool.slow_running : 0;
}

/* The first work of a lane, NULL when it has none. */
static struct uv__queue* head_of(enum uv__pool_lane lane) {
  struct uv__queue* head = &pool.lanes[lane];
  struct uv__queue* node = uv__queue_first(head);
  if (node == &pool.milestone) node = node->next;
  return node != head ? node : NULL;
}

/* The lane to serve next; UV__LANE_COUNT when nothing can run. */
static enum uv__pool_lane choose(void) {
  const bool fast = head_of(UV__LANE_FAST) != NULL;
  const bool slow = head_of(UV__LANE_SLOW) != NULL && slow_allowance() > 0;
  if (!fast && !slow) return UV__LANE_COUNT;
  if (!slow) return UV__LANE_FAST;
  const bool is_due =
      uv__queue_first(&pool.lanes[UV__LANE_FAST]) == &pool.milestone;
  return is_due || !fast ? UV__LANE_SLOW : UV__LANE_FAST;
}

/* The first of the slow lane has changed: it is due after the fast work that
 * is queued now. */
static void move_milestone(void) {
  uv__queue_remove(&pool.milestone);
  if (head_of(UV__LANE_SLOW) != NULL)
    uv__queue_push(&pool.lanes[UV__LANE_FAST], &pool.milestone);
}

/* --- Calling workers ------------------------------------------------------ */

static void worker(void* arg);

static void call_one(void) {
  UV__CHECK(pool.asleep > 0);
  pool.asleep--;
  pool.called++;
  uv_cond_signal(&pool.wakeup);
}

/* With the mutex held: a thread is created a few times in the life of a
 * process, and a failure must be known before anyone relies on it. */
static void create_one(void) {
  const uv_thread_options_t options = {
    .flags = UV_THREAD_HAS_STACK_SIZE,
    .stack_size = STACK_BYTES,
  };
  uv_thread_t* id = &pool.ids[pool.threads];
  if (uv_thread_create_ex(id, &options, worker, NULL) != 0) return;
  pool.threads++;
  pool.newborn++;
}

/* See to it that somebody comes when something could run. Goes after whatever
 * may have made that so, with the mutex held. */
static void call_if_needed(void) {
  if (pool.called + pool.newborn > 0 || choose() == UV__LANE_COUNT) return;
  if (pool.asleep > 0)
    call_one();
  else if (pool.threads < pool.size && !pool.is_stopping)
    create_one();
}

/* --- Workers -------------------------------------------------------------- */

/* Take the first of a lane, with the mutex held; from here on it has begun. */
static struct uv__work* take(enum uv__pool_lane lane,
                             void (**job)(struct uv__work* w)) {
  struct uv__queue* node = head_of(lane);
  UV__CHECK(node != NULL);
  uv__queue_remove(node);
  if (lane == UV__LANE_SLOW) move_milestone();
  struct uv__work* w = uv__container_of(node, struct uv__work, wq);
  UV__CHECK(w->work != NULL);
  *job = w->work;
  w->work = NULL;
  return w;
}

/* Called with the mutex held, which is released meanwhile. */
static void run_first(enum uv__pool_lane lane) {
  void (*job)(struct uv__work* w) = NULL;
  struct uv__work* w = take(lane, &job);
  const uv__pool_cb finished = pool.finished;
  if (lane == UV__LANE_SLOW) pool.slow_running++;
  call_if_needed();

  uv_mutex_unlock(&pool.mutex);
  job(w);
  finished(w);
  uv_mutex_lock(&pool.mutex);

  if (lane == UV__LANE_SLOW) pool.slow_running--;
}

static void sleep_until_called(void) {
  pool.asleep++;
  while (pool.called == 0) uv_cond_wait(&pool.wakeup, &pool.mutex);
  pool.called--;
}

static void worker(void* arg) {
  (void) arg;
  (void) uv_thread_setname("libuv-worker"); /* A name is a courtesy. */

  uv_mutex_lock(&pool.mutex);
  pool.newborn--;
  for (;;) {
    const enum uv__pool_lane lane = choose();
    audit();
    if (lane != UV__LANE_COUNT)
      run_first(lane);
    else if (pool.is_stopping)
      break;
    else
      sleep_until_called();
  }
  uv_mutex_unlock(&pool.mutex);
}

/* --- API ------------------------------------------------------------------ */

void uv__pool_submit(struct uv__work* w,
                     enum uv__pool_lane lane,
                     uv__pool_cb finished) {
  UV__CHECK(w->work != NULL);
  uv_once(&fork_hook_once, install_fork_hook);

  uv_mutex_lock(&pool.mutex);
  if (pool.size == 0) start(finished);
  UV__CHECK(pool.finished == finished);
  const bool is_first = head_of(lane) == NULL;
  uv__queue_push(&pool.lanes[lane], &w->wq);
  if (lane == UV__LANE_SLOW && is_first) move_milestone();

  call_if_needed();
  /* uncovered: no-memory. Nobody will ever come: it is up to this thread. */
  if (pool.threads == 0) run_first(lane);
  audit();
  uv_mutex_unlock(&pool.mutex);
}

bool uv__pool_cancel(struct uv__work* w) {
  uv_mutex_lock(&pool.mutex);
  const bool is_queued = w->work != NULL;
  if (is_queued) {
    UV__CHECK(!uv__queue_empty(&w->wq));
    uv__queue_remove(&w->wq);
    w->work = NULL;
  }
  uv_mutex_unlock(&pool.mutex);
  return is_queued;
}

/* Wait for the end of all workers. One of them may be the caller, through
 * exit() in a work callback: it cannot wait for itself. */
static void join_all(unsigned count) {
  const uv_thread_t self = uv_thread_self();
  for (unsigned i = 0; i < count; i++)
    if (!uv_thread_equal(&self, &pool.ids[i]))
      (void) uv_thread_join(&pool.ids[i]);
}

void uv__pool_shutdown(void) {
  uv_mutex_lock(&pool.mutex);
  const unsigned count = pool.threads;
  const bool is_mine = count > 0 && !pool.is_stopping;
  if (is_mine) {
    pool.is_stopping = true;
    while (pool.asleep > 0) call_one();
  }
  uv_mutex_unlock(&pool.mutex);
  if (!is_mine) return;

  join_all(count);
  uv_mutex_lock(&pool.mutex);
  forget_state();
  uv_mutex_unlock(&pool.mutex);
}
