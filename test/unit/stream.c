/* SPDX-License-Identifier: MIT */
/* unit/stream: what libuv's suite does not hold about streams. What could
 * break: the order of write and shutdown callbacks, the count of unsent bytes,
 * requests behind one that failed, a blocking descriptor that hangs the loop, a
 * server stopped by a uv_accept() that failed, descriptors that were never
 * taken. */
#include "unix/net/stream/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/pass-fd.h"

struct fixture {
  uv_loop_t loop;
  uv_pipe_t pipe; /* One end of a socket pair ... */
  int peer_fd;    /* ... and the other, non-blocking. */
  char trace[64]; /* One letter for each callback. */
  char slab[8];
};

static struct fixture* current;

static void note(char what) {
  size_t len = strlen(current->trace);
  assert_true(len + 1 < sizeof(current->trace));
  current->trace[len] = what;
}

static uv_stream_t* stream(void) {
  return (uv_stream_t*) &current->pipe;
}

static int setup_as(void** state, int ipc) {
  signal(SIGPIPE, SIG_IGN);
  current = calloc(1, sizeof(*current));
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds))
    return -1;
  current->peer_fd = fds[1];
  if (uv_loop_init(&current->loop) != 0) return -1;
  if (uv_pipe_init(&current->loop, &current->pipe, ipc) != 0) return -1;
  if (uv_pipe_open(&current->pipe, fds[0]) != 0) return -1;
  *state = current;
  return 0;
}

static int setup(void** state) {
  return setup_as(state, 0);
}

static int setup_ipc(void** state) {
  return setup_as(state, 1);
}

static int teardown(void** state) {
  struct fixture* f = *state;
  if (!uv_is_closing((uv_handle_t*) &f->pipe))
    uv_close((uv_handle_t*) &f->pipe, NULL);
  uv_run(&f->loop, UV_RUN_DEFAULT);
  int rc = uv_loop_close(&f->loop);
  if (f->peer_fd != -1) close(f->peer_fd);
  free(f);
  return rc;
}

/* --- Writing ------------------------------------------------------------ */

static char big[1 << 20];
static uv_write_t writes[4];
static uv_shutdown_t shutdown_req;

static void on_shutdown(uv_shutdown_t* req, int status) {
  assert_ptr_equal(&shutdown_req, req);
  note(status == 0 ? 'S' : 's');
}

static void on_write(uv_write_t* req, int status) {
  int index = (int) (req - writes);
  note((char) ((status == 0 ? 'A' : 'a') + index));
}

static int write_bytes(int index, size_t count, uv_write_cb cb) {
  uv_buf_t buf = uv_buf_init(big, (unsigned) count);
  return uv_write(&writes[index], stream(), &buf, 1, cb);
}

static size_t read_all(struct fixture* f) {
  static char sink[1 << 16];
  size_t sum = 0;
  for (;;) {
    ssize_t count = read(f->peer_fd, sink, sizeof(sink));
    if (count <= 0) return sum;
    sum += (size_t) count;
  }
}

static void write_again_and_shut_down(uv_write_t* req, int status) {
  on_write(req, status);
  assert_int_equal(0, write_bytes(1, 1, on_write));
  assert_int_equal(0, uv_shutdown(&shutdown_req, stream(), on_shutdown));
}

static void shutdown_comes_after_the_writes_before_it(void** state) {
  struct fixture* f = *state;
  assert_int_equal(0, write_bytes(0, 1, write_again_and_shut_down));
  assert_string_equal("", f->trace); /* Never from within uv_write(). */
  uv_run(&f->loop, UV_RUN_DEFAULT);
  assert_string_equal("ABS", f->trace);
  assert_int_equal(UV_EPIPE, write_bytes(2, 1, on_write));
}

