/* SPDX-License-Identifier: MIT */
/* See datagrams.h. */
#include "unit/support/datagrams.h"

#include "unix/os/udp-segment.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

uv_loop_t loop;
uv_udp_t client;
uv_udp_send_t sends[SENDS_MAX];
int statuses[SENDS_MAX];
int done_count;
char payloads[SENDS_MAX][ROOM / 16];
char room[ROOM];

int open_peer(int family, union address* ret) {
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

void ask_for_segments(int fd) {
  int on = 1;
  int probe_fd = socket(AF_INET, SOCK_DGRAM, 0);
  bool has_both = uv__udp_segment_fits(probe_fd, false) &&
                  setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof(on)) == 0;
  close(probe_fd);
  if (has_both) return;
  print_message("skipped: this kernel has no UDP GSO\n");
  skip();
}

int next_segment_size(int fd, ssize_t* ret_bytes) {
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

int set_up(void** state) {
  (void) state;
  done_count = 0;
  memset(statuses, 0x7f, sizeof(statuses));
  for (int i = 0; i < SENDS_MAX; i++)
    memset(payloads[i], 'A' + i % 26, sizeof(payloads[i]));
  if (uv_loop_init(&loop) != 0) return -1;
  return uv_udp_init(&loop, &client);
}

int tear_down(void** state) {
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

void cut_up(int i, size_t size, unsigned part_count, uv_buf_t* parts) {
  size_t done = 0;
  for (unsigned k = 0; k < part_count; k++) {
    size_t len = k + 1 < part_count ? size / part_count : size - done;
    parts[k] = uv_buf_init(payloads[i] + done, (unsigned) len);
    done += len;
  }
}

void send_one(int i, size_t size, unsigned part_count,
              const union address* to) {
  uv_buf_t parts[PARTS];
  cut_up(i, size, part_count, parts);
  assert_int_equal(0, uv_udp_send(&sends[i], &client, parts, part_count,
                                  to == NULL ? NULL : &to->any, on_sent));
}

void run_all(int count) {
  assert_int_equal(count, uv_udp_get_send_queue_count(&client));
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(count, done_count);
  assert_int_equal(0, uv_udp_get_send_queue_count(&client));
  assert_int_equal(0, uv_udp_get_send_queue_size(&client));
}

void all_went_well(int count) {
  for (int i = 0; i < count; i++) assert_int_equal(0, statuses[i]);
}

void expect_datagram(int fd, int i, size_t size) {
  ssize_t got = recv(fd, room, sizeof(room), MSG_TRUNC);
  assert_int_equal(size, got);
  assert_memory_equal(payloads[i], room, size);
}

void expect_nothing(int fd) {
  assert_int_equal(-1, recv(fd, room, sizeof(room), 0));
  assert_int_equal(EAGAIN, errno);
}
