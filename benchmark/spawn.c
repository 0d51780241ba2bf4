/* SPDX-License-Identifier: MIT */
/* How many processes a second can a parent of 10 MB, 200 MB and 800 MB spawn?
 *
 * One at a time: spawn /bin/true, wait for its exit and the handle's close.
 * The memory is written to and in small pages, as a heap's is: what fork
 * copies is the page table. The time includes the child's exec and end; CPU
 * time is the parent's. `call` is the time inside uv_spawn(). */
#include "common/bench.h"
#include "common/parts.h"

#include <string.h>
#include <sys/mman.h>

enum { MIB = 1 << 20 };

static struct bench* bench;
static uv_loop_t loop;
static uv_process_t process;
static uint64_t from_ns, in_call_ns, call_count;

static void spawn_next(void);

static void on_close(uv_handle_t* handle) {
  (void) handle;
  bench_latency(bench, uv_hrtime() - from_ns);
  if (bench_tick(bench, 1)) spawn_next();
}

static void on_ended(uv_process_t* exited, int64_t status, int signal) {
  BENCH_CHECK(status == 0 && signal == 0);
  uv_close((uv_handle_t*) exited, on_close);
}

static void spawn_next(void) {
  char* args[] = { "true", NULL };
  uv_process_options_t options = {
    .file = "/bin/true",
    .args = args,
    .exit_cb = on_ended,
  };
  from_ns = uv_hrtime();
  BENCH_OK(uv_spawn(&loop, &process, &options));
  BENCH_CHECK(process.pid > 0);
  if (bench->state != BENCH_MEASURING) return;
  in_call_ns += uv_hrtime() - from_ns;
  call_count++;
}

static void spawn(struct bench* b) {
  bench = b;
  size_t size = (size_t) (b->scale == BENCH_SMOKE ? 10 : b->what->n) * MIB;
  void* memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) bench_skip(b, "too little memory");
  (void) madvise(memory, size, MADV_NOHUGEPAGE);
  memset(memory, 1, size);
  BENCH_OK(uv_loop_init(&loop));
  spawn_next();
  uv_run(&loop, UV_RUN_DEFAULT);
  bench_print_monitor(b, &loop);
  bench_close_loop(&loop);
  bench_report(b);
  if (call_count > 0)
    bench_value(b, "call", (double) in_call_ns / 1e3 / (double) call_count,
                "us/op");
  munmap(memory, size);
}

static const struct bench_case cases[] = {
  { "parent_mb/10", spawn, 10, 0, 0, true },
  { "parent_mb/200", spawn, 200, 0, 0, true },
  { "parent_mb/800", spawn, 800, 0, 0, false },
};

int main(int argc, char** argv) {
  return bench_main(argc, argv, "spawn", cases,
                    sizeof(cases) / sizeof(cases[0]));
}
