/* SPDX-License-Identifier: MIT */
/* Wrong arguments and bad descriptors, at every kind of entry. What could break:
 * an abort where the documentation has an error code, a loop that is of no use
 * afterwards. Each test ends with a loop that still does its work. */
#include "common.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLOSED_FD = 900 }; /* Nothing opens so many here. */

static void finish(void) {
  close_all(&loop);
  assert_int_equal(0, work_out(&loop));
}

static void on_poll(uv_poll_t* handle, int status, int events) {
  (void) handle;
  (void) status;
  (void) events;
}

static int open_file(void) {
  char path[] = "/tmp/pollux-misuse-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  unlink(path);
  return fd;
}

static void poll_handles(void** state) {
  (void) state;
  need_wanted_monitor();
  int file_fd = open_file();
  int fds[2];
  make_pair(fds);
  static uv_poll_t handle, bad;
  assert_int_equal(UV_EBADF, uv_poll_init(&loop, &bad, CLOSED_FD));
  assert_int_equal(UV_EBADF, uv_poll_init(&loop, &bad, -1));
  assert_int_equal(UV_EPERM, uv_poll_init(&loop, &bad, file_fd));
  assert_int_equal(0, uv_poll_init(&loop, &handle, fds[0]));
  assert_int_equal(UV_EINVAL, uv_poll_start(&handle, 1 << 12, on_poll));
  assert_int_equal(0, uv_poll_stop(&handle));
  assert_int_equal(0, uv_poll_start(&handle, UV_READABLE, on_poll));
  assert_int_equal(UV_EEXIST, uv_poll_init(&loop, &bad, fds[0]));
  uv_close((uv_handle_t*) &handle, NULL);
  assert_int_equal(UV_EINVAL, uv_poll_start(&handle, UV_READABLE, on_poll));
  finish();
  close(file_fd);
  for (int n = 0; n < 2; n++) close(fds[n]);
}

static void on_timer(uv_timer_t* handle) {
  (void) handle;
}

static void timers(void** state) {
  (void) state;
  need_wanted_monitor();
  static uv_timer_t timer;
  uv_timer_init(&loop, &timer);
  assert_int_equal(UV_EINVAL, uv_timer_start(&timer, NULL, 1, 0));
  assert_int_equal(UV_EINVAL, uv_timer_again(&timer));
  assert_int_equal(0, uv_timer_stop(&timer));
  uv_close((uv_handle_t*) &timer, NULL);
  assert_int_equal(UV_EINVAL, uv_timer_start(&timer, on_timer, 1, 0));
  finish();
}

static void phase_handles(void** state) {
  (void) state;
  need_wanted_monitor();
  static uv_idle_t idle;
  static uv_prepare_t prepare;
  static uv_check_t check;
  uv_idle_init(&loop, &idle);
  uv_prepare_init(&loop, &prepare);
  uv_check_init(&loop, &check);
  assert_int_equal(UV_EINVAL, uv_idle_start(&idle, NULL));
  assert_int_equal(UV_EINVAL, uv_prepare_start(&prepare, NULL));
  assert_int_equal(UV_EINVAL, uv_check_start(&check, NULL));
  finish();
}

static void on_signal(uv_signal_t* handle, int signum) {
  (void) handle;
  (void) signum;
}

static void signals(void** state) {
  (void) state;
  need_wanted_monitor();
  static uv_signal_t handle;
  assert_int_equal(0, uv_signal_init(&loop, &handle));
  assert_int_equal(UV_EINVAL, uv_signal_start(&handle, on_signal, 0));
  assert_int_equal(UV_EINVAL, uv_signal_start(&handle, on_signal, SIGKILL));
  assert_int_equal(UV_EINVAL, uv_signal_start(&handle, on_signal, 12345));
  assert_int_equal(0, uv_signal_stop(&handle));
  assert_int_equal(UV_ESRCH, uv_kill(0x7ffffff0, 0));
  assert_int_equal(UV_EINVAL, uv_kill(getpid(), 12345));
  finish();
}

static void on_alloc(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  (void) handle;
  (void) size;
  *buf = uv_buf_init(NULL, 0);
}

