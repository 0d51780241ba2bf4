/* SPDX-License-Identifier: MIT */
/* Closing what is not hot any more. What could break: a ring request that the
 * loop has cancelled but not yet told the kernel of, or that waits there behind
 * many others. It holds the open file, so the peer sees no end before the next
 * wait, however long the callbacks take until then. */
#include "common.h"

#include <sys/socket.h>
#include <unistd.h>

/* More than the kernel finishes in one call (monitor/io_uring.c). */
enum { LINKS = 200 };

static struct link {
  uv_pipe_t pipe;
  int far_fd;
  unsigned reads;
} links[LINKS];

static uv_check_t check;
static void (*after_wait)(void); /* NULL: nothing. */

static void on_check(uv_check_t* handle) {
  (void) handle;
  if (after_wait != NULL) after_wait();
}

static int set_up_links(void** state) {
  int rc = set_up(state);
  if (rc != 0) return rc;
  after_wait = NULL;
  uv_check_init(&loop, &check);
  return uv_check_start(&check, on_check);
}

static void on_alloc(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  static char buffer[512];
  (void) handle;
  (void) size;
  *buf = uv_buf_init(buffer, sizeof(buffer));
}

static void on_read(uv_stream_t* stream, ssize_t nread, const uv_buf_t* buf) {
  (void) buf;
  ((struct link*) stream->data)->reads += nread > 0;
}

/* A stream that reads, with so many events in a row that it is hot, and its
 * request with the kernel. */
static void open_link(struct link* link) {
  int fds[2];
  make_pair(fds);
  link->far_fd = fds[1];
  link->reads = 0;
  link->pipe.data = link;
  assert_int_equal(0, uv_pipe_init(&loop, &link->pipe, 0));
  assert_int_equal(0, uv_pipe_open(&link->pipe, fds[0]));
  uv_read_start((uv_stream_t*) &link->pipe, on_alloc, on_read);
  for (unsigned i = 0; i < 3; i++) {
    put(link->far_fd);
    while (link->reads <= i) uv_run(&loop, UV_RUN_ONCE);
  }
  uv_run(&loop, UV_RUN_NOWAIT);
}

static void open_links(size_t count) {
  for (size_t i = 0; i < count; i++) open_link(&links[i]);
}

static void close_link(struct link* link) {
  char byte;
  assert_int_equal(-1, recv(link->far_fd, &byte, 1, MSG_DONTWAIT));
  uv_close((uv_handle_t*) &link->pipe, NULL);
  assert_int_equal(0, recv(link->far_fd, &byte, 1, MSG_DONTWAIT));
  close(link->far_fd);
}

static bool were_closed;

static void close_the_first(void) {
  if (!were_closed) close_link(&links[0]);
  were_closed = true;
}

static void close_them_all(void) {
  for (size_t i = 0; i < LINKS && !were_closed; i++) close_link(&links[i]);
  were_closed = true;
}

/* --- One ------------------------------------------------------------------ */

static void a_stopped_stream_ends_within_uv_close(void** state) {
  (void) state;
  need_wanted_monitor();
  for (unsigned waits = 0; waits < 3; waits++) {
    open_links(1);
    uv_read_stop((uv_stream_t*) &links[0].pipe);
    for (unsigned i = 0; i < waits; i++) uv_run(&loop, UV_RUN_NOWAIT);
    after_wait = close_the_first;
    were_closed = false;
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_true(were_closed);
  }
}

static uint64_t parked_before;

static void close_when_parked(void) {
  if (counters_of(&loop).demotions > parked_before) close_the_first();
}

static void a_silent_stream_ends_within_uv_close(void** state) {
  (void) state;
  assert_int_equal(0, pollux_idle_set(&loop, 1));
  need_wanted_monitor();
  open_links(1);
  if (counters_of(&loop).hot == 0)
    SKIP("%s has one place for all\n", pollux_monitor_name(&loop));
  parked_before = counters_of(&loop).demotions;
  after_wait = close_when_parked;
  were_closed = false;
  for (unsigned i = 0; i < 100000000 && !were_closed; i++)
    uv_run(&loop, UV_RUN_NOWAIT);
  assert_true(were_closed);
}

/* --- Many ----------------------------------------------------------------- */

static void a_stream_ends_within_uv_close_amid_a_burst(void** state) {
  (void) state;
  need_wanted_monitor();
  open_links(LINKS);
  for (size_t i = 1; i < LINKS; i++) put(links[i].far_fd);
  close_link(&links[0]);
  for (size_t i = 1; i < LINKS; i++) {
    uv_close((uv_handle_t*) &links[i].pipe, NULL);
    close(links[i].far_fd);
  }
}

static void an_exposed_loop_lets_go_of_all(void** state) {
  (void) state;
  need_wanted_monitor();
  open_links(LINKS);
  assert_true(uv_backend_fd(&loop) >= 0);
  were_closed = false;
  close_them_all();
}

static void a_loop_that_leaves_its_monitor_lets_go_of_all(void** state) {
  (void) state;
  need_wanted_monitor();
  open_links(LINKS);
  const char* other =
      strcmp(pollux_monitor_name(&loop), "epoll") == 0 ? "poll" : "epoll";
  assert_int_equal(0, pollux_monitor_set(&loop, other));
  after_wait = close_them_all;
  were_closed = false;
  uv_run(&loop, UV_RUN_NOWAIT);
  assert_true(were_closed);
  assert_string_equal(other, pollux_monitor_name(&loop));
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up_links, tear_down)
    T(a_stopped_stream_ends_within_uv_close),
    T(a_silent_stream_ends_within_uv_close),
    T(a_stream_ends_within_uv_close_amid_a_burst),
    T(an_exposed_loop_lets_go_of_all),
    T(a_loop_that_leaves_its_monitor_lets_go_of_all),
#undef T
  };
  return cmocka_run_group_tests_name("parting", tests, NULL, NULL);
}
