/* SPDX-License-Identifier: MIT */
/* No descriptor is left: every function that needs one says UV_EMFILE, and the
 * loop turns on what it has. Afterwards all can be had again. */
#include "misuse.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void sockets(void** state) {
  (void) state;
  static uv_tcp_t tcp, no_tcp;
  static uv_udp_t udp, no_udp;
  static uv_connect_t req;
  uv_udp_send_t send_req;
  uv_buf_t buf = uv_buf_init((char*) "x", 1);
  uv_tcp_init(&loop, &tcp);
  uv_udp_init(&loop, &udp);
  refuse_fds();
  ANSWERS(UV_EMFILE, uv_tcp_init_ex(&loop, &no_tcp, AF_INET));
  ANSWERS(UV_EMFILE, uv_tcp_bind(&tcp, local_addr(), 0));
  ANSWERS(UV_EMFILE, uv_tcp_connect(&req, &tcp, local_addr(), NULL));
  ANSWERS(UV_EMFILE, uv_listen((uv_stream_t*) &tcp, 1, no_connection));
  ANSWERS(UV_EMFILE, uv_udp_init_ex(&loop, &no_udp, AF_INET));
  ANSWERS(UV_EMFILE, uv_udp_bind(&udp, local_addr(), 0));
  ANSWERS(UV_EMFILE, uv_udp_connect(&udp, local_addr()));
  ANSWERS(UV_EMFILE, uv_udp_recv_start(&udp, no_alloc, no_recv));
  ANSWERS(UV_EMFILE, uv_udp_send(&send_req, &udp, &buf, 1, local_addr(), NULL));
  ANSWERS(UV_EMFILE, uv_udp_try_send(&udp, &buf, 1, local_addr()));
  ANSWERS(UV_EMFILE,
          uv_udp_set_membership(&udp, "239.1.1.1", NULL, UV_JOIN_GROUP));
  turn();
  allow_fds();
  ANSWERS(0, uv_tcp_bind(&tcp, local_addr(), 0));
  ANSWERS(0, uv_udp_bind(&udp, local_addr(), 0));
}

static bool is_over;
static int end_status;

static void on_connect(uv_connect_t* req, int status) {
  (void) req;
  end_status = status;
  is_over = true;
}

static void pipes(void** state) {
  (void) state;
  static uv_pipe_t pipe;
  static uv_connect_t req;
  const char* path = free_path();
  uv_pipe_init(&loop, &pipe, 0);
  is_over = false;
  refuse_fds();
  ANSWERS(UV_EMFILE, uv_pipe_bind(&pipe, path));
  SURVIVES(uv_pipe_connect(&req, &pipe, path, on_connect));
  run_until(&is_over);
  allow_fds();
  assert_int_equal(UV_EMFILE, end_status);
  ANSWERS(0, uv_pipe_bind(&pipe, path));
}

static void loops(void** state) {
  (void) state;
  uv_loop_t another;
  refuse_fds();
  ANSWERS(UV_EMFILE, uv_loop_init(&another));
  turn();
  allow_fds();
}

static void programs(void** state) {
  (void) state;
  static uv_process_t child;
  static uv_pipe_t pipe;
  char* args[] = { (char*) "true", NULL };
  uv_pipe_init(&loop, &pipe, 0);
  uv_stdio_container_t stdio[1] = {
    { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
      .data.stream = (uv_stream_t*) &pipe },
  };
  uv_process_options_t options = {
    .file = "true",
    .args = args,
    .stdio = stdio,
    .stdio_count = 1,
  };
  refuse_fds();
  ANSWERS(UV_EMFILE, uv_spawn(&loop, &child, &options));
  turn();
  allow_fds();
  uv_close((uv_handle_t*) &child, NULL);
}

static void on_end(uv_fs_t* req) {
  (void) req;
  is_over = true;
}

