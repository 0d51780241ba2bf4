/* SPDX-License-Identifier: MIT */
/* Pipe handles: names that are too long, empty or taken, flags that do not
 * exist, connects in the wrong state, rights of what has no name. */
#include "misuse.h"

#include <sys/un.h>
#include <unistd.h>

static uv_pipe_t pipe_handle;
static uv_stream_t* const stream = (uv_stream_t*) &pipe_handle;
static uv_connect_t connect_req;
static int connect_status;
static bool is_over;

static void on_connect(uv_connect_t* req, int status) {
  (void) req;
  connect_status = status;
  is_over = true;
}

static void descriptors_that_cannot_be_opened(void** state) {
  (void) state;
  static uv_pipe_t reader;
  int fds[2];
  make_pair(fds);
  uv_pipe_init(&loop, &reader, 0);
  ANSWERS(0, uv_pipe_init(&loop, &pipe_handle, 0));
  ANSWERS(UV_EBADF, uv_pipe_open(&pipe_handle, CLOSED_FD));
  ANSWERS(UV_EBADF, uv_pipe_open(&pipe_handle, -1));
  ANSWERS(0, uv_pipe_open(&reader, fds[0]));
  assert_int_equal(0, uv_read_start((uv_stream_t*) &reader, no_alloc, no_read));
  ANSWERS(UV_EEXIST, uv_pipe_open(&pipe_handle, fds[0]));
  ANSWERS(0, uv_pipe_open(&pipe_handle, fds[1]));
  int other_fd = dup(0);
  ANSWERS(UV_EBUSY, uv_pipe_open(&pipe_handle, other_fd));
  close(other_fd);
}

static void names_that_cannot_be_bound(void** state) {
  (void) state;
  uv_pipe_init(&loop, &pipe_handle, 0);
  ANSWERS(UV_EACCES, uv_pipe_bind(&pipe_handle, "/nowhere/at/all"));
  ANSWERS(UV_EINVAL, uv_pipe_bind2(&pipe_handle, NULL, 4, 0));
  ANSWERS(UV_EINVAL, uv_pipe_bind2(&pipe_handle, "/tmp/x", 6, 1 << 7));
  ANSWERS(UV_EINVAL,
          uv_pipe_bind2(&pipe_handle, long_path(), 200, UV_PIPE_NO_TRUNCATE));
  ANSWERS(UV_EINVAL, uv_pipe_bind2(&pipe_handle, "/tmp/a\0b", 8, 0));
  ANSWERS(UV_EINVAL, uv_listen(stream, 1, no_connection)); /* Still nameless. */
}

static void a_name_that_is_taken(void** state) {
  (void) state;
  static uv_pipe_t second;
  const char* path = free_path();
  uv_pipe_init(&loop, &pipe_handle, 0);
  uv_pipe_init(&loop, &second, 0);
  ANSWERS(0, uv_pipe_bind(&pipe_handle, path));
  ANSWERS(UV_EADDRINUSE, uv_pipe_bind(&second, path));
  ANSWERS(UV_EINVAL, uv_pipe_bind(&pipe_handle, path)); /* Has a name. */
  close_all(&loop);
  assert_int_equal(-1, access(path, F_OK));
}

static void connects_that_are_refused_at_once(void** state) {
  (void) state;
  uv_pipe_init(&loop, &pipe_handle, 0);
  ANSWERS(UV_EINVAL,
          uv_pipe_connect2(&connect_req, &pipe_handle, "", 0, 0, on_connect));
  ANSWERS(UV_EINVAL,
          uv_pipe_connect2(&connect_req, &pipe_handle, NULL, 4, 0, on_connect));
  ANSWERS(UV_EINVAL, uv_pipe_connect2(&connect_req, &pipe_handle, "/tmp/x", 6,
                                      1 << 7, on_connect));
  ANSWERS(UV_EINVAL, uv_pipe_connect2(&connect_req, &pipe_handle, long_path(),
                                      200, UV_PIPE_NO_TRUNCATE, on_connect));
  assert_int_equal(0, uv_loop_alive(&loop));
}

static void connects_that_are_refused_by_callback(void** state) {
  (void) state;
  static const char* const names[] = { "/nowhere/at/all", "" };
  static const int expected[] = { UV_ENOENT, UV_EINVAL };
  for (int n = 0; n < 2; n++) {
    uv_pipe_init(&loop, &pipe_handle, 0);
    is_over = false;
    SURVIVES(uv_pipe_connect(&connect_req, &pipe_handle, names[n], on_connect));
    run_until(&is_over);
    assert_int_equal(expected[n], connect_status);
    close_all(&loop);
  }
}

static void a_listener_that_connects_is_told(void** state) {
  (void) state;
  const char* path = free_path();
  uv_pipe_init(&loop, &pipe_handle, 0);
  assert_int_equal(0, uv_pipe_bind(&pipe_handle, path));
  ANSWERS(0, uv_listen(stream, 1, no_connection));
  is_over = false;
  SURVIVES(uv_pipe_connect(&connect_req, &pipe_handle, path, on_connect));
  run_until(&is_over);
  assert_true(connect_status < 0);
  /* And goes on listening. */
  is_over = false;
  static uv_pipe_t client;
  uv_pipe_init(&loop, &client, 0);
  uv_pipe_connect(&connect_req, &client, path, on_connect);
  run_until(&is_over);
  assert_int_equal(0, connect_status);
}

