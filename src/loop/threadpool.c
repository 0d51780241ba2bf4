/* SPDX-License-Identifier: MIT */
/* Thread pool: up to UV_THREADPOOL_SIZE workers, one mutex over all of it. What
 * is queued, in which lane, and which job is next: lanes.c. Fast work may use
 * every worker. Slow work (name resolution) may use half of them, rounded up,
 * so a stuck resolver never stops file operations.
 *
 * Wake-ups. A worker that was called, or created, is "on its way" until it has
 * looked at the lanes. At most one worker is on its way. A worker that has
 * taken a job and sees more calls the next worker. So a burst of submits costs
 * no more wake-ups than the work is worth: short work is over before the whole
 * pool is awake, and long work soon has every worker. No job is lost, because
 * of what holds whenever the mutex is free:
 *
 *   a job could run  =>  a worker is on its way, or the pool can have no more.
 *
 * The pool creates a thread when it needs one and none sleeps. If that fails,
 * the present workers have to do; without any, the submitter does the work.
 *
 * Lingering. A worker that runs out of work may look for more before it sleeps,
 * if linger.c says so; one worker at a time. The lingering worker counts as on
 * its way: a submit changes `offers` for it instead of calling a worker, after
 * the mutex is free again. At the end of its look the worker goes through the
 * lanes under the mutex, so `offers` is a hint and needs no memory order.
 *
 * Turns. Sleepers are called in the order in which they went to sleep (ADR 5).
 * A worker that lingers could keep all the work for itself. So a worker that
 * has done TURN_JOBS jobs sleeps at once when work runs out, and while the pool
 * is not full the next one to come is a new thread instead of a sleeper.
 *
 * Cancelling is exact: `w->work` is NULL once a worker has taken `w`, under the
 * mutex. After a fork the child has none of the threads, and one of them may
 * hold the mutex: the fork handler makes everything anew. */
#include "loop/threadpool.h"

#include "base/assert.h"
#include "base/atomics.h"
#include "base/queue.h"
#include "loop/config.h"
#include "loop/linger.h"
#include "loop/pool-figures.h"
#include "loop/pool-state.h"
#include "unix/os/clock.h"
#include "unix/os/cpus.h"

#include <stdlib.h>
#include <string.h>

#define STACK_BYTES ((size_t) 8 << 20)

enum {
  TURN_JOBS = 1024,   /* A wake-up of 30 us adds 30 ns to each of them. */
  LOCK_TRIES = 100,   /* It is held for 0.1 us, less than a futex call. */
  CLOCK_EVERY = 16,   /* Looks between two looks at the clock. */
  MEASURE_EVERY = 16, /* Sleeps between two whose CPU time is taken. */
};

static struct uv__pool_state pool = { .mutex = PTHREAD_MUTEX_INITIALIZER };

/* The mutex's holder goes on soon, unless it shares our only CPU. */
static void lock(void) {
  if (uv__cpus_to_spin_on() >= 2)
    for (int i = 0; i < LOCK_TRIES; i++) {
      if (uv_mutex_trylock(&pool.mutex) == 0) return;
      uv__cpu_relax();
    }
  uv_mutex_lock(&pool.mutex);
}

static void unlock(void) {
  uv_mutex_unlock(&pool.mutex);
}

/* What holds whenever the mutex is free. */
static void audit(void) {
  UV__AUDIT(pool.threads.count <= pool.threads.most);
  UV__AUDIT(pool.threads.called + pool.threads.starting <= pool.threads.count);
  UV__AUDIT(pool.slow_running <= pool.threads.count || pool.threads.count == 0);
}

/* --- Start, fork ---------------------------------------------------------- */

static uv_once_t fork_hook_once = UV_ONCE_INIT;

