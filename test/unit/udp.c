/* SPDX-License-Identifier: MIT */
/* UDP handles where libuv's suite does not look: exact queue figures, batches
 * of more than one call, the error queue, one ending for each recvmmsg buffer,
 * handles closed or stopped in the midst of things. What could break: a
 * request lost or called twice, a buffer leaked, a busy loop on POLLERR. */
#include "unix/net/udp/parts.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { DATAGRAMS = 45, CHUNK = 64 * 1024 };

static struct fixture {
  uv_loop_t loop;
  uv_udp_t server, client;
  struct sockaddr_in to_server;
  uv_udp_send_t reqs[DATAGRAMS];
  int sent, canceled, failed, closed;
  int buffers_lent, buffers_back, endings;
  void* last_lent;
  int datagrams, errors, errqueue;
  ssize_t last_error;
  int stop_at, close_at;
  size_t lend_size;
  char order[DATAGRAMS + 1];
} f;

static void on_close(uv_handle_t* handle) {
  (void) handle;
  f.closed++;
}

static void on_sent(uv_udp_send_t* req, int status) {
  f.order[f.sent] = (char) (req - f.reqs + 1);
  f.sent++;
  if (status == UV_ECANCELED)
    f.canceled++;
  else if (status != 0)
    f.failed++;
  assert_int_equal(DATAGRAMS - f.sent, uv_udp_get_send_queue_count(&f.client));
  assert_int_equal(4 * (DATAGRAMS - f.sent),
                   uv_udp_get_send_queue_size(&f.client));
}

static void lend(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void) handle;
  assert_int_equal(CHUNK, suggested);
  f.last_lent = malloc(f.lend_size);
  *buf = uv_buf_init(f.last_lent, (unsigned) f.lend_size);
  f.buffers_lent++;
}

static void on_recv(uv_udp_t* handle, ssize_t nread, const uv_buf_t* buf,
                    const struct sockaddr* addr, unsigned flags) {
  if (flags & UV_UDP_MMSG_FREE) {
    assert_int_equal(0, nread);
    assert_null(addr);
    f.endings++;
  }
  if ((flags & UV_UDP_MMSG_CHUNK) == 0) {
    free(buf->base);
    f.buffers_back++;
  }
  if (nread < 0) f.errors++, f.last_error = nread;
  if (addr == NULL) return;
  if (flags & UV_UDP_LINUX_RECVERR) {
    f.errqueue++;
    return;
  }
  f.datagrams++;
  if (f.datagrams == f.stop_at) uv_udp_recv_stop(handle);
  if (f.datagrams == f.close_at) uv_close((uv_handle_t*) handle, on_close);
}

static void bind_loopback(uv_udp_t* handle, unsigned flags,
                          struct sockaddr_in* ret_addr) {
  struct sockaddr_in addr;
  assert_int_equal(0, uv_ip4_addr("127.0.0.1", 0, &addr));
  assert_int_equal(0,
                   uv_udp_bind(handle, (const struct sockaddr*) &addr, flags));
  int len = sizeof(*ret_addr);
  assert_int_equal(
      0, uv_udp_getsockname(handle, (struct sockaddr*) ret_addr, &len));
}

static int set_up(void** state) {
  (void) state;
  memset(&f, 0, sizeof(f));
  f.lend_size = CHUNK;
  assert_int_equal(0, uv_loop_init(&f.loop));
  assert_int_equal(0, uv_udp_init(&f.loop, &f.client));
  return 0;
}

static void make_server(unsigned init_flags) {
  assert_int_equal(0, uv_udp_init_ex(&f.loop, &f.server, init_flags));
  bind_loopback(&f.server, 0, &f.to_server);
}

static void end(uv_udp_t* handle) {
  if (!uv_is_closing((uv_handle_t*) handle))
    uv_close((uv_handle_t*) handle, on_close);
}

static void end_all(void) {
  end(&f.client);
  if (f.server.loop != NULL) end(&f.server);
  assert_int_equal(0, uv_run(&f.loop, UV_RUN_DEFAULT));
  assert_int_equal(0, uv_loop_close(&f.loop));
  assert_int_equal(f.buffers_lent, f.buffers_back);
}