static void on_read(uv_stream_t* stream, ssize_t nread, const uv_buf_t* buf) {
  (void) stream;
  (void) nread;
  (void) buf;
}

static void streams(void** state) {
  (void) state;
  need_wanted_monitor();
  int file_fd = open_file();
  static uv_tcp_t tcp;
  static uv_pipe_t pipe;
  uv_stream_t* stream = (uv_stream_t*) &tcp;
  assert_int_equal(UV_EINVAL, uv_tcp_init_ex(&loop, &tcp, 12345));
  assert_int_equal(0, uv_tcp_init(&loop, &tcp));
  assert_int_equal(0, uv_pipe_init(&loop, &pipe, 0));
  assert_int_equal(UV_EBADF, uv_tcp_open(&tcp, CLOSED_FD));
  assert_int_equal(UV_EBADF, uv_pipe_open(&pipe, CLOSED_FD));
  assert_int_equal(UV_ENOTCONN, uv_read_start(stream, on_alloc, on_read));
  assert_int_equal(UV_EINVAL, uv_read_start(stream, NULL, on_read));
  assert_int_equal(UV_EINVAL, uv_read_start(NULL, on_alloc, on_read));
  assert_int_equal(0, uv_read_stop(stream));
  uv_buf_t buf = uv_buf_init((char*) "x", 1);
  uv_write_t write_req;
  uv_shutdown_t shutdown_req;
  assert_int_equal(UV_EBADF, uv_write(&write_req, stream, &buf, 1, NULL));
  assert_int_equal(UV_EBADF, uv_try_write(stream, &buf, 1));
  assert_int_equal(UV_ENOTCONN, uv_shutdown(&shutdown_req, stream, NULL));
  uv_os_fd_t fd;
  assert_int_equal(UV_EBADF, uv_fileno((uv_handle_t*) &tcp, &fd));
  struct sockaddr_storage addr;
  int size = sizeof(addr);
  assert_int_equal(UV_EBADF, uv_tcp_getsockname(&tcp, (void*) &addr, &size));
  memset(&addr, 0, sizeof(addr));
  addr.ss_family = 77;
  assert_int_equal(UV_EINVAL, uv_tcp_bind(&tcp, (void*) &addr, 0));
  uv_connect_t connect_req;
  assert_int_equal(
      UV_EINVAL, uv_tcp_connect(&connect_req, &tcp, (void*) &addr, NULL));
  uv_close((uv_handle_t*) &tcp, NULL);
  assert_int_equal(UV_EINVAL, uv_read_start(stream, on_alloc, on_read));
  finish();
  close(file_fd);
}

static void on_recv(uv_udp_t* handle, ssize_t nread, const uv_buf_t* buf,
                    const struct sockaddr* addr, unsigned flags) {
  (void) handle;
  (void) nread;
  (void) buf;
  (void) addr;
  (void) flags;
}

static void datagrams(void** state) {
  (void) state;
  need_wanted_monitor();
  static uv_udp_t udp;
  struct sockaddr_storage addr = { .ss_family = 77 };
  uv_buf_t buf = uv_buf_init((char*) "x", 1);
  assert_int_equal(UV_EINVAL, uv_udp_init_ex(&loop, &udp, 12345));
  assert_int_equal(0, uv_udp_init(&loop, &udp));
  assert_int_equal(UV_EBADF, uv_udp_open(&udp, CLOSED_FD));
  assert_int_equal(UV_EINVAL, uv_udp_bind(&udp, (void*) &addr, 0));
  assert_int_equal(UV_EINVAL, uv_udp_recv_start(&udp, NULL, on_recv));
  assert_int_equal(UV_EINVAL, uv_udp_try_send(&udp, &buf, 1, (void*) &addr));
  assert_int_equal(UV_EDESTADDRREQ, uv_udp_try_send(&udp, &buf, 1, NULL));
  assert_int_equal(UV_EBADF, uv_udp_set_ttl(&udp, 1));
  assert_int_equal(0, uv_udp_recv_stop(&udp));
  finish();
}

static void on_event(uv_fs_event_t* handle, const char* name, int events,
                     int status) {
  (void) handle;
  (void) name;
  (void) events;
  (void) status;
}

