/* SPDX-License-Identifier: MIT */
/* Differential scenarios: idle, prepare and check handles, and their place
 * among timers, closing and I/O. */
#include "trace.h"

#include <string.h>

enum { EACH = 3 };
static uv_idle_t idles[EACH];
static uv_prepare_t prepares[EACH];
static uv_check_t checks[EACH];
static int turns;

static void on_idle(uv_idle_t* idle) {
  say("idle %d", (int) (idle - idles));
}

static void on_prepare(uv_prepare_t* prepare) {
  say("prepare %d", (int) (prepare - prepares));
}

static void on_check(uv_check_t* check) {
  say("check %d", (int) (check - checks));
}

static void setup(uv_loop_t* loop) {
  for (int i = 0; i < EACH; i++) {
    MUST(uv_idle_init(loop, &idles[i]));
    MUST(uv_prepare_init(loop, &prepares[i]));
    MUST(uv_check_init(loop, &checks[i]));
  }
}

static void start_all(void) {
  for (int i = 0; i < EACH; i++) {
    MUST(uv_check_start(&checks[i], on_check));
    MUST(uv_idle_start(&idles[i], on_idle));
    MUST(uv_prepare_start(&prepares[i], on_prepare));
  }
}

static void end_all(void) {
  for (int i = 0; i < EACH; i++) {
    end(&checks[i]);
    end(&prepares[i]);
    end(&idles[i]);
  }
}

static void order(uv_loop_t* loop) {
  setup(loop);
  start_all();
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_idle_stop(&idles[1]));
  TRY(uv_idle_start(&idles[1], on_idle));
  TRY(uv_check_stop(&checks[2]));
  TRY(uv_check_stop(&checks[2]));
  TRY(uv_check_start(&checks[0], on_check)); /* Already: no change. */
  TRY(uv_run(loop, UV_RUN_ONCE));
  end_all();
}

static void meddle(uv_idle_t* idle) {
  on_idle(idle);
  switch (turns++) {
    case 0:
      TRY(uv_idle_stop(&idles[0]));           /* One that was to come. */
      TRY(uv_idle_start(&idles[0], on_idle)); /* In the next turn. */
      TRY(uv_prepare_stop(&prepares[1]));
      break;
    case 1:
      end(&idles[1]);
      end(&checks[1]);
      TRY(uv_prepare_start(&prepares[1], on_prepare));
      break;
    case 2:
      TRY(uv_idle_stop(idle));
      TRY(uv_idle_start(idle, meddle));
      break;
    default:
      end(idle);
  }
}

static void within(uv_loop_t* loop) {
  setup(loop);
  start_all();
  TRY(uv_idle_stop(&idles[2]));
  TRY(uv_idle_start(&idles[2], meddle));
  for (int i = 0; i < 5; i++) {
    say("turn");
    TRY(uv_run(loop, UV_RUN_NOWAIT));
  }
  end_all();
}

static void stop_self(uv_prepare_t* prepare) {
  on_prepare(prepare);
  TRY(uv_prepare_stop(prepare));
  TRY(uv_check_start(&checks[0], on_check));
  TRY(uv_check_start(&checks[1], on_check));
}

static void close_both(uv_check_t* check) {
  on_check(check);
  end(&checks[0]);
  end(check);
}

static void across(uv_loop_t* loop) {
  setup(loop);
  MUST(uv_check_start(&checks[2], on_check));
  MUST(uv_prepare_start(&prepares[0], stop_self));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_check_stop(&checks[1]));
  TRY(uv_check_start(&checks[1], close_both));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  end_all();
}

static void errors(uv_loop_t* loop) {
  setup(loop);
  TRY(uv_idle_start(&idles[0], NULL));
  TRY(uv_prepare_start(&prepares[0], NULL));
  TRY(uv_check_start(&checks[0], NULL));
  TRY(uv_idle_start(&idles[0], on_idle));
  TRY(uv_idle_start(&idles[0], NULL));
  TRY(uv_is_active((uv_handle_t*) &idles[0]));
  TRY(uv_idle_stop(&idles[0]));
  TRY(uv_is_active((uv_handle_t*) &idles[0]));
  TRY(uv_check_stop(&checks[0]));
  end_all();
}

/* One turn with something for every phase. A timer that has been due before
 * the run is not in it: libuv moved the timers to the turn's end in 1.45. */
static uv_async_t async;
static uv_udp_t udp;
static uv_udp_send_t sent;
static uv_timer_t closer;

static void on_async(uv_async_t* handle) {
  say("async");
  end(handle);
}

static void on_sent(uv_udp_send_t* req, int status) {
  (void) req;
  say("sent %s", num(status));
}

static void turn(uv_loop_t* loop) {
  setup(loop);
  MUST(uv_async_init(loop, &async, on_async));
  MUST(uv_udp_init(loop, &udp));
  MUST(uv_udp_bind(&udp, local(0), 0));
  MUST(uv_timer_init(loop, &closer));
  start_all();
  uv_buf_t buf = text("x");
  MUST(uv_udp_send(&sent, &udp, &buf, 1, local(port_of_udp(&udp)), on_sent));
  MUST(uv_async_send(&async));
  end(&closer);
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  TRY(uv_run(loop, UV_RUN_NOWAIT));
  end(&udp);
  end_all();
}

static const struct scenario scenarios[] = {
  { "phase-order", order },   { "phase-within", within },
  { "phase-across", across }, { "phase-errors", errors },
  { "phase-turn", turn },
};
const struct family phase_family = { scenarios, COUNT(scenarios) };
