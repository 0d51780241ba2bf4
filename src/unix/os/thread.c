/* SPDX-License-Identifier: MIT */
/* Threads: start, wait for, let go.
 *
 * The stack size is always set explicitly. What a C library picks by itself
 * ranges from 128 KiB to 8 MiB, too little for what runs in thread pools; the
 * limit for the main thread's stack (ulimit -s) is what users tune, so new
 * threads follow it.
 *
 * uv_thread_cb returns nothing, a POSIX thread returns a pointer. Calling one
 * through the other's type is undefined, so each thread starts in `enter`,
 * which carries the real entry in a small block that it frees first of all.
 *
 * Any thread. Names, priorities and processors are sched.c's. */
#include "unix/os/thread.h"

#include "base/alloc.h"
#include "base/assert.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

/* For an unlimited main stack: what the usual limit is. */
#define STACK_UNLIMITED ((size_t) 8 << 20)

struct start {
  uv_thread_cb entry;
  void* arg;
};

static void* enter(void* opaque) {
  struct start start = *(struct start*) opaque;
  uv__free(opaque);
  start.entry(start.arg);
  return NULL;
}

size_t uv__thread_stack_fit(size_t wanted, size_t least, size_t page) {
  UV__ASSERT(page != 0 && (page & (page - 1)) == 0);
  size_t size = wanted > least ? wanted : least;
  return size <= SIZE_MAX - (page - 1) ? (size + page - 1) & ~(page - 1) : 0;
}

size_t uv__thread_stack_default(void) {
  struct rlimit main_stack;
  if (getrlimit(RLIMIT_STACK, &main_stack) != 0) return STACK_UNLIMITED;
  if (main_stack.rlim_cur == RLIM_INFINITY) return STACK_UNLIMITED;
  return (size_t) main_stack.rlim_cur;
}

/* How much stack `options` ask for; 0 in there means the default too. */
static size_t stack_wanted(const uv_thread_options_t* options) {
  if (options->flags & UV_THREAD_HAS_STACK_SIZE && options->stack_size != 0)
    return options->stack_size;
  return uv__thread_stack_default();
}

/* Create a thread with a stack of that size; an error of errno.h. */
static int launch(uv_thread_t* tid, size_t stack_size, struct start* start) {
  pthread_attr_t attr;
  int rc = pthread_attr_init(&attr);
  if (rc != 0) return rc;
  rc = pthread_attr_setstacksize(&attr, stack_size);
  if (rc == 0) rc = pthread_create(tid, &attr, enter, start);
  (void) pthread_attr_destroy(&attr);
  return rc;
}

int uv_thread_create_ex(uv_thread_t* tid, const uv_thread_options_t* params,
                        uv_thread_cb entry, void* arg) {
  if (tid == NULL || params == NULL || entry == NULL) return UV_EINVAL;
  size_t stack_size =
      uv__thread_stack_fit(stack_wanted(params), (size_t) PTHREAD_STACK_MIN,
                           (size_t) sysconf(_SC_PAGESIZE));
  if (stack_size == 0) return UV_EINVAL;

  struct start* start = uv__malloc(sizeof(*start));
  if (start == NULL) return UV_ENOMEM;
  *start = (struct start){ .entry = entry, .arg = arg };
  int rc = launch(tid, stack_size, start);
  if (rc != 0) uv__free(start);
  return UV__ERR(rc);
}

int uv_thread_create(uv_thread_t* tid, uv_thread_cb entry, void* arg) {
  static const uv_thread_options_t plain = { .flags = UV_THREAD_NO_FLAGS };
  return uv_thread_create_ex(tid, &plain, entry, arg);
}

int uv_thread_join(uv_thread_t* tid) {
  return UV__ERR(pthread_join(*tid, NULL));
}

int uv_thread_detach(uv_thread_t* tid) {
  return UV__ERR(pthread_detach(*tid));
}

uv_thread_t uv_thread_self(void) {
  return pthread_self();
}

int uv_thread_equal(const uv_thread_t* t1, const uv_thread_t* t2) {
  return pthread_equal(*t1, *t2) != 0;
}

void uv__thread_yield(void) {
  sched_yield();
}
