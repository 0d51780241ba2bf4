/* SPDX-License-Identifier: MIT */
/* Files that can be polled: of procfs and sysfs. What could break: a refusal
 * because they are regular files; news that looking takes away, taken by a look
 * that reports to no program (an epoll in an epoll looks twice); and a loop
 * that turns for ever because a regular file is always ready. */
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

static unsigned news; /* Callbacks with UV_PRIORITIZED and nothing wrong. */
static unsigned others;

static void on_news(uv_poll_t* handle, int status, int events) {
  (void) handle;
  if (status == 0 && events == UV_PRIORITIZED)
    news++;
  else
    others++;
}

static void count_call(uv_poll_t* handle, int status, int events) {
  (void) status;
  (void) events;
  ++*(unsigned*) handle->data;
}

static void on_timeout(uv_timer_t* timer) {
  *(bool*) timer->data = true;
}

/* Run until there is more news than `before`, or the time is over. */
static bool hears_within_ms(unsigned before, uint64_t ms) {
  uv_timer_t timer;
  bool is_over = false;
  uv_timer_init(&loop, &timer);
  timer.data = &is_over;
  uv_timer_start(&timer, on_timeout, ms, 0);
  while (news == before && !is_over) uv_run(&loop, UV_RUN_ONCE);
  uv_close((uv_handle_t*) &timer, NULL);
  uv_run(&loop, UV_RUN_NOWAIT);
  return news > before;
}

static int open_news(const char* path, int flags) {
  int fd = open(path, flags | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) SKIP("%s: %s\n", path, strerror(errno));
  return fd;
}

static void watch_news(uv_poll_t* handle, int fd) {
  news = others = 0;
  assert_int_equal(0, uv_poll_init(&loop, handle, fd));
  assert_int_equal(0, uv_poll_start(handle, UV_PRIORITIZED, on_news));
  uv_run(&loop, UV_RUN_NOWAIT);
}

static void end_watch(uv_poll_t* handle, int fd) {
  uv_close((uv_handle_t*) handle, NULL);
  close(fd);
  uv_run(&loop, UV_RUN_NOWAIT);
}

/* --- Mounts --------------------------------------------------------------- */

static char place[] = "/tmp/pollux-news-XXXXXX";

static void enter_mount_namespace(void) {
  if (unshare(CLONE_NEWNS) != 0 ||
      mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
    SKIP("no mount namespace of one's own: %s\n", strerror(errno));
  strcpy(place, "/tmp/pollux-news-XXXXXX");
  assert_non_null(mkdtemp(place));
}

static void change_mounts(unsigned turn) {
  int rc =
      turn % 2 == 0 ? mount("none", place, "tmpfs", 0, NULL) : umount(place);
  assert_int_equal(0, rc);
}

static void hear_of_mounts(unsigned count) {
  for (unsigned i = 0; i < count; i++) {
    unsigned before = news;
    change_mounts(i);
    assert_true(hears_within_ms(before, 10000));
  }
}

static void a_mount_watcher_hears_of_every_change(void** state) {
  (void) state;
  need_wanted_monitor();
  enter_mount_namespace();
  uv_poll_t handle;
  int fd = open_news("/proc/self/mountinfo", O_RDONLY);
  watch_news(&handle, fd);
  hear_of_mounts(100);
  assert_int_equal(100, news);
  assert_int_equal(0, others);
  end_watch(&handle, fd);
  assert_int_equal(0, rmdir(place));
}

/* Whatever is hot or parked beside it. */
static void a_mount_watcher_is_not_alone(void** state) {
  (void) state;
  need_wanted_monitor();
  enter_mount_namespace();
  unsigned calls = 0;
  uv_poll_t handle, neighbour;
  int fds[2];
  make_pair(fds);
  assert_int_equal(0, uv_poll_init(&loop, &neighbour, fds[0]));
  neighbour.data = &calls;
  assert_int_equal(0, uv_poll_start(&neighbour, UV_READABLE, count_call));
  int fd = open_news("/proc/self/mountinfo", O_RDONLY);
  watch_news(&handle, fd);
  for (unsigned turn = 0; turn < 60; turn++) {
    for (unsigned i = 0; i < turn % 3; i++) { /* Hot, and silent again. */
      unsigned before = calls;
      put(fds[1]);
      while (calls == before) uv_run(&loop, UV_RUN_ONCE);
      drain(fds[0]);
    }
    unsigned before = news;
    change_mounts(turn);
    assert_true(hears_within_ms(before, 10000));
    for (int i = 0; i < 30; i++) uv_run(&loop, UV_RUN_NOWAIT);
  }
  assert_int_equal(60, news);
  end_watch(&neighbour, fds[0]);
  close(fds[1]);
  end_watch(&handle, fd);
  assert_int_equal(0, rmdir(place));
}

static void a_mount_watcher_follows_its_loop(void** state) {
  (void) state;
  need_wanted_monitor();
  enter_mount_namespace();
  uv_poll_t handle;
  int fd = open_news("/proc/self/mountinfo", O_RDONLY);
  watch_news(&handle, fd);
  static const char* const names[] = { "epoll", "poll", "epoll", "auto" };
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    hear_of_mounts(4);
    assert_int_equal(0, uv_poll_stop(&handle));
    assert_int_equal(0, uv_poll_start(&handle, UV_PRIORITIZED, on_news));
    uv_run(&loop, UV_RUN_NOWAIT);
    hear_of_mounts(4);
    assert_int_equal(0, pollux_monitor_set(&loop, names[i]));
    uv_run(&loop, UV_RUN_NOWAIT);
  }
  assert_true(uv_backend_fd(&loop) >= 0);
  uv_run(&loop, UV_RUN_NOWAIT);
  hear_of_mounts(4);
  end_watch(&handle, fd);
  assert_int_equal(0, rmdir(place));
}

