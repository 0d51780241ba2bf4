/* SPDX-License-Identifier: MIT */
/* A process that has closed its standard descriptors, all of them or one. What
 * could break:
 *  - the kernel gives their numbers to the library's own descriptors, and a
 *    program that opens /dev/null in their place overwrites those;
 *  - a descriptor that the library has made is left open at uv_close(), because
 *    its number is a standard one, and the peer waits for the end;
 *  - a child gets other descriptors than it was promised.
 *
 * Each body runs in a child, once for each set of closed descriptors. stderr
 * may be one of them: a body tells what went wrong on a copy of it. */
#include "common.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* For bodies, which assert nothing: cmocka's way out is the parent's. */
#define NEED(condition)                                                        \
  do {                                                                         \
    if (!(condition)) return failed_at(__LINE__, #condition);                  \
  } while (0)

static FILE* messages;

static int failed_at(int line, const char* condition) {
  fprintf(messages, "standard.c:%d: %s\n", line, condition);
  fflush(messages);
  return 1;
}

/* --- Sets of closed descriptors ------------------------------------------- */

/* One bit for each descriptor. */
static const unsigned sets[] = { 1, 2, 4, 3, 5, 6, 7 };
static unsigned closed;
static int (*body)(void);

static bool is_open(int fd) {
  return fcntl(fd, F_GETFD) != -1;
}

static bool is_in_set(int fd) {
  return fd >= 0 && fd <= 2 && (closed & 1u << fd) != 0;
}

/* All of the set are closed, now. */
static bool set_is_free(void) {
  for (int fd = 0; fd <= 2; fd++)
    if (is_in_set(fd) && is_open(fd)) return false;
  return true;
}

static int lowest_of_set(void) {
  int fd = 0;
  while (!is_in_set(fd)) fd++;
  return fd;
}

static int close_set_and_run(void) {
  for (int fd = 0; fd <= 2; fd++)
    if (is_in_set(fd)) close(fd);
  return body();
}

static void for_each_set(int (*what)(void)) {
  need_wanted_monitor();
  int messages_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100);
  assert_true(messages_fd >= 0);
  messages = fdopen(messages_fd, "w");
  assert_non_null(messages);
  body = what;
  for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
    closed = sets[i];
    print_message("closed: %s%s%s\n", closed & 1 ? "0 " : "",
                  closed & 2 ? "1 " : "", closed & 4 ? "2 " : "");
    assert_int_equal(0, run_child(close_set_and_run));
  }
  fclose(messages);
}

/* --- The library's own ---------------------------------------------------- */

static void on_signal(uv_signal_t* handle, int signum) {
  (void) handle;
  (void) signum;
}

static void on_change(uv_fs_event_t* handle, const char* name, int events,
                      int status) {
  (void) handle;
  (void) name;
  (void) events;
  (void) status;
}

static int exit_code = -1;

static void on_exit_note(uv_process_t* handle, int64_t status, int signum) {
  exit_code = signum != 0 ? 256 + signum : (int) status;
  uv_close((uv_handle_t*) handle, NULL);
}

static void on_connection(uv_stream_t* server, int status) {
  (void) server;
  (void) status;
}

static void on_alloc(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  static char room[4096];
  (void) handle;
  (void) size;
  *buf = uv_buf_init(room, sizeof(room));
}

static size_t text_len;
static char text[256];

static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  if (count < 0) {
    uv_close((uv_handle_t*) stream, NULL);
    return;
  }
  if ((size_t) count > sizeof(text) - 1 - text_len) return;
  memcpy(text + text_len, buf->base, (size_t) count);
  text_len += (size_t) count;
}

static int fileno_of(const void* handle) {
  uv_os_fd_t fd = -1;
  (void) uv_fileno(handle, &fd);
  return fd;
}