static int send_one(int i) {
  uv_buf_t buf = uv_buf_init("ping", 4);
  return uv_udp_send(&f.reqs[i], &f.client, &buf, 1,
                     (const struct sockaddr*) &f.to_server, on_sent);
}

static void try_sends(int count) {
  uv_buf_t buf = uv_buf_init("ping", 4);
  for (int i = 0; i < count; i++)
    assert_int_equal(4, uv_udp_try_send(&f.client, &buf, 1,
                                        (const struct sockaddr*) &f.to_server));
}

/* --- Sending ------------------------------------------------------------- */

static void many_sends_in_a_row_are_called_back_in_order(void** state) {
  (void) state;
  make_server(0);
  for (int i = 0; i < DATAGRAMS; i++) assert_int_equal(0, send_one(i));
  assert_int_equal(DATAGRAMS, uv_udp_get_send_queue_count(&f.client));
  assert_int_equal(4 * DATAGRAMS, uv_udp_get_send_queue_size(&f.client));
  assert_int_equal(0, f.sent);

  assert_int_equal(0, uv_run(&f.loop, UV_RUN_DEFAULT));
  assert_int_equal(DATAGRAMS, f.sent);
  assert_int_equal(0, f.failed);
  for (int i = 0; i < DATAGRAMS; i++) assert_int_equal(i + 1, f.order[i]);
  assert_false(uv_is_active((uv_handle_t*) &f.client));

  assert_int_equal(0, uv_udp_recv_start(&f.server, lend, on_recv));
  while (f.datagrams < DATAGRAMS) uv_run(&f.loop, UV_RUN_ONCE);
  assert_int_equal(DATAGRAMS, f.datagrams);
  end_all();
}

static void a_close_cancels_what_was_not_sent(void** state) {
  (void) state;
  make_server(0);
  for (int i = 0; i < DATAGRAMS; i++) assert_int_equal(0, send_one(i));
  uv_close((uv_handle_t*) &f.client, on_close);
  assert_int_equal(0, f.sent);
  assert_int_equal(-1, f.client.io_watcher.fd);

  uv_run(&f.loop, UV_RUN_NOWAIT);
  assert_int_equal(DATAGRAMS, f.sent);
  assert_int_equal(DATAGRAMS - 1, f.canceled); /* The first was tried. */
  assert_int_equal(1, f.closed);
  assert_int_equal(UV_EBADF, send_one(0));
  end_all();
}

static int resends;

static void send_again(uv_udp_send_t* req, int status) {
  assert_int_equal(0, status);
  if (++resends >= 1000) return;
  uv_buf_t buf = uv_buf_init("ping", 4);
  assert_int_equal(
      0, uv_udp_send(req, &f.client, &buf, 1,
                     (const struct sockaddr*) &f.to_server, send_again));
}

static void a_send_from_its_own_callback_is_not_forgotten(void** state) {
  (void) state;
  make_server(0);
  uv_buf_t buf = uv_buf_init("ping", 4);
  resends = 0;
  for (int i = 0; i < 3; i++)
    assert_int_equal(
        0, uv_udp_send(&f.reqs[i], &f.client, &buf, 1,
                       (const struct sockaddr*) &f.to_server, send_again));
  assert_int_equal(0, uv_run(&f.loop, UV_RUN_DEFAULT));
  assert_int_equal(1002, resends); /* Each of the three stops once. */
  assert_int_equal(0, uv_udp_get_send_queue_count(&f.client));
  end_all();
}

