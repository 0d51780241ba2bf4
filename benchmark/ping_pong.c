/* SPDX-License-Identifier: MIT */
/* How many round trips do two loops make over TCP, a unix pipe, and UDP, with
 * 1, 10, 100 and 1 000 connections, 64 bytes and 16 KiB each way?
 *
 * Two threads, a loop in each: one sends and waits for the echo of the other.
 * On each connection one message is under way at a time. Loopback, so a
 * message is a copy and a wake-up; on two cores neither thread has to wait for
 * a core. CPU time is of both. */
#include "common/bench.h"
#include "common/parts.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { TCP, PIPE, UDP, SIZE_MAX_BYTES = 16384, UDP_BUFFER = 1 << 18 };

struct end {
  union {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
    uv_udp_t udp;
  } as;
  struct side* side;
  struct sockaddr_in peer;
  char* memory;
  size_t got;
  uint64_t from_ns;
};

/* A reply may come before the callback of what it replies to, so the request
 * cannot belong to the end. */
struct request {
  union {
    uv_req_t req;
    uv_write_t write;
    uv_udp_send_t send;
  } as;
  struct request* next_free;
  struct side* side;
};

struct side {
  struct bench* bench;
  struct request* free;
  uv_loop_t loop;
  uv_async_t stop;
  struct end* ends;
  bool is_client;
  uint64_t rounds;
};

static struct side sides[2];
static atomic_bool is_over;

static struct request* take_request(struct side* side) {
  struct request* request = side->free;
  if (request == NULL)
    request = bench_zalloc(1, sizeof(*request));
  else
    side->free = request->next_free;
  request->side = side;
  request->as.req.data = request;
  return request;
}

/* Once it is over, the other side may be closed already. */
static bool is_fine(ssize_t status) {
  return status >= 0 || atomic_load(&is_over);
}

static void give_back(struct request* request, int status) {
  BENCH_CHECK(is_fine(status));
  request->next_free = request->side->free;
  request->side->free = request;
}

static void on_write(uv_write_t* write, int status) {
  give_back(write->data, status);
}

static void on_send(uv_udp_send_t* send, int status) {
  give_back(send->data, status);
}

static void send_message(struct end* end) {
  struct bench* b = end->side->bench;
  struct request* request = take_request(end->side);
  uv_buf_t buf = uv_buf_init(end->memory, (unsigned) b->what->m);
  if (end->side->is_client) end->from_ns = uv_hrtime();
  if (b->what->kind == UDP)
    BENCH_OK(uv_udp_send(&request->as.send, &end->as.udp, &buf, 1,
                         (const struct sockaddr*) &end->peer, on_send));
  else
    BENCH_OK(uv_write(&request->as.write, &end->as.stream, &buf, 1, on_write));
}

static void on_bytes(struct end* end, size_t size) {
  struct bench* b = end->side->bench;
  end->got += size;
  BENCH_CHECK(end->got <= (size_t) b->what->m);
  if (end->got < (size_t) b->what->m || atomic_load(&is_over)) return;
  end->got = 0;
  end->side->rounds++;
  if (end->side->is_client) {
    bench_latency(b, uv_hrtime() - end->from_ns);
    if (!bench_tick(b, 1)) {
      atomic_store(&is_over, true);
      BENCH_OK(uv_async_send(&sides[0].stop));
      BENCH_OK(uv_async_send(&sides[1].stop));
    }
  }
  if (!atomic_load(&is_over)) send_message(end);
}

static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buf) {
  (void) buf;
  struct end* end = stream->data;
  BENCH_CHECK(is_fine(size));
  if (size < 0)
    uv_read_stop(stream);
  else
    on_bytes(end, (size_t) size);
}

static void on_datagram(uv_udp_t* udp, ssize_t size, const uv_buf_t* buf,
                        const struct sockaddr* from, unsigned flags) {
  (void) buf;
  (void) flags;
  struct end* end = udp->data;
  BENCH_CHECK(is_fine(size));
  if (from == NULL || size < 0) return;
  BENCH_CHECK(size == end->side->bench->what->m);
  memcpy(&end->peer, from, sizeof(end->peer));
  on_bytes(end, (size_t) size);
}

static void on_stop(uv_async_t* async) {
  uv_stop(async->loop);
}

