/* SPDX-License-Identifier: MIT */
/* Differential scenarios: TCP connections that fail, are refused, or are closed
 * while requests are on their way. */
#include "trace.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uv_tcp_t server, client, accepted;
static uv_connect_t connecting;
static uv_write_t writes[4];
static uv_shutdown_t shutting;
static char* big;
enum { BIG = 16 << 20 };

static void on_connect(uv_connect_t* req, int status) {
  (void) req;
  say_in("client", "connected %s", num(status));
}

static void on_write(uv_write_t* req, int status) {
  say_in("client", "written %d %s", (int) (req - writes), num(status));
}

static void on_shutdown(uv_shutdown_t* req, int status) {
  (void) req;
  say_in("client", "shut down %s", num(status));
}

static void on_end(uv_handle_t* handle) {
  say_in(handle->data, "closed");
}

static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void) buf;
  say_in(stream->data, "read %s", num(count));
  if (count < 0 && !uv_is_closing((uv_handle_t*) stream))
    uv_close((uv_handle_t*) stream, on_end);
}

static void on_connection(uv_stream_t* stream, int status) {
  say_in("server", "connection %s", num(status));
  MUST(uv_tcp_init(stream->loop, &accepted));
  accepted.data = "accepted";
  MUST(uv_accept(stream, (uv_stream_t*) &accepted));
  uv_close((uv_handle_t*) stream, on_end);
}

static void pair(uv_loop_t* loop) {
  MUST(uv_tcp_init(loop, &server));
  MUST(uv_tcp_bind(&server, local(0), 0));
  MUST(uv_listen((uv_stream_t*) &server, 8, on_connection));
  MUST(uv_tcp_init(loop, &client));
  server.data = "server";
  client.data = "client";
  MUST(uv_tcp_connect(&connecting, &client, local(port_of_tcp(&server)),
                      on_connect));
  while (!uv_is_closing((uv_handle_t*) &server) ||
         !uv_is_writable((uv_stream_t*) &client))
    MUST(uv_run(loop, UV_RUN_ONCE));
  MUST(uv_run(loop, UV_RUN_NOWAIT));
}

/* A port without a listener. */
static int free_port(uv_loop_t* loop) {
  uv_tcp_t tcp;
  MUST(uv_tcp_init(loop, &tcp));
  MUST(uv_tcp_bind(&tcp, local(0), 0));
  int port = port_of_tcp(&tcp);
  uv_close((uv_handle_t*) &tcp, NULL);
  MUST(uv_run(loop, UV_RUN_DEFAULT));
  return port;
}

static void refused(uv_loop_t* loop) {
  int port = free_port(loop);
  MUST(uv_tcp_init(loop, &client));
  client.data = "client";
  uv_buf_t buf = text("never sent");
  TRY(uv_tcp_connect(&connecting, &client, local(port), on_connect));
  uv_connect_t second;
  TRY(uv_tcp_connect(&second, &client, local(port), on_connect));
  TRY(uv_write(&writes[0], (uv_stream_t*) &client, &buf, 1, on_write));
  TRY(uv_write(&writes[1], (uv_stream_t*) &client, &buf, 1, on_write));
  TRY(uv_try_write((uv_stream_t*) &client, &buf, 1));
  TRY(uv_shutdown(&shutting, (uv_stream_t*) &client, on_shutdown));
  TRY(uv_read_start((uv_stream_t*) &client, alloc_large, on_read));
  say("queue %zu", client.write_queue_size);
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  say("queue %zu", client.write_queue_size);
  if (!uv_is_closing((uv_handle_t*) &client))
    uv_close((uv_handle_t*) &client, on_end);
}

