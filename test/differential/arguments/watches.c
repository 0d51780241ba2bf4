/* SPDX-License-Identifier: MIT */
/* Argument checks: files that are watched, descriptors that are polled,
 * signals, terminals. */
#include "cases.h"

#include <limits.h>
#include <signal.h>
#include <sys/socket.h>

static uv_fs_event_t event;
static uv_fs_poll_t fs_poll;
static uv_poll_t poll_handle;
static uv_signal_t signal_handle;
static uv_tty_t tty;
static uv_tty_vtermstate_t vterm;
static int width, height;

static void on_event(uv_fs_event_t* handle, const char* name, int events,
                     int status) {
  (void) handle, (void) name, (void) events, (void) status;
}

static void on_fs_poll(uv_fs_poll_t* handle, int status, const uv_stat_t* was,
                       const uv_stat_t* is) {
  (void) handle, (void) status, (void) was, (void) is;
}

static void on_poll(uv_poll_t* handle, int status, int events) {
  (void) handle, (void) status, (void) events;
}

static void on_signal(uv_signal_t* handle, int signum) {
  (void) handle, (void) signum;
}

static uv_fs_event_t* event_new(void) {
  uv_fs_event_init(loop(), &event);
  return &event;
}

static uv_fs_event_t* event_started(void) {
  uv_fs_event_start(event_new(), on_event, ".", 0);
  return &event;
}

static uv_fs_poll_t* fs_poll_new(void) {
  uv_fs_poll_init(loop(), &fs_poll);
  return &fs_poll;
}

static uv_fs_poll_t* fs_poll_started(void) {
  uv_fs_poll_start(fs_poll_new(), on_fs_poll, ".", 100000);
  return &fs_poll;
}

static uv_poll_t* poll_new(void) {
  uv_poll_init(loop(), &poll_handle, read_end());
  return &poll_handle;
}

static uv_poll_t* poll_started(void) {
  uv_poll_start(poll_new(), UV_READABLE, on_poll);
  return &poll_handle;
}

static uv_signal_t* signal_new(void) {
  uv_signal_init(loop(), &signal_handle);
  return &signal_handle;
}

static uv_signal_t* signal_started(void) {
  uv_signal_start(signal_new(), on_signal, SIGUSR1);
  return &signal_handle;
}

