/* SPDX-License-Identifier: MIT */
/* Locks and their relatives, a thin coat over POSIX threads: mutexes,
 * read-write locks, semaphores, condition variables, barriers, once, keys.
 *
 * Most of these functions return nothing, so they cannot report a failure. The
 * system refuses them only for a mistake in the program: unlocking what is not
 * locked, destroying what is in use. Going on would silently break mutual
 * exclusion, so `must` stops the process. What can fail for other reasons
 * (no memory at init, a lock that is taken) is returned.
 *
 * Timed waits count on the monotonic clock: setting the wall clock neither
 * shortens nor lengthens them.
 *
 * Any thread. Threads live in thread.c, where they run in sched.c. */
#include "base/abi.h"
#include "base/assert.h"
#include "unix/os/clock.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <time.h>

/* --- Results ------------------------------------------------------------- */

/* For calls that only a wrong program can make fail. */
static void must(int error) {
  UV__ASSERT(error == 0);
}

/* For attempts: 0 when we got it, UV_EBUSY when another thread has it. A lock
 * that ran out of recursions or readers is busy, too. */
static int attempt(int error) {
  if (error == 0) return 0;
  UV__ASSERT(error == EBUSY || error == EAGAIN);
  return UV_EBUSY;
}

/* --- Mutexes ------------------------------------------------------------- */

int uv_mutex_init(uv_mutex_t* mutex) {
  return UV__ERR(pthread_mutex_init(mutex, NULL));
}

int uv_mutex_init_recursive(uv_mutex_t* mutex) {
  pthread_mutexattr_t recursive;
  int rc = pthread_mutexattr_init(&recursive);
  if (rc != 0) return UV__ERR(rc);
  rc = pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
  if (rc == 0) rc = pthread_mutex_init(mutex, &recursive);
  must(pthread_mutexattr_destroy(&recursive));
  return UV__ERR(rc);
}

int uv_mutex_trylock(uv_mutex_t* mutex) {
  return attempt(pthread_mutex_trylock(mutex));
}

void uv_mutex_lock(uv_mutex_t* mutex) {
  must(pthread_mutex_lock(mutex));
}

void uv_mutex_unlock(uv_mutex_t* mutex) {
  must(pthread_mutex_unlock(mutex));
}

void uv_mutex_destroy(uv_mutex_t* mutex) {
  must(pthread_mutex_destroy(mutex));
}

/* --- Read-write locks ---------------------------------------------------- */

int uv_rwlock_init(uv_rwlock_t* lock) {
  return UV__ERR(pthread_rwlock_init(lock, NULL));
}

void uv_rwlock_destroy(uv_rwlock_t* lock) {
  must(pthread_rwlock_destroy(lock));
}

int uv_rwlock_tryrdlock(uv_rwlock_t* lock) {
  return attempt(pthread_rwlock_tryrdlock(lock));
}

int uv_rwlock_trywrlock(uv_rwlock_t* lock) {
  return attempt(pthread_rwlock_trywrlock(lock));
}

void uv_rwlock_rdlock(uv_rwlock_t* lock) {
  must(pthread_rwlock_rdlock(lock));
}

void uv_rwlock_wrlock(uv_rwlock_t* lock) {
  must(pthread_rwlock_wrlock(lock));
}

/* POSIX has one unlock for both kinds. */
void uv_rwlock_rdunlock(uv_rwlock_t* lock) {
  must(pthread_rwlock_unlock(lock));
}

void uv_rwlock_wrunlock(uv_rwlock_t* lock) {
  must(pthread_rwlock_unlock(lock));
}

/* --- Semaphores ---------------------------------------------------------- */

int uv_sem_init(uv_sem_t* sem, unsigned int value) {
  return sem_init(sem, 0, value) == 0 ? 0 : UV__ERR(errno);
}

/* Only a count past SEM_VALUE_MAX is refused. */
void uv_sem_post(uv_sem_t* sem) {
  must(sem_post(sem));
}

