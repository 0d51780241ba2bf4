/* SPDX-License-Identifier: MIT */
/* Argument checks: loops, handles, timers and the phases. */
#include "cases.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static uv_prepare_t prepare;
static uv_check_t check;
static uv_idle_t idle;
static uv_async_t async;
static uv_loop_t spare;
static uv_metrics_t metrics;
static uv_os_fd_t fd;

static void on_prepare(uv_prepare_t* handle) {
  (void) handle;
}

static void on_check(uv_check_t* handle) {
  (void) handle;
}

static void on_idle(uv_idle_t* handle) {
  (void) handle;
}

static void on_async(uv_async_t* handle) {
  (void) handle;
}

static uv_prepare_t* prepare_new(void) {
  uv_prepare_init(loop(), &prepare);
  return &prepare;
}

static uv_prepare_t* prepare_started(void) {
  uv_prepare_start(prepare_new(), on_prepare);
  return &prepare;
}

static uv_check_t* check_new(void) {
  uv_check_init(loop(), &check);
  return &check;
}

static uv_check_t* check_started(void) {
  uv_check_start(check_new(), on_check);
  return &check;
}

static uv_idle_t* idle_new(void) {
  uv_idle_init(loop(), &idle);
  return &idle;
}

static uv_idle_t* idle_started(void) {
  uv_idle_start(idle_new(), on_idle);
  return &idle;
}

static uv_async_t* async_new(void) {
  uv_async_init(loop(), &async, on_async);
  return &async;
}

/* A loop with a handle that is open, or is closing. */
static uv_loop_t* loop_with(void* handle) {
  return ((uv_handle_t*) handle)->loop;
}

static uv_loop_t* loop_closed(void) {
  uv_loop_init(&spare);
  uv_loop_close(&spare);
  return &spare;
}

static uv_handle_t* unreferenced(void) {
  uv_handle_t* handle = (uv_handle_t*) timer_started();
  uv_unref(handle);
  uv_unref(handle);
  return handle;
}

static uv_handle_t* handle_of(void* handle) {
  return handle;
}

