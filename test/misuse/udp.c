/* SPDX-License-Identifier: MIT */
/* UDP handles: flags, descriptors and addresses that are wrong, destinations
 * where there may be none or must be one, options and groups without a socket,
 * handles that are closing. */
#include "misuse.h"

#include <limits.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/un.h>
#include <unistd.h>

static uv_udp_t udp;
static uv_udp_send_t send_req;
static uv_buf_t byte;
static int send_status;
static bool is_over;

static void on_send(uv_udp_send_t* req, int status) {
  (void) req;
  send_status = status;
  is_over = true;
}

static void init(void) {
  byte = uv_buf_init((char*) "x", 1);
  ANSWERS(0, uv_udp_init(&loop, &udp));
}

static int try_send2(struct sockaddr* dest, unsigned count, unsigned flags) {
  uv_buf_t* parts[1] = { &byte };
  unsigned part_counts[1] = { 1 };
  struct sockaddr* dests[1] = { dest };
  return uv_udp_try_send2(&udp, count, parts, part_counts, dests, flags);
}

static void flags_that_do_not_exist(void** state) {
  (void) state;
  static uv_udp_t never;
  ANSWERS(UV_EINVAL, uv_udp_init_ex(&loop, &never, 12345));
  ANSWERS(UV_EINVAL, uv_udp_init_ex(&loop, &never, AF_UNIX));
  init();
  ANSWERS(UV_EINVAL, uv_udp_bind(&udp, local_addr(), UV_UDP_IPV6ONLY));
  ANSWERS(UV_EINVAL, uv_udp_bind(&udp, local_addr(), 1 << 15));
  ANSWERS(UV_EINVAL, uv_udp_open_ex(&udp, CLOSED_FD, 1 << 15));
  ANSWERS(0, uv_udp_using_recvmmsg(&udp));
}

static void descriptors_that_cannot_be_opened(void** state) {
  (void) state;
  int file_fd = open_file();
  init();
  ANSWERS(UV_EBADF, uv_udp_open(&udp, CLOSED_FD));
  ANSWERS(UV_EBADF, uv_udp_open(&udp, -1));
  ANSWERS(UV_ENOTSOCK, uv_udp_open(&udp, file_fd));
  ANSWERS(UV_EBADF, uv_udp_open_ex(&udp, CLOSED_FD, 0));
  ANSWERS(UV_EBADF, uv_udp_open_ex(&udp, -1, UV_UDP_REUSEADDR));
  ANSWERS(UV_ENOTSOCK, uv_udp_open_ex(&udp, file_fd, UV_UDP_REUSEADDR));
  uv_os_fd_t fd;
  ANSWERS(UV_EBADF, uv_fileno((uv_handle_t*) &udp, &fd));
  close(file_fd);
}

static void a_second_descriptor(void** state) {
  (void) state;
  static uv_udp_t second;
  int fds[2];
  assert_int_equal(0, uv_socketpair(SOCK_DGRAM, 0, fds, 0, 0));
  init();
  ANSWERS(0, uv_udp_open(&udp, fds[0]));
  ANSWERS(UV_EBUSY, uv_udp_open(&udp, fds[1]));
  assert_int_equal(0, uv_udp_recv_start(&udp, no_alloc, no_recv));
  uv_udp_init(&loop, &second);
  ANSWERS(UV_EEXIST, uv_udp_open(&second, fds[0]));
  close(fds[1]);
}

static void addresses_of_no_family(void** state) {
  (void) state;
  init();
  ANSWERS(UV_EINVAL, uv_udp_bind(&udp, strange_addr(), 0));
  ANSWERS(UV_EINVAL, uv_udp_bind(&udp, NULL, 0));
  ANSWERS(UV_EINVAL, uv_udp_connect(&udp, strange_addr()));
  ANSWERS(UV_EINVAL,
          uv_udp_send(&send_req, &udp, &byte, 1, strange_addr(), on_send));
  ANSWERS(UV_EINVAL, uv_udp_try_send(&udp, &byte, 1, strange_addr()));
  uv_os_fd_t fd; /* No socket was made for it. */
  ANSWERS(UV_EBADF, uv_fileno((uv_handle_t*) &udp, &fd));
}

