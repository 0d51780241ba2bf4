/* SPDX-License-Identifier: MIT */
/* unit/sync: locks and threads. What could break: a timed wait that ends early
 * or never, a barrier that picks none or two, a try that waits, a mistake of
 * the program that goes unnoticed, a stack size the system refuses.
 *
 * cmocka's asserts work in the main thread only: threads report by counters. */
#include "base/abi.h"
#include "base/atomics.h"
#include "unix/os/clock.h"
#include "unix/os/thread.h"

#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof(*(table)))
#define THREADS 4
#define ROUNDS 200

static void start_all(uv_thread_t threads[THREADS], uv_thread_cb entry,
                      void* arg) {
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(0, uv_thread_create(&threads[i], entry, arg));
}

static void join_all(uv_thread_t threads[THREADS]) {
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(0, uv_thread_join(&threads[i]));
}

/* --- Mutexes ------------------------------------------------------------- */

static uv_mutex_t mutex;
static int counter;
static int tried;

static void add_under_lock(void* unused) {
  (void) unused;
  for (int i = 0; i < ROUNDS; i++) {
    uv_mutex_lock(&mutex);
    counter++;
    uv_mutex_unlock(&mutex);
  }
}

static void a_mutex_lets_one_in(void** state) {
  (void) state;
  uv_thread_t threads[THREADS];
  counter = 0;
  assert_int_equal(0, uv_mutex_init(&mutex));
  start_all(threads, add_under_lock, NULL);
  join_all(threads);
  uv_mutex_destroy(&mutex);
  assert_int_equal(THREADS * ROUNDS, counter);
}

static void try_mutex(void* unused) {
  (void) unused;
  tried = uv_mutex_trylock(&mutex);
  if (tried == 0) uv_mutex_unlock(&mutex);
}

static void trying_a_taken_mutex_is_busy(void** state) {
  (void) state;
  uv_thread_t thread;
  assert_int_equal(0, uv_mutex_init(&mutex));
  uv_mutex_lock(&mutex);
  assert_int_equal(0, uv_thread_create(&thread, try_mutex, NULL));
  assert_int_equal(0, uv_thread_join(&thread));
  assert_int_equal(UV_EBUSY, tried);
  assert_int_equal(UV_EBUSY, uv_mutex_trylock(&mutex));
  uv_mutex_unlock(&mutex);
  assert_int_equal(0, uv_thread_create(&thread, try_mutex, NULL));
  assert_int_equal(0, uv_thread_join(&thread));
  assert_int_equal(0, tried);
  uv_mutex_destroy(&mutex);
}

static void a_recursive_mutex_opens_after_the_last_unlock(void** state) {
  (void) state;
  static const int expected[] = { UV_EBUSY, UV_EBUSY, 0 };
  assert_int_equal(0, uv_mutex_init_recursive(&mutex));
  uv_mutex_lock(&mutex);
  assert_int_equal(0, uv_mutex_trylock(&mutex));
  for (size_t unlocks = 0; unlocks < COUNT(expected); unlocks++) {
    uv_thread_t thread;
    if (unlocks > 0) uv_mutex_unlock(&mutex);
    assert_int_equal(0, uv_thread_create(&thread, try_mutex, NULL));
    assert_int_equal(0, uv_thread_join(&thread));
    assert_int_equal(expected[unlocks], tried);
  }
  uv_mutex_destroy(&mutex);
}

/* In a child, which has to die of SIGABRT. */
static void destroying_a_locked_mutex_aborts(void** state) {
  (void) state;
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    (void) signal(SIGABRT, SIG_DFL);
    (void) close(STDERR_FILENO);
    if (uv_mutex_init(&mutex) != 0) _exit(1);
    uv_mutex_lock(&mutex);
    uv_mutex_destroy(&mutex);
    _exit(0);
  }
  int status;
  assert_int_equal(pid, waitpid(pid, &status, 0));
  assert_true(WIFSIGNALED(status));
  assert_int_equal(SIGABRT, WTERMSIG(status));
}

/* --- Read-write locks ---------------------------------------------------- */

static uv_rwlock_t rwlock;
static int tried_read;
static int tried_write;

static void try_both(void* unused) {
  (void) unused;
  tried_read = uv_rwlock_tryrdlock(&rwlock);
  if (tried_read == 0) uv_rwlock_rdunlock(&rwlock);
  tried_write = uv_rwlock_trywrlock(&rwlock);
  if (tried_write == 0) uv_rwlock_wrunlock(&rwlock);
}

