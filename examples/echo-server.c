/* SPDX-License-Identifier: MIT */
/* A TCP echo server, and one client that talks to it and ends the program.
 *
 * Plain libuv: it runs on any libuv, and on each of Pollux's monitors with
 * POLLUX_MONITOR=poll, epoll or io_uring. */
#include <uv.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELLO "hello, echo"

static uv_tcp_t server;
static uv_tcp_t client;
static char answer[sizeof(HELLO)];
static size_t answer_length;

static void check(int rc, const char* what) {
  if (rc >= 0) return;
  fprintf(stderr, "%s: %s\n", what, uv_strerror(rc));
  exit(1);
}

static void alloc(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  (void) handle;
  *buf = uv_buf_init(malloc(size), (unsigned) size);
}

static void free_handle(uv_handle_t* handle) {
  free(handle);
}

/* --- The server ----------------------------------------------------------- */

/* The request owns the bytes until they are written. */
struct echo {
  uv_write_t req;
  char* bytes;
};

static void on_echoed(uv_write_t* req, int status) {
  struct echo* echo = (struct echo*) req;
  (void) status; /* A peer that is gone shows in on_server_read() as well. */
  free(echo->bytes);
  free(echo);
}

static void on_server_read(uv_stream_t* peer, ssize_t count,
                           const uv_buf_t* buf) {
  struct echo* echo = count > 0 ? malloc(sizeof(*echo)) : NULL;
  if (echo != NULL) {
    echo->bytes = buf->base;
    uv_buf_t bytes = uv_buf_init(buf->base, (unsigned) count);
    if (uv_write(&echo->req, peer, &bytes, 1, on_echoed) == 0) return;
    free(echo);
  }
  free(buf->base);
  if (count == 0) return; /* Nothing yet, as EAGAIN. */
  uv_close((uv_handle_t*) peer, free_handle);
}

static void on_connection(uv_stream_t* listener, int status) {
  check(status, "listen");
  uv_tcp_t* peer = malloc(sizeof(*peer));
  if (peer == NULL) return;
  check(uv_tcp_init(listener->loop, peer), "uv_tcp_init");
  if (uv_accept(listener, (uv_stream_t*) peer) != 0 ||
      uv_read_start((uv_stream_t*) peer, alloc, on_server_read) != 0)
    uv_close((uv_handle_t*) peer, free_handle);
}

/* --- The client ----------------------------------------------------------- */

static void on_client_read(uv_stream_t* stream, ssize_t count,
                           const uv_buf_t* buf) {
  check((int) count, "read");
  const size_t room = sizeof(answer) - answer_length;
  const size_t taken = (size_t) count < room ? (size_t) count : room;
  memcpy(answer + answer_length, buf->base, taken);
  answer_length += taken;
  free(buf->base);
  if (answer_length < sizeof(HELLO)) return;
  uv_close((uv_handle_t*) stream, NULL);
  uv_close((uv_handle_t*) &server, NULL);
}

static void on_connect(uv_connect_t* req, int status) {
  static uv_write_t write;
  static char hello[] = HELLO;
  uv_buf_t buf = uv_buf_init(hello, sizeof(hello));
  check(status, "connect");
  check(uv_read_start(req->handle, alloc, on_client_read), "uv_read_start");
  check(uv_write(&write, req->handle, &buf, 1, NULL), "uv_write");
}

int main(void) {
  uv_loop_t* loop = uv_default_loop();
  struct sockaddr_in address;
  struct sockaddr_storage bound;
  int length = sizeof(bound);
  uv_connect_t connect;

  /* Port 0: the kernel picks a free one. */
  check(uv_ip4_addr("127.0.0.1", 0, &address), "uv_ip4_addr");
  check(uv_tcp_init(loop, &server), "uv_tcp_init");
  check(uv_tcp_bind(&server, (struct sockaddr*) &address, 0), "uv_tcp_bind");
  check(uv_listen((uv_stream_t*) &server, 128, on_connection), "uv_listen");
  check(uv_tcp_getsockname(&server, (struct sockaddr*) &bound, &length),
        "uv_tcp_getsockname");
  check(uv_tcp_init(loop, &client), "uv_tcp_init");
  check(
      uv_tcp_connect(&connect, &client, (struct sockaddr*) &bound, on_connect),
      "uv_tcp_connect");
  uv_run(loop, UV_RUN_DEFAULT);
  printf("the server echoed: %s\n", answer);
  return uv_loop_close(loop) == 0 && strcmp(answer, HELLO) == 0 ? 0 : 1;
}
