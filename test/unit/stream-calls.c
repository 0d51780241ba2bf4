/* SPDX-License-Identifier: MIT */
/* unit/stream-calls: by which system calls each kind of stream is read and
 * written. The linker sends the library's calls here first (`--wrap`). What
 * could break: a socket's call on what is no socket, a record that is not
 * ended, a broken connection that no longer tells by SIGPIPE, a descriptor
 * that becomes something else under the stream. */
#include "unix/net/stream/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/pass-fd.h"

/* --- The calls on one descriptor ------------------------------------------ */

static int watched_fd = -1;
static char calls[128]; /* Their names, each followed by a blank. */
static int refusal;     /* What recv(2) and send(2) fail with; 0: nothing. */

static void note(int fd, const char* name) {
  if (fd != watched_fd) return;
  size_t len = strlen(calls);
  snprintf(calls + len, sizeof(calls) - len, "%s ", name);
}

#define WRAP(name, parameters, arguments)                                      \
  ssize_t __real_##name parameters;                                            \
  ssize_t __wrap_##name parameters;                                            \
  ssize_t __wrap_##name parameters {                                           \
    note(fd, #name);                                                           \
    return __real_##name arguments;                                            \
  }

#define WRAP_REFUSED(name, parameters, arguments)                              \
  ssize_t __real_##name parameters;                                            \
  ssize_t __wrap_##name parameters;                                            \
  ssize_t __wrap_##name parameters {                                           \
    note(fd, #name);                                                           \
    if (refusal == 0 || fd != watched_fd) return __real_##name arguments;      \
    errno = refusal;                                                           \
    return -1;                                                                 \
  }

WRAP(read, (int fd, void* to, size_t n), (fd, to, n))
WRAP(write, (int fd, const void* from, size_t n), (fd, from, n))
WRAP(writev, (int fd, const struct iovec* v, int n), (fd, v, n))
WRAP_REFUSED(recv, (int fd, void* to, size_t n, int flags), (fd, to, n, flags))
WRAP_REFUSED(send, (int fd, const void* from, size_t n, int flags),
             (fd, from, n, flags))
WRAP_REFUSED(sendmsg, (int fd, const struct msghdr* m, int flags),
             (fd, m, flags))

/* --- One exchange --------------------------------------------------------- */

static uv_loop_t loop;
static union {
  uv_stream_t stream;
  uv_pipe_t pipe;
  uv_tcp_t tcp;
  uv_tty_t tty;
} one, other, third;
static char slab[8];
static ssize_t got;

static int setup(void** state) {
  (void) state;
  signal(SIGPIPE, SIG_IGN);
  watched_fd = -1;
  calls[0] = '\0';
  refusal = 0;
  return uv_loop_init(&loop);
}

static void close_all(uv_handle_t* handle, void* arg) {
  (void) arg;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

static int teardown(void** state) {
  (void) state;
  uv_walk(&loop, close_all, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  return uv_loop_close(&loop);
}

static void on_alloc(uv_handle_t* handle, size_t hint, uv_buf_t* buf) {
  (void) handle;
  (void) hint;
  *buf = uv_buf_init(slab, sizeof(slab));
}

static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void) buf;
  got = count;
  uv_read_stop(stream);
}

static void watch(const uv_stream_t* stream) {
  watched_fd = stream->io_watcher.fd;
  assert_int_not_equal(-1, watched_fd);
  calls[0] = '\0';
}

/* Write one buffer and two. */
static void write_thrice(uv_stream_t* stream) {
  uv_buf_t bufs[] = { uv_buf_init((char*) "ab", 2),
                      uv_buf_init((char*) "c", 1) };
  assert_int_equal(2, uv_try_write(stream, bufs, 1));
  assert_int_equal(3, uv_try_write(stream, bufs, 2));
}

/* Read what is there. */
static ssize_t read_some(uv_stream_t* stream) {
  got = 0;
  assert_int_equal(0, uv_read_start(stream, on_alloc, on_read));
  while (got == 0) uv_run(&loop, UV_RUN_ONCE);
  return got;
}

