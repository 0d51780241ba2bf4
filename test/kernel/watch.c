/* SPDX-License-Identifier: MIT */
/* Watching files. What could break: an overflow of inotify's queue that loses
 * events without a word, tells a watcher twice or not at all, touches a handle
 * that a callback has closed, or never ends when callbacks start again. */
#include "common.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WATCHERS = 5, QUEUE_MAX = 1 << 20 };

struct watcher {
  uv_fs_event_t handle;
  char path[64];
  unsigned named, nameless; /* Calls with a name and without. */
  int events, status;       /* Of the nameless ones. */
};

static struct watcher watchers[WATCHERS];
static char folder[32];
static unsigned nameless; /* Of all. */

static char* below(const char* name) {
  static char path[64];
  snprintf(path, sizeof(path), "%s/%s", folder, name);
  return path;
}

static void make_file(const char* name) {
  int fd = open(below(name), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  assert_true(fd >= 0);
  close(fd);
}

/* `noisy` holds the files `a` and `b`; nothing ever happens in `quiet`. */
static int set_up_watchers(void** state) {
  memset(watchers, 0, sizeof(watchers));
  nameless = 0;
  strcpy(folder, "/tmp/pollux-watch-XXXXXX");
  if (mkdtemp(folder) == NULL) return -1;
  if (mkdir(below("noisy"), 0755) != 0) return -1;
  if (mkdir(below("quiet"), 0755) != 0) return -1;
  make_file("noisy/a");
  make_file("noisy/b");
  make_file("alone");
  return set_up(state);
}

static int remove_entry(const char* path, const struct stat* status, int type,
                        struct FTW* place) {
  (void) status;
  (void) type;
  (void) place;
  return remove(path);
}

static int tear_down_watchers(void** state) {
  int rc = tear_down(state);
  return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS) != 0 ? -1 : rc;
}

/* Two of them watch `quiet`, two `noisy`, one a file; all call `cb`. */
static void start_watchers(uv_fs_event_cb cb) {
  static const char* const names[WATCHERS] = { "quiet", "noisy", "alone",
                                               "quiet", "noisy" };
  for (int i = 0; i < WATCHERS; i++) {
    struct watcher* w = &watchers[i];
    strcpy(w->path, below(names[i]));
    assert_int_equal(0, uv_fs_event_init(&loop, &w->handle));
    w->handle.data = w;
    assert_int_equal(0, uv_fs_event_start(&w->handle, cb, w->path, 0));
  }
}

/* Make more events than the kernel keeps, with the loop not looking. Equal ones
 * in a row count once, so two files take turns. */
static void overflow(void) {
  FILE* file = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
  unsigned limit = 0;
  if (file == NULL || fscanf(file, "%u", &limit) != 1 || limit > QUEUE_MAX)
    limit = 0;
  if (file != NULL) fclose(file);
  if (limit == 0) SKIP("the queue's length is not known or has no end\n");
  char a[64];
  strcpy(a, below("noisy/a"));
  const char* b = below("noisy/b");
  for (unsigned i = 0; i < limit + 16; i++)
    assert_int_equal(0, chmod(i % 2 ? a : b, 0600));
}

static void note(struct watcher* w, const char* name, int events, int status) {
  if (name != NULL) {
    w->named++;
    return;
  }
  w->nameless++;
  w->events = events;
  w->status = status;
  nameless++;
}

static void on_event(uv_fs_event_t* handle, const char* name, int events,
                     int status) {
  note(handle->data, name, events, status);
}

static void run_until_told(void) {
  for (int i = 0; i < 100000 && nameless == 0; i++)
    uv_run(&loop, UV_RUN_NOWAIT);
  assert_true(nameless > 0);
  for (int i = 0; i < 10; i++) uv_run(&loop, UV_RUN_NOWAIT);
}

