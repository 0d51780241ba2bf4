/* SPDX-License-Identifier: MIT */
/* Work on the pool: no function, no memory to fill, cancelling what runs, is
 * over or was cancelled already. */
#include "misuse.h"

#include <unistd.h>

static uv_work_t work;
static uv_random_t random_req;
static bool is_over;
static int end_status;

static void do_work(uv_work_t* req) {
  (void) req;
}

static void after_work(uv_work_t* req, int status) {
  (void) req;
  end_status = status;
  is_over = true;
}

static void work_without_a_function(void** state) {
  (void) state;
  ANSWERS(UV_EINVAL, uv_queue_work(&loop, &work, NULL, after_work));
  ANSWERS(UV_EINVAL, uv_queue_work(&loop, &work, NULL, NULL));
  assert_int_equal(0, uv_loop_alive(&loop));
  ANSWERS(0, uv_queue_work(&loop, &work, do_work, NULL)); /* No callback. */
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void work_that_is_over_is_not_cancelled(void** state) {
  (void) state;
  is_over = false;
  ANSWERS(0, uv_queue_work(&loop, &work, do_work, after_work));
  run_until(&is_over);
  ANSWERS(UV_EBUSY, uv_cancel((uv_req_t*) &work));
}

static uv_sem_t has_begun, may_end;

static void wait_for_us(uv_work_t* req) {
  (void) req;
  uv_sem_post(&has_begun);
  uv_sem_wait(&may_end);
}

static void work_that_runs_is_not_cancelled(void** state) {
  (void) state;
  assert_int_equal(0, uv_sem_init(&has_begun, 0));
  assert_int_equal(0, uv_sem_init(&may_end, 0));
  is_over = false;
  assert_int_equal(0, uv_queue_work(&loop, &work, wait_for_us, after_work));
  uv_sem_wait(&has_begun);
  ANSWERS(UV_EBUSY, uv_cancel((uv_req_t*) &work));
  uv_sem_post(&may_end);
  run_until(&is_over);
  assert_int_equal(0, end_status);
}

enum { WORKERS_MAX = 64 };

static void work_is_cancelled_once(void** state) {
  (void) state;
  static uv_work_t busy[WORKERS_MAX]; /* So that one more has to wait. */
  assert_int_equal(0, uv_sem_init(&has_begun, 0));
  assert_int_equal(0, uv_sem_init(&may_end, 0));
  for (int n = 0; n < WORKERS_MAX; n++)
    assert_int_equal(0, uv_queue_work(&loop, &busy[n], wait_for_us, NULL));
  is_over = false;
  assert_int_equal(0, uv_queue_work(&loop, &work, do_work, after_work));
  ANSWERS(0, uv_cancel((uv_req_t*) &work));
  SURVIVES(uv_cancel((uv_req_t*) &work)); /* On its way back already. */
  for (int n = 0; n < WORKERS_MAX; n++) uv_sem_post(&may_end);
  run_until(&is_over);
  assert_int_equal(UV_ECANCELED, end_status);
  ANSWERS(UV_EBUSY, uv_cancel((uv_req_t*) &work));
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void requests_of_other_kinds_are_not_cancelled(void** state) {
  (void) state;
  uv_req_t req = { .type = UV_UNKNOWN_REQ };
  ANSWERS(UV_EINVAL, uv_cancel(&req));
  req.type = UV_CONNECT;
  ANSWERS(UV_EINVAL, uv_cancel(&req));
  req.type = (uv_req_type) 12345;
  ANSWERS(UV_EINVAL, uv_cancel(&req));
}

/* --- Random --------------------------------------------------------------- */

static void on_random(uv_random_t* req, int status, void* buf, size_t size) {
  (void) req;
  (void) buf;
  (void) size;
  end_status = status;
  is_over = true;
}

static void random_bytes_nobody_can_give(void** state) {
  (void) state;
  char bytes[4];
  ANSWERS(UV_EINVAL, uv_random(&loop, &random_req, NULL, 1, 1, NULL));
  ANSWERS(UV_EINVAL, uv_random(&loop, &random_req, bytes, 1, 1, on_random));
  ANSWERS(UV_E2BIG, uv_random(&loop, &random_req, bytes, SIZE_MAX, 0, NULL));
  ANSWERS(UV_E2BIG,
          uv_random(&loop, &random_req, bytes, SIZE_MAX, 0, on_random));
  assert_int_equal(0, uv_loop_alive(&loop));
  ANSWERS(0, uv_random(&loop, &random_req, bytes, 0, 0, NULL));
}

static void random_bytes_for_nobodys_memory(void** state) {
  (void) state;
  ANSWERS(UV_EFAULT, uv_random(&loop, &random_req, (void*) 8, 4, 0, NULL));
  is_over = false;
  ANSWERS(0, uv_random(&loop, &random_req, (void*) 8, 4, 0, on_random));
  run_until(&is_over);
  assert_int_equal(UV_EFAULT, end_status);
  ANSWERS(UV_EBUSY, uv_cancel((uv_req_t*) &random_req));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(work_without_a_function),
    T(work_that_is_over_is_not_cancelled),
    T(work_that_runs_is_not_cancelled),
    T(work_is_cancelled_once),
    T(requests_of_other_kinds_are_not_cancelled),
    T(random_bytes_nobody_can_give),
    T(random_bytes_for_nobodys_memory),
  };
  return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
