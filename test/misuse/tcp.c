/* SPDX-License-Identifier: MIT */
/* TCP handles: flags, descriptors and addresses that are wrong, options without
 * a socket, a second bind or connect, handles that are closing. */
#include "misuse.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

static uv_tcp_t tcp;
static uv_connect_t connect_req;
static int connect_status;
static bool is_connected;

static void on_connect(uv_connect_t* req, int status) {
  (void) req;
  connect_status = status;
  is_connected = true;
}

static void flags_that_do_not_exist(void** state) {
  (void) state;
  static uv_tcp_t never; /* What was refused is no handle of the loop. */
  ANSWERS(UV_EINVAL, uv_tcp_init_ex(&loop, &never, 12345));
  ANSWERS(UV_EINVAL, uv_tcp_init_ex(&loop, &never, AF_INET | 0x100));
  ANSWERS(UV_EINVAL, uv_tcp_init_ex(&loop, &never, AF_UNIX));
  ANSWERS(0, uv_tcp_init(&loop, &tcp));
  ANSWERS(UV_EINVAL, uv_tcp_bind(&tcp, local_addr(), UV_TCP_IPV6ONLY));
}

static void descriptors_that_cannot_be_opened(void** state) {
  (void) state;
  int fds[2];
  make_pair(fds);
  static uv_tcp_t first;
  uv_tcp_init(&loop, &first);
  uv_tcp_init(&loop, &tcp);
  ANSWERS(UV_EBADF, uv_tcp_open(&tcp, CLOSED_FD));
  ANSWERS(UV_EBADF, uv_tcp_open(&tcp, -1));
  ANSWERS(0, uv_tcp_open(&first, fds[0]));
  assert_int_equal(0, uv_read_start((uv_stream_t*) &first, no_alloc, no_read));
  ANSWERS(UV_EEXIST, uv_tcp_open(&tcp, fds[0])); /* `first` reads there. */
  ANSWERS(0, uv_tcp_open(&tcp, fds[1]));
  int other_fd = dup(0);
  ANSWERS(UV_EBUSY, uv_tcp_open(&tcp, other_fd)); /* It has one. */
  close(other_fd);
}

static void a_file_is_opened_and_fails_later(void** state) {
  (void) state;
  struct sockaddr_storage name;
  int size = sizeof(name);
  uv_tcp_init(&loop, &tcp);
  /* As documented, what the descriptor is for is not looked at. */
  ANSWERS(0, uv_tcp_open(&tcp, open_file()));
  ANSWERS(UV_ENOTSOCK, uv_listen((uv_stream_t*) &tcp, 1, no_connection));
  ANSWERS(UV_ENOTSOCK, uv_tcp_nodelay(&tcp, 1));
  ANSWERS(UV_ENOTSOCK, uv_tcp_keepalive(&tcp, 1, 1));
  ANSWERS(UV_ENOTSOCK, uv_tcp_keepalive_ex(&tcp, 1, 1, 1, 1));
  ANSWERS(UV_ENOTSOCK, uv_tcp_bind(&tcp, local_addr(), 0));
  ANSWERS(UV_ENOTSOCK, uv_tcp_getsockname(&tcp, (void*) &name, &size));
  ANSWERS(UV_ENOTSOCK, uv_tcp_getpeername(&tcp, (void*) &name, &size));
  ANSWERS(UV_ENOTSOCK, uv_tcp_close_reset(&tcp, NULL));
  ANSWERS(UV_ENOTSOCK,
          uv_tcp_connect(&connect_req, &tcp, local_addr(), on_connect));
}

static void addresses_of_no_family(void** state) {
  (void) state;
  uv_tcp_init(&loop, &tcp);
  ANSWERS(UV_EINVAL, uv_tcp_bind(&tcp, strange_addr(), 0));
  ANSWERS(UV_EINVAL,
          uv_tcp_connect(&connect_req, &tcp, strange_addr(), on_connect));
  uv_os_fd_t fd; /* No socket was made for it. */
  ANSWERS(UV_EBADF, uv_fileno((uv_handle_t*) &tcp, &fd));
}

static void an_address_of_the_other_family(void** state) {
  (void) state;
  uv_tcp_init_ex(&loop, &tcp, AF_INET);
  struct sockaddr_in6 addr;
  uv_ip6_addr("::1", 0, &addr);
  ANSWERS(1, uv_tcp_bind(&tcp, (struct sockaddr*) &addr, 0) < 0);
  ANSWERS(1, uv_tcp_connect(&connect_req, &tcp, (struct sockaddr*) &addr,
                            on_connect) < 0);
}

