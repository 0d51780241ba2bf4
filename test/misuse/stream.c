/* SPDX-License-Identifier: MIT */
/* Streams of all kinds: reading, writing, shutting down, listening and
 * accepting in the wrong state, buffers that are none, requests that are over.
 * Once per monitor: each of these leaves a watcher in a state of its own. */
#include "misuse.h"

#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

static uv_tcp_t tcp;
static uv_pipe_t pipe_handle;
static uv_stream_t* const stream = (uv_stream_t*) &tcp;
static uv_stream_t* const pipe_stream = (uv_stream_t*) &pipe_handle;
static uv_write_t write_req;
static uv_shutdown_t shutdown_req;
static uv_buf_t byte;

static int end_status;
static bool is_over;

static void on_write(uv_write_t* req, int status) {
  (void) req;
  end_status = status;
  is_over = true;
}

static void on_shutdown(uv_shutdown_t* req, int status) {
  (void) req;
  end_status = status;
  is_over = true;
}

/* A stream on one end of a pair; the other end's number. */
static int open_stream(void) {
  int fds[2];
  make_pair(fds);
  byte = uv_buf_init((char*) "x", 1);
  uv_pipe_init(&loop, &pipe_handle, 0);
  assert_int_equal(0, uv_pipe_open(&pipe_handle, fds[0]));
  is_over = false;
  return fds[1];
}

/* --- Not connected -------------------------------------------------------- */

static void a_stream_without_a_socket(void** state) {
  (void) state;
  byte = uv_buf_init((char*) "x", 1);
  uv_tcp_init(&loop, &tcp);
  uv_pipe_init(&loop, &pipe_handle, 0);
  ANSWERS(UV_ENOTCONN, uv_read_start(stream, no_alloc, no_read));
  ANSWERS(0, uv_read_stop(stream));
  ANSWERS(UV_EBADF, uv_write(&write_req, stream, &byte, 1, on_write));
  ANSWERS(UV_EBADF, uv_try_write(stream, &byte, 1));
  ANSWERS(UV_EBADF, uv_write2(&write_req, stream, &byte, 1, stream, on_write));
  ANSWERS(UV_EBADF, uv_try_write2(stream, &byte, 1, stream));
  ANSWERS(UV_ENOTCONN, uv_shutdown(&shutdown_req, stream, on_shutdown));
  ANSWERS(UV_EAGAIN, uv_accept(stream, pipe_stream)); /* Does not listen. */
  ANSWERS(UV_EBADF, uv_stream_set_blocking(stream, 1));
  ANSWERS(0, uv_stream_get_write_queue_size(stream));
  ANSWERS(0, uv_is_readable(stream));
  ANSWERS(0, uv_is_writable(stream));
  assert_int_equal(0, uv_loop_alive(&loop));
}

/* What is wrong with the buffers is said first, whatever the stream is. */
static void buffers_are_judged_before(uv_stream_t* to, int else_rc) {
  uv_buf_t huge = uv_buf_init(NULL, 0);
  huge.len = BYTES_MAX + 1;
  for (uv_buf_t* bufs = &huge; bufs != NULL;
       bufs = bufs == &huge ? vast_bufs(1) : NULL) {
    unsigned count = bufs == &huge ? 1 : 2;
    ANSWERS(UV_EINVAL, uv_write(&write_req, to, bufs, count, on_write));
    ANSWERS(UV_EINVAL, uv_write2(&write_req, to, bufs, count, to, on_write));
    ANSWERS(UV_EINVAL, uv_try_write(to, bufs, count));
    ANSWERS(UV_EINVAL, uv_try_write2(to, bufs, count, to));
    huge.len = SIZE_MAX;
  }
  unsigned too_many = (unsigned) INT_MAX + 1;
  ANSWERS(UV_EINVAL, uv_write(&write_req, to, &byte, too_many, on_write));
  ANSWERS(UV_EINVAL, uv_write2(&write_req, to, &byte, too_many, to, on_write));
  ANSWERS(UV_EINVAL, uv_write(&write_req, to, &byte, 0, on_write));
  ANSWERS(UV_EINVAL, uv_write2(&write_req, to, &byte, 0, to, on_write));
  ANSWERS(UV_EINVAL, uv_write(&write_req, to, NULL, 0, NULL));
  ANSWERS(else_rc, uv_try_write(to, vast_bufs(0), 2));
  assert_int_equal(0, uv_stream_get_write_queue_size(to));
}