static void a_full_peer_delays_sends_until_it_reads(void** state) {
  (void) state;
  int fds[2];
  assert_int_equal(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
  assert_int_equal(0, uv_udp_open(&f.client, fds[0]));
  assert_int_equal(1, uv__udp_is_connected(&f.client));

  uv_buf_t buf = uv_buf_init("ping", 4);
  int accepted = 0;
  while (uv_udp_try_send(&f.client, &buf, 1, NULL) == 4) accepted++;
  assert_true(accepted > 0);
  for (int i = 0; i < DATAGRAMS; i++)
    assert_int_equal(
        0, uv_udp_send(&f.reqs[i], &f.client, &buf, 1, NULL, on_sent));
  assert_int_equal(1, uv_run(&f.loop, UV_RUN_NOWAIT));
  assert_int_equal(0, f.sent);
  assert_int_equal(UV_EAGAIN, uv_udp_try_send(&f.client, &buf, 1, NULL));

  char bytes[8];
  for (int i = 0; i < accepted + DATAGRAMS; i++) {
    while (recv(fds[1], bytes, sizeof(bytes), MSG_DONTWAIT) != 4)
      uv_run(&f.loop, UV_RUN_NOWAIT);
  }
  uv_run(&f.loop, UV_RUN_DEFAULT);
  assert_int_equal(DATAGRAMS, f.sent);
  assert_int_equal(0, f.failed);
  close(fds[1]);
  end_all();
}

static void try_send2_tells_how_many_it_sent(void** state) {
  (void) state;
  make_server(0);
  uv_buf_t buf = uv_buf_init("ping", 4);
  uv_buf_t* bufs[DATAGRAMS];
  unsigned counts[DATAGRAMS];
  struct sockaddr* dests[DATAGRAMS];
  struct sockaddr unknown = { .sa_family = AF_UNSPEC };
  for (int i = 0; i < DATAGRAMS; i++) {
    bufs[i] = &buf;
    counts[i] = 1;
    dests[i] = (struct sockaddr*) &f.to_server;
  }
  assert_int_equal(UV_EBADF,
                   uv_udp_try_send2(&f.client, 1, bufs, counts, dests, 0));
  try_sends(1);
  assert_int_equal(UV_EINVAL,
                   uv_udp_try_send2(&f.client, 1, bufs, counts, dests, 1));
  assert_int_equal(0, uv_udp_try_send2(&f.client, 0, bufs, counts, dests, 0));
  assert_int_equal(DATAGRAMS, uv_udp_try_send2(&f.client, DATAGRAMS, bufs,
                                               counts, dests, 0));
  dests[30] = &unknown;
  assert_int_equal(
      30, uv_udp_try_send2(&f.client, DATAGRAMS, bufs, counts, dests, 0));
  dests[0] = &unknown;
  assert_int_equal(UV_EINVAL, uv_udp_try_send2(&f.client, DATAGRAMS, bufs,
                                               counts, dests, 0));
  end_all();
}

/* --- Receiving ----------------------------------------------------------- */

static void many_chunks_end_with_one_free(void** state) {
  (void) state;
  make_server(AF_UNSPEC | UV_UDP_RECVMMSG);
  f.lend_size = 20 * CHUNK;
  assert_int_equal(1, uv_udp_using_recvmmsg(&f.server));
  assert_int_equal(0, uv_udp_recv_start(&f.server, lend, on_recv));
  assert_int_equal(UV_EALREADY, uv_udp_recv_start(&f.server, lend, on_recv));
  try_sends(DATAGRAMS);
  while (f.datagrams < DATAGRAMS) uv_run(&f.loop, UV_RUN_ONCE);
  assert_int_equal(DATAGRAMS, f.datagrams);
  assert_int_equal(3, f.endings);
  end_all();
}

static void a_stop_in_a_chunk_is_the_last_callback(void** state) {
  (void) state;
  make_server(AF_UNSPEC | UV_UDP_RECVMMSG);
  f.lend_size = 20 * CHUNK;
  f.stop_at = 2;
  assert_int_equal(0, uv_udp_recv_start(&f.server, lend, on_recv));
  try_sends(10);
  assert_int_equal(0, uv_run(&f.loop, UV_RUN_DEFAULT));
  assert_int_equal(2, f.datagrams);
  assert_int_equal(0, f.endings);
  assert_int_equal(0, f.buffers_back);
  free(f.last_lent); /* The test stopped, so the test frees it. */
  f.buffers_back = 1;
  end_all();
}

static void a_close_in_a_chunk_still_gives_the_buffer_back(void** state) {
  (void) state;
  make_server(AF_UNSPEC | UV_UDP_RECVMMSG);
  f.lend_size = 20 * CHUNK;
  f.close_at = 2;
  assert_int_equal(0, uv_udp_recv_start(&f.server, lend, on_recv));
  try_sends(10);
  assert_int_equal(0, uv_run(&f.loop, UV_RUN_DEFAULT));
  assert_int_equal(2, f.datagrams);
  assert_int_equal(1, f.endings);
  assert_int_equal(1, f.closed);
  end_all();
}

static void a_buffer_without_room_for_two_chunks_is_refused(void** state) {
  (void) state;
  static const size_t sizes[] = { 100, CHUNK, 2 * CHUNK - 1 };
  make_server(AF_UNSPEC | UV_UDP_RECVMMSG);
  try_sends(1);
  for (int i = 0; i < 3; i++) {
    f.lend_size = sizes[i];
    f.errors = 0;
    assert_int_equal(0, uv_udp_recv_start(&f.server, lend, on_recv));
    while (f.errors == 0) uv_run(&f.loop, UV_RUN_ONCE);
    assert_int_equal(UV_EINVAL, f.last_error);
    assert_int_equal(0, uv_udp_recv_stop(&f.server));
  }
  assert_int_equal(0, f.datagrams);
  f.lend_size = 2 * CHUNK; /* The datagram is still there. */
  assert_int_equal(0, uv_udp_recv_start(&f.server, lend, on_recv));
  while (f.datagrams == 0) uv_run(&f.loop, UV_RUN_ONCE);
  end_all();
}

static void a_close_in_the_callback_ends_receiving(void** state) {
  (void) state;
  make_server(0);
  f.close_at = 1;
  assert_int_equal(0, uv_udp_recv_start(&f.server, lend, on_recv));
  try_sends(5);
  assert_int_equal(0, uv_run(&f.loop, UV_RUN_DEFAULT));
  assert_int_equal(1, f.datagrams);
  assert_int_equal(1, f.buffers_lent);
  end_all();
}

/* --- Errors -------------------------------------------------------------- */

/* A port without a receiver. */
static void find_deaf_port(void) {
  make_server(0);
  uv_close((uv_handle_t*) &f.server, on_close);
  uv_run(&f.loop, UV_RUN_NOWAIT);
}

/* The error, nothing behind it, the datagram: three calls. */
static void the_error_queue_is_shown_and_does_not_spin(void** state) {
  (void) state;
  find_deaf_port();
  struct sockaddr_in own;
  bind_loopback(&f.client, UV_UDP_LINUX_RECVERR, &own);
  assert_int_equal(0, uv_udp_recv_start(&f.client, lend, on_recv));
  try_sends(1);
  while (f.errqueue == 0) uv_run(&f.loop, UV_RUN_ONCE);
  assert_int_equal(1, f.errqueue);
  assert_int_equal(1, f.errors);
  assert_int_equal(3, f.buffers_lent);

  int calls = f.buffers_lent;
  for (int i = 0; i < 5; i++) uv_run(&f.loop, UV_RUN_NOWAIT);
  assert_int_equal(calls, f.buffers_lent);
  try_sends(1); /* The pending error went with the queue's entry. */
  end_all();
}

static void a_refused_datagram_is_told_to_a_connected_reader(void** state) {
  (void) state;
  find_deaf_port();
  assert_int_equal(
      0, uv_udp_connect(&f.client, (const struct sockaddr*) &f.to_server));
  assert_int_equal(0, uv_udp_recv_start(&f.client, lend, on_recv));
  uv_buf_t buf = uv_buf_init("ping", 4);
  assert_int_equal(4, uv_udp_try_send(&f.client, &buf, 1, NULL));
  while (f.errors == 0) uv_run(&f.loop, UV_RUN_ONCE);
  assert_int_equal(1, f.errors);
  end_all();
}

static void bad_arguments_are_refused(void** state) {
  (void) state;
  uv_udp_t other;
  struct sockaddr_in v4;
  assert_int_equal(0, uv_ip4_addr("127.0.0.1", 0, &v4));
  const struct sockaddr* addr = (const struct sockaddr*) &v4;
  const struct sockaddr unknown = { .sa_family = AF_UNSPEC };
  uv_buf_t buf = uv_buf_init("ping", 4);

  assert_int_equal(UV_EINVAL, uv_udp_init_ex(&f.loop, &other, 47));
  assert_int_equal(UV_EINVAL, uv_udp_init_ex(&f.loop, &other, 1024));
  assert_int_equal(UV_EINVAL, uv_udp_bind(&f.client, addr, 1 << 12));
  assert_int_equal(UV_EINVAL, uv_udp_bind(&f.client, addr, UV_UDP_IPV6ONLY));
  assert_int_equal(UV_EINVAL, uv_udp_bind(&f.client, &unknown, 0));
  assert_int_equal(UV_EINVAL, uv_udp_connect(&f.client, &unknown));
  assert_int_equal(UV_ENOTCONN, uv_udp_connect(&f.client, NULL));
  assert_int_equal(UV_EBADF, uv_udp_open(&f.client, -1));
  assert_int_equal(UV_EINVAL,
                   uv_udp_open_ex(&f.client, 0, UV_UDP_LINUX_RECVERR));
  assert_int_equal(UV_EDESTADDRREQ, uv_udp_try_send(&f.client, &buf, 1, NULL));
  assert_int_equal(UV_EINVAL, uv_udp_try_send(&f.client, &buf, 0, addr));
  assert_int_equal(UV_EINVAL, uv_udp_try_send(&f.client, &buf, 1, &unknown));
  assert_int_equal(UV_EINVAL, uv_udp_recv_start(&f.client, NULL, on_recv));
  assert_int_equal(UV_EINVAL, uv_udp_set_membership(&f.client, "nonsense", NULL,
                                                    UV_JOIN_GROUP));
  assert_int_equal(-1, f.client.io_watcher.fd);
  end_all();
}

static void open_ex_sets_what_its_flags_say(void** state) {
  (void) state;
  const struct {
    unsigned flags;
    int addr, port;
  } rows[] = {
    { 0, 0, 0 },
    { UV_UDP_REUSEADDR, 1, 0 },
    { UV_UDP_REUSEPORT, 0, 1 },
    { UV_UDP_REUSEADDR | UV_UDP_REUSEPORT, 1, 1 },
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    uv_udp_t handle;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(0, uv_udp_init(&f.loop, &handle));
    assert_int_equal(0, uv_udp_open_ex(&handle, fd, rows[i].flags));
    assert_int_equal(UV_EBUSY, uv_udp_open_ex(&handle, fd, 0));
    int value;
    socklen_t len = sizeof(value);
    getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, &len);
    assert_int_equal(rows[i].addr, value);
    getsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &value, &len);
    assert_int_equal(rows[i].port, value);
    uv_close((uv_handle_t*) &handle, on_close);
    uv_run(&f.loop, UV_RUN_NOWAIT);
  }
  end_all();
}

int main(void) {
#define T(name) cmocka_unit_test_setup(name, set_up)
  const struct CMUnitTest tests[] = {
    T(many_sends_in_a_row_are_called_back_in_order),
    T(a_close_cancels_what_was_not_sent),
    T(a_send_from_its_own_callback_is_not_forgotten),
    T(a_full_peer_delays_sends_until_it_reads),
    T(try_send2_tells_how_many_it_sent),
    T(many_chunks_end_with_one_free),
    T(a_stop_in_a_chunk_is_the_last_callback),
    T(a_close_in_a_chunk_still_gives_the_buffer_back),
    T(a_buffer_without_room_for_two_chunks_is_refused),
    T(a_close_in_the_callback_ends_receiving),
    T(the_error_queue_is_shown_and_does_not_spin),
    T(a_refused_datagram_is_told_to_a_connected_reader),
    T(bad_arguments_are_refused),
    T(open_ex_sets_what_its_flags_say),
  };
#undef T
  return cmocka_run_group_tests(tests, NULL, NULL);
}
