/* SPDX-License-Identifier: MIT */
/* Requests of streams behind one that fails, or beside a connect. What could
 * break: a request that nothing wakes, so that it is never called back and the
 * loop lives on for ever; a connect that is reported done because a write
 * is; a watcher that is called after its handle's close. */
#include "common.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TURNS = 8, FILLERS = 4 };

static uv_pipe_t pipe_handle;
static uv_tcp_t tcp;
static uv_stream_t* const piped = (uv_stream_t*) &pipe_handle;
static uv_stream_t* const stream = (uv_stream_t*) &tcp;
static uv_write_t writes[4];
static uv_connect_t connects[2];
static uv_shutdown_t shutting;

/* How each request ended; PENDING: it has not. */
enum { PENDING = 1 };
static int write_status[4], connect_status[2], shutdown_status;

static int begin(void** state) {
  for (int i = 0; i < 4; i++) write_status[i] = PENDING;
  for (int i = 0; i < 2; i++) connect_status[i] = PENDING;
  shutdown_status = PENDING;
  signal(SIGPIPE, SIG_IGN);
  return set_up(state);
}

static void turn(void) {
  for (int i = 0; i < TURNS; i++) uv_run(&loop, UV_RUN_NOWAIT);
}

static void on_write(uv_write_t* req, int status) {
  assert_int_equal(PENDING, write_status[req - writes]);
  write_status[req - writes] = status;
}

static void on_shutdown(uv_shutdown_t* req, int status) {
  (void) req;
  assert_int_equal(PENDING, shutdown_status);
  shutdown_status = status;
}

static void on_connect(uv_connect_t* req, int status) {
  assert_int_equal(PENDING, connect_status[req - connects]);
  connect_status[req - connects] = status;
}

static int write_to(uv_stream_t* to, int i, uv_write_cb cb) {
  uv_buf_t byte = uv_buf_init((char*) "x", 1);
  return uv_write(&writes[i], to, &byte, 1, cb);
}

static int local_socket(struct sockaddr_in* addr) {
  socklen_t size = sizeof(*addr);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  uv_ip4_addr("127.0.0.1", 0, addr);
  assert_int_equal(0, bind(fd, (struct sockaddr*) addr, size));
  assert_int_equal(0, getsockname(fd, (struct sockaddr*) addr, &size));
  return fd;
}

/* A listener whose queue is full: it does not answer. */
struct silent {
  struct sockaddr_in addr;
  int listen_fd;
  int filler_fds[FILLERS];
};

static void begin_silence(struct silent* silent) {
  silent->listen_fd = local_socket(&silent->addr);
  assert_int_equal(0, listen(silent->listen_fd, 0));
  for (int i = 0; i < FILLERS; i++) {
    silent->filler_fds[i] =
        socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    (void) connect(silent->filler_fds[i], (struct sockaddr*) &silent->addr,
                   sizeof(silent->addr));
  }
}

static void end_silence(struct silent* silent) {
  for (int i = 0; i < FILLERS; i++) close(silent->filler_fds[i]);
  close(silent->listen_fd);
}

static bool is_still_connecting(void) {
  uv_os_fd_t fd;
  struct tcp_info info;
  socklen_t size = sizeof(info);
  assert_int_equal(0, uv_fileno((uv_handle_t*) &tcp, &fd));
  assert_int_equal(0, getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size));
  return info.tcpi_state == TCP_SYN_SENT;
}

static void connect_to(int i, const struct sockaddr_in* addr,
                       uv_connect_cb cb) {
  assert_int_equal(
      0, uv_tcp_connect(&connects[i], &tcp, (const struct sockaddr*) addr, cb));
}

/* A port where nothing listens, kept by a socket that only has the address. */
static int refusing_addr(struct sockaddr_in* addr) {
  return local_socket(addr);
}

/* --- Behind a write that fails -------------------------------------------- */

static void write_more(uv_write_t* req, int status) {
  on_write(req, status);
  assert_int_equal(0, write_to(req->handle, 2, on_write));
  assert_int_equal(0, write_to(req->handle, 3, on_write));
}

