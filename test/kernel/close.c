/* SPDX-License-Identifier: MIT */
/* Closing. What could break: a ring request that keeps the open file (the peer
 * sees no end, the port stays taken), an event that finds the next owner of the
 * number, a descriptor that the program closed itself, a handle that is touched
 * after its own callback closed it. */
#include "common.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned calls;
static int last_status;

static void on_poll(uv_poll_t* handle, int status, int events) {
  (void) events;
  calls++;
  last_status = status;
  if (handle->data != NULL) drain(*(int*) handle->data);
}

/* So many events in a row make a watcher hot. */
static void make_hot(uv_poll_t* handle, int fd, int far_fd) {
  handle->data = &fd;
  for (unsigned i = 0; i < 5; i++) {
    unsigned before = calls;
    put(far_fd);
    while (calls == before) uv_run(&loop, UV_RUN_ONCE);
  }
  handle->data = NULL;
}

static bool sees_end(int fd) {
  char byte;
  return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void the_peer_sees_the_end_at_once(void** state) {
  (void) state;
  need_wanted_monitor();
  for (int is_hot = 0; is_hot < 2; is_hot++) {
    int fds[2];
    static uv_poll_t handle;
    make_pair(fds);
    uv_poll_init(&loop, &handle, fds[0]);
    uv_poll_start(&handle, UV_READABLE, on_poll);
    handle.data = NULL;
    uv_run(&loop, UV_RUN_NOWAIT);
    if (is_hot) make_hot(&handle, fds[0], fds[1]);
    uv_run(&loop, UV_RUN_NOWAIT); /* Armed. */
    uv_poll_stop(&handle);
    close(fds[0]);
    assert_true(sees_end(fds[1]));
    uv_close((uv_handle_t*) &handle, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    close(fds[1]);
  }
}

static void on_alloc(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  static char buffer[512];
  (void) handle;
  (void) size;
  *buf = uv_buf_init(buffer, sizeof(buffer));
}

static void on_read(uv_stream_t* stream, ssize_t nread, const uv_buf_t* buf) {
  (void) stream;
  (void) buf;
  calls += nread > 0;
}

static void a_closed_stream_ends_within_uv_close(void** state) {
  (void) state;
  need_wanted_monitor();
  int fds[2];
  static uv_pipe_t pipe;
  make_pair(fds);
  uv_pipe_init(&loop, &pipe, 0);
  assert_int_equal(0, uv_pipe_open(&pipe, fds[0]));
  uv_read_start((uv_stream_t*) &pipe, on_alloc, on_read);
  calls = 0;
  for (unsigned i = 0; i < 10; i++) {
    put(fds[1]);
    while (calls <= i) uv_run(&loop, UV_RUN_ONCE);
  }
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_close((uv_handle_t*) &pipe, NULL);
  assert_true(sees_end(fds[1]));
  uv_run(&loop, UV_RUN_DEFAULT);
  close(fds[1]);
}

static void on_connection(uv_stream_t* server, int status) {
  (void) server;
  assert_int_equal(0, status);
  calls++;
}

static void the_port_of_a_closed_listener_is_free(void** state) {
  (void) state;
  need_wanted_monitor();
  struct sockaddr_in addr;
  uv_ip4_addr("127.0.0.1", 0, &addr);
  for (int i = 0; i < 20; i++) {
    static uv_tcp_t server;
    uv_tcp_init(&loop, &server);
    assert_int_equal(0, uv_tcp_bind(&server, (struct sockaddr*) &addr, 0));
    assert_int_equal(0, uv_listen((uv_stream_t*) &server, 8, on_connection));
    int size = sizeof(addr);
    uv_tcp_getsockname(&server, (struct sockaddr*) &addr, &size);
    uv_run(&loop, UV_RUN_NOWAIT);
    uv_close((uv_handle_t*) &server, NULL);
    static uv_tcp_t
        next; /* Before the closing phase: only close(2) has happened. */
    uv_tcp_init(&loop, &next);
    assert_int_equal(0, uv_tcp_bind(&next, (struct sockaddr*) &addr, 0));
    assert_int_equal(0, uv_listen((uv_stream_t*) &next, 8, on_connection));
    uv_close((uv_handle_t*) &next, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
  }
}

static void a_reused_number_hears_nothing_of_its_past(void** state) {
  (void) state;
  need_wanted_monitor();
  for (int i = 0; i < 50; i++) {
    int old[2], new[2];
    static uv_poll_t first, second;
    make_pair(old);
    uv_poll_init(&loop, &first, old[0]);
    first.data = NULL;
    uv_poll_start(&first, UV_READABLE, on_poll);
    uv_run(&loop, UV_RUN_NOWAIT);
    if (i % 2 == 0) make_hot(&first, old[0], old[1]);
    put(old[1]); /* Ready, and not yet collected. */
    uv_poll_stop(&first);
    make_pair(new);
    assert_int_equal(old[0], dup2(new[0], old[0]));
    uv_poll_init(&loop, &second, old[0]);
    second.data = NULL;
    calls = 0;
    uv_poll_start(&second, UV_READABLE, on_poll);
    for (int n = 0; n < 3; n++) uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(0, calls);
    put(new[1]);
    while (calls == 0) uv_run(&loop, UV_RUN_ONCE);
    uv_close((uv_handle_t*) &first, NULL);
    uv_close((uv_handle_t*) &second, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    for (int n = 0; n < 2; n++) close(new[n]);
    for (int n = 0; n < 2; n++) close(old[n]);
  }
}

static void a_number_closed_behind_our_back_harms_nobody(void** state) {
  (void) state;
  need_wanted_monitor();
  for (int is_hot = 0; is_hot < 3; is_hot++) {
    int fds[2], other[2];
    static uv_poll_t gone, healthy;
    make_pair(fds);
    make_pair(other);
    uv_poll_init(&loop, &gone, fds[0]);
    uv_poll_init(&loop, &healthy, other[0]);
    gone.data = healthy.data = NULL;
    uv_poll_start(&gone, UV_READABLE, on_poll);
    if (is_hot > 0) uv_run(&loop, UV_RUN_NOWAIT);
    if (is_hot > 1) make_hot(&gone, fds[0], fds[1]);
    close(fds[0]);
    calls = 0;
    for (int i = 0; i < 5; i++) uv_run(&loop, UV_RUN_NOWAIT);
    assert_in_range(calls, 0, 1); /* Told once, or the kernel says nothing. */
    if (calls == 1) assert_int_equal(UV_EBADF, last_status);
    healthy.data = &other[0];
    uv_poll_start(&healthy, UV_READABLE, on_poll);
    calls = 0;
    put(other[1]);
    while (calls == 0) uv_run(&loop, UV_RUN_ONCE);
    uv_close((uv_handle_t*) &gone, NULL);
    uv_close((uv_handle_t*) &healthy, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    close(fds[1]);
    for (int n = 0; n < 2; n++) close(other[n]);
  }
}

static void closing_a_namesake_leaves_the_watcher_alone(void** state) {
  (void) state;
  need_wanted_monitor();
  int fds[2];
  static uv_poll_t watcher, namesake;
  make_pair(fds);
  uv_poll_init(&loop, &watcher, fds[0]);
  uv_poll_init(&loop, &namesake, fds[0]);
  watcher.data = NULL;
  assert_int_equal(0, uv_poll_start(&watcher, UV_READABLE, on_poll));
  assert_int_equal(UV_EEXIST, uv_poll_start(&namesake, UV_READABLE, on_poll));
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_close((uv_handle_t*) &namesake, NULL);
  uv_run(&loop, UV_RUN_NOWAIT);
  calls = 0;
  put(fds[1]);
  uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(1, calls);
  uv_close((uv_handle_t*) &watcher, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  for (int n = 0; n < 2; n++) close(fds[n]);
}

/* --- In its own callback -------------------------------------------------- */

/* Each handle is memory of its own, freed in its close callback: a later touch
 * is an error under the address sanitizer. */
static unsigned alive;

static void on_closed(uv_handle_t* handle) {
  free(handle);
  alive--;
}

static void* make(size_t size) {
  void* handle = calloc(1, size);
  assert_non_null(handle);
  alive++;
  return handle;
}

static void close_self(void* handle) {
  uv_close(handle, on_closed);
}

static void own_timer(uv_timer_t* handle) {
  close_self(handle);
}
static void own_idle(uv_idle_t* handle) {
  close_self(handle);
}
static void own_prepare(uv_prepare_t* handle) {
  close_self(handle);
}
static void own_check(uv_check_t* handle) {
  close_self(handle);
}
static void own_async(uv_async_t* handle) {
  close_self(handle);
}

static void own_signal(uv_signal_t* handle, int signum) {
  assert_int_equal(SIGUSR2, signum);
  close_self(handle);
}

static void own_poll(uv_poll_t* handle, int status, int events) {
  (void) status;
  (void) events;
  close_self(handle);
}

static void own_read(uv_stream_t* stream, ssize_t nread, const uv_buf_t* buf) {
  (void) nread;
  (void) buf;
  if (!uv_is_closing((uv_handle_t*) stream)) close_self(stream);
}

static void own_recv(uv_udp_t* handle, ssize_t nread, const uv_buf_t* buf,
                     const struct sockaddr* addr, unsigned flags) {
  (void) nread;
  (void) buf;
  (void) addr;
  (void) flags;
  if (!uv_is_closing((uv_handle_t*) handle)) close_self(handle);
}

static void own_exit(uv_process_t* handle, int64_t status, int signum) {
  (void) status;
  (void) signum;
  close_self(handle);
}

static void own_fs_event(uv_fs_event_t* handle, const char* name, int events,
                         int status) {
  (void) name;
  (void) events;
  (void) status;
  if (!uv_is_closing((uv_handle_t*) handle)) close_self(handle);
}

static void own_fs_poll(uv_fs_poll_t* handle, int status, const uv_stat_t* prev,
                        const uv_stat_t* curr) {
  (void) status;
  (void) prev;
  (void) curr;
  close_self(handle);
}

static void own_connection(uv_stream_t* server, int status) {
  (void) status;
  close_self(server);
}

static void simple_handles_close_themselves(void** state) {
  (void) state;
  alive = 0;
  uv_timer_t* timer = make(sizeof(*timer));
  uv_timer_init(&loop, timer);
  uv_timer_start(timer, own_timer, 1, 1);
  uv_idle_t* idle = make(sizeof(*idle));
  uv_idle_init(&loop, idle);
  uv_idle_start(idle, own_idle);
  uv_prepare_t* prepare = make(sizeof(*prepare));
  uv_prepare_init(&loop, prepare);
  uv_prepare_start(prepare, own_prepare);
  uv_check_t* check = make(sizeof(*check));
  uv_check_init(&loop, check);
  uv_check_start(check, own_check);
  uv_async_t* async = make(sizeof(*async));
  uv_async_init(&loop, async, own_async);
  uv_async_send(async);
  uv_signal_t* signal = make(sizeof(*signal));
  uv_signal_init(&loop, signal);
  uv_signal_start(signal, own_signal, SIGUSR2);
  raise(SIGUSR2);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(0, alive);
}

static void io_handles_close_themselves(void** state) {
  (void) state;
  alive = 0;
  int fds[2], pipes[2];
  make_pair(fds);
  make_pair(pipes);
  uv_poll_t* poll_handle = make(sizeof(*poll_handle));
  uv_poll_init(&loop, poll_handle, fds[0]);
  uv_poll_start(poll_handle, UV_READABLE | UV_WRITABLE, own_poll);
  uv_pipe_t* pipe = make(sizeof(*pipe));
  uv_pipe_init(&loop, pipe, 0);
  uv_pipe_open(pipe, pipes[0]);
  uv_read_start((uv_stream_t*) pipe, on_alloc, own_read);
  put(pipes[1]);
  struct sockaddr_in addr;
  int size = sizeof(addr);
  uv_ip4_addr("127.0.0.1", 0, &addr);
  uv_udp_t* udp = make(sizeof(*udp));
  uv_udp_init(&loop, udp);
  assert_int_equal(0, uv_udp_bind(udp, (struct sockaddr*) &addr, 0));
  uv_udp_getsockname(udp, (struct sockaddr*) &addr, &size);
  uv_udp_recv_start(udp, on_alloc, own_recv);
  uv_buf_t buf = uv_buf_init((char*) "x", 1);
  assert_int_equal(1, uv_udp_try_send(udp, &buf, 1, (struct sockaddr*) &addr));
  uv_tcp_t* server = make(sizeof(*server));
  uv_tcp_init(&loop, server);
  uv_ip4_addr("127.0.0.1", 0, &addr);
  uv_tcp_bind(server, (struct sockaddr*) &addr, 0);
  uv_listen((uv_stream_t*) server, 8, own_connection);
  uv_tcp_getsockname(server, (struct sockaddr*) &addr, &size);
  int client_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  connect(client_fd, (struct sockaddr*) &addr, sizeof(addr));
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(0, alive);
  close(client_fd);
  for (int n = 0; n < 2; n++) close(fds[n]);
  close(pipes[1]);
}

static void touch_file(uv_timer_t* timer) {
  FILE* file = fopen(timer->data, "a");
  assert_non_null(file);
  fputs("more", file);
  fclose(file);
  if (alive <= 1) close_self(timer); /* The others have heard of it. */
}

static void file_and_child_handles_close_themselves(void** state) {
  (void) state;
  alive = 0;
  char path[] = "/tmp/pollux-close-XXXXXX";
  close(mkstemp(path));
  uv_fs_event_t* event = make(sizeof(*event));
  uv_fs_event_init(&loop, event);
  assert_int_equal(0, uv_fs_event_start(event, own_fs_event, path, 0));
  uv_fs_poll_t* poll_handle = make(sizeof(*poll_handle));
  uv_fs_poll_init(&loop, poll_handle);
  assert_int_equal(0, uv_fs_poll_start(poll_handle, own_fs_poll, path, 5));
  uv_process_t* child = make(sizeof(*child));
  char* args[] = { (char*) "true", NULL };
  uv_process_options_t options = { .exit_cb = own_exit,
                                   .file = "true",
                                   .args = args };
  assert_int_equal(0, uv_spawn(&loop, child, &options));
  uv_timer_t* timer = make(sizeof(*timer));
  uv_timer_init(&loop, timer);
  timer->data = path;
  uv_timer_start(timer, touch_file, 10, 10);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(0, alive);
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    T(the_peer_sees_the_end_at_once),
    T(a_closed_stream_ends_within_uv_close),
    T(the_port_of_a_closed_listener_is_free),
    T(a_reused_number_hears_nothing_of_its_past),
    T(a_number_closed_behind_our_back_harms_nobody),
    T(closing_a_namesake_leaves_the_watcher_alone),
    T(simple_handles_close_themselves),
    T(io_handles_close_themselves),
    T(file_and_child_handles_close_themselves),
#undef T
  };
  return cmocka_run_group_tests_name("close", tests, NULL, NULL);
}
