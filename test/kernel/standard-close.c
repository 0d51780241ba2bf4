/* SPDX-License-Identifier: MIT */
/* uv_close() of a handle whose descriptor has the number of a standard one,
 * because the process has closed those (closed.h). What could break:
 *  - a descriptor that the library has made is left open because of its number,
 *    and the peer waits for the end;
 *  - one that the user has given is closed. */
#include "closed.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- Descriptors that uv_close() closes ----------------------------------- */

/* The handle's descriptor is of the set, and is closed with it. */
static int closes_now(void* handle) {
  const int fd = fileno_of(handle);
  NEED(is_in_set(fd));
  uv_close(handle, NULL);
  NEED(!is_open(fd));
  return 0;
}

/* The same, and the handle may be used again. */
static int closes_its_own(uv_loop_t* which, void* handle) {
  NEED(closes_now(handle) == 0);
  uv_run(which, UV_RUN_NOWAIT);
  return 0;
}

/* In the callback, where the listener can still be asked for. */
static uv_loop_t* accepting_loop;
static int accept_rc;
static bool was_accepted;

static void on_connection_accept(uv_stream_t* server, int status) {
  static uv_tcp_t client;
  uv_tcp_init(accepting_loop, &client);
  accept_rc = status == 0 ? uv_accept(server, (uv_stream_t*) &client) : status;
  if (accept_rc == 0) accept_rc = closes_now(&client);
  was_accepted = true;
}

static int accepted_is_closed(uv_loop_t* which) {
  static uv_tcp_t server;
  struct sockaddr_in addr;
  int size = sizeof(addr);
  uv_ip4_addr("127.0.0.1", 0, &addr);
  uv_tcp_init_ex(which, &server, AF_INET);
  /* Out of the set's way. */
  const int server_fd = fileno_of(&server);
  int high_fd = fcntl(server_fd, F_DUPFD_CLOEXEC, 10);
  uv_close((uv_handle_t*) &server, NULL);
  uv_run(which, UV_RUN_NOWAIT);
  uv_tcp_init(which, &server);
  NEED(uv_tcp_open(&server, high_fd) == 0);
  NEED(uv_tcp_bind(&server, (struct sockaddr*) &addr, 0) == 0);
  NEED(uv_listen((uv_stream_t*) &server, 8, on_connection_accept) == 0);
  NEED(uv_tcp_getsockname(&server, (struct sockaddr*) &addr, &size) == 0);

  int low_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int client_fd = fcntl(low_fd, F_DUPFD_CLOEXEC, 10);
  close(low_fd);
  NEED(connect(client_fd, (struct sockaddr*) &addr, sizeof(addr)) == 0);
  accepting_loop = which;
  was_accepted = false;
  while (!was_accepted) uv_run(which, UV_RUN_ONCE);
  NEED(accept_rc == 0);
  char byte;
  NEED(read(client_fd, &byte, 1) == 0); /* The end, without a wait for ever. */
  close(client_fd);
  uv_close((uv_handle_t*) &server, NULL);
  uv_run(which, UV_RUN_NOWAIT);
  return 0;
}

/* A terminal is opened once more, and that descriptor is the library's. */
static int reopened_terminal_is_closed(uv_loop_t* which) {
  static uv_tty_t tty;
  char name[64];
  int low_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (low_fd == -1) return 0; /* No terminals here; unit/tty says so. */
  int master_fd = fcntl(low_fd, F_DUPFD_CLOEXEC, 10);
  close(low_fd);
  NEED(grantpt(master_fd) == 0 && unlockpt(master_fd) == 0);
  NEED(ptsname_r(master_fd, name, sizeof(name)) == 0);
  low_fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  int slave_fd = fcntl(low_fd, F_DUPFD_CLOEXEC, 10);
  close(low_fd);
  NEED(uv_tty_init(which, &tty, slave_fd, 0) == 0);
  int rc = closes_its_own(which, &tty);
  close(slave_fd);
  close(master_fd);
  return rc;
}

static int made_by_the_library(void) {
  static uv_tcp_t tcp;
  static uv_udp_t udp;
  static uv_pipe_t pipe;
  static uv_connect_t connect_req;
  uv_loop_t own;
  NEED(uv_loop_init(&own) == 0);
  NEED(uv_tcp_init_ex(&own, &tcp, AF_INET) == 0);
  NEED(closes_its_own(&own, &tcp) == 0);
  NEED(uv_udp_init_ex(&own, &udp, AF_INET) == 0);
  NEED(closes_its_own(&own, &udp) == 0);
  NEED(uv_pipe_init(&own, &pipe, 0) == 0);
  NEED(uv_pipe_bind2(&pipe, "\0pollux-standard", 16, 0) == 0);
  NEED(closes_its_own(&own, &pipe) == 0);
  NEED(uv_pipe_init(&own, &pipe, 0) == 0);
  uv_pipe_connect(&connect_req, &pipe, "/nonexistent", NULL);
  NEED(closes_its_own(&own, &pipe) == 0);
  NEED(accepted_is_closed(&own) == 0);
  NEED(reopened_terminal_is_closed(&own) == 0);
  NEED(uv_loop_close(&own) == 0);
  NEED(set_is_free());
  return 0;
}

