/* SPDX-License-Identifier: MIT */
/* Monitors exchanged under a running loop. What could break: a descriptor that
 * is lost between two monitors, one that is counted twice, a backend descriptor
 * with another number, a close that the old monitor still holds. */
#include "common.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const char* const names[] = { "poll", "epoll", "io_uring", "auto" };
enum { NAMES = 4, WIDTH = 24 };

static struct line {
  uv_poll_t poll;
  int fds[2];
  unsigned heard, told;
} lines[WIDTH];

static void on_poll(uv_poll_t* handle, int status, int events) {
  struct line* line = handle->data;
  assert_int_equal(0, status);
  char bytes[64];
  if ((events & UV_READABLE) == 0) return;
  ssize_t got = read(line->fds[0], bytes, sizeof(bytes));
  if (got > 0) line->heard += (unsigned) got;
}

static void open_line(struct line* line) {
  memset(line, 0, sizeof(*line));
  make_pair(line->fds);
  assert_int_equal(0, uv_poll_init(&loop, &line->poll, line->fds[0]));
  line->poll.data = line;
  uv_poll_start(&line->poll, UV_READABLE, on_poll);
}

static void tell(struct line* line) {
  put(line->fds[1]);
  line->told++;
}

static bool all_heard(void) {
  for (int i = 0; i < WIDTH; i++)
    if (lines[i].heard != lines[i].told) return false;
  return true;
}

static void listen_to_all(void) {
  for (int turn = 0; turn < 1000 && !all_heard(); turn++)
    uv_run(&loop, UV_RUN_NOWAIT);
  assert_true(all_heard());
}