static void watched_files(void** state) {
  (void) state;
  need_wanted_monitor();
  static uv_fs_event_t event;
  static uv_fs_poll_t fs_poll;
  char path[64];
  size_t size = 0;
  uv_fs_event_init(&loop, &event);
  uv_fs_poll_init(&loop, &fs_poll);
  assert_int_equal(UV_ENOENT,
                   uv_fs_event_start(&event, on_event, "/nowhere/x", 0));
  assert_int_equal(UV_EINVAL, uv_fs_event_getpath(&event, path, &size));
  assert_int_equal(0, uv_fs_event_stop(&event));
  assert_int_equal(0, uv_fs_poll_stop(&fs_poll));
  finish();
}

static void processes(void** state) {
  (void) state;
  need_wanted_monitor();
  static uv_process_t child;
  char* args[] = { (char*) "/nowhere/x", NULL };
  uv_process_options_t options = { .file = args[0], .args = args };
  assert_int_equal(UV_ENOENT, uv_spawn(&loop, &child, &options));
  uv_close((uv_handle_t*) &child, NULL);
  finish();
}

static void files(void** state) {
  (void) state;
  need_wanted_monitor();
  uv_fs_t req;
  char byte;
  uv_buf_t buf = uv_buf_init(&byte, 1);
  assert_int_equal(UV_EBADF,
                   uv_fs_read(&loop, &req, CLOSED_FD, &buf, 1, 0, NULL));
  uv_fs_req_cleanup(&req);
  assert_int_equal(UV_EINVAL, uv_fs_read(&loop, &req, 0, NULL, 0, 0, NULL));
  assert_int_equal(UV_EINVAL, uv_fs_read(&loop, NULL, 0, &buf, 1, 0, NULL));
  assert_int_equal(UV_EBADF, uv_fs_close(&loop, &req, CLOSED_FD, NULL));
  uv_fs_req_cleanup(&req);
  assert_int_equal(UV_ENOENT,
                   uv_fs_open(&loop, &req, "/nowhere/x", O_RDONLY, 0, NULL));
  uv_fs_req_cleanup(&req);
  assert_int_equal(UV_ENOENT, uv_fs_stat(&loop, &req, "/nowhere/x", NULL));
  uv_fs_req_cleanup(&req);
  finish();
}

static void after_work(uv_work_t* req, int status) {
  (void) req;
  (void) status;
}

static void requests(void** state) {
  (void) state;
  need_wanted_monitor();
  uv_work_t work;
  uv_getaddrinfo_t info;
  uv_random_t random;
  assert_int_equal(UV_EINVAL, uv_queue_work(&loop, &work, NULL, after_work));
  assert_int_equal(UV_EINVAL,
                   uv_getaddrinfo(&loop, &info, NULL, NULL, NULL, NULL));
  assert_int_equal(UV_EINVAL, uv_random(&loop, &random, NULL, 1, 1, NULL));
  finish();
}

static void loops(void** state) {
  (void) state;
  need_wanted_monitor();
  static uv_timer_t timer;
  uv_timer_init(&loop, &timer);
  assert_int_equal(UV_EBUSY, uv_loop_close(&loop));
  assert_int_equal(UV_ENOSYS, uv_loop_configure(&loop, (uv_loop_option) 99));
  assert_int_equal(
      UV_EINVAL, uv_loop_configure(&loop, UV_LOOP_BLOCK_SIGNAL, SIGUSR1));
  assert_int_equal(UV_EINVAL, pollux_counters(&loop, NULL, 8));
  pollux_counters_t counters;
  assert_int_equal(UV_EINVAL, pollux_counters(&loop, &counters, 0));
  assert_int_equal(0, pollux_counters(&loop, &counters, sizeof(counters) / 2));
  int value = 0;
  assert_int_equal(UV_ENOTSUP,
                   uv_send_buffer_size((uv_handle_t*) &timer, &value));
  uv_os_fd_t fd;
  assert_int_equal(UV_EINVAL, uv_fileno((uv_handle_t*) &timer, &fd));
  finish();
}

/* --- Descriptors that go bad under a handle ------------------------------- */