/* --- Others --------------------------------------------------------------- */

static void a_name_watcher_reads_what_is_new(void** state) {
  (void) state;
  need_wanted_monitor();
  if (unshare(CLONE_NEWUTS) != 0)
    SKIP("no host name of one's own: %s\n", strerror(errno));
  uv_poll_t handle;
  int fd = open_news("/proc/sys/kernel/hostname", O_RDONLY);
  watch_news(&handle, fd);
  for (unsigned i = 0; i < 20; i++) {
    char name[32], found[32] = "";
    size_t length = (size_t) snprintf(name, sizeof(name), "news-%u", i);
    unsigned before = news;
    assert_int_equal(0, sethostname(name, length));
    assert_true(hears_within_ms(before, 10000));
    assert_true(pread(fd, found, sizeof(found) - 1, 0) > 0);
    assert_memory_equal(name, found, length);
  }
  assert_int_equal(0, others);
  end_watch(&handle, fd);
}

static bool is_enough; /* Atomic. */

static void burn(void* arg) {
  (void) arg;
  while (!__atomic_load_n(&is_enough, __ATOMIC_RELAXED)) continue;
}

static void a_pressure_trigger_fires(void** state) {
  (void) state;
  need_wanted_monitor();
  static const char trigger[] = "some 1000 2000000";
  uv_poll_t handle;
  int fd = open_news("/proc/pressure/cpu", O_RDWR);
  if (write(fd, trigger, sizeof(trigger)) < 0)
    SKIP("no trigger: %s\n", strerror(errno));
  watch_news(&handle, fd);
  uv_thread_t threads[2 * 64];
  unsigned count = 2 * uv_available_parallelism();
  if (count > 2 * 64) count = 2 * 64;
  __atomic_store_n(&is_enough, false, __ATOMIC_RELAXED);
  for (unsigned i = 0; i < count; i++)
    assert_int_equal(0, uv_thread_create(&threads[i], burn, NULL));
  bool has_fired = hears_within_ms(0, 30000);
  __atomic_store_n(&is_enough, true, __ATOMIC_RELAXED);
  for (unsigned i = 0; i < count; i++) uv_thread_join(&threads[i]);
  assert_true(has_fired);
  assert_int_equal(0, others);
  end_watch(&handle, fd);
}

/* Nothing new: no call, and no turn of the loop for nothing. */
static void a_file_without_news_is_silent(void** state) {
  (void) state;
  need_wanted_monitor();
  static const char* const paths[] = { "/proc/self/mountinfo", "/proc/swaps",
                                       "/proc/sys/kernel/hostname" };
  for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
    uv_poll_t handle;
    int fd = open_news(paths[i], O_RDONLY);
    watch_news(&handle, fd);
    uint64_t before = counters_of(&loop).waits;
    assert_false(hears_within_ms(0, 20));
    assert_int_equal(0, others);
    assert_in_range(counters_of(&loop).waits - before, 1, 20);
    end_watch(&handle, fd);
  }
}

static void a_file_without_polling_is_refused(void** state) {
  (void) state;
  static const char* const paths[] = { "/proc/self/exe", "/proc/self/stat",
                                       "/tmp", "/dev/null", "/dev/zero" };
  for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
    uv_poll_t handle;
    int fd = open_news(paths[i], O_RDONLY);
    assert_int_equal(UV_EPERM, uv_poll_init(&loop, &handle, fd));
    close(fd);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    T(a_mount_watcher_hears_of_every_change),
    T(a_mount_watcher_is_not_alone),
    T(a_mount_watcher_follows_its_loop),
    T(a_name_watcher_reads_what_is_new),
    T(a_pressure_trigger_fires),
    T(a_file_without_news_is_silent),
    T(a_file_without_polling_is_refused),
#undef T
  };
  return cmocka_run_group_tests_name("news", tests, NULL, NULL);
}
