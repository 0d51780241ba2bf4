/* SPDX-License-Identifier: MIT */
/* Argument checks: handles in their states, and things to pass; see cases.h.
 * What cannot be made ends the child: the case then reads `exits`. */
#include "cases.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

uv_write_t write_req;
uv_connect_t connect_req;
uv_shutdown_t shutdown_req;
uv_udp_send_t send_req;
uv_fs_t fs_req;

static uv_write_t own_write_req;
static uv_connect_t own_connect_req;
static uv_shutdown_t own_shutdown_req;

static void must(long long rc) {
  if (rc < 0) _exit(1);
}

static void* room_for(size_t size) {
  void* block = calloc(1, size);
  if (block == NULL) _exit(1);
  return block;
}

#define NEW(type) ((type*) room_for(sizeof(type)))

uv_loop_t* loop(void) {
  static uv_loop_t* own;
  if (own != NULL) return own;
  own = NEW(uv_loop_t);
  must(uv_loop_init(own));
  return own;
}

void* closing(void* handle) {
  uv_close(handle, on_close);
  return handle;
}

/* --- TCP --------------------------------------------------------------------
 */

uv_tcp_t* tcp_new(void) {
  uv_tcp_t* tcp = NEW(uv_tcp_t);
  must(uv_tcp_init(loop(), tcp));
  return tcp;
}

uv_tcp_t* tcp_bound(void) {
  uv_tcp_t* tcp = tcp_new();
  must(uv_tcp_bind(tcp, local(), 0));
  return tcp;
}

uv_tcp_t* tcp_listening(void) {
  uv_tcp_t* tcp = tcp_bound();
  must(uv_listen(as_stream(tcp), 8, on_connection));
  return tcp;
}

static void no_connect(uv_connect_t* req, int status) {
  must(status);
  req->data = req;
}

uv_tcp_t* tcp_connecting(void) {
  struct sockaddr_storage name;
  int size = sizeof(name);
  uv_tcp_t* server = tcp_listening();
  must(uv_tcp_getsockname(server, (struct sockaddr*) &name, &size));
  uv_tcp_t* tcp = tcp_new();
  must(uv_tcp_connect(&own_connect_req, tcp, (struct sockaddr*) &name,
                      no_connect));
  return tcp;
}

uv_tcp_t* tcp_connected(void) {
  own_connect_req.data = NULL;
  uv_tcp_t* tcp = tcp_connecting();
  while (own_connect_req.data == NULL) uv_run(loop(), UV_RUN_ONCE);
  return tcp;
}

uv_tcp_t* tcp_closing(void) {
  return closing(tcp_new());
}

/* --- Pipes and streams
 * --------------------------------------------------------- */

static int peer_fd;

uv_pipe_t* pipe_new(void) {
  uv_pipe_t* pipe = NEW(uv_pipe_t);
  must(uv_pipe_init(loop(), pipe, 0));
  return pipe;
}

static uv_pipe_t* open_pipe(int ipc) {
  int fds[2];
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
  uv_pipe_t* pipe = NEW(uv_pipe_t);
  must(uv_pipe_init(loop(), pipe, ipc));
  must(uv_pipe_open(pipe, fds[0]));
  peer_fd = fds[1];
  return pipe;
}

uv_pipe_t* pipe_ipc(void) {
  return open_pipe(1);
}

uv_pipe_t* pipe_connected(void) {
  return open_pipe(0);
}

uv_pipe_t* pipe_bound(void) {
  static int count;
  char name[64];
  snprintf(name, sizeof(name), "pipe-%d-%d", (int) getpid(), count++);
  uv_pipe_t* pipe = pipe_new();
  must(uv_pipe_bind(pipe, name));
  return pipe;
}

uv_pipe_t* pipe_listening(void) {
  uv_pipe_t* pipe = pipe_bound();
  must(uv_listen(as_stream(pipe), 8, on_connection));
  return pipe;
}

uv_pipe_t* pipe_closing(void) {
  return closing(pipe_new());
}

uv_stream_t* as_stream(void* handle) {
  return handle;
}

static void no_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void) buf;
  if (count == UV_EOF) stream->data = stream;
}

uv_stream_t* reading(void) {
  uv_stream_t* stream = as_stream(pipe_connected());
  must(uv_read_start(stream, on_alloc, no_read));
  return stream;
}

static void no_shutdown(uv_shutdown_t* req, int status) {
  (void) req;
  (void) status;
}

uv_stream_t* shut_down(void) {
  uv_stream_t* stream = as_stream(pipe_connected());
  must(uv_shutdown(&own_shutdown_req, stream, no_shutdown));
  return stream;
}

uv_stream_t* ended(void) {
  uv_stream_t* stream = reading();
  close(peer_fd);
  while (stream->data == NULL) uv_run(loop(), UV_RUN_ONCE);
  return stream;
}

static void no_write(uv_write_t* req, int status) {
  (void) req;
  (void) status;
}

uv_stream_t* full(void) {
  static char bytes[1 << 20];
  uv_stream_t* stream = as_stream(pipe_connected());
  uv_buf_t buf = uv_buf_init(bytes, sizeof(bytes));
  must(uv_write(&own_write_req, stream, &buf, 1, no_write));
  return stream;
}

/* --- UDP
 * -------------------------------------------------------------------------- */

uv_udp_t* udp_new(void) {
  uv_udp_t* udp = NEW(uv_udp_t);
  must(uv_udp_init(loop(), udp));
  return udp;
}

uv_udp_t* udp_bound(void) {
  uv_udp_t* udp = udp_new();
  must(uv_udp_bind(udp, local(), 0));
  return udp;
}

uv_udp_t* udp_connected(void) {
  uv_udp_t* udp = udp_bound();
  must(uv_udp_connect(udp, far()));
  return udp;
}

uv_udp_t* udp_receiving(void) {
  uv_udp_t* udp = udp_bound();
  must(uv_udp_recv_start(udp, on_alloc, on_recv));
  return udp;
}

uv_udp_t* udp_closing(void) {
  return closing(udp_new());
}

/* --- Timers
 * ------------------------------------------------------------------------ */

uv_timer_t* timer_new(void) {
  uv_timer_t* timer = NEW(uv_timer_t);
  must(uv_timer_init(loop(), timer));
  return timer;
}

uv_timer_t* timer_started(void) {
  uv_timer_t* timer = timer_new();
  must(uv_timer_start(timer, on_timer, 100000, 0));
  return timer;
}

uv_timer_t* timer_closing(void) {
  return closing(timer_new());
}
