/* SPDX-License-Identifier: MIT */
/* Places where a ring cannot be had, or must not be asked for: sandboxes,
 * limits, a user's setting. In each the loop works, on another monitor, and
 * says why. What could break: a probe that a sandbox answers by killing the
 * process, an error of the ring that reaches the user. */
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NO_FILTER = 30, WRONG_MONITOR = 31, NO_REASON = 32, NO_RING = 37 };

/* Answer all ring calls with `action`, from now on. */
static int filter_rings(uint32_t action) {
  static const int calls[] = { SCMP_SYS(io_uring_setup),
                               SCMP_SYS(io_uring_enter),
                               SCMP_SYS(io_uring_register) };
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  if (filter == NULL) return NO_FILTER;
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < sizeof(calls) / sizeof(calls[0]); i++)
    rc = seccomp_rule_add(filter, action, calls[i], 0);
  if (rc == 0) rc = seccomp_load(filter);
  seccomp_release(filter);
  return rc == 0 ? 0 : NO_FILTER;
}

/* As on a kernel that cannot show a child's end by a descriptor. */
static int filter_pidfd(void) {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  if (filter == NULL) return NO_FILTER;
  int rc =
      seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(pidfd_open), 0);
  if (rc == 0) rc = seccomp_load(filter);
  seccomp_release(filter);
  return rc == 0 ? 0 : NO_FILTER;
}

/* Work on a loop that asked for a ring and got something else. */
static int work_without_ring(const char* because) {
  uv_loop_t own;
  if (uv_loop_init(&own) != 0) return 20;
  int rc = work_out(&own);
  if (rc != 0) return rc;
  if (strcmp(pollux_monitor_name(&own), "epoll") != 0) return WRONG_MONITOR;
  if (strstr(pollux_monitor_reason(&own), because) == NULL) {
    fprintf(stderr, "reason: %s\n", pollux_monitor_reason(&own));
    return NO_REASON;
  }
  return uv_loop_close(&own) == 0 ? 0 : 21;
}

static void expect(int (*body)(void)) {
  int rc = run_child(body);
  if (rc == NO_FILTER) SKIP("the kernel takes no seccomp filter here\n");
  assert_int_equal(0, rc);
}

static int with_eperm(void) {
  setenv("POLLUX_MONITOR", "io_uring", 1);
  int rc = filter_rings(SCMP_ACT_ERRNO(EPERM));
  return rc != 0 ? rc : work_without_ring("io_uring refused: EPERM, ");
}

static void a_sandbox_that_says_eperm(void** state) {
  (void) state;
  expect(with_eperm);
}

static int with_enosys(void) {
  setenv("POLLUX_MONITOR", "io_uring", 1);
  int rc = filter_rings(SCMP_ACT_ERRNO(ENOSYS));
  return rc != 0 ? rc
                 : work_without_ring(
                       "refused: ENOSYS, not in this "
                       "kernel, or a sandbox (seccomp)");
}

static void a_sandbox_that_says_enosys(void** state) {
  (void) state;
  expect(with_enosys);
}

static int with_enomem(void) {
  setenv("POLLUX_MONITOR", "io_uring", 1);
  int rc = filter_rings(SCMP_ACT_ERRNO(ENOMEM));
  return rc != 0 ? rc
                 : work_without_ring(
                       "refused: ENOMEM, no memory, or a "
                       "limit on locked memory");
}

static void a_kernel_without_memory_for_rings(void** state) {
  (void) state;
  expect(with_enomem);
}

/* Not to be taken for the user's own UV_USE_IO_URING=0. */
static int with_eacces(void) {
  setenv("POLLUX_MONITOR", "io_uring", 1);
  int rc = filter_rings(SCMP_ACT_ERRNO(EACCES));
  return rc != 0 ? rc : work_without_ring("refused: EACCES, a security policy");
}

static void a_policy_that_says_eacces(void** state) {
  (void) state;
  expect(with_eacces);
}

/* The probe kills: only a loop that asks for a ring may meet it. */
static int killed_for_asking(void) {
  setenv("POLLUX_MONITOR", "io_uring", 1);
  int rc = filter_rings(SCMP_ACT_KILL_PROCESS);
  return rc != 0 ? rc : work_out_once(NULL);
}