static void too_much_or_nothing_to_write(void** state) {
  (void) state;
  uv_tcp_init(&loop, &tcp);
  buffers_are_judged_before(stream, UV_EBADF);
  int peer_fd = open_stream();
  buffers_are_judged_before(pipe_stream, UV_EFAULT);
  ANSWERS(1, uv_try_write(pipe_stream, &byte, 1));
  uv_close((uv_handle_t*) &pipe_handle, NULL);
  buffers_are_judged_before(pipe_stream, UV_EBADF);
  close(peer_fd);
}

static void a_bound_stream_cannot_talk(void** state) {
  (void) state;
  byte = uv_buf_init((char*) "x", 1);
  uv_tcp_init(&loop, &tcp);
  uv_tcp_bind(&tcp, local_addr(), 0);
  ANSWERS(UV_EPIPE, uv_write(&write_req, stream, &byte, 1, on_write));
  ANSWERS(UV_EPIPE, uv_try_write(stream, &byte, 1));
  ANSWERS(UV_ENOTCONN, uv_read_start(stream, no_alloc, no_read));
}

static void a_listener_cannot_talk(void** state) {
  (void) state;
  byte = uv_buf_init((char*) "x", 1);
  uv_tcp_init(&loop, &tcp);
  uv_tcp_bind(&tcp, local_addr(), 0);
  ANSWERS(0, uv_listen(stream, 1, no_connection));
  ANSWERS(UV_ENOTCONN, uv_read_start(stream, no_alloc, no_read));
  ANSWERS(0, uv_read_stop(stream));
  ANSWERS(UV_EPIPE, uv_write(&write_req, stream, &byte, 1, on_write));
  ANSWERS(UV_ENOTCONN, uv_shutdown(&shutdown_req, stream, on_shutdown));
  ANSWERS(0, uv_listen(stream, 1, no_connection)); /* Again, if one likes. */
  turn();
}

/* --- Listening and accepting ---------------------------------------------- */

static void who_cannot_listen(void** state) {
  (void) state;
  static uv_udp_t udp;
  static uv_timer_t timer;
  uv_udp_init(&loop, &udp);
  uv_timer_init(&loop, &timer);
  ANSWERS(UV_EINVAL, uv_listen((uv_stream_t*) &udp, 1, no_connection));
  ANSWERS(UV_EINVAL, uv_listen((uv_stream_t*) &timer, 1, no_connection));
  uv_pipe_init(&loop, &pipe_handle, 0);
  ANSWERS(UV_EINVAL, uv_listen(pipe_stream, 1, no_connection)); /* No name. */
  uv_close((uv_handle_t*) &pipe_handle, NULL);
  ANSWERS(UV_EINVAL, uv_listen(pipe_stream, 1, no_connection));
  turn();
}

static void accept_wrongly(uv_stream_t* server, int status) {
  static uv_tcp_t client, closing;
  static uv_timer_t timer;
  assert_int_equal(0, status);
  uv_tcp_init(&loop, &closing);
  uv_close((uv_handle_t*) &closing, NULL);
  ANSWERS(UV_EINVAL, uv_accept(server, (uv_stream_t*) &closing));
  uv_timer_init(&loop, &timer);
  ANSWERS(UV_EINVAL, uv_accept(server, (uv_stream_t*) &timer));
  uv_tcp_init_ex(&loop, &client, AF_INET);
  /* It has a socket already: this connection is lost, not the next. */
  ANSWERS(UV_EBUSY, uv_accept(server, (uv_stream_t*) &client));
  ANSWERS(UV_EAGAIN, uv_accept(server, (uv_stream_t*) &client));
  is_over = true;
}

