/* SPDX-License-Identifier: MIT */
/* Differential scenarios: fs_event and fs_poll. Each change is made after the
 * events of the one before have come. */
#include "trace.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uv_fs_event_t event, second;
static uv_fs_poll_t poll;

static void on_event(uv_fs_event_t* handle, const char* name, int events,
                     int status) {
  say_in(handle == &event ? "event" : "second", "%s %s %s%s",
         name == NULL ? "nameless" : name, num(status),
         events & UV_RENAME ? "rename " : "",
         events & UV_CHANGE ? "change" : "");
}

static void turn(uv_loop_t* loop, const char* what) {
  say_in("event", "%s:", what);
  for (int i = 0; i < 3; i++) MUST(uv_run(loop, UV_RUN_NOWAIT));
}

static void put(const char* path, const char* words) {
  int fd = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
  MUST(fd);
  MUST(write(fd, words, strlen(words)));
  close(fd);
}

static void say_path(uv_fs_event_t* handle, size_t size) {
  char path[64] = "";
  int rc = uv_fs_event_getpath(handle, path, &size);
  say("path %s <%s> %zu", num(rc), path, size);
}

static void directory(uv_loop_t* loop) {
  MUST(mkdir("d", 0755));
  MUST(uv_fs_event_init(loop, &event));
  say_path(&event, 64);
  TRY(uv_fs_event_start(&event, on_event, "d", 0));
  TRY(uv_fs_event_start(&event, on_event, "d", 0));
  say_path(&event, 64);
  say_path(&event, 1);
  turn(loop, "nothing");
  put("d/file", "x");
  turn(loop, "create and write");
  put("d/file", "y");
  turn(loop, "write");
  MUST(chmod("d/file", 0600));
  turn(loop, "chmod");
  MUST(rename("d/file", "d/other"));
  turn(loop, "rename");
  MUST(mkdir("d/sub", 0755));
  turn(loop, "mkdir");
  MUST(unlink("d/other"));
  turn(loop, "unlink");
  MUST(rmdir("d/sub"));
  MUST(rmdir("d"));
  turn(loop, "directory removed");
  TRY(uv_is_active((uv_handle_t*) &event));
  TRY(uv_fs_event_stop(&event));
  TRY(uv_fs_event_stop(&event));
  TRY(uv_fs_event_start(&event, on_event, "nothing", 0));
  TRY(uv_is_active((uv_handle_t*) &event));
  end(&event);
}

static void file(uv_loop_t* loop) {
  put("file", "x");
  MUST(uv_fs_event_init(loop, &event));
  MUST(uv_fs_event_init(loop, &second));
  MUST(uv_fs_event_start(&event, on_event, "file", 0));
  MUST(uv_fs_event_start(&second, on_event, "file", 0));
  put("file", "y");
  turn(loop, "write");
  MUST(uv_fs_event_stop(&second));
  put("file", "z");
  turn(loop, "write");
  MUST(uv_fs_event_start(&second, on_event, "./file", 0));
  MUST(rename("file", "moved"));
  turn(loop, "rename");
  put("moved", "z");
  turn(loop, "write");
  MUST(unlink("moved"));
  turn(loop, "unlink");
  end(&second);
  end(&event);
}

static void close_both(uv_fs_event_t* handle, const char* name, int events,
                       int status) {
  (void) handle, (void) events;
  say("one of two: %s %s", name, num(status));
  event.data = second.data = "one";
  end(&event);
  end(&second);
}

static void closing(uv_loop_t* loop) {
  put("file", "x");
  MUST(uv_fs_event_init(loop, &event));
  MUST(uv_fs_event_init(loop, &second));
  MUST(uv_fs_event_start(&event, close_both, "file", 0));
  MUST(uv_fs_event_start(&second, close_both, "file", 0));
  put("file", "y");
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

static int polls;

static void on_poll(uv_fs_poll_t* handle, int status, const uv_stat_t* before,
                    const uv_stat_t* after) {
  say("poll %s: %d, then %d", num(status), (int) before->st_size,
      (int) after->st_size);
  switch (polls++) {
    case 0:
      put("file", "xx");
      break;
    case 1:
      put("file", "yyy");
      break;
    case 2:
      MUST(unlink("file"));
      break;
    default:
      end(handle);
  }
}

static void polling(uv_loop_t* loop) {
  char path[16] = "";
  size_t size = sizeof(path);
  MUST(uv_fs_poll_init(loop, &poll));
  TRY(uv_fs_poll_getpath(&poll, path, &size));
  TRY(uv_fs_poll_start(&poll, on_poll, "file", 20));
  TRY(uv_fs_poll_start(&poll, on_poll, "other", 20));
  size = sizeof(path);
  TRY(uv_fs_poll_getpath(&poll, path, &size));
  say("<%s> %zu", path, size);
  size = 2;
  TRY(uv_fs_poll_getpath(&poll, path, &size));
  say("%zu", size);
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  TRY(uv_fs_poll_stop(&poll));
}

static const struct scenario scenarios[] = {
  { "watch-directory", directory },
  { "watch-file", file },
  { "watch-closing", closing },
  { "watch-polling", polling },
};
const struct family watch_family = { scenarios, COUNT(scenarios) };