static void a_second_connect(void** state) {
  (void) state;
  static uv_pipe_t server;
  static uv_connect_t second_req;
  const char* path = free_path();
  uv_pipe_init(&loop, &server, 0);
  assert_int_equal(0, uv_pipe_bind(&server, path));
  assert_int_equal(0, uv_listen((uv_stream_t*) &server, 8, no_connection));
  uv_pipe_init(&loop, &pipe_handle, 0);
  is_over = false;
  SURVIVES(uv_pipe_connect(&connect_req, &pipe_handle, path, on_connect));
  ANSWERS(UV_EALREADY, uv_pipe_connect2(&second_req, &pipe_handle, path,
                                        strlen(path), 0, on_connect));
  run_until(&is_over);
  assert_int_equal(0, connect_status);
  is_over = false;
  SURVIVES(uv_pipe_connect(&second_req, &pipe_handle, path, on_connect));
  run_until(&is_over);
  assert_int_equal(UV_EISCONN, connect_status);
}

static void names_without_room(void** state) {
  (void) state;
  const char* path = free_path();
  char name[sizeof(struct sockaddr_un)];
  size_t size = 0;
  uv_pipe_init(&loop, &pipe_handle, 0);
  size_t room = sizeof(name);
  ANSWERS(UV_EBADF, uv_pipe_getsockname(&pipe_handle, name, &room));
  room = sizeof(name);
  ANSWERS(UV_EBADF, uv_pipe_getpeername(&pipe_handle, name, &room));
  assert_int_equal(0, uv_pipe_bind(&pipe_handle, path));
  ANSWERS(UV_EINVAL, uv_pipe_getsockname(&pipe_handle, name, &size));
  ANSWERS(UV_EINVAL, uv_pipe_getsockname(&pipe_handle, NULL, &room));
  ANSWERS(UV_EINVAL, uv_pipe_getsockname(&pipe_handle, name, NULL));
  ANSWERS(UV_EINVAL, uv_pipe_getpeername(&pipe_handle, NULL, &room));
  size = 3;
  ANSWERS(UV_ENOBUFS, uv_pipe_getsockname(&pipe_handle, name, &size));
  assert_int_equal(strlen(path) + 1, size);
  ANSWERS(0, uv_pipe_getsockname(&pipe_handle, name, &size));
  size = sizeof(name);
  ANSWERS(UV_ENOTCONN, uv_pipe_getpeername(&pipe_handle, name, &size));
}

static void rights_of_what_has_no_name(void** state) {
  (void) state;
  int fds[2];
  make_pair(fds);
  uv_pipe_init(&loop, &pipe_handle, 0);
  ANSWERS(UV_EBADF, uv_pipe_chmod(&pipe_handle, UV_READABLE));
  ANSWERS(UV_EBADF, uv_pipe_chmod(NULL, UV_READABLE));
  assert_int_equal(0, uv_pipe_open(&pipe_handle, fds[0]));
  ANSWERS(UV_EINVAL, uv_pipe_chmod(&pipe_handle, 0));
  ANSWERS(UV_EINVAL, uv_pipe_chmod(&pipe_handle, 1 << 12));
  ANSWERS(UV_ENOENT, uv_pipe_chmod(&pipe_handle, UV_READABLE));
  close(fds[1]);
}

static void a_name_that_was_removed_has_no_rights(void** state) {
  (void) state;
  const char* path = free_path();
  uv_pipe_init(&loop, &pipe_handle, 0);
  assert_int_equal(0, uv_pipe_bind(&pipe_handle, path));
  unlink(path);
  ANSWERS(UV_ENOENT, uv_pipe_chmod(&pipe_handle, UV_READABLE));
}

static void nothing_is_pending(void** state) {
  (void) state;
  uv_pipe_init(&loop, &pipe_handle, 0);
  ANSWERS(0, uv_pipe_pending_count(&pipe_handle));
  ANSWERS(UV_UNKNOWN_HANDLE, uv_pipe_pending_type(&pipe_handle));
  SURVIVES(uv_pipe_pending_instances(&pipe_handle, -1)); /* Windows' affair. */
  ANSWERS(UV_EAGAIN, uv_accept(stream, stream));
}

static void a_pipe_for_handles_does_not_listen(void** state) {
  (void) state;
  uv_pipe_init(&loop, &pipe_handle, 1);
  assert_int_equal(0, uv_pipe_bind(&pipe_handle, free_path()));
  ANSWERS(UV_EINVAL, uv_listen(stream, 1, no_connection));
}

static void a_closing_pipe_refuses(void** state) {
  (void) state;
  char name[64];
  size_t size = sizeof(name);
  uv_pipe_init(&loop, &pipe_handle, 0);
  uv_close((uv_handle_t*) &pipe_handle, NULL);
  ANSWERS(UV_EINVAL, uv_pipe_open(&pipe_handle, CLOSED_FD));
  ANSWERS(UV_EINVAL, uv_pipe_bind(&pipe_handle, "/tmp/x"));
  ANSWERS(UV_EINVAL, uv_pipe_connect2(&connect_req, &pipe_handle, "/tmp/x", 6,
                                      0, on_connect));
  SURVIVES(uv_pipe_connect(&connect_req, &pipe_handle, "/tmp/x", on_connect));
  ANSWERS(UV_EBADF, uv_pipe_getsockname(&pipe_handle, name, &size));
  ANSWERS(UV_EBADF, uv_pipe_chmod(&pipe_handle, UV_READABLE));
  turn();
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(descriptors_that_cannot_be_opened),
    T(names_that_cannot_be_bound),
    T(a_name_that_is_taken),
    T(connects_that_are_refused_at_once),
    T(connects_that_are_refused_by_callback),
    T(a_listener_that_connects_is_told),
    T(a_second_connect),
    T(names_without_room),
    T(rights_of_what_has_no_name),
    T(a_name_that_was_removed_has_no_rights),
    T(nothing_is_pending),
    T(a_pipe_for_handles_does_not_listen),
    T(a_closing_pipe_refuses),
  };
  return cmocka_run_group_tests_name("pipe", tests, NULL, NULL);
}
