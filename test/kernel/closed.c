/* SPDX-License-Identifier: MIT */
/* See closed.h. */
#include "closed.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static FILE* messages;

int failed_at(const char* file, int line, const char* condition) {
  fprintf(messages, "%s:%d: %s\n", file, line, condition);
  fflush(messages);
  return 1;
}

/* One bit for each descriptor. */
static const unsigned sets[] = { 1, 2, 4, 3, 5, 6, 7 };
static unsigned closed;
static int (*body)(void);

bool is_open(int fd) {
  return fcntl(fd, F_GETFD) != -1;
}

bool is_in_set(int fd) {
  return fd >= 0 && fd <= 2 && (closed & 1u << fd) != 0;
}

bool set_is_free(void) {
  for (int fd = 0; fd <= 2; fd++)
    if (is_in_set(fd) && is_open(fd)) return false;
  return true;
}

int lowest_of_set(void) {
  int fd = 0;
  while (!is_in_set(fd)) fd++;
  return fd;
}

static int close_set_and_run(void) {
  for (int fd = 0; fd <= 2; fd++)
    if (is_in_set(fd)) close(fd);
  return body();
}

void for_each_set(int (*what)(void)) {
  need_wanted_monitor();
  int messages_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100);
  assert_true(messages_fd >= 0);
  messages = fdopen(messages_fd, "w");
  assert_non_null(messages);
  body = what;
  for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
    closed = sets[i];
    print_message("closed: %s%s%s\n", closed & 1 ? "0 " : "",
                  closed & 2 ? "1 " : "", closed & 4 ? "2 " : "");
    assert_int_equal(0, run_child(close_set_and_run));
  }
  fclose(messages);
}

int fileno_of(const void* handle) {
  uv_os_fd_t fd = -1;
  (void) uv_fileno(handle, &fd);
  return fd;
}

/* --- A child process ------------------------------------------------------ */

int exit_code = -1;

void on_exit_note(uv_process_t* handle, int64_t status, int signum) {
  exit_code = signum != 0 ? 256 + signum : (int) status;
  uv_close((uv_handle_t*) handle, NULL);
}

void lend_room(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  static char room[4096];
  (void) handle;
  (void) size;
  *buf = uv_buf_init(room, sizeof(room));
}

size_t text_len;
char text[256];

static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  if (count < 0) {
    uv_close((uv_handle_t*) stream, NULL);
    return;
  }
  if ((size_t) count > sizeof(text) - 1 - text_len) return;
  memcpy(text + text_len, buf->base, (size_t) count);
  text_len += (size_t) count;
}

int spawn_echo(uv_loop_t* which, uv_process_t* process, uv_pipe_t pipes[2]) {
  static uv_stdio_container_t stdio[3];
  static char* args[] = { (char*) "/bin/cat", NULL };
  const uv_process_options_t options = { .file = args[0],
                                         .args = args,
                                         .stdio = stdio,
                                         .stdio_count = 3,
                                         .exit_cb = on_exit_note };
  stdio[0].flags = (uv_stdio_flags) (UV_CREATE_PIPE | UV_READABLE_PIPE);
  stdio[1].flags = (uv_stdio_flags) (UV_CREATE_PIPE | UV_WRITABLE_PIPE);
  stdio[2].flags = UV_IGNORE;
  for (int i = 0; i < 2; i++) {
    uv_pipe_init(which, &pipes[i], 0);
    stdio[i].data.stream = (uv_stream_t*) &pipes[i];
  }
  exit_code = -1;
  text_len = 0;
  int rc = uv_spawn(which, process, &options);
  if (rc != 0) return rc;
  uv_buf_t buf = uv_buf_init((char*) "hello", 5);
  if (uv_try_write((uv_stream_t*) &pipes[0], &buf, 1) != 5) return UV_EIO;
  return uv_read_start((uv_stream_t*) &pipes[1], lend_room, on_read);
}
