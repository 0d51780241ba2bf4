/* SPDX-License-Identifier: MIT */
/* What all handles and requests have in common: questions to handles that have
 * no descriptor or are closing, types that do not exist, references changed
 * after the end, closing from wherever one can close. */
#include "misuse.h"

#include <unistd.h>

static uv_timer_t timer;
static uv_tcp_t tcp;

static void types_that_do_not_exist(void** state) {
  (void) state;
  ANSWERS((size_t) -1, uv_handle_size(UV_UNKNOWN_HANDLE));
  ANSWERS((size_t) -1, uv_handle_size(UV_HANDLE_TYPE_MAX));
  ANSWERS((size_t) -1, uv_handle_size((uv_handle_type) 12345));
  ANSWERS(1, uv_handle_type_name((uv_handle_type) 12345) == NULL);
  ANSWERS(1, uv_handle_type_name(UV_UNKNOWN_HANDLE) == NULL);
  ANSWERS((size_t) -1, uv_req_size(UV_UNKNOWN_REQ));
  ANSWERS((size_t) -1, uv_req_size((uv_req_type) 12345));
  ANSWERS(1, uv_req_type_name((uv_req_type) 12345) == NULL);
  ANSWERS(1, uv_req_type_name(UV_UNKNOWN_REQ) == NULL);
}

static void handles_without_a_descriptor(void** state) {
  (void) state;
  uv_os_fd_t fd = -7;
  int value = 0;
  uv_timer_init(&loop, &timer);
  uv_tcp_init(&loop, &tcp);
  ANSWERS(UV_EINVAL, uv_fileno((uv_handle_t*) &timer, &fd));
  ANSWERS(UV_EBADF, uv_fileno((uv_handle_t*) &tcp, &fd));
  ANSWERS(UV_ENOTSUP, uv_send_buffer_size((uv_handle_t*) &timer, &value));
  ANSWERS(UV_ENOTSUP, uv_recv_buffer_size((uv_handle_t*) &timer, &value));
  ANSWERS(UV_EBADF, uv_send_buffer_size((uv_handle_t*) &tcp, &value));
  ANSWERS(UV_EBADF, uv_recv_buffer_size((uv_handle_t*) &tcp, &value));
  assert_int_equal(-7, fd);
  assert_int_equal(0, value);
}

static void buffer_sizes_of_nothing(void** state) {
  (void) state;
  int value = 4096;
  uv_tcp_init_ex(&loop, &tcp, AF_INET);
  ANSWERS(UV_EINVAL, uv_send_buffer_size((uv_handle_t*) &tcp, NULL));
  ANSWERS(UV_EINVAL, uv_recv_buffer_size((uv_handle_t*) &tcp, NULL));
  ANSWERS(UV_EINVAL, uv_send_buffer_size(NULL, &value));
  ANSWERS(UV_EINVAL, uv_recv_buffer_size(NULL, &value));
}

static void buffer_sizes_of_what_is_no_socket(void** state) {
  (void) state;
  static uv_pipe_t pipe;
  int fds[2], value = 4096;
  assert_int_equal(0, uv_pipe(fds, 0, 0));
  uv_pipe_init(&loop, &pipe, 0);
  assert_int_equal(0, uv_pipe_open(&pipe, fds[0]));
  ANSWERS(UV_ENOTSOCK, uv_send_buffer_size((uv_handle_t*) &pipe, &value));
  ANSWERS(UV_ENOTSOCK, uv_recv_buffer_size((uv_handle_t*) &pipe, &value));
  close(fds[1]);
}

/* --- After the end -------------------------------------------------------- */

static void a_closing_handle_answers_questions(void** state) {
  (void) state;
  uv_os_fd_t fd;
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, no_timer, 1000, 0);
  uv_tcp_init_ex(&loop, &tcp, AF_INET);
  SURVIVES(uv_close((uv_handle_t*) &timer, NULL)); /* No callback wanted. */
  SURVIVES(uv_close((uv_handle_t*) &tcp, NULL));
  ANSWERS(1, uv_is_closing((uv_handle_t*) &timer) != 0);
  ANSWERS(0, uv_is_active((uv_handle_t*) &timer));
  ANSWERS(UV_EBADF, uv_fileno((uv_handle_t*) &tcp, &fd));
  turn();
  ANSWERS(1, uv_is_closing((uv_handle_t*) &timer) != 0);
  ANSWERS(UV_EBADF, uv_fileno((uv_handle_t*) &tcp, &fd));
  assert_int_equal(0, uv_loop_alive(&loop));
}

