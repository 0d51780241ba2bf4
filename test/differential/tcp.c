/* SPDX-License-Identifier: MIT */
/* Differential scenarios: TCP connections that work. Server and client live in
 * one loop; each end of a connection is a lane of the trace. */
#include "trace.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uv_tcp_t server, client, accepted;
static uv_connect_t connecting;
static uv_write_t writes[8];
static uv_shutdown_t shutting;
static char* big;
static size_t total;
enum { BIG = 6 << 20 };

static void on_connect(uv_connect_t* req, int status) {
  (void) req;
  say_in("client", "connected %s", num(status));
}

static void on_write(uv_write_t* req, int status) {
  say_in("client", "written %d %s, queue %zu", (int) (req - writes),
         num(status), req->handle->write_queue_size);
}

static void on_shutdown(uv_shutdown_t* req, int status) {
  (void) req;
  say_in("client", "shut down %s", num(status));
}

static void read_words(uv_stream_t* stream, ssize_t count,
                       const uv_buf_t* buf) {
  const char* lane = stream->data;
  if (count > 0)
    say_in(lane, "read <%.*s>", (int) count, buf->base);
  else
    say_in(lane, "read %s", num(count));
  if (count < 0) end(stream);
}

static void on_connection(uv_stream_t* stream, int status) {
  say_in("server", "connection %s", num(status));
  MUST(uv_tcp_init(stream->loop, &accepted));
  accepted.data = "accepted";
  say_in("server", "accept %s",
         num(uv_accept(stream, (uv_stream_t*) &accepted)));
  say_in("server", "again %s",
         num(uv_accept(stream, (uv_stream_t*) &accepted)));
  end(stream);
}

static void listen_on(uv_loop_t* loop, uv_connection_cb cb) {
  MUST(uv_tcp_init(loop, &server));
  MUST(uv_tcp_bind(&server, local(0), 0));
  MUST(uv_listen((uv_stream_t*) &server, 8, cb));
  MUST(uv_tcp_init(loop, &client));
  client.data = "client";
}

static void join(uv_loop_t* loop, uv_connection_cb cb) {
  listen_on(loop, cb);
  MUST(uv_tcp_connect(&connecting, &client, local(port_of_tcp(&server)),
                      on_connect));
}

/* Connected on both sides; the server is closed. */
static void pair(uv_loop_t* loop) {
  join(loop, on_connection);
  while (!uv_is_closing((uv_handle_t*) &server) ||
         !uv_is_writable((uv_stream_t*) &client))
    MUST(uv_run(loop, UV_RUN_ONCE));
  MUST(uv_run(loop, UV_RUN_NOWAIT));
}

static void talk(uv_loop_t* loop) {
  pair(loop);
  TRY(uv_read_start((uv_stream_t*) &accepted, alloc_small, read_words));
  uv_buf_t parts[] = { text("first, "), text("second and "), text("third.") };
  TRY(uv_write(&writes[0], (uv_stream_t*) &client, parts, 3, on_write));
  TRY(uv_write(&writes[1], (uv_stream_t*) &client, parts, 1, on_write));
  say("queue %zu", client.write_queue_size);
  TRY(uv_try_write((uv_stream_t*) &client, parts, 2));
  TRY(uv_shutdown(&shutting, (uv_stream_t*) &client, on_shutdown));
  TRY(uv_try_write((uv_stream_t*) &client, parts, 2));
  TRY(uv_write(&writes[2], (uv_stream_t*) &client, parts, 1, on_write));
  TRY(uv_is_writable((uv_stream_t*) &client));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  MUST(uv_read_start((uv_stream_t*) &client, alloc_large, read_words));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

static void count_bytes(uv_stream_t* stream, ssize_t count,
                        const uv_buf_t* buf) {
  (void) buf;
  if (count >= 0)
    total += (size_t) count;
  else {
    say_in("accepted", "%zu bytes, then %s", total, num(count));
    end(stream);
    end(&client);
  }
}

static void on_large_write(uv_write_t* req, int status) {
  say_in("client", "written %d %s", (int) (req - writes), num(status));
}

/* More than fits: queue, partial writes, callbacks in order, then shutdown. */
static void large(uv_loop_t* loop) {
  pair(loop);
  big = calloc(1, BIG);
  uv_buf_t buf = uv_buf_init(big, BIG);
  for (int i = 0; i < 4; i++)
    TRY(uv_write(&writes[i], (uv_stream_t*) &client, &buf, 1, on_large_write));
  say("has a queue %d", client.write_queue_size > 3 * BIG);
  say("same %d", uv_stream_get_write_queue_size((uv_stream_t*) &client) ==
                     client.write_queue_size);
  TRY(uv_try_write((uv_stream_t*) &client, &buf, 1));
  TRY(uv_shutdown(&shutting, (uv_stream_t*) &client, on_shutdown));
  MUST(uv_read_start((uv_stream_t*) &accepted, alloc_large, count_bytes));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  free(big);
}

static int pauses;

static void pause_reading(uv_stream_t* stream, ssize_t count,
                          const uv_buf_t* buf) {
  read_words(stream, count, buf);
  if (count <= 0) return;
  TRY(uv_read_stop(stream));
  TRY(uv_read_stop(stream));
  if (++pauses % 2 == 0) TRY(uv_read_start(stream, alloc_small, pause_reading));
}

static void alloc_none(uv_handle_t* handle, size_t hint, uv_buf_t* buf) {
  (void) handle, (void) hint;
  *buf = uv_buf_init(NULL, 0);
}

static void no_room(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void) buf;
  say_in("accepted", "read %s", num(count));
  if (count == UV_ENOBUFS) TRY(uv_read_stop(stream));
}

