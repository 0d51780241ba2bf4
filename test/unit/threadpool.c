/* SPDX-License-Identifier: MIT */
/* The thread pool alone, without a loop. What could break: a job lost between a
 * submit and a worker that is about to sleep; a job that runs although its
 * cancel succeeded; slow work taking all threads, or never getting one; a child
 * of fork() that waits for threads it does not have. */
#include "loop/threadpool.h"

#include "loop/config.h"

#include "base/atomics.h"
#include "base/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* gcc tells by macros, clang by features. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER 1
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

struct job {
  struct uv__work w;
  uv_sem_t* started; /* Posted by the job; NULL: not. */
  uv_sem_t* resume;  /* Waited for by the job; NULL: not. */
  unsigned runs;     /* atomic */
  unsigned ends;     /* atomic */
  unsigned place;    /* When it ran, counted from 1. */
  uv_thread_t ran_on;
};

static unsigned ended;       /* atomic */
static unsigned order;       /* atomic */
static unsigned running;     /* atomic */
static unsigned running_max; /* atomic */

static void raise_to(unsigned* target, unsigned value) {
  unsigned seen = uv__load_relaxed(target);
  while (seen < value && !uv__cas_weak(target, &seen, value)) continue;
}

static void run_job(struct uv__work* w) {
  struct job* job = uv__container_of(w, struct job, w);
  raise_to(&running_max, uv__fetch_add(&running, 1u) + 1);
  job->place = uv__fetch_add(&order, 1u) + 1;
  job->ran_on = uv_thread_self();
  uv__fetch_add(&job->runs, 1u);
  if (job->started != NULL) uv_sem_post(job->started);
  if (job->resume != NULL) uv_sem_wait(job->resume);
  uv__fetch_add(&running, -1u);
}

static void end_job(struct uv__work* w) {
  struct job* job = uv__container_of(w, struct job, w);
  uv__fetch_add(&job->ends, 1u);
  uv__fetch_add(&ended, 1u); /* Last: the job may be gone now. */
}

static struct uv__share share; /* One loop's. */

static void submit(struct job* job, enum uv__pool_lane lane) {
  job->w.work = run_job;
  uv__pool_submit(&job->w, &share, lane, 0, end_job);
}

static void wait_for_ends(unsigned count) {
  while (uv__load_acquire(&ended) < count) uv_sleep(1);
}

/* A pool of `size` from the next submit on. */
static void prepare(const char* size) {
  uv__pool_shutdown();
  assert_int_equal(0, setenv("UV_THREADPOOL_SIZE", size, 1));
  ended = 0;
  order = 0;
  running = 0;
  running_max = 0;
}

static struct job* make_jobs(size_t count) {
  struct job* jobs = calloc(count, sizeof(*jobs));
  assert_non_null(jobs);
  return jobs;
}

/* Run `body` in a child; it must return 0 before long. */
static void in_child(int (*body)(void)) {
  const pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    alarm(30);
    _exit(body());
  }
  int status = 0;
  assert_int_equal(pid, waitpid(pid, &status, 0));
  assert_true(WIFEXITED(status));
  assert_int_equal(0, WEXITSTATUS(status));
}

/* --- Tests ---------------------------------------------------------------- */

/* Goes first: later the C library has thread stacks to hand out again. */
static int submit_without_memory(void) {
  prepare("4");
  struct rlimit limit = { .rlim_cur = 1, .rlim_max = 1 };
  if (setrlimit(RLIMIT_AS, &limit) != 0) return 2;

  static struct job job;
  submit(&job, UV__LANE_SLOW);
  const uv_thread_t self = uv_thread_self();
  if (job.runs != 1 || job.ends != 1) return 3;
  return uv_thread_equal(&self, &job.ran_on) ? 0 : 4;
}

static void without_threads_the_submitter_does_the_work(void** state) {
  (void) state;
  if (UNDER_SANITIZER) skip(); /* They need address space of their own. */
  in_child(submit_without_memory);
}

static void size_is_read_from_text_and_bad_text_means_default(void** state) {
  (void) state;
  static const struct {
    const char* text;
    unsigned size;
  } rows[] = {
    { NULL, 4 },      { "", 4 },        { "1", 1 },
    { "8", 8 },       { " 8\n", 8 },    { "+16", 16 },
    { "1024", 1024 }, { "1025", 1024 }, { "99999999999999999999", 1024 },
    { "0", 4 },       { "-1", 4 },      { "-99999999999999999999", 4 },
    { "x", 4 },       { "8x", 4 },      { "8 8", 4 },
    { " ", 4 },       { "0x10", 4 },    { "4.5", 4 },
  };
  for (size_t i = 0; i < COUNT_OF(rows); i++)
    assert_int_equal(rows[i].size, uv__pool_size_from(rows[i].text));
}