static void the_queue_size_is_exact_at_each_step(void** state) {
  struct fixture* f = *state;
  assert_int_equal(0, write_bytes(0, sizeof(big), on_write));
  size_t rest = uv_stream_get_write_queue_size(stream());
  assert_true(rest > 0 && rest < sizeof(big));
  assert_int_equal(sizeof(big) - rest, uv_write_nwritten(&writes[0]));
  assert_int_equal(0, write_bytes(1, 10, on_write));
  assert_int_equal(rest + 10, uv_stream_get_write_queue_size(stream()));
  assert_int_equal(UV_EAGAIN, uv_try_write(stream(), &writes[0].bufs[0], 1));

  size_t seen = 0;
  while (strlen(f->trace) < 2) {
    seen += read_all(f);
    uv_run(&f->loop, UV_RUN_NOWAIT);
  }
  seen += read_all(f);
  assert_int_equal(sizeof(big) + 10, seen);
  assert_int_equal(0, uv_stream_get_write_queue_size(stream()));
  assert_string_equal("AB", f->trace);
}

static void a_failed_write_does_not_strand_those_behind_it(void** state) {
  struct fixture* f = *state;
  assert_int_equal(0, write_bytes(0, sizeof(big), on_write));
  assert_int_equal(0, write_bytes(1, 10, on_write));
  assert_int_equal(0, write_bytes(2, 10, on_write));
  close(f->peer_fd);
  f->peer_fd = -1;
  uv_run(&f->loop, UV_RUN_DEFAULT); /* Ends by itself. */
  assert_string_equal("abc", f->trace);
  assert_int_equal(0, uv_stream_get_write_queue_size(stream()));
}

static void a_cancelled_write_leaves_the_others(void** state) {
  struct fixture* f = *state;
  assert_int_equal(0, write_bytes(0, sizeof(big), on_write));
  assert_int_equal(0, write_bytes(1, 10, on_write));
  assert_int_equal(0, write_bytes(2, 10, on_write));
  size_t before = uv_stream_get_write_queue_size(stream());
  assert_int_equal(0, uv_cancel((uv_req_t*) &writes[1]));
  assert_int_equal(UV_EBUSY, uv_cancel((uv_req_t*) &writes[1]));
  /* Its bytes count until its callback. */
  assert_int_equal(before, uv_stream_get_write_queue_size(stream()));

  while (strlen(f->trace) < 3) {
    read_all(f);
    uv_run(&f->loop, UV_RUN_NOWAIT);
  }
  assert_string_equal("bAC", f->trace);
  assert_int_equal(0, uv_write_nwritten(&writes[1]));
}

static void a_close_cancels_in_order(void** state) {
  struct fixture* f = *state;
  assert_int_equal(0, write_bytes(0, sizeof(big), on_write));
  assert_int_equal(0, write_bytes(1, 10, on_write));
  assert_int_equal(0, uv_shutdown(&shutdown_req, stream(), on_shutdown));
  uv_close((uv_handle_t*) &f->pipe, NULL);
  assert_string_equal("", f->trace);
  uv_run(&f->loop, UV_RUN_DEFAULT);
  assert_string_equal("abs", f->trace);
}

/* Through a socket that keeps the bounds of each write: a record is a call. */
static int setup_records(void** state) {
  if (setup(state) != 0) return -1;
  struct fixture* f = *state;
  uv_close((uv_handle_t*) &f->pipe, NULL);
  uv_run(&f->loop, UV_RUN_DEFAULT);
  close(f->peer_fd);
  int fds[2];
  int type = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;
  if (socketpair(AF_UNIX, type, 0, fds) != 0) return -1;
  f->peer_fd = fds[1];
  if (uv_pipe_init(&f->loop, &f->pipe, 0) != 0) return -1;
  return uv_pipe_open(&f->pipe, fds[0]);
}

static uv_write_t small[20];
static int small_done;

static void on_small(uv_write_t* req, int status) {
  assert_int_equal(0, status);
  assert_ptr_equal(&small[small_done++], req);
}

