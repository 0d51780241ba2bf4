/* SPDX-License-Identifier: MIT */
/* What does a job of the thread pool cost?
 *
 *   stat, read, work  uv_fs_stat, uv_fs_read of 4 KiB, and uv_queue_work with
 *                     an empty job: `stat/<threads>t/<in flight>`
 *   stat/sync         the same uv_fs_stat without a callback: the call itself
 *   files             2 000 small files, each opened, fstat'ed, read and
 *                     closed, one after another; an operation is a file
 * The file and the folder are in the page cache: the jobs do next to nothing,
 * so what is measured is the way to a worker and back. */
#include "common/bench.h"
#include "common/parts.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STAT, READ, WORK, IN_FLIGHT_MAX = 64, READ_SIZE = 4096, FILES = 2000 };

struct job {
  uv_fs_t fs;
  uv_work_t work;
  struct pool* pool;
  uint64_t from_ns;
  char memory[READ_SIZE];
};

struct pool {
  struct bench* bench;
  uv_loop_t loop;
  char folder[64], path[128];
  int fd;
  unsigned in_flight;
  struct job jobs[IN_FLIGHT_MAX];
  /* The file that is read now: its number, its descriptor. */
  int file, file_count;
  uv_file file_fd;
};

static struct pool pool;

static void submit(struct job* job);

static void make_file(const char* path, size_t size) {
  char text[READ_SIZE];
  memset(text, 'x', sizeof(text));
  int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  BENCH_CHECK(fd >= 0 && write(fd, text, size) == (ssize_t) size);
  close(fd);
}

static void setup(struct bench* b) {
  const char* folder = getenv("TMPDIR");
  snprintf(pool.folder, sizeof(pool.folder), "%.40s/bench-XXXXXX",
           folder == NULL ? "/tmp" : folder);
  BENCH_CHECK(mkdtemp(pool.folder) != NULL);
  snprintf(pool.path, sizeof(pool.path), "%s/file", pool.folder);
  make_file(pool.path, READ_SIZE);
  pool.fd = open(pool.path, O_RDONLY | O_CLOEXEC);
  BENCH_CHECK(pool.fd >= 0);
  pool.bench = b;
  BENCH_OK(uv_loop_init(&pool.loop));
}

static void teardown(void) {
  bench_print_monitor(pool.bench, &pool.loop);
  bench_close_loop(&pool.loop);
  close(pool.fd);
  BENCH_CHECK(unlink(pool.path) == 0 && rmdir(pool.folder) == 0);
}

static void finish(struct job* job) {
  pool.in_flight--;
  bench_latency(pool.bench, uv_hrtime() - job->from_ns);
  if (bench_tick(pool.bench, 1)) submit(job);
}

static void on_stat(uv_fs_t* fs) {
  BENCH_CHECK(fs->result == 0 && uv_fs_get_statbuf(fs)->st_size == READ_SIZE);
  uv_fs_req_cleanup(fs);
  finish(fs->data);
}

static void on_read(uv_fs_t* fs) {
  BENCH_CHECK(fs->result == READ_SIZE);
  uv_fs_req_cleanup(fs);
  finish(fs->data);
}

static void do_nothing(uv_work_t* work) {
  (void) work;
}

static void on_work(uv_work_t* work, int status) {
  BENCH_OK(status);
  finish(work->data);
}

static void submit(struct job* job) {
  job->fs.data = job;
  job->work.data = job;
  job->from_ns = uv_hrtime();
  pool.in_flight++;
  uv_buf_t buf = uv_buf_init(job->memory, READ_SIZE);
  if (pool.bench->what->kind == STAT)
    BENCH_OK(uv_fs_stat(&pool.loop, &job->fs, pool.path, on_stat));
  else if (pool.bench->what->kind == READ)
    BENCH_OK(uv_fs_read(&pool.loop, &job->fs, pool.fd, &buf, 1, 0, on_read));
  else
    BENCH_OK(uv_queue_work(&pool.loop, &job->work, do_nothing, on_work));
}

