/* SPDX-License-Identifier: MIT */
/* Differential scenarios: UDP. */
#include "trace.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static uv_udp_t a, b;
static uv_udp_send_t sends[6];

static void on_send(uv_udp_send_t* req, int status) {
  say_in("send", "sent %d %s, queue %zu of %zu bytes", (int) (req - sends),
         num(status), uv_udp_get_send_queue_count(req->handle),
         uv_udp_get_send_queue_size(req->handle));
}

static void on_recv(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
                    const struct sockaddr* from, unsigned flags) {
  const char* lane = udp == &a ? "a" : "b";
  say_in(lane, "received %s <%.*s> from %s flags %u", num(count),
         count > 0 && count < 40 ? (int) count : 0, buf->base,
         from == NULL ? "nobody" : "somebody", flags);
  if (count == 4 && memcmp(buf->base, "stop", 4) == 0)
    say_in(lane, "stop %s", num(uv_udp_recv_stop(udp)));
  if (count == 5 && memcmp(buf->base, "close", 5) == 0) end(udp);
}

static void setup(uv_loop_t* loop) {
  MUST(uv_udp_init(loop, &a));
  MUST(uv_udp_init(loop, &b));
}

static void bind_both(uv_loop_t* loop) {
  setup(loop);
  MUST(uv_udp_bind(&a, local(0), 0));
  MUST(uv_udp_bind(&b, local(0), 0));
}

static void send_to(int i, uv_udp_t* from, uv_udp_t* to, const char* words) {
  uv_buf_t buf = text(words);
  say("send %d %s", i,
      num(uv_udp_send(&sends[i], from, &buf, 1, local(port_of_udp(to)),
                      on_send)));
}

static void talk(uv_loop_t* loop) {
  bind_both(loop);
  TRY(uv_udp_recv_start(&b, alloc_large, on_recv));
  TRY(uv_udp_recv_start(&b, alloc_large, on_recv));
  send_to(0, &a, &b, "one");
  send_to(1, &a, &b, "");
  send_to(2, &a, &b, "three");
  say("queue %zu, %zu bytes", a.send_queue_count, a.send_queue_size);
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  send_to(3, &a, &b, "stop");
  send_to(4, &a, &b, "unread");
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_udp_recv_stop(&b));
  TRY(uv_is_active((uv_handle_t*) &b));
  TRY(uv_udp_recv_start(&b, alloc_small, on_recv));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  send_to(5, &a, &b, "close");
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  end(&a);
}

/* A short buffer cuts a datagram and says so; no buffer is an error. */
static void alloc_none(uv_handle_t* handle, size_t hint, uv_buf_t* buf) {
  (void) handle, (void) hint;
  *buf = uv_buf_init(NULL, 0);
}

static void partial(uv_loop_t* loop) {
  bind_both(loop);
  MUST(uv_udp_recv_start(&b, alloc_small, on_recv));
  send_to(0, &a, &b, "more than seven bytes");
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  MUST(uv_udp_recv_stop(&b));
  MUST(uv_udp_recv_start(&b, alloc_none, on_recv));
  send_to(1, &a, &b, "x");
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  end(&a);
  end(&b);
}

static void connected(uv_loop_t* loop) {
  bind_both(loop);
  struct sockaddr_storage peer;
  int length = sizeof(peer);
  uv_buf_t buf = text("word");
  TRY(uv_udp_getpeername(&a, (struct sockaddr*) &peer, &length));
  TRY(uv_udp_send(&sends[0], &a, &buf, 1, NULL, on_send));
  TRY(uv_udp_try_send(&a, &buf, 1, NULL));
  TRY(uv_udp_connect(&a, local(port_of_udp(&b))));
  TRY(uv_udp_connect(&a, local(port_of_udp(&b))));
  TRY(uv_udp_getpeername(&a, (struct sockaddr*) &peer, &length));
  MUST(uv_udp_recv_start(&b, alloc_large, on_recv));
  TRY(uv_udp_send(&sends[1], &a, &buf, 1, NULL, on_send));
  TRY(uv_udp_send(&sends[2], &a, &buf, 1, local(port_of_udp(&b)), on_send));
  TRY(uv_udp_try_send(&a, &buf, 1, local(port_of_udp(&b))));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_udp_try_send(&a, &buf, 1, NULL));
  TRY(uv_udp_connect(&a, NULL));
  TRY(uv_udp_connect(&a, NULL));
  TRY(uv_udp_getpeername(&a, (struct sockaddr*) &peer, &length));
  TRY(uv_udp_try_send(&a, &buf, 1, local(port_of_udp(&b))));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  end(&a);
  end(&b);
}