static void write_small(void) {
  small_done = 0;
  for (int i = 0; i < 20; i++) {
    uv_buf_t buf = uv_buf_init((char*) &"0123456789abcdefghij"[i], 1);
    assert_int_equal(0, uv_write(&small[i], stream(), &buf, 1, on_small));
  }
}

static void small_writes_that_had_to_wait_leave_in_one_call(void** state) {
  struct fixture* f = *state;
  uv_buf_t filler = uv_buf_init(big, 4096);
  int records = 0;
  while (uv_try_write(stream(), &filler, 1) == 4096) records++;
  write_small();
  assert_int_equal(20, uv_stream_get_write_queue_size(stream()));
  char got[4096];
  for (; records > 0; records--)
    assert_int_equal(4096, read(f->peer_fd, got, sizeof(got)));
  while (small_done < 20) uv_run(&f->loop, UV_RUN_ONCE);
  assert_int_equal(20, read(f->peer_fd, got, sizeof(got)));
  assert_memory_equal("0123456789abcdefghij", got, 20);
  assert_int_equal(-1, read(f->peer_fd, got, sizeof(got)));
}

static void a_write_that_can_leave_does_not_wait(void** state) {
  struct fixture* f = *state;
  write_small();
  assert_int_equal(0, uv_stream_get_write_queue_size(stream()));
  char got[32];
  for (int i = 0; i < 20; i++) {
    assert_int_equal(1, read(f->peer_fd, got, sizeof(got)));
    assert_int_equal("0123456789abcdefghij"[i], got[0]);
  }
  assert_int_equal(0, small_done);
  uv_run(&f->loop, UV_RUN_NOWAIT);
  assert_int_equal(20, small_done);
}

/* --- Reading ------------------------------------------------------------ */

static void on_alloc(uv_handle_t* handle, size_t hint, uv_buf_t* buf) {
  (void) handle;
  (void) hint;
  *buf = uv_buf_init(current->slab, sizeof(current->slab));
}

static void on_read(uv_stream_t* from, ssize_t count, const uv_buf_t* buf) {
  (void) from;
  (void) buf;
  note(count > 0 ? 'r' : count == 0 ? '0' : count == UV_EOF ? 'E' : 'e');
}

static void after_a_hang_up_data_and_end_come_together(void** state) {
  struct fixture* f = *state;
  assert_int_equal(11, write(f->peer_fd, "hello world", 11));
  close(f->peer_fd);
  f->peer_fd = -1;
  assert_int_equal(0, uv_read_start(stream(), on_alloc, on_read));
  uv_run(&f->loop, UV_RUN_NOWAIT);
  assert_string_equal("rrE", f->trace); /* 8 bytes, 3 bytes, end */
  assert_int_equal(0, uv_is_active((uv_handle_t*) &f->pipe));
}

static void a_short_read_ends_the_wake_up(void** state) {
  struct fixture* f = *state;
  assert_int_equal(3, write(f->peer_fd, "abc", 3));
  assert_int_equal(0, uv_read_start(stream(), on_alloc, on_read));
  uv_run(&f->loop, UV_RUN_NOWAIT);
  assert_string_equal("r", f->trace);
}

static void a_blocking_stream_is_not_read_twice(void** state) {
  struct fixture* f = *state;
  assert_int_equal(0, uv_stream_set_blocking(stream(), 1));
  assert_int_equal(8, write(f->peer_fd, "12345678", 8));
  assert_int_equal(0, uv_read_start(stream(), on_alloc, on_read));
  alarm(10); /* A second read(2) would wait for ever. */
  uv_run(&f->loop, UV_RUN_NOWAIT);
  alarm(0);
  assert_string_equal("r", f->trace);
}

/* --- Descriptors -------------------------------------------------------- */

static bool is_open(int fd) {
  return fcntl(fd, F_GETFD) != -1;
}

