/* SPDX-License-Identifier: MIT */
/* See parts.h. */
#include "parts.h"

#include "bench.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FDS_SPARE = 64, ALLOC_SIZE = 64 * 1024 };

static void make_nonblocking(int fd) {
  int flags = fcntl(fd, F_GETFL);
  BENCH_CHECK(flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0);
}

/* Each listener serves one 127.0.0.x, so that more pairs than there are ports
 * of one address can be made. */
enum { PAIRS_PER_ADDRESS = 10000 };

static int listen_on(struct sockaddr_in* address) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  socklen_t length = sizeof(*address);
  BENCH_CHECK(fd >= 0);
  BENCH_CHECK(bind(fd, (struct sockaddr*) address, length) == 0);
  BENCH_CHECK(listen(fd, 1024) == 0);
  BENCH_CHECK(getsockname(fd, (struct sockaddr*) address, &length) == 0);
  return fd;
}

int bench_tcp_listener(int* ret_port) {
  struct sockaddr_in address = {
    .sin_family = AF_INET,
    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
  };
  int fd = listen_on(&address);
  *ret_port = ntohs(address.sin_port);
  return fd;
}

void bench_tcp_pair(int fds[2]) {
  static int listen_fd = -1;
  static unsigned pair_count;
  static struct sockaddr_in address;
  if (pair_count++ % PAIRS_PER_ADDRESS == 0) {
    unsigned host = 1 + pair_count / PAIRS_PER_ADDRESS;
    if (listen_fd >= 0) close(listen_fd);
    address = (struct sockaddr_in){
      .sin_family = AF_INET,
      .sin_addr.s_addr = htonl(0x7f000000u + host),
    };
    listen_fd = listen_on(&address);
  }
  fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  BENCH_CHECK(fds[0] >= 0);
  BENCH_CHECK(connect(fds[0], (struct sockaddr*) &address, sizeof(address)) ==
              0);
  fds[1] = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
  BENCH_CHECK(fds[1] >= 0);
  for (int i = 0; i < 2; i++) {
    int on = 1;
    BENCH_CHECK(setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ==
                0);
    make_nonblocking(fds[i]);
  }
}

void bench_unix_pair(int fds[2]) {
  BENCH_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                         fds) == 0);
}

long bench_fd_room(void) {
  struct rlimit limit;
  BENCH_CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  return (long) limit.rlim_cur - FDS_SPARE;
}

static void close_one(uv_handle_t* handle, void* unused) {
  (void) unused;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

void bench_close_loop(uv_loop_t* loop) {
  uv_walk(loop, close_one, NULL);
  uv_run(loop, UV_RUN_DEFAULT);
  BENCH_OK(uv_loop_close(loop));
}

void bench_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  static _Thread_local char memory[ALLOC_SIZE];
  (void) handle;
  (void) suggested;
  *buf = uv_buf_init(memory, sizeof(memory));
}

void* bench_zalloc(size_t count, size_t size) {
  void* memory = calloc(count, size);
  BENCH_CHECK(memory != NULL);
  return memory;
}
