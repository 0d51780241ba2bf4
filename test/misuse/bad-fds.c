/* SPDX-License-Identifier: MIT */
/* Descriptors closed behind the loop's back, and descriptors of the wrong kind
 * under a handle. Each is dropped or reported, the loop neither ends nor spins.
 * Before the kernel was told of the descriptor, after, and when it has been
 * busy: monitors look after busy ones in another way. */
#include "misuse.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { UNKNOWN, KNOWN, BUSY, STATE_COUNT };

static int told; /* What the handle was told; 1: nothing. */
static int told_count;

static void give_buffer(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  static char buffer[64];
  (void) handle;
  (void) size;
  *buf = uv_buf_init(buffer, sizeof(buffer));
}

static void note_read(uv_stream_t* stream, ssize_t nread, const uv_buf_t* buf) {
  (void) stream;
  (void) buf;
  if (nread == 0) return;
  told = (int) nread;
  told_count++;
}

static void note_recv(uv_udp_t* handle, ssize_t nread, const uv_buf_t* buf,
                      const struct sockaddr* addr, unsigned flags) {
  (void) handle;
  (void) buf;
  (void) addr;
  (void) flags;
  if (nread == 0) return;
  told = (int) nread;
  told_count++;
}

static void accept_connection(uv_stream_t* server, int status) {
  static uv_tcp_t guests[8];
  static unsigned next;
  told = status;
  told_count++;
  if (status != 0) return;
  uv_tcp_t* guest = &guests[next++ % 8];
  uv_tcp_init(&loop, guest);
  assert_int_equal(0, uv_accept(server, (uv_stream_t*) guest));
  uv_close((uv_handle_t*) guest, NULL);
}

/* A client connects, and goes. */
static void visit(uv_tcp_t* server) {
  struct sockaddr_in addr;
  int size = sizeof(addr);
  assert_int_equal(0, uv_tcp_getsockname(server, (void*) &addr, &size));
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(0, connect(fd, (void*) &addr, sizeof(addr)));
  turn();
  close(fd);
}

/* A datagram of the handle to itself. */
static void write_home(uv_udp_t* udp) {
  struct sockaddr_in addr;
  int size = sizeof(addr);
  uv_buf_t byte = uv_buf_init((char*) "x", 1);
  assert_int_equal(0, uv_udp_getsockname(udp, (void*) &addr, &size));
  assert_int_equal(1, uv_udp_try_send(udp, &byte, 1, (void*) &addr));
  turn();
}

static int fd_of(void* handle) {
  uv_os_fd_t fd;
  assert_int_equal(0, uv_fileno(handle, &fd));
  return fd;
}

/* The descriptor of `handle` goes; then 20 ms of the loop's life. */
static void lose(void* handle, bool is_known) {
  static uv_timer_t timer;
  told = 1;
  told_count = 0;
  if (is_known) turn();
  close(fd_of(handle));
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, no_timer, 20, 0);
  uint64_t before_ns = cpu_ns();
  while (uv_is_active((uv_handle_t*) &timer)) uv_run(&loop, UV_RUN_ONCE);
  assert_true(cpu_ns() - before_ns < 15 * UINT64_C(1000000));
  assert_true(told == 1 || told == UV_EBADF);
  assert_true(told_count <= 1);
  uv_close(handle, NULL);
  close_all(&loop);
}

static void a_pipe_that_reads(void** state) {
  (void) state;
  static uv_pipe_t pipe;
  for (int how = UNKNOWN; how < STATE_COUNT; how++) {
    int fds[2];
    make_pair(fds);
    uv_pipe_init(&loop, &pipe, 0);
    assert_int_equal(0, uv_pipe_open(&pipe, fds[0]));
    ANSWERS(0, uv_read_start((uv_stream_t*) &pipe, give_buffer, note_read));
    for (int n = 0; n < 5 && how == BUSY; n++) {
      put(fds[1]);
      turn();
    }
    lose(&pipe, how != UNKNOWN);
    close(fds[1]);
  }
}

