/* SPDX-License-Identifier: MIT */
/* Queued datagrams of one size for one peer leave in one GSO send, and the
 * receiver sees no difference. What could break: order, boundaries, sizes.
 *
 * A receiver that asks for segments (UDP_GRO) sees whether there was a GSO
 * send: on loopback nothing else puts datagrams together. */
#include "unit/support/datagrams.h"

#include "loop/handle.h"

#include <unistd.h>

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

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
    T(equal_datagrams_leave_in_one_gso_send),
    T(try_send2_uses_gso),
    T(order_and_boundaries_are_kept),
    T(order_and_boundaries_are_kept_over_ipv6),
    T(each_peer_gets_its_own),
  };
#undef T
  return cmocka_run_group_tests(tests, NULL, NULL);
}
