/* SPDX-License-Identifier: MIT */
/* Does one busy device pay for the idle ones? Requests per second with 1
 * device of 32 queues, and with 100 devices of 32 queues of which one is
 * active.
 *
 * A device is a thread that answers a request, one in flight, by reading 4 KiB
 * of a file in the page cache and ringing the bell (an eventfd) of one of its
 * queues. Each queue is a uv_poll_t of the loop, which sends the next request
 * on the answer. The device moves on to its next queue every 1 000 requests,
 * so no queue is special for long. This is the case that QEMU's busy polling
 * lost by looking at every queue of every device (2020). */
#include "common/bench.h"
#include "common/parts.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { QUEUES = 32, BLOCK = 4096, BLOCKS = 64, PER_QUEUE = 1000 };

struct queue {
  uv_poll_t poll;
  struct device* device;
  int bell_fd;
};

struct device {
  uv_thread_t thread;
  int kick_fd;
  int file_fd;
  atomic_bool is_over;
  uint64_t answered;
  struct queue queues[QUEUES];
};

static struct bench* bench;
static uv_loop_t loop;
static uint64_t got, from_ns;

static void ring(int fd) {
  uint64_t one = 1;
  BENCH_CHECK(write(fd, &one, sizeof(one)) == sizeof(one));
}

static void hear(int fd) {
  uint64_t value;
  BENCH_CHECK(read(fd, &value, sizeof(value)) == sizeof(value));
}

static void serve(void* arg) {
  struct device* device = arg;
  char block[BLOCK];
  for (;;) {
    hear(device->kick_fd);
    if (atomic_load(&device->is_over)) return;
    off_t offset = (off_t) (device->answered % BLOCKS) * BLOCK;
    BENCH_CHECK(pread(device->file_fd, block, BLOCK, offset) == BLOCK);
    uint64_t queue = device->answered++ / PER_QUEUE % QUEUES;
    ring(device->queues[queue].bell_fd);
  }
}

static void on_bell(uv_poll_t* poll, int status, int events) {
  struct queue* queue = poll->data;
  BENCH_CHECK(status == 0 && events == UV_READABLE);
  hear(queue->bell_fd);
  got++;
  uint64_t now_ns = uv_hrtime();
  bench_latency(bench, now_ns - from_ns);
  from_ns = now_ns;
  if (bench_tick(bench, 1))
    ring(queue->device->kick_fd);
  else
    uv_stop(&loop);
}

static int make_file(void) {
  char path[] = "/tmp/bench-device-XXXXXX";
  char block[BLOCK];
  int fd = mkostemp(path, O_CLOEXEC);
  BENCH_CHECK(fd >= 0 && unlink(path) == 0);
  memset(block, 'd', sizeof(block));
  for (int i = 0; i < BLOCKS; i++)
    BENCH_CHECK(write(fd, block, BLOCK) == BLOCK);
  return fd;
}

static void plug(struct device* device, int file_fd) {
  device->file_fd = file_fd;
  device->kick_fd = eventfd(0, EFD_CLOEXEC);
  BENCH_CHECK(device->kick_fd >= 0);
  for (int i = 0; i < QUEUES; i++) {
    struct queue* queue = &device->queues[i];
    queue->device = device;
    queue->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    BENCH_CHECK(queue->bell_fd >= 0);
    BENCH_OK(uv_poll_init(&loop, &queue->poll, queue->bell_fd));
    queue->poll.data = queue;
    BENCH_OK(uv_poll_start(&queue->poll, UV_READABLE, on_bell));
  }
  BENCH_OK(uv_thread_create(&device->thread, serve, device));
}

static void unplug(struct device* device) {
  atomic_store(&device->is_over, true);
  ring(device->kick_fd);
  BENCH_OK(uv_thread_join(&device->thread));
  close(device->kick_fd);
}

static void requests(struct bench* b) {
  long count = b->scale == BENCH_SMOKE && b->what->n > 4 ? 4 : b->what->n;
  if (count * (QUEUES + 1) > bench_fd_room())
    bench_skip(b, "too few descriptors allowed");
  bench = b;
  BENCH_OK(uv_loop_init(&loop));
  int file_fd = make_file();
  struct device* devices = bench_zalloc((size_t) count, sizeof(*devices));
  for (long i = 0; i < count; i++) plug(&devices[i], file_fd);
  /* The active one is in the middle. */
  struct device* active = &devices[count / 2];
  from_ns = uv_hrtime();
  ring(active->kick_fd);
  uv_run(&loop, UV_RUN_DEFAULT);
  bench_print_monitor(b, &loop);
  for (long i = 0; i < count; i++) unplug(&devices[i]);
  BENCH_CHECK(got == active->answered);
  bench_close_loop(&loop);
  for (long i = 0; i < count; i++)
    for (int j = 0; j < QUEUES; j++) close(devices[i].queues[j].bell_fd);
  close(file_fd);
  free(devices);
  bench_report(b);
}

static const struct bench_case cases[] = {
  { "32q/1", requests, 1, 0, 0, true },
  { "32q/10", requests, 10, 0, 0, false },
  { "32q/100", requests, 100, 0, 0, true },
};

int main(int argc, char** argv) {
  return bench_main(argc, argv, "devices", cases,
                    sizeof(cases) / sizeof(cases[0]));
}