/* A child that echoes, on two pipes; `pipes` are to be closed by the reads. */
static int spawn_echo(uv_loop_t* which, uv_process_t* process,
                      uv_pipe_t pipes[2]) {
  static uv_stdio_container_t stdio[3];
  static char* args[] = { (char*) "/bin/cat", NULL };
  const uv_process_options_t options = { .file = args[0],
                                         .args = args,
                                         .stdio = stdio,
                                         .stdio_count = 3,
                                         .exit_cb = on_exit_note };
  stdio[0].flags = (uv_stdio_flags) (UV_CREATE_PIPE | UV_READABLE_PIPE);
  stdio[1].flags = (uv_stdio_flags) (UV_CREATE_PIPE | UV_WRITABLE_PIPE);
  stdio[2].flags = UV_IGNORE;
  for (int i = 0; i < 2; i++) {
    uv_pipe_init(which, &pipes[i], 0);
    stdio[i].data.stream = (uv_stream_t*) &pipes[i];
  }
  exit_code = -1;
  text_len = 0;
  int rc = uv_spawn(which, process, &options);
  if (rc != 0) return rc;
  uv_buf_t buf = uv_buf_init((char*) "hello", 5);
  if (uv_try_write((uv_stream_t*) &pipes[0], &buf, 1) != 5) return UV_EIO;
  return uv_read_start((uv_stream_t*) &pipes[1], on_alloc, on_read);
}

/* All that makes descriptors for itself. */
static int use_all(uv_loop_t* which) {
  static uv_signal_t signal_handle;
  static uv_fs_event_t event;
  static uv_process_t process;
  static uv_pipe_t server, pipes[2];
  static char name[64];
  NEED(set_is_free());
  NEED(uv_signal_init(which, &signal_handle) == 0);
  NEED(uv_signal_start(&signal_handle, on_signal, SIGUSR1) == 0);
  NEED(set_is_free());
  NEED(uv_fs_event_init(which, &event) == 0);
  NEED(uv_fs_event_start(&event, on_change, "/tmp", 0) == 0);
  NEED(set_is_free());
  NEED(spawn_echo(which, &process, pipes) == 0);
  NEED(fileno_of(&pipes[0]) > 2 && fileno_of(&pipes[1]) > 2);
  NEED(set_is_free());
  uv_close((uv_handle_t*) &pipes[0], NULL);
  while (exit_code == -1) uv_run(which, UV_RUN_ONCE);
  NEED(exit_code == 0);
  NEED(set_is_free());

  /* The listener's socket is the user's to see: as the kernel numbers it. The
   * reserve beside it is not. */
  snprintf(name, sizeof(name), "/tmp/pollux-standard-%d", (int) getpid());
  NEED(uv_pipe_init(which, &server, 0) == 0);
  NEED(uv_pipe_bind(&server, name) == 0);
  const int server_fd = fileno_of(&server);
  NEED(server_fd == lowest_of_set());
  NEED(uv_listen((uv_stream_t*) &server, 8, on_connection) == 0);
  uv_run(which, UV_RUN_NOWAIT);
  for (int fd = server_fd + 1; fd <= 2; fd++)
    NEED(!is_in_set(fd) || !is_open(fd));

  uv_close((uv_handle_t*) &server, NULL);
  uv_close((uv_handle_t*) &event, NULL);
  uv_close((uv_handle_t*) &signal_handle, NULL);
  uv_run(which, UV_RUN_DEFAULT);
  NEED(set_is_free());
  return 0;
}

static int own_descriptors(void) {
  uv_loop_t own;
  NEED(uv_loop_init(&own) == 0);
  NEED(set_is_free());
  NEED(uv_backend_fd(&own) > 2);
  int rc = use_all(&own);
  if (rc != 0) return rc;
  NEED(uv_loop_close(&own) == 0);
  return 0;
}

static void the_librarys_own_descriptors_are_above_the_standard_ones(
    void** state) {
  (void) state;
  for_each_set(own_descriptors);
}

