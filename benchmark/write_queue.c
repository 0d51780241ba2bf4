/* SPDX-License-Identifier: MIT */
/* What do writes cost that pile up: many small ones, and large ones that the
 * reader holds back?
 *
 *   small/<size>  1 024 writes of so many bytes are handed over in one
 *                 callback, the next 1 024 when all are done; an operation is
 *   a write large/<size>  writes of 64 KiB or 1 MiB, always 16 under way; the
 *                 socket is full most of the time
 * over TCP on loopback, to a thread outside the library that reads all it can.
 * CPU time is of the loop's thread. `bytes` is the throughput. */
#include "common/bench.h"
#include "common/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { SMALL_COUNT = 1024, LARGE_COUNT = 16, READ_SIZE = 1 << 18 };

static struct bench* bench;
static uv_loop_t loop;
static uv_tcp_t tcp;
static int fds[2];
static uv_write_t* writes;
static char* memory;
static long under_way;
static uint64_t written_count, read_bytes;

static void write_all(void);
static void on_written(uv_write_t* write, int status);

static void write_one(uv_write_t* write) {
  uv_buf_t buf = uv_buf_init(memory, (unsigned) bench->what->m);
  under_way++;
  BENCH_OK(uv_write(write, (uv_stream_t*) &tcp, &buf, 1, on_written));
}

static void on_written(uv_write_t* write, int status) {
  BENCH_CHECK(status == 0);
  under_way--;
  written_count++;
  bool goes_on = bench_tick(bench, 1);
  if (goes_on && bench->what->kind == LARGE_COUNT)
    write_one(write);
  else if (goes_on && under_way == 0)
    write_all();
  else if (!goes_on && under_way == 0)
    uv_close((uv_handle_t*) &tcp, NULL);
}

static void write_all(void) {
  for (int i = 0; i < bench->what->kind; i++) write_one(&writes[i]);
}

static void read_all(void* unused) {
  (void) unused;
  char* room = bench_zalloc(1, READ_SIZE);
  for (;;) {
    ssize_t size = read(fds[1], room, READ_SIZE);
    if (size == 0) break;
    BENCH_CHECK(size > 0 || errno == EINTR);
    if (size > 0) read_bytes += (uint64_t) size;
  }
  free(room);
}

static void write_queue(struct bench* b) {
  bench = b;
  b->is_of_thread = true;
  memory = bench_zalloc(1, (size_t) b->what->m);
  writes = bench_zalloc((size_t) b->what->kind, sizeof(*writes));
  BENCH_OK(uv_loop_init(&loop));
  bench_tcp_pair(fds);
  int flags = fcntl(fds[1], F_GETFL);
  BENCH_CHECK(fcntl(fds[1], F_SETFL, flags & ~O_NONBLOCK) == 0);
  BENCH_OK(uv_tcp_init(&loop, &tcp));
  BENCH_OK(uv_tcp_open(&tcp, fds[0]));
  uv_thread_t thread;
  BENCH_OK(uv_thread_create(&thread, read_all, NULL));
  write_all();
  uv_run(&loop, UV_RUN_DEFAULT);
  BENCH_OK(uv_thread_join(&thread));
  BENCH_CHECK(read_bytes == written_count * (uint64_t) b->what->m);
  bench_print_monitor(b, &loop);
  bench_close_loop(&loop);
  close(fds[1]);
  free(writes);
  free(memory);
  bench_report(b);
  double took_s = (double) (b->ended.wall_ns - b->begun.wall_ns) / 1e9;
  bench_value(b, "bytes",
              (double) b->ops * (double) b->what->m / took_s / (1 << 20),
              "MiB/s");
}

static const struct bench_case cases[] = {
  { "small/16B", write_queue, 0, 16, SMALL_COUNT, true },
  { "small/256B", write_queue, 0, 256, SMALL_COUNT, false },
  { "large/64K", write_queue, 0, 1 << 16, LARGE_COUNT, true },
  { "large/1M", write_queue, 0, 1 << 20, LARGE_COUNT, false },
};

int main(int argc, char** argv) {
  return bench_main(argc, argv, "write_queue", cases,
                    sizeof(cases) / sizeof(cases[0]));
}
