/* SPDX-License-Identifier: MIT */
/* Differential scenarios: async handles, sent from the loop's thread, and once
 * from another one. */
#include "trace.h"

static uv_async_t asyncs[5];
static int rounds;

static int id_of(uv_async_t* async) {
  return (int) (async - asyncs);
}

static void on_async(uv_async_t* async) {
  say("async %d", id_of(async));
}

static void setup(uv_loop_t* loop, uv_async_cb cb) {
  for (size_t i = 0; i < COUNT(asyncs); i++)
    MUST(uv_async_init(loop, &asyncs[i], cb));
}

static void end_all(void) {
  for (size_t i = 0; i < COUNT(asyncs); i++) end(&asyncs[i]);
}

static void turn(uv_loop_t* loop) {
  say("turn");
  MUST(uv_run(loop, UV_RUN_NOWAIT));
}

/* Several sends are one callback; the order is that of the handles. */
static void order(uv_loop_t* loop) {
  setup(loop, on_async);
  static const int sends[] = { 4, 1, 1, 3, 0, 4, 2, 1 };
  for (size_t i = 0; i < COUNT(sends); i++)
    TRY(uv_async_send(&asyncs[sends[i]]));
  turn(loop);
  turn(loop);
  MUST(uv_async_send(&asyncs[3]));
  MUST(uv_async_send(&asyncs[1]));
  turn(loop);
  turn(loop);
  end_all();
}

static void send_more(uv_async_t* async) {
  on_async(async);
  if (id_of(async) == 2 && rounds++ < 2) {
    MUST(uv_async_send(async));
    MUST(uv_async_send(&asyncs[0]));
    MUST(uv_async_send(&asyncs[4]));
  }
}

static void within(uv_loop_t* loop) {
  setup(loop, send_more);
  MUST(uv_async_send(&asyncs[2]));
  for (int i = 0; i < 5; i++) turn(loop);
  end_all();
}

static void close_some(uv_async_t* async) {
  on_async(async);
  if (id_of(async) != 1) return;
  end(&asyncs[0]);
  end(async);
  end(&asyncs[3]);
  TRY(uv_async_send(&asyncs[0]));
}

static void closing(uv_loop_t* loop) {
  setup(loop, close_some);
  for (size_t i = 0; i < COUNT(asyncs); i++) MUST(uv_async_send(&asyncs[i]));
  end(&asyncs[4]);
  turn(loop);
  turn(loop);
  end_all();
}

static void no_callback(uv_loop_t* loop) {
  TRY(uv_async_init(loop, &asyncs[0], NULL));
  TRY(uv_is_active((uv_handle_t*) &asyncs[0]));
  TRY(uv_async_send(&asyncs[0]));
  turn(loop);
  end(&asyncs[0]);
}

static void end_self(uv_async_t* async) {
  on_async(async);
  end(async);
}

static void send_from_outside(void* arg) {
  for (int i = 0; i < 100; i++) MUST(uv_async_send(arg));
}

static void thread(uv_loop_t* loop) {
  MUST(uv_async_init(loop, &asyncs[0], end_self));
  uv_thread_t id;
  MUST(uv_thread_create(&id, send_from_outside, &asyncs[0]));
  MUST(uv_thread_join(&id));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

static const struct scenario scenarios[] = {
  { "async-order", order },     { "async-within", within },
  { "async-closing", closing }, { "async-no-callback", no_callback },
  { "async-thread", thread },
};
const struct family async_family = { scenarios, COUNT(scenarios) };