/* Send one end of a new socket pair; returns the other end. */
static int pass_one(struct fixture* f) {
  int fds[2];
  assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
  assert_int_equal(1, pass_fd(f->peer_fd, fds[0]));
  close(fds[0]);
  return fds[1];
}

static void received_descriptors_die_with_the_stream(void** state) {
  struct fixture* f = *state;
  int others[3];
  for (size_t i = 0; i < 3; i++) others[i] = pass_one(f);
  assert_int_equal(0, uv_read_start(stream(), on_alloc, on_read));
  for (int i = 0; i < 3; i++) uv_run(&f->loop, UV_RUN_NOWAIT);
  assert_int_equal(3, uv_pipe_pending_count(&f->pipe));
  assert_int_equal(UV_NAMED_PIPE, uv_pipe_pending_type(&f->pipe));
  int flags = fcntl(f->pipe.accepted_fd, F_GETFD);
  assert_int_equal(FD_CLOEXEC, flags);

  uv_close((uv_handle_t*) &f->pipe, NULL);
  for (size_t i = 0; i < 3; i++) {
    char byte;
    assert_int_equal(0, read(others[i], &byte, 1)); /* The end: all closed. */
    close(others[i]);
  }
}

static void a_failed_accept_drops_one_and_no_more(void** state) {
  struct fixture* f = *state;
  int first_fd = pass_one(f);
  int second_fd = pass_one(f);
  assert_int_equal(0, uv_read_start(stream(), on_alloc, on_read));
  for (int i = 0; i < 2; i++) uv_run(&f->loop, UV_RUN_NOWAIT);
  assert_int_equal(2, uv_pipe_pending_count(&f->pipe));

  int dropped_fd = f->pipe.accepted_fd;
  assert_int_equal(UV_EBUSY, uv_accept(stream(), stream()));
  assert_false(is_open(dropped_fd));
  assert_int_equal(1, uv_pipe_pending_count(&f->pipe));

  static uv_pipe_t taken; /* Lives until its close, in teardown(). */
  assert_int_equal(0, uv_pipe_init(&f->loop, &taken, 0));
  assert_int_equal(0, uv_accept(stream(), (uv_stream_t*) &taken));
  assert_int_equal(0, uv_pipe_pending_count(&f->pipe));
  assert_int_equal(UV_EAGAIN, uv_accept(stream(), stream()));
  uv_close((uv_handle_t*) &taken, NULL);
  close(first_fd);
  close(second_fd);
}

static void only_an_ipc_pipe_passes_handles(void** state) {
  struct fixture* f = *state;
  uv_buf_t buf = uv_buf_init(big, 1);
  assert_int_equal(
      UV_EINVAL, uv_write2(&writes[0], stream(), &buf, 1, stream(), on_write));
  assert_int_equal(UV_EINVAL, uv_try_write2(stream(), &buf, 1, stream()));
  assert_string_equal("", f->trace);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define TEST_IPC(test)                                                         \
  cmocka_unit_test_setup_teardown(test, setup_ipc, teardown)

int main(void) {
  static const struct CMUnitTest tests[] = {
    TEST(shutdown_comes_after_the_writes_before_it),
    TEST(the_queue_size_is_exact_at_each_step),
    TEST(a_failed_write_does_not_strand_those_behind_it),
    TEST(a_cancelled_write_leaves_the_others),
    TEST(a_close_cancels_in_order),
    cmocka_unit_test_setup_teardown(
        small_writes_that_had_to_wait_leave_in_one_call, setup_records,
        teardown),
    cmocka_unit_test_setup_teardown(a_write_that_can_leave_does_not_wait,
                                    setup_records, teardown),
    TEST(after_a_hang_up_data_and_end_come_together),
    TEST(a_short_read_ends_the_wake_up),
    TEST(a_blocking_stream_is_not_read_twice),
    TEST_IPC(received_descriptors_die_with_the_stream),
    TEST_IPC(a_failed_accept_drops_one_and_no_more),
    TEST(only_an_ipc_pipe_passes_handles),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
