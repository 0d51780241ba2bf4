/* SPDX-License-Identifier: MIT */
/* Differential scenarios: what is behind a request that failed. Writes,
 * shutdowns and sends are queued before the failure, or made in callbacks while
 * it is due. Each must be called back. */
#include "trace.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TURNS = 6 };

static uv_pipe_t pipe_handle;
static uv_tcp_t tcp, sent;
static uv_udp_t udp, target;
static uv_connect_t connects[2];
static uv_write_t writes[6];
static uv_shutdown_t shutting;
static uv_udp_send_t sends[6];
static int far_fd;

static uv_stream_t* const piped = (uv_stream_t*) &pipe_handle;
static uv_stream_t* const stream = (uv_stream_t*) &tcp;

static void on_write(uv_write_t* req, int status) {
  say("written %d %s, queue %zu", (int) (req - writes), num(status),
      req->handle->write_queue_size);
}

static void on_shutdown(uv_shutdown_t* req, int status) {
  (void) req;
  say("shut down %s", num(status));
}

static void on_connect(uv_connect_t* req, int status) {
  say("connected %d %s", (int) (req - connects), num(status));
}

/* Is all called back? A request that is lost would let the loop live on. */
static void settle(uv_loop_t* loop) {
  for (int i = 0; i < TURNS; i++) uv_run(loop, UV_RUN_NOWAIT);
  TRY(uv_loop_alive(loop));
}

static void write_one(uv_stream_t* to, int i, uv_write_cb cb) {
  uv_buf_t buf = text("word");
  say("write %d %s", i, num(uv_write(&writes[i], to, &buf, 1, cb)));
}

static void write_with(uv_stream_t* to, int i, uv_write_cb cb) {
  uv_buf_t buf = text("word");
  uv_stream_t* handle = (uv_stream_t*) &sent;
  say("write2 %d %s", i, num(uv_write2(&writes[i], to, &buf, 1, handle, cb)));
}

static void try_write(uv_stream_t* to) {
  uv_buf_t buf = text("word");
  say("try_write %s", num(uv_try_write(to, &buf, 1)));
}

static void shut(uv_stream_t* which) {
  say("shutdown %s", num(uv_shutdown(&shutting, which, on_shutdown)));
}

static void open_pipe(uv_loop_t* loop, int is_ipc) {
  uv_os_sock_t fds[2];
  MUST(uv_socketpair(SOCK_STREAM, 0, fds, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE));
  MUST(uv_pipe_init(loop, &pipe_handle, is_ipc));
  MUST(uv_pipe_open(&pipe_handle, fds[0]));
  far_fd = fds[1];
}

/* Write 0 is done and write 1 has failed when the callbacks come. */
static void fail_second(uv_loop_t* loop, uv_write_cb cb_of_first,
                        uv_write_cb cb_of_second) {
  open_pipe(loop, 0);
  write_one(piped, 0, cb_of_first);
  close(far_fd);
  write_one(piped, 1, cb_of_second);
  settle(loop);
}

/* --- A write behind one that fails ---------------------------------------- */

static void then_write(uv_write_t* req, int status) {
  on_write(req, status);
  try_write(req->handle);
  write_one(req->handle, 2, on_write);
  write_one(req->handle, 3, on_write);
}

static void write_in_first(uv_loop_t* loop) {
  fail_second(loop, then_write, on_write);
  write_one(piped, 4, on_write);
  settle(loop);
}

static void write_in_second(uv_loop_t* loop) {
  fail_second(loop, on_write, then_write);
}

static void then_shut(uv_write_t* req, int status) {
  on_write(req, status);
  shut(req->handle);
  write_one(req->handle, 2, on_write);
}

static void shut_in_first(uv_loop_t* loop) {
  fail_second(loop, then_shut, on_write);
}

static void shut_in_second(uv_loop_t* loop) {
  fail_second(loop, on_write, then_shut);
}

static void then_write_and_shut(uv_write_t* req, int status) {
  then_write(req, status);
  shut(req->handle);
}

static void write_and_shut_in_first(uv_loop_t* loop) {
  fail_second(loop, then_write_and_shut, on_write);
}

static void write_and_shut_in_second(uv_loop_t* loop) {
  fail_second(loop, on_write, then_write_and_shut);
}

static void then_close(uv_write_t* req, int status) {
  then_write(req, status);
  end(req->handle);
}

static void close_in_first(uv_loop_t* loop) {
  fail_second(loop, then_close, on_write);
}

/* --- A queue that was full when the peer went ----------------------------- */

static void fill(uv_loop_t* loop, int shuts, uv_write_cb cb) {
  open_pipe(loop, 0);
  static char big[1 << 20];
  uv_buf_t buf = uv_buf_init(big, sizeof(big));
  TRY(uv_write(&writes[0], piped, &buf, 1, cb));
  write_one(piped, 1, on_write);
  if (shuts) shut(piped);
  uv_run(loop, UV_RUN_NOWAIT);
  close(far_fd);
  settle(loop);
}