/* The standard numbers are the only free ones. */
static int no_room_above(void) {
  uv_loop_t own;
  struct rlimit before;
  NEED(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const struct rlimit standard_only = { 3, before.rlim_max };
  NEED(setrlimit(RLIMIT_NOFILE, &standard_only) == 0);
  NEED(uv_loop_init(&own) == UV_EMFILE);
  NEED(set_is_free());
  NEED(setrlimit(RLIMIT_NOFILE, &before) == 0);
  return own_descriptors();
}

static void without_room_above_a_loop_is_refused(void** state) {
  (void) state;
  for_each_set(no_room_above);
}

/* --- After a fork --------------------------------------------------------- */

static uv_loop_t forked;

static int after_fork(void) {
  NEED(uv_loop_fork(&forked) == 0);
  NEED(set_is_free());
  return use_all(&forked);
}

static int own_descriptors_after_fork(void) {
  static uv_signal_t signal_handle;
  static uv_fs_event_t event;
  NEED(uv_loop_init(&forked) == 0);
  NEED(uv_signal_init(&forked, &signal_handle) == 0);
  NEED(uv_signal_start(&signal_handle, on_signal, SIGUSR2) == 0);
  NEED(uv_fs_event_init(&forked, &event) == 0);
  NEED(uv_fs_event_start(&event, on_change, "/tmp", 0) == 0);
  uv_unref((uv_handle_t*) &signal_handle);
  uv_unref((uv_handle_t*) &event);
  uv_run(&forked, UV_RUN_NOWAIT);
  NEED(run_child(after_fork) == 0);
  return 0;
}

static void the_same_holds_after_uv_loop_fork(void** state) {
  (void) state;
  for_each_set(own_descriptors_after_fork);
}

/* --- Each monitor, one after the other ------------------------------------ */

static int own_descriptors_after_switches(void) {
  static const char* const names[] = { "epoll", "io_uring", "poll", "io_uring",
                                       "epoll" };
  uv_loop_t own;
  NEED(uv_loop_init(&own) == 0);
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    /* Where there is no ring it falls back, which is a way of its own. */
    NEED(pollux_monitor_set(&own, names[i]) == 0);
    int rc = work_out(&own);
    if (rc != 0) return rc;
    NEED(set_is_free());
    rc = use_all(&own);
    if (rc != 0) return rc;
  }
  NEED(uv_loop_close(&own) == 0);
  return 0;
}

static void the_same_holds_when_the_monitor_changes(void** state) {
  (void) state;
  for_each_set(own_descriptors_after_switches);
}

/* --- /dev/null in their place --------------------------------------------- */

static int open_null_late(void) {
  uv_loop_t own;
  NEED(uv_loop_init(&own) == 0);
  for (int fd = 0; fd <= 2; fd++) {
    int null_fd = open("/dev/null", O_RDWR);
    NEED(null_fd != -1);
    if (null_fd == fd) continue;
    NEED(dup2(null_fd, fd) == fd);
    close(null_fd);
  }
  int rc = work_out(&own);
  if (rc != 0) return rc;
  NEED(uv_loop_close(&own) == 0);
  for (int fd = 0; fd <= 2; fd++) NEED(is_open(fd));
  return 0;
}

static void a_loop_outlives_standard_descriptors_opened_late(void** state) {
  (void) state;
  for_each_set(open_null_late);
}

/* --- Descriptors that uv_close() closes ----------------------------------- */

/* The handle's descriptor is of the set, and is closed with it. */
static int closes_now(void* handle) {
  const int fd = fileno_of(handle);
  NEED(is_in_set(fd));
  uv_close(handle, NULL);
  NEED(!is_open(fd));
  return 0;
}

/* The same, and the handle may be used again. */
static int closes_its_own(uv_loop_t* which, void* handle) {
  NEED(closes_now(handle) == 0);
  uv_run(which, UV_RUN_NOWAIT);
  return 0;
}

/* In the callback, where the listener can still be asked for. */
static uv_loop_t* accepting_loop;
static int accept_rc;
static bool was_accepted;

static void on_connection_accept(uv_stream_t* server, int status) {
  static uv_tcp_t client;
  uv_tcp_init(accepting_loop, &client);
  accept_rc = status == 0 ? uv_accept(server, (uv_stream_t*) &client) : status;
  if (accept_rc == 0) accept_rc = closes_now(&client);
  was_accepted = true;
}