static void readers_share_and_writers_do_not(void** state) {
  (void) state;
  void (*const locks[])(uv_rwlock_t*) = { NULL, uv_rwlock_rdlock,
                                          uv_rwlock_wrlock };
  void (*const unlocks[])(uv_rwlock_t*) = { NULL, uv_rwlock_rdunlock,
                                            uv_rwlock_wrunlock };
  static const int expected[][2] = { { 0, 0 },
                                     { 0, UV_EBUSY },
                                     { UV_EBUSY, UV_EBUSY } };
  assert_int_equal(0, uv_rwlock_init(&rwlock));
  for (size_t i = 0; i < COUNT(expected); i++) {
    uv_thread_t thread;
    if (locks[i] != NULL) locks[i](&rwlock);
    assert_int_equal(0, uv_thread_create(&thread, try_both, NULL));
    assert_int_equal(0, uv_thread_join(&thread));
    if (unlocks[i] != NULL) unlocks[i](&rwlock);
    assert_int_equal(expected[i][0], tried_read);
    assert_int_equal(expected[i][1], tried_write);
  }
  uv_rwlock_destroy(&rwlock);
}

/* --- Semaphores ---------------------------------------------------------- */

static void a_semaphore_counts(void** state) {
  (void) state;
  uv_sem_t sem;
  assert_int_equal(0, uv_sem_init(&sem, 2));
  uv_sem_wait(&sem);
  assert_int_equal(0, uv_sem_trywait(&sem));
  assert_int_equal(UV_EAGAIN, uv_sem_trywait(&sem));
  uv_sem_post(&sem);
  assert_int_equal(0, uv_sem_trywait(&sem));
  uv_sem_destroy(&sem);
  assert_int_equal(UV_EINVAL, uv_sem_init(&sem, UINT_MAX));
}

/* --- Condition variables ------------------------------------------------- */

static uv_cond_t cond;
static int ready;

static void a_timed_wait_ends_when_its_time_is_over(void** state) {
  (void) state;
  static const uint64_t timeouts_ns[] = { 0, 1, 999999, 3000000, 20000000 };
  assert_int_equal(0, uv_mutex_init(&mutex));
  assert_int_equal(0, uv_cond_init(&cond));
  uv_mutex_lock(&mutex);
  for (size_t i = 0; i < COUNT(timeouts_ns); i++) {
    uint64_t start_ns = uv__clock_precise_ns();
    int rc;
    do rc = uv_cond_timedwait(&cond, &mutex, timeouts_ns[i]);
    while (rc == 0); /* For no reason, which POSIX allows. */
    assert_int_equal(UV_ETIMEDOUT, rc);
    assert_true(uv__clock_precise_ns() - start_ns >= timeouts_ns[i]);
  }
  uv_mutex_unlock(&mutex);
  uv_cond_destroy(&cond);
  uv_mutex_destroy(&mutex);
}

static void announce(void* use_broadcast) {
  uv_mutex_lock(&mutex);
  ready = 1;
  if (use_broadcast != NULL)
    uv_cond_broadcast(&cond);
  else
    uv_cond_signal(&cond);
  uv_mutex_unlock(&mutex);
}

/* The longest timeouts must not wrap round to ones in the past. */
static void a_timed_wait_ends_when_signalled(void** state) {
  (void) state;
  static const uint64_t timeouts_ns[] = { 60000000000, INT64_MAX,
                                          UINT64_MAX - 1, UINT64_MAX };
  assert_int_equal(0, uv_mutex_init(&mutex));
  assert_int_equal(0, uv_cond_init(&cond));
  for (size_t i = 0; i < COUNT(timeouts_ns); i++) {
    uv_thread_t thread;
    uv_mutex_lock(&mutex);
    ready = 0;
    int rc = uv_thread_create(&thread, announce, i % 2 == 0 ? NULL : &ready);
    assert_int_equal(0, rc);
    while (!ready && rc == 0)
      rc = uv_cond_timedwait(&cond, &mutex, timeouts_ns[i]);
    uv_mutex_unlock(&mutex);
    assert_int_equal(0, uv_thread_join(&thread));
    assert_int_equal(0, rc);
  }
  uv_cond_destroy(&cond);
  uv_mutex_destroy(&mutex);
}

/* --- Barriers ------------------------------------------------------------ */

static uv_barrier_t barrier;
static int chosen[ROUNDS];

static void meet(void* unused) {
  (void) unused;
  for (int round = 0; round < ROUNDS; round++)
    if (uv_barrier_wait(&barrier) > 0) uv__fetch_add(&chosen[round], 1);
}