static void clients_that_cannot_be_accepted_into(void** state) {
  (void) state;
  struct sockaddr_storage name;
  int size = sizeof(name);
  uv_tcp_init(&loop, &tcp);
  uv_tcp_bind(&tcp, local_addr(), 0);
  ANSWERS(0, uv_listen(stream, 8, accept_wrongly));
  uv_tcp_getsockname(&tcp, (void*) &name, &size);
  is_over = false;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(0, connect(fd, (void*) &name, (socklen_t) size));
  run_until(&is_over);
  close(fd);
}

/* The program does not accept: the listener must neither spin nor stop. */
static void a_connection_that_is_not_accepted(void** state) {
  (void) state;
  struct sockaddr_storage name;
  int size = sizeof(name);
  uv_tcp_init(&loop, &tcp);
  uv_tcp_bind(&tcp, local_addr(), 0);
  ANSWERS(0, uv_listen(stream, 8, NULL)); /* Without a callback. */
  uv_tcp_getsockname(&tcp, (void*) &name, &size);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(0, connect(fd, (void*) &name, (socklen_t) size));
  turn();
  static uv_timer_t timer;
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, no_timer, 30, 0);
  uint64_t before_ns = cpu_ns();
  while (uv_is_active((uv_handle_t*) &timer)) uv_run(&loop, UV_RUN_ONCE);
  assert_true(cpu_ns() - before_ns < 15 * UINT64_C(1000000));
  close(fd);
}

/* --- Reading -------------------------------------------------------------- */

static void a_read_without_callbacks(void** state) {
  (void) state;
  int far_fd = open_stream();
  ANSWERS(UV_EINVAL, uv_read_start(pipe_stream, NULL, no_read));
  ANSWERS(UV_EINVAL, uv_read_start(pipe_stream, no_alloc, NULL));
  ANSWERS(UV_EINVAL, uv_read_start(NULL, no_alloc, no_read));
  assert_int_equal(0, uv_is_active((uv_handle_t*) pipe_stream));
  close(far_fd);
}

static void a_second_read_start(void** state) {
  (void) state;
  int far_fd = open_stream();
  ANSWERS(0, uv_read_start(pipe_stream, no_alloc, no_read));
  ANSWERS(UV_EALREADY, uv_read_start(pipe_stream, no_alloc, no_read));
  ANSWERS(0, uv_read_stop(pipe_stream));
  ANSWERS(0, uv_read_stop(pipe_stream));
  assert_int_equal(0, uv_is_active((uv_handle_t*) pipe_stream));
  close(far_fd);
}

static void note_read(uv_stream_t* which, ssize_t nread, const uv_buf_t* buf) {
  (void) buf;
  end_status = (int) nread;
  is_over = true;
  uv_read_stop(which);
}

static void a_buffer_that_is_none(void** state) {
  (void) state;
  int far_fd = open_stream();
  put(far_fd);
  ANSWERS(0, uv_read_start(pipe_stream, no_alloc, note_read));
  run_until(&is_over);
  assert_int_equal(UV_ENOBUFS, end_status);
  close(far_fd);
}

static void wild_alloc(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  (void) handle;
  (void) size;
  *buf = uv_buf_init((char*) 8, 64); /* No memory is there. */
}

static void a_buffer_that_is_nobodys(void** state) {
  (void) state;
  int far_fd = open_stream();
  put(far_fd);
  ANSWERS(0, uv_read_start(pipe_stream, wild_alloc, note_read));
  run_until(&is_over);
  assert_int_equal(UV_EFAULT, end_status);
  close(far_fd);
}

static void close_in_alloc(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  (void) size;
  *buf = uv_buf_init(NULL, 0);
  uv_close(handle, NULL);
  is_over = true;
}

static void a_stream_closed_while_it_asks_for_a_buffer(void** state) {
  (void) state;
  int far_fd = open_stream();
  put(far_fd);
  end_status = 0;
  ANSWERS(0, uv_read_start(pipe_stream, close_in_alloc, note_read));
  run_until(&is_over);
  assert_int_equal(0, end_status); /* It is told nothing any more. */
  close(far_fd);
}

