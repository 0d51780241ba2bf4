/* SPDX-License-Identifier: MIT */
/* uv_fs_event_t and uv_fs_poll_t: paths that are not there, no callback, a
 * second start, names without room, handles closed by another's callback. */
#include "misuse.h"

#include <fcntl.h>
#include <unistd.h>

static uv_fs_event_t event, other;
static uv_fs_poll_t poller;
static int call_count;

static void on_event(uv_fs_event_t* handle, const char* name, int events,
                     int status) {
  (void) handle;
  (void) name;
  (void) events;
  (void) status;
}

static void on_change(uv_fs_poll_t* handle, int status, const uv_stat_t* prev,
                      const uv_stat_t* curr) {
  (void) handle;
  (void) status;
  (void) prev;
  (void) curr;
}

static void events_of_what_is_not_there(void** state) {
  (void) state;
  ANSWERS(0, uv_fs_event_init(&loop, &event));
  ANSWERS(UV_ENOENT, uv_fs_event_start(&event, on_event, "/nowhere/x", 0));
  ANSWERS(UV_ENOENT, uv_fs_event_start(&event, on_event, "", 0));
  ANSWERS(UV_ENAMETOOLONG, uv_fs_event_start(&event, on_event, long_path(), 0));
  ANSWERS(UV_EINVAL, uv_fs_event_start(&event, on_event, NULL, 0));
  ANSWERS(UV_EINVAL, uv_fs_event_start(&event, NULL, "/", 0));
  ANSWERS(0, uv_fs_event_stop(&event));
  assert_int_equal(0, uv_is_active((uv_handle_t*) &event));
}

static void events_started_twice(void** state) {
  (void) state;
  uv_fs_event_init(&loop, &event);
  ANSWERS(0, uv_fs_event_start(&event, on_event, "/", 0));
  ANSWERS(UV_EINVAL, uv_fs_event_start(&event, on_event, "/tmp", 0));
  ANSWERS(0, uv_fs_event_stop(&event));
  ANSWERS(0, uv_fs_event_stop(&event));
}

static void a_closing_handle_does_not_start(void** state) {
  (void) state;
  char path[16];
  size_t size = sizeof(path);
  uv_fs_event_init(&loop, &event);
  ANSWERS(0, uv_fs_poll_init(&loop, &poller));
  uv_close((uv_handle_t*) &event, NULL);
  uv_close((uv_handle_t*) &poller, NULL);
  ANSWERS(UV_EINVAL, uv_fs_event_start(&event, on_event, "/", 0));
  ANSWERS(UV_EINVAL, uv_fs_poll_start(&poller, on_change, "/", 1000));
  ANSWERS(UV_EINVAL, uv_fs_event_getpath(&event, path, &size));
  ANSWERS(UV_EINVAL, uv_fs_poll_getpath(&poller, path, &size));
  turn();
}

static void paths_of_who_watches_nothing(void** state) {
  (void) state;
  char path[64];
  size_t size = sizeof(path);
  uv_fs_event_init(&loop, &event);
  uv_fs_poll_init(&loop, &poller);
  ANSWERS(UV_EINVAL, uv_fs_event_getpath(&event, path, &size));
  assert_int_equal(0, size);
  size = sizeof(path);
  ANSWERS(UV_EINVAL, uv_fs_poll_getpath(&poller, path, &size));
  assert_int_equal(0, size);
}

static void paths_without_room(void** state) {
  (void) state;
  char path[64];
  size_t size = 3;
  uv_fs_event_init(&loop, &event);
  uv_fs_poll_init(&loop, &poller);
  assert_int_equal(0, uv_fs_event_start(&event, on_event, "/etc", 0));
  assert_int_equal(0, uv_fs_poll_start(&poller, on_change, "/etc", 1000));
  ANSWERS(UV_ENOBUFS, uv_fs_event_getpath(&event, path, &size));
  assert_int_equal(5, size);
  size = 3;
  ANSWERS(UV_ENOBUFS, uv_fs_poll_getpath(&poller, path, &size));
  assert_int_equal(5, size);
  size = 0;
  ANSWERS(UV_ENOBUFS, uv_fs_poll_getpath(&poller, path, &size));
  ANSWERS(UV_EINVAL, uv_fs_event_getpath(&event, NULL, &size));
  ANSWERS(UV_EINVAL, uv_fs_event_getpath(&event, path, NULL));
  ANSWERS(UV_EINVAL, uv_fs_poll_getpath(&poller, NULL, &size));
  ANSWERS(UV_EINVAL, uv_fs_poll_getpath(&poller, path, NULL));
}

static void polling_of_nothing(void** state) {
  (void) state;
  uv_fs_poll_init(&loop, &poller);
  ANSWERS(UV_EINVAL, uv_fs_poll_start(&poller, on_change, NULL, 1000));
  ANSWERS(0, uv_fs_poll_stop(&poller));
  ANSWERS(0, uv_fs_poll_start(&poller, NULL, "/nowhere/x", 0));
  ANSWERS(0, uv_fs_poll_start(&poller, on_change, "/", 1000)); /* No effect. */
  for (int n = 0; n < 5; n++) uv_run(&loop, UV_RUN_ONCE);
  ANSWERS(0, uv_fs_poll_stop(&poller));
  ANSWERS(0, uv_fs_poll_stop(&poller));
}

static bool was_told;
static int told_status;

static void note(uv_fs_poll_t* handle, int status, const uv_stat_t* prev,
                 const uv_stat_t* curr) {
  (void) handle;
  (void) prev;
  (void) curr;
  told_status = status;
  was_told = true;
}

static void polling_tells_what_is_not_there(void** state) {
  (void) state;
  was_told = false;
  uv_fs_poll_init(&loop, &poller);
  ANSWERS(0, uv_fs_poll_start(&poller, note, long_path(), 1));
  run_until(&was_told);
  assert_int_equal(UV_ENAMETOOLONG, told_status);
}

/* --- Closed by another ---------------------------------------------------- */

static void close_both(uv_fs_event_t* handle, const char* name, int events,
                       int status) {
  (void) handle;
  (void) name;
  (void) events;
  (void) status;
  call_count++;
  uv_close((uv_handle_t*) &event, NULL);
  uv_close((uv_handle_t*) &other, NULL);
}

static void who_is_closed_by_another_is_not_called(void** state) {
  (void) state;
  const char* path = free_path();
  int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  assert_true(fd >= 0);
  uv_fs_event_init(&loop, &event);
  uv_fs_event_init(&loop, &other);
  assert_int_equal(0, uv_fs_event_start(&event, close_both, path, 0));
  assert_int_equal(0, uv_fs_event_start(&other, close_both, path, 0));
  call_count = 0;
  put(fd);
  turn();
  assert_int_equal(1, call_count);
  close(fd);
  unlink(path);
}

static void no_events_without_descriptors(void** state) {
  (void) state;
  uv_fs_event_init(&loop, &event);
  refuse_fds();
  ANSWERS(UV_EMFILE, uv_fs_event_start(&event, on_event, "/", 0));
  allow_fds();
  ANSWERS(0, uv_fs_event_start(&event, on_event, "/", 0));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(events_of_what_is_not_there),
    T(events_started_twice),
    T(a_closing_handle_does_not_start),
    T(paths_of_who_watches_nothing),
    T(paths_without_room),
    T(polling_of_nothing),
    T(polling_tells_what_is_not_there),
    T(who_is_closed_by_another_is_not_called),
    T(no_events_without_descriptors),
  };
  return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