static void full(uv_loop_t* loop) {
  fill(loop, 0, then_write);
}
static void full_shut(uv_loop_t* loop) {
  fill(loop, 1, on_write);
}

/* --- Handles on their way ------------------------------------------------- */

static void then_write_with(uv_write_t* req, int status) {
  on_write(req, status);
  write_with(req->handle, 2, on_write);
  write_one(req->handle, 3, on_write);
}

static void handle_in_first(uv_loop_t* loop) {
  open_pipe(loop, 1);
  MUST(uv_tcp_init(loop, &sent));
  MUST(uv_tcp_bind(&sent, local(0), 0));
  write_with(piped, 0, then_write_with);
  close(far_fd);
  write_with(piped, 1, on_write);
  settle(loop);
}

/* --- A connection that is refused ----------------------------------------- */

static void then_go_on(uv_connect_t* req, int status) {
  on_connect(req, status);
  try_write(req->handle);
  write_one(req->handle, 2, on_write);
  write_one(req->handle, 3, on_write);
}

static void then_shut_after(uv_connect_t* req, int status) {
  on_connect(req, status);
  shut(req->handle);
}

static void then_write_and_shut_after(uv_connect_t* req, int status) {
  then_go_on(req, status);
  shut(req->handle);
}

static int free_port(uv_loop_t* loop) {
  MUST(uv_tcp_init(loop, &tcp));
  MUST(uv_tcp_bind(&tcp, local(0), 0));
  int port = port_of_tcp(&tcp);
  uv_close((uv_handle_t*) &tcp, NULL);
  MUST(uv_run(loop, UV_RUN_DEFAULT));
  return port;
}

/* A TCP connection and a pipe's, with writes before the answer or without. */
static void refuse(uv_loop_t* loop, uv_connect_cb cb) {
  int port = free_port(loop);
  for (int has_writes = 0; has_writes < 2; has_writes++) {
    say("tcp, writes %d", has_writes);
    MUST(uv_tcp_init(loop, &tcp));
    TRY(uv_tcp_connect(&connects[0], &tcp, local(port), cb));
    for (int i = 0; i < 2 * has_writes; i++) write_one(stream, i, on_write);
    settle(loop);
    end(&tcp);
    settle(loop);

    say("pipe, writes %d", has_writes);
    MUST(uv_pipe_init(loop, &pipe_handle, 0));
    uv_pipe_connect(&connects[1], &pipe_handle, "missing", cb);
    for (int i = 0; i < 2 * has_writes; i++) write_one(piped, i, on_write);
    settle(loop);
    end(&pipe_handle);
    settle(loop);
  }
}

static void refused_write(uv_loop_t* loop) {
  refuse(loop, then_go_on);
}
static void refused_shut(uv_loop_t* loop) {
  refuse(loop, then_shut_after);
}
static void refused_both(uv_loop_t* loop) {
  refuse(loop, then_write_and_shut_after);
}

static void shut_while_connecting(uv_loop_t* loop) {
  int port = free_port(loop);
  MUST(uv_tcp_init(loop, &tcp));
  TRY(uv_tcp_connect(&connects[0], &tcp, local(port), on_connect));
  write_one(stream, 0, on_write);
  shut(stream);
  settle(loop);
  end(&tcp);
  settle(loop);
  MUST(uv_tcp_init(loop, &tcp));
  TRY(uv_tcp_connect(&connects[0], &tcp, local(port), on_connect));
  shut(stream);
  settle(loop);
  end(&tcp);
}

/* --- A second connect ----------------------------------------------------- */

static uv_tcp_t server;

static void on_connection(uv_stream_t* which, int status) {
  (void) which;
  say_in("server", "connection %s", num(status));
}

static void connect_tcp(uv_loop_t* loop) {
  MUST(uv_tcp_init(loop, &server));
  MUST(uv_tcp_bind(&server, local(0), 0));
  MUST(uv_listen((uv_stream_t*) &server, 8, on_connection));
  MUST(uv_tcp_init(loop, &tcp));
  MUST(uv_tcp_connect(&connects[0], &tcp, local(port_of_tcp(&server)),
                      on_connect));
  for (int i = 0; i < TURNS; i++) uv_run(loop, UV_RUN_NOWAIT);
}

/* A write is done, but not called back yet when the second connect starts. The
 * order of the two callbacks is not compared. */
static void on_write_beside(uv_write_t* req, int status) {
  say("written %d %s", (int) (req - writes), num(status));
}

static void on_connect_again(uv_connect_t* req, int status) {
  say_in("connect", "connected %d %s", (int) (req - connects), num(status));
}