/* --- Writing -------------------------------------------------------------- */

static void bytes_that_are_nobodys(void** state) {
  (void) state;
  int far_fd = open_stream();
  uv_buf_t wild = uv_buf_init((char*) 8, 64);
  ANSWERS(UV_EFAULT, uv_try_write(pipe_stream, &wild, 1));
  ANSWERS(0, uv_write(&write_req, pipe_stream, &wild, 1, on_write));
  run_until(&is_over);
  assert_int_equal(UV_EFAULT, end_status);
  ANSWERS(0, uv_write_nwritten(&write_req));
  ANSWERS(0, uv_stream_get_write_queue_size(pipe_stream));
  close(far_fd);
}

static void a_handle_where_none_can_be_sent(void** state) {
  (void) state;
  int far_fd = open_stream(); /* Without ipc. */
  uv_tcp_init_ex(&loop, &tcp, AF_INET);
  ANSWERS(UV_EINVAL,
          uv_write2(&write_req, pipe_stream, &byte, 1, stream, on_write));
  ANSWERS(UV_EINVAL, uv_try_write2(pipe_stream, &byte, 1, stream));
  close(far_fd);
}

static void a_handle_that_cannot_be_sent(void** state) {
  (void) state;
  int fds[2];
  make_pair(fds);
  byte = uv_buf_init((char*) "x", 1);
  static uv_timer_t timer;
  uv_timer_init(&loop, &timer);
  uv_pipe_init(&loop, &pipe_handle, 1);
  assert_int_equal(0, uv_pipe_open(&pipe_handle, fds[0]));
  uv_tcp_init(&loop, &tcp); /* Without a socket. */
  ANSWERS(UV_EBADF,
          uv_write2(&write_req, pipe_stream, &byte, 1, stream, on_write));
  ANSWERS(UV_EBADF, uv_try_write2(pipe_stream, &byte, 1, stream));
  ANSWERS(UV_EBADF, uv_write2(&write_req, pipe_stream, &byte, 1,
                              (uv_stream_t*) &timer, on_write));
  ANSWERS(UV_EBADF,
          uv_try_write2(pipe_stream, &byte, 1, (uv_stream_t*) &timer));
  close(fds[1]);
}

static void a_peer_that_has_gone(void** state) {
  (void) state;
  signal(SIGPIPE, SIG_IGN); /* As every program that writes. */
  close(open_stream());
  ANSWERS(UV_EPIPE, uv_try_write(pipe_stream, &byte, 1));
  ANSWERS(0, uv_write(&write_req, pipe_stream, &byte, 1, on_write));
  run_until(&is_over);
  assert_int_equal(UV_EPIPE, end_status);
}

static void the_wrong_end_of_a_pipe(void** state) {
  (void) state;
  static uv_pipe_t writer;
  int fds[2];
  byte = uv_buf_init((char*) "x", 1);
  assert_int_equal(0, uv_pipe(fds, 0, 0));
  uv_pipe_init(&loop, &pipe_handle, 0);
  uv_pipe_init(&loop, &writer, 0);
  assert_int_equal(0, uv_pipe_open(&pipe_handle, fds[0]));
  assert_int_equal(0, uv_pipe_open(&writer, fds[1]));
  ANSWERS(UV_EPIPE, uv_write(&write_req, pipe_stream, &byte, 1, on_write));
  ANSWERS(UV_EPIPE, uv_try_write(pipe_stream, &byte, 1));
  ANSWERS(UV_ENOTCONN, uv_shutdown(&shutdown_req, pipe_stream, on_shutdown));
  ANSWERS(UV_ENOTCONN,
          uv_read_start((uv_stream_t*) &writer, no_alloc, no_read));
}

/* --- The end -------------------------------------------------------------- */