/* The peer is gone: the answer comes with the next operation. */
static void refused(uv_loop_t* loop) {
  bind_both(loop);
  TRY(uv_udp_connect(&a, local(port_of_udp(&b))));
  end(&b);
  MUST(uv_run(loop, UV_RUN_NOWAIT));
  MUST(uv_udp_recv_start(&a, alloc_large, on_recv));
  uv_buf_t buf = text("word");
  TRY(uv_udp_try_send(&a, &buf, 1, NULL));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_udp_try_send(&a, &buf, 1, NULL));
  TRY(uv_udp_try_send(&a, &buf, 1, NULL));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_udp_send(&sends[0], &a, &buf, 1, NULL, on_send));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_udp_send(&sends[1], &a, &buf, 1, NULL, on_send));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  end(&a);
}

static void arguments(uv_loop_t* loop) {
  setup(loop);
  struct sockaddr strange = { .sa_family = AF_UNIX };
  struct sockaddr_storage name;
  int length = sizeof(name);
  static char big[70000];
  uv_buf_t large = uv_buf_init(big, sizeof(big));
  TRY(uv_udp_getsockname(&a, (struct sockaddr*) &name, &length));
  TRY(uv_udp_recv_start(&a, NULL, on_recv));
  TRY(uv_udp_recv_start(&a, alloc_large, NULL));
  TRY(uv_udp_recv_stop(&a));
  TRY(uv_udp_bind(&a, &strange, 0));
  TRY(uv_udp_bind(&a, local(0), 0x4000));
  TRY(uv_udp_set_broadcast(&a, 1));
  TRY(uv_udp_set_ttl(&a, 10));
  TRY(uv_udp_set_multicast_ttl(&a, 10));
  TRY(uv_udp_set_multicast_loop(&a, 1));
  TRY(uv_udp_open(&a, -1));
  TRY(uv_udp_bind(&a, local(0), 0));
  TRY(uv_udp_bind(&a, local(0), 0));
  TRY(uv_udp_bind(&b, local(port_of_udp(&a)), 0));
  TRY(uv_udp_set_broadcast(&a, 1));
  TRY(uv_udp_set_ttl(&a, 0));
  TRY(uv_udp_set_ttl(&a, 256));
  TRY(uv_udp_set_ttl(&a, 10));
  TRY(uv_udp_set_multicast_ttl(&a, 256));
  TRY(uv_udp_set_multicast_ttl(&a, 10));
  TRY(uv_udp_set_multicast_loop(&a, 0));
  TRY(uv_udp_set_multicast_interface(&a, "no address"));
  TRY(uv_udp_set_membership(&a, "127.0.0.1", NULL, UV_JOIN_GROUP));
  TRY(uv_udp_set_membership(&a, "word", NULL, UV_JOIN_GROUP));
  TRY(uv_udp_set_membership(&a, "239.255.0.1", NULL, (uv_membership) 9));
  TRY(uv_udp_try_send(&a, &large, 1, local(9)));
  TRY(uv_udp_send(&sends[0], &a, &large, 1, local(9), on_send));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_udp_using_recvmmsg(&a));
  uv_udp_t odd;
  TRY(uv_udp_init_ex(loop, &odd, 0x8000));
  TRY(uv_udp_init_ex(loop, &odd, 77));
  end(&a);
  end(&b);
}

/* Room for two datagrams: with less, recvmmsg(2) is refused since 1.53. */
static void alloc_pair(uv_handle_t* handle, size_t hint, uv_buf_t* buf) {
  static char room[2 * 64 * 1024];
  (void) handle, (void) hint;
  *buf = uv_buf_init(room, sizeof(room));
}