static void the_filter_of_the_next_tests_kills(void** state) {
  (void) state;
  int rc = run_child(killed_for_asking);
  if (rc == NO_FILTER) SKIP("the kernel takes no seccomp filter here\n");
  assert_int_equal(256 + SIGSYS, rc);
}

static int auto_under_kill(void) {
  unsetenv("POLLUX_MONITOR");
  int rc = filter_rings(SCMP_ACT_KILL_PROCESS);
  return rc != 0 ? rc : work_out_once(NULL);
}

static void auto_makes_no_ring_call_unasked(void** state) {
  (void) state;
  expect(auto_under_kill);
}

static int others_under_kill(void) {
  int rc = filter_rings(SCMP_ACT_KILL_PROCESS);
  if (rc != 0) return rc;
  uv_loop_t own;
  static const char* const names[] = { "epoll", "poll", "auto", "poll" };
  if (uv_loop_init(&own) != 0) return 20;
  for (size_t i = 0; rc == 0 && i < 4; i++) {
    if (pollux_monitor_set(&own, names[i]) != 0) return 22;
    rc = work_out(&own);
  }
  return uv_loop_close(&own) == 0 ? rc : 21;
}

static void the_other_monitors_make_no_ring_call(void** state) {
  (void) state;
  expect(others_under_kill);
}

static int forbidden_under_kill(void) {
  setenv("POLLUX_MONITOR", "io_uring", 1);
  setenv("UV_USE_IO_URING", "0", 1);
  int rc = filter_rings(SCMP_ACT_KILL_PROCESS);
  return rc != 0 ? rc : work_without_ring("refused: EPERM, UV_USE_IO_URING=0");
}

static void uv_use_io_uring_0_makes_no_ring_call(void** state) {
  (void) state;
  expect(forbidden_under_kill);
}

static int forbidden_switch_under_kill(void) {
  setenv("UV_USE_IO_URING", "0", 1);
  int rc = filter_rings(SCMP_ACT_KILL_PROCESS);
  if (rc != 0) return rc;
  uv_loop_t own;
  if (uv_loop_init(&own) != 0) return 20;
  rc = work_out(&own);
  if (rc == 0 && pollux_monitor_set(&own, "io_uring") != 0) rc = 22;
  if (rc == 0) rc = work_out(&own);
  return uv_loop_close(&own) == 0 ? rc : 21;
}

static void uv_use_io_uring_0_holds_for_a_switch_too(void** state) {
  (void) state;
  expect(forbidden_switch_under_kill);
}

/* A refusal that cannot change is asked for once per process. */
static int asked_once(void) {
  setenv("POLLUX_MONITOR", "io_uring", 1);
  int rc = filter_rings(SCMP_ACT_ERRNO(EPERM));
  if (rc == 0) rc = work_without_ring("EPERM");
  if (rc == 0)
    rc = filter_rings(SCMP_ACT_KILL_PROCESS); /* Now it would show. */
  return rc != 0 ? rc : work_without_ring("EPERM");
}

static void a_refusal_is_remembered(void** state) {
  (void) state;
  expect(asked_once);
}

/* A ring that works, and then is taken away in the middle. */
static int taken_away(void) {
  setenv("POLLUX_MONITOR", "io_uring", 1);
  uv_loop_t own;
  if (uv_loop_init(&own) != 0) return 20;
  int rc = work_out(&own);
  if (rc == 0) rc = filter_rings(SCMP_ACT_ERRNO(EPERM));
  if (rc == 0) rc = work_out(&own);
  return uv_loop_close(&own) == 0 ? rc : 21;
}

static void a_ring_that_stops_working_is_replaced(void** state) {
  (void) state;
  expect(taken_away);
}

/* The ring is taken away in a callback that closes several hot descriptors and
 * watches another one: the first close finds that out, and the loop only when
 * it waits again. */
enum { LEAVING = 3 };
static int pairs[LEAVING + 1][2];
static uv_poll_t polls[LEAVING + 1];
static unsigned calls;
static int parting_rc;

static void on_late(uv_poll_t* handle, int status, int events) {
  (void) status;
  if (parting_rc == 52) parting_rc = events == UV_READABLE ? 0 : 51;
  uv_close((uv_handle_t*) handle, NULL);
}