static void stops(uv_loop_t* loop) {
  pair(loop);
  uv_buf_t buf = text("one two three four five six");
  MUST(uv_write(&writes[0], (uv_stream_t*) &client, &buf, 1, on_write));
  TRY(uv_read_start((uv_stream_t*) &accepted, alloc_small, pause_reading));
  TRY(uv_read_start((uv_stream_t*) &accepted, alloc_small, pause_reading));
  MUST(uv_run(loop, UV_RUN_NOWAIT));
  say("nothing read while stopped");
  MUST(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_read_start((uv_stream_t*) &accepted, alloc_none, no_room));
  TRY(uv_is_active((uv_handle_t*) &accepted));
  MUST(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_is_active((uv_handle_t*) &accepted));
  end(&client);
  MUST(uv_read_start((uv_stream_t*) &accepted, alloc_large, read_words));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

/* Many clients, one server; some are accepted later than they came. */
enum { CLIENTS = 6 };
static uv_tcp_t clients[CLIENTS], peers[CLIENTS];
static uv_connect_t connects[CLIENTS];
static int arrived, joined;

static void on_many_connect(uv_connect_t* req, int status) {
  char lane[16];
  snprintf(lane, sizeof(lane), "client %d", (int) (req - connects));
  say_in(lane, "connected %s", num(status));
  joined++;
}

static void on_many(uv_stream_t* stream, int status) {
  say_in("server", "connection %d %s", arrived, num(status));
  MUST(uv_tcp_init(stream->loop, &peers[arrived]));
  if (arrived == 2) { /* Left for later: no callback until then. */
    arrived++;
    return;
  }
  say_in("server", "accept %s",
         num(uv_accept(stream, (uv_stream_t*) &peers[arrived])));
  if (++arrived == CLIENTS) end(stream);
}

static void accepts(uv_loop_t* loop) {
  listen_on(loop, on_many);
  end(&client);
  server.data = "server";
  MUST(uv_run(loop, UV_RUN_NOWAIT));
  int port = port_of_tcp(&server);
  for (int i = 0; i < CLIENTS; i++) {
    MUST(uv_tcp_init(loop, &clients[i]));
    MUST(uv_tcp_connect(&connects[i], &clients[i], local(port),
                        on_many_connect));
  }
  while (joined < CLIENTS) MUST(uv_run(loop, UV_RUN_ONCE));
  for (int i = 0; i < 10; i++) MUST(uv_run(loop, UV_RUN_NOWAIT));
  TRY(arrived);
  TRY(uv_accept((uv_stream_t*) &server, (uv_stream_t*) &peers[2]));
  TRY(uv_accept((uv_stream_t*) &server, (uv_stream_t*) &peers[2]));
  while (arrived < CLIENTS) MUST(uv_run(loop, UV_RUN_ONCE));
  for (int i = 0; i < CLIENTS; i++) {
    end(&clients[i]);
    end(&peers[i]);
  }
}

static void options(uv_loop_t* loop) {
  pair(loop);
  TRY(uv_tcp_nodelay(&client, 1));
  TRY(uv_tcp_keepalive(&client, 1, 60));
  TRY(uv_tcp_keepalive(&client, 0, 0));
  TRY(uv_tcp_simultaneous_accepts(&client, 1));
  TRY(uv_stream_set_blocking((uv_stream_t*) &client, 0));
  int value = 0;
  TRY(uv_send_buffer_size((uv_handle_t*) &client, &value));
  say("size known %d", value > 0);
  value = 20000;
  TRY(uv_recv_buffer_size((uv_handle_t*) &client, &value));
  value = 0;
  TRY(uv_recv_buffer_size((uv_handle_t*) &client, &value));
  say("size %d", value);
  TRY(uv_is_readable((uv_stream_t*) &client));
  TRY(uv_is_writable((uv_stream_t*) &client));
  struct sockaddr_storage address;
  int length = sizeof(address);
  TRY(uv_tcp_getpeername(&client, (struct sockaddr*) &address, &length));
  say("length %d", length);
  length = 4;
  TRY(uv_tcp_getpeername(&client, (struct sockaddr*) &address, &length));
  uv_os_fd_t fd;
  TRY(uv_fileno((uv_handle_t*) &client, &fd));
  say("fd %d", fd >= 0);
  TRY(uv_stream_get_write_queue_size((uv_stream_t*) &client));
  end(&client);
  end(&accepted);
}

static int option_of(const uv_tcp_t* tcp, int level, int name) {
  uv_os_fd_t fd;
  int value = -1;
  socklen_t size = sizeof(value);
  MUST(uv_fileno((const uv_handle_t*) tcp, &fd));
  MUST(getsockopt(fd, level, name, &value, &size));
  return value;
}

static void say_options(const char* when, const uv_tcp_t* tcp) {
  int is_kept = option_of(tcp, SOL_SOCKET, SO_KEEPALIVE);
  say("%s: nodelay %d, keepalive %d", when,
      option_of(tcp, IPPROTO_TCP, TCP_NODELAY), is_kept);
  if (is_kept)
    say("idle %d, interval %d, probes %d",
        option_of(tcp, IPPROTO_TCP, TCP_KEEPIDLE),
        option_of(tcp, IPPROTO_TCP, TCP_KEEPINTVL),
        option_of(tcp, IPPROTO_TCP, TCP_KEEPCNT));
}

/* What is set before there is a socket; `round` chooses. */
static void set_early(uv_tcp_t* tcp, int round) {
  say("round %d", round);
  if (round == 0) TRY(uv_tcp_keepalive(tcp, 1, 0));
  if (round == 1) TRY(uv_tcp_keepalive(tcp, 1, 30));
  if (round == 2) TRY(uv_tcp_nodelay(tcp, 1));
  if (round < 3) return;
  TRY(uv_tcp_nodelay(tcp, 7));
  TRY(uv_tcp_keepalive(tcp, 7, 0));
  if (round == 3) return;
  TRY(uv_tcp_nodelay(tcp, 0));
  TRY(uv_tcp_keepalive(tcp, 0, 0));
}

static void take_early(uv_stream_t* stream, int status) {
  say_in("server", "connection %s", num(status));
  MUST(uv_tcp_init(stream->loop, &accepted));
  set_early(&accepted, 3);
  MUST(uv_accept(stream, (uv_stream_t*) &accepted));
  say_options("accepted", &accepted);
  end(&accepted);
}

static void early_options(uv_loop_t* loop) {
  for (int round = 0; round < 5; round++) {
    MUST(uv_tcp_init(loop, &server));
    set_early(&server, round);
    MUST(uv_tcp_bind(&server, local(0), 0));
    say_options("bound", &server);
    MUST(uv_listen((uv_stream_t*) &server, 8, take_early));
    say_options("listening", &server);

    MUST(uv_tcp_init(loop, &client));
    set_early(&client, round);
    MUST(uv_tcp_connect(&connecting, &client, local(port_of_tcp(&server)),
                        on_connect));
    say_options("connecting", &client);
    for (int i = 0; i < 4; i++) MUST(uv_run(loop, UV_RUN_NOWAIT));
    say_options("connected", &client);
    end(&client);
    end(&server);
    MUST(uv_run(loop, UV_RUN_DEFAULT));

    MUST(uv_tcp_init(loop, &server));
    set_early(&server, round);
    TRY(uv_listen((uv_stream_t*) &server, 8, take_early));
    say_options("listening without bind", &server);
    end(&server);
    MUST(uv_run(loop, UV_RUN_DEFAULT));

    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(uv_tcp_init(loop, &client));
    set_early(&client, round);
    TRY(uv_tcp_open(&client, fd));
    say_options("opened", &client);
    end(&client);
    MUST(uv_run(loop, UV_RUN_DEFAULT));
  }
}

/* With a socket the values are looked at. */
static void late_options(uv_loop_t* loop) {
  MUST(uv_tcp_init_ex(loop, &client, AF_INET));
  TRY(uv_tcp_nodelay(&client, 7));
  TRY(uv_tcp_keepalive(&client, 7, 30));
  say_options("set", &client);
  TRY(uv_tcp_nodelay(&client, 0));
  TRY(uv_tcp_keepalive(&client, 0, 0));
  say_options("unset", &client);
  TRY(uv_tcp_keepalive(&client, 1, 0));
  end(&client);
}

static const struct scenario scenarios[] = {
  { "tcp-talk", talk },
  { "tcp-large", large },
  { "tcp-stops", stops },
  { "tcp-accepts", accepts },
  { "tcp-options", options },
  { "tcp-early-options", early_options },
  { "tcp-late-options", late_options },
};
const struct family tcp_family = { scenarios, COUNT(scenarios) };