/* And no socket is made for it. */
static void too_much_or_nothing_to_send(void** state) {
  (void) state;
  init();
  unsigned too_many = (unsigned) INT_MAX + 1;
  unsigned counts[1] = { 2 };
  uv_buf_t* parts[1] = { vast_bufs(1) };
  struct sockaddr* to[1] = { local_addr() };
  uv_buf_t* vast = vast_bufs(1);
  ANSWERS(UV_EINVAL, uv_udp_send(&send_req, &udp, vast, 2, to[0], on_send));
  ANSWERS(UV_EINVAL, uv_udp_try_send(&udp, vast, 2, to[0]));
  vast[0].len = SIZE_MAX; /* The sum must not wrap around. */
  ANSWERS(UV_EINVAL, uv_udp_send(&send_req, &udp, vast, 2, to[0], on_send));
  ANSWERS(UV_EINVAL, uv_udp_try_send(&udp, vast, 2, to[0]));
  ANSWERS(UV_EINVAL,
          uv_udp_send(&send_req, &udp, &byte, too_many, to[0], on_send));
  ANSWERS(UV_EINVAL, uv_udp_try_send(&udp, &byte, too_many, to[0]));
  ANSWERS(UV_EINVAL, uv_udp_send(&send_req, &udp, &byte, 0, to[0], on_send));
  ANSWERS(UV_EINVAL, uv_udp_send(&send_req, &udp, NULL, 0, NULL, on_send));
  ANSWERS(UV_EINVAL, uv_udp_try_send(&udp, &byte, 0, to[0]));
  ANSWERS(UV_EINVAL, uv_udp_try_send(&udp, NULL, 0, NULL));
  uv_os_fd_t fd;
  ANSWERS(UV_EBADF, uv_fileno((uv_handle_t*) &udp, &fd));
  assert_int_equal(0, uv_udp_get_send_queue_count(&udp));

  assert_int_equal(0, uv_udp_bind(&udp, local_addr(), 0));
  ANSWERS(UV_EINVAL, uv_udp_try_send2(&udp, 1, parts, counts, to, 0));
  counts[0] = too_many;
  ANSWERS(UV_EINVAL, uv_udp_try_send2(&udp, 1, parts, counts, to, 0));
}

static void an_address_of_the_other_family(void** state) {
  (void) state;
  struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "/tmp/x" };
  init();
  assert_int_equal(0, uv_udp_bind(&udp, local_addr(), 0));
  int rc = uv_udp_try_send(&udp, &byte, 1, (struct sockaddr*) &addr);
  assert_true(rc < 0);
  is_over = false;
  ANSWERS(0, uv_udp_send(&send_req, &udp, &byte, 1, (struct sockaddr*) &addr,
                         on_send));
  run_until(&is_over);
  assert_int_equal(rc, send_status);
}

static void a_second_bind(void** state) {
  (void) state;
  init();
  ANSWERS(0, uv_udp_bind(&udp, local_addr(), 0));
  ANSWERS(UV_EINVAL, uv_udp_bind(&udp, local_addr(), 0));
}

static void an_address_that_is_taken(void** state) {
  (void) state;
  static uv_udp_t second;
  struct sockaddr_storage name;
  int size = sizeof(name);
  init();
  uv_udp_bind(&udp, local_addr(), 0);
  ANSWERS(0, uv_udp_getsockname(&udp, (void*) &name, &size));
  uv_udp_init(&loop, &second);
  ANSWERS(UV_EADDRINUSE, uv_udp_bind(&second, (struct sockaddr*) &name, 0));
}

/* --- Destinations --------------------------------------------------------- */