enum { SUBMITTERS = 6, JOBS_EACH = 3000 };

static void submit_many(void* arg) {
  struct job* jobs = arg;
  for (unsigned i = 0; i < JOBS_EACH; i++) {
    submit(&jobs[i], i % 3 == 0 ? UV__LANE_SLOW : UV__LANE_FAST);
    /* Let the pool run dry now and then: that is where wake-ups get lost. */
    if (i % 100 == 0) uv_sleep(1);
  }
}

static void each_job_of_many_submitters_runs_once(void** state) {
  (void) state;
  static const char* const sizes[] = { "1", "2", "4", "16" };
  for (size_t s = 0; s < COUNT_OF(sizes); s++) {
    prepare(sizes[s]);
    struct job* jobs = make_jobs(SUBMITTERS * JOBS_EACH);
    uv_thread_t ids[SUBMITTERS];
    for (unsigned i = 0; i < SUBMITTERS; i++)
      assert_int_equal(
          0, uv_thread_create(&ids[i], submit_many, jobs + i * JOBS_EACH));
    for (unsigned i = 0; i < SUBMITTERS; i++)
      assert_int_equal(0, uv_thread_join(&ids[i]));

    wait_for_ends(SUBMITTERS * JOBS_EACH);
    for (unsigned i = 0; i < SUBMITTERS * JOBS_EACH; i++) {
      assert_int_equal(1, uv__load_acquire(&jobs[i].runs));
      assert_int_equal(1, uv__load_acquire(&jobs[i].ends));
    }
    assert_true(running_max <= (unsigned) atoi(sizes[s]));
    free(jobs);
  }
}

static void a_job_is_either_cancelled_or_run(void** state) {
  (void) state;
  enum { JOBS = 20000 };
  prepare("4");
  struct job* jobs = make_jobs(JOBS);
  bool* cancelled = calloc(JOBS, sizeof(*cancelled));
  assert_non_null(cancelled);

  /* Cancel some way behind the submits, so that both sides win at times. */
  unsigned cancels = 0;
  for (unsigned i = 0; i < JOBS + 4; i++) {
    if (i < JOBS) submit(&jobs[i], i % 2 ? UV__LANE_SLOW : UV__LANE_FAST);
    if (i >= 4) cancelled[i - 4] = uv__pool_cancel(&jobs[i - 4].w, &share);
    if (i >= 4 && cancelled[i - 4]) cancels++;
  }
  wait_for_ends(JOBS - cancels);
  uv__pool_shutdown();

  assert_int_equal(JOBS - cancels, ended);
  for (unsigned i = 0; i < JOBS; i++) {
    assert_int_equal(cancelled[i] ? 0 : 1, jobs[i].runs);
    assert_int_equal(cancelled[i] ? 0 : 1, jobs[i].ends);
    assert_false(uv__pool_cancel(&jobs[i].w, &share));
  }
  free(cancelled);
  free(jobs);
}

static void cancel_fails_once_the_job_has_begun(void** state) {
  (void) state;
  prepare("1");
  uv_sem_t started, resume;
  assert_int_equal(0, uv_sem_init(&started, 0));
  assert_int_equal(0, uv_sem_init(&resume, 0));
  struct job busy = { .started = &started, .resume = &resume };
  struct job queued = { .runs = 0 };

  submit(&busy, UV__LANE_FAST);
  uv_sem_wait(&started);
  submit(&queued, UV__LANE_FAST);
  assert_false(uv__pool_cancel(&busy.w, &share));
  assert_true(uv__pool_cancel(&queued.w, &share));
  assert_false(uv__pool_cancel(&queued.w, &share));
  uv_sem_post(&resume);
  wait_for_ends(1);

  /* The same request may be used again. */
  submit(&queued, UV__LANE_FAST);
  wait_for_ends(2);
  assert_int_equal(1, queued.runs);
  assert_false(uv__pool_cancel(&queued.w, &share));
  uv_sem_destroy(&started);
  uv_sem_destroy(&resume);
}

