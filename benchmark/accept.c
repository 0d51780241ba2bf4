/* SPDX-License-Identifier: MIT */
/* How many connections a second does a listening loop accept, one at a time
 * and in bursts?
 *
 *   <kind>/one        the next client connects when the last was accepted
 *   <kind>/burst<N>   N clients connect, then all are accepted
 * over TCP and a unix socket. A thread outside the library connects; each
 * connection is accepted and closed by the loop, and then by the client with a
 * reset, so that ports do not run out. CPU time is of the loop's thread. */
#include "common/bench.h"
#include "common/parts.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { TCP, PIPE, BURST_MAX = 64, BACKLOG = 512 };

union stream {
  uv_handle_t handle;
  uv_stream_t stream;
  uv_tcp_t tcp;
  uv_pipe_t pipe;
};

static struct bench* bench;
static uv_loop_t loop;
static union stream server;
static uv_sem_t all_accepted;
static atomic_bool is_over;
static long in_burst;
static uint64_t accepted, connected;
static struct sockaddr_storage address;
static socklen_t address_size;
static char path[64];

static void open_stream(union stream* s) {
  if (bench->what->kind == TCP)
    BENCH_OK(uv_tcp_init(&loop, &s->tcp));
  else
    BENCH_OK(uv_pipe_init(&loop, &s->pipe, 0));
}

static void free_stream(uv_handle_t* handle) {
  free(handle);
}

static void on_connection(uv_stream_t* listener, int status) {
  BENCH_OK(status);
  union stream* s = bench_zalloc(1, sizeof(*s));
  open_stream(s);
  BENCH_OK(uv_accept(listener, &s->stream));
  uv_close(&s->handle, free_stream);
  accepted++;
  if (++in_burst < bench->what->n) return;
  if (!bench_tick(bench, (uint64_t) in_burst)) {
    atomic_store(&is_over, true);
    uv_stop(&loop);
  }
  in_burst = 0;
  uv_sem_post(&all_accepted);
}

static int connect_one(void) {
  int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct linger reset = { .l_onoff = 1, .l_linger = 0 };
  BENCH_CHECK(fd >= 0);
  BENCH_CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) ==
              0);
  BENCH_CHECK(connect(fd, (struct sockaddr*) &address, address_size) == 0);
  return fd;
}

static void connect_bursts(void* unused) {
  (void) unused;
  while (!atomic_load(&is_over)) {
    int fds[BURST_MAX];
    long count = bench->what->n;
    for (long i = 0; i < count; i++) fds[i] = connect_one();
    connected += (uint64_t) count;
    uv_sem_wait(&all_accepted);
    for (long i = 0; i < count; i++) close(fds[i]);
  }
}

static void listen_tcp(void) {
  struct sockaddr_in any;
  BENCH_OK(uv_ip4_addr("127.0.0.1", 0, &any));
  BENCH_OK(uv_tcp_bind(&server.tcp, (struct sockaddr*) &any, 0));
  BENCH_OK(uv_listen(&server.stream, BACKLOG, on_connection));
  int size = sizeof(address);
  BENCH_OK(uv_tcp_getsockname(&server.tcp, (struct sockaddr*) &address, &size));
  address_size = (socklen_t) size;
}

static void listen_pipe(void) {
  struct sockaddr_un* name = (struct sockaddr_un*) &address;
  snprintf(path, sizeof(path), "/tmp/bench-accept-%ld", (long) getpid());
  (void) unlink(path);
  BENCH_OK(uv_pipe_bind(&server.pipe, path));
  BENCH_OK(uv_listen(&server.stream, BACKLOG, on_connection));
  name->sun_family = AF_UNIX;
  snprintf(name->sun_path, sizeof(name->sun_path), "%s", path);
  address_size = sizeof(*name);
}

static void accept_all(struct bench* b) {
  bench = b;
  b->is_of_thread = true;
  BENCH_OK(uv_loop_init(&loop));
  BENCH_OK(uv_sem_init(&all_accepted, 0));
  open_stream(&server);
  if (b->what->kind == TCP)
    listen_tcp();
  else
    listen_pipe();
  uv_thread_t thread;
  BENCH_OK(uv_thread_create(&thread, connect_bursts, NULL));
  uv_run(&loop, UV_RUN_DEFAULT);
  BENCH_OK(uv_thread_join(&thread));
  BENCH_CHECK(accepted == connected);
  bench_print_monitor(b, &loop);
  bench_close_loop(&loop);
  uv_sem_destroy(&all_accepted);
  bench_report(b);
}

static const struct bench_case cases[] = {
  { "tcp/one", accept_all, 1, 0, TCP, true },
  { "tcp/burst8", accept_all, 8, 0, TCP, false },
  { "tcp/burst64", accept_all, 64, 0, TCP, true },
  { "pipe/one", accept_all, 1, 0, PIPE, true },
  { "pipe/burst64", accept_all, 64, 0, PIPE, false },
};

int main(int argc, char** argv) {
  return bench_main(argc, argv, "accept", cases,
                    sizeof(cases) / sizeof(cases[0]));
}