static void questions_without_a_socket(void** state) {
  (void) state;
  struct sockaddr_storage name;
  int size = sizeof(name);
  uv_tcp_init(&loop, &tcp);
  ANSWERS(UV_EBADF, uv_tcp_getsockname(&tcp, (void*) &name, &size));
  ANSWERS(UV_EBADF, uv_tcp_getpeername(&tcp, (void*) &name, &size));
  ANSWERS(UV_EBADF, uv_tcp_close_reset(&tcp, NULL));
  assert_int_equal(0, uv_is_closing((uv_handle_t*) &tcp));
}

static int option_of(int level, int name) {
  int value = -1;
  socklen_t size = sizeof(value);
  uv_os_fd_t fd;
  assert_int_equal(0, uv_fileno((uv_handle_t*) &tcp, &fd));
  assert_int_equal(0, getsockopt(fd, level, name, &value, &size));
  return value;
}

/* Only that it is on is kept for the socket to come, as in libuv. The values
 * are not looked at: programs ask with a delay of 0 before they connect. */
static void a_keepalive_of_no_delay_without_a_socket_is_kept(void** state) {
  (void) state;
  for (int i = 0; i < 4; i++) {
    uv_tcp_init(&loop, &tcp);
    switch (i) {
      case 0:
        ANSWERS(0, uv_tcp_keepalive(&tcp, 1, 0));
        break;
      case 1:
        ANSWERS(0, uv_tcp_keepalive_ex(&tcp, 1, 0, 1, 1));
        break;
      case 2:
        ANSWERS(0, uv_tcp_keepalive_ex(&tcp, 1, 1, 0, 1));
        break;
      default:
        ANSWERS(0, uv_tcp_keepalive_ex(&tcp, 1, 1, 1, 0));
        break;
    }
    assert_int_equal(0, uv_tcp_bind(&tcp, local_addr(), 0));
    assert_int_equal(1, option_of(SOL_SOCKET, SO_KEEPALIVE));
    assert_int_equal(60, option_of(IPPROTO_TCP, TCP_KEEPIDLE));
    assert_int_equal(1, option_of(IPPROTO_TCP, TCP_KEEPINTVL));
    assert_int_equal(10, option_of(IPPROTO_TCP, TCP_KEEPCNT));
    uv_close((uv_handle_t*) &tcp, NULL);
    turn();
  }
}

static void a_keepalive_of_no_delay_on_a_socket(void** state) {
  (void) state;
  uv_tcp_init_ex(&loop, &tcp, AF_INET);
  ANSWERS(UV_EINVAL, uv_tcp_keepalive(&tcp, 1, 0));
  ANSWERS(UV_EINVAL, uv_tcp_keepalive_ex(&tcp, 1, 0, 1, 1));
  ANSWERS(UV_EINVAL, uv_tcp_keepalive_ex(&tcp, 1, 1, 0, 1));
  ANSWERS(UV_EINVAL, uv_tcp_keepalive_ex(&tcp, 1, 1, 1, 0));
  assert_int_equal(0, option_of(SOL_SOCKET, SO_KEEPALIVE)); /* Not half. */
  ANSWERS(0, uv_tcp_keepalive(&tcp, 0, 0));
}

static void a_name_without_room(void** state) {
  (void) state;
  struct sockaddr_storage name;
  uv_tcp_init(&loop, &tcp);
  assert_int_equal(0, uv_tcp_bind(&tcp, local_addr(), 0));
  int size = -1;
  ANSWERS(UV_EINVAL, uv_tcp_getsockname(&tcp, (void*) &name, &size));
  size = sizeof(name);
  ANSWERS(UV_ENOTCONN, uv_tcp_getpeername(&tcp, (void*) &name, &size));
}

static void a_second_bind(void** state) {
  (void) state;
  uv_tcp_init(&loop, &tcp);
  assert_int_equal(0, uv_tcp_bind(&tcp, local_addr(), 0));
  ANSWERS(UV_EINVAL, uv_tcp_bind(&tcp, local_addr(), 0));
  ANSWERS(0, uv_listen((uv_stream_t*) &tcp, 1, no_connection));
}

static void an_address_that_is_taken(void** state) {
  (void) state;
  static uv_tcp_t server;
  struct sockaddr_storage name;
  int size = sizeof(name);
  uv_tcp_init(&loop, &server);
  assert_int_equal(0, uv_tcp_bind(&server, local_addr(), 0));
  assert_int_equal(0, uv_listen((uv_stream_t*) &server, 1, no_connection));
  uv_tcp_getsockname(&server, (void*) &name, &size);
  uv_tcp_init(&loop, &tcp);
  /* Told by what comes after it, as documented. */
  ANSWERS(0, uv_tcp_bind(&tcp, (struct sockaddr*) &name, 0));
  ANSWERS(UV_EADDRINUSE, uv_listen((uv_stream_t*) &tcp, 1, no_connection));
  is_connected = false;
  ANSWERS(0, uv_tcp_connect(&connect_req, &tcp, (struct sockaddr*) &name,
                            on_connect));
  run_until(&is_connected);
  assert_int_equal(UV_EADDRINUSE, connect_status);
}

