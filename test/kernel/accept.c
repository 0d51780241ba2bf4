/* SPDX-License-Identifier: MIT */
/* How many connections a wake-up takes: several if the listening socket is ours
 * alone, one if others may accept from it, and none before the last is taken.
 * What could break: a process that idles beside one that takes all, a callback
 * after the close, handles that wait behind a flood. */
#include "common.h"

#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENTS = 40, PER_WAKE_MAX = 16 };

static union {
  uv_stream_t stream;
  uv_tcp_t tcp;
  uv_pipe_t pipe;
} server;
static uv_tcp_t accepted[CLIENTS];
static int client_fds[CLIENTS], client_count;
static int calls;
static bool takes;
static struct sockaddr_storage address;
static socklen_t address_size;
static char path[64];

static void on_connection(uv_stream_t* listener, int status) {
  assert_int_equal(0, status);
  uv_tcp_t* client = &accepted[calls++];
  if (!takes) return;
  assert_int_equal(0, uv_tcp_init(&loop, client));
  assert_int_equal(0, uv_accept(listener, (uv_stream_t*) client));
}

static int start(void** state) {
  calls = 0;
  client_count = 0;
  takes = true;
  path[0] = '\0';
  memset(&server, 0, sizeof(server));
  return set_up(state);
}

static int end(void** state) {
  for (int i = 0; i < client_count; i++) close(client_fds[i]);
  return tear_down(state);
}

static void note_tcp_address(void) {
  int size = sizeof(address);
  assert_int_equal(
      0, uv_tcp_getsockname(&server.tcp, (struct sockaddr*) &address, &size));
  address_size = (socklen_t) size;
}

static void bind_tcp(void) {
  struct sockaddr_in any;
  uv_ip4_addr("127.0.0.1", 0, &any);
  assert_int_equal(0, uv_tcp_init(&loop, &server.tcp));
  assert_int_equal(0, uv_tcp_bind(&server.tcp, (struct sockaddr*) &any, 0));
}

static void listen_tcp(uv_connection_cb cb) {
  assert_int_equal(0, uv_listen(&server.stream, 2 * CLIENTS, cb));
  note_tcp_address();
}

/* All wait before the loop looks. */
static void connect_clients(int count) {
  for (int i = 0; i < count; i++) {
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(0, connect(fd, (struct sockaddr*) &address, address_size));
    client_fds[client_count++] = fd;
  }
}

/* Callbacks in one turn of the loop. */
static int turn(void) {
  int before = calls;
  uv_run(&loop, UV_RUN_NOWAIT);
  return calls - before;
}

static void one_at_a_time(int count) {
  for (int i = 0; i < count; i++) assert_int_equal(1, turn());
  assert_int_equal(0, turn());
}

/* --- Alone --------------------------------------------------------------- */

static void take_all(void) {
  connect_clients(CLIENTS);
  int turns = 0;
  for (; calls < CLIENTS; turns++) {
    int taken = turn();
    assert_true(taken >= 1);
    assert_true(taken <= PER_WAKE_MAX); /* Others get their turn. */
  }
  assert_true(turns <= 4);
  assert_int_equal(0, turn());
}

static void a_burst_is_taken_in_few_wake_ups(void** state) {
  (void) state;
  need_wanted_monitor();
  bind_tcp();
  listen_tcp(on_connection);
  take_all();
}

static void a_burst_on_a_pipe_is_taken_in_few_wake_ups(void** state) {
  (void) state;
  need_wanted_monitor();
  snprintf(path, sizeof(path), "/tmp/pollux-accept-%ld", (long) getpid());
  struct sockaddr_un* name = (struct sockaddr_un*) &address;
  memset(name, 0, sizeof(*name));
  name->sun_family = AF_UNIX;
  snprintf(name->sun_path, sizeof(name->sun_path), "%s", path);
  address_size = sizeof(*name);
  assert_int_equal(0, uv_pipe_init(&loop, &server.pipe, 0));
  assert_int_equal(0, uv_pipe_bind(&server.pipe, path));
  assert_int_equal(0, uv_listen(&server.stream, 2 * CLIENTS, on_connection));
  take_all();
}

static void who_does_not_take_a_connection_is_told_of_no_other(void** state) {
  (void) state;
  need_wanted_monitor();
  bind_tcp();
  listen_tcp(on_connection);
  takes = false;
  connect_clients(5);
  assert_int_equal(1, turn());
  for (int i = 0; i < 5; i++) assert_int_equal(0, turn());
  takes = true;
  assert_int_equal(0, uv_tcp_init(&loop, &accepted[0]));
  assert_int_equal(0, uv_accept(&server.stream, (uv_stream_t*) &accepted[0]));
  while (calls < 5) assert_true(turn() >= 1);
  assert_int_equal(0, turn());
}

static void close_at_third(uv_stream_t* listener, int status) {
  on_connection(listener, status);
  if (calls == 3) uv_close((uv_handle_t*) listener, NULL);
}

static void a_closed_server_is_not_called_again(void** state) {
  (void) state;
  need_wanted_monitor();
  bind_tcp();
  listen_tcp(close_at_third);
  connect_clients(10);
  for (int i = 0; i < 5; i++) turn();
  assert_int_equal(3, calls);
}

static void stop_the_loop(uv_stream_t* listener, int status) {
  on_connection(listener, status);
  uv_stop(&loop);
}

static void a_stopped_loop_takes_no_more(void** state) {
  (void) state;
  need_wanted_monitor();
  bind_tcp();
  listen_tcp(stop_the_loop);
  connect_clients(4);
  one_at_a_time(4);
}