static int accepted_is_closed(uv_loop_t* which) {
  static uv_tcp_t server;
  struct sockaddr_in addr;
  int size = sizeof(addr);
  uv_ip4_addr("127.0.0.1", 0, &addr);
  uv_tcp_init_ex(which, &server, AF_INET);
  /* Out of the set's way. */
  const int server_fd = fileno_of(&server);
  int high_fd = fcntl(server_fd, F_DUPFD_CLOEXEC, 10);
  uv_close((uv_handle_t*) &server, NULL);
  uv_run(which, UV_RUN_NOWAIT);
  uv_tcp_init(which, &server);
  NEED(uv_tcp_open(&server, high_fd) == 0);
  NEED(uv_tcp_bind(&server, (struct sockaddr*) &addr, 0) == 0);
  NEED(uv_listen((uv_stream_t*) &server, 8, on_connection_accept) == 0);
  NEED(uv_tcp_getsockname(&server, (struct sockaddr*) &addr, &size) == 0);

  int low_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int client_fd = fcntl(low_fd, F_DUPFD_CLOEXEC, 10);
  close(low_fd);
  NEED(connect(client_fd, (struct sockaddr*) &addr, sizeof(addr)) == 0);
  accepting_loop = which;
  was_accepted = false;
  while (!was_accepted) uv_run(which, UV_RUN_ONCE);
  NEED(accept_rc == 0);
  char byte;
  NEED(read(client_fd, &byte, 1) == 0); /* The end, without a wait for ever. */
  close(client_fd);
  uv_close((uv_handle_t*) &server, NULL);
  uv_run(which, UV_RUN_NOWAIT);
  return 0;
}

/* A terminal is opened once more, and that descriptor is the library's. */
static int reopened_terminal_is_closed(uv_loop_t* which) {
  static uv_tty_t tty;
  char name[64];
  int low_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (low_fd == -1) return 0; /* No terminals here; unit/tty says so. */
  int master_fd = fcntl(low_fd, F_DUPFD_CLOEXEC, 10);
  close(low_fd);
  NEED(grantpt(master_fd) == 0 && unlockpt(master_fd) == 0);
  NEED(ptsname_r(master_fd, name, sizeof(name)) == 0);
  low_fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  int slave_fd = fcntl(low_fd, F_DUPFD_CLOEXEC, 10);
  close(low_fd);
  NEED(uv_tty_init(which, &tty, slave_fd, 0) == 0);
  int rc = closes_its_own(which, &tty);
  close(slave_fd);
  close(master_fd);
  return rc;
}

static int made_by_the_library(void) {
  static uv_tcp_t tcp;
  static uv_udp_t udp;
  static uv_pipe_t pipe;
  static uv_connect_t connect_req;
  uv_loop_t own;
  NEED(uv_loop_init(&own) == 0);
  NEED(uv_tcp_init_ex(&own, &tcp, AF_INET) == 0);
  NEED(closes_its_own(&own, &tcp) == 0);
  NEED(uv_udp_init_ex(&own, &udp, AF_INET) == 0);
  NEED(closes_its_own(&own, &udp) == 0);
  NEED(uv_pipe_init(&own, &pipe, 0) == 0);
  NEED(uv_pipe_bind2(&pipe, "\0pollux-standard", 16, 0) == 0);
  NEED(closes_its_own(&own, &pipe) == 0);
  NEED(uv_pipe_init(&own, &pipe, 0) == 0);
  uv_pipe_connect(&connect_req, &pipe, "/nonexistent", NULL);
  NEED(closes_its_own(&own, &pipe) == 0);
  NEED(accepted_is_closed(&own) == 0);
  NEED(reopened_terminal_is_closed(&own) == 0);
  NEED(uv_loop_close(&own) == 0);
  NEED(set_is_free());
  return 0;
}

static void a_descriptor_of_the_librarys_is_closed_whatever_its_number(
    void** state) {
  (void) state;
  for_each_set(made_by_the_library);
}

/* A TCP socket given by another process, at a standard number here. */
static int passed;

static void on_passed(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  static uv_tcp_t tcp;
  (void) buf;
  if (count <= 0) return;
  uv_tcp_init(stream->loop, &tcp);
  passed = uv_accept(stream, (uv_stream_t*) &tcp);
  if (passed == 0) passed = closes_now(&tcp);
  uv_close((uv_handle_t*) stream, NULL);
}