void uv_sem_wait(uv_sem_t* sem) {
  while (sem_wait(sem) != 0) UV__ASSERT(errno == EINTR);
}

int uv_sem_trywait(uv_sem_t* sem) {
  while (sem_trywait(sem) != 0) {
    if (errno == EAGAIN) return UV_EAGAIN;
    UV__ASSERT(errno == EINTR);
  }
  return 0;
}

void uv_sem_destroy(uv_sem_t* sem) {
  must(sem_destroy(sem));
}

/* --- Condition variables ------------------------------------------------- */

int uv_cond_init(uv_cond_t* cond) {
  pthread_condattr_t steady;
  int rc = pthread_condattr_init(&steady);
  if (rc != 0) return UV__ERR(rc);
  rc = pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
  if (rc == 0) rc = pthread_cond_init(cond, &steady);
  must(pthread_condattr_destroy(&steady));
  return UV__ERR(rc);
}

void uv_cond_destroy(uv_cond_t* cond) {
  must(pthread_cond_destroy(cond));
}

void uv_cond_signal(uv_cond_t* cond) {
  must(pthread_cond_signal(cond));
}

void uv_cond_broadcast(uv_cond_t* cond) {
  must(pthread_cond_broadcast(cond));
}

void uv_cond_wait(uv_cond_t* cond, uv_mutex_t* mutex) {
  must(pthread_cond_wait(cond, mutex));
}

/* The moment `timeout_ns` from now; the end of time when there is none. */
static struct timespec moment_after(uint64_t timeout_ns) {
  const uint64_t second_ns = 1000000000;
  uint64_t now_ns = uv__clock_precise_ns();
  uint64_t then_ns =
      timeout_ns < UINT64_MAX - now_ns ? now_ns + timeout_ns : UINT64_MAX;
  return (struct timespec){ .tv_sec = (time_t) (then_ns / second_ns),
                            .tv_nsec = (long) (then_ns % second_ns) };
}

/* `timeout_ns` counts from now. May return 0 without a signal, as POSIX has it:
 * callers look at their condition again. */
int uv_cond_timedwait(uv_cond_t* cond, uv_mutex_t* mutex, uint64_t timeout_ns) {
  struct timespec then = moment_after(timeout_ns);
  int rc = pthread_cond_timedwait(cond, mutex, &then);
  if (rc == ETIMEDOUT) return UV_ETIMEDOUT;
  must(rc);
  return 0;
}

/* --- Barriers ------------------------------------------------------------ */

int uv_barrier_init(uv_barrier_t* barrier, unsigned int count) {
  return UV__ERR(pthread_barrier_init(barrier, NULL, count));
}

/* Above 0 for exactly one of the threads, which may destroy the barrier: that
 * call waits until the others have left. */
int uv_barrier_wait(uv_barrier_t* barrier) {
  int rc = pthread_barrier_wait(barrier);
  bool is_chosen = rc == PTHREAD_BARRIER_SERIAL_THREAD;
  must(is_chosen ? 0 : rc);
  return is_chosen;
}

void uv_barrier_destroy(uv_barrier_t* barrier) {
  must(pthread_barrier_destroy(barrier));
}

/* --- Once, and keys ------------------------------------------------------ */

void uv_once(uv_once_t* guard, void (*callback)(void)) {
  must(pthread_once(guard, callback));
}

int uv_key_create(uv_key_t* key) {
  return UV__ERR(pthread_key_create(key, NULL));
}

void* uv_key_get(uv_key_t* key) {
  return pthread_getspecific(*key);
}

/* The first value of a key in a thread may need memory; there is no way to say
 * that there was none. */
void uv_key_set(uv_key_t* key, void* value) {
  must(pthread_setspecific(*key, value));
}

void uv_key_delete(uv_key_t* key) {
  must(pthread_key_delete(*key));
}