static void arguments(uv_loop_t* loop) {
  MUST(uv_tcp_init(loop, &client));
  struct sockaddr_in6 six;
  MUST(uv_ip6_addr("::1", 0, &six));
  struct sockaddr strange = { .sa_family = AF_UNIX };
  struct sockaddr_storage address;
  int length = sizeof(address);
  uv_os_fd_t fd;
  uv_buf_t buf = text("x");
  TRY(uv_fileno((uv_handle_t*) &client, &fd));
  TRY(uv_tcp_getsockname(&client, (struct sockaddr*) &address, &length));
  TRY(uv_tcp_getpeername(&client, (struct sockaddr*) &address, &length));
  TRY(uv_tcp_bind(&client, &strange, 0));
  TRY(uv_tcp_connect(&connecting, &client, &strange, on_connect));
  TRY(uv_read_start((uv_stream_t*) &client, alloc_large, on_read));
  TRY(uv_read_start((uv_stream_t*) &client, NULL, on_read));
  TRY(uv_read_start((uv_stream_t*) &client, alloc_large, NULL));
  TRY(uv_read_stop((uv_stream_t*) &client));
  TRY(uv_shutdown(&shutting, (uv_stream_t*) &client, on_shutdown));
  TRY(uv_write(&writes[0], (uv_stream_t*) &client, &buf, 1, on_write));
  TRY(uv_try_write((uv_stream_t*) &client, &buf, 1));
  TRY(uv_is_readable((uv_stream_t*) &client));
  TRY(uv_is_writable((uv_stream_t*) &client));
  TRY(uv_tcp_nodelay(&client, 1));
  TRY(uv_tcp_bind(&client, local(0), 0));
  TRY(uv_tcp_bind(&client, local(0), 0));
  TRY(uv_tcp_bind(&client, (struct sockaddr*) &six, 0));
  TRY(uv_tcp_open(&client, -1));
  TRY(uv_tcp_getpeername(&client, (struct sockaddr*) &address, &length));
  uv_tcp_t odd;
  TRY(uv_tcp_init_ex(loop, &odd, 0x8000));
  TRY(uv_tcp_init_ex(loop, &odd, 77));
  end(&client);
  TRY(uv_read_start((uv_stream_t*) &client, alloc_large, on_read));
}

/* An address in use is reported by listen, or by connect's callback. */
static void in_use(uv_loop_t* loop) {
  MUST(uv_tcp_init(loop, &server));
  MUST(uv_tcp_bind(&server, local(0), 0));
  MUST(uv_listen((uv_stream_t*) &server, 8, on_connection));
  MUST(uv_tcp_init(loop, &client));
  MUST(uv_tcp_init(loop, &accepted));
  TRY(uv_tcp_bind(&client, local(port_of_tcp(&server)), 0));
  TRY(uv_listen((uv_stream_t*) &client, 8, on_connection));
  TRY(uv_tcp_bind(&accepted, local(port_of_tcp(&server)), 0));
  TRY(uv_tcp_connect(&connecting, &accepted, local(port_of_tcp(&server)),
                     on_connect));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  end(&client);
  end(&server);
  end(&accepted);
}

/* What is in flight is cancelled, in order, before the close callback. */
static void cancel(uv_loop_t* loop) {
  pair(loop);
  big = calloc(1, BIG);
  uv_buf_t buf = uv_buf_init(big, BIG);
  for (int i = 0; i < 3; i++)
    TRY(uv_write(&writes[i], (uv_stream_t*) &client, &buf, 1, on_write));
  TRY(uv_shutdown(&shutting, (uv_stream_t*) &client, on_shutdown));
  MUST(uv_read_start((uv_stream_t*) &client, alloc_large, on_read));
  uv_close((uv_handle_t*) &client, on_end);
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  uv_close((uv_handle_t*) &accepted, on_end);
  MUST(uv_run(loop, UV_RUN_DEFAULT));
  free(big);
}