/* `stream` is written to, and read from while `peer_fd` has written to it. */
static void exchange(uv_stream_t* stream, int peer_fd) {
  watch(stream);
  write_thrice(stream);
  assert_int_equal(4, write(peer_fd, "back", 4));
  assert_int_equal(4, read_some(stream));
}

#define BY_SOCKET_CALLS "send sendmsg recv "
#define BY_FILE_CALLS "write writev read "

/* --- Sockets -------------------------------------------------------------- */

static void on_connection(uv_stream_t* server, int status) {
  assert_int_equal(0, status);
  assert_int_equal(0, uv_accept(server, &other.stream));
}

static void on_connect(uv_connect_t* req, int status) {
  assert_int_equal(0, status);
  req->data = req;
}

/* `one` has started to connect to the listener `third`; `other` accepts. */
static void check_both_ends(uv_connect_t* req) {
  req->data = NULL;
  while (req->data == NULL || other.stream.io_watcher.fd == -1)
    uv_run(&loop, UV_RUN_ONCE);

  exchange(&one.stream, other.stream.io_watcher.fd);
  assert_string_equal(BY_SOCKET_CALLS, calls);
  assert_int_equal(5, read(other.stream.io_watcher.fd, slab, sizeof(slab)));
  exchange(&other.stream, one.stream.io_watcher.fd);
  assert_string_equal(BY_SOCKET_CALLS, calls);
}

static void both_ends_of_a_tcp_connection(void** state) {
  (void) state;
  struct sockaddr_in addr = { .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
  int size = sizeof(addr);
  uv_connect_t req;
  assert_int_equal(0, uv_tcp_init(&loop, &one.tcp));
  assert_int_equal(0, uv_tcp_init(&loop, &other.tcp));
  assert_int_equal(0, uv_tcp_init(&loop, &third.tcp));
  const struct sockaddr* any = (const struct sockaddr*) &addr;
  assert_int_equal(0, uv_tcp_bind(&third.tcp, any, 0));
  assert_int_equal(0, uv_listen(&third.stream, 1, on_connection));
  assert_int_equal(
      0, uv_tcp_getsockname(&third.tcp, (struct sockaddr*) &addr, &size));
  assert_int_equal(0, uv_tcp_connect(&req, &one.tcp, any, on_connect));
  check_both_ends(&req);
}

static void both_ends_of_a_pipe_connection(void** state) {
  (void) state;
  char name[32]; /* Abstract, and so without a file. */
  int len =
      snprintf(name, sizeof(name), "%cstream-calls-%ld", 0, (long) getpid());
  uv_connect_t req;
  assert_int_equal(0, uv_pipe_init(&loop, &one.pipe, 0));
  assert_int_equal(0, uv_pipe_init(&loop, &other.pipe, 0));
  assert_int_equal(0, uv_pipe_init(&loop, &third.pipe, 0));
  assert_int_equal(0, uv_pipe_bind2(&third.pipe, name, (size_t) len, 0));
  assert_int_equal(0, uv_listen(&third.stream, 1, on_connection));
  assert_int_equal(
      0, uv_pipe_connect2(&req, &one.pipe, name, (size_t) len, 0, on_connect));
  check_both_ends(&req);
}

static void open_pair(int type, int fds[2]) {
  assert_int_equal(0, socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds));
  assert_int_equal(0, uv_pipe_init(&loop, &one.pipe, 0));
  assert_int_equal(0, uv_pipe_open(&one.pipe, fds[0]));
}

static void a_socket_that_the_user_opens(void** state) {
  (void) state;
  int fds[2];
  open_pair(SOCK_STREAM, fds);
  exchange(&one.stream, fds[1]);
  assert_string_equal(BY_SOCKET_CALLS, calls);
  close(fds[1]);
}