static void a_barrier_chooses_one_of_each_round(void** state) {
  (void) state;
  uv_thread_t threads[THREADS];
  memset(chosen, 0, sizeof(chosen));
  assert_int_equal(0, uv_barrier_init(&barrier, THREADS));
  start_all(threads, meet, NULL);
  join_all(threads);
  uv_barrier_destroy(&barrier);
  for (int round = 0; round < ROUNDS; round++)
    assert_int_equal(1, chosen[round]);
}

static void a_barrier_for_one_never_waits(void** state) {
  (void) state;
  assert_int_equal(UV_EINVAL, uv_barrier_init(&barrier, 0));
  assert_int_equal(0, uv_barrier_init(&barrier, 1));
  assert_true(uv_barrier_wait(&barrier) > 0);
  assert_true(uv_barrier_wait(&barrier) > 0);
  uv_barrier_destroy(&barrier);
}

/* --- Once, and keys ------------------------------------------------------ */

static uv_once_t guard = UV_ONCE_INIT;
static int calls;
static int seen_before;

static void count_call(void) {
  uv__fetch_add(&calls, 1);
}

static void call_once(void* unused) {
  (void) unused;
  uv_once(&guard, count_call);
  if (uv__load_acquire(&calls) != 1) uv__fetch_add(&seen_before, 1);
}

static void once_is_once_and_over_when_it_returns(void** state) {
  (void) state;
  uv_thread_t threads[THREADS];
  start_all(threads, call_once, NULL);
  join_all(threads);
  assert_int_equal(1, calls);
  assert_int_equal(0, seen_before);
}

static uv_key_t key;
static int foreign;

static void use_key(void* unused) {
  (void) unused;
  int mine;
  if (uv_key_get(&key) != NULL) uv__fetch_add(&foreign, 1);
  uv_key_set(&key, &mine);
  if (uv_key_get(&key) != &mine) uv__fetch_add(&foreign, 1);
}

static void each_thread_has_its_own_value_of_a_key(void** state) {
  (void) state;
  uv_thread_t threads[THREADS];
  assert_int_equal(0, uv_key_create(&key));
  uv_key_set(&key, &foreign);
  start_all(threads, use_key, NULL);
  join_all(threads);
  assert_int_equal(0, foreign);
  assert_ptr_equal(&foreign, uv_key_get(&key));
  uv_key_delete(&key);
}

/* --- Threads ------------------------------------------------------------- */

static void a_stack_is_whole_pages_and_large_enough(void** state) {
  (void) state;
  static const struct {
    size_t wanted, least, page, size;
  } table[] = {
    { 0, 16384, 4096, 16384 },
    { 1, 16384, 4096, 16384 },
    { 16384, 16384, 4096, 16384 },
    { 16385, 16384, 4096, 20480 },
    { 1234567, 16384, 4096, 1236992 },
    { 1234567, 16384, 65536, 1245184 },
    { 5, 10, 4096, 4096 },
    { SIZE_MAX - 4095, 16384, 4096, SIZE_MAX - 4095 },
    { SIZE_MAX - 4094, 16384, 4096, 0 },
    { SIZE_MAX, 16384, 4096, 0 },
  };
  for (size_t i = 0; i < COUNT(table); i++)
    assert_true(table[i].size == uv__thread_stack_fit(table[i].wanted,
                                                      table[i].least,
                                                      table[i].page));
}

/* Touches nothing: some of these stacks are tiny. */
static void note_stack(void* size) {
  pthread_attr_t attr;
  if (pthread_getattr_np(pthread_self(), &attr) != 0) return;
  (void) pthread_attr_getstacksize(&attr, size);
  (void) pthread_attr_destroy(&attr);
}

static size_t stack_of(unsigned flags, size_t wanted) {
  uv_thread_options_t options = { .flags = flags, .stack_size = wanted };
  uv_thread_t thread;
  size_t size = 0;
  int rc = uv_thread_create_ex(&thread, &options, note_stack, &size);
  assert_int_equal(0, rc);
  assert_int_equal(0, uv_thread_join(&thread));
  return size;
}

/* At least: libc hands out stacks again that earlier threads have left. */
static void a_thread_gets_the_stack_it_asks_for(void** state) {
  (void) state;
  const unsigned own = UV_THREAD_HAS_STACK_SIZE;
  assert_true(stack_of(own, 1234567) >= 1234567);
  assert_true(stack_of(own, 42) >= (size_t) PTHREAD_STACK_MIN);
  assert_true(stack_of(own, 12 << 20) >= 12 << 20);
}