static void connect_again(uv_loop_t* loop) {
  connect_tcp(loop);
  write_one(stream, 0, on_write_beside);
  TRY(uv_tcp_connect(&connects[1], &tcp, local(port_of_tcp(&server)),
                     on_connect_again));
  write_one(stream, 1, on_write_beside);
  shut(stream);
  for (int i = 0; i < TURNS; i++) uv_run(loop, UV_RUN_NOWAIT);
  end(&tcp);
  end(&server);
  settle(loop);
}

static void connect_pipe_again(uv_loop_t* loop) {
  open_pipe(loop, 0);
  write_one(piped, 0, on_write);
  uv_pipe_connect(&connects[1], &pipe_handle, "missing", on_connect);
  write_one(piped, 1, on_write);
  settle(loop);
  write_one(piped, 2, on_write);
  settle(loop);
  close(far_fd);
}

/* --- A reset -------------------------------------------------------------- */

static void on_read(uv_stream_t* which, ssize_t count, const uv_buf_t* buf) {
  (void) buf;
  say("read %s", num(count));
  if (count >= 0) return;
  write_one(which, 4, on_write);
  try_write(which);
  shut(which);
}

static void reset(uv_loop_t* loop, int reads) {
  connect_tcp(loop);
  uv_tcp_t peer;
  MUST(uv_tcp_init(loop, &peer));
  MUST(uv_accept((uv_stream_t*) &server, (uv_stream_t*) &peer));
  write_one(stream, 0, on_write);
  TRY(uv_tcp_close_reset(&peer, NULL));
  end(&server);
  if (reads) TRY(uv_read_start(stream, alloc_large, on_read));
  write_one(stream, 1, then_write);
  settle(loop);
  shut(stream);
  settle(loop);
}

static void reset_unread(uv_loop_t* loop) {
  reset(loop, 0);
}
static void reset_read(uv_loop_t* loop) {
  reset(loop, 1);
}

/* --- Datagrams ------------------------------------------------------------ */

static void on_send(uv_udp_send_t* req, int status) {
  say("sent %d %s, queue %zu of %zu bytes", (int) (req - sends), num(status),
      uv_udp_get_send_queue_count(req->handle),
      uv_udp_get_send_queue_size(req->handle));
}

static char huge[70000];

static void send_bytes(int i, size_t size, uv_udp_send_cb cb) {
  uv_buf_t buf = uv_buf_init(huge, (unsigned) size);
  say("send %d %s", i,
      num(uv_udp_send(&sends[i], &udp, &buf, 1, local(port_of_udp(&target)),
                      cb)));
}

static void then_send(uv_udp_send_t* req, int status) {
  on_send(req, status);
  uv_buf_t buf = text("word");
  say("try_send %s",
      num(uv_udp_try_send(&udp, &buf, 1, local(port_of_udp(&target)))));
  send_bytes(4, 4, on_send);
  send_bytes(5, sizeof(huge), on_send);
}

static void send_all(uv_loop_t* loop, int which) {
  MUST(uv_udp_init(loop, &udp));
  MUST(uv_udp_init(loop, &target));
  MUST(uv_udp_bind(&target, local(0), 0));
  for (int i = 0; i < 4; i++)
    send_bytes(i, i % 2 == 0 ? 4 : sizeof(huge),
               i == which ? then_send : on_send);
  settle(loop);
}

static void send_in_first(uv_loop_t* loop) {
  send_all(loop, 0);
}
static void send_in_second(uv_loop_t* loop) {
  send_all(loop, 1);
}
static void send_in_last(uv_loop_t* loop) {
  send_all(loop, 3);
}

static const struct scenario scenarios[] = {
  { "behind-write-in-first", write_in_first },
  { "behind-write-in-second", write_in_second },
  { "behind-shut-in-first", shut_in_first },
  { "behind-shut-in-second", shut_in_second },
  { "behind-both-in-first", write_and_shut_in_first },
  { "behind-both-in-second", write_and_shut_in_second },
  { "behind-close-in-first", close_in_first },
  { "behind-full", full },
  { "behind-full-shut", full_shut },
  { "behind-handle", handle_in_first },
  { "behind-refused-write", refused_write },
  { "behind-refused-shut", refused_shut },
  { "behind-refused-both", refused_both },
  { "behind-refused-before", shut_while_connecting },
  { "behind-connect-again", connect_again },
  { "behind-pipe-again", connect_pipe_again },
  { "behind-reset-unread", reset_unread },
  { "behind-reset-read", reset_read },
  { "behind-send-in-first", send_in_first },
  { "behind-send-in-second", send_in_second },
  { "behind-send-in-last", send_in_last },
};
const struct family behind_family = { scenarios, COUNT(scenarios) };