static void early(uv_loop_t* loop) {
  MUST(uv_tcp_init(loop, &server));
  MUST(uv_tcp_bind(&server, local(0), 0));
  MUST(uv_listen((uv_stream_t*) &server, 8, on_connection));
  MUST(uv_tcp_init(loop, &client));
  client.data = "client";
  server.data = "server";
  uv_buf_t buf = text("x");
  MUST(uv_tcp_connect(&connecting, &client, local(port_of_tcp(&server)),
                      on_connect));
  TRY(uv_write(&writes[0], (uv_stream_t*) &client, &buf, 1, on_write));
  uv_close((uv_handle_t*) &client, on_end);
  uv_close((uv_handle_t*) &server, on_end);
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

/* A reset: the reader gets ECONNRESET, and so or EPIPE a later writer. */
static void reset(uv_loop_t* loop) {
  pair(loop);
  MUST(uv_read_start((uv_stream_t*) &client, alloc_large, on_read));
  TRY(uv_tcp_close_reset(&accepted, on_end));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

static void reset_shut(uv_loop_t* loop) {
  pair(loop);
  TRY(uv_shutdown(&shutting, (uv_stream_t*) &client, on_shutdown));
  TRY(uv_tcp_close_reset(&client, on_end));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  if (!uv_is_closing((uv_handle_t*) &client))
    uv_close((uv_handle_t*) &client, on_end);
  uv_close((uv_handle_t*) &accepted, on_end);
  MUST(uv_run(loop, UV_RUN_DEFAULT));
}

/* Once it is over, a shutdown is no hindrance. */
static void reset_after_shut(uv_loop_t* loop) {
  pair(loop);
  MUST(uv_read_start((uv_stream_t*) &accepted, alloc_large, on_read));
  TRY(uv_shutdown(&shutting, (uv_stream_t*) &client, on_shutdown));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_tcp_close_reset(&client, on_end));
  TRY(uv_is_closing((uv_handle_t*) &client));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

static void reset_on_shut(uv_shutdown_t* req, int status) {
  on_shutdown(req, status);
  TRY(uv_tcp_close_reset(&client, on_end));
}

static void reset_in_callback(uv_loop_t* loop) {
  pair(loop);
  MUST(uv_read_start((uv_stream_t*) &accepted, alloc_large, on_read));
  TRY(uv_shutdown(&shutting, (uv_stream_t*) &client, reset_on_shut));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

static void reset_without_socket(uv_loop_t* loop) {
  MUST(uv_tcp_init(loop, &client));
  client.data = "client";
  TRY(uv_tcp_close_reset(&client, on_end));
  TRY(uv_is_closing((uv_handle_t*) &client));
}

/* What was written is thrown away, and so is a connect on its way. */
static void reset_busy(uv_loop_t* loop) {
  pair(loop);
  big = calloc(1, BIG);
  uv_buf_t buf = uv_buf_init(big, BIG);
  TRY(uv_write(&writes[0], (uv_stream_t*) &client, &buf, 1, on_write));
  TRY(uv_tcp_close_reset(&client, on_end));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  uv_close((uv_handle_t*) &accepted, on_end);
  MUST(uv_run(loop, UV_RUN_DEFAULT));
  free(big);

  int port = free_port(loop);
  MUST(uv_tcp_init(loop, &client));
  TRY(uv_tcp_connect(&connecting, &client, local(port), on_connect));
  client.data = "client";
  TRY(uv_tcp_close_reset(&client, on_end));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

static void broken(uv_loop_t* loop) {
  pair(loop);
  uv_close((uv_handle_t*) &accepted, on_end);
  MUST(uv_run(loop, UV_RUN_NOWAIT));
  uv_buf_t buf = text("into the void");
  TRY(uv_write(&writes[0], (uv_stream_t*) &client, &buf, 1, on_write));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_write(&writes[1], (uv_stream_t*) &client, &buf, 1, on_write));
  TRY(uv_write(&writes[2], (uv_stream_t*) &client, &buf, 1, on_write));
  TRY(uv_try_write((uv_stream_t*) &client, &buf, 1));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_shutdown(&shutting, (uv_stream_t*) &client, on_shutdown));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  MUST(uv_read_start((uv_stream_t*) &client, alloc_large, on_read));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

/* Each callback closes: its own handle, or the other end. */
static void close_other(uv_write_t* req, int status) {
  on_write(req, status);
  uv_close((uv_handle_t*) &accepted, on_end);
}

static void close_own(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void) buf;
  say_in(stream->data, "read %s", num(count));
  uv_close((uv_handle_t*) stream, on_end);
}

static void in_callbacks(uv_loop_t* loop) {
  pair(loop);
  uv_buf_t buf = text("bye");
  MUST(uv_read_start((uv_stream_t*) &client, alloc_small, close_own));
  TRY(uv_write(&writes[0], (uv_stream_t*) &accepted, &buf, 1, close_other));
  TRY(uv_write(&writes[1], (uv_stream_t*) &accepted, &buf, 1, on_write));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

static void close_server(uv_stream_t* stream, int status) {
  say_in("server", "connection %s", num(status));
  uv_close((uv_handle_t*) stream, on_end); /* Without accepting it. */
}

static void close_client(uv_connect_t* req, int status) {
  on_connect(req, status);
  uv_close((uv_handle_t*) req->handle, on_end);
}

static void at_once(uv_loop_t* loop) {
  MUST(uv_tcp_init(loop, &server));
  MUST(uv_tcp_bind(&server, local(0), 0));
  MUST(uv_listen((uv_stream_t*) &server, 8, close_server));
  MUST(uv_tcp_init(loop, &client));
  client.data = "client";
  server.data = "server";
  MUST(uv_tcp_connect(&connecting, &client, local(port_of_tcp(&server)),
                      close_client));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

static const struct scenario scenarios[] = {
  { "tcp-refused", refused },
  { "tcp-arguments", arguments },
  { "tcp-in-use", in_use },
  { "tcp-cancel", cancel },
  { "tcp-early", early },
  { "tcp-reset", reset },
  { "tcp-reset-shut", reset_shut },
  { "tcp-reset-after-shut", reset_after_shut },
  { "tcp-reset-in-callback", reset_in_callback },
  { "tcp-reset-without-socket", reset_without_socket },
  { "tcp-reset-busy", reset_busy },
  { "tcp-broken", broken },
  { "tcp-in-callbacks", in_callbacks },
  { "tcp-at-once", at_once },
};
const struct family tcp_end_family = { scenarios, COUNT(scenarios) };
