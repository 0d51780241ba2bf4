/* SPDX-License-Identifier: MIT */
/* How many datagrams a second go out and come in, batched and not?
 *
 *   send/<N>       N uv_udp_send of 64 bytes are handed over in one callback,
 *                  the next N when all are done
 *   try_send2/64   64 at once by uv_udp_try_send2 (libuv 1.50 and newer)
 *   recv/plain     a thread outside the library sends as fast as it can
 *   recv/mmsg      the same with UV_UDP_RECVMMSG
 * What the socket's buffer cannot hold is lost, as UDP does: what is received
 * is counted, and what is sent is not read. CPU time is of the loop's thread.
 */
#include "common/bench.h"
#include "common/parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIZE = 64, BATCH_MAX = 64, MMSG_ROOM = 20 * 65536, PLAIN, MMSG };

typedef int (*try_send2_fn)(uv_udp_t*, unsigned, uv_buf_t*[], unsigned[],
                            struct sockaddr*[], unsigned);

static struct bench* bench;
static uv_loop_t loop;
static uv_udp_t udp;
static uv_udp_send_t sends[BATCH_MAX];
static long under_way;
static uint64_t got_count;
static _Atomic uint64_t sent_count;
static struct sockaddr_in sink;
static char payload[SIZE];
static char* room;
static atomic_bool is_over;

/* A socket that is never read: the kernel drops what does not fit. */
static int open_sink(void) {
  socklen_t size = sizeof(sink);
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sink = (struct sockaddr_in){
    .sin_family = AF_INET,
    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
  };
  BENCH_CHECK(fd >= 0);
  BENCH_CHECK(bind(fd, (struct sockaddr*) &sink, size) == 0);
  BENCH_CHECK(getsockname(fd, (struct sockaddr*) &sink, &size) == 0);
  return fd;
}

static void open_udp(unsigned flags) {
  struct sockaddr_in any;
  BENCH_OK(uv_ip4_addr("127.0.0.1", 0, &any));
  BENCH_OK(uv_loop_init(&loop));
  BENCH_OK(uv_udp_init_ex(&loop, &udp, AF_INET | flags));
  BENCH_OK(uv_udp_bind(&udp, (struct sockaddr*) &any, 0));
}

static void send_all(void);

static void on_sent(uv_udp_send_t* send, int status) {
  (void) send;
  BENCH_CHECK(status == 0);
  under_way--;
  bool goes_on = bench_tick(bench, 1);
  if (under_way > 0) return;
  if (goes_on)
    send_all();
  else
    uv_close((uv_handle_t*) &udp, NULL);
}

static void send_all(void) {
  uv_buf_t buf = uv_buf_init(payload, SIZE);
  for (long i = 0; i < bench->what->n; i++) {
    under_way++;
    BENCH_OK(uv_udp_send(&sends[i], &udp, &buf, 1,
                         (const struct sockaddr*) &sink, on_sent));
  }
}

static void finish(struct bench* b) {
  bench_print_monitor(b, &loop);
  bench_close_loop(&loop);
  bench_report(b);
}

static void send_many(struct bench* b) {
  bench = b;
  b->is_of_thread = true;
  int fd = open_sink();
  open_udp(0);
  send_all();
  uv_run(&loop, UV_RUN_DEFAULT);
  BENCH_CHECK(under_way == 0);
  close(fd);
  finish(b);
}

static void try_send2(struct bench* b) {
  bench = b;
  b->is_of_thread = true;
  try_send2_fn send;
  *(void**) &send = bench_function(b, "uv_udp_try_send2");
  int fd = open_sink();
  open_udp(0);
  uv_buf_t buf = uv_buf_init(payload, SIZE);
  uv_buf_t* bufs[BATCH_MAX];
  unsigned counts[BATCH_MAX];
  struct sockaddr* to[BATCH_MAX];
  for (int i = 0; i < BATCH_MAX; i++) {
    bufs[i] = &buf;
    counts[i] = 1;
    to[i] = (struct sockaddr*) &sink;
  }
  uint64_t sent;
  do {
    int rc = send(&udp, BATCH_MAX, bufs, counts, to, 0);
    if (rc != UV_EAGAIN) BENCH_OK(rc);
    sent = rc > 0 ? (uint64_t) rc : 0;
  } while (bench_tick(b, sent));
  close(fd);
  finish(b);
}

static void alloc_room(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void) handle;
  (void) suggested;
  *buf = uv_buf_init(room, MMSG_ROOM);
}

static void on_datagram(uv_udp_t* handle, ssize_t size, const uv_buf_t* buf,
                        const struct sockaddr* from, unsigned flags) {
  (void) buf;
  (void) flags;
  BENCH_CHECK(size >= 0);
  if (from == NULL) return;
  BENCH_CHECK(size == SIZE);
  got_count++;
  if (bench->state == BENCH_DONE || bench_tick(bench, 1)) return;
  atomic_store(&is_over, true);
  BENCH_OK(uv_udp_recv_stop(handle));
  uv_stop(&loop);
}

static void flood(void* unused) {
  (void) unused;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  BENCH_CHECK(fd >= 0);
  BENCH_CHECK(connect(fd, (struct sockaddr*) &sink, sizeof(sink)) == 0);
  while (!atomic_load(&is_over)) {
    ssize_t size = send(fd, payload, SIZE, 0);
    BENCH_CHECK(size == SIZE || errno == ENOBUFS || errno == EINTR);
    if (size == SIZE) atomic_fetch_add(&sent_count, 1);
  }
  close(fd);
}

static void receive(struct bench* b) {
  bench = b;
  b->is_of_thread = true;
  room = bench_zalloc(1, MMSG_ROOM);
  open_udp(b->what->kind == MMSG ? UV_UDP_RECVMMSG : 0);
  int size = sizeof(sink);
  BENCH_OK(uv_udp_getsockname(&udp, (struct sockaddr*) &sink, &size));
  BENCH_OK(uv_udp_recv_start(&udp, alloc_room, on_datagram));
  uv_thread_t thread;
  BENCH_OK(uv_thread_create(&thread, flood, NULL));
  uv_run(&loop, UV_RUN_DEFAULT);
  BENCH_OK(uv_thread_join(&thread));
  BENCH_CHECK(got_count > 0 && got_count <= atomic_load(&sent_count));
  finish(b);
  bench_value(b, "arrived",
              100.0 * (double) got_count / (double) atomic_load(&sent_count),
              "percent");
  free(room);
}

static const struct bench_case cases[] = {
  { "send/1", send_many, 1, 0, 0, true },
  { "send/64", send_many, 64, 0, 0, true },
  { "try_send2/64", try_send2, 64, 0, 0, false },
  { "recv/plain", receive, 0, 0, PLAIN, true },
  { "recv/mmsg", receive, 0, 0, MMSG, true },
};

int main(int argc, char** argv) {
  return bench_main(argc, argv, "udp_flood", cases,
                    sizeof(cases) / sizeof(cases[0]));
}
