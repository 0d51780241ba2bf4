/* SPDX-License-Identifier: MIT */
/* Sockets and networks to which a GSO send would make a difference. What could
 * break: the status of each request, the errors of sockets that are told of
 * them, sockets that are not UDP, and networks whose packets are smaller. */
#include "unit/support/datagrams.h"

#include "loop/handle.h"
#include "unix/os/udp-segment.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- What a sender is told ----------------------------------------------- */

static void a_deaf_peer_is_no_error(void** state) {
  (void) state;
  union address to;
  close(open_peer(AF_INET, &to));
  for (int i = 0; i < 30; i++) send_one(i, 50, 1, &to);
  run_all(30);
  all_went_well(30);
}

static void a_connected_socket_sends_separately(void** state) {
  (void) state;
  union address to;
  int fd = open_peer(AF_INET, &to);
  ask_for_segments(fd);
  assert_int_equal(0, uv_udp_connect(&client, &to.any));
  for (int i = 0; i < 20; i++) send_one(i, 50, 1, NULL);
  run_all(20);
  all_went_well(20);
  for (int i = 0; i < 20; i++) {
    ssize_t bytes;
    assert_int_equal(0, next_segment_size(fd, &bytes));
    assert_int_equal(50, bytes);
  }
  close(fd);
}

/* What a program gets that hands 20 datagrams of 50 bytes over by plain calls,
 * the first one alone. */
static void send_plainly(const union address* to, int* ret_statuses) {
  struct mmsghdr messages[20];
  struct iovec part = { room, 50 };
  memset(messages, 0, sizeof(messages));
  for (int i = 0; i < 20; i++) {
    messages[i].msg_hdr.msg_iov = &part;
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  assert_int_equal(0, connect(fd, &to->any, sizeof(to->in)));
  for (int i = 0; i < 20;) {
    int sent = sendmmsg(fd, messages + i, i == 0 ? 1 : 20 - i, 0);
    if (sent < 0) ret_statuses[i++] = -errno;
    while (sent-- > 0) ret_statuses[i++] = 0;
  }
  close(fd);
}

static void a_connected_socket_is_told_of_a_refusal(void** state) {
  (void) state;
  union address to;
  close(open_peer(AF_INET, &to));
  assert_int_equal(0, uv_udp_connect(&client, &to.any));
  for (int i = 0; i < 20; i++) send_one(i, 50, 1, NULL);
  run_all(20);

  int expected[20];
  send_plainly(&to, expected);
  assert_memory_equal(expected, statuses, sizeof(expected));
  assert_int_equal(UV_ECONNREFUSED, statuses[1]);
}

static void the_error_queue_holds_each_datagram(void** state) {
  (void) state;
  union address to;
  union address own = { .in = { .sin_family = AF_INET } };
  close(open_peer(AF_INET, &to));
  assert_int_equal(0, uv_udp_bind(&client, &own.any, UV_UDP_LINUX_RECVERR));
  /* The loop would empty the queue, so no loop here. */
  uv_buf_t parts[10];
  uv_buf_t* bufs[10];
  unsigned counts[10];
  struct sockaddr* dests[10];
  for (int i = 0; i < 10; i++) {
    parts[i] = uv_buf_init(payloads[i], 50);
    bufs[i] = &parts[i];
    counts[i] = 1;
    dests[i] = &to.any;
  }
  int sent = 0;
  for (int tries = 0; sent < 10 && tries < 40; tries++) {
    int rc = uv_udp_try_send2(&client, (unsigned) (10 - sent), bufs + sent,
                              counts, dests, 0);
    if (rc > 0) sent += rc; /* Or the refusal of the one before. */
  }
  assert_int_equal(10, sent);
  int entries = 0;
  while (recv(client.io_watcher.fd, room, sizeof(room),
              MSG_ERRQUEUE | MSG_DONTWAIT) == 50)
    assert_memory_equal(payloads[entries++], room, 50);
  assert_int_equal(10, entries);
}

static void a_unix_socket_keeps_its_boundaries(void** state) {
  (void) state;
  /* A name without a file; the library takes the struct's size for its own. */
  union address to = { .un = { .sun_family = AF_UNIX } };
  snprintf(to.un.sun_path + 1, sizeof(to.un.sun_path) - 1, "pollux-gso-%ld",
           (long) getpid());
  int fds[2];
  for (int k = 0; k < 2; k++)
    fds[k] = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  assert_int_equal(0, bind(fds[0], &to.any, sizeof(to.un)));

  assert_int_equal(0, uv_udp_open(&client, fds[1]));
  for (int i = 0; i < 8; i++) send_one(i, 50, 1, &to);
  run_all(8);
  all_went_well(8);
  for (int i = 0; i < 8; i++) expect_datagram(fds[0], i, 50);
  expect_nothing(fds[0]);
  close(fds[0]);
}

static void a_program_that_uses_gso_itself_is_left_alone(void** state) {
  (void) state;
  union address to;
  int fd = open_peer(AF_INET, &to);
  int size = 20;
  send_one(0, 50, 1, &to);
  run_all(1);
  expect_datagram(fd, 0, 50);
  if (setsockopt(client.io_watcher.fd, IPPROTO_UDP, UDP_SEGMENT, &size,
                 sizeof(size)) != 0) {
    print_message("skipped: this kernel has no UDP GSO\n");
    skip();
  }
  done_count = 0;
  for (int i = 0; i < 8; i++) send_one(i, 50, 1, &to);
  run_all(8);
  for (int i = 0; i < 8; i++)
    for (int k = 0; k < 3; k++) expect_datagram(fd, i, k < 2 ? 20 : 10);
  expect_nothing(fd);
  close(fd);
}

/* --- Another network ----------------------------------------------------- */

/* In a child, since a network cannot be left: 77 when none can be had. */
static void run_in_own_network(int (*body)(void)) {
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    if (unshare(CLONE_NEWNET) != 0 &&
        unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
      _exit(77);
    _exit(body());
  }
  int status;
  assert_int_equal(pid, waitpid(pid, &status, 0));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
    print_message("skipped: no network of its own can be had\n");
    skip();
  }
  assert_int_equal(0, status);
}

