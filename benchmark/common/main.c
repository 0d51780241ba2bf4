/* SPDX-License-Identifier: MIT */
/* The arguments of a benchmark program, and one child process per case: a case
 * that crashes or hangs takes only itself away, its peak memory is its own,
 * and it may set UV_THREADPOOL_SIZE and the like before the library reads it.
 *
 *   PROGRAM [--smoke | --quick | --count] [--time-ms N] [--case NAME] [--list]
 *
 * The exit code is 0 if every case that was asked for did its work. */
#include "bench.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMIT_S = 60 }; /* A case takes a second or two; else it hangs. */

struct options {
  enum bench_scale scale;
  long measure_ms;
  const char* only;
  bool is_list;
};

/* How long a case measures, unless --time-ms says it. */
static const long default_ms[] = {
  [BENCH_FULL] = 400,
  [BENCH_QUICK] = 60,
  [BENCH_COUNT] = 100,
  [BENCH_SMOKE] = 2,
};

static bool parse(int argc, char** argv, struct options* options) {
  for (int i = 1; i < argc; i++) {
    const char* next = i + 1 < argc ? argv[i + 1] : NULL;
    if (strcmp(argv[i], "--smoke") == 0)
      options->scale = BENCH_SMOKE;
    else if (strcmp(argv[i], "--quick") == 0)
      options->scale = BENCH_QUICK;
    else if (strcmp(argv[i], "--count") == 0)
      options->scale = BENCH_COUNT;
    else if (strcmp(argv[i], "--list") == 0)
      options->is_list = true;
    else if (next != NULL && strcmp(argv[i], "--case") == 0)
      options->only = argv[++i];
    else if (next != NULL && strcmp(argv[i], "--time-ms") == 0)
      options->measure_ms = atol(argv[++i]);
    else
      return false;
  }
  if (options->measure_ms <= 0)
    options->measure_ms = default_ms[options->scale];
  return true;
}

/* As many descriptors as the hard limit allows. */
static void raise_fd_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void) setrlimit(RLIMIT_NOFILE, &limit);
}

static _Noreturn void run_here(const char* program,
                               const struct bench_case* what,
                               const struct options* options) {
  static struct bench bench;
  bench.what = what;
  bench.program = program;
  bench.scale = options->scale;
  bench.measure_ns = (uint64_t) options->measure_ms * 1000000u;
  alarm(LIMIT_S);
  what->run(&bench);
  BENCH_CHECK(bench.state == BENCH_DONE);
  exit(fflush(stdout) == 0 ? 0 : 1);
}

/* True if the case did its work. */
static bool run_in_child(const char* program, const struct bench_case* what,
                         const struct options* options) {
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) run_here(program, what, options);
  int status = -1;
  while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
  if (pid > 0 && WIFSIGNALED(status))
    printf("# failed %s/%s signal %d\n", program, what->name, WTERMSIG(status));
  else
    printf("# failed %s/%s exit %d\n", program, what->name,
           WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  return false;
}

static bool is_wanted(const struct bench_case* what,
                      const struct options* options) {
  if (options->only != NULL) return strcmp(what->name, options->only) == 0;
  return options->scale != BENCH_QUICK || what->is_quick;
}

int bench_main(int argc, char** argv, const char* program,
               const struct bench_case* cases, size_t count) {
  struct options options = { .scale = BENCH_FULL };
  if (!parse(argc, argv, &options)) {
    fprintf(stderr,
            "usage: %s [--smoke | --quick | --count] [--time-ms N] "
            "[--case NAME] [--list]\n",
            argv[0]);
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN);
  raise_fd_limit();
  if (!options.is_list) bench_print_library(program);
  size_t ran_count = 0;
  bool is_good = true;
  for (size_t i = 0; i < count; i++) {
    if (!is_wanted(&cases[i], &options)) continue;
    ran_count++;
    if (options.is_list)
      printf("%s\n", cases[i].name);
    else if (!run_in_child(program, &cases[i], &options))
      is_good = false;
  }
  if (ran_count == 0) fprintf(stderr, "%s: no such case\n", argv[0]);
  return is_good && ran_count > 0 ? 0 : 1;
}