static void on_exit_close(uv_process_t* handle, int64_t status, int signum) {
  (void) status;
  (void) signum;
  uv_close((uv_handle_t*) handle, NULL);
}

static void the_pipe_of_a_child(void** state) {
  (void) state;
  static uv_process_t process;
  char* args[] = { (char*) "/bin/cat", NULL };
  uv_stdio_container_t stdio[2];
  for (int i = 0; i < 2; i++) {
    stdio[i].flags =
        UV_CREATE_PIPE | (i == 0 ? UV_READABLE_PIPE : UV_WRITABLE_PIPE);
    stdio[i].data.stream = i == 0 ? &one.stream : &other.stream;
    uv_pipe_t* pipe = i == 0 ? &one.pipe : &other.pipe;
    assert_int_equal(0, uv_pipe_init(&loop, pipe, 0));
  }
  const uv_process_options_t options = { .file = args[0],
                                         .args = args,
                                         .stdio = stdio,
                                         .stdio_count = 2,
                                         .exit_cb = on_exit_close };
  assert_int_equal(0, uv_spawn(&loop, &process, &options));
  watch(&one.stream);
  write_thrice(&one.stream);
  assert_string_equal("send sendmsg ", calls);
  watch(&other.stream);
  assert_true(read_some(&other.stream) > 0);
  assert_string_equal("recv ", calls);
}

static void an_empty_write_is_a_write(void** state) {
  (void) state;
  int fds[2];
  open_pair(SOCK_STREAM, fds);
  watch(&one.stream);
  uv_buf_t none = uv_buf_init(slab, 0);
  assert_int_equal(0, uv_try_write(&one.stream, &none, 1));
  assert_string_equal("send ", calls);
  close(fds[1]);
}

/* --- A connection that is gone -------------------------------------------- */

static volatile sig_atomic_t sigpipes;

static void on_sigpipe(int number) {
  (void) number;
  sigpipes++;
}

/* libuv leaves the signal to the program, and some programs live by it. */
static void a_broken_connection_still_raises_sigpipe(void** state) {
  (void) state;
  int fds[2];
  open_pair(SOCK_STREAM, fds);
  close(fds[1]);
  signal(SIGPIPE, on_sigpipe);
  sigpipes = 0;
  uv_buf_t bufs[] = { uv_buf_init(slab, 1), uv_buf_init(slab, 1) };
  assert_int_equal(UV_EPIPE, uv_try_write(&one.stream, bufs, 1));
  assert_int_equal(1, sigpipes);
  assert_int_equal(UV_EPIPE, uv_try_write(&one.stream, bufs, 2));
  assert_int_equal(2, sigpipes);
}

/* --- Not sockets ---------------------------------------------------------- */

static void both_ends_of_a_fifo(void** state) {
  (void) state;
  int fds[2];
  assert_int_equal(0, pipe(fds));
  assert_int_equal(0, uv_pipe_init(&loop, &one.pipe, 0));
  assert_int_equal(0, uv_pipe_open(&one.pipe, fds[0]));
  assert_int_equal(0, uv_pipe_init(&loop, &other.pipe, 0));
  assert_int_equal(0, uv_pipe_open(&other.pipe, fds[1]));
  watch(&other.stream);
  write_thrice(&other.stream);
  assert_string_equal("write writev ", calls);
  watch(&one.stream);
  assert_int_equal(5, read_some(&one.stream));
  assert_string_equal("read ", calls);
}

