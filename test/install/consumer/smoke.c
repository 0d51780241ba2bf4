/* SPDX-License-Identifier: MIT */
/* Does an installed library work on this target? It and this program must agree
 * about the structures; a timer, the thread pool, a pipe and an async handle
 * must work; and a file must be written where it was asked, beyond 4 GiB too.
 *
 *   smoke FILE [no-threads]    FILE is made anew, and removed
 */
#include <pollux.h>
#include <uv.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT(condition)                                                      \
  do {                                                                         \
    if (condition) break;                                                      \
    printf("smoke.c:%d: not so: %s\n", __LINE__, #condition);                  \
    exit(1);                                                                   \
  } while (0)

static int timer_count;
static int work_count;
static int async_count;
static int read_count;
static uv_async_t async;

static void sizes_agree(void) {
#define XX(uc, lc) EXPECT(uv_handle_size(UV_##uc) == sizeof(uv_##lc##_t));
  UV_HANDLE_TYPE_MAP(XX)
#undef XX
#define XX(uc, lc) EXPECT(uv_req_size(UV_##uc) == sizeof(uv_##lc##_t));
  UV_REQ_TYPE_MAP(XX)
#undef XX
  EXPECT(uv_loop_size() == sizeof(uv_loop_t));
}

static void a_write_goes_where_it_was_asked(uv_loop_t* loop, const char* path) {
  const int64_t offset = 5LL << 30;
  char byte = 'x';
  uv_buf_t buf = uv_buf_init(&byte, 1);
  uv_fs_t req;
  uv_file file =
      uv_fs_open(loop, &req, path, O_CREAT | O_TRUNC | O_RDWR, 0600, NULL);
  uv_fs_req_cleanup(&req);
  EXPECT(file >= 0);
  EXPECT(uv_fs_write(loop, &req, file, &buf, 1, offset, NULL) == 1);
  uv_fs_req_cleanup(&req);
  EXPECT(uv_fs_fstat(loop, &req, file, NULL) == 0);
  EXPECT(req.statbuf.st_size == (uint64_t) offset + 1);
  uv_fs_req_cleanup(&req);
  byte = 0;
  EXPECT(uv_fs_read(loop, &req, file, &buf, 1, offset, NULL) == 1);
  uv_fs_req_cleanup(&req);
  EXPECT(byte == 'x');
  EXPECT(uv_fs_close(loop, &req, file, NULL) == 0);
  uv_fs_req_cleanup(&req);
  EXPECT(uv_fs_unlink(loop, &req, path, NULL) == 0);
  uv_fs_req_cleanup(&req);
}

static void on_timer(uv_timer_t* timer) {
  timer_count++;
  uv_close((uv_handle_t*) timer, NULL);
}

static void on_async(uv_async_t* handle) {
  async_count++;
  uv_close((uv_handle_t*) handle, NULL);
}

static void work(uv_work_t* req) {
  (void) req;
  work_count++;
  uv_async_send(&async);
}

static void after_work(uv_work_t* req, int status) {
  (void) req;
  EXPECT(status == 0);
}

static void alloc(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  static char space[64];
  (void) handle;
  (void) size;
  *buf = uv_buf_init(space, sizeof(space));
}

static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  EXPECT(count == 5 && memcmp(buf->base, "hello", 5) == 0);
  read_count++;
  uv_close((uv_handle_t*) stream, NULL);
}

static void on_write(uv_write_t* req, int status) {
  EXPECT(status == 0);
  uv_close((uv_handle_t*) req->handle, NULL);
}

int main(int argc, char** argv) {
  uv_loop_t loop;
  uv_timer_t timer;
  uv_work_t req;
  uv_pipe_t ends[2];
  uv_file fds[2];
  uv_write_t write;
  uv_buf_t hello = uv_buf_init((char*) "hello", 5);

  EXPECT(argc == 2 || (argc == 3 && strcmp(argv[2], "no-threads") == 0));
  const int has_threads = argc == 2;
  sizes_agree();
  EXPECT(uv_loop_init(&loop) == 0);
  a_write_goes_where_it_was_asked(&loop, argv[1]);
  EXPECT(uv_timer_init(&loop, &timer) == 0);
  EXPECT(uv_timer_start(&timer, on_timer, 1, 0) == 0);
  EXPECT(uv_async_init(&loop, &async, on_async) == 0);
  if (has_threads)
    EXPECT(uv_queue_work(&loop, &req, work, after_work) == 0);
  else
    EXPECT(uv_async_send(&async) == 0);
  EXPECT(uv_pipe(fds, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE) == 0);
  for (int i = 0; i < 2; i++) {
    EXPECT(uv_pipe_init(&loop, &ends[i], 0) == 0);
    EXPECT(uv_pipe_open(&ends[i], fds[i]) == 0);
  }
  EXPECT(uv_read_start((uv_stream_t*) &ends[0], alloc, on_read) == 0);
  EXPECT(uv_write(&write, (uv_stream_t*) &ends[1], &hello, 1, on_write) == 0);
  EXPECT(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  EXPECT(uv_loop_close(&loop) == 0);
  EXPECT(timer_count == 1 && work_count == has_threads);
  EXPECT(async_count == 1 && read_count == 1);
  printf("libuv %s: %d-bit, %s\n", uv_version_string(), (int) sizeof(void*) * 8,
         has_threads ? "all works" : "no threads");
  return 0;
}