static void write_and_shut(uv_write_t* req, int status) {
  write_more(req, status);
  assert_int_equal(0, uv_shutdown(&shutting, req->handle, on_shutdown));
}

/* Write 0 is done and write 1 has failed when the callbacks come. */
static void fail_second(uv_write_cb cb) {
  int fds[2];
  make_pair(fds);
  uv_pipe_init(&loop, &pipe_handle, 0);
  assert_int_equal(0, uv_pipe_open(&pipe_handle, fds[0]));
  assert_int_equal(0, write_to(piped, 0, cb));
  close(fds[1]);
  assert_int_equal(0, write_to(piped, 1, on_write));
  turn();
  assert_int_equal(0, write_status[0]);
  assert_int_equal(UV_EPIPE, write_status[1]);
  assert_int_equal(UV_EPIPE, write_status[2]);
  assert_int_equal(UV_EPIPE, write_status[3]);
  assert_int_equal(0, uv_stream_get_write_queue_size(piped));
  assert_int_equal(0, uv_loop_alive(&loop));
}

static void a_write_made_while_a_failure_is_due_is_called_back(void** state) {
  (void) state;
  need_wanted_monitor();
  fail_second(write_more);
}

static void a_shutdown_behind_it_is_called_back(void** state) {
  (void) state;
  need_wanted_monitor();
  fail_second(write_and_shut);
  assert_int_equal(0, shutdown_status);
}

/* --- Beside a connect ----------------------------------------------------- */

static void shut_after_failure(uv_connect_t* req, int status) {
  on_connect(req, status);
  assert_int_equal(0, uv_shutdown(&shutting, req->handle, on_shutdown));
}

static void a_shutdown_after_a_failed_connect_is_called_back(void** state) {
  (void) state;
  need_wanted_monitor();
  struct sockaddr_in addr;
  int fd = refusing_addr(&addr);
  uv_tcp_init(&loop, &tcp);
  connect_to(0, &addr, shut_after_failure);
  assert_int_equal(0, write_to(stream, 0, on_write));
  turn();
  assert_int_equal(UV_ECONNREFUSED, connect_status[0]);
  assert_int_equal(UV_ECANCELED, write_status[0]);
  assert_int_equal(UV_ENOTCONN, shutdown_status);
  assert_int_equal(0, uv_loop_alive(&loop));
  close(fd);
}

static void a_write_before_a_second_connect_is_called_back(void** state) {
  (void) state;
  need_wanted_monitor();
  struct sockaddr_in addr;
  int listen_fd = local_socket(&addr);
  assert_int_equal(0, listen(listen_fd, 8));
  uv_tcp_init(&loop, &tcp);
  connect_to(0, &addr, on_connect);
  while (connect_status[0] == PENDING) uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(0, write_to(stream, 0, on_write));
  /* Linux takes one more connect(2) for the question how the first went. */
  connect_to(1, &addr, on_connect);
  turn();
  assert_int_equal(0, connect_status[1]);
  assert_int_equal(0, write_status[0]);
  assert_int_equal(0, uv_loop_alive(&loop));
  close(listen_fd);
}

static struct silent silent;

static void write_and_connect_again(uv_connect_t* req, int status) {
  on_connect(req, status);
  assert_int_equal(0, write_to(req->handle, 0, on_write)); /* Fails. */
  /* Linux tells of the refused attempt once more before it tries another. */
  assert_int_equal(UV_ECONNABORTED,
                   uv_tcp_connect(&connects[1], &tcp,
                                  (struct sockaddr*) &silent.addr, on_connect));
  connect_to(1, &silent.addr, on_connect);
}

static void a_failed_write_does_not_end_the_next_connect(void** state) {
  (void) state;
  need_wanted_monitor();
  struct sockaddr_in addr;
  int fd = refusing_addr(&addr);
  begin_silence(&silent);
  uv_tcp_init(&loop, &tcp);
  connect_to(0, &addr, write_and_connect_again);
  while (connect_status[0] == PENDING) uv_run(&loop, UV_RUN_ONCE);
  turn();
  assert_int_equal(UV_EPIPE, write_status[0]);
  assert_true(is_still_connecting());
  assert_int_equal(PENDING, connect_status[1]);
  end_silence(&silent);
  close(fd);
}