static int set_loopback(int mtu) {
  struct ifreq wish;
  memset(&wish, 0, sizeof(wish));
  snprintf(wish.ifr_name, sizeof(wish.ifr_name), "lo");
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  wish.ifr_mtu = mtu;
  int rc = ioctl(fd, SIOCSIFMTU, &wish);
  wish.ifr_flags = IFF_UP | IFF_RUNNING;
  if (rc == 0) rc = ioctl(fd, SIOCSIFFLAGS, &wish);
  close(fd);
  return rc;
}

#define EXPECT(what)                                                           \
  do {                                                                         \
    if (what) break;                                                           \
    fprintf(stderr, "line %d: not so: %s\n", __LINE__, #what);                 \
    return 1;                                                                  \
  } while (0)

/* Have the datagrams from `first` up to `end` arrived? 4000 bytes have those
 * from 20 to 39. The receiver's buffer does not hold all 60 everywhere (not in
 * a user's own namespaces), so the test empties it in between. */
static int take_datagrams(int fd, int first, int end) {
  for (int i = first; i < end; i++) {
    ssize_t size = i < 20 || i >= 40 ? 1400 : 4000;
    EXPECT(statuses[i] == 0);
    EXPECT(recv(fd, room, sizeof(room), 0) == size);
    EXPECT(memcmp(payloads[i], room, (size_t) size) == 0);
  }
  return 0;
}

/* Datagrams larger than a packet go out in fragments, which a GSO send cannot.
 */
static int send_over_small_packets(void) {
  if (set_loopback(1500) != 0) return 77;
  union address to;
  int fd = open_peer(AF_INET, &to);
  send_one(0, 1400, 1, &to);
  uv_run(&loop, UV_RUN_DEFAULT);
  bool can_cut = uv__udp_segment_fits(client.io_watcher.fd, false);
  for (int i = 1; i < 20; i++) send_one(i, 1400, 1, &to);
  uv_run(&loop, UV_RUN_DEFAULT);
  EXPECT((client.flags & UV__UDP_NO_GSO) == 0);
  EXPECT(take_datagrams(fd, 0, 20) == 0);
  for (int i = 20; i < 60; i++) send_one(i, i < 40 ? 4000 : 1400, 1, &to);
  uv_run(&loop, UV_RUN_DEFAULT);
  EXPECT(done_count == 60);
  EXPECT(!can_cut || (client.flags & UV__UDP_NO_GSO) != 0);
  EXPECT(take_datagrams(fd, 20, 60) == 0);
  return 0;
}

/* Without any network up, each request is told so. */
static int send_to_nowhere(void) {
  union address to = { .in = { .sin_family = AF_INET } };
  to.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.in.sin_port = htons(9);
  for (int i = 0; i < 20; i++) send_one(i, 50, 1, &to);
  uv_run(&loop, UV_RUN_DEFAULT);
  EXPECT(done_count == 20);
  for (int i = 0; i < 20; i++) EXPECT(statuses[i] == UV_ENETUNREACH);
  return 0;
}

static void packets_smaller_than_a_datagram_carry_it(void** state) {
  (void) state;
  run_in_own_network(send_over_small_packets);
}

static void an_unreachable_network_is_told_to_each_request(void** state) {
  (void) state;
  run_in_own_network(send_to_nowhere);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
    T(a_deaf_peer_is_no_error),
    T(a_connected_socket_sends_separately),
    T(a_connected_socket_is_told_of_a_refusal),
    T(the_error_queue_holds_each_datagram),
    T(a_unix_socket_keeps_its_boundaries),
    T(a_program_that_uses_gso_itself_is_left_alone),
    T(packets_smaller_than_a_datagram_carry_it),
    T(an_unreachable_network_is_told_to_each_request),
  };
#undef T
  return cmocka_run_group_tests(tests, NULL, NULL);
}