static void references_count_once(void** state) {
  (void) state;
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, no_timer, 1000 * 1000, 0);
  uv_handle_t* handle = (uv_handle_t*) &timer;
  SURVIVES(uv_unref(handle));
  SURVIVES(uv_unref(handle));
  ANSWERS(0, uv_has_ref(handle));
  assert_int_equal(0, uv_loop_alive(&loop));
  SURVIVES(uv_ref(handle));
  SURVIVES(uv_ref(handle));
  ANSWERS(1, uv_has_ref(handle));
  uv_timer_stop(&timer);
  assert_int_equal(0, uv_loop_alive(&loop));
}

static void references_of_a_closing_handle_change_nothing(void** state) {
  (void) state;
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, no_timer, 1000 * 1000, 0);
  uv_close((uv_handle_t*) &timer, NULL);
  SURVIVES(uv_unref((uv_handle_t*) &timer));
  SURVIVES(uv_ref((uv_handle_t*) &timer));
  turn();
  SURVIVES(uv_unref((uv_handle_t*) &timer));
  SURVIVES(uv_ref((uv_handle_t*) &timer));
  assert_int_equal(0, uv_loop_alive(&loop));
}

/* --- Closing from elsewhere ----------------------------------------------- */

static uv_timer_t first, second;
static int call_count;

static void close_the_other(uv_timer_t* handle) {
  call_count++;
  SURVIVES(
      uv_close((uv_handle_t*) (handle == &first ? &second : &first), NULL));
}

static void who_is_closed_by_another_is_not_called(void** state) {
  (void) state;
  uv_timer_init(&loop, &first);
  uv_timer_init(&loop, &second);
  uv_timer_start(&first, close_the_other, 0, 0);
  uv_timer_start(&second, close_the_other, 0, 0); /* Due in the same turn. */
  call_count = 0;
  turn();
  assert_int_equal(1, call_count);
}

static void make_and_close(uv_handle_t* handle) {
  call_count++;
  uv_timer_init(&loop, &second);
  SURVIVES(uv_close((uv_handle_t*) &second,
                    handle == (uv_handle_t*) &first ? make_and_close : NULL));
}

static void a_close_callback_may_make_and_close(void** state) {
  (void) state;
  uv_timer_init(&loop, &first);
  call_count = 0;
  SURVIVES(uv_close((uv_handle_t*) &first, make_and_close));
  turn();
  assert_int_equal(2, call_count);
  assert_int_equal(0, uv_loop_alive(&loop));
}

static void a_closing_handle_hears_nothing(void** state) {
  (void) state;
  static uv_async_t async;
  uv_async_init(&loop, &async, NULL);
  uv_close((uv_handle_t*) &async, NULL);
  ANSWERS(0, uv_async_send(&async)); /* Too late, and no harm. */
  ANSWERS(0, uv_async_send(&async));
  turn();
}

static void an_async_handle_needs_no_callback(void** state) {
  (void) state;
  static uv_async_t async;
  ANSWERS(0, uv_async_init(&loop, &async, NULL));
  ANSWERS(0, uv_async_send(&async));
  ANSWERS(0, uv_async_send(&async));
  turn();
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(types_that_do_not_exist),
    T(handles_without_a_descriptor),
    T(buffer_sizes_of_nothing),
    T(buffer_sizes_of_what_is_no_socket),
    T(a_closing_handle_answers_questions),
    T(references_count_once),
    T(references_of_a_closing_handle_change_nothing),
    T(who_is_closed_by_another_is_not_called),
    T(a_close_callback_may_make_and_close),
    T(a_closing_handle_hears_nothing),
    T(an_async_handle_needs_no_callback),
  };
  return cmocka_run_group_tests_name("handle", tests, NULL, NULL);
}