static void listen_again(uv_stream_t* listener, int status) {
  on_connection(listener, status);
  assert_int_equal(1, calls);
  assert_int_equal(0, uv_listen(listener, 2 * CLIENTS, on_connection));
}

static void a_new_callback_gets_the_next_connection(void** state) {
  (void) state;
  need_wanted_monitor();
  bind_tcp();
  listen_tcp(listen_again);
  connect_clients(4);
  while (calls < 4) assert_true(turn() >= 1);
}

/* A second accept that was in vain, again and again, holds up no burst. */
static void single_connections_are_not_held_back(void** state) {
  (void) state;
  need_wanted_monitor();
  bind_tcp();
  listen_tcp(on_connection);
  for (int i = 0; i < 20; i++) {
    connect_clients(1);
    assert_int_equal(1, turn());
  }
  connect_clients(20);
  int turns = 0;
  for (; calls < 40; turns++) assert_true(turn() >= 1);
  assert_true(turns < 20);
}

/* --- Shared -------------------------------------------------------------- */

static void a_descriptor_that_was_shown_shares(void** state) {
  (void) state;
  need_wanted_monitor();
  bind_tcp();
  listen_tcp(on_connection);
  uv_os_fd_t fd;
  assert_int_equal(0, uv_fileno((uv_handle_t*) &server, &fd));
  connect_clients(10);
  one_at_a_time(10);
}

static void a_descriptor_that_was_brought_along_shares(void** state) {
  (void) state;
  need_wanted_monitor();
  struct sockaddr_in any;
  uv_ip4_addr("127.0.0.1", 0, &any);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(0, bind(fd, (struct sockaddr*) &any, sizeof(any)));
  assert_int_equal(0, uv_tcp_init(&loop, &server.tcp));
  assert_int_equal(0, uv_tcp_open(&server.tcp, fd));
  listen_tcp(on_connection);
  connect_clients(10);
  one_at_a_time(10);
}

static int do_nothing(void) {
  return 0;
}

static void a_process_that_forked_shares(void** state) {
  (void) state;
  need_wanted_monitor();
  bind_tcp();
  listen_tcp(on_connection);
  assert_int_equal(0, run_child(do_nothing));
  connect_clients(10);
  one_at_a_time(10);
}

static void show_at_third(uv_stream_t* listener, int status) {
  on_connection(listener, status);
  uv_os_fd_t fd;
  if (calls == 3) assert_int_equal(0, uv_fileno((uv_handle_t*) listener, &fd));
}

static void showing_it_in_a_callback_ends_the_burst(void** state) {
  (void) state;
  need_wanted_monitor();
  bind_tcp();
  listen_tcp(show_at_third);
  connect_clients(10);
  assert_int_equal(3, turn());
  one_at_a_time(7);
}

/* The second entry is wrong, so that no process is made: the fork of one would
 * count by itself. */
static void a_listener_offered_to_a_child_shares(void** state) {
  (void) state;
  need_wanted_monitor();
  bind_tcp();
  listen_tcp(on_connection);
  uv_stdio_container_t stdio[] = {
    { .flags = UV_INHERIT_STREAM, .data.stream = &server.stream },
    { .flags = UV_INHERIT_STREAM, .data.stream = NULL },
  };
  char* args[] = { "true", NULL };
  uv_process_options_t options = {
    .file = "true", .args = args, .stdio = stdio, .stdio_count = 2
  };
  static uv_process_t child; /* To be closed all the same. */
  assert_int_equal(UV_EINVAL, uv_spawn(&loop, &child, &options));
  connect_clients(10);
  one_at_a_time(10);
}

static void on_passed(uv_write_t* req, int status) {
  (void) req;
  assert_int_equal(0, status);
}

static void a_listener_sent_elsewhere_shares(void** state) {
  (void) state;
  need_wanted_monitor();
  bind_tcp();
  listen_tcp(on_connection);
  int fds[2];
  make_pair(fds);
  uv_pipe_t channel;
  uv_write_t req;
  uv_buf_t word = uv_buf_init("x", 1);
  assert_int_equal(0, uv_pipe_init(&loop, &channel, 1));
  assert_int_equal(0, uv_pipe_open(&channel, fds[0]));
  assert_int_equal(0, uv_write2(&req, (uv_stream_t*) &channel, &word, 1,
                                &server.stream, on_passed));
  uv_close((uv_handle_t*) &channel, NULL);
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_run(&loop, UV_RUN_NOWAIT);
  connect_clients(10);
  one_at_a_time(10);
  close(fds[1]);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, start, end)
  const struct CMUnitTest tests[] = {
    T(a_burst_is_taken_in_few_wake_ups),
    T(a_burst_on_a_pipe_is_taken_in_few_wake_ups),
    T(who_does_not_take_a_connection_is_told_of_no_other),
    T(a_closed_server_is_not_called_again),
    T(a_stopped_loop_takes_no_more),
    T(a_new_callback_gets_the_next_connection),
    T(single_connections_are_not_held_back),
    T(a_descriptor_that_was_shown_shares),
    T(a_descriptor_that_was_brought_along_shares),
    T(a_process_that_forked_shares),
    T(showing_it_in_a_callback_ends_the_burst),
    T(a_listener_offered_to_a_child_shares),
    T(a_listener_sent_elsewhere_shares),
  };
#undef T
  return cmocka_run_group_tests(tests, NULL, NULL);
}