static int read_error;

static void note_error(uv_stream_t* stream, ssize_t nread,
                       const uv_buf_t* buf) {
  (void) buf;
  if (nread >= 0) return;
  read_error = (int) nread;
  uv_close((uv_handle_t*) stream, NULL);
}

static void give_buffer(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  static char buffer[64];
  (void) handle;
  (void) size;
  *buf = uv_buf_init(buffer, sizeof(buffer));
}

static void a_stream_whose_number_is_closed(void** state) {
  (void) state;
  need_wanted_monitor();
  int fds[2];
  static uv_pipe_t pipe;
  make_pair(fds);
  uv_pipe_init(&loop, &pipe, 0);
  assert_int_equal(0, uv_pipe_open(&pipe, fds[0]));
  uv_read_start((uv_stream_t*) &pipe, give_buffer, note_error);
  read_error = 0;
  close(fds[0]); /* Before the kernel was told of it. */
  for (int i = 0; i < 5; i++) uv_run(&loop, UV_RUN_NOWAIT);
  assert_true(read_error == UV_EBADF || read_error == 0);
  close_all(&loop);
  close(fds[1]);
  finish();
}

static void the_loops_own_descriptor_is_closed(void** state) {
  (void) state;
  need_wanted_monitor();
  static uv_timer_t timer;
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, on_timer, 20, 0);
  int copy_fd = dup(uv_backend_fd(&loop));
  close(uv_backend_fd(&loop)); /* As a careless daemon does to all it has. */
  uint64_t before_ns = cpu_ns();
  while (uv_is_active((uv_handle_t*) &timer)) uv_run(&loop, UV_RUN_ONCE);
  assert_true(cpu_ns() - before_ns < 15 * UINT64_C(1000000));
  dup2(copy_fd, uv_backend_fd(&loop));
  close(copy_fd);
  finish();
}

static void no_descriptor_is_left(void** state) {
  (void) state;
  need_wanted_monitor();
  struct rlimit limit, before;
  getrlimit(RLIMIT_NOFILE, &before);
  limit = before;
  int next_fd = dup(0);
  close(next_fd);
  limit.rlim_cur = (rlim_t) next_fd;
  setrlimit(RLIMIT_NOFILE, &limit);
  static uv_tcp_t tcp;
  static uv_udp_t udp;
  static uv_pipe_t pipe;
  static uv_process_t child;
  uv_fs_t req;
  struct sockaddr_in addr;
  uv_loop_t another;
  uv_ip4_addr("127.0.0.1", 0, &addr);
  uv_tcp_init(&loop, &tcp);
  uv_udp_init(&loop, &udp);
  uv_pipe_init(&loop, &pipe, 0);
  assert_int_equal(UV_EMFILE, uv_tcp_bind(&tcp, (void*) &addr, 0));
  assert_int_equal(UV_EMFILE, uv_udp_bind(&udp, (void*) &addr, 0));
  assert_int_equal(UV_EMFILE, uv_pipe_bind(&pipe, "/tmp/pollux-no-fd"));
  assert_int_equal(UV_EMFILE, uv_loop_init(&another));
  assert_int_equal(UV_EMFILE,
                   uv_fs_open(&loop, &req, "/", O_RDONLY, 0, NULL));
  uv_fs_req_cleanup(&req);
  char* args[] = { (char*) "true", NULL };
  uv_process_options_t options = { .file = "true", .args = args };
  assert_true(uv_spawn(&loop, &child, &options) < 0);
  uv_close((uv_handle_t*) &child, NULL);
  uv_run(&loop, UV_RUN_NOWAIT);
  setrlimit(RLIMIT_NOFILE, &before);
  finish();
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    T(poll_handles),
    T(timers),
    T(phase_handles),
    T(signals),
    T(streams),
    T(datagrams),
    T(watched_files),
    T(processes),
    T(files),
    T(requests),
    T(loops),
    T(a_stream_whose_number_is_closed),
    T(the_loops_own_descriptor_is_closed),
    T(no_descriptor_is_left),
#undef T
  };
  return cmocka_run_group_tests_name("misuse", tests, NULL, NULL);
}