static void open_streams(struct end* ends[2], int kind) {
  int fds[2];
  if (kind == TCP)
    bench_tcp_pair(fds);
  else
    bench_unix_pair(fds);
  for (int i = 0; i < 2; i++) {
    struct end* end = ends[i];
    uv_loop_t* loop = &end->side->loop;
    if (kind == TCP) {
      BENCH_OK(uv_tcp_init(loop, &end->as.tcp));
      BENCH_OK(uv_tcp_open(&end->as.tcp, fds[i]));
    } else {
      BENCH_OK(uv_pipe_init(loop, &end->as.pipe, 0));
      BENCH_OK(uv_pipe_open(&end->as.pipe, fds[i]));
    }
    end->as.handle.data = end;
    BENCH_OK(uv_read_start(&end->as.stream, bench_alloc, on_read));
  }
}

static void open_datagrams(struct end* ends[2]) {
  for (int i = 0; i < 2; i++) {
    struct end* end = ends[i];
    struct sockaddr_in any;
    int length = sizeof(end->peer), room = UDP_BUFFER;
    BENCH_OK(uv_ip4_addr("127.0.0.1", 0, &any));
    BENCH_OK(uv_udp_init(&end->side->loop, &end->as.udp));
    BENCH_OK(uv_udp_bind(&end->as.udp, (struct sockaddr*) &any, 0));
    BENCH_OK(uv_recv_buffer_size(&end->as.handle, &room));
    BENCH_OK(uv_udp_getsockname(
        &end->as.udp, (struct sockaddr*) &ends[1 - i]->peer, &length));
    end->as.handle.data = end;
    BENCH_OK(uv_udp_recv_start(&end->as.udp, bench_alloc, on_datagram));
  }
}

static void open_sides(struct bench* b, long count) {
  for (int i = 0; i < 2; i++) {
    struct side* side = &sides[i];
    side->bench = b;
    side->is_client = i == 0;
    side->ends = bench_zalloc((size_t) count, sizeof(*side->ends));
    BENCH_OK(uv_loop_init(&side->loop));
    BENCH_OK(uv_async_init(&side->loop, &side->stop, on_stop));
  }
  for (long i = 0; i < count; i++) {
    struct end* ends[2] = { &sides[0].ends[i], &sides[1].ends[i] };
    for (int j = 0; j < 2; j++) {
      ends[j]->side = &sides[j];
      ends[j]->memory = bench_zalloc(1, SIZE_MAX_BYTES);
    }
    if (b->what->kind == UDP)
      open_datagrams(ends);
    else
      open_streams(ends, b->what->kind);
  }
}

static void run_side(struct side* side) {
  uv_run(&side->loop, UV_RUN_DEFAULT);
  if (side->is_client) bench_print_monitor(side->bench, &side->loop);
  bench_close_loop(&side->loop);
}

static void serve(void* arg) {
  run_side(arg);
}

static void ping_pong(struct bench* b) {
  long count = bench_sized(b, b->what->n);
  if (2 * count > bench_fd_room()) bench_skip(b, "too few descriptors allowed");
  open_sides(b, count);
  uv_thread_t thread;
  BENCH_OK(uv_thread_create(&thread, serve, &sides[1]));
  for (long i = 0; i < count; i++) send_message(&sides[0].ends[i]);
  run_side(&sides[0]);
  BENCH_OK(uv_thread_join(&thread));
  /* What the server answered came back, or is one message per connection. */
  BENCH_CHECK(sides[1].rounds >= sides[0].rounds);
  BENCH_CHECK(sides[1].rounds - sides[0].rounds <= (uint64_t) count);
  for (int i = 0; i < 2; i++) {
    for (long j = 0; j < count; j++) free(sides[i].ends[j].memory);
    free(sides[i].ends);
    while (sides[i].free != NULL) free(take_request(&sides[i]));
  }
  bench_report(b);
}

/* clang-format off */
#define CASES(name, kind)                                     \
  { name "/64B/1", ping_pong, 1, 64, kind, true },            \
  { name "/64B/10", ping_pong, 10, 64, kind, false },         \
  { name "/64B/100", ping_pong, 100, 64, kind, kind == TCP }, \
  { name "/64B/1000", ping_pong, 1000, 64, kind, false },     \
  { name "/16K/1", ping_pong, 1, 16384, kind, kind == TCP },  \
  { name "/16K/10", ping_pong, 10, 16384, kind, false },      \
  { name "/16K/100", ping_pong, 100, 16384, kind, false },    \
  { name "/16K/1000", ping_pong, 1000, 16384, kind, false }
/* clang-format on */

static const struct bench_case cases[] = {
  CASES("tcp", TCP),
  CASES("pipe", PIPE),
  CASES("udp", UDP),
};

int main(int argc, char** argv) {
  return bench_main(argc, argv, "ping_pong", cases,
                    sizeof(cases) / sizeof(cases[0]));
}