static int receives_one(void) {
  static uv_pipe_t ends[2];
  static uv_tcp_t tcp;
  static uv_write_t req;
  uv_loop_t own;
  int low[2], fds[2];
  NEED(uv_loop_init(&own) == 0);
  NEED(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, low) == 0);
  for (int i = 0; i < 2; i++) {
    fds[i] = fcntl(low[i], F_DUPFD_CLOEXEC, 10);
    close(low[i]);
    NEED(uv_pipe_init(&own, &ends[i], 1) == 0);
    NEED(uv_pipe_open(&ends[i], fds[i]) == 0);
  }
  int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int high_fd = fcntl(socket_fd, F_DUPFD_CLOEXEC, 10);
  close(socket_fd);
  NEED(uv_tcp_init(&own, &tcp) == 0);
  NEED(uv_tcp_open(&tcp, high_fd) == 0);
  uv_buf_t buf = uv_buf_init((char*) "x", 1);
  passed = 1;
  NEED(uv_write2(&req, (uv_stream_t*) &ends[0], &buf, 1, (uv_stream_t*) &tcp,
                 NULL) == 0);
  NEED(uv_read_start((uv_stream_t*) &ends[1], on_alloc, on_passed) == 0);
  uv_run(&own, UV_RUN_DEFAULT);
  NEED(passed == 0);
  uv_close((uv_handle_t*) &ends[0], NULL);
  uv_close((uv_handle_t*) &tcp, NULL);
  uv_run(&own, UV_RUN_DEFAULT);
  NEED(uv_loop_close(&own) == 0);
  NEED(set_is_free());
  return 0;
}

static void a_descriptor_passed_over_a_pipe_is_closed_too(void** state) {
  (void) state;
  for_each_set(receives_one);
}

/* --- Descriptors that it leaves alone ------------------------------------- */