static void a_second_shutdown(void** state) {
  (void) state;
  static uv_shutdown_t second_req;
  int far_fd = open_stream();
  ANSWERS(0, uv_shutdown(&shutdown_req, pipe_stream, on_shutdown));
  ANSWERS(UV_ENOTCONN, uv_shutdown(&second_req, pipe_stream, on_shutdown));
  run_until(&is_over);
  assert_int_equal(0, end_status);
  ANSWERS(UV_ENOTCONN, uv_shutdown(&second_req, pipe_stream, on_shutdown));
  ANSWERS(UV_EPIPE, uv_write(&write_req, pipe_stream, &byte, 1, on_write));
  ANSWERS(UV_EPIPE, uv_try_write(pipe_stream, &byte, 1));
  close(far_fd);
}

static void a_closing_stream_refuses(void** state) {
  (void) state;
  int far_fd = open_stream();
  uv_close((uv_handle_t*) &pipe_handle, NULL);
  ANSWERS(UV_EINVAL, uv_read_start(pipe_stream, no_alloc, no_read));
  ANSWERS(0, uv_read_stop(pipe_stream));
  ANSWERS(UV_EBADF, uv_write(&write_req, pipe_stream, &byte, 1, on_write));
  ANSWERS(UV_EBADF, uv_try_write(pipe_stream, &byte, 1));
  ANSWERS(UV_ENOTCONN, uv_shutdown(&shutdown_req, pipe_stream, on_shutdown));
  ANSWERS(UV_EBADF, uv_stream_set_blocking(pipe_stream, 0));
  ANSWERS(0, uv_is_readable(pipe_stream));
  ANSWERS(0, uv_is_writable(pipe_stream));
  turn();
  close(far_fd);
}

static void a_write_that_is_closed_is_cancelled(void** state) {
  (void) state;
  static char much[1 << 20];
  int far_fd = open_stream();
  uv_buf_t buf = uv_buf_init(much, sizeof(much));
  ANSWERS(0, uv_write(&write_req, pipe_stream, &buf, 1, on_write));
  ANSWERS(UV_EAGAIN, uv_try_write(pipe_stream, &byte, 1));
  uv_close((uv_handle_t*) &pipe_handle, NULL);
  run_until(&is_over);
  assert_int_equal(UV_ECANCELED, end_status);
  close(far_fd);
}

static void a_finished_write_is_not_cancelled(void** state) {
  (void) state;
  int far_fd = open_stream();
  ANSWERS(0, uv_write(&write_req, pipe_stream, &byte, 1, on_write));
  run_until(&is_over);
  assert_int_equal(0, end_status);
  ANSWERS(UV_EBUSY, uv_cancel((uv_req_t*) &write_req));
  close(far_fd);
}

static void close_stream(uv_write_t* req, int status) {
  (void) status;
  if (!uv_is_closing((uv_handle_t*) req->handle))
    uv_close((uv_handle_t*) req->handle, NULL);
  is_over = true;
}

static void a_stream_closed_in_its_write_callback(void** state) {
  (void) state;
  static uv_write_t reqs[3];
  int far_fd = open_stream();
  for (int n = 0; n < 3; n++)
    ANSWERS(0, uv_write(&reqs[n], pipe_stream, &byte, 1, close_stream));
  run_until(&is_over);
  turn();
  assert_int_equal(0, uv_loop_alive(&loop));
  close(far_fd);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(a_stream_without_a_socket),
    T(too_much_or_nothing_to_write),
    T(a_bound_stream_cannot_talk),
    T(a_listener_cannot_talk),
    T(who_cannot_listen),
    T(clients_that_cannot_be_accepted_into),
    T(a_connection_that_is_not_accepted),
    T(a_read_without_callbacks),
    T(a_second_read_start),
    T(a_buffer_that_is_none),
    T(a_buffer_that_is_nobodys),
    T(a_stream_closed_while_it_asks_for_a_buffer),
    T(bytes_that_are_nobodys),
    T(a_handle_where_none_can_be_sent),
    T(a_handle_that_cannot_be_sent),
    T(a_peer_that_has_gone),
    T(the_wrong_end_of_a_pipe),
    T(a_second_shutdown),
    T(a_closing_stream_refuses),
    T(a_write_that_is_closed_is_cancelled),
    T(a_finished_write_is_not_cancelled),
    T(a_stream_closed_in_its_write_callback),
  };
  return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
