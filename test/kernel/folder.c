/* SPDX-License-Identifier: MIT */
/* See folder.h. */
#include "folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void use(const char* value) {
  alarm(PATIENCE_S);
  setenv("POLLUX_STATS", value, 1);
}

char* content(const char* path) {
  static char text[200000];
  memset(text, 0, sizeof(text));
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return text;
  ssize_t got = 0;
  for (size_t used = 0; used < sizeof(text) - 1; used += (size_t) got) {
    got = read(fd, text + used, sizeof(text) - 1 - used);
    if (got <= 0) break;
  }
  close(fd);
  return text;
}

int lines_in(const char* path) {
  int count = 0;
  char* state = NULL;
  char* text = content(path);
  if (*text != '\0' && text[strlen(text) - 1] != '\n') return -1;
  for (char* line = strtok_r(text, "\n", &state); line != NULL;
       line = strtok_r(NULL, "\n", &state), count++)
    if (strncmp(line, "pollux: pid=", 12) != 0 ||
        strstr(line + 1, "pollux: ") != NULL ||
        strstr(line, " reason=") == NULL)
      return -1;
  return count;
}

int files_here(void) {
  int count = 0;
  DIR* folder = opendir(".");
  while (readdir(folder) != NULL) count++;
  closedir(folder);
  return count - 2;
}

static void do_nothing(uv_timer_t* timer) {
  (void) timer;
}

int poll_in(uv_loop_t* own) {
  uv_timer_t timer;
  uv_timer_init(own, &timer);
  uv_timer_start(&timer, do_nothing, 0, 0);
  uv_run(own, UV_RUN_DEFAULT);
  uv_close((uv_handle_t*) &timer, NULL);
  return uv_run(own, UV_RUN_DEFAULT);
}

bool reason_has(const char* part) {
  uv_loop_t own;
  if (uv_loop_init(&own) != 0) return false;
  poll_in(&own);
  bool found = strstr(pollux_monitor_reason(&own), part) != NULL;
  if (!found) dprintf(1, "reason: %s\n", pollux_monitor_reason(&own));
  return uv_loop_close(&own) == 0 && found;
}

void expect(int (*body)(void)) {
  char folder[] = "/tmp/pollux-stats-XXXXXX";
  char before[PATH_MAX];
  assert_non_null(getcwd(before, sizeof(before)));
  assert_non_null(mkdtemp(folder));
  assert_int_equal(0, chdir(folder));
  int rc = run_child(body);
  DIR* dir = opendir(".");
  for (struct dirent* entry; (entry = readdir(dir)) != NULL;)
    if (entry->d_name[0] != '.' && unlink(entry->d_name) != 0)
      rmdir(entry->d_name);
  closedir(dir);
  assert_int_equal(0, chdir(before));
  assert_int_equal(0, rmdir(folder));
  if (rc == NO_TERMINAL) SKIP("no pseudo-terminal can be had here\n");
  assert_int_equal(0, rc);
}