static int given_by_the_user(void) {
  static uv_tcp_t tcp;
  static uv_pipe_t pipe;
  static uv_tty_t tty;
  uv_loop_t own;
  int fds[2];
  NEED(uv_loop_init(&own) == 0);

  fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  NEED(is_in_set(fds[0]));
  uv_tcp_init(&own, &tcp);
  NEED(uv_tcp_open(&tcp, fds[0]) == 0);
  uv_close((uv_handle_t*) &tcp, NULL);
  NEED(is_open(fds[0]));
  close(fds[0]);

  NEED(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
  NEED(is_in_set(fds[0]));
  uv_pipe_init(&own, &pipe, 0);
  NEED(uv_pipe_open(&pipe, fds[0]) == 0);
  uv_close((uv_handle_t*) &pipe, NULL);
  NEED(is_open(fds[0]));
  close(fds[0]);
  close(fds[1]);

  /* The master of a terminal is not opened anew. */
  fds[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fds[0] != -1) {
    NEED(uv_tty_init(&own, &tty, fds[0], 0) == 0);
    NEED(fileno_of(&tty) == fds[0]);
    uv_close((uv_handle_t*) &tty, NULL);
    NEED(is_open(fds[0]));
    close(fds[0]);
  }
  uv_run(&own, UV_RUN_DEFAULT);
  NEED(uv_loop_close(&own) == 0);
  return 0;
}

static void a_standard_descriptor_of_the_users_stays_open(void** state) {
  (void) state;
  for_each_set(given_by_the_user);
}

/* Told to adopt what it has made, a handle has still made it. */
static int given_back(void) {
  static uv_tcp_t tcp;
  uv_loop_t own;
  NEED(uv_loop_init(&own) == 0);
  NEED(uv_tcp_init_ex(&own, &tcp, AF_INET) == 0);
  NEED(uv_tcp_open(&tcp, fileno_of(&tcp)) == 0);
  NEED(closes_its_own(&own, &tcp) == 0);
  NEED(uv_loop_close(&own) == 0);
  return 0;
}

static void a_descriptor_that_a_handle_made_stays_its_own(void** state) {
  (void) state;
  for_each_set(given_back);
}

/* --- Children ------------------------------------------------------------- */

static int echo(void) {
  static uv_process_t process;
  static uv_pipe_t pipes[2];
  uv_loop_t own;
  NEED(uv_loop_init(&own) == 0);
  NEED(spawn_echo(&own, &process, pipes) == 0);
  uv_close((uv_handle_t*) &pipes[0], NULL);
  uv_run(&own, UV_RUN_DEFAULT);
  NEED(exit_code == 0);
  NEED(text_len == 5 && memcmp(text, "hello", 5) == 0);
  NEED(uv_loop_close(&own) == 0);
  NEED(set_is_free());
  return 0;
}

static void a_child_hears_the_end_of_its_input(void** state) {
  (void) state;
  for_each_set(echo);
}

/* Run the script with the three slots given; its exit code, or UV_E*. */
static int run_script(uv_loop_t* which, const char* script,
                      const int source_fds[3]) {
  static uv_process_t process;
  uv_stdio_container_t stdio[3];
  char* args[] = { (char*) "/bin/sh", (char*) "-c", (char*) script, NULL };
  const uv_process_options_t options = { .file = args[0],
                                         .args = args,
                                         .stdio = stdio,
                                         .stdio_count = 3,
                                         .exit_cb = on_exit_note };
  for (int i = 0; i < 3; i++) {
    stdio[i].flags = source_fds[i] < 0 ? UV_IGNORE : UV_INHERIT_FD;
    stdio[i].data.fd = source_fds[i];
  }
  exit_code = -1;
  int rc = uv_spawn(which, &process, &options);
  if (rc != 0) uv_close((uv_handle_t*) &process, NULL);
  uv_run(which, UV_RUN_DEFAULT);
  return rc != 0 ? rc : exit_code;
}

/* A test for the shell: descriptor `fd` of it is `path`. */
#define IS(fd, path) "test \"$(readlink /proc/$$/fd/" #fd ")\" = " path

/* libuv lends such a child what happened to get the number. Ours gets what it
 * would get for UV_IGNORE. */
static int inherits_what_is_closed(void) {
  static const char* const scripts[] = { IS(0, "/dev/null"), IS(1, "/dev/null"),
                                         IS(2, "/dev/null") };
  static const int same[3] = { 0, 1, 2 };
  uv_loop_t own;
  NEED(uv_loop_init(&own) == 0);
  for (int fd = 0; fd <= 2; fd++) {
    if (!is_in_set(fd)) continue;
    NEED(run_script(&own, scripts[fd], same) == 0);
    /* In another slot. */
    const int swapped[3] = { fd, fd, fd };
    NEED(run_script(&own,
                    IS(0, "/dev/null") " && " IS(1, "/dev/null") " && " IS(
                        2, "/dev/null"),
                    swapped) == 0);
    static const int none[3] = { -1, -1, -1 };
    NEED(run_script(&own, scripts[fd], none) == 0);
  }
  NEED(set_is_free());
  NEED(uv_loop_close(&own) == 0);
  return 0;
}

static void a_child_of_a_closed_standard_stream_gets_null(void** state) {
  (void) state;
  for_each_set(inherits_what_is_closed);
}

/* The standard numbers are files that the child shall have elsewhere. */
static int inherits_in_each_order(void) {
  static const char* const paths[] = { "/dev/zero", "/dev/full",
                                       "/dev/urandom" };
  static const int orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                   { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
                                   { 1, 1, 0 }, { 2, 2, 2 }, { 1, -1, 0 } };
  uv_loop_t own;
  NEED(uv_loop_init(&own) == 0);
  for (int fd = 0; fd <= 2; fd++) {
    int file_fd = open(paths[fd], O_RDWR | O_CLOEXEC);
    if (file_fd == fd) continue;
    NEED(dup2(file_fd, fd) == fd);
    close(file_fd);
  }
  for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
    char script[256];
    const char* want[3];
    for (int fd = 0; fd <= 2; fd++)
      want[fd] = orders[i][fd] < 0 ? "/dev/null" : paths[orders[i][fd]];
    snprintf(script, sizeof(script),
             IS(0, "%s") " && " IS(1, "%s") " && " IS(2, "%s"), want[0],
             want[1], want[2]);
    NEED(run_script(&own, script, orders[i]) == 0);
  }
  NEED(uv_loop_close(&own) == 0);
  return 0;
}

static void standard_descriptors_reach_the_child_in_any_order(void** state) {
  (void) state;
  for_each_set(inherits_in_each_order);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    T(the_librarys_own_descriptors_are_above_the_standard_ones),
    T(without_room_above_a_loop_is_refused),
    T(the_same_holds_after_uv_loop_fork),
    T(the_same_holds_when_the_monitor_changes),
    T(a_loop_outlives_standard_descriptors_opened_late),
    T(a_descriptor_of_the_librarys_is_closed_whatever_its_number),
    T(a_descriptor_passed_over_a_pipe_is_closed_too),
    T(a_standard_descriptor_of_the_users_stays_open),
    T(a_descriptor_that_a_handle_made_stays_its_own),
    T(a_child_hears_the_end_of_its_input),
    T(a_child_of_a_closed_standard_stream_gets_null),
    T(standard_descriptors_reach_the_child_in_any_order),
#undef T
  };
  return cmocka_run_group_tests_name("standard", tests, NULL, NULL);
}