static void on_leaving(uv_poll_t* handle, int status, int events) {
  (void) status;
  (void) events;
  if (++calls < 5) return; /* Level: hot by now, all armed with the kernel. */
  parting_rc = 52;
  if (strcmp(pollux_monitor_name(handle->loop), "io_uring") != 0)
    parting_rc = NO_RING;
  else if (filter_rings(SCMP_ACT_ERRNO(EPERM)) != 0)
    parting_rc = NO_FILTER;
  for (int i = 0; i < LEAVING; i++) {
    uv_close((uv_handle_t*) &polls[i], NULL);
    close(pairs[i][0]);
  }
  uv_poll_start(&polls[LEAVING], UV_READABLE, on_late);
}

static int taken_away_amid_closing(void) {
  setenv("POLLUX_MONITOR", "io_uring", 1);
  setenv("POLLUX_IDLE_MS", "0", 1); /* All are hot. */
  uv_loop_t own;
  if (uv_loop_init(&own) != 0) return 20;
  for (int i = 0; i <= LEAVING; i++) {
    make_pair(pairs[i]);
    if (uv_poll_init(&own, &polls[i], pairs[i][0]) != 0) return 50;
    if (i < LEAVING) uv_poll_start(&polls[i], UV_READABLE, on_leaving);
  }
  put(pairs[0][1]);
  put(pairs[LEAVING][1]);
  uv_run(&own, UV_RUN_DEFAULT);
  if (parting_rc != 0) return parting_rc;
  for (int i = 0; i < LEAVING; i++) {
    struct pollfd end = { .fd = pairs[i][1], .events = POLLIN };
    char byte;
    if (poll(&end, 1, 10000) != 1 || recv(pairs[i][1], &byte, 1, 0) > 0)
      return 53;
  }
  if (strcmp(pollux_monitor_name(&own), "epoll") != 0) return WRONG_MONITOR;
  static const char reason[] =
      "io_uring failed: ENODEV, the kernel did not take a cancel";
  if (strstr(pollux_monitor_reason(&own), reason) == NULL) return NO_REASON;
  return uv_loop_close(&own) == 0 ? 0 : 21;
}

static void a_ring_that_stops_working_amid_closing_is_replaced(void** state) {
  (void) state;
  int rc = run_child(taken_away_amid_closing);
  if (rc == NO_FILTER) SKIP("the kernel takes no seccomp filter here\n");
  if (rc == NO_RING) SKIP("there are no rings here\n");
  assert_int_equal(0, rc);
}

/* --- Standard descriptors ------------------------------------------------- */

static int exit_code = -1;

static void on_exit_note(uv_process_t* handle, int64_t status, int signum) {
  exit_code = signum != 0 ? 256 + signum : (int) status;
  uv_close((uv_handle_t*) handle, NULL);
}

/* The ways round do not use the numbers that the process has closed either. */
static int ways_round_without_standard(void) {
  static uv_process_t process;
  char* args[] = { (char*) "/bin/true", NULL };
  const uv_process_options_t options = { .file = args[0],
                                         .args = args,
                                         .exit_cb = on_exit_note };
  setenv("POLLUX_MONITOR", "io_uring", 1);
  int rc = filter_rings(SCMP_ACT_ERRNO(EPERM));
  if (rc == 0) rc = filter_pidfd();
  if (rc != 0) return rc;
  for (int fd = 0; fd <= 2; fd++) close(fd);
  uv_loop_t own;
  if (uv_loop_init(&own) != 0) return 20;
  rc = work_out(&own);
  if (rc != 0) return rc;
  if (uv_spawn(&own, &process, &options) != 0) return 40;
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl(fd, F_GETFD) != -1) return 41;
  uv_run(&own, UV_RUN_DEFAULT);
  if (exit_code != 0) return 42;
  return uv_loop_close(&own) == 0 ? 0 : 21;
}

static void the_ways_round_leave_standard_descriptors_alone(void** state) {
  (void) state;
  expect(ways_round_without_standard);
}

/* --- Limits --------------------------------------------------------------- */

static int without_memlock(void) {
  setenv("POLLUX_MONITOR", "io_uring", 1);
  const struct rlimit none = { 0, 0 };
  if (setrlimit(RLIMIT_MEMLOCK, &none) != 0) return 33;
  return work_out_once(NULL);
}

static void no_locked_memory_allowed(void** state) {
  (void) state;
  expect(without_memlock);
}

static void on_timer(uv_timer_t* timer) {
  uv_close((uv_handle_t*) timer, NULL);
}