void loop_cases(void) {
  CASE(uv_loop_init, "fresh", &spare);
  CASE(uv_loop_close, "nothing open", loop());
  CASE(uv_loop_close, "open handle", loop_with(timer_new()));
  CASE(uv_loop_close, "handle started", loop_with(timer_started()));
  CASE(uv_loop_close, "handle closing", loop_with(timer_closing()));
  CASE(uv_loop_close, "already closed, as a second time",
       (loop_closed(), loop()));
  CASE(uv_loop_configure, "no such option", loop(), (uv_loop_option) 99);
  CASE(uv_loop_configure, "option -1", loop(), (uv_loop_option) -1);
  CASE(uv_loop_configure, "block SIGPROF", loop(), UV_LOOP_BLOCK_SIGNAL,
       SIGPROF);
  CASE(uv_loop_configure, "block another signal", loop(), UV_LOOP_BLOCK_SIGNAL,
       SIGUSR1);
  CASE(uv_loop_configure, "block signal 0", loop(), UV_LOOP_BLOCK_SIGNAL, 0);
  CASE(uv_loop_configure, "idle time", loop(), UV_METRICS_IDLE_TIME);
  CASE(uv_loop_alive, "nothing open", loop());
  CASE(uv_loop_alive, "handle open", loop_with(timer_new()));
  CASE(uv_loop_alive, "handle started", loop_with(timer_started()));
  CASE(uv_loop_alive, "handle closing", loop_with(timer_closing()));
  CASE(uv_loop_alive, "unreferenced", loop_with(unreferenced()));
  CASE(uv_loop_fork, "not forked", loop());
  CASE(uv_loop_fork, "handles open", loop_with(timer_started()));
  CASE(uv_run, "nothing open", loop(), UV_RUN_DEFAULT);
  CASE(uv_run, "handle closing", loop_with(timer_closing()), UV_RUN_ONCE);
  CASE(uv_run, "nowait, handle started", loop_with(timer_started()),
       UV_RUN_NOWAIT);
  CASE(uv_run, "no such mode", loop(), (uv_run_mode) 77);
  CALL(uv_stop, "not running", loop());
  CALL(uv_update_time, "loop", loop());
  CASE(uv_backend_timeout, "nothing open", loop());
  CASE(uv_backend_timeout, "handle closing", loop_with(timer_closing()));
  CASE(uv_backend_timeout, "idle started", loop_with(idle_started()));
  CALL(uv_walk, "nothing open", loop(), NULL, NULL);
  CASE(uv_metrics_info, "loop", loop(), &metrics);
  CASE(uv_metrics_idle_time, "not configured", loop());
  CALL(uv_ref, "twice", unreferenced());
  CALL(uv_ref, "closing", handle_of(timer_closing()));
  CALL(uv_unref, "twice", unreferenced());
  CALL(uv_unref, "closing", handle_of(timer_closing()));
  CASE(uv_has_ref, "new", handle_of(timer_new()));
  CASE(uv_has_ref, "unreferenced twice", unreferenced());
  CASE(uv_has_ref, "closing", handle_of(timer_closing()));
  CASE(uv_is_active, "new", handle_of(timer_new()));
  CASE(uv_is_active, "started", handle_of(timer_started()));
  CASE(uv_is_active, "closing", handle_of(timer_closing()));
  CASE(uv_is_active, "async", handle_of(async_new()));
  CASE(uv_is_active, "tcp bound", handle_of(tcp_bound()));
  CASE(uv_is_active, "tcp listening", handle_of(tcp_listening()));
  CASE(uv_is_closing, "new", handle_of(timer_new()));
  CASE(uv_is_closing, "closing", handle_of(timer_closing()));
  CALL(uv_close, "new, no callback", handle_of(timer_new()), NULL);
  CALL(uv_close, "closing already", handle_of(timer_closing()), NULL);
  CALL(uv_close, "started", handle_of(timer_started()), on_close);
  CASE(uv_fileno, "timer", handle_of(timer_new()), &fd);
  CASE(uv_fileno, "async", handle_of(async_new()), &fd);
  CASE(uv_fileno, "tcp without a socket", handle_of(tcp_new()), &fd);
  CASE(uv_fileno, "tcp bound", handle_of(tcp_bound()), &fd);
  CASE(uv_fileno, "tcp closing", handle_of(tcp_closing()), &fd);
  CASE(uv_fileno, "pipe without a socket", handle_of(pipe_new()), &fd);
  CASE(uv_fileno, "udp without a socket", handle_of(udp_new()), &fd);
  CASE(uv_fileno, "udp closing", handle_of(udp_closing()), &fd);
  CASE(uv_send_buffer_size, "NULL", handle_of(tcp_bound()), NULL);
  CASE(uv_send_buffer_size, "-1", handle_of(tcp_bound()), length_of(-1));
  CASE(uv_send_buffer_size, "timer", handle_of(timer_new()), length_of(0));
  CASE(uv_send_buffer_size, "no socket", handle_of(tcp_new()), length_of(0));
  CASE(uv_send_buffer_size, "closing", handle_of(tcp_closing()), length_of(0));
  CASE(uv_send_buffer_size, "set", handle_of(udp_bound()), length_of(8192));
  CASE(uv_recv_buffer_size, "NULL", handle_of(tcp_bound()), NULL);
  CASE(uv_recv_buffer_size, "-1", handle_of(tcp_bound()), length_of(-1));
  CASE(uv_recv_buffer_size, "timer", handle_of(timer_new()), length_of(0));
  CASE(uv_recv_buffer_size, "no socket", handle_of(tcp_new()), length_of(0));
  CASE(uv_recv_buffer_size, "closing", handle_of(tcp_closing()), length_of(0));
  CASE(uv_recv_buffer_size, "set", handle_of(udp_bound()), length_of(8192));
  CASE(uv_handle_size, "UV_UNKNOWN_HANDLE", UV_UNKNOWN_HANDLE);
  CASE(uv_handle_size, "UV_TCP", UV_TCP);
  CASE(uv_handle_size, "UV_FILE", UV_FILE);
  CASE(uv_handle_size, "beyond", UV_HANDLE_TYPE_MAX);
  CASE(uv_handle_size, "-1", (uv_handle_type) -1);
  TEXT(uv_handle_type_name, "UV_UNKNOWN_HANDLE", UV_UNKNOWN_HANDLE);
  TEXT(uv_handle_type_name, "UV_TCP", UV_TCP);
  TEXT(uv_handle_type_name, "UV_FILE", UV_FILE);
  TEXT(uv_handle_type_name, "beyond", UV_HANDLE_TYPE_MAX);
  TEXT(uv_handle_type_name, "-1", (uv_handle_type) -1);
  CASE(uv_req_size, "UV_UNKNOWN_REQ", UV_UNKNOWN_REQ);
  CASE(uv_req_size, "UV_FS", UV_FS);
  CASE(uv_req_size, "-1", (uv_req_type) -1);
  CASE(uv_req_size, "beyond", (uv_req_type) 99);
  TEXT(uv_req_type_name, "UV_UNKNOWN_REQ", UV_UNKNOWN_REQ);
  TEXT(uv_req_type_name, "UV_FS", UV_FS);
  TEXT(uv_req_type_name, "-1", (uv_req_type) -1);
  TEXT(uv_req_type_name, "beyond", (uv_req_type) 99);
  CASE(uv_replace_allocator, "no malloc", NULL, realloc, calloc, free);
  CASE(uv_replace_allocator, "no realloc", malloc, NULL, calloc, free);
  CASE(uv_replace_allocator, "no calloc", malloc, realloc, NULL, free);
  CASE(uv_replace_allocator, "no free", malloc, realloc, calloc, NULL);
  CASE(uv_replace_allocator, "all", malloc, realloc, calloc, free);
  CALL(uv_library_shutdown, "no loop was made");
}

