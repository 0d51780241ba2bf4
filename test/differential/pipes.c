/* SPDX-License-Identifier: MIT */
/* Differential scenarios: pipes, and handles that are sent through them. */
#include "trace.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static uv_pipe_t server, client, accepted;
static uv_connect_t connecting;
static uv_write_t writes[4];
static uv_shutdown_t shutting;
static uv_tcp_t sent, received;

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

static void finish(void* handle) {
  if (!uv_is_closing(handle)) uv_close(handle, on_end);
}

static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  if (count > 0)
    say_in(stream->data, "read <%.*s>", (int) count, buf->base);
  else
    say_in(stream->data, "read %s", num(count));
  if (count < 0) finish(stream);
}

static void on_connection(uv_stream_t* stream, int status) {
  say_in("server", "connection %s", num(status));
  MUST(uv_pipe_init(stream->loop, &accepted, 0));
  accepted.data = "accepted";
  MUST(uv_accept(stream, (uv_stream_t*) &accepted));
  MUST(uv_read_start((uv_stream_t*) &accepted, alloc_large, on_read));
  finish(stream);
}

static void setup(uv_loop_t* loop) {
  MUST(uv_pipe_init(loop, &server, 0));
  MUST(uv_pipe_init(loop, &client, 0));
  server.data = "server";
  client.data = "client";
}

static void say_name(int (*get)(const uv_pipe_t*, char*, size_t*),
                     const uv_pipe_t* pipe, size_t size) {
  char name[64] = "";
  size_t given = size;
  int rc = get(pipe, name, &size);
  say("name %s <%s> %zu of %zu", num(rc), name, size, given);
}

static void named(uv_loop_t* loop) {
  setup(loop);
  say_name(uv_pipe_getsockname, &server, 64);
  TRY(uv_pipe_bind(&server, "sock"));
  TRY(uv_pipe_bind(&server, "sock2"));
  TRY(uv_pipe_bind(&client, "sock"));
  TRY(uv_listen((uv_stream_t*) &server, 8, on_connection));
  TRY(uv_pipe_chmod(&server, UV_READABLE | UV_WRITABLE));
  struct stat status;
  MUST(stat("sock", &status));
  say("mode %o", status.st_mode & 0666);
  TRY(uv_pipe_chmod(&server, 0));
  say_name(uv_pipe_getsockname, &server, 64);
  say_name(uv_pipe_getsockname, &server, 2);
  say_name(uv_pipe_getpeername, &server, 64);
  uv_pipe_connect(&connecting, &client, "sock", on_connect);
  uv_buf_t buf = text("hello");
  TRY(uv_write(&writes[0], (uv_stream_t*) &client, &buf, 1, on_write));
  TRY(uv_shutdown(&shutting, (uv_stream_t*) &client, on_shutdown));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  say_name(uv_pipe_getpeername, &client, 64);
  say_name(uv_pipe_getsockname, &client, 64);
  finish(&client);
  MUST(uv_run(loop, UV_RUN_DEFAULT));
  say("unlinked %d", access("sock", F_OK) != 0);
}

