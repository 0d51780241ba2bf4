/* SPDX-License-Identifier: MIT */
/* Differential scenarios: child processes. */
#include "trace.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static uv_process_t child, second;
static uv_pipe_t in, out;
static uv_write_t writing;
static uv_shutdown_t shutting;

static void on_exit_of(uv_process_t* process, int64_t status, int number) {
  say_in("exit", "%s: status %d signal %d",
         process == &child ? "child" : "second", (int) status, number);
  say_in("exit", "kill %s", num(uv_process_kill(process, 0)));
  end(process);
}

static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  if (count > 0)
    say_in("out", "<%.*s>", (int) count, buf->base);
  else {
    say_in("out", "%s", num(count));
    end(stream);
  }
}

static void on_write(uv_write_t* req, int status) {
  (void) req;
  say_in("in", "written %s", num(status));
}

static void on_shutdown(uv_shutdown_t* req, int status) {
  say_in("in", "shut down %s", num(status));
  end(req->handle);
}

static int spawn(uv_loop_t* loop, uv_process_t* process, const char* script,
                 uv_stdio_container_t* stdio, int count) {
  char* args[] = { (char*) "sh", (char*) "-c", (char*) script, NULL };
  uv_process_options_t options;
  memset(&options, 0, sizeof(options));
  options.file = "/bin/sh";
  options.args = args;
  options.exit_cb = on_exit_of;
  options.stdio = stdio;
  options.stdio_count = count;
  return uv_spawn(loop, process, &options);
}

static void statuses(uv_loop_t* loop) {
  TRY(spawn(loop, &child, "exit 7", NULL, 0));
  say("pid %d same %d", child.pid > 0, uv_process_get_pid(&child) == child.pid);
  TRY(uv_is_active((uv_handle_t*) &child));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  TRY(spawn(loop, &child, "kill -TERM $$", NULL, 0));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  TRY(spawn(loop, &child, "exec sleep 60", NULL, 0));
  TRY(uv_process_kill(&child, SIGKILL));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  TRY(spawn(loop, &child, "exec sleep 60", NULL, 0));
  TRY(uv_process_kill(&child, 1000));
  int pid = child.pid;
  end(&child);
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  TRY(uv_kill(pid, SIGKILL));
}

static void output(uv_loop_t* loop) {
  MUST(uv_pipe_init(loop, &in, 0));
  MUST(uv_pipe_init(loop, &out, 0));
  uv_stdio_container_t stdio[3];
  stdio[0].flags = UV_CREATE_PIPE | UV_READABLE_PIPE;
  stdio[0].data.stream = (uv_stream_t*) &in;
  stdio[1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
  stdio[1].data.stream = (uv_stream_t*) &out;
  stdio[2].flags = UV_IGNORE;
  TRY(spawn(loop, &child, "cat; echo lost >&2; exit 3", stdio, 3));
  TRY(uv_is_readable((uv_stream_t*) &in));
  TRY(uv_is_writable((uv_stream_t*) &in));
  TRY(uv_is_readable((uv_stream_t*) &out));
  TRY(uv_is_writable((uv_stream_t*) &out));
  uv_buf_t buf = text("through the cat");
  TRY(uv_read_start((uv_stream_t*) &out, alloc_large, on_read));
  TRY(uv_write(&writing, (uv_stream_t*) &in, &buf, 1, on_write));
  TRY(uv_shutdown(&shutting, (uv_stream_t*) &in, on_shutdown));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

static void inherit(uv_loop_t* loop) {
  int ends[2];
  MUST(uv_pipe(ends, 0, 0));
  MUST(uv_pipe_init(loop, &out, 0));
  uv_stdio_container_t stdio[5];
  for (int i = 0; i < 5; i++) stdio[i].flags = UV_IGNORE;
  stdio[4].flags = UV_INHERIT_FD;
  stdio[4].data.fd = ends[1];
  TRY(spawn(loop, &child, "echo four >&4; ls /proc/self/fd | wc -l >&4", stdio,
            5));
  close(ends[1]);
  MUST(uv_pipe_open(&out, ends[0]));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  MUST(uv_read_start((uv_stream_t*) &out, alloc_large, on_read));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

static void try_options(uv_loop_t* loop, const char* what, const char* file,
                        const char* cwd, unsigned flags, unsigned uid,
                        char** env) {
  char* args[] = { (char*) "sh", (char*) "-c",
                   (char*) "test \"$MARK\" = yes -a \"$PWD\" != /", NULL };
  uv_process_options_t options;
  memset(&options, 0, sizeof(options));
  options.file = file;
  options.args = args;
  options.exit_cb = on_exit_of;
  options.cwd = cwd;
  options.flags = flags;
  options.uid = uid;
  options.env = env;
  memset(&child, 0, sizeof(child));
  say_in("exit", "%s %s", what, num(uv_spawn(loop, &child, &options)));
  say_in("exit", "active %d pid %d", uv_is_active((uv_handle_t*) &child),
         child.pid > 0);
  MUST(uv_run(loop, UV_RUN_DEFAULT));
  end(&child);
  MUST(uv_run(loop, UV_RUN_DEFAULT));
}

static void options(uv_loop_t* loop) {
  char* env[] = { (char*) "MARK=yes", (char*) "PATH=/bin:/usr/bin", NULL };
  char* poor[] = { (char*) "PATH=/nowhere", (char*) "MARK=yes", NULL };
  try_options(loop, "plain", "/bin/sh", NULL, 0, 0, NULL);
  try_options(loop, "environment", "/bin/sh", NULL, 0, 0, env);
  try_options(loop, "by path", "sh", NULL, 0, 0, env);
  try_options(loop, "by poor path", "sh", NULL, 0, 0, poor);
  try_options(loop, "directory", "/bin/sh", "/", 0, 0, env);
  try_options(loop, "no directory", "/bin/sh", "/nowhere", 0, 0, env);
  try_options(loop, "no file", "/nowhere/sh", NULL, 0, 0, env);
  try_options(loop, "not executable", "/etc/passwd", NULL, 0, 0, env);
  try_options(loop, "a directory", "/etc", NULL, 0, 0, env);
  try_options(loop, "detached", "/bin/sh", NULL, UV_PROCESS_DETACHED, 0, env);
  try_options(loop, "hidden", "/bin/sh", NULL, UV_PROCESS_WINDOWS_HIDE, 0, env);
}

/* Each exits only when the one before it has been seen. */
static void order(uv_loop_t* loop) {
  TRY(spawn(loop, &child, "exit 1", NULL, 0));
  TRY(spawn(loop, &second, "sleep 0.2; exit 2", NULL, 0));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  MUST(spawn(loop, &child, "exit 3", NULL, 0));
  uv_unref((uv_handle_t*) &child);
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  uv_ref((uv_handle_t*) &child);
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

static const struct scenario scenarios[] = {
  { "process-statuses", statuses }, { "process-output", output },
  { "process-inherit", inherit },   { "process-options", options },
  { "process-order", order },
};
const struct family process_family = { scenarios, COUNT(scenarios) };