/* Back to "not started". */
static void forget_state(void) {
  uv__lanes_init(&pool.lanes);
  uv__queue_init(&pool.sleepers);
  pool.has_lingerer = false;
  pool.wants_new = false;
  pool.finished = NULL;
  memset(&pool.threads, 0, sizeof(pool.threads));
  pool.slow_running = 0;
  pool.is_stopping = false;
  if (uv__pool_is_measured()) uv__pool_figures_reset();
}

/* The only thread of the child runs this. It makes the objects anew without
 * destroying them: the threads that used them do not exist in the child. */
static void renew_in_child(void) {
  static const uv_mutex_t fresh_mutex = PTHREAD_MUTEX_INITIALIZER;
  pool.mutex = fresh_mutex;
  forget_state();
}

static void install_fork_hook(void) {
  /* uncovered: no-memory. Then the pool does not work in a child. */
  (void) pthread_atfork(NULL, NULL, renew_in_child);
}

static void start(uv__pool_cb finished) {
  forget_state();
  pool.threads.most = uv__pool_size_from(getenv("UV_THREADPOOL_SIZE"));
  pool.finished = finished;

  /* The limits of the loops' busy poll: the two work only together. */
  struct uv__spin_limits limits = uv__config()->linger;
  if (uv__cpus_to_spin_on() < 2) limits.max_ns = 0;
  uv__linger_init(&pool.linger, &limits);
  uv__store_relaxed(&pool.wants_deliveries, uv__spin_is_on(&limits));
}

/* --- What could run ------------------------------------------------------- */

/* The lane to serve next; UV__LANE_COUNT when no job can run. */
static enum uv__pool_lane choose(void) {
  const unsigned slow_most = (pool.threads.most + 1) / 2;
  return uv__lanes_choose(&pool.lanes, pool.slow_running < slow_most);
}

/* --- Calling workers ------------------------------------------------------ */

static void worker(void* arg);

/* A worker that has been idle since `idle_ns` is to get work now. Returns the
 * present time. */
static uint64_t note_gap(uint64_t idle_ns) {
  const uint64_t now_ns = uv__clock_precise_ns();
  const uint64_t delivered_ns = uv__load_relaxed(&pool.delivered_ns);
  const uint64_t since_ns = delivered_ns > idle_ns ? delivered_ns : idle_ns;
  uv__linger_note_gap(&pool.linger,
                      now_ns > since_ns ? (int64_t) (now_ns - since_ns) : 0);
  return now_ns;
}

/* Not inlined: without lingering, a call does not pay for its registers. */
__attribute__((noinline)) static void call_measured(struct uv__worker* w) {
  const uint64_t start_ns = note_gap(w->idle_ns);
  uv_cond_signal(&w->wakeup);
  pool.call_ns = uv__spin_average(
      pool.call_ns, (int64_t) (uv__clock_precise_ns() - start_ns));
}

static void show_workers(void) {
  if (uv__pool_is_measured())
    uv__pool_show_workers(pool.threads.count,
                          pool.threads.count - pool.threads.asleep);
}

static void call_one(void) {
  UV__CHECK(!uv__queue_empty(&pool.sleepers));
  struct uv__worker* w = uv__container_of(uv__queue_first(&pool.sleepers),
                                          struct uv__worker, node);
  uv__queue_remove(&w->node);
  pool.threads.asleep--;
  pool.threads.called++;
  if (UV__SPIN_IS_BUILT && w->idle_ns != 0)
    call_measured(w);
  else
    uv_cond_signal(&w->wakeup);
}

/* With the mutex held: a failure must be known before the invariant relies on
 * the new thread. */
static bool create_one(void) {
  pool.wants_new = false;
  if (pool.threads.count == pool.threads.most || pool.is_stopping) return false;
  const uv_thread_options_t options = {
    .flags = UV_THREAD_HAS_STACK_SIZE,
    .stack_size = STACK_BYTES,
  };
  uv_thread_t* id = &pool.ids[pool.threads.count];
  if (uv_thread_create_ex(id, &options, worker, NULL) != 0) return false;
  pool.threads.count++;
  pool.threads.starting++;
  return true;
}