static void errors(uv_loop_t* loop) {
  setup(loop);
  uv_buf_t buf = text("x");
  TRY(uv_pipe_bind(&server, "no/such/directory/sock"));
  TRY(uv_listen((uv_stream_t*) &server, 8, on_connection));
  TRY(uv_pipe_chmod(&server, UV_READABLE));
  TRY(uv_read_start((uv_stream_t*) &client, alloc_large, on_read));
  TRY(uv_shutdown(&shutting, (uv_stream_t*) &client, on_shutdown));
  TRY(uv_write(&writes[0], (uv_stream_t*) &client, &buf, 1, on_write));
  TRY(uv_try_write((uv_stream_t*) &client, &buf, 1));
  TRY(uv_pipe_open(&client, -1));
  TRY(uv_pipe_pending_count(&client));
  say("pending type %s", num(uv_pipe_pending_type(&client)));
  uv_pipe_connect(&connecting, &client, "nobody", on_connect);
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  TRY(uv_is_writable((uv_stream_t*) &client));
  int fd = open("file", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  MUST(fd);
  uv_pipe_connect(&connecting, &client, "file", on_connect);
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  close(fd);
  finish(&client);
  finish(&server);
}

/* uv_pipe(): one way each. */
static void one_way(uv_loop_t* loop) {
  setup(loop);
  uv_file fds[2];
  TRY(uv_pipe(fds, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE));
  TRY(uv_pipe_open(&server, fds[0]));
  TRY(uv_pipe_open(&client, fds[1]));
  TRY(uv_is_readable((uv_stream_t*) &server));
  TRY(uv_is_writable((uv_stream_t*) &server));
  TRY(uv_is_readable((uv_stream_t*) &client));
  TRY(uv_is_writable((uv_stream_t*) &client));
  uv_buf_t buf = text("down");
  TRY(uv_write(&writes[0], (uv_stream_t*) &server, &buf, 1, on_write));
  TRY(uv_read_start((uv_stream_t*) &client, alloc_large, on_read));
  TRY(uv_read_start((uv_stream_t*) &server, alloc_small, on_read));
  TRY(uv_write(&writes[1], (uv_stream_t*) &client, &buf, 1, on_write));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_shutdown(&shutting, (uv_stream_t*) &client, on_shutdown));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  finish(&client);
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

static void broken(uv_loop_t* loop) {
  setup(loop);
  uv_file fds[2];
  MUST(uv_pipe(fds, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE));
  MUST(uv_pipe_open(&client, fds[1]));
  static char big[1 << 20];
  uv_buf_t buf = uv_buf_init(big, sizeof(big));
  TRY(uv_write(&writes[0], (uv_stream_t*) &client, &buf, 1, on_write));
  TRY(uv_write(&writes[1], (uv_stream_t*) &client, &buf, 1, on_write));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  say("blocked %d", client.write_queue_size > 0);
  close(fds[0]);
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  say("queue %zu", client.write_queue_size);
  TRY(uv_write(&writes[2], (uv_stream_t*) &client, &buf, 1, on_write));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  finish(&client);
  finish(&server);
}

static void open_pair(uv_loop_t* loop, int is_ipc) {
  MUST(uv_pipe_init(loop, &client, is_ipc));
  MUST(uv_pipe_init(loop, &accepted, is_ipc));
  client.data = "client";
  accepted.data = "accepted";
  uv_os_sock_t fds[2];
  MUST(uv_socketpair(SOCK_STREAM, 0, fds, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE));
  MUST(uv_pipe_open(&client, fds[0]));
  MUST(uv_pipe_open(&accepted, fds[1]));
}

static void passing(uv_loop_t* loop) {
  open_pair(loop, 1);
  MUST(uv_tcp_init(loop, &sent));
  sent.data = "sent";
  MUST(uv_tcp_bind(&sent, local(0), 0));
  MUST(uv_tcp_init(loop, &received));
  uv_buf_t buf = text("handle");
  uv_tcp_t unbound;
  MUST(uv_tcp_init(loop, &unbound));
  unbound.data = "unbound";
  TRY(uv_write2(&writes[3], (uv_stream_t*) &client, &buf, 1,
                (uv_stream_t*) &unbound, on_write));
  TRY(uv_write2(&writes[0], (uv_stream_t*) &client, &buf, 1,
                (uv_stream_t*) &sent, on_write));
  TRY(uv_write(&writes[1], (uv_stream_t*) &client, &buf, 1, on_write));
  TRY(uv_try_write2((uv_stream_t*) &client, &buf, 1, (uv_stream_t*) &sent));
  finish(&unbound);
  finish(&received);
  MUST(uv_run(loop, UV_RUN_NOWAIT));
  MUST(uv_read_start((uv_stream_t*) &accepted, alloc_large, on_read));
  MUST(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_pipe_pending_count(&accepted));
  say("type %s", uv_handle_type_name(uv_pipe_pending_type(&accepted)));
  MUST(uv_tcp_init(loop, &received));
  TRY(uv_accept((uv_stream_t*) &accepted, (uv_stream_t*) &received));
  say("same port %d", port_of_tcp(&received) == port_of_tcp(&sent));
  TRY(uv_pipe_pending_count(&accepted));
  finish(&accepted); /* With one not accepted, which must not leak. */
  MUST(uv_run(loop, UV_RUN_NOWAIT));
  finish(&client);
  finish(&sent);
  finish(&received);
}

static void no_passing(uv_loop_t* loop) {
  open_pair(loop, 0);
  MUST(uv_tcp_init(loop, &sent));
  sent.data = "sent";
  MUST(uv_tcp_bind(&sent, local(0), 0));
  uv_buf_t buf = text("handle");
  TRY(uv_write2(&writes[0], (uv_stream_t*) &client, &buf, 1,
                (uv_stream_t*) &sent, on_write));
  TRY(uv_try_write2((uv_stream_t*) &client, &buf, 1, (uv_stream_t*) &sent));
  TRY(uv_pipe_pending_count(&accepted));
  finish(&sent);
  finish(&client);
  MUST(uv_read_start((uv_stream_t*) &accepted, alloc_large, on_read));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

static const struct scenario scenarios[] = {
  { "pipe-named", named },     { "pipe-errors", errors },
  { "pipe-one-way", one_way }, { "pipe-broken", broken },
  { "pipe-passing", passing }, { "pipe-no-passing", no_passing },
};
const struct family pipe_family = { scenarios, COUNT(scenarios) };