void watch_cases(void) {
  CASE(uv_fs_event_init, "fresh", loop(), &event);
  CASE(uv_fs_event_start, "not there", event_new(), on_event, "none", 0);
  CASE(uv_fs_event_start, "empty path", event_new(), on_event, "", 0);
  CASE(uv_fs_event_start, "too long path", event_new(), on_event, long_path(),
       0);
  CASE(uv_fs_event_start, "started", event_started(), on_event, ".", 0);
  CASE(uv_fs_event_start, "closing", closing(event_new()), on_event, ".", 0);
  CASE(uv_fs_event_start, "no such flag", event_new(), on_event, ".", 1u << 20);
  CASE(uv_fs_event_stop, "not started", event_new());
  CASE(uv_fs_event_stop, "started", event_started());
  CASE(uv_fs_event_stop, "closing", closing(event_started()));
  CASE(uv_fs_event_getpath, "not started", event_new(), room(), size_of(4096));
  CASE(uv_fs_event_getpath, "size 0", event_started(), room(), size_of(0));
  CASE(uv_fs_event_getpath, "size 1", event_started(), room(), size_of(1));
  CASE(uv_fs_event_getpath, "size 2", event_started(), room(), size_of(2));
  CASE(uv_fs_event_getpath, "closing", closing(event_started()), room(),
       size_of(4096));
  CASE(uv_fs_event_getpath, "NULL buffer", event_started(), NULL,
       size_of(4096));
  CASE(uv_fs_event_getpath, "NULL size", event_started(), room(), NULL);
  CASE(uv_fs_poll_init, "fresh", loop(), &fs_poll);
  CASE(uv_fs_poll_start, "not there", fs_poll_new(), on_fs_poll, "none",
       100000);
  CASE(uv_fs_poll_start, "interval 0", fs_poll_new(), on_fs_poll, ".", 0);
  CASE(uv_fs_poll_start, "started", fs_poll_started(), on_fs_poll, ".", 1);
  CASE(uv_fs_poll_start, "closing", closing(fs_poll_new()), on_fs_poll, ".", 1);
  CASE(uv_fs_poll_stop, "not started", fs_poll_new());
  CASE(uv_fs_poll_stop, "started", fs_poll_started());
  CASE(uv_fs_poll_stop, "closing", closing(fs_poll_started()));
  CASE(uv_fs_poll_getpath, "not started", fs_poll_new(), room(), size_of(4096));
  CASE(uv_fs_poll_getpath, "size 0", fs_poll_started(), room(), size_of(0));
  CASE(uv_fs_poll_getpath, "size 1", fs_poll_started(), room(), size_of(1));
  CASE(uv_fs_poll_getpath, "size 2", fs_poll_started(), room(), size_of(2));
  CASE(uv_fs_poll_getpath, "closing", closing(fs_poll_started()), room(),
       size_of(4096));
  CASE(uv_fs_poll_getpath, "NULL buffer", fs_poll_started(), NULL,
       size_of(4096));
  CASE(uv_fs_poll_getpath, "NULL size", fs_poll_started(), room(), NULL);
  CASE(uv_poll_init, "-1", loop(), &poll_handle, -1);
  CASE(uv_poll_init, "closed", loop(), &poll_handle, CLOSED_FD);
  CASE(uv_poll_init, "a file", loop(), &poll_handle, file_fd());
  CASE(uv_poll_init, "INT_MAX", loop(), &poll_handle, INT_MAX);
  CASE(uv_poll_init, "in use", loop(), &poll_handle,
       poll_started()->io_watcher.fd);
  CASE(uv_poll_init_socket, "-1", loop(), &poll_handle, -1);
  CASE(uv_poll_init_socket, "closed", loop(), &poll_handle, CLOSED_FD);
  CASE(uv_poll_init_socket, "a file", loop(), &poll_handle, file_fd());
  CASE(uv_poll_start, "no events", poll_new(), 0, on_poll);
  CASE(uv_poll_start, "no such event", poll_new(), 1 << 10, on_poll);
  CASE(uv_poll_start, "closing", closing(poll_new()), UV_READABLE, on_poll);
  CASE(uv_poll_start, "started", poll_started(), UV_WRITABLE, on_poll);
  CASE(uv_poll_stop, "not started", poll_new());
  CASE(uv_poll_stop, "started", poll_started());
  CASE(uv_poll_stop, "closing", closing(poll_started()));
  CASE(uv_signal_init, "fresh", loop(), &signal_handle);
  CASE(uv_signal_start, "signal 0", signal_new(), on_signal, 0);
  CASE(uv_signal_start, "-1", signal_new(), on_signal, -1);
  CASE(uv_signal_start, "SIGKILL", signal_new(), on_signal, SIGKILL);
  CASE(uv_signal_start, "SIGSTOP", signal_new(), on_signal, SIGSTOP);
  CASE(uv_signal_start, "no such signal", signal_new(), on_signal, 1000);
  CASE(uv_signal_start, "65", signal_new(), on_signal, 65);
  CASE(uv_signal_start, "started, the same", signal_started(), on_signal,
       SIGUSR1);
  CASE(uv_signal_start, "started, another", signal_started(), on_signal,
       SIGUSR2);
  CASE(uv_signal_start, "closing", closing(signal_new()), on_signal, SIGUSR1);
  CASE(uv_signal_start, "NULL callback", signal_new(), NULL, SIGUSR1);
  CASE(uv_signal_start, "signal 0, started", signal_started(), on_signal, 0);
  CASE(uv_signal_start_oneshot, "signal 0", signal_new(), on_signal, 0);
  CASE(uv_signal_start_oneshot, "-1", signal_new(), on_signal, -1);
  CASE(uv_signal_start_oneshot, "SIGKILL", signal_new(), on_signal, SIGKILL);
  CASE(uv_signal_start_oneshot, "SIGSTOP", signal_new(), on_signal, SIGSTOP);
  CASE(uv_signal_start_oneshot, "no such signal", signal_new(), on_signal,
       1000);
  CASE(uv_signal_start_oneshot, "65", signal_new(), on_signal, 65);
  CASE(uv_signal_start_oneshot, "started, the same", signal_started(),
       on_signal, SIGUSR1);
  CASE(uv_signal_start_oneshot, "started, another", signal_started(), on_signal,
       SIGUSR2);
  CASE(uv_signal_start_oneshot, "closing", closing(signal_new()), on_signal,
       SIGUSR1);
  CASE(uv_signal_start_oneshot, "NULL callback", signal_new(), NULL, SIGUSR1);
  CASE(uv_signal_start_oneshot, "signal 0, started", signal_started(),
       on_signal, 0);
  CASE(uv_signal_stop, "not started", signal_new());
  CASE(uv_signal_stop, "started", signal_started());
  CASE(uv_signal_stop, "closing", closing(signal_started()));
  CASE(uv_tty_init, "-1", loop(), &tty, -1, 1);
  CASE(uv_tty_init, "closed", loop(), &tty, CLOSED_FD, 1);
  CASE(uv_tty_init, "a file", loop(), &tty, file_fd(), 1);
  CASE(uv_tty_init, "a pipe", loop(), &tty, read_end(), 1);
  CASE(uv_tty_reset_mode, "never set");
  CASE(uv_tty_get_winsize, "no terminal", (uv_tty_t*) pipe_connected(), &width,
       &height);
  CALL(uv_tty_set_vterm_state, "any", UV_TTY_SUPPORTED);
  CASE(uv_tty_get_vterm_state, "any", &vterm);
  CASE(uv_guess_handle, "-1", -1);
  CASE(uv_guess_handle, "closed", CLOSED_FD);
  CASE(uv_guess_handle, "a file", file_fd());
  CASE(uv_guess_handle, "a pipe", read_end());
  CASE(uv_guess_handle, "a datagram socket", socket_fd(SOCK_DGRAM));
  CASE(uv_guess_handle, "a stream socket", socket_fd(SOCK_STREAM));
  CASE(uv_guess_handle, "a raw descriptor number", INT_MAX);
}