void phase_cases(void) {
  CASE(uv_prepare_init, "fresh", loop(), &prepare);
  CASE(uv_prepare_start, "NULL callback", prepare_new(), NULL);
  CASE(uv_prepare_start, "already started", prepare_started(), on_prepare);
  CASE(uv_prepare_start, "already started, NULL callback", prepare_started(),
       NULL);
  CASE(uv_prepare_start, "closing", closing(prepare_new()), on_prepare);
  CASE(uv_prepare_stop, "not started", prepare_new());
  CASE(uv_prepare_stop, "started", prepare_started());
  CASE(uv_prepare_stop, "closing", closing(prepare_started()));
  CASE(uv_check_init, "fresh", loop(), &check);
  CASE(uv_check_start, "NULL callback", check_new(), NULL);
  CASE(uv_check_start, "already started", check_started(), on_check);
  CASE(uv_check_start, "already started, NULL callback", check_started(), NULL);
  CASE(uv_check_start, "closing", closing(check_new()), on_check);
  CASE(uv_check_stop, "not started", check_new());
  CASE(uv_check_stop, "started", check_started());
  CASE(uv_check_stop, "closing", closing(check_started()));
  CASE(uv_idle_init, "fresh", loop(), &idle);
  CASE(uv_idle_start, "NULL callback", idle_new(), NULL);
  CASE(uv_idle_start, "already started", idle_started(), on_idle);
  CASE(uv_idle_start, "already started, NULL callback", idle_started(), NULL);
  CASE(uv_idle_start, "closing", closing(idle_new()), on_idle);
  CASE(uv_idle_stop, "not started", idle_new());
  CASE(uv_idle_stop, "started", idle_started());
  CASE(uv_idle_stop, "closing", closing(idle_started()));
  CASE(uv_async_init, "NULL callback", loop(), &async, NULL);
  CASE(uv_async_send, "new", async_new());
  CASE(uv_async_send, "closing", closing(async_new()));
  CASE(uv_timer_init, "fresh", loop(), timer_new());
  CASE(uv_timer_start, "NULL callback", timer_new(), NULL, 1, 1);
  CASE(uv_timer_start, "NULL callback, started", timer_started(), NULL, 1, 1);
  CASE(uv_timer_start, "closing", timer_closing(), on_timer, 1, 1);
  CASE(uv_timer_start, "huge timeout", timer_new(), on_timer, UINT64_MAX,
       UINT64_MAX);
  CASE(uv_timer_start, "started", timer_started(), on_timer, 1, 1);
  LATER(uv_timer_start, "0 ms", timer_new(), on_timer, 0, 0);
  CASE(uv_timer_stop, "new", timer_new());
  CASE(uv_timer_stop, "started", timer_started());
  CASE(uv_timer_stop, "closing", timer_closing());
  CASE(uv_timer_again, "never started", timer_new());
  CASE(uv_timer_again, "no repeat", timer_started());
  CASE(uv_timer_again, "closing", timer_closing());
  CALL(uv_timer_set_repeat, "huge", timer_new(), UINT64_MAX);
  CALL(uv_timer_set_repeat, "closing", timer_closing(), 1);
  CASE(uv_timer_get_repeat, "new", timer_new());
  CASE(uv_timer_get_repeat, "closing", timer_closing());
  CASE(uv_timer_get_due_in, "new", timer_new());
  CASE(uv_timer_get_due_in, "closing", timer_closing());
}