static void a_listener(void** state) {
  (void) state;
  static uv_tcp_t tcp;
  for (int how = UNKNOWN; how < STATE_COUNT; how++) {
    uv_tcp_init(&loop, &tcp);
    uv_tcp_bind(&tcp, local_addr(), 0);
    ANSWERS(0, uv_listen((uv_stream_t*) &tcp, 8, accept_connection));
    for (int n = 0; n < 5 && how == BUSY; n++) visit(&tcp);
    lose(&tcp, how != UNKNOWN);
  }
}

static void a_socket_that_receives(void** state) {
  (void) state;
  static uv_udp_t udp;
  for (int how = UNKNOWN; how < STATE_COUNT; how++) {
    uv_udp_init(&loop, &udp);
    uv_udp_bind(&udp, local_addr(), 0);
    ANSWERS(0, uv_udp_recv_start(&udp, give_buffer, note_recv));
    for (int n = 0; n < 5 && how == BUSY; n++) write_home(&udp);
    lose(&udp, how != UNKNOWN);
  }
}

static uv_write_t write_req;
static bool is_written;

static void on_write(uv_write_t* req, int status) {
  (void) req;
  told = status;
  is_written = true;
}

static void a_pipe_that_writes(void** state) {
  (void) state;
  static uv_pipe_t pipe;
  static char much[1 << 20];
  for (int is_known = 0; is_known < 2; is_known++) {
    int fds[2];
    make_pair(fds);
    uv_pipe_init(&loop, &pipe, 0);
    assert_int_equal(0, uv_pipe_open(&pipe, fds[0]));
    uv_buf_t buf = uv_buf_init(much, sizeof(much));
    is_written = false;
    ANSWERS(0, uv_write(&write_req, (uv_stream_t*) &pipe, &buf, 1, on_write));
    if (is_known) turn();
    close(fds[0]);
    turn();
    uv_close((uv_handle_t*) &pipe, NULL);
    run_until(&is_written); /* By now at the latest. */
    assert_true(told == UV_EBADF || told == UV_ECANCELED);
    close(fds[1]);
  }
}

static uv_connect_t connect_req;

static void on_connect(uv_connect_t* req, int status) {
  (void) req;
  told = status;
  is_written = true;
}

static void a_socket_that_connects(void** state) {
  (void) state;
  static uv_tcp_t tcp;
  int server_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in addr;
  socklen_t len = sizeof(addr);
  assert_int_equal(0, bind(server_fd, local_addr(), sizeof(addr)));
  assert_int_equal(0, listen(server_fd, 1));
  getsockname(server_fd, (struct sockaddr*) &addr, &len);
  uv_tcp_init(&loop, &tcp);
  is_written = false;
  ANSWERS(0, uv_tcp_connect(&connect_req, &tcp, (struct sockaddr*) &addr,
                            on_connect));
  close(fd_of(&tcp));
  run_until(&is_written);
  assert_int_equal(UV_EBADF, told);
  close(server_fd);
}

/* A number that another handle has opened by now. */
static void a_number_that_went_to_another_handle(void** state) {
  (void) state;
  static uv_udp_t udp;
  static uv_pipe_t pipe;
  int fds[2];
  make_pair(fds);
  uv_pipe_init(&loop, &pipe, 0);
  assert_int_equal(0, uv_pipe_open(&pipe, fds[0]));
  assert_int_equal(0,
                   uv_read_start((uv_stream_t*) &pipe, give_buffer, note_read));
  turn();
  close(fds[0]);
  uv_udp_init(&loop, &udp);
  assert_int_equal(0, uv_udp_bind(&udp, local_addr(), 0));
  if (fd_of(&udp) == fds[0])
    ANSWERS(UV_EEXIST, uv_udp_recv_start(&udp, give_buffer, note_recv));
  turn();
  close(fds[1]);
}

