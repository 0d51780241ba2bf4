/* SPDX-License-Identifier: MIT */
/* Differential scenarios: signals. */
#include "trace.h"

#include <signal.h>
#include <stdbool.h>

static uv_signal_t handles[4];
static uv_timer_t timer;

static void on_signal(uv_signal_t* handle, int number) {
  char lane[16];
  snprintf(lane, sizeof(lane), "signal %d", (int) (handle - handles));
  say_in(lane, "%s", number == SIGUSR1 ? "USR1" : "USR2");
}

static void setup(uv_loop_t* loop) {
  for (size_t i = 0; i < COUNT(handles); i++)
    MUST(uv_signal_init(loop, &handles[i]));
}

static void end_all(void) {
  for (size_t i = 0; i < COUNT(handles); i++) end(&handles[i]);
}

static void turns(uv_loop_t* loop, int count) {
  for (int i = 0; i < count; i++) MUST(uv_run(loop, UV_RUN_NOWAIT));
}

static void several(uv_loop_t* loop) {
  setup(loop);
  TRY(uv_signal_start(&handles[0], on_signal, SIGUSR1));
  TRY(uv_signal_start(&handles[1], on_signal, SIGUSR1));
  TRY(uv_signal_start_oneshot(&handles[2], on_signal, SIGUSR1));
  TRY(uv_signal_start(&handles[3], on_signal, SIGUSR2));
  raise(SIGUSR1);
  turns(loop, 2);
  say("one-shot active %d", uv_is_active((uv_handle_t*) &handles[2]));
  raise(SIGUSR1);
  raise(SIGUSR1);
  raise(SIGUSR2);
  turns(loop, 2);
  TRY(uv_signal_stop(&handles[0]));
  TRY(uv_signal_stop(&handles[0]));
  raise(SIGUSR1);
  turns(loop, 2);
  TRY(uv_signal_start(&handles[1], on_signal, SIGUSR2)); /* Changes over. */
  raise(SIGUSR2);
  turns(loop, 2);
  end_all();
}

static void errors(uv_loop_t* loop) {
  setup(loop);
  TRY(uv_signal_start(&handles[0], on_signal, 0));
  TRY(uv_signal_start(&handles[0], on_signal, 10000));
  TRY(uv_signal_start(&handles[0], on_signal, SIGKILL));
  TRY(uv_signal_start(&handles[0], on_signal, SIGSTOP));
  TRY(uv_is_active((uv_handle_t*) &handles[0]));
  TRY(uv_signal_stop(&handles[0]));
  TRY(handles[0].signum);
  TRY(uv_signal_start(&handles[0], on_signal, SIGUSR1));
  say("number %d", handles[0].signum == SIGUSR1);
  TRY(uv_kill(uv_os_getpid(), 0));
  TRY(uv_kill(uv_os_getpid(), 1000));
  TRY(uv_kill(0x7ffffff0, 0));
  end_all();
}

static void meddle(uv_signal_t* handle, int number) {
  (void) number;
  say("meddle");
  for (size_t i = 0; i < COUNT(handles); i++)
    if (handle != &handles[i]) end(&handles[i]);
  MUST(uv_signal_stop(handle));
}

/* Whichever of the four comes first ends the others. */
static void closing(uv_loop_t* loop) {
  setup(loop);
  for (size_t i = 0; i < COUNT(handles); i++)
    MUST(uv_signal_start(&handles[i], meddle, SIGUSR1));
  raise(SIGUSR1);
  turns(loop, 3);
  end_all();
}

static void on_oneshot(uv_signal_t* handle, int number) {
  on_signal(handle, number);
  say_in("signal 0", "active %d", uv_is_active((uv_handle_t*) handle));
  MUST(uv_signal_start_oneshot(handle, on_signal, SIGUSR2));
}

static void oneshot(uv_loop_t* loop) {
  setup(loop);
  MUST(uv_signal_start_oneshot(&handles[0], on_oneshot, SIGUSR1));
  raise(SIGUSR1);
  turns(loop, 2);
  bool is_active = uv_is_active((uv_handle_t*) &handles[0]);
  say("active %d", is_active);
  if (is_active) raise(SIGUSR2); /* It would end us otherwise. */
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  end_all();
}

static void on_timer(uv_timer_t* handle) {
  say("timer");
  raise(SIGUSR1);
  end(handle);
}

/* A stopped handle with a signal under way does not get it. */
static void late(uv_loop_t* loop) {
  setup(loop);
  MUST(uv_timer_init(loop, &timer));
  MUST(uv_timer_start(&timer, on_timer, 1, 0));
  MUST(uv_signal_start(&handles[0], on_signal, SIGUSR1));
  MUST(uv_signal_start(&handles[1], on_signal, SIGUSR1));
  raise(SIGUSR1);
  MUST(uv_signal_stop(&handles[1]));
  MUST(uv_signal_start(&handles[1], on_signal, SIGUSR2));
  uv_unref((uv_handle_t*) &handles[0]);
  uv_unref((uv_handle_t*) &handles[1]);
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  end_all();
}

static const struct scenario scenarios[] = {
  { "signal-several", several }, { "signal-errors", errors },
  { "signal-closing", closing }, { "signal-oneshot", oneshot },
  { "signal-late", late },
};
const struct family signal_family = { scenarios, COUNT(scenarios) };