static void no_destination(void** state) {
  (void) state;
  init();
  ANSWERS(UV_EDESTADDRREQ,
          uv_udp_send(&send_req, &udp, &byte, 1, NULL, on_send));
  ANSWERS(UV_EDESTADDRREQ, uv_udp_try_send(&udp, &byte, 1, NULL));
  ANSWERS(UV_ENOTCONN, uv_udp_connect(&udp, NULL));
  uv_udp_bind(&udp, local_addr(), 0);
  uv_buf_t* parts[1] = { &byte };
  unsigned part_counts[1] = { 1 };
  ANSWERS(UV_EDESTADDRREQ,
          uv_udp_try_send2(&udp, 1, parts, part_counts, NULL, 0));
  assert_int_equal(UV_EDESTADDRREQ, try_send2(NULL, 1, 0));
}

static void a_destination_too_many(void** state) {
  (void) state;
  struct sockaddr_in addr;
  uv_ip4_addr("127.0.0.1", 9, &addr);
  struct sockaddr* to = (struct sockaddr*) &addr;
  init();
  ANSWERS(0, uv_udp_connect(&udp, to));
  ANSWERS(UV_EISCONN, uv_udp_connect(&udp, to));
  ANSWERS(UV_EISCONN, uv_udp_send(&send_req, &udp, &byte, 1, to, on_send));
  ANSWERS(UV_EISCONN, uv_udp_try_send(&udp, &byte, 1, to));
  assert_int_equal(UV_EISCONN, try_send2(to, 1, 0));
  ANSWERS(0, uv_udp_connect(&udp, NULL));
  ANSWERS(UV_ENOTCONN, uv_udp_connect(&udp, NULL));
}

static void datagrams_of_nothing(void** state) {
  (void) state;
  init();
  struct sockaddr* to = local_addr();
  ANSWERS(UV_EINVAL, uv_udp_send(&send_req, &udp, &byte, 0, to, on_send));
  ANSWERS(UV_EINVAL, uv_udp_try_send(&udp, &byte, 0, to));
  assert_int_equal(UV_EBADF, try_send2(to, 1, 0)); /* Not bound. */
  uv_udp_bind(&udp, to, 0);
  assert_int_equal(UV_EINVAL, try_send2(to, 1, 1));
  assert_int_equal(0, try_send2(to, 0, 0));
  assert_int_equal(UV_EINVAL, try_send2(to, UINT32_MAX, 0));
  uv_buf_t* parts[1] = { &byte };
  unsigned none[1] = { 0 };
  ANSWERS(UV_EINVAL, uv_udp_try_send2(&udp, 1, parts, none, &to, 0));
  ANSWERS(0, uv_udp_get_send_queue_size(&udp));
  ANSWERS(0, uv_udp_get_send_queue_count(&udp));
}

static void bytes_that_are_nobodys_and_too_many(void** state) {
  (void) state;
  static char much[1 << 17];
  struct sockaddr_in addr;
  uv_ip4_addr("127.0.0.1", 9, &addr);
  struct sockaddr* to = (struct sockaddr*) &addr;
  init();
  uv_buf_t wild = uv_buf_init((char*) 8, 64);
  uv_buf_t large = uv_buf_init(much, sizeof(much));
  ANSWERS(UV_EFAULT, uv_udp_try_send(&udp, &wild, 1, to));
  ANSWERS(UV_EMSGSIZE, uv_udp_try_send(&udp, &large, 1, to));
  is_over = false;
  ANSWERS(0, uv_udp_send(&send_req, &udp, &large, 1, to, on_send));
  run_until(&is_over);
  assert_int_equal(UV_EMSGSIZE, send_status);
  ANSWERS(0, uv_udp_get_send_queue_count(&udp));
}

/* --- Receiving ------------------------------------------------------------ */

static void a_receiver_without_callbacks(void** state) {
  (void) state;
  init();
  ANSWERS(UV_EINVAL, uv_udp_recv_start(&udp, NULL, no_recv));
  ANSWERS(UV_EINVAL, uv_udp_recv_start(&udp, no_alloc, NULL));
  ANSWERS(0, uv_udp_recv_stop(&udp));
  ANSWERS(0, uv_udp_recv_start(&udp, no_alloc, no_recv));
  ANSWERS(UV_EALREADY, uv_udp_recv_start(&udp, no_alloc, no_recv));
  ANSWERS(0, uv_udp_recv_stop(&udp));
  ANSWERS(0, uv_udp_recv_stop(&udp));
}

