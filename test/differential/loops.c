/* SPDX-License-Identifier: MIT */
/* Differential scenarios: the loop itself. */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

static uv_timer_t timer, slow;
static uv_idle_t idle;
static uv_async_t async;
static int turns;

static void on_timer(uv_timer_t* handle) {
  say("timer");
  if (handle == &timer && ++turns == 2) uv_stop(handle->loop);
}

static void on_idle(uv_idle_t* handle) {
  say("idle");
  if (++turns == 3) uv_stop(handle->loop);
}

static void on_async(uv_async_t* handle) {
  (void) handle;
  say("async");
}

static void modes(uv_loop_t* loop) {
  TRY(uv_loop_alive(loop));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  TRY(uv_run(loop, UV_RUN_ONCE));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  MUST(uv_timer_init(loop, &slow));
  TRY(uv_loop_alive(loop));
  MUST(uv_timer_start(&slow, on_timer, 30, 0));
  TRY(uv_loop_alive(loop));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_run(loop, UV_RUN_ONCE)); /* Waits for the timer, and runs it. */
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  MUST(uv_timer_start(&slow, on_timer, 1, 0));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  MUST(uv_async_init(loop, &async, on_async));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  uv_unref((uv_handle_t*) &async);
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  MUST(uv_async_send(&async));
  TRY(uv_run(loop, UV_RUN_DEFAULT)); /* Not alive: not looked at. */
  uv_ref((uv_handle_t*) &async);
  TRY(uv_run(loop, UV_RUN_ONCE));
  end(&async);
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  end(&slow);
  TRY(uv_loop_alive(loop));
}

static void stop(uv_loop_t* loop) {
  uv_stop(loop);
  TRY(uv_run(loop, UV_RUN_DEFAULT)); /* Nothing alive; the stop is used up. */
  MUST(uv_idle_init(loop, &idle));
  MUST(uv_idle_start(&idle, on_idle));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  uv_stop(loop);
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  turns = 0;
  MUST(uv_idle_stop(&idle));
  MUST(uv_timer_init(loop, &timer));
  MUST(uv_timer_start(&timer, on_timer, 1, 1));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  end(&timer);
  end(&idle);
}

static void say_handle(uv_handle_t* handle, void* arg) {
  say("%s: %s active %d ref %d closing %d", (const char*) arg,
      uv_handle_type_name(handle->type), uv_is_active(handle),
      uv_has_ref(handle), uv_is_closing(handle));
}

static void close_it(uv_handle_t* handle, void* arg) {
  (void) arg;
  end(handle);
}

static void walk(uv_loop_t* loop) {
  static uv_tcp_t tcp;
  static uv_udp_t udp;
  static uv_pipe_t pipe;
  static uv_check_t check;
  static uv_prepare_t prepare;
  static uv_signal_t signal;
  static uv_fs_event_t event;
  static uv_fs_poll_t poll;
  MUST(uv_tcp_init(loop, &tcp));
  MUST(uv_udp_init(loop, &udp));
  MUST(uv_pipe_init(loop, &pipe, 0));
  MUST(uv_check_init(loop, &check));
  MUST(uv_prepare_init(loop, &prepare));
  MUST(uv_idle_init(loop, &idle));
  MUST(uv_signal_init(loop, &signal));
  MUST(uv_timer_init(loop, &timer));
  MUST(uv_async_init(loop, &async, on_async));
  MUST(uv_fs_event_init(loop, &event));
  MUST(uv_fs_poll_init(loop, &poll));
  MUST(uv_timer_start(&timer, on_timer, 1000, 0));
  MUST(uv_idle_start(&idle, on_idle));
  uv_unref((uv_handle_t*) &timer);
  uv_unref((uv_handle_t*) &tcp);
  uv_unref((uv_handle_t*) &tcp);
  uv_walk(loop, say_handle, "first");
  end(&udp);
  TRY(uv_loop_close(loop));
  uv_walk(loop, say_handle, "second");
  uv_walk(loop, close_it, NULL);
  TRY(uv_loop_alive(loop));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  uv_walk(loop, say_handle, "last");
}

