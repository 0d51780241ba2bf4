/* SPDX-License-Identifier: MIT */
/* The child loads the library, makes a loop, lets it poll once, and writes what
 * pollux.h says of it into a pipe. POLLUX_STATS is taken out first: the
 * question shall leave no line in the user's file. */
#include "tool/library.h"

#include "pollux.h"
#include "tool/text.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is called, by its own type. */
struct calls {
  __typeof__(&uv_version_string) uv_version_string;
  __typeof__(&uv_available_parallelism) uv_available_parallelism;
  __typeof__(&uv_loop_init) uv_loop_init;
  __typeof__(&uv_idle_init) uv_idle_init;
  __typeof__(&uv_idle_start) uv_idle_start;
  __typeof__(&uv_run) uv_run;
  __typeof__(&pollux_monitor_set) pollux_monitor_set;
  __typeof__(&pollux_monitor_name) pollux_monitor_name;
  __typeof__(&pollux_monitor_reason) pollux_monitor_reason;
  __typeof__(&pollux_busy_poll_get) pollux_busy_poll_get;
};

#define TAKE(name)                                                             \
  (calls->name = (__typeof__(calls->name)) dlsym(library, #name)) != NULL

static bool load(const char* home, struct calls* calls) {
  char* path = text_format("%s/libuv.so.1", home);
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  free(path);
  return library != NULL && TAKE(uv_version_string) &&
         TAKE(uv_available_parallelism) && TAKE(uv_loop_init) &&
         TAKE(uv_idle_init) && TAKE(uv_idle_start) && TAKE(uv_run) &&
         TAKE(pollux_monitor_set) && TAKE(pollux_monitor_name) &&
         TAKE(pollux_monitor_reason) && TAKE(pollux_busy_poll_get);
}

static void on_idle(uv_idle_t* idle) {
  (void) idle;
}

static int ask(const struct calls* calls, const char* monitor,
               struct library_answer* answer) {
  uv_loop_t loop;
  uv_idle_t idle;
  pollux_busy_poll_t busy;
  if (calls->uv_loop_init(&loop) != 0) return -ENOMEM;
  if (monitor != NULL && calls->pollux_monitor_set(&loop, monitor) != 0)
    return -EINVAL;
  calls->uv_idle_init(&loop, &idle);
  calls->uv_idle_start(&idle, on_idle);
  calls->uv_run(&loop, UV_RUN_NOWAIT);
  const char* name = calls->pollux_monitor_name(&loop);
  if (calls->pollux_busy_poll_get(&loop, &busy) != 0) return -EINVAL;
  snprintf(answer->version, sizeof(answer->version), "%s",
           calls->uv_version_string());
  snprintf(answer->monitor, sizeof(answer->monitor), "%s",
           name == NULL ? "none" : name);
  snprintf(answer->reason, sizeof(answer->reason), "%s",
           calls->pollux_monitor_reason(&loop));
  answer->spin_max_ns = busy.max_ns;
  answer->parallelism = calls->uv_available_parallelism();
  return 0;
}

struct message {
  int rc;
  struct library_answer answer;
};

static void answer_from_child(const char* home, const char* monitor, int fd) {
  struct message message = { .rc = -ELIBACC };
  struct calls calls;
  unsetenv("POLLUX_STATS");
  if (load(home, &calls)) message.rc = ask(&calls, monitor, &message.answer);
  ssize_t sent = write(fd, &message, sizeof(message)); /* Below PIPE_BUF. */
  _exit(sent == (ssize_t) sizeof(message) ? 0 : 1);
}

int library_ask(const char* home, const char* monitor,
                struct library_answer* answer) {
  int fds[2];
  if (pipe(fds) != 0) return -errno;
  fflush(NULL);
  pid_t child = fork();
  if (child < 0) {
    int error = errno;
    close(fds[0]);
    close(fds[1]);
    return -error;
  }
  if (child == 0) answer_from_child(home, monitor, fds[1]);
  close(fds[1]);
  struct message message = { .rc = -EIO };
  ssize_t got;
  do got = read(fds[0], &message, sizeof(message));
  while (got < 0 && errno == EINTR);
  close(fds[0]);
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
  if (got != (ssize_t) sizeof(message)) return -EIO;
  if (message.rc == 0) *answer = message.answer;
  return message.rc;
}