static void slow_work_takes_half_of_the_pool_and_lets_fast_work_by(
    void** state) {
  (void) state;
  static const struct {
    const char* size;
    unsigned slow_max;
  } rows[] = { { "2", 1 }, { "3", 2 }, { "4", 2 }, { "5", 3 } };

  for (size_t r = 0; r < COUNT_OF(rows); r++) {
    prepare(rows[r].size);
    enum { SLOW = 8, FAST = 50 };
    uv_sem_t started, resume;
    assert_int_equal(0, uv_sem_init(&started, 0));
    assert_int_equal(0, uv_sem_init(&resume, 0));
    struct job slow[SLOW];
    struct job fast[FAST];
    memset(slow, 0, sizeof(slow));
    memset(fast, 0, sizeof(fast));

    for (unsigned i = 0; i < SLOW; i++) {
      slow[i].started = &started;
      slow[i].resume = &resume;
      submit(&slow[i], UV__LANE_SLOW);
    }
    for (unsigned i = 0; i < rows[r].slow_max; i++) uv_sem_wait(&started);

    /* All fast work gets through while the slow ones hang. */
    for (unsigned i = 0; i < FAST; i++) submit(&fast[i], UV__LANE_FAST);
    wait_for_ends(FAST);
    assert_int_equal(UV_EAGAIN, uv_sem_trywait(&started));
    assert_int_equal(rows[r].slow_max, uv__load_acquire(&running));

    for (unsigned i = 0; i < SLOW; i++) uv_sem_post(&resume);
    wait_for_ends(FAST + SLOW);
    for (unsigned i = 0; i < SLOW; i++) assert_int_equal(1, slow[i].runs);
    uv_sem_destroy(&started);
    uv_sem_destroy(&resume);
  }
}

static void lanes_neither_overtake_nor_starve_each_other(void** state) {
  (void) state;
  prepare("1");
  uv_sem_t started, resume;
  assert_int_equal(0, uv_sem_init(&started, 0));
  assert_int_equal(0, uv_sem_init(&resume, 0));
  struct job gate = { .started = &started, .resume = &resume };
  submit(&gate, UV__LANE_FAST);
  uv_sem_wait(&started);

  /* As submitted, and as they have to run: each slow one after the fast ones
   * that were queued when it became the first of its lane. */
  static const char submitted[] = "ffssfffscf";
  static const unsigned places[] = { 1, 2, 3, 8, 4, 5, 6, 9, 0, 7 };
  struct job jobs[COUNT_OF(places)];
  memset(jobs, 0, sizeof(jobs));
  for (size_t i = 0; i < COUNT_OF(jobs); i++) {
    submit(&jobs[i], submitted[i] == 's' ? UV__LANE_SLOW : UV__LANE_FAST);
    if (submitted[i] == 'c') assert_true(uv__pool_cancel(&jobs[i].w, &share));
  }
  uv_sem_post(&resume);
  wait_for_ends(COUNT_OF(jobs)); /* The gate, and all but the cancelled one. */

  for (size_t i = 0; i < COUNT_OF(jobs); i++)
    assert_int_equal(places[i] > 0 ? places[i] + 1 : 0, jobs[i].place);
  uv_sem_destroy(&started);
  uv_sem_destroy(&resume);
}

static void slow_work_that_is_cancelled_leaves_no_trace(void** state) {
  (void) state;
  prepare("1");
  uv_sem_t started, resume;
  assert_int_equal(0, uv_sem_init(&started, 0));
  assert_int_equal(0, uv_sem_init(&resume, 0));
  struct job gate = { .started = &started, .resume = &resume };
  struct job slow = { .runs = 0 }, fast = { .runs = 0 };
  submit(&gate, UV__LANE_FAST);
  uv_sem_wait(&started);
  submit(&slow, UV__LANE_SLOW);
  assert_true(uv__pool_cancel(&slow.w, &share));
  submit(&fast, UV__LANE_FAST);
  submit(&slow, UV__LANE_SLOW);
  uv_sem_post(&resume);
  wait_for_ends(3);
  assert_int_equal(2, fast.place);
  assert_int_equal(3, slow.place);
  uv_sem_destroy(&started);
  uv_sem_destroy(&resume);
}

static void shutdown_runs_what_is_queued(void** state) {
  (void) state;
  enum { JOBS = 200 };
  prepare("3");
  struct job* jobs = make_jobs(JOBS);
  for (unsigned i = 0; i < JOBS; i++)
    submit(&jobs[i], i % 2 ? UV__LANE_SLOW : UV__LANE_FAST);
  uv__pool_shutdown();
  assert_int_equal(JOBS, ended);
  uv__pool_shutdown(); /* Nothing is left to do. */
  free(jobs);
}