static void the_default_stack_follows_the_main_one(void** state) {
  (void) state;
  struct rlimit usual;
  assert_int_equal(0, getrlimit(RLIMIT_STACK, &usual));
  if (usual.rlim_max < 24 << 20) skip();
  struct rlimit changed = { .rlim_cur = 24 << 20, .rlim_max = usual.rlim_max };
  assert_int_equal(0, setrlimit(RLIMIT_STACK, &changed));
  size_t by_limit = stack_of(UV_THREAD_NO_FLAGS, 1 << 20);
  size_t by_zero = stack_of(UV_THREAD_HAS_STACK_SIZE, 0);
  assert_int_equal(0, setrlimit(RLIMIT_STACK, &usual));
  assert_true(by_limit >= 24 << 20);
  assert_true(by_zero >= 24 << 20);
}

static void an_unlimited_main_stack_means_8_mib(void** state) {
  (void) state;
  struct rlimit usual;
  assert_int_equal(0, getrlimit(RLIMIT_STACK, &usual));
  if (usual.rlim_max != RLIM_INFINITY) skip();
  struct rlimit changed = { RLIM_INFINITY, RLIM_INFINITY };
  assert_int_equal(0, setrlimit(RLIMIT_STACK, &changed));
  size_t size = uv__thread_stack_default();
  assert_int_equal(0, setrlimit(RLIMIT_STACK, &usual));
  assert_int_equal(8 << 20, size);
}

static void nonsense_makes_no_thread(void** state) {
  (void) state;
  uv_thread_options_t huge = { .flags = UV_THREAD_HAS_STACK_SIZE,
                               .stack_size = SIZE_MAX };
  uv_thread_t thread;
  size_t size;
  assert_int_equal(UV_EINVAL, uv_thread_create(&thread, NULL, NULL));
  assert_int_equal(UV_EINVAL,
                   uv_thread_create_ex(&thread, NULL, note_stack, &size));
  assert_int_equal(UV_EINVAL,
                   uv_thread_create_ex(&thread, &huge, note_stack, &size));
}

static void priorities_out_of_range_are_refused(void** state) {
  (void) state;
  uv_thread_t self = uv_thread_self();
  assert_int_equal(UV_EINVAL,
                   uv_thread_setpriority(self, UV_THREAD_PRIORITY_LOWEST - 1));
  assert_int_equal(UV_EINVAL,
                   uv_thread_setpriority(self, UV_THREAD_PRIORITY_HIGHEST + 1));
  assert_int_equal(UV_EINVAL, uv_thread_getpriority(self, NULL));
}

static void masks_that_are_too_short_are_refused(void** state) {
  (void) state;
  char mask[CPU_SETSIZE] = { 0 };
  uv_thread_t self = uv_thread_self();
  assert_int_equal(CPU_SETSIZE, uv_cpumask_size());
  assert_int_equal(UV_EINVAL,
                   uv_thread_getaffinity(&self, mask, CPU_SETSIZE - 1));
  assert_int_equal(UV_EINVAL,
                   uv_thread_setaffinity(&self, mask, NULL, CPU_SETSIZE - 1));
  assert_int_equal(0, uv_thread_getaffinity(&self, mask, CPU_SETSIZE));
  assert_int_equal(1, mask[uv_thread_getcpu()]);
  memset(mask, 0, sizeof(mask));
  assert_int_equal(UV_EINVAL,
                   uv_thread_setaffinity(&self, mask, NULL, CPU_SETSIZE));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_mutex_lets_one_in),
    cmocka_unit_test(trying_a_taken_mutex_is_busy),
    cmocka_unit_test(a_recursive_mutex_opens_after_the_last_unlock),
    cmocka_unit_test(destroying_a_locked_mutex_aborts),
    cmocka_unit_test(readers_share_and_writers_do_not),
    cmocka_unit_test(a_semaphore_counts),
    cmocka_unit_test(a_timed_wait_ends_when_its_time_is_over),
    cmocka_unit_test(a_timed_wait_ends_when_signalled),
    cmocka_unit_test(a_barrier_chooses_one_of_each_round),
    cmocka_unit_test(a_barrier_for_one_never_waits),
    cmocka_unit_test(once_is_once_and_over_when_it_returns),
    cmocka_unit_test(each_thread_has_its_own_value_of_a_key),
    cmocka_unit_test(a_stack_is_whole_pages_and_large_enough),
    cmocka_unit_test(a_thread_gets_the_stack_it_asks_for),
    cmocka_unit_test(the_default_stack_follows_the_main_one),
    cmocka_unit_test(an_unlimited_main_stack_means_8_mib),
    cmocka_unit_test(nonsense_makes_no_thread),
    cmocka_unit_test(priorities_out_of_range_are_refused),
    cmocka_unit_test(masks_that_are_too_short_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