static void an_overflow_is_told_to_every_watcher_once(void** state) {
  (void) state;
  need_wanted_monitor();
  start_watchers(on_event);
  overflow();
  run_until_told();
  for (int i = 0; i < WATCHERS; i++) {
    assert_int_equal(1, watchers[i].nameless);
    assert_int_equal(UV_RENAME | UV_CHANGE, watchers[i].events);
    assert_int_equal(0, watchers[i].status);
  }
  assert_int_equal(0, watchers[0].named);
  assert_true(watchers[1].named > 1000);

  make_file("quiet/new"); /* And all is as before. */
  while (watchers[0].named == 0) uv_run(&loop, UV_RUN_ONCE);
  assert_true(watchers[3].named > 0);
  assert_int_equal(WATCHERS, nameless);
}

static void close_all_of_them(uv_fs_event_t* handle, const char* name,
                              int events, int status) {
  note(handle->data, name, events, status);
  if (name != NULL) return;
  for (int i = 0; i < WATCHERS; i++)
    uv_close((uv_handle_t*) &watchers[i].handle, NULL);
}

static void whoever_hears_of_an_overflow_may_close_all(void** state) {
  (void) state;
  need_wanted_monitor();
  start_watchers(close_all_of_them);
  overflow();
  run_until_told();
  assert_int_equal(1, nameless);
  assert_false(uv_loop_alive(&loop));
}

static void stop_the_others(uv_fs_event_t* handle, const char* name, int events,
                            int status) {
  note(handle->data, name, events, status);
  if (name != NULL) return;
  for (int i = 0; i < WATCHERS; i++)
    if (&watchers[i].handle != handle) uv_fs_event_stop(&watchers[i].handle);
}

static void whoever_is_stopped_hears_of_no_overflow(void** state) {
  (void) state;
  need_wanted_monitor();
  start_watchers(stop_the_others);
  overflow();
  run_until_told();
  assert_int_equal(1, nameless);
  int active = 0;
  for (int i = 0; i < WATCHERS; i++)
    active += uv_is_active((uv_handle_t*) &watchers[i].handle);
  assert_int_equal(1, active);
}

static void start_again(uv_fs_event_t* handle, const char* name, int events,
                        int status) {
  struct watcher* w = handle->data;
  note(w, name, events, status);
  if (name != NULL) return;
  assert_int_equal(0, uv_fs_event_stop(handle));
  assert_int_equal(0, uv_fs_event_start(handle, start_again, w->path, 0));
}

static void whoever_starts_again_is_told_once(void** state) {
  (void) state;
  need_wanted_monitor();
  start_watchers(start_again);
  overflow();
  run_until_told();
  for (int i = 0; i < WATCHERS; i++) assert_int_equal(1, watchers[i].nameless);
  make_file("quiet/new");
  while (watchers[0].named == 0 || watchers[3].named == 0)
    uv_run(&loop, UV_RUN_ONCE);
}

static pid_t fork_result; /* -1 before. */

static void fork_once(uv_fs_event_t* handle, const char* name, int events,
                      int status) {
  note(handle->data, name, events, status);
  if (name != NULL || fork_result != -1) return;
  fork_result = fork();
  assert_true(fork_result >= 0);
  if (fork_result > 0) return;
  alarm(60);
  if (uv_loop_fork(handle->loop) != 0) _exit(1);
}

/* In the child: a handle that was due is not called, but hears what is new. */
static int look_around(void) {
  if (nameless != 1) return 2;
  make_file("quiet/new");
  while (watchers[0].named == 0 || watchers[3].named == 0)
    uv_run(&loop, UV_RUN_ONCE);
  return 0;
}

static void a_fork_amid_an_overflow_keeps_all_watchers(void** state) {
  (void) state;
  need_wanted_monitor();
  start_watchers(fork_once);
  fork_result = -1;
  overflow();
  run_until_told();
  if (fork_result == 0) _exit(look_around());
  int code = 0;
  assert_int_equal(fork_result, waitpid(fork_result, &code, 0));
  assert_int_equal(0, code);
  assert_int_equal(WATCHERS, nameless);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name)                                                                \
  cmocka_unit_test_setup_teardown(name, set_up_watchers, tear_down_watchers)
    T(an_overflow_is_told_to_every_watcher_once),
    T(whoever_hears_of_an_overflow_may_close_all),
    T(whoever_is_stopped_hears_of_no_overflow),
    T(whoever_starts_again_is_told_once),
    T(a_fork_amid_an_overflow_keeps_all_watchers),
#undef T
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
