/* SPDX-License-Identifier: MIT */
/* What the tests of UDP_SEGMENT share: a loop with one sending handle, peers
 * that are plain sockets, and datagrams whose bytes tell their number. */
#ifndef POLLUX_TEST_DATAGRAMS_H
#define POLLUX_TEST_DATAGRAMS_H

#include "base/abi.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum { SENDS_MAX = 140, PARTS = 3, ROOM = 1 << 16 };

extern uv_loop_t loop;
extern uv_udp_t client;
extern uv_udp_send_t sends[SENDS_MAX];
extern int statuses[SENDS_MAX];
extern int done_count;
extern char payloads[SENDS_MAX][ROOM / 16];
extern char room[ROOM];

union address {
  struct sockaddr any;
  struct sockaddr_in in;
  struct sockaddr_in6 in6;
  struct sockaddr_un un;
};

int set_up(void** state);
int tear_down(void** state);

/* A plain socket on loopback, with room for all that is sent to it. */
int open_peer(int family, union address* ret);

/* Ask for segments, or skip where there is no GSO. */
void ask_for_segments(int fd);

/* The size of the segments of the next GSO send, 0 for a single datagram. The
 * bytes are in `room`, their count in `ret_bytes`. */
int next_segment_size(int fd, ssize_t* ret_bytes);

/* Datagram `i`, whose bytes tell its number, in `part_count` buffers. */
void cut_up(int i, size_t size, unsigned part_count, uv_buf_t* parts);

/* Send it to `to`; NULL: to the peer of a connected socket. */
void send_one(int i, size_t size, unsigned part_count, const union address* to);

/* Run the loop until the `count` datagrams in the queue have left; then: each
 * with success. */
void run_all(int count);
void all_went_well(int count);

/* The next datagram is number `i`, of `size` bytes. */
void expect_datagram(int fd, int i, size_t size);
void expect_nothing(int fd);

#endif
