/* SPDX-License-Identifier: MIT */
/* unit/udp-gso: queued datagrams of one size for one peer leave in one GSO
 * send, and neither side sees a difference. What could break: order,
 * boundaries, sizes, the status of each request, the errors of sockets that are
 * told of them, sockets that are not UDP, and networks whose packets are
 * smaller.
 *
 * A receiver that asks for segments (UDP_GRO) sees whether there was a GSO
 * send: on loopback nothing else puts datagrams together. */
#include "loop/handle.h"
#include "unix/net/udp/parts.h"
#include "unix/os/udp-segment.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum { SENDS_MAX = 140, PARTS = 3, ROOM = 1 << 16 };

static uv_loop_t loop;
static uv_udp_t client;
static uv_udp_send_t sends[SENDS_MAX];
static int statuses[SENDS_MAX];
static int done_count;
static char payloads[SENDS_MAX][ROOM / 16];
static char room[ROOM];

union address {
  struct sockaddr any;
  struct sockaddr_in in;
  struct sockaddr_in6 in6;
  struct sockaddr_un un;
};

/* A plain socket on loopback, with room for all that is sent to it. */
static int open_peer(int family, union address* ret) {
  memset(ret, 0, sizeof(*ret));
  ret->any.sa_family = (sa_family_t) family;
  socklen_t size = sizeof(ret->in);
  if (family == AF_INET6) {
    ret->in6.sin6_addr = in6addr_loopback;
    size = sizeof(ret->in6);
  } else {
    ret->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  int bytes = 1 << 22;
  assert_true(fd >= 0);
  (void) setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
  if (bind(fd, &ret->any, size) != 0) {
    close(fd);
    return -1;
  }
  assert_int_equal(0, getsockname(fd, &ret->any, &size));
  return fd;
}

/* Ask for segments, or skip where there is no GSO. */
static void ask_for_segments(int fd) {
  int on = 1;
  int probe_fd = socket(AF_INET, SOCK_DGRAM, 0);
  bool has_both = uv__udp_segment_fits(probe_fd, false) &&
                  setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof(on)) == 0;
  close(probe_fd);
  if (has_both) return;
  print_message("skipped: this kernel has no UDP GSO\n");
  skip();
}

/* The size of the segments of the next GSO send, 0 for a single datagram. The
 * bytes are in `room`, their count in `ret_bytes`. */
static int next_segment_size(int fd, ssize_t* ret_bytes) {
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec part = { room, sizeof(room) };
  struct msghdr header = { .msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = &control,
                           .msg_controllen = sizeof(control) };
  *ret_bytes = recvmsg(fd, &header, 0);
  if (*ret_bytes < 0 || header.msg_controllen == 0) return 0;
  const struct cmsghdr* note = CMSG_FIRSTHDR(&header);
  if (note == NULL || note->cmsg_type != UDP_GRO) return 0;
  int size;
  memcpy(&size, CMSG_DATA(note), sizeof(size));
  return size;
}

static int set_up(void** state) {
  (void) state;
  done_count = 0;
  memset(statuses, 0x7f, sizeof(statuses));
  for (int i = 0; i < SENDS_MAX; i++)
    memset(payloads[i], 'A' + i % 26, sizeof(payloads[i]));
  if (uv_loop_init(&loop) != 0) return -1;
  return uv_udp_init(&loop, &client);
}