static void files(void** state) {
  (void) state;
  uv_fs_t req;
  const char* path = free_path();
  refuse_fds();
  ANSWERS(UV_EMFILE, uv_fs_open(&loop, &req, "/", O_RDONLY, 0, NULL));
  uv_fs_req_cleanup(&req);
  ANSWERS(UV_EMFILE, uv_fs_opendir(&loop, &req, "/", NULL));
  uv_fs_req_cleanup(&req);
  ANSWERS(UV_EMFILE, uv_fs_scandir(&loop, &req, "/", 0, NULL));
  uv_fs_req_cleanup(&req);
  ANSWERS(UV_EMFILE, uv_fs_copyfile(&loop, &req, "/etc/passwd", path, 0, NULL));
  uv_fs_req_cleanup(&req);
  ANSWERS(UV_EMFILE,
          uv_fs_mkstemp(&loop, &req, "/tmp/pollux-misuse-XXXXXX", NULL));
  uv_fs_req_cleanup(&req);
  is_over = false;
  ANSWERS(0, uv_fs_open(&loop, &req, "/", O_RDONLY, 0, on_end));
  run_until(&is_over);
  allow_fds();
  assert_int_equal(UV_EMFILE, req.result);
  uv_fs_req_cleanup(&req);
}

/* --- Listeners ------------------------------------------------------------ */

static void note_connection(uv_stream_t* server, int status) {
  (void) server;
  end_status = status;
  is_over = true;
}

/* Waiting peers are refused, or the listener is told; it does not spin. */
static void a_listener_with_guests(void** state) {
  (void) state;
  static uv_tcp_t tcp;
  static uv_timer_t timer;
  struct sockaddr_in addr;
  int size = sizeof(addr);
  uv_tcp_init(&loop, &tcp);
  uv_tcp_bind(&tcp, local_addr(), 0);
  ANSWERS(0, uv_listen((uv_stream_t*) &tcp, 8, note_connection));
  uv_tcp_getsockname(&tcp, (void*) &addr, &size);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(0, connect(fd, (void*) &addr, sizeof(addr)));
  is_over = false;
  refuse_fds();
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, no_timer, 20, 0);
  uint64_t before_ns = cpu_ns();
  while (uv_is_active((uv_handle_t*) &timer)) uv_run(&loop, UV_RUN_ONCE);
  uint64_t took_ns = cpu_ns() - before_ns;
  allow_fds();
  assert_true(took_ns < 15 * UINT64_C(1000000));
  assert_true(!is_over || end_status == UV_EMFILE);
  close(fd);
  fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  is_over = false;
  assert_int_equal(0, connect(fd, (void*) &addr, sizeof(addr)));
  run_until(&is_over); /* The next guest is welcome. */
  assert_int_equal(0, end_status);
  close(fd);
}

/* --- Less than there is --------------------------------------------------- */

static int polled_count;

static void count_poll(uv_poll_t* handle, int status, int events) {
  (void) events;
  if (status == 0) polled_count++;
  uv_poll_stop(handle);
  is_over = true;
}

/* poll(2) refuses to look at more descriptors than may be opened. */
static void a_limit_below_what_is_open(void** state) {
  (void) state;
  static uv_poll_t handle;
  int fds[2];
  make_pair(fds);
  assert_int_equal(0, uv_poll_init(&loop, &handle, fds[0]));
  assert_int_equal(0, uv_poll_start(&handle, UV_READABLE, count_poll));
  turn();
  struct rlimit before, none;
  getrlimit(RLIMIT_NOFILE, &before);
  none = before;
  none.rlim_cur = 0;
  setrlimit(RLIMIT_NOFILE, &none);
  put(fds[1]);
  is_over = false;
  polled_count = 0;
  turn();
  setrlimit(RLIMIT_NOFILE, &before);
  run_until(&is_over); /* Then or now. */
  assert_int_equal(1, polled_count);
  uv_close((uv_handle_t*) &handle, NULL);
  turn();
  for (int n = 0; n < 2; n++) close(fds[n]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(sockets),
    T(pipes),
    T(loops),
    T(programs),
    T(files),
    T(a_listener_with_guests),
    T(a_limit_below_what_is_open),
  };
  return cmocka_run_group_tests_name("out-of-fds", tests, NULL, NULL);
}