static bool has_lingerer(void) {
  return UV__SPIN_IS_BUILT && pool.has_lingerer;
}

/* Keep the invariant: call a worker if a job could run and none is on its way.
 * With the mutex held, after each step that may let a job run. */
static void call_if_needed(void) {
  unsigned coming = pool.threads.called + pool.threads.starting;
  if (coming > 0 || has_lingerer() || choose() == UV__LANE_COUNT) return;
  const bool has_sleepers = !uv__queue_empty(&pool.sleepers);
  if ((pool.wants_new || !has_sleepers) && create_one()) return;
  if (has_sleepers) call_one();
}

/* --- Workers -------------------------------------------------------------- */

/* Not inlined: without figures a job does not pay for the registers. */
__attribute__((noinline)) static void run_measured(
    struct uv__work* w, void (*job)(struct uv__work*), uv__pool_cb finished) {
  struct uv__job_times times;
  uv__job_started(w, &times);
  show_workers();
  unlock();
  job(w);
  uv__job_returned(&times);
  finished(w);
  lock();
  uv__job_ended(&times);
}

/* Run the next job of a lane. Called with the mutex held, which is free while
 * the job runs. */
static void run_first(enum uv__pool_lane lane) {
  struct uv__work* w = uv__lanes_take(&pool.lanes, lane);
  void (*job)(struct uv__work * w) = w->work;
  UV__CHECK(job != NULL);
  w->work = NULL; /* It has begun. */
  const uv__pool_cb finished = pool.finished;
  if (lane == UV__LANE_SLOW) pool.slow_running++;
  call_if_needed();

  if (uv__pool_is_measured()) {
    run_measured(w, job, finished);
  } else {
    unlock();
    job(w);
    finished(w);
    lock();
  }

  if (lane == UV__LANE_SLOW) pool.slow_running--;
}

/* Look until there is an offer or the time is over. */
static bool look(unsigned seen, uint64_t until_ns) {
  for (unsigned turn = 1;; turn++) {
    if (uv__load_relaxed(&pool.offers) != seen) return true;
    uv__cpu_relax();
    if (turn % CLOCK_EVERY == 0 && uv__clock_precise_ns() >= until_ns)
      return false;
  }
}

/* Called with the mutex held, which is free during the look. True: there may be
 * work now. */
static bool linger(struct uv__worker* self) {
  self->idle_ns = uv__clock_precise_ns();
  /* A submitter on our CPU cannot submit anything until this worker sleeps. */
  if (pool.has_lingerer || pool.submit_cpu == uv_thread_getcpu()) return false;
  const int64_t budget_ns = uv__linger_budget(&pool.linger);
  if (budget_ns == 0) return false;

  pool.has_lingerer = true;
  const unsigned seen = uv__load_relaxed(&pool.offers);
  unlock();
  (void) look(seen, self->idle_ns + (uint64_t) budget_ns);
  lock();
  pool.has_lingerer = false;
  if (choose() == UV__LANE_COUNT) {
    uv__linger_missed(&pool.linger);
    return pool.is_stopping;
  }
  const uint64_t now_ns = note_gap(self->idle_ns);
  uv__linger_hit(&pool.linger, (int64_t) (now_ns - self->idle_ns));
  return true;
}

static void sleep_until_called(struct uv__worker* self) {
  const bool is_measured = uv__spin_is_on(&pool.linger.limits) &&
                           self->sleeps++ % MEASURE_EVERY == 0;
  const uint64_t start_ns = is_measured ? uv__clock_thread_cpu_ns() : 0;
  while (!uv__queue_empty(&self->node))
    uv_cond_wait(&self->wakeup, &pool.mutex);
  pool.threads.called--;
  if (!is_measured) return;
  const uint64_t slept_ns = uv__clock_thread_cpu_ns() - start_ns;
  uv__linger_note_sleep(&pool.linger, (int64_t) slept_ns + pool.call_ns);
}