static void a_file_under_a_stream(void** state) {
  (void) state;
  static uv_pipe_t pipe;
  static uv_tcp_t tcp;
  uv_pipe_init(&loop, &pipe, 0);
  uv_tcp_init(&loop, &tcp);
  ANSWERS(0, uv_pipe_open(&pipe, open_file()));
  ANSWERS(0, uv_tcp_open(&tcp, open_file()));
  told = 1;
  ANSWERS(0, uv_read_start((uv_stream_t*) &pipe, give_buffer, note_read));
  ANSWERS(0, uv_read_start((uv_stream_t*) &tcp, give_buffer, note_read));
  turn();
  assert_true(told < 0); /* The end, or an error. */
}

static void the_loops_own_descriptor(void** state) {
  (void) state;
  static uv_timer_t timer;
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, no_timer, 20, 0);
  int backend_fd = uv_backend_fd(&loop);
  int copy_fd = dup(backend_fd);
  close(backend_fd); /* As a careless daemon does to all it has. */
  ANSWERS(backend_fd, uv_backend_fd(&loop));
  uint64_t before_ns = cpu_ns();
  while (uv_is_active((uv_handle_t*) &timer)) uv_run(&loop, UV_RUN_ONCE);
  assert_true(cpu_ns() - before_ns < 15 * UINT64_C(1000000));
  dup2(copy_fd, backend_fd);
  close(copy_fd);
}

/* --- All at once ---------------------------------------------------------- */

static void on_event(uv_fs_event_t* handle, const char* name, int events,
                     int status) {
  (void) handle;
  (void) name;
  (void) events;
  (void) status;
}

/* As a daemon does that closes all it was not told of, ours among them. */
static int lose_everything(void) {
  uv_loop_fork(&loop); /* We are the child. */
  static uv_timer_t timer;
  static uv_tcp_t tcp;
  static uv_udp_t udp;
  static uv_signal_t signals;
  static uv_fs_event_t event;
  static uv_async_t async;
  uv_timer_init(&loop, &timer);
  uv_tcp_init(&loop, &tcp);
  uv_tcp_bind(&tcp, local_addr(), 0);
  uv_udp_init(&loop, &udp);
  uv_signal_init(&loop, &signals);
  uv_fs_event_init(&loop, &event);
  uv_async_init(&loop, &async, NULL);
  assert_int_equal(0, uv_listen((uv_stream_t*) &tcp, 1, no_connection));
  assert_int_equal(0, uv_udp_recv_start(&udp, no_alloc, no_recv));
  assert_int_equal(0, uv_signal_start(&signals, no_signal, SIGUSR1));
  assert_int_equal(0, uv_fs_event_start(&event, on_event, "/tmp", 0));
  turn();
  for (int fd = 3; fd < 1024; fd++) close(fd);
  raise(SIGUSR1);
  ANSWERS(0, uv_async_send(&async));
  uv_timer_start(&timer, no_timer, 20, 0);
  uint64_t before_ns = cpu_ns();
  while (uv_is_active((uv_handle_t*) &timer)) uv_run(&loop, UV_RUN_ONCE);
  if (cpu_ns() - before_ns > 15 * UINT64_C(1000000)) return 2;
  close_all(&loop);
  return uv_loop_close(&loop) != 0;
}

static void every_descriptor_of_the_process(void** state) {
  (void) state;
  assert_int_equal(0, run_child(lose_everything));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(a_pipe_that_reads),
    T(a_listener),
    T(a_socket_that_receives),
    T(a_pipe_that_writes),
    T(a_socket_that_connects),
    T(a_number_that_went_to_another_handle),
    T(a_file_under_a_stream),
    T(the_loops_own_descriptor),
    T(every_descriptor_of_the_process),
  };
  return cmocka_run_group_tests_name("bad-fds", tests, NULL, NULL);
}