static void a_descriptor_of_the_librarys_is_closed_whatever_its_number(
    void** state) {
  (void) state;
  for_each_set(made_by_the_library);
}

/* A TCP socket given by another process, at a standard number here. */
static int passed;

static void on_passed(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  static uv_tcp_t tcp;
  (void) buf;
  if (count <= 0) return;
  uv_tcp_init(stream->loop, &tcp);
  passed = uv_accept(stream, (uv_stream_t*) &tcp);
  if (passed == 0) passed = closes_now(&tcp);
  uv_close((uv_handle_t*) stream, NULL);
}

static int receives_one(void) {
  static uv_pipe_t ends[2];
  static uv_tcp_t tcp;
  static uv_write_t req;
  uv_loop_t own;
  int low[2], fds[2];
  NEED(uv_loop_init(&own) == 0);
  NEED(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, low) == 0);
  for (int i = 0; i < 2; i++) {
    fds[i] = fcntl(low[i], F_DUPFD_CLOEXEC, 10);
    close(low[i]);
    NEED(uv_pipe_init(&own, &ends[i], 1) == 0);
    NEED(uv_pipe_open(&ends[i], fds[i]) == 0);
  }
  int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int high_fd = fcntl(socket_fd, F_DUPFD_CLOEXEC, 10);
  close(socket_fd);
  NEED(uv_tcp_init(&own, &tcp) == 0);
  NEED(uv_tcp_open(&tcp, high_fd) == 0);
  uv_buf_t buf = uv_buf_init((char*) "x", 1);
  passed = 1;
  NEED(uv_write2(&req, (uv_stream_t*) &ends[0], &buf, 1, (uv_stream_t*) &tcp,
                 NULL) == 0);
  NEED(uv_read_start((uv_stream_t*) &ends[1], lend_room, on_passed) == 0);
  uv_run(&own, UV_RUN_DEFAULT);
  NEED(passed == 0);
  uv_close((uv_handle_t*) &ends[0], NULL);
  uv_close((uv_handle_t*) &tcp, NULL);
  uv_run(&own, UV_RUN_DEFAULT);
  NEED(uv_loop_close(&own) == 0);
  NEED(set_is_free());
  return 0;
}

static void a_descriptor_passed_over_a_pipe_is_closed_too(void** state) {
  (void) state;
  for_each_set(receives_one);
}

/* --- Descriptors that it leaves alone ------------------------------------- */

static int given_by_the_user(void) {
  static uv_tcp_t tcp;
  static uv_pipe_t pipe;
  static uv_tty_t tty;
  uv_loop_t own;
  int fds[2];
  NEED(uv_loop_init(&own) == 0);

  fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  NEED(is_in_set(fds[0]));
  uv_tcp_init(&own, &tcp);
  NEED(uv_tcp_open(&tcp, fds[0]) == 0);
  uv_close((uv_handle_t*) &tcp, NULL);
  NEED(is_open(fds[0]));
  close(fds[0]);

  NEED(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
  NEED(is_in_set(fds[0]));
  uv_pipe_init(&own, &pipe, 0);
  NEED(uv_pipe_open(&pipe, fds[0]) == 0);
  uv_close((uv_handle_t*) &pipe, NULL);
  NEED(is_open(fds[0]));
  close(fds[0]);
  close(fds[1]);

  /* The master of a terminal is not opened anew. */
  fds[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fds[0] != -1) {
    NEED(uv_tty_init(&own, &tty, fds[0], 0) == 0);
    NEED(fileno_of(&tty) == fds[0]);
    uv_close((uv_handle_t*) &tty, NULL);
    NEED(is_open(fds[0]));
    close(fds[0]);
  }
  uv_run(&own, UV_RUN_DEFAULT);
  NEED(uv_loop_close(&own) == 0);
  return 0;
}

static void a_standard_descriptor_of_the_users_stays_open(void** state) {
  (void) state;
  for_each_set(given_by_the_user);
}

/* Told to adopt what it has made, a handle has still made it. */
static int given_back(void) {
  static uv_tcp_t tcp;
  uv_loop_t own;
  NEED(uv_loop_init(&own) == 0);
  NEED(uv_tcp_init_ex(&own, &tcp, AF_INET) == 0);
  NEED(uv_tcp_open(&tcp, fileno_of(&tcp)) == 0);
  NEED(closes_its_own(&own, &tcp) == 0);
  NEED(uv_loop_close(&own) == 0);
  return 0;
}

static void a_descriptor_that_a_handle_made_stays_its_own(void** state) {
  (void) state;
  for_each_set(given_back);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    T(a_descriptor_of_the_librarys_is_closed_whatever_its_number),
    T(a_descriptor_passed_over_a_pipe_is_closed_too),
    T(a_standard_descriptor_of_the_users_stays_open),
    T(a_descriptor_that_a_handle_made_stays_its_own),
#undef T
  };
  return cmocka_run_group_tests_name("standard-close", tests, NULL, NULL);
}