/* Could another worker have the next turn? */
static bool has_successor(void) {
  bool may_grow = pool.threads.count < pool.threads.most;
  return may_grow || !uv__queue_empty(&pool.sleepers);
}

/* The lanes are empty, or hold no job that may run now. */
static void wait_for_work(struct uv__worker* self) {
  if (self->turn_jobs >= TURN_JOBS && has_successor()) {
    self->turn_jobs = 0;
    self->idle_ns = 0;
    pool.wants_new = true;
  } else if (uv__spin_is_on(&pool.linger.limits) && linger(self)) {
    return;
  }
  uv__queue_push(&pool.sleepers, &self->node);
  pool.threads.asleep++;
  show_workers();
  sleep_until_called(self);
}

static void worker(void* arg) {
  (void) arg;
  (void) uv_thread_setname("libuv-worker"); /* Only for debuggers. */
  struct uv__worker self = { .wakeup = PTHREAD_COND_INITIALIZER };
  uv__queue_init(&self.node);

  lock();
  pool.threads.starting--;
  for (;;) {
    const enum uv__pool_lane lane = choose();
    audit();
    if (lane != UV__LANE_COUNT) {
      run_first(lane);
      self.turn_jobs++;
    } else if (pool.is_stopping) {
      break;
    } else {
      wait_for_work(&self);
    }
  }
  unlock();
}

/* --- API ------------------------------------------------------------------ */

void uv__pool_submit(struct uv__work* w, struct uv__share* share,
                     enum uv__pool_lane lane, unsigned kind,
                     uv__pool_cb finished) {
  UV__CHECK(w->work != NULL);
  uv_once(&fork_hook_once, install_fork_hook);

  lock();
  if (pool.threads.most == 0) start(finished);
  UV__CHECK(pool.finished == finished);
  uv__lanes_push(&pool.lanes, share, lane, w);
  if (uv__pool_is_measured()) uv__job_queued(w, kind, lane);
  if (uv__spin_is_on(&pool.linger.limits)) pool.submit_cpu = uv_thread_getcpu();
  call_if_needed();
  /* uncovered: no-memory. There will never be a worker: run it here. */
  if (pool.threads.count == 0) run_first(lane);
  audit();
  const bool is_offer = has_lingerer();
  unlock();
  if (is_offer) uv__fetch_add(&pool.offers, 1u);
}

void uv__pool_note_delivery(void) {
  if (!UV__SPIN_IS_BUILT || !uv__load_relaxed(&pool.wants_deliveries)) return;
  uv__store_relaxed(&pool.delivered_ns, uv__clock_precise_ns());
}

bool uv__pool_cancel(struct uv__work* w, struct uv__share* share) {
  lock();
  const bool is_queued = w->work != NULL;
  if (is_queued) {
    uv__lanes_remove(&pool.lanes, share, w);
    if (uv__pool_is_measured()) uv__job_cancelled(w);
    w->work = NULL;
  }
  unlock();
  return is_queued;
}

void uv__pool_shutdown(void) {
  lock();
  const unsigned count = pool.threads.count;
  const bool is_mine = count > 0 && !pool.is_stopping;
  if (is_mine) {
    pool.is_stopping = true;
    while (!uv__queue_empty(&pool.sleepers)) call_one();
    uv__fetch_add(&pool.offers, 1u);
  }
  unlock();
  if (!is_mine) return;

  /* The caller may be a worker, by exit() in a work callback. */
  const uv_thread_t self = uv_thread_self();
  for (unsigned i = 0; i < count; i++)
    if (!uv_thread_equal(&self, &pool.ids[i]))
      (void) uv_thread_join(&pool.ids[i]);
  lock();
  forget_state();
  unlock();
}