static int tear_down(void** state) {
  (void) state;
  if (!uv_is_closing((uv_handle_t*) &client))
    uv_close((uv_handle_t*) &client, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  return uv_loop_close(&loop);
}

static void on_sent(uv_udp_send_t* req, int status) {
  assert_ptr_equal(&sends[done_count], req); /* In order. */
  statuses[done_count++] = status;
}

/* Datagram `i`, whose bytes tell its number, in `part_count` buffers. */
static void cut_up(int i, size_t size, unsigned part_count, uv_buf_t* parts) {
  size_t done = 0;
  for (unsigned k = 0; k < part_count; k++) {
    size_t len = k + 1 < part_count ? size / part_count : size - done;
    parts[k] = uv_buf_init(payloads[i] + done, (unsigned) len);
    done += len;
  }
}

static void send_one(int i, size_t size, unsigned part_count,
                     const union address* to) {
  uv_buf_t parts[PARTS];
  cut_up(i, size, part_count, parts);
  assert_int_equal(0, uv_udp_send(&sends[i], &client, parts, part_count,
                                  to == NULL ? NULL : &to->any, on_sent));
}

static void run_all(int count) {
  assert_int_equal(count, uv_udp_get_send_queue_count(&client));
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(count, done_count);
  assert_int_equal(0, uv_udp_get_send_queue_count(&client));
  assert_int_equal(0, uv_udp_get_send_queue_size(&client));
}

static void all_went_well(int count) {
  for (int i = 0; i < count; i++) assert_int_equal(0, statuses[i]);
}

/* The next datagram is number `i`, of `size` bytes. */
static void expect_datagram(int fd, int i, size_t size) {
  ssize_t got = recv(fd, room, sizeof(room), MSG_TRUNC);
  assert_int_equal(size, got);
  assert_memory_equal(payloads[i], room, size);
}

static void expect_nothing(int fd) {
  assert_int_equal(-1, recv(fd, room, sizeof(room), 0));
  assert_int_equal(EAGAIN, errno);
}

/* --- Pieces -------------------------------------------------------------- */

static void equal_datagrams_leave_in_one_gso_send(void** state) {
  (void) state;
  union address to;
  int fd = open_peer(AF_INET, &to);
  ask_for_segments(fd);
  for (int i = 0; i < 20; i++) send_one(i, i == 19 ? 70 : 100, 1, &to);
  run_all(20);
  all_went_well(20);

  ssize_t bytes;
  assert_int_equal(0,
                   next_segment_size(fd, &bytes)); /* Tried at once, alone. */
  assert_int_equal(100, bytes);
  assert_int_equal(100, next_segment_size(fd, &bytes));
  assert_int_equal(18 * 100 + 70, bytes);
  for (int i = 1; i < 20; i++)
    assert_memory_equal(payloads[i], room + (i - 1) * 100, i == 19 ? 70 : 100);
  expect_nothing(fd);
  close(fd);
}

static void try_send2_uses_gso(void** state) {
  (void) state;
  union address to;
  int fd = open_peer(AF_INET, &to);
  ask_for_segments(fd);
  send_one(0, 1, 1, &to); /* Makes the socket. */
  run_all(1);
  uv_buf_t parts[10][PARTS];
  uv_buf_t* bufs[10];
  unsigned counts[10];
  struct sockaddr* dests[10];
  for (int i = 0; i < 10; i++) {
    cut_up(i, 90, PARTS, parts[i]);
    bufs[i] = parts[i];
    counts[i] = PARTS;
    dests[i] = &to.any;
  }
  assert_int_equal(10, uv_udp_try_send2(&client, 10, bufs, counts, dests, 0));
  ssize_t bytes;
  assert_int_equal(0, next_segment_size(fd, &bytes));
  assert_int_equal(90, next_segment_size(fd, &bytes));
  assert_int_equal(900, bytes);
  expect_nothing(fd);
  close(fd);
}

/* --- What a receiver sees ------------------------------------------------ */

struct group {
  int count;
  size_t size;
};

static const struct row {
  const char* what;
  unsigned part_count;
  struct group groups[6]; /* Ends with a count of 0. */
} rows[] = {
  { "equal", 1, { { 40, 64 } } },
  { "more than one GSO send", 1, { { 140, 32 } } },
  { "more bytes than one GSO send", 1, { { 60, 1400 } } },
  { "the last is shorter", 1, { { 10, 64 }, { 1, 7 } } },
  { "a shorter one amidst", 1, { { 10, 64 }, { 1, 7 }, { 10, 64 } } },
  { "ever shorter", 1, { { 5, 64 }, { 5, 63 }, { 5, 62 }, { 5, 1 } } },
  { "ever longer", 1, { { 5, 1 }, { 5, 62 }, { 5, 63 }, { 5, 64 } } },
  { "empty ones amidst", 1, { { 6, 64 }, { 6, 0 }, { 6, 64 }, { 1, 0 } } },
  { "empty ones only", 1, { { 20, 0 } } },
  { "several buffers", PARTS, { { 60, 64 }, { 1, 10 }, { 20, 100 } } },
  { "large ones", 1, { { 40, 4000 } } },
};

static void check_row(const struct row* row, int family) {
  union address to;
  int fd = open_peer(family, &to);
  if (fd < 0) {
    print_message("skipped: no address of this family\n");
    skip();
  }
  int count = 0;
  size_t bytes = 0;
  done_count = 0;
  for (const struct group* g = row->groups; g->count > 0; g++)
    for (int i = 0; i < g->count; i++, bytes += g->size)
      send_one(count++, g->size, row->part_count, &to);
  assert_int_equal(bytes, uv_udp_get_send_queue_size(&client));
  run_all(count);
  all_went_well(count);

  int next = 0;
  for (const struct group* g = row->groups; g->count > 0; g++)
    for (int i = 0; i < g->count; i++) expect_datagram(fd, next++, g->size);
  expect_nothing(fd);
  close(fd);
}

static void order_and_boundaries_are_kept(void** state) {
  (void) state;
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    print_message("%s\n", rows[i].what);
    check_row(&rows[i], AF_INET);
  }
  assert_int_equal(0, client.flags & UV__UDP_NO_GSO);
}

static void order_and_boundaries_are_kept_over_ipv6(void** state) {
  (void) state;
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    check_row(&rows[i], AF_INET6);
  assert_int_equal(0, client.flags & UV__UDP_NO_GSO);
}

static void each_peer_gets_its_own(void** state) {
  (void) state;
  union address to[2];
  int fds[2];
  for (int k = 0; k < 2; k++) fds[k] = open_peer(AF_INET, &to[k]);
  /* In turn, then in blocks of eight. */
  for (int i = 0; i < 64; i++)
    send_one(i, 50, 1, &to[i < 32 ? i % 2 : i / 8 % 2]);
  run_all(64);
  all_went_well(64);
  for (int i = 0; i < 64; i++)
    expect_datagram(fds[i < 32 ? i % 2 : i / 8 % 2], i, 50);
  for (int k = 0; k < 2; k++) {
    expect_nothing(fds[k]);
    close(fds[k]);
  }
}

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
  for (int i = 20; i < 60; i++) send_one(i, i < 40 ? 4000 : 1400, 1, &to);
  uv_run(&loop, UV_RUN_DEFAULT);
  EXPECT(done_count == 60);
  EXPECT(!can_cut || (client.flags & UV__UDP_NO_GSO) != 0);
  for (int i = 0; i < 60; i++) {
    ssize_t size = i < 20 || i >= 40 ? 1400 : 4000;
    EXPECT(statuses[i] == 0);
    EXPECT(recv(fd, room, sizeof(room), 0) == size);
    EXPECT(memcmp(payloads[i], room, (size_t) size) == 0);
  }
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
    T(equal_datagrams_leave_in_one_gso_send),
    T(try_send2_uses_gso),
    T(order_and_boundaries_are_kept),
    T(order_and_boundaries_are_kept_over_ipv6),
    T(each_peer_gets_its_own),
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