static void a_cancelled_write_does_not_end_the_connect(void** state) {
  (void) state;
  need_wanted_monitor();
  begin_silence(&silent);
  uv_tcp_init(&loop, &tcp);
  connect_to(0, &silent.addr, on_connect);
  assert_int_equal(0, write_to(stream, 0, on_write));
  assert_int_equal(0, write_to(stream, 1, on_write));
  assert_int_equal(0, uv_cancel((uv_req_t*) &writes[0]));
  turn();
  assert_int_equal(UV_ECANCELED, write_status[0]);
  assert_int_equal(PENDING, write_status[1]);
  assert_true(is_still_connecting());
  assert_int_equal(PENDING, connect_status[0]);
  end_silence(&silent);
}

/* --- Other states of a stream --------------------------------------------- */

static void no_connection(uv_stream_t* server, int status) {
  (void) server;
  (void) status;
}

/* Only uv_tcp_open() makes a listener that may write. */
static void a_write_to_a_listener_is_called_back(void** state) {
  (void) state;
  need_wanted_monitor();
  struct sockaddr_in addr;
  int fd = local_socket(&addr);
  uv_tcp_init(&loop, &tcp);
  assert_int_equal(0, uv_tcp_open(&tcp, fd));
  assert_int_equal(0, uv_listen(stream, 8, no_connection));
  assert_int_equal(0, write_to(stream, 0, on_write));
  assert_int_equal(0, write_to(stream, 1, on_write));
  assert_int_equal(0, uv_shutdown(&shutting, stream, on_shutdown));
  turn();
  assert_int_equal(UV_EPIPE, write_status[0]);
  assert_int_equal(UV_EPIPE, write_status[1]);
  assert_int_not_equal(PENDING, shutdown_status);
  assert_true(uv_is_active((uv_handle_t*) &tcp)); /* It listens on. */
}

static void on_close(uv_handle_t* handle) {
  memset(handle, 0xA5, sizeof(uv_pipe_t));
  free(handle);
}

static void cancel_while_closing(uv_timer_t* timer) {
  uv_handle_t* handle = timer->data;
  uv_close(handle, on_close);
  assert_int_equal(0, uv_cancel((uv_req_t*) &writes[1]));
  uv_close((uv_handle_t*) timer, NULL);
}

static void a_write_cancelled_on_a_closed_stream_wakes_nothing(void** state) {
  (void) state;
  need_wanted_monitor();
  static char big[1 << 20];
  static uv_timer_t timer;
  uv_buf_t buf = uv_buf_init(big, sizeof(big));
  int fds[2];
  make_pair(fds);
  uv_pipe_t* freed = malloc(sizeof(*freed));
  uv_pipe_init(&loop, freed, 0);
  assert_int_equal(0, uv_pipe_open(freed, fds[0]));
  for (int i = 0; i < 2; i++)
    assert_int_equal(
        0, uv_write(&writes[i], (uv_stream_t*) freed, &buf, 1, on_write));
  uv_timer_init(&loop, &timer);
  timer.data = freed;
  uv_timer_start(&timer, cancel_while_closing, 0, 0);
  turn();
  assert_int_equal(UV_ECANCELED, write_status[0]);
  assert_int_equal(UV_ECANCELED, write_status[1]);
  assert_int_equal(0, uv_loop_alive(&loop));
  close(fds[1]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
    T(a_write_made_while_a_failure_is_due_is_called_back),
    T(a_shutdown_behind_it_is_called_back),
    T(a_shutdown_after_a_failed_connect_is_called_back),
    T(a_write_before_a_second_connect_is_called_back),
    T(a_failed_write_does_not_end_the_next_connect),
    T(a_cancelled_write_does_not_end_the_connect),
    T(a_write_to_a_listener_is_called_back),
    T(a_write_cancelled_on_a_closed_stream_wakes_nothing),
  };
  return cmocka_run_group_tests_name("behind", tests, NULL, NULL);
}
