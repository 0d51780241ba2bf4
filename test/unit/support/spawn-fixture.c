/* SPDX-License-Identifier: MIT */
/* See spawn-fixture.h. */
#include "unit/support/spawn-fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct fixture fixture;
int exit_count;
int64_t exit_status_last;
int term_signal_last;

static void on_exit_note(uv_process_t* process, int64_t status, int signum) {
  assert_false(uv_is_active((uv_handle_t*) process));
  exit_count++;
  exit_status_last = status;
  term_signal_last = signum;
}

int setup(void** state) {
  struct fixture* f = &fixture;
  memset(f, 0, sizeof(*f));
  *state = f;
  exit_count = 0;
  exit_status_last = term_signal_last = -1;
  f->options.exit_cb = on_exit_note;
  f->options.args = f->args;
  f->options.stdio = f->stdio;
  return uv_loop_init(&f->loop);
}

static void close_any(uv_handle_t* handle, void* arg) {
  (void) arg;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

static void remove_folder(struct fixture* f) {
  if (f->folder[0] == '\0') return;
  DIR* dir = opendir(f->folder);
  for (struct dirent* e; dir != NULL && (e = readdir(dir)) != NULL;)
    unlinkat(dirfd(dir), e->d_name, 0);
  if (dir != NULL) closedir(dir);
  rmdir(f->folder);
}

/* The folder goes first: the run may not end where a test has failed. */
int teardown(void** state) {
  struct fixture* f = *state;
  remove_folder(f);
  uv_walk(&f->loop, close_any, NULL);
  uv_run(&f->loop, UV_RUN_DEFAULT);
  return uv_loop_close(&f->loop);
}

void shell(struct fixture* f, const char* script) {
  f->options.file = "/bin/sh";
  f->args[0] = (char*) "sh";
  f->args[1] = (char*) "-c";
  f->args[2] = (char*) script;
  f->args[3] = NULL;
}

int spawn(struct fixture* f) {
  return uv_spawn(&f->loop, &f->process, &f->options);
}

int64_t run(struct fixture* f) {
  assert_int_equal(0, spawn(f));
  uv_run(&f->loop, UV_RUN_DEFAULT);
  assert_int_equal(1, exit_count);
  assert_int_equal(0, term_signal_last);
  return exit_status_last;
}

void write_file(struct fixture* f, const char* name, const char* text,
                mode_t mode) {
  if (f->folder[0] == '\0') {
    strcpy(f->folder, "/tmp/pollux-spawn-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
  }
  char path[128];
  snprintf(path, sizeof(path), "%s/%s", f->folder, name);
  int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  assert_true(fd >= 0);
  assert_int_equal((ssize_t) strlen(text), write(fd, text, strlen(text)));
  assert_int_equal(0, fchmod(fd, mode));
  assert_int_equal(0, close(fd));
}