static void a_terminal(void** state) {
  (void) state;
  int master_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master_fd < 0 || grantpt(master_fd) != 0 || unlockpt(master_fd) != 0) {
    print_message("skipped: no pseudo terminal can be had here\n");
    skip();
  }
  int fd = open(ptsname(master_fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
  assert_true(fd >= 0);
  assert_int_equal(0, uv_tty_init(&loop, &one.tty, fd, 0));
  assert_int_equal(0, uv_tty_set_mode(&one.tty, UV_TTY_MODE_RAW));
  exchange(&one.stream, master_fd);
  assert_string_equal(BY_FILE_CALLS, calls);
  close(fd);
  close(master_fd);
}

/* write(2) ends a record there, send(2) without MSG_EOR does not. */
static void a_socket_of_records(void** state) {
  (void) state;
  int fds[2];
  open_pair(SOCK_SEQPACKET, fds);
  exchange(&one.stream, fds[1]);
  assert_string_equal(BY_FILE_CALLS, calls);
  close(fds[1]);
}

/* Send `fd` over `peer_fd` to the pipe `other`, and accept it as `one`. */
static void pass(int peer_fd, int fd) {
  assert_int_equal(1, pass_fd(peer_fd, fd));
  assert_int_equal(1, read_some(&other.stream));
  assert_int_equal(0, uv_pipe_init(&loop, &one.pipe, 0));
  assert_int_equal(0, uv_accept(&other.stream, &one.stream));
}

static void a_descriptor_that_was_received(void** state) {
  (void) state;
  int ipc[2];
  int fifo[2];
  int pair[2];
  assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ipc));
  assert_int_equal(0, uv_pipe_init(&loop, &other.pipe, 1));
  assert_int_equal(0, uv_pipe_open(&other.pipe, ipc[0]));

  assert_int_equal(0, pipe(fifo));
  pass(ipc[1], fifo[1]);
  watch(&one.stream);
  write_thrice(&one.stream);
  assert_string_equal("write writev ", calls);
  uv_close((uv_handle_t*) &one.stream, NULL);
  uv_run(&loop, UV_RUN_NOWAIT);

  assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  pass(ipc[1], pair[1]);
  exchange(&one.stream, pair[0]);
  assert_string_equal(BY_SOCKET_CALLS, calls);
  close(ipc[1]);
  for (int i = 0; i < 2; i++) close(fifo[i]), close(pair[i]);
}

/* --- When the knowledge becomes wrong ------------------------------------- */

static void a_file_in_the_place_of_the_socket(void** state) {
  (void) state;
  int fds[2];
  open_pair(SOCK_STREAM, fds);
  int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
  assert_int_equal(fds[0], dup2(null_fd, fds[0]));
  watch(&one.stream);
  write_thrice(&one.stream);
  /* The stream is told once. */
  assert_string_equal("send write writev ", calls);
  close(null_fd);
  close(fds[1]);
}

static void a_policy_that_allows_no_socket_calls(void** state) {
  (void) state;
  static const int refusals[] = { ENOSYS, EPERM, EACCES };
  for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
    int fds[2];
    open_pair(SOCK_STREAM, fds);
    refusal = refusals[i];
    exchange(&one.stream, fds[1]);
    assert_string_equal("send write writev read ", calls);
    refusal = 0;
    uv_close((uv_handle_t*) &one.stream, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
    close(fds[1]);
  }
}

static void an_error_of_the_connection_is_no_refusal(void** state) {
  (void) state;
  int fds[2];
  open_pair(SOCK_STREAM, fds);
  watch(&one.stream);
  refusal = ECONNRESET;
  uv_buf_t buf = uv_buf_init(slab, 1);
  assert_int_equal(UV_ECONNRESET, uv_try_write(&one.stream, &buf, 1));
  assert_string_equal("send ", calls);
  close(fds[1]);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
  static const struct CMUnitTest tests[] = {
    TEST(both_ends_of_a_tcp_connection),
    TEST(both_ends_of_a_pipe_connection),
    TEST(a_socket_that_the_user_opens),
    TEST(the_pipe_of_a_child),
    TEST(an_empty_write_is_a_write),
    TEST(a_broken_connection_still_raises_sigpipe),
    TEST(both_ends_of_a_fifo),
    TEST(a_terminal),
    TEST(a_socket_of_records),
    TEST(a_descriptor_that_was_received),
    TEST(a_file_in_the_place_of_the_socket),
    TEST(a_policy_that_allows_no_socket_calls),
    TEST(an_error_of_the_connection_is_no_refusal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
