/* SPDX-License-Identifier: MIT */
/* Differential scenarios: timers. */
#include "trace.h"

static uv_timer_t timers[6];
static uv_prepare_t turn;
static int turns, fired;

static int id_of(uv_timer_t* timer) {
  return (int) (timer - timers);
}

static void on_timer(uv_timer_t* timer) {
  say("timer %d", id_of(timer));
}

static void setup(uv_loop_t* loop) {
  for (size_t i = 0; i < COUNT(timers); i++)
    MUST(uv_timer_init(loop, &timers[i]));
}

static void end_all(void) {
  for (size_t i = 0; i < COUNT(timers); i++) end(&timers[i]);
}

static void equal(uv_loop_t* loop) {
  setup(loop);
  static const int order[] = { 3, 0, 5, 1, 4, 2 };
  for (size_t i = 0; i < COUNT(order); i++)
    TRY(uv_timer_start(&timers[order[i]], on_timer, 1, 0));
  TRY(uv_timer_stop(&timers[0]));
  TRY(uv_timer_start(&timers[3], on_timer, 1, 0)); /* To the end. */
  TRY(uv_timer_start(&timers[5], on_timer, 0, 0)); /* To the front. */
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  end_all();
}

static void ladder(uv_loop_t* loop) {
  setup(loop);
  for (size_t i = 0; i < COUNT(timers); i++)
    MUST(uv_timer_start(&timers[i], on_timer, 20 - 3 * i, 0));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  end_all();
}

static void on_turn(uv_prepare_t* prepare) {
  say("turn");
  if (++turns == 6) end(prepare);
}

static void start_others(uv_timer_t* timer) {
  say("timer %d starts others", id_of(timer));
  if (fired++ < 3) {
    TRY(uv_timer_start(timer, start_others, 0, 0));
    TRY(uv_timer_start(&timers[1], on_timer, 0, 0));
  }
}

static void zero(uv_loop_t* loop) {
  setup(loop);
  MUST(uv_prepare_init(loop, &turn));
  MUST(uv_prepare_start(&turn, on_turn));
  TRY(uv_timer_start(&timers[0], start_others, 0, 0));
  for (int i = 0; i < 6; i++) TRY(uv_run(loop, UV_RUN_NOWAIT));
  end_all();
}

static void on_repeat(uv_timer_t* timer) {
  say("repeat %d, every %d", ++fired, (int) uv_timer_get_repeat(timer));
  say("active %d", uv_is_active((uv_handle_t*) timer));
  if (fired == 3) uv_timer_set_repeat(timer, 2);
  if (fired == 5) uv_timer_set_repeat(timer, 0); /* Next one is the last. */
  if (fired == 6) say("due in %d", (int) uv_timer_get_due_in(timer));
}

static void repeat(uv_loop_t* loop) {
  setup(loop);
  TRY(uv_timer_again(&timers[0]));
  TRY(uv_timer_start(&timers[0], on_repeat, 0, 1));
  TRY(uv_timer_again(&timers[0]));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  TRY(uv_timer_again(&timers[0])); /* No repeat any more: nothing. */
  say("active %d", uv_is_active((uv_handle_t*) &timers[0]));
  uv_timer_set_repeat(&timers[0], 1);
  fired = 4;
  TRY(uv_timer_again(&timers[0]));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  end_all();
}

static void meddle(uv_timer_t* timer) {
  say("timer %d meddles", id_of(timer));
  TRY(uv_timer_stop(&timers[1]));
  end(&timers[2]);
  end(timer);
  TRY(uv_timer_start(&timers[3], on_timer, 1, 0)); /* Later, then. */
  TRY(uv_timer_start(timer, on_timer, 0, 0));
  TRY(uv_timer_again(timer));
}

static void others(uv_loop_t* loop) {
  setup(loop);
  MUST(uv_timer_start(&timers[0], meddle, 1, 0));
  for (size_t i = 1; i < COUNT(timers); i++)
    MUST(uv_timer_start(&timers[i], on_timer, 1, 0));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  end_all();
}

static void errors(uv_loop_t* loop) {
  setup(loop);
  TRY(uv_timer_start(&timers[0], NULL, 0, 0));
  TRY(uv_timer_stop(&timers[0]));
  TRY(uv_timer_again(&timers[0]));
  TRY(uv_timer_start(&timers[0], on_timer, 1000, 500));
  TRY(uv_timer_get_due_in(&timers[0]));
  TRY(uv_timer_get_repeat(&timers[0]));
  TRY(uv_timer_again(&timers[0]));
  TRY(uv_timer_get_due_in(&timers[0]));
  TRY(uv_timer_start(&timers[1], on_timer, UINT64_MAX, 0));
  TRY(uv_backend_timeout(loop));
  TRY(uv_timer_stop(&timers[0]));
  say("a long one blocks: %d", uv_backend_timeout(loop) > 1000000);
  end_all();
  TRY(uv_timer_start(&timers[2], on_timer, 1, 0));
}

static void on_idle(uv_idle_t* idle) {
  (void) idle;
  say("idle");
}

/* What uv_backend_timeout() says is what an embedding loop waits for. */
static void backend(uv_loop_t* loop) {
  TRY(uv_backend_timeout(loop));
  setup(loop);
  TRY(uv_backend_timeout(loop));
  MUST(uv_timer_start(&timers[0], on_timer, 40, 0));
  TRY(uv_backend_timeout(loop));
  MUST(uv_timer_start(&timers[1], on_timer, 0, 0));
  TRY(uv_backend_timeout(loop));
  TRY(uv_timer_stop(&timers[1]));
  uv_unref((uv_handle_t*) &timers[0]);
  TRY(uv_backend_timeout(loop));
  uv_ref((uv_handle_t*) &timers[0]);
  TRY(uv_backend_timeout(loop));
  uv_stop(loop);
  TRY(uv_backend_timeout(loop));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  end(&timers[2]);
  TRY(uv_backend_timeout(loop));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  uv_timer_stop(&timers[0]);
  static uv_idle_t idle;
  MUST(uv_idle_init(loop, &idle));
  MUST(uv_idle_start(&idle, on_idle));
  TRY(uv_backend_timeout(loop));
  end(&idle);
  static uv_prepare_t prepare;
  MUST(uv_prepare_init(loop, &prepare));
  MUST(uv_run(loop, UV_RUN_NOWAIT));
  MUST(uv_prepare_start(&prepare, on_turn));
  TRY(uv_backend_timeout(loop));
  end(&prepare);
  end_all();
  MUST(uv_run(loop, UV_RUN_DEFAULT));
}

static const struct scenario scenarios[] = {
  { "timer-equal", equal },     { "timer-ladder", ladder },
  { "timer-zero", zero },       { "timer-repeat", repeat },
  { "timer-others", others },   { "timer-errors", errors },
  { "timer-backend", backend },
};
const struct family timer_family = { scenarios, COUNT(scenarios) };