static void close_lines(void) {
  for (int i = 0; i < WIDTH; i++) uv_close((uv_handle_t*) &lines[i].poll, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  for (int i = 0; i < WIDTH; i++)
    for (int n = 0; n < 2; n++) close(lines[i].fds[n]);
}

static void every_direction_keeps_every_descriptor(void** state) {
  (void) state;
  need_wanted_monitor();
  for (int i = 0; i < WIDTH; i++) open_line(&lines[i]);
  for (int from = 0; from < NAMES; from++) {
    for (int to = 0; to < NAMES; to++) {
      assert_int_equal(0, pollux_monitor_set(&loop, names[from]));
      for (int n = 0; n < 4; n++) { /* The first half is hot. */
        for (int i = 0; i < WIDTH / 2; i++) tell(&lines[i]);
        listen_to_all();
      }
      for (int i = 0; i < WIDTH; i++) tell(&lines[i]); /* On its way. */
      assert_int_equal(0, pollux_monitor_set(&loop, names[to]));
      listen_to_all();
    }
  }
  close_lines();
}

/* Deterministic disorder: the same each time. */
static unsigned seed;

static unsigned draw(unsigned limit) {
  seed = seed * 1103515245 + 12345;
  return (seed >> 16) % limit;
}

static void reopen(struct line* line) {
  uv_poll_stop(&line->poll);
  for (int n = 0; n < 2; n++) close(line->fds[n]);
  uv_close((uv_handle_t*) &line->poll, NULL);
  uv_run(&loop, UV_RUN_NOWAIT);
  open_line(line);
}

static void churn_once(void) {
  struct line* line = &lines[draw(WIDTH)];
  switch (draw(6)) {
    case 0:
      uv_poll_stop(&line->poll);
      uv_poll_start(&line->poll, UV_READABLE, on_poll);
      break;
    case 1:
      uv_poll_start(&line->poll, UV_READABLE | UV_WRITABLE, on_poll);
      break;
    case 2:
      reopen(line);
      break;
    default:
      tell(line);
      break;
  }
}

static void nothing_is_lost_under_churn(void** state) {
  (void) state;
  need_wanted_monitor();
  seed = 1;
  for (int i = 0; i < WIDTH; i++) open_line(&lines[i]);
  for (int round = 0; round < 300; round++) {
    assert_int_equal(0, pollux_monitor_set(&loop, names[draw(NAMES)]));
    for (unsigned n = draw(12); n > 0; n--) churn_once();
    for (unsigned n = draw(3); n > 0; n--) uv_run(&loop, UV_RUN_NOWAIT);
    for (int i = 0; i < WIDTH; i++)
      assert_true(lines[i].heard <= lines[i].told);
    if (round % 10 == 9) listen_to_all();
  }
  listen_to_all();
  close_lines();
  pollux_counters_t counters = counters_of(&loop);
  assert_int_equal(0, counters.hot);
  assert_true(counters.monitor_switches > 100);
}

/* From inside a callback, in the middle of a batch. */
static void switch_inside(uv_poll_t* handle, int status, int events) {
  on_poll(handle, status, events);
  struct line* line = handle->data;
  pollux_monitor_set(&loop, names[line->heard % 3]);
}

static void a_callback_may_ask_for_another(void** state) {
  (void) state;
  need_wanted_monitor();
  for (int i = 0; i < WIDTH; i++) {
    open_line(&lines[i]);
    uv_poll_start(&lines[i].poll, UV_READABLE, switch_inside);
  }
  for (int n = 0; n < 30; n++) {
    for (int i = 0; i < WIDTH; i++) tell(&lines[i]);
    listen_to_all();
  }
  close_lines();
}

static void a_close_after_the_switch_is_a_close(void** state) {
  (void) state;
  need_wanted_monitor();
  for (int to = 0; to < NAMES; to++) {
    pollux_monitor_set(&loop, wanted_monitor());
    for (int i = 0; i < WIDTH; i++) open_line(&lines[i]);
    for (int n = 0; n < 4; n++) {
      for (int i = 0; i < WIDTH; i++) tell(&lines[i]);
      listen_to_all();
    }
    uv_run(&loop, UV_RUN_NOWAIT);
    pollux_monitor_set(&loop, names[to]);
    uv_run(&loop, UV_RUN_NOWAIT);
    for (int i = 0; i < WIDTH; i++) {
      uv_poll_stop(&lines[i].poll);
      close(lines[i].fds[0]);
      char byte;
      assert_int_equal(0, recv(lines[i].fds[1], &byte, 1, MSG_DONTWAIT));
      lines[i].fds[0] = dup(0); /* For close_lines(). */
    }
    close_lines();
  }
}

static void the_backend_keeps_its_number(void** state) {
  (void) state;
  need_wanted_monitor();
  int fd = uv_backend_fd(&loop);
  for (int i = 0; i < 12; i++) {
    pollux_monitor_set(&loop, names[i % NAMES]);
    assert_int_equal(0, work_out(&loop));
    assert_int_equal(fd, uv_backend_fd(&loop));
  }
}

static void bad_names_change_nothing(void** state) {
  (void) state;
  need_wanted_monitor();
  const char* before = pollux_monitor_name(&loop);
  assert_int_equal(UV_EINVAL, pollux_monitor_set(&loop, "select"));
  assert_int_equal(UV_EINVAL, pollux_monitor_set(&loop, ""));
  assert_int_equal(UV_EINVAL, pollux_monitor_set(&loop, "EPOLL"));
  assert_int_equal(0, work_out(&loop));
  assert_string_equal(before, pollux_monitor_name(&loop));
}

static void the_reason_is_told(void** state) {
  (void) state;
  assert_null(pollux_monitor_name(&loop));
  assert_string_equal("", pollux_monitor_reason(&loop));
  need_wanted_monitor();
  assert_string_equal("as asked", pollux_monitor_reason(&loop));
  pollux_monitor_set(&loop, NULL);
  assert_int_equal(0, work_out(&loop));
  assert_string_equal("auto", pollux_monitor_reason(&loop));
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    T(every_direction_keeps_every_descriptor),
    T(nothing_is_lost_under_churn),
    T(a_callback_may_ask_for_another),
    T(a_close_after_the_switch_is_a_close),
    T(the_backend_keeps_its_number),
    T(bad_names_change_nothing),
    T(the_reason_is_told),
#undef T
  };
  return cmocka_run_group_tests_name("switch", tests, NULL, NULL);
}
