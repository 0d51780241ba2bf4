/* SPDX-License-Identifier: MIT */
/* Argument checks: threads and what they share. */
#include "cases.h"

#include <limits.h>
#include <string.h>

static uv_thread_t thread;
static uv_thread_options_t params;
static uv_mutex_t mutex;
static uv_rwlock_t lock;
static uv_sem_t sem;
static uv_cond_t cond;
static uv_barrier_t barrier;
static uv_key_t key;
static uv_once_t once = UV_ONCE_INIT;
static char mask[4096];
static int number;

static void run(void* arg) {
  (void) arg;
}

static void nothing(void) {
}

static uv_mutex_t* locked(void) {
  uv_mutex_init(&mutex);
  uv_mutex_lock(&mutex);
  return &mutex;
}

static uv_rwlock_t* for_writing(void) {
  uv_rwlock_init(&lock);
  uv_rwlock_wrlock(&lock);
  return &lock;
}

static uv_rwlock_t* for_reading(void) {
  uv_rwlock_init(&lock);
  uv_rwlock_rdlock(&lock);
  return &lock;
}

static uv_sem_t* empty_sem(void) {
  uv_sem_init(&sem, 0);
  return &sem;
}

static uv_cond_t* cond_new(void) {
  uv_cond_init(&cond);
  return &cond;
}

static const uv_thread_options_t* stack_of(size_t size) {
  params.flags = UV_THREAD_HAS_STACK_SIZE;
  params.stack_size = size;
  return &params;
}

static uv_thread_t self(void) {
  return uv_thread_self();
}

static uv_thread_t* self_ref(void) {
  thread = uv_thread_self();
  return &thread;
}

void thread_cases(void) {
  CASE(uv_thread_create, "good", &thread, run, NULL);
  CASE(uv_thread_create_ex, "stack 0", &thread, stack_of(0), run, NULL);
  CASE(uv_thread_create_ex, "stack 1", &thread, stack_of(1), run, NULL);
  CASE(uv_thread_create_ex, "stack SIZE_MAX", &thread, stack_of(SIZE_MAX), run,
       NULL);
  CASE(uv_thread_create_ex, "stack huge", &thread, stack_of((size_t) 1 << 60),
       run, NULL);
  CASE(uv_thread_join, "itself", self_ref());
  CASE(uv_thread_getpriority, "NULL", self(), NULL);
  CASE(uv_thread_getpriority, "itself", self(), &number);
  CASE(uv_thread_setpriority, "77", self(), 77);
  CASE(uv_thread_setpriority, "-77", self(), -77);
  CASE(uv_thread_setpriority, "0", self(), 0);
  CASE(uv_thread_setaffinity, "small mask", self_ref(), mask, NULL, 1);
  CASE(uv_thread_setaffinity, "no CPU", self_ref(), mask, NULL, 4096);
  CASE(uv_thread_getaffinity, "small mask", self_ref(), mask, 1);
  CASE(uv_thread_getaffinity, "good", self_ref(), mask, 4096);
  CASE(uv_thread_setname, "NULL", NULL);
  CASE(uv_thread_setname, "empty", "");
  CASE(uv_thread_setname, "too long", long_path());
  CASE(uv_thread_getname, "NULL", self_ref(), NULL, 10);
  CASE(uv_thread_getname, "size 0", self_ref(), room(), 0);
  CASE(uv_thread_getname, "size 1", self_ref(), room(), 1);
  CASE(uv_mutex_init, "fresh", &mutex);
  CASE(uv_mutex_init_recursive, "fresh", &mutex);
  CASE(uv_mutex_trylock, "locked", locked());
  CALL(uv_mutex_destroy, "locked", locked());
  CALL(uv_mutex_lock, "locked", locked());
  CALL(uv_mutex_unlock, "locked", locked());
  CASE(uv_rwlock_init, "fresh", &lock);
  CASE(uv_rwlock_tryrdlock, "held for writing", for_writing());
  CASE(uv_rwlock_tryrdlock, "held for reading", for_reading());
  CASE(uv_rwlock_trywrlock, "held for writing", for_writing());
  CASE(uv_rwlock_trywrlock, "held for reading", for_reading());
  CALL(uv_rwlock_rdlock, "held for reading", for_reading());
  CALL(uv_rwlock_wrlock, "held by itself", for_writing());
  CALL(uv_rwlock_rdunlock, "held", for_reading());
  CALL(uv_rwlock_wrunlock, "held", for_writing());
  CALL(uv_rwlock_destroy, "held", for_reading());
  CASE(uv_sem_init, "0", &sem, 0);
  CASE(uv_sem_init, "UINT_MAX", &sem, UINT_MAX);
  CASE(uv_sem_trywait, "0", empty_sem());
  CALL(uv_sem_wait, "0", empty_sem());
  CALL(uv_sem_post, "0", empty_sem());
  CALL(uv_sem_destroy, "0", empty_sem());
  CASE(uv_cond_init, "fresh", &cond);
  CASE(uv_cond_timedwait, "0", cond_new(), locked(), 0);
  CALL(uv_cond_signal, "without a waiter", cond_new());
  CALL(uv_cond_broadcast, "without a waiter", cond_new());
  CALL(uv_cond_destroy, "fresh", cond_new());
  CASE(uv_barrier_init, "count 0", &barrier, 0);
  CASE(uv_barrier_init, "count 1", &barrier, 1);
  CASE(uv_barrier_init, "UINT_MAX", &barrier, UINT_MAX);
  CASE(uv_barrier_wait, "count 1", (uv_barrier_init(&barrier, 1), &barrier));
  CALL(uv_barrier_destroy, "not waited for",
       (uv_barrier_init(&barrier, 1), &barrier));
  CASE(uv_key_create, "fresh", &key);
  CALL(uv_key_set, "NULL value", (uv_key_create(&key), &key), NULL);
  TEXT(uv_key_get, "never set", (uv_key_create(&key), &key));
  CALL(uv_key_delete, "fresh", (uv_key_create(&key), &key));
  CALL(uv_once, "fresh", &once, nothing);
}