static int without_room_for_a_ring(void) {
  setenv("POLLUX_MONITOR", "io_uring", 1);
  uv_loop_t own;
  uv_timer_t timer;
  if (uv_loop_init(&own) != 0) return 20;
  uv_timer_init(&own, &timer);
  uv_timer_start(&timer, on_timer, 1, 0);
  int next_fd = dup(0);
  close(next_fd);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  struct rlimit before = limit;
  limit.rlim_cur = (rlim_t) next_fd;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return 33;
  uv_run(&own, UV_RUN_DEFAULT);
  if (strcmp(pollux_monitor_name(&own), "epoll") != 0) return WRONG_MONITOR;
  setrlimit(RLIMIT_NOFILE, &before);
  int rc = work_out(&own);
  return uv_loop_close(&own) == 0 ? rc : 21;
}

static void no_descriptor_left_for_a_ring(void** state) {
  (void) state;
  expect(without_room_for_a_ring);
}

static int without_any_descriptor(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  struct rlimit before = limit;
  int next_fd = dup(0);
  close(next_fd);
  for (int room = 0; room < 12;
       room++) { /* Each step of uv_loop_init() fails. */
    limit.rlim_cur = (rlim_t) (next_fd + room);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return 33;
    uv_loop_t own;
    int rc = uv_loop_init(&own);
    if (rc != 0 && rc != UV_EMFILE) return 34;
    if (rc == 0 && uv_loop_close(&own) != 0) return 35;
    int now_fd = dup(0);
    if (now_fd >= 0) close(now_fd);
    if (now_fd >= 0 && now_fd != next_fd) return 36; /* Something leaked. */
  }
  setrlimit(RLIMIT_NOFILE, &before);
  return work_out_once(NULL);
}

static void no_descriptor_left_for_a_loop(void** state) {
  (void) state;
  expect(without_any_descriptor);
}

/* --- The administrator ---------------------------------------------------- */

static int asks_for_a_ring(void) {
  setenv("POLLUX_MONITOR", "io_uring", 1);
  return work_without_ring("EPERM, kernel.io_uring_disabled=");
}

static void rings_are_disabled_by_the_administrator(void** state) {
  (void) state;
  char value = '0';
  int fd = open("/proc/sys/kernel/io_uring_disabled", O_RDONLY | O_CLOEXEC);
  if (fd < 0) SKIP("/proc/sys/kernel/io_uring_disabled is not there\n");
  ssize_t got = read(fd, &value, 1);
  close(fd);
  if (got != 1 || value == '0') SKIP("io_uring_disabled is 0\n");
  if (value == '1' && geteuid() == 0) SKIP("the administrator may use rings\n");
  expect(asks_for_a_ring);
}

static int unknown_monitor(void) {
  setenv("POLLUX_MONITOR", "telepathy", 1);
  return work_out_once(NULL);
}

static void an_unknown_name_in_the_environment_is_auto(void** state) {
  (void) state;
  expect(unknown_monitor);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_sandbox_that_says_eperm),
    cmocka_unit_test(a_sandbox_that_says_enosys),
    cmocka_unit_test(a_policy_that_says_eacces),
    cmocka_unit_test(a_kernel_without_memory_for_rings),
    cmocka_unit_test(the_filter_of_the_next_tests_kills),
    cmocka_unit_test(auto_makes_no_ring_call_unasked),
    cmocka_unit_test(the_other_monitors_make_no_ring_call),
    cmocka_unit_test(uv_use_io_uring_0_makes_no_ring_call),
    cmocka_unit_test(uv_use_io_uring_0_holds_for_a_switch_too),
    cmocka_unit_test(a_refusal_is_remembered),
    cmocka_unit_test(a_ring_that_stops_working_is_replaced),
    cmocka_unit_test(a_ring_that_stops_working_amid_closing_is_replaced),
    cmocka_unit_test(the_ways_round_leave_standard_descriptors_alone),
    cmocka_unit_test(no_locked_memory_allowed),
    cmocka_unit_test(no_descriptor_left_for_a_ring),
    cmocka_unit_test(no_descriptor_left_for_a_loop),
    cmocka_unit_test(rings_are_disabled_by_the_administrator),
    cmocka_unit_test(an_unknown_name_in_the_environment_is_auto),
  };
  return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}
