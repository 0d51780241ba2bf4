/* SPDX-License-Identifier: MIT */
/* A case in progress: warm-up, measuring, the lines it prints. main.c chooses
 * the cases and gives each its process. */
#include "bench.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A call that the kernel refuses and a tracer sees: only what lies between the
 * two marks is counted. */
enum { MARK = 0x504f4c58, MARK_BEGIN = 1, MARK_END = 2, SMOKE_SIZE = 32 };

static void mark(const struct bench* b, long which) {
  if (b->scale == BENCH_COUNT) (void) syscall(SYS_prctl, MARK, which, 0, 0, 0);
}

void bench_begin(struct bench* b) {
  b->state = BENCH_MEASURING;
  b->ops = 0;
  b->begun = bench_usage_now(b->is_of_thread);
  mark(b, MARK_BEGIN);
  b->until_ns = b->begun.wall_ns + b->measure_ns;
}

void bench_end(struct bench* b, uint64_t ops) {
  mark(b, MARK_END);
  b->ended = bench_usage_now(b->is_of_thread);
  b->state = BENCH_DONE;
  b->ops += ops;
}

bool bench_tick(struct bench* b, uint64_t ops) {
  if (b->state == BENCH_DONE) return false;
  b->ops += ops;
  uint64_t now_ns = uv_hrtime();
  if (b->until_ns == 0) b->until_ns = now_ns + b->measure_ns / 4;
  if (now_ns < b->until_ns || b->ops == 0) return true;
  if (b->state == BENCH_WARMING)
    bench_begin(b);
  else
    bench_end(b, 0);
  return b->state != BENCH_DONE;
}

void bench_latency(struct bench* b, uint64_t took_ns) {
  if (b->state == BENCH_MEASURING) bench_histogram_add(&b->latency, took_ns);
}

void bench_value(struct bench* b, const char* metric, double value,
                 const char* unit) {
  printf("%s/%s/%s %.6g %s\n", b->program, b->what->name, metric, value, unit);
}

static void report_latency(struct bench* b) {
  static const struct {
    const char* name;
    double share;
  } marks[] = {
    { "p50", 0.5 },
    { "p99", 0.99 },
    { "p99.9", 0.999 },
  };
  if (b->latency.count == 0) return;
  for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
    uint64_t at_ns = bench_histogram_at(&b->latency, marks[i].share);
    bench_value(b, marks[i].name, (double) at_ns / 1e3, "us");
  }
  bench_value(b, "max", (double) b->latency.max_ns / 1e3, "us");
}

void bench_report_cost(struct bench* b) {
  BENCH_CHECK(b->state == BENCH_DONE);
  BENCH_CHECK(b->ops > 0);
  double ops = (double) b->ops;
  const struct bench_usage* from = &b->begun;
  const struct bench_usage* to = &b->ended;
  bench_value(b, "ops", ops, "count");
  bench_value(b, "cpu", (double) (to->cpu_ns - from->cpu_ns) / 1e3 / ops,
              "us/op");
  bench_value(b, "user", (double) (to->user_us - from->user_us) / ops, "us/op");
  bench_value(b, "system", (double) (to->system_us - from->system_us) / ops,
              "us/op");
  bench_value(b, "switches", (double) (to->switches - from->switches) / ops,
              "/op");
  report_latency(b);
  bench_value(b, "peak", (double) bench_usage_peak_kib(), "KiB");
}

void bench_report(struct bench* b) {
  BENCH_CHECK(b->state == BENCH_DONE);
  double took_s = (double) (b->ended.wall_ns - b->begun.wall_ns) / 1e9;
  bench_value(b, "rate", (double) b->ops / took_s, "op/s");
  bench_report_cost(b);
}

void bench_skip(struct bench* b, const char* reason) {
  printf("# skip %s/%s %s\n", b->program, b->what->name, reason);
  fflush(stdout);
  _exit(0);
}

void* bench_function(struct bench* b, const char* name) {
  void* function = dlsym(RTLD_DEFAULT, name);
  if (function != NULL) return function;
  printf("# missing %s/%s %s\n", b->program, b->what->name, name);
  fflush(stdout);
  _exit(0);
}

long bench_sized(const struct bench* b, long n) {
  return b->scale == BENCH_SMOKE && n > SMOKE_SIZE ? SMOKE_SIZE : n;
}

void bench_print_monitor(struct bench* b, const uv_loop_t* loop) {
  const char* (*name)(const uv_loop_t*);
  *(void**) &name = dlsym(RTLD_DEFAULT, "pollux_monitor_name");
  const char* text = name == NULL ? NULL : name(loop);
  if (text != NULL)
    printf("# monitor %s/%s %s\n", b->program, b->what->name, text);
}

void bench_print_library(const char* program) {
  Dl_info info;
  void* symbol = dlsym(RTLD_DEFAULT, "uv_version_string");
  char path[4096] = "unknown";
  if (symbol != NULL && dladdr(symbol, &info) != 0 &&
      realpath(info.dli_fname, path) == NULL)
    snprintf(path, sizeof(path), "%s", info.dli_fname);
  printf("# library %s %s %s\n", program, uv_version_string(), path);
}

void bench_fail(const char* file, int line, const char* expression, int error) {
  fprintf(stderr, "%s:%d: not so: %s%s%s\n", file, line, expression,
          error < 0 ? ": " : "", error < 0 ? uv_strerror(error) : "");
  fflush(stdout);
  _exit(1);
}
