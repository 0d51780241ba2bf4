/* SPDX-License-Identifier: MIT */
/* Gives jobs to the thread pool and says how long they waited for a worker,
 * ran, and waited for the loop: the median, the 99th of a hundred, and the
 * most.
 *
 *   work-queue [JOBS]
 *
 * Try it with UV_THREADPOOL_SIZE=1, and with POLLUX_POLL_MAX_NS=0. */
#include <uv.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { JOBS = 2000, IN_FLIGHT = 8, RUN_NS = 20000 };

struct job {
  uv_work_t req;
  uint64_t submitted_ns, started_ns, ended_ns;
};

static size_t jobs_count = JOBS;
static size_t submitted_count;
static size_t done_count;
/* A row each of: in the queue, running, on the way back. */
static uint64_t* figures[3];

/* On a worker. It touches its own job only. */
static void work(uv_work_t* req) {
  struct job* job = (struct job*) req;
  job->started_ns = uv_hrtime();
  while (uv_hrtime() - job->started_ns < RUN_NS) continue;
  job->ended_ns = uv_hrtime();
}

static void submit(uv_loop_t* loop, struct job* job);

/* On the loop. */
static void after_work(uv_work_t* req, int status) {
  struct job* job = (struct job*) req;
  if (status != 0) exit(1);
  figures[0][done_count] = job->started_ns - job->submitted_ns;
  figures[1][done_count] = job->ended_ns - job->started_ns;
  figures[2][done_count] = uv_hrtime() - job->ended_ns;
  done_count++;
  if (submitted_count < jobs_count) submit(req->loop, job);
}

static void submit(uv_loop_t* loop, struct job* job) {
  submitted_count++;
  job->submitted_ns = uv_hrtime();
  if (uv_queue_work(loop, &job->req, work, after_work) != 0) exit(1);
}

static int compare(const void* a, const void* b) {
  const uint64_t one = *(const uint64_t*) a, other = *(const uint64_t*) b;
  return (one > other) - (one < other);
}

static void print(const char* name, uint64_t* values) {
  qsort(values, done_count, sizeof(*values), compare);
  printf("%-9s median %6" PRIu64 " us, 99 %% %6" PRIu64 " us, most %6" PRIu64
         " us\n",
         name, values[done_count / 2] / 1000,
         values[done_count * 99 / 100] / 1000, values[done_count - 1] / 1000);
}

int main(int argc, char** argv) {
  static struct job jobs[IN_FLIGHT];
  uv_loop_t* loop = uv_default_loop();
  if (argc > 1) jobs_count = strtoul(argv[1], NULL, 10);
  if (jobs_count == 0) jobs_count = JOBS;
  for (int i = 0; i < 3; i++) {
    figures[i] = calloc(jobs_count, sizeof(uint64_t));
    if (figures[i] == NULL) return 1;
  }
  for (size_t i = 0; i < IN_FLIGHT && i < jobs_count; i++)
    submit(loop, &jobs[i]);
  uv_run(loop, UV_RUN_DEFAULT);
  printf("%zu jobs\n", done_count);
  print("queue", figures[0]);
  print("run", figures[1]);
  print("return", figures[2]);
  for (int i = 0; i < 3; i++) free(figures[i]);
  return uv_loop_close(loop) == 0 && done_count == jobs_count ? 0 : 1;
}
