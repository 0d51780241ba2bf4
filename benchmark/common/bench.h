/* SPDX-License-Identifier: MIT */
/* What every benchmark program is made of: a table of cases, each of which
 * runs in a process of its own and prints lines `program/case/metric value
 * unit`.
 *
 * A case does its work once per bench_tick() until that returns false. The
 * first part of the time warms up (whatever the library learns, it learns
 * there); only the rest is measured. Phases that cannot repeat use
 * bench_begin() and bench_end() instead. bench_report() prints; a case that
 * did nothing fails.
 *
 * Lines that begin with `#` are about the run: the library that was loaded,
 * the monitor, what was skipped and why. One thread of a case calls bench_*().
 */
#ifndef POLLUX_BENCHMARK_COMMON_BENCH_H
#define POLLUX_BENCHMARK_COMMON_BENCH_H

#include "histogram.h"
#include "usage.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum bench_scale {
  BENCH_FULL,
  BENCH_QUICK, /* Fewer cases, less time. */
  BENCH_COUNT, /* Under a tracer of system calls: time means nothing. */
  BENCH_SMOKE, /* Does it still work? */
};

struct bench;

struct bench_case {
  const char* name;
  void (*run)(struct bench* b);
  /* What the program makes of them. */
  long n, m;
  int kind;
  bool is_quick; /* Part of --quick. */
};

enum bench_state { BENCH_WARMING, BENCH_MEASURING, BENCH_DONE };

struct bench {
  const struct bench_case* what;
  const char* program;
  enum bench_scale scale;
  uint64_t measure_ns;
  /* The CPU time of the thread that ticks, instead of the whole process. */
  bool is_of_thread;

  /* Read only, for cases. */
  enum bench_state state;
  uint64_t ops;
  uint64_t until_ns;
  struct bench_usage begun, ended;
  struct bench_histogram latency;
};

/* The program's main(): runs the cases that the arguments ask for. */
int bench_main(int argc, char** argv, const char* program,
               const struct bench_case* cases, size_t count);

/* `ops` more operations are done. False: enough, finish. */
bool bench_tick(struct bench* b, uint64_t ops);
void bench_begin(struct bench* b);
void bench_end(struct bench* b, uint64_t ops);

/* One operation took `took_ns`; not kept while warming up. */
void bench_latency(struct bench* b, uint64_t took_ns);

/* Rate, CPU time and context switches per operation, latency if any was noted,
 * peak memory. Ends the process with an error if no operation was done. */
void bench_report(struct bench* b);
/* CPU time and context switches only: for work whose rate is prescribed. */
void bench_report_cost(struct bench* b);
void bench_value(struct bench* b, const char* metric, double value,
                 const char* unit);

/* End this case, with exit code 0: it cannot be answered here. */
_Noreturn void bench_skip(struct bench* b, const char* reason);
/* A function of the library, or the end of the case if this one has it not. */
void* bench_function(struct bench* b, const char* name);

/* `n`, or a small number in a smoke test. */
long bench_sized(const struct bench* b, long n);

/* Prints `# library`, before the first case. */
void bench_print_library(const char* program);
/* Prints `# monitor`, if the library tells. */
void bench_print_monitor(struct bench* b, const uv_loop_t* loop);

_Noreturn void bench_fail(const char* file, int line, const char* expression,
                          int error);

/* The work must be right, or the figures are worth nothing. */
#define BENCH_CHECK(claim)                                                     \
  do {                                                                         \
    if (!(claim)) bench_fail(__FILE__, __LINE__, #claim, 0);                   \
  } while (0)
#define BENCH_OK(call)                                                         \
  do {                                                                         \
    long bench_rc_ = (long) (call);                                            \
    if (bench_rc_ < 0) bench_fail(__FILE__, __LINE__, #call, (int) bench_rc_); \
  } while (0)

#endif