static void note(uv_udp_t* handle, ssize_t nread, const uv_buf_t* buf,
                 const struct sockaddr* addr, unsigned flags) {
  (void) buf;
  (void) addr;
  (void) flags;
  send_status = (int) nread;
  is_over = true;
  uv_udp_recv_stop(handle);
}

static void a_buffer_that_is_none(void** state) {
  (void) state;
  struct sockaddr_storage name;
  int size = sizeof(name);
  init();
  uv_udp_bind(&udp, local_addr(), 0);
  uv_udp_getsockname(&udp, (void*) &name, &size);
  ANSWERS(0, uv_udp_recv_start(&udp, no_alloc, note));
  ANSWERS(1, uv_udp_try_send(&udp, &byte, 1, (struct sockaddr*) &name));
  is_over = false;
  run_until(&is_over);
  assert_int_equal(UV_ENOBUFS, send_status);
}

/* --- Options -------------------------------------------------------------- */

static void options_without_a_socket(void** state) {
  (void) state;
  struct sockaddr_storage name;
  int size = sizeof(name);
  init();
  ANSWERS(UV_EBADF, uv_udp_set_ttl(&udp, 1));
  ANSWERS(UV_EBADF, uv_udp_set_broadcast(&udp, 1));
  ANSWERS(UV_EBADF, uv_udp_set_multicast_loop(&udp, 1));
  ANSWERS(UV_EBADF, uv_udp_set_multicast_ttl(&udp, 1));
  ANSWERS(UV_EBADF, uv_udp_set_multicast_interface(&udp, NULL));
  ANSWERS(UV_EBADF, uv_udp_getsockname(&udp, (void*) &name, &size));
  ANSWERS(UV_EBADF, uv_udp_getpeername(&udp, (void*) &name, &size));
}

static void options_out_of_range(void** state) {
  (void) state;
  struct sockaddr_storage name;
  int size = sizeof(name);
  init();
  uv_udp_bind(&udp, local_addr(), 0);
  ANSWERS(UV_EINVAL, uv_udp_set_ttl(&udp, 0));
  ANSWERS(UV_EINVAL, uv_udp_set_ttl(&udp, 256));
  ANSWERS(UV_EINVAL, uv_udp_set_ttl(&udp, -1));
  ANSWERS(UV_EINVAL, uv_udp_set_multicast_ttl(&udp, 256));
  ANSWERS(UV_EINVAL, uv_udp_set_multicast_ttl(&udp, -2));
  ANSWERS(UV_EINVAL, uv_udp_set_multicast_interface(&udp, "nonsense"));
  ANSWERS(UV_EADDRNOTAVAIL,
          uv_udp_set_multicast_interface(&udp, "203.0.113.7"));
  ANSWERS(UV_ENOTCONN, uv_udp_getpeername(&udp, (void*) &name, &size));
  size = -1;
  ANSWERS(UV_EINVAL, uv_udp_getsockname(&udp, (void*) &name, &size));
}

