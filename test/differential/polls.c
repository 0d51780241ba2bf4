/* SPDX-License-Identifier: MIT */
/* Differential scenarios: uv_poll. */
#include "trace.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static uv_poll_t poll, other;
static int ends[2], calls;

static void pair(void) {
  MUST(
      socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends));
}

static void drain(int fd) {
  char room[64];
  while (read(fd, room, sizeof(room)) > 0) continue;
}

static void on_poll(uv_poll_t* handle, int status, int events) {
  say_in(handle == &poll ? "poll" : "other", "%s events %d", num(status),
         events);
}

static void turn(uv_loop_t* loop) {
  say_in("poll", "turn");
  MUST(uv_run(loop, UV_RUN_NOWAIT));
}

static void put(int fd) {
  MUST(write(fd, "x", 1));
}

static void masks(uv_loop_t* loop) {
  pair();
  TRY(uv_poll_init(loop, &poll, ends[0]));
  TRY(uv_poll_start(&poll, UV_READABLE, on_poll));
  turn(loop);
  put(ends[1]);
  turn(loop);
  turn(loop); /* Level-triggered. */
  TRY(uv_poll_start(&poll, UV_READABLE | UV_WRITABLE, on_poll));
  turn(loop);
  TRY(uv_poll_start(&poll, UV_WRITABLE, on_poll));
  turn(loop);
  TRY(uv_poll_start(&poll, UV_DISCONNECT, on_poll));
  turn(loop);
  TRY(uv_poll_start(&poll, 0, on_poll));
  TRY(uv_is_active((uv_handle_t*) &poll));
  turn(loop);
  TRY(uv_poll_start(&poll, UV_READABLE | UV_PRIORITIZED, on_poll));
  turn(loop);
  drain(ends[0]);
  turn(loop);
  TRY(uv_poll_stop(&poll));
  TRY(uv_poll_stop(&poll));
  put(ends[1]);
  turn(loop);
  end(&poll);
  close(ends[0]);
  close(ends[1]);
}

static void hang_up(uv_loop_t* loop) {
  pair();
  MUST(uv_poll_init(loop, &poll, ends[0]));
  TRY(uv_poll_start(&poll, UV_READABLE | UV_DISCONNECT, on_poll));
  put(ends[1]);
  MUST(shutdown(ends[1], SHUT_WR));
  turn(loop);
  TRY(uv_poll_start(&poll, UV_READABLE, on_poll));
  turn(loop);
  TRY(uv_poll_start(&poll, UV_DISCONNECT, on_poll));
  turn(loop);
  close(ends[1]);
  turn(loop);
  TRY(uv_poll_start(&poll, UV_READABLE | UV_WRITABLE | UV_DISCONNECT, on_poll));
  turn(loop);
  TRY(uv_poll_start(&poll, UV_WRITABLE, on_poll));
  turn(loop);
  end(&poll);
  close(ends[0]);
}

/* The writer's end of a pipe without a reader: an error without a mask bit. */
static void pipe_end(uv_loop_t* loop) {
  MUST(pipe2(ends, O_NONBLOCK | O_CLOEXEC));
  MUST(uv_poll_init(loop, &poll, ends[1]));
  MUST(uv_poll_init(loop, &other, ends[0]));
  TRY(uv_poll_start(&poll, UV_WRITABLE, on_poll));
  TRY(uv_poll_start(&other, UV_READABLE, on_poll));
  turn(loop);
  end(&other);
  close(ends[0]);
  turn(loop);
  TRY(uv_poll_start(&poll, UV_READABLE, on_poll));
  turn(loop);
  TRY(uv_is_active((uv_handle_t*) &poll));
  TRY(uv_poll_start(&poll, UV_WRITABLE | UV_DISCONNECT, on_poll));
  turn(loop);
  end(&poll);
  close(ends[1]);
}

static void on_change(uv_poll_t* handle, int status, int events) {
  on_poll(handle, status, events);
  switch (++calls) {
    case 1:
      TRY(uv_poll_start(handle, UV_WRITABLE, on_change));
      break;
    case 2:
      TRY(uv_poll_stop(handle));
      break;
    case 3:
      end(handle);
      break;
    default:
      say("too many");
  }
}

