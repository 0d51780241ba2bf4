/* SPDX-License-Identifier: MIT */
/* Locks that are taken, counts that are out of range, waits that end without a
 * signal. What POSIX leaves undefined (unlocking what is not locked, destroying
 * what is in use) is not tried. */
#include "misuse.h"

#include <limits.h>

static void try_entry(void* arg) {
  uv_mutex_t* mutex = arg;
  ANSWERS(UV_EBUSY, uv_mutex_trylock(mutex));
}

static void a_mutex_that_is_taken(void** state) {
  (void) state;
  uv_mutex_t plain, recursive;
  uv_thread_t thread;
  ANSWERS(0, uv_mutex_init(&plain));
  ANSWERS(0, uv_mutex_init_recursive(&recursive));
  SURVIVES(uv_mutex_lock(&plain));
  ANSWERS(UV_EBUSY, uv_mutex_trylock(&plain));
  SURVIVES(uv_mutex_unlock(&plain));
  SURVIVES(uv_mutex_lock(&recursive));
  ANSWERS(0, uv_mutex_trylock(&recursive)); /* Its owner may again. */
  assert_int_equal(0, uv_thread_create(&thread, try_entry, &recursive));
  uv_thread_join(&thread);
  SURVIVES(uv_mutex_unlock(&recursive));
  SURVIVES(uv_mutex_unlock(&recursive));
  SURVIVES(uv_mutex_destroy(&plain));
  SURVIVES(uv_mutex_destroy(&recursive));
}

static void a_read_write_lock_that_is_taken(void** state) {
  (void) state;
  uv_rwlock_t lock;
  ANSWERS(0, uv_rwlock_init(&lock));
  SURVIVES(uv_rwlock_wrlock(&lock));
  ANSWERS(UV_EBUSY, uv_rwlock_tryrdlock(&lock));
  ANSWERS(UV_EBUSY, uv_rwlock_trywrlock(&lock));
  SURVIVES(uv_rwlock_wrunlock(&lock));
  SURVIVES(uv_rwlock_rdlock(&lock));
  ANSWERS(0, uv_rwlock_tryrdlock(&lock));
  ANSWERS(UV_EBUSY, uv_rwlock_trywrlock(&lock));
  SURVIVES(uv_rwlock_rdunlock(&lock));
  SURVIVES(uv_rwlock_rdunlock(&lock));
  SURVIVES(uv_rwlock_destroy(&lock));
}

static void a_semaphore_out_of_range(void** state) {
  (void) state;
  uv_sem_t sem;
  ANSWERS(UV_EINVAL, uv_sem_init(&sem, UINT_MAX));
  ANSWERS(0, uv_sem_init(&sem, 0));
  ANSWERS(UV_EAGAIN, uv_sem_trywait(&sem));
  SURVIVES(uv_sem_post(&sem));
  SURVIVES(uv_sem_wait(&sem));
  ANSWERS(UV_EAGAIN, uv_sem_trywait(&sem));
  SURVIVES(uv_sem_destroy(&sem));
}

static void a_barrier_for_nobody(void** state) {
  (void) state;
  uv_barrier_t barrier;
  ANSWERS(UV_EINVAL, uv_barrier_init(&barrier, 0));
  ANSWERS(0, uv_barrier_init(&barrier, 1));
  ANSWERS(1, uv_barrier_wait(&barrier));
  ANSWERS(1, uv_barrier_wait(&barrier));
  SURVIVES(uv_barrier_destroy(&barrier));
}

static void a_signal_that_does_not_come(void** state) {
  (void) state;
  uv_mutex_t mutex;
  uv_cond_t cond;
  assert_int_equal(0, uv_mutex_init(&mutex));
  ANSWERS(0, uv_cond_init(&cond));
  SURVIVES(uv_cond_signal(&cond)); /* No thread waits. */
  SURVIVES(uv_cond_broadcast(&cond));
  uv_mutex_lock(&mutex);
  ANSWERS(UV_ETIMEDOUT, uv_cond_timedwait(&cond, &mutex, 0));
  ANSWERS(UV_ETIMEDOUT, uv_cond_timedwait(&cond, &mutex, 1000));
  ANSWERS(UV_EBUSY, uv_mutex_trylock(&mutex)); /* It is ours again. */
  uv_mutex_unlock(&mutex);
  SURVIVES(uv_cond_destroy(&cond));
  uv_mutex_destroy(&mutex);
}

static int once_count;

static void count_once(void) {
  once_count++;
}

static void once_is_once(void** state) {
  (void) state;
  static uv_once_t guard = UV_ONCE_INIT;
  SURVIVES(uv_once(&guard, count_once));
  SURVIVES(uv_once(&guard, count_once));
  assert_int_equal(1, once_count);
}

static void a_key_without_a_value(void** state) {
  (void) state;
  uv_key_t key;
  ANSWERS(0, uv_key_create(&key));
  ANSWERS(1, uv_key_get(&key) == NULL);
  SURVIVES(uv_key_set(&key, NULL));
  ANSWERS(1, uv_key_get(&key) == NULL);
  SURVIVES(uv_key_delete(&key));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(a_mutex_that_is_taken),       T(a_read_write_lock_that_is_taken),
    T(a_semaphore_out_of_range),    T(a_barrier_for_nobody),
    T(a_signal_that_does_not_come), T(once_is_once),
    T(a_key_without_a_value),
  };
  return cmocka_run_group_tests_name("sync", tests, NULL, NULL);
}