static void groups_that_do_not_exist(void** state) {
  (void) state;
  init();
  const uv_membership join = UV_JOIN_GROUP;
  ANSWERS(UV_EINVAL, uv_udp_set_membership(&udp, "nonsense", NULL, join));
  ANSWERS(UV_EINVAL, uv_udp_set_membership(&udp, NULL, NULL, join));
  ANSWERS(UV_EINVAL, uv_udp_set_membership(&udp, "239.1.1.1", "x", join));
  ANSWERS(UV_EINVAL,
          uv_udp_set_membership(&udp, "239.1.1.1", NULL, (uv_membership) 99));
  ANSWERS(UV_EINVAL, uv_udp_set_membership(&udp, "127.0.0.1", NULL, join));
  ANSWERS(UV_EINVAL, uv_udp_set_source_membership(&udp, "nonsense", NULL,
                                                  "127.0.0.1", join));
  ANSWERS(UV_EINVAL, uv_udp_set_source_membership(&udp, "239.1.1.1", NULL,
                                                  "nonsense", join));
  ANSWERS(UV_EINVAL,
          uv_udp_set_source_membership(&udp, "239.1.1.1", NULL, "::1", join));
  ANSWERS(UV_EINVAL,
          uv_udp_set_source_membership(&udp, "239.1.1.1", NULL, NULL, join));
  ANSWERS(UV_EADDRNOTAVAIL, uv_udp_set_membership(&udp, "239.1.1.1",
                                                  "127.0.0.1", UV_LEAVE_GROUP));
}

/* --- The end -------------------------------------------------------------- */

static void a_closing_handle_refuses(void** state) {
  (void) state;
  init();
  uv_udp_bind(&udp, local_addr(), 0);
  struct sockaddr_in addr;
  uv_ip4_addr("127.0.0.1", 9, &addr);
  struct sockaddr* to = (struct sockaddr*) &addr;
  uv_close((uv_handle_t*) &udp, NULL);
  ANSWERS(UV_EBADF, uv_udp_bind(&udp, to, 0));
  ANSWERS(UV_EBADF, uv_udp_connect(&udp, to));
  ANSWERS(UV_EBADF, uv_udp_open(&udp, CLOSED_FD));
  ANSWERS(UV_EBADF, uv_udp_send(&send_req, &udp, &byte, 1, to, on_send));
  ANSWERS(UV_EBADF, uv_udp_try_send(&udp, &byte, 1, to));
  assert_int_equal(UV_EBADF, try_send2(to, 1, 0));
  ANSWERS(UV_EBADF, uv_udp_recv_start(&udp, no_alloc, no_recv));
  ANSWERS(0, uv_udp_recv_stop(&udp));
  ANSWERS(UV_EBADF, uv_udp_set_ttl(&udp, 1));
  ANSWERS(UV_EBADF,
          uv_udp_set_membership(&udp, "239.1.1.1", NULL, UV_JOIN_GROUP));
  turn();
}

static void close_udp(uv_udp_send_t* req, int status) {
  (void) status;
  if (!uv_is_closing((uv_handle_t*) req->handle))
    uv_close((uv_handle_t*) req->handle, NULL);
  is_over = true;
}

static void a_handle_closed_in_its_send_callback(void** state) {
  (void) state;
  static uv_udp_send_t reqs[3];
  struct sockaddr_in addr;
  uv_ip4_addr("127.0.0.1", 9, &addr);
  init();
  is_over = false;
  for (int n = 0; n < 3; n++)
    ANSWERS(0, uv_udp_send(&reqs[n], &udp, &byte, 1, (struct sockaddr*) &addr,
                           close_udp));
  ANSWERS(UV_EINVAL, uv_cancel((uv_req_t*) &reqs[2])); /* Not this kind. */
  run_until(&is_over);
  turn();
  assert_int_equal(0, uv_loop_alive(&loop));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(flags_that_do_not_exist),
    T(descriptors_that_cannot_be_opened),
    T(a_second_descriptor),
    T(addresses_of_no_family),
    T(too_much_or_nothing_to_send),
    T(an_address_of_the_other_family),
    T(a_second_bind),
    T(an_address_that_is_taken),
    T(no_destination),
    T(a_destination_too_many),
    T(datagrams_of_nothing),
    T(bytes_that_are_nobodys_and_too_many),
    T(a_receiver_without_callbacks),
    T(a_buffer_that_is_none),
    T(options_without_a_socket),
    T(options_out_of_range),
    T(groups_that_do_not_exist),
    T(a_closing_handle_refuses),
    T(a_handle_closed_in_its_send_callback),
  };
  return cmocka_run_group_tests_name("udp", tests, NULL, NULL);
}
