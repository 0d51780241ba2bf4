/* SPDX-License-Identifier: MIT */
/* Threads: no entry, stacks of no size, joins of oneself, masks, priorities and
 * names that are wrong; and keys when there are none left. */
#include "misuse.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

static void entry(void* arg) {
  (void) arg;
}

static void threads_that_cannot_start(void** state) {
  (void) state;
  uv_thread_t thread;
  uv_thread_options_t options = { .flags = UV_THREAD_HAS_STACK_SIZE,
                                  .stack_size = SIZE_MAX };
  ANSWERS(UV_EINVAL, uv_thread_create(&thread, NULL, NULL));
  ANSWERS(UV_EINVAL, uv_thread_create(NULL, entry, NULL));
  ANSWERS(UV_EINVAL, uv_thread_create_ex(&thread, NULL, entry, NULL));
  ANSWERS(UV_EINVAL, uv_thread_create_ex(&thread, &options, NULL, NULL));
  ANSWERS(UV_EINVAL, uv_thread_create_ex(&thread, &options, entry, NULL));
  options.stack_size = SIZE_MAX / 2; /* More than there are addresses. */
  ANSWERS(1, uv_thread_create_ex(&thread, &options, entry, NULL) < 0);
  options.stack_size = 1; /* Too little is made enough. */
  ANSWERS(0, uv_thread_create_ex(&thread, &options, entry, NULL));
  ANSWERS(0, uv_thread_join(&thread));
}

static void nobody_waits_for_himself(void** state) {
  (void) state;
  uv_thread_t self = uv_thread_self();
  ANSWERS(-EDEADLK, uv_thread_join(&self));
}

static uv_sem_t may_end;

static void wait_entry(void* arg) {
  (void) arg;
  uv_sem_wait(&may_end);
}

static void a_thread_is_let_go_once(void** state) {
  (void) state;
  uv_thread_t thread;
  assert_int_equal(0, uv_sem_init(&may_end, 0));
  assert_int_equal(0, uv_thread_create(&thread, wait_entry, NULL));
  ANSWERS(0, uv_thread_detach(&thread));
  ANSWERS(UV_EINVAL, uv_thread_detach(&thread)); /* It still runs. */
  ANSWERS(UV_EINVAL, uv_thread_join(&thread));
  uv_sem_post(&may_end);
}

static void masks_that_are_wrong(void** state) {
  (void) state;
  uv_thread_t self = uv_thread_self();
  size_t size = (size_t) uv_cpumask_size();
  char* mask = calloc(2, size);
  assert_non_null(mask);
  ANSWERS(UV_EINVAL, uv_thread_getaffinity(&self, mask, size - 1));
  ANSWERS(UV_EINVAL, uv_thread_getaffinity(NULL, mask, size));
  ANSWERS(UV_EINVAL, uv_thread_getaffinity(&self, NULL, size));
  ANSWERS(UV_EINVAL, uv_thread_setaffinity(&self, mask, NULL, size - 1));
  ANSWERS(UV_EINVAL, uv_thread_setaffinity(&self, mask, mask + size, 0));
  ANSWERS(UV_EINVAL, uv_thread_setaffinity(NULL, mask, NULL, size));
  ANSWERS(UV_EINVAL, uv_thread_setaffinity(&self, NULL, NULL, size));
  /* On no processor at all. */
  ANSWERS(UV_EINVAL, uv_thread_setaffinity(&self, mask, NULL, size));
  free(mask);
}

static void priorities_that_are_wrong(void** state) {
  (void) state;
  uv_thread_t self = uv_thread_self();
  int priority;
  assert_int_equal(0, uv_thread_getpriority(self, &priority));
  ANSWERS(UV_EINVAL, uv_thread_getpriority(self, NULL));
  ANSWERS(UV_EINVAL,
          uv_thread_setpriority(self, UV_THREAD_PRIORITY_HIGHEST + 1));
  ANSWERS(UV_EINVAL,
          uv_thread_setpriority(self, UV_THREAD_PRIORITY_LOWEST - 1));
  ANSWERS(UV_EINVAL, uv_thread_setpriority(self, INT_MIN));
}

static void names_that_are_wrong(void** state) {
  (void) state;
  uv_thread_t self = uv_thread_self();
  char name[4];
  ANSWERS(UV_EINVAL, uv_thread_setname(NULL));
  ANSWERS(UV_EINVAL, uv_thread_getname(&self, NULL, sizeof(name)));
  ANSWERS(UV_EINVAL, uv_thread_getname(&self, name, 0));
  ANSWERS(UV_EINVAL, uv_thread_getname(NULL, name, sizeof(name)));
  ANSWERS(0, uv_thread_setname(long_path())); /* Cut, as documented. */
  ANSWERS(0, uv_thread_getname(&self, name, sizeof(name)));
  assert_string_equal("/xx", name);
}

/* In a child: it takes all that there are. */
static int take_all_keys(void) {
  enum { KEYS_MAX = 100 * 1000 };
  uv_key_t first, last;
  assert_int_equal(0, uv_key_create(&first));
  int count = 0;
  while (count < KEYS_MAX && uv_key_create(&last) == 0) count++;
  ANSWERS(UV_EAGAIN, uv_key_create(&last));
  SURVIVES(uv_key_delete(&first));
  ANSWERS(0, uv_key_create(&first));
  return count < KEYS_MAX ? 0 : 1;
}

static void there_is_an_end_of_keys(void** state) {
  (void) state;
  assert_int_equal(0, run_child(take_all_keys));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(threads_that_cannot_start), T(nobody_waits_for_himself),
    T(a_thread_is_let_go_once),   T(masks_that_are_wrong),
    T(priorities_that_are_wrong), T(names_that_are_wrong),
    T(there_is_an_end_of_keys),
  };
  return cmocka_run_group_tests_name("thread", tests, NULL, NULL);
}