static void a_second_connect(void** state) {
  (void) state;
  static uv_tcp_t server;
  static uv_connect_t second_req;
  struct sockaddr_storage name;
  int size = sizeof(name);
  uv_tcp_init(&loop, &server);
  uv_tcp_bind(&server, local_addr(), 0);
  uv_listen((uv_stream_t*) &server, 8, no_connection);
  uv_tcp_getsockname(&server, (void*) &name, &size);
  struct sockaddr* addr = (struct sockaddr*) &name;
  uv_tcp_init(&loop, &tcp);
  is_connected = false;
  ANSWERS(0, uv_tcp_connect(&connect_req, &tcp, addr, on_connect));
  ANSWERS(UV_EALREADY, uv_tcp_connect(&second_req, &tcp, addr, on_connect));
  run_until(&is_connected);
  assert_int_equal(0, connect_status);
  /* Linux takes one more connect(2) for the question how the first went. */
  is_connected = false;
  ANSWERS(0, uv_tcp_connect(&second_req, &tcp, addr, on_connect));
  run_until(&is_connected);
  ANSWERS(UV_EISCONN, uv_tcp_connect(&second_req, &tcp, addr, on_connect));
  ANSWERS(UV_EISCONN, uv_tcp_connect(&second_req, &server, addr, on_connect));
  ANSWERS(UV_EINVAL, uv_listen((uv_stream_t*) &tcp, 1, no_connection));
}

static void closed(uv_handle_t* handle) {
  (void) handle;
}

static void a_closing_handle_refuses(void** state) {
  (void) state;
  struct sockaddr_storage name;
  int size = sizeof(name);
  uv_tcp_init_ex(&loop, &tcp, AF_INET);
  ANSWERS(0, uv_tcp_close_reset(&tcp, closed));
  ANSWERS(UV_EINVAL, uv_tcp_close_reset(&tcp, closed));
  ANSWERS(UV_EINVAL, uv_tcp_open(&tcp, CLOSED_FD));
  ANSWERS(UV_EINVAL, uv_tcp_bind(&tcp, local_addr(), 0));
  ANSWERS(UV_EINVAL, uv_listen((uv_stream_t*) &tcp, 1, no_connection));
  ANSWERS(UV_EINVAL,
          uv_tcp_connect(&connect_req, &tcp, local_addr(), on_connect));
  ANSWERS(UV_EBADF, uv_tcp_getsockname(&tcp, (void*) &name, &size));
  SURVIVES(uv_tcp_nodelay(&tcp, 1));
  SURVIVES(uv_tcp_keepalive(&tcp, 1, 60));
  turn();
}

/* Afterwards it is, as in libuv: Node's resetAndDestroy() after end(). */
static void a_connection_is_not_reset_while_it_shuts_down(void** state) {
  (void) state;
  int fds[2];
  make_pair(fds);
  uv_shutdown_t req;
  uv_tcp_init(&loop, &tcp);
  assert_int_equal(0, uv_tcp_open(&tcp, fds[0]));
  assert_int_equal(0, uv_shutdown(&req, (uv_stream_t*) &tcp, NULL));
  ANSWERS(UV_EINVAL, uv_tcp_close_reset(&tcp, closed));
  turn();
  ANSWERS(0, uv_tcp_close_reset(&tcp, closed));
  assert_true(uv_is_closing((uv_handle_t*) &tcp));
  turn();
  close(fds[1]);
}

static void a_connect_that_is_closed_is_cancelled(void** state) {
  (void) state;
  uv_tcp_init(&loop, &tcp);
  struct sockaddr_in addr;
  uv_ip4_addr("127.0.0.1", 1, &addr);
  is_connected = false;
  ANSWERS(0, uv_tcp_connect(&connect_req, &tcp, (struct sockaddr*) &addr,
                            on_connect));
  ANSWERS(UV_EINVAL, uv_cancel((uv_req_t*) &connect_req)); /* Not this kind. */
  uv_close((uv_handle_t*) &tcp, NULL);
  turn();
  assert_true(is_connected);
  assert_int_equal(UV_ECANCELED, connect_status);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(flags_that_do_not_exist),
    T(descriptors_that_cannot_be_opened),
    T(a_file_is_opened_and_fails_later),
    T(addresses_of_no_family),
    T(an_address_of_the_other_family),
    T(questions_without_a_socket),
    T(a_keepalive_of_no_delay_without_a_socket_is_kept),
    T(a_keepalive_of_no_delay_on_a_socket),
    T(a_name_without_room),
    T(a_second_bind),
    T(an_address_that_is_taken),
    T(a_second_connect),
    T(a_closing_handle_refuses),
    T(a_connection_is_not_reset_while_it_shuts_down),
    T(a_connect_that_is_closed_is_cancelled),
  };
  return cmocka_run_group_tests_name("tcp", tests, NULL, NULL);
}