/* n in flight, m threads. */
static void jobs(struct bench* b) {
  char threads[16];
  snprintf(threads, sizeof(threads), "%ld", b->what->m);
  BENCH_CHECK(setenv("UV_THREADPOOL_SIZE", threads, 1) == 0);
  setup(b);
  for (long i = 0; i < b->what->n; i++) submit(&pool.jobs[i]);
  uv_run(&pool.loop, UV_RUN_DEFAULT);
  BENCH_CHECK(pool.in_flight == 0);
  teardown();
  bench_report(b);
}

static void stat_sync(struct bench* b) {
  setup(b);
  do {
    uv_fs_t fs;
    BENCH_OK(uv_fs_stat(&pool.loop, &fs, pool.path, NULL));
    uv_fs_req_cleanup(&fs);
  } while (bench_tick(b, 1));
  teardown();
  bench_report(b);
}

static const char* file_path(int i) {
  static char path[128];
  snprintf(path, sizeof(path), "%s/%d", pool.folder, i);
  return path;
}

static void open_next(void);

static void on_file_close(uv_fs_t* fs) {
  BENCH_CHECK(fs->result == 0);
  uv_fs_req_cleanup(fs);
  bench_latency(pool.bench, uv_hrtime() - pool.jobs[0].from_ns);
  pool.file = (pool.file + 1) % pool.file_count;
  if (bench_tick(pool.bench, 1)) open_next();
}

static void on_file_read(uv_fs_t* fs) {
  BENCH_CHECK(fs->result == 512);
  uv_fs_req_cleanup(fs);
  BENCH_OK(uv_fs_close(&pool.loop, fs, pool.file_fd, on_file_close));
}

static void on_file_stat(uv_fs_t* fs) {
  BENCH_CHECK(fs->result == 0 && uv_fs_get_statbuf(fs)->st_size == 512);
  uv_fs_req_cleanup(fs);
  uv_buf_t buf = uv_buf_init(pool.jobs[0].memory, READ_SIZE);
  BENCH_OK(uv_fs_read(&pool.loop, fs, pool.file_fd, &buf, 1, 0, on_file_read));
}

static void on_file_open(uv_fs_t* fs) {
  BENCH_OK(fs->result);
  pool.file_fd = (uv_file) fs->result;
  uv_fs_req_cleanup(fs);
  BENCH_OK(uv_fs_fstat(&pool.loop, fs, pool.file_fd, on_file_stat));
}

static void open_next(void) {
  pool.jobs[0].from_ns = uv_hrtime();
  BENCH_OK(uv_fs_open(&pool.loop, &pool.jobs[0].fs, file_path(pool.file),
                      O_RDONLY, 0, on_file_open));
}

static void files(struct bench* b) {
  setup(b);
  pool.file_count = (int) bench_sized(b, FILES);
  for (int i = 0; i < pool.file_count; i++) make_file(file_path(i), 512);
  open_next();
  uv_run(&pool.loop, UV_RUN_DEFAULT);
  for (int i = 0; i < pool.file_count; i++)
    BENCH_CHECK(unlink(file_path(i)) == 0);
  teardown();
  bench_report(b);
}

/* clang-format off */
#define CASES(name, kind)                             \
  { name "/4t/1", jobs, 1, 4, kind, true },           \
  { name "/4t/8", jobs, 8, 4, kind, false },          \
  { name "/4t/64", jobs, 64, 4, kind, kind == STAT }, \
  { name "/1t/64", jobs, 64, 1, kind, false },        \
  { name "/8t/64", jobs, 64, 8, kind, false },        \
  { name "/16t/64", jobs, 64, 16, kind, kind == STAT }
/* clang-format on */

static const struct bench_case cases[] = {
  { "stat/sync", stat_sync, 0, 0, STAT, false },
  CASES("stat", STAT),
  CASES("read", READ),
  CASES("work", WORK),
  { "files/4t/1", files, 0, 0, STAT, true },
};

int main(int argc, char** argv) {
  return bench_main(argc, argv, "pool", cases,
                    sizeof(cases) / sizeof(cases[0]));
}