/* "[-AI] type  0x..." */
static void print_to(void (*print)(uv_loop_t*, FILE*), uv_loop_t* loop) {
  FILE* file = tmpfile();
  if (file == NULL) return;
  print(loop, file);
  rewind(file);
  char line[200];
  while (fgets(line, sizeof(line), file) != NULL) {
    char* address = strstr(line, "0x");
    if (address != NULL) *address = '\0';
    say("<%s>", line);
  }
  fclose(file);
}

static void print(uv_loop_t* loop) {
  MUST(uv_timer_init(loop, &timer));
  MUST(uv_timer_start(&timer, on_timer, 1000, 0));
  MUST(uv_async_init(loop, &async, on_async));
  MUST(uv_idle_init(loop, &idle));
  uv_unref((uv_handle_t*) &async);
  print_to(uv_print_all_handles, loop);
  print_to(uv_print_active_handles, loop);
  end(&timer);
  end(&async);
  end(&idle);
  print_to(uv_print_all_handles, loop);
}

static void refs(uv_loop_t* loop) {
  MUST(uv_timer_init(loop, &timer));
  uv_handle_t* handle = (uv_handle_t*) &timer;
  TRY(uv_has_ref(handle));
  uv_unref(handle);
  TRY(uv_timer_start(&timer, on_timer, 5, 0));
  TRY(uv_loop_alive(loop));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  uv_ref(handle);
  uv_ref(handle);
  TRY(uv_loop_alive(loop));
  uv_unref(handle);
  TRY(uv_loop_alive(loop));
  uv_close(handle, on_close);
  TRY(uv_has_ref(handle));
  TRY(uv_loop_alive(loop));
  TRY(uv_is_active(handle));
  uv_ref(handle);
  TRY(uv_is_closing(handle));
  TRY(uv_run(loop, UV_RUN_ONCE));
  TRY(uv_loop_alive(loop));
}

static void configure(uv_loop_t* loop) {
  TRY(uv_loop_configure(loop, UV_LOOP_BLOCK_SIGNAL, 1));
  TRY(uv_loop_configure(loop, UV_LOOP_BLOCK_SIGNAL, 27)); /* SIGPROF */
  TRY(uv_loop_configure(loop, UV_METRICS_IDLE_TIME));
  TRY(uv_loop_configure(loop, (uv_loop_option) 1000));
  TRY(uv_backend_fd(loop) >= 0);
  uv_loop_set_data(loop, &turns);
  say("data %d", uv_loop_get_data(loop) == &turns);
  uint64_t before = uv_now(loop);
  say("cached %d", uv_now(loop) == before);
  uv_update_time(loop);
  say("forward %d", uv_now(loop) >= before);
  uv_loop_t* heap = malloc(uv_loop_size());
  MUST(uv_loop_init(heap));
  TRY(uv_loop_close(heap));
  free(heap);
  say("same default loop %d", uv_default_loop() == uv_default_loop());
  TRY(uv_loop_close(uv_default_loop()));
}

/* Close callbacks that close others, and in which order. */
static uv_timer_t many[5];

static void on_chain(uv_handle_t* handle) {
  long i = (uv_timer_t*) handle - many;
  say("closed %ld", i);
  if (i == 1) uv_close((uv_handle_t*) &many[4], on_chain);
}

static void closing(uv_loop_t* loop) {
  for (size_t i = 0; i < COUNT(many); i++) MUST(uv_timer_init(loop, &many[i]));
  for (int i = 0; i < 4; i++) uv_close((uv_handle_t*) &many[i], on_chain);
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
}

static const struct scenario scenarios[] = {
  { "loop-modes", modes },     { "loop-stop", stop },
  { "loop-walk", walk },       { "loop-print", print },
  { "loop-refs", refs },       { "loop-configure", configure },
  { "loop-closing", closing },
};
const struct family loop_family = { scenarios, COUNT(scenarios) };