static void changes(uv_loop_t* loop) {
  pair();
  MUST(uv_poll_init(loop, &poll, ends[0]));
  TRY(uv_poll_start(&poll, UV_READABLE, on_change));
  put(ends[1]);
  turn(loop);
  turn(loop);
  turn(loop);
  TRY(uv_poll_start(&poll, UV_READABLE | UV_WRITABLE, on_change));
  turn(loop);
  turn(loop);
  close(ends[0]);
  close(ends[1]);
}

/* Both are ready; whichever comes first stops the other. */
static void on_rival(uv_poll_t* handle, int status, int events) {
  say("one of two: %s %d", num(status), events);
  MUST(uv_poll_stop(handle == &poll ? &other : &poll));
  end(handle);
}

static void rivals(uv_loop_t* loop) {
  pair();
  MUST(uv_poll_init(loop, &poll, ends[0]));
  MUST(uv_poll_init(loop, &other, ends[1]));
  MUST(uv_poll_start(&poll, UV_WRITABLE, on_rival));
  MUST(uv_poll_start(&other, UV_WRITABLE, on_rival));
  MUST(uv_run(loop, UV_RUN_NOWAIT));
  MUST(uv_run(loop, UV_RUN_NOWAIT));
  poll.data = other.data = "one";
  end(&poll);
  end(&other);
  MUST(uv_run(loop, UV_RUN_NOWAIT));
  close(ends[0]);
  close(ends[1]);
}

static void errors(uv_loop_t* loop) {
  TRY(uv_poll_init(loop, &poll, -1));
  TRY(uv_poll_init(loop, &poll, 900));
  int fd = open("file", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  MUST(fd);
  TRY(uv_poll_init(loop, &poll, fd));
  close(fd);
  fd = open(".", O_DIRECTORY | O_CLOEXEC);
  MUST(fd);
  TRY(uv_poll_init(loop, &poll, fd));
  close(fd);
  pair();
  TRY(uv_poll_init(loop, &poll, ends[0]));
  TRY(uv_poll_start(&poll, UV_READABLE, on_poll));
  TRY(uv_poll_init(loop, &other, ends[0]));
  TRY(uv_loop_alive(loop));
  TRY(uv_poll_stop(&poll));
  TRY(uv_loop_alive(loop));
  TRY(uv_poll_init_socket(loop, &other, ends[1]));
  end(&poll);
  end(&other);
  MUST(uv_run(loop, UV_RUN_DEFAULT));
  close(ends[0]);
  close(ends[1]);
}

/* The number comes back for another file: no event of the old one. */
static void reuse(uv_loop_t* loop) {
  pair();
  int old = ends[0];
  MUST(uv_poll_init(loop, &poll, ends[0]));
  MUST(uv_poll_start(&poll, UV_READABLE, on_poll));
  MUST(uv_run(loop, UV_RUN_NOWAIT));
  put(ends[1]);
  MUST(uv_poll_stop(&poll));
  end(&poll);
  int copy = dup(old);
  close(old);
  int fresh[2];
  MUST(pipe2(fresh, O_NONBLOCK | O_CLOEXEC));
  MUST(dup2(fresh[0], old));
  TRY(uv_poll_init(loop, &other, old));
  TRY(uv_poll_start(&other, UV_READABLE, on_poll));
  turn(loop);
  put(fresh[1]);
  turn(loop);
  end(&other);
  MUST(uv_run(loop, UV_RUN_DEFAULT));
  close(copy), close(old), close(fresh[0]), close(fresh[1]), close(ends[1]);
}

static const struct scenario scenarios[] = {
  { "poll-masks", masks },       { "poll-hang-up", hang_up },
  { "poll-pipe-end", pipe_end }, { "poll-changes", changes },
  { "poll-rivals", rivals },     { "poll-errors", errors },
  { "poll-reuse", reuse },
};
const struct family poll_family = { scenarios, COUNT(scenarios) };
