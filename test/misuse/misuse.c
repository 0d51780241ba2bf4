/* SPDX-License-Identifier: MIT */
/* See misuse.h. */
#include "misuse.h"

#include <dirent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { RUN_MS_MAX = 10 * 1000 };

/* --- Verdicts ------------------------------------------------------------- */

static const char* text_of(long long value, char text[64]) {
  char name[32];
  if (value < 0 && value > -5000)
    snprintf(text, 64, "%lld (%s)", value,
             uv_err_name_r((int) value, name, sizeof(name)));
  else
    snprintf(text, 64, "%lld", value);
  return text;
}

void answers(long long expected, long long got, const char* call,
             const char* file, int line) {
  if (expected == got) return;
  char wanted[64], found[64];
  print_error("%s\n  should be %s, is %s\n", call, text_of(expected, wanted),
              text_of(got, found));
  _fail(file, line);
}

/* --- Before and after ----------------------------------------------------- */

static int before_count;

static int count_fds(void) {
  int count = 0;
  DIR* folder = opendir("/proc/self/fd");
  if (folder == NULL) return -1;
  while (readdir(folder) != NULL) count++;
  closedir(folder);
  return count;
}

int begin(void** state) {
  before_count = count_fds();
  int rc = set_up(state);
  if (rc == 0) need_wanted_monitor();
  return rc;
}

int finish(void** state) {
  close_all(&loop);
  int rc = work_out(&loop);
  if (rc != 0) print_error("the loop does not work any more: %d\n", rc);
  if (tear_down(state) != 0) return 1;
  int left_count = count_fds() - before_count;
  if (left_count != 0) print_error("descriptors left: %d\n", left_count);
  return rc != 0 || left_count != 0;
}

void turn(void) {
  for (int n = 0; n < 5; n++) uv_run(&loop, UV_RUN_NOWAIT);
}

void run_until(const bool* flag) {
  static uv_timer_t limit; /* Nothing may wait for ever. */
  uv_timer_init(&loop, &limit);
  uv_timer_start(&limit, no_timer, RUN_MS_MAX, 0);
  while (!*flag && uv_is_active((uv_handle_t*) &limit))
    uv_run(&loop, UV_RUN_ONCE);
  uv_close((uv_handle_t*) &limit, NULL);
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_true(*flag);
}

/* --- Things that are wrong ------------------------------------------------ */

int open_file(void) {
  char path[] = "/tmp/pollux-misuse-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  unlink(path);
  return fd;
}

const char* long_path(void) {
  static char path[8192];
  memset(path, 'x', sizeof(path) - 1);
  path[0] = '/';
  return path;
}

const char* free_path(void) {
  static char path[64];
  static int count;
  snprintf(path, sizeof(path), "/tmp/pollux-misuse-%d-%d", (int) getpid(),
           count++);
  unlink(path);
  return path;
}

uv_buf_t* vast_bufs(size_t excess) {
  static uv_buf_t bufs[2];
  bufs[0].base = bufs[1].base = NULL;
  bufs[0].len = BYTES_MAX - 1;
  bufs[1].len = 1 + excess;
  return bufs;
}

static struct rlimit usual;

void refuse_fds(void) {
  getrlimit(RLIMIT_NOFILE, &usual);
  int next_fd = dup(0);
  assert_true(next_fd >= 0);
  close(next_fd);
  struct rlimit none = usual;
  none.rlim_cur = (rlim_t) next_fd;
  setrlimit(RLIMIT_NOFILE, &none);
}

void allow_fds(void) {
  setrlimit(RLIMIT_NOFILE, &usual);
}

struct sockaddr* local_addr(void) {
  static struct sockaddr_in addr;
  uv_ip4_addr("127.0.0.1", 0, &addr);
  return (struct sockaddr*) &addr;
}

struct sockaddr* strange_addr(void) {
  static struct sockaddr_storage addr;
  addr.ss_family = 77;
  return (struct sockaddr*) &addr;
}

/* --- Callbacks ------------------------------------------------------------ */

void no_alloc(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  (void) handle;
  (void) size;
  *buf = uv_buf_init(NULL, 0);
}

void no_read(uv_stream_t* stream, ssize_t nread, const uv_buf_t* buf) {
  (void) stream;
  (void) nread;
  (void) buf;
}

void no_recv(uv_udp_t* handle, ssize_t nread, const uv_buf_t* buf,
             const struct sockaddr* addr, unsigned flags) {
  (void) handle;
  (void) nread;
  (void) buf;
  (void) addr;
  (void) flags;
}

void no_connection(uv_stream_t* server, int status) {
  (void) server;
  (void) status;
}

void no_poll(uv_poll_t* handle, int status, int events) {
  (void) handle;
  (void) status;
  (void) events;
}

void no_timer(uv_timer_t* handle) {
  (void) handle;
}

void no_signal(uv_signal_t* handle, int signum) {
  (void) handle;
  (void) signum;
}