/* One job at a time: what a loop that waits for each of them makes. */
static void all_workers_get_their_turn(void** state) {
  (void) state;
  enum { SIZE = 4, JOBS_MAX = 50000 };
  prepare("4");
  uv_thread_t seen[SIZE];
  unsigned seen_count = 0;
  unsigned submitted = 0;
  while (seen_count < SIZE && submitted < JOBS_MAX) {
    struct job job = { .runs = 0 };
    submit(&job, UV__LANE_FAST);
    submitted++;
    while (uv__load_acquire(&ended) < submitted) uv__cpu_relax();
    unsigned i = 0;
    while (i < seen_count && !uv_thread_equal(&seen[i], &job.ran_on)) i++;
    if (i == seen_count) seen[seen_count++] = job.ran_on;
  }
  assert_int_equal(SIZE, seen_count);
}

/* Not one wake-up for each: what comes while a worker looks is found by it. */
static void work_that_comes_at_once_is_waited_for_awake(void** state) {
  (void) state;
  enum { JOBS = 20000 };
  prepare("4");
  for (unsigned i = 1; i <= JOBS; i++) {
    struct job job = { .runs = 0 };
    submit(&job, i % 4 == 0 ? UV__LANE_SLOW : UV__LANE_FAST);
    while (uv__load_acquire(&ended) < i) uv__cpu_relax();
    if (i % 1000 == 0) uv_sleep(1); /* They sleep now. */
  }
  uv__pool_shutdown(); /* Also of a worker that looks. */
  assert_int_equal(JOBS, ended);
}

static struct job inherited;

static int use_pool_of_child(void) {
  struct job job = { .runs = 0 };
  ended = 0;
  submit(&job, UV__LANE_FAST);
  wait_for_ends(1);
  uv__pool_shutdown();
  return job.runs == 1 && job.ends == 1 ? 0 : 2;
}

static int use_pool_and_leave_the_parents_work(void) {
  const int rc = use_pool_of_child();
  if (rc != 0) return rc;
  return inherited.runs == 0 && inherited.ends == 0 ? 0 : 3;
}

static void a_child_has_a_pool_of_its_own(void** state) {
  (void) state;
  if (UNDER_SANITIZER) skip(); /* No threads after a fork of many, says tsan. */
  prepare("1");
  uv_sem_t started, resume;
  assert_int_equal(0, uv_sem_init(&started, 0));
  assert_int_equal(0, uv_sem_init(&resume, 0));
  struct job busy = { .started = &started, .resume = &resume };
  submit(&busy, UV__LANE_FAST);
  uv_sem_wait(&started);
  submit(&inherited, UV__LANE_FAST);

  in_child(use_pool_and_leave_the_parents_work);

  uv_sem_post(&resume);
  wait_for_ends(2);
  assert_int_equal(1, inherited.runs);
  uv_sem_destroy(&started);
  uv_sem_destroy(&resume);
}

static uv_thread_t churner;
static unsigned churning; /* atomic */

static void churn(void* arg) {
  static struct job jobs[64];
  (void) arg;
  while (uv__load_acquire(&churning)) {
    const unsigned before = uv__load_acquire(&ended);
    for (size_t i = 0; i < COUNT_OF(jobs); i++) submit(&jobs[i], UV__LANE_FAST);
    wait_for_ends(before + (unsigned) COUNT_OF(jobs));
  }
}

static void a_fork_amid_submits_leaves_no_lock_held(void** state) {
  (void) state;
  if (UNDER_SANITIZER) skip(); /* The same. */
  prepare("2");
  uv__store_release(&churning, 1u);
  assert_int_equal(0, uv_thread_create(&churner, churn, NULL));
  for (int i = 0; i < 50; i++) in_child(use_pool_of_child);
  uv__store_release(&churning, 0u);
  assert_int_equal(0, uv_thread_join(&churner));
  uv__pool_shutdown();
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(without_threads_the_submitter_does_the_work),
    cmocka_unit_test(size_is_read_from_text_and_bad_text_means_default),
    cmocka_unit_test(each_job_of_many_submitters_runs_once),
    cmocka_unit_test(a_job_is_either_cancelled_or_run),
    cmocka_unit_test(cancel_fails_once_the_job_has_begun),
    cmocka_unit_test(slow_work_takes_half_of_the_pool_and_lets_fast_work_by),
    cmocka_unit_test(lanes_neither_overtake_nor_starve_each_other),
    cmocka_unit_test(slow_work_that_is_cancelled_leaves_no_trace),
    cmocka_unit_test(shutdown_runs_what_is_queued),
    cmocka_unit_test(all_workers_get_their_turn),
    cmocka_unit_test(work_that_comes_at_once_is_waited_for_awake),
    cmocka_unit_test(a_child_has_a_pool_of_its_own),
    cmocka_unit_test(a_fork_amid_submits_leaves_no_lock_held),
  };
  return cmocka_run_group_tests_name("threadpool", tests, NULL, NULL);
}