static void batch(uv_loop_t* loop) {
  MUST(uv_udp_init(loop, &a));
  MUST(uv_udp_init_ex(loop, &b, AF_INET | UV_UDP_RECVMMSG));
  MUST(uv_udp_bind(&a, local(0), 0));
  MUST(uv_udp_bind(&b, local(0), 0));
  TRY(uv_udp_using_recvmmsg(&b));
  MUST(uv_udp_recv_start(&b, alloc_pair, on_recv)); /* Two chunks. */
  send_to(0, &a, &b, "first");
  send_to(1, &a, &b, "second");
  send_to(2, &a, &b, "close");
  send_to(3, &a, &b, "too late");
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  end(&a);
  end(&b);
}

static void alloc_many(uv_handle_t* handle, size_t hint, uv_buf_t* buf) {
  (void) handle, (void) hint;
  static char room[4 * 65536];
  *buf = uv_buf_init(room, sizeof(room));
}

static void chunks(uv_loop_t* loop) {
  MUST(uv_udp_init(loop, &a));
  MUST(uv_udp_init_ex(loop, &b, AF_INET | UV_UDP_RECVMMSG));
  MUST(uv_udp_bind(&a, local(0), 0));
  MUST(uv_udp_bind(&b, local(0), 0));
  MUST(uv_udp_recv_start(&b, alloc_many, on_recv));
  for (int i = 0; i < 6; i++) send_to(i, &a, &b, i < 5 ? "chunk" : "stop");
  for (int i = 0; i < 4; i++) MUST(uv_run(loop, UV_RUN_NOWAIT));
  MUST(uv_udp_recv_start(&b, alloc_many, on_recv));
  send_to(0, &a, &b, "x");
  send_to(1, &a, &b, "close");
  send_to(2, &a, &b, "y");
  for (int i = 0; i < 4; i++) MUST(uv_run(loop, UV_RUN_NOWAIT));
  end(&a);
}

static void on_send_close(uv_udp_send_t* req, int status) {
  on_send(req, status);
  end(req->handle);
}

static void closing(uv_loop_t* loop) {
  bind_both(loop);
  uv_buf_t buf = text("word");
  const struct sockaddr* to = local(port_of_udp(&b));
  TRY(uv_udp_send(&sends[0], &a, &buf, 1, to, on_send_close));
  TRY(uv_udp_send(&sends[1], &a, &buf, 1, to, on_send));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_udp_send(&sends[2], &b, &buf, 1, to, on_send));
  TRY(uv_udp_send(&sends[3], &b, &buf, 1, to, on_send));
  end(&b);
  TRY(uv_run(loop, UV_RUN_NOWAIT));
}

/* Datagrams of one size in a row, which we send in one piece. */
static uv_udp_send_t many[40];

static void on_many(uv_udp_send_t* req, int status) {
  say_in("send", "sent %d %s, queue %zu of %zu bytes", (int) (req - many),
         num(status), uv_udp_get_send_queue_count(req->handle),
         uv_udp_get_send_queue_size(req->handle));
}

static void send_many(const struct sockaddr* to) {
  static char digits[41] = "0123456789abcdefghijklmnopqrstuvwxyzABCD";
  for (unsigned i = 0; i < 40; i++) {
    /* Seven of a size, then a short one; two sizes; an empty one. */
    uv_buf_t buf = uv_buf_init(digits + i, i % 8 == 7 ? 1 : i < 20 ? 7 : 5);
    if (i == 33) buf.len = 0;
    if (i > 33) buf.base = digits;
    TRY(uv_udp_send(&many[i], &a, &buf, 1, to, on_many));
  }
}

static void pieces(uv_loop_t* loop) {
  bind_both(loop);
  MUST(uv_udp_recv_start(&b, alloc_large, on_recv));
  send_many(local(port_of_udp(&b)));
  for (int i = 0; i < 4; i++) TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_udp_connect(&a, local(port_of_udp(&b))));
  send_many(NULL);
  for (int i = 0; i < 4; i++) TRY(uv_run(loop, UV_RUN_NOWAIT));
  end(&a);
  end(&b);
}

static const struct scenario scenarios[] = {
  { "udp-talk", talk },           { "udp-partial", partial },
  { "udp-connected", connected }, { "udp-refused", refused },
  { "udp-arguments", arguments }, { "udp-batch", batch },
  { "udp-chunks", chunks },       { "udp-closing", closing },
  { "udp-pieces", pieces },
};
const struct family udp_family = { scenarios, COUNT(scenarios) };
