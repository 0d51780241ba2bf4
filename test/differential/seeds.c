/* SPDX-License-Identifier: MIT */
/* Differential driver: random programs. The same seed makes the same program on
 * every library, because nothing in it depends on time or on the order in which
 * the kernel reports descriptors:
 *
 * - a set of idle, prepare, check, async and timer handles, the timers of 0 ms.
 *   Their callbacks do random things to each other, in an order that libuv
 *   documents or has kept for years. One generator for all.
 * - after it, connections in lanes: each has its own generator, touches only
 *   itself, and plays ping-pong, so that every read is of one known message.
 *
 * Timers run at the end of a turn since libuv 1.45, and a timer of 0 ms started
 * in a timer's callback waits for the next turn since 1.48; an older reference
 * is asked without timers. */
#include "trace.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { EACH = 4, LANES = 3, TURNS = 40, ROUNDS = 12, MESSAGE_MAX = 3000 };

static unsigned next_of(unsigned* state) { /* xorshift32 */
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

static unsigned dice(unsigned* state, unsigned sides) {
  return (next_of(state) >> 4) % sides;
}

/* The handles of the first part. */
enum kind { IDLE, PREPARE, CHECK, ASYNC, TIMER, KINDS };
static const char* const kind_names[] = { "idle", "prepare", "check", "async",
                                          "timer" };
static union uv_any_handle things[KINDS][EACH];
static unsigned state;
static int budget, has_timers;

static void act(uv_loop_t* loop, unsigned max);

static void report(void* handle) {
  union uv_any_handle* thing = handle;
  int index = (int) (thing - &things[0][0]);
  say("%s %d", kind_names[index / EACH], index % EACH);
  if (budget-- > 0) act(((uv_handle_t*) handle)->loop, 3);
}

static void on_idle(uv_idle_t* handle) {
  report(handle);
}
static void on_prepare(uv_prepare_t* handle) {
  report(handle);
}
static void on_check(uv_check_t* handle) {
  report(handle);
}
static void on_async(uv_async_t* handle) {
  report(handle);
}
static void on_timer(uv_timer_t* handle) {
  report(handle);
}

static void on_reborn(uv_handle_t* handle);

static void begin(uv_loop_t* loop, enum kind kind, union uv_any_handle* it) {
  switch (kind) {
    case IDLE:
      MUST(uv_idle_init(loop, &it->idle));
      break;
    case PREPARE:
      MUST(uv_prepare_init(loop, &it->prepare));
      break;
    case CHECK:
      MUST(uv_check_init(loop, &it->check));
      break;
    case ASYNC:
      MUST(uv_async_init(loop, &it->async, on_async));
      break;
    default:
      MUST(uv_timer_init(loop, &it->timer));
      break;
  }
}

/* A closed handle comes back, so that there is always something to do. */
static void on_reborn(uv_handle_t* handle) {
  int index = (int) ((union uv_any_handle*) handle - &things[0][0]);
  say("closed %s %d", kind_names[index / EACH], index % EACH);
  if (budget > 0)
    begin(handle->loop, (enum kind)(index / EACH), &things[0][index]);
}

static int start(enum kind kind, union uv_any_handle* it) {
  switch (kind) {
    case IDLE:
      return uv_idle_start(&it->idle, on_idle);
    case PREPARE:
      return uv_prepare_start(&it->prepare, on_prepare);
    case CHECK:
      return uv_check_start(&it->check, on_check);
    case ASYNC:
      return uv_async_send(&it->async);
    default:
      return has_timers ? uv_timer_start(&it->timer, on_timer, 0, 0) : 0;
  }
}

static int stop(enum kind kind, union uv_any_handle* it) {
  switch (kind) {
    case IDLE:
      return uv_idle_stop(&it->idle);
    case PREPARE:
      return uv_prepare_stop(&it->prepare);
    case CHECK:
      return uv_check_stop(&it->check);
    case ASYNC:
      return uv_async_send(&it->async);
    default:
      return uv_timer_stop(&it->timer);
  }
}

/* Up to `max` random deeds. */
static void act(uv_loop_t* loop, unsigned max) {
  for (unsigned i = dice(&state, max + 1); i > 0; i--) {
    enum kind kind = (enum kind) dice(&state, KINDS);
    unsigned index = dice(&state, EACH);
    union uv_any_handle* it = &things[kind][index];
    unsigned deed = dice(&state, 16);
    const char* name = kind_names[kind];
    if (uv_is_closing(&it->handle)) continue;
    if (deed < 8)
      say("start %s %u %s", name, index, num(start(kind, it)));
    else if (deed < 12)
      say("stop %s %u %s", name, index, num(stop(kind, it)));
    else if (deed == 12)
      uv_close(&it->handle, on_reborn);
    else if (deed == 13)
      uv_unref(&it->handle);
    else if (deed == 14)
      uv_ref(&it->handle);
    else
      uv_stop(loop);
  }
}

static void play_handles(uv_loop_t* loop) {
  budget = 1;
  for (int kind = 0; kind < KINDS; kind++)
    for (int i = 0; i < EACH; i++)
      begin(loop, (enum kind) kind, &things[kind][i]);
  for (int i = 0; i < TURNS; i++) {
    budget = 8;
    act(loop, 5);
    say("turn %s timeout %s", num(uv_run(loop, UV_RUN_NOWAIT)),
        num(uv_backend_timeout(loop) == 0 ? 0 : 1));
  }
  budget = 0;
  for (int kind = 0; kind < KINDS; kind++)
    for (int i = 0; i < EACH; i++)
      if (!uv_is_closing(&things[kind][i].handle))
        uv_close(&things[kind][i].handle, on_reborn);
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

/* A connection: two pipe handles on a socket pair. */
struct lane {
  char name[16];
  uv_pipe_t ends[2];
  uv_write_t writes[4];
  unsigned state;
  int rounds, writes_pending;
  size_t expected; /* Bytes on their way. */
};

static struct lane lanes[LANES];
static char message[MESSAGE_MAX];

static void on_lane_close(uv_handle_t* handle) {
  struct lane* lane = handle->data;
  say_in(lane->name, "end %d closed", handle == (uv_handle_t*) &lane->ends[1]);
}

static void drop(uv_pipe_t* end) {
  if (!uv_is_closing((uv_handle_t*) end))
    uv_close((uv_handle_t*) end, on_lane_close);
}

static void on_lane_write(uv_write_t* req, int status) {
  struct lane* lane = req->handle->data;
  lane->writes_pending--;
  say_in(lane->name, "written %s", num(status));
}

static void on_lane_read(uv_stream_t* stream, ssize_t count,
                         const uv_buf_t* buf);

static void alloc_random(uv_handle_t* handle, size_t hint, uv_buf_t* buf) {
  (void) hint;
  static char room[MESSAGE_MAX];
  struct lane* lane = handle->data;
  *buf = uv_buf_init(room, 200 + dice(&lane->state, MESSAGE_MAX - 200));
}

static void serve(struct lane* lane, int from) {
  uv_stream_t* stream = (uv_stream_t*) &lane->ends[from];
  unsigned parts = 1 + dice(&lane->state, 3);
  uv_buf_t bufs[3];
  lane->expected = 0;
  for (unsigned i = 0; i < parts; i++) {
    bufs[i] = uv_buf_init(message, 1 + dice(&lane->state, MESSAGE_MAX / 3));
    lane->expected += bufs[i].len;
  }
  unsigned deed = dice(&lane->state, 10);
  if (deed == 0 || lane->rounds++ > ROUNDS) {
    say_in(lane->name, "drop %d", from);
    drop(&lane->ends[from]);
  } else if (deed < 4) {
    say_in(lane->name, "try %s", num(uv_try_write(stream, bufs, parts)));
  } else {
    uv_write_t* req = &lane->writes[lane->writes_pending++];
    say_in(lane->name, "write %s queue %zu",
           num(uv_write(req, stream, bufs, parts, on_lane_write)),
           stream->write_queue_size);
  }
  if (dice(&lane->state, 4) == 0 && !uv_is_closing((uv_handle_t*) stream)) {
    MUST(uv_read_stop(stream));
    MUST(uv_read_start(stream, alloc_random, on_lane_read));
  }
}

static void on_lane_read(uv_stream_t* stream, ssize_t count,
                         const uv_buf_t* buf) {
  (void) buf;
  struct lane* lane = stream->data;
  int end = stream == (uv_stream_t*) &lane->ends[1];
  say_in(lane->name, "end %d read %s", end, num(count));
  if (count < 0) {
    drop((uv_pipe_t*) stream);
    return;
  }
  lane->expected -= (size_t) count;
  if (lane->expected == 0) serve(lane, end);
}

static void play_lanes(uv_loop_t* loop, unsigned seed) {
  for (unsigned i = 0; i < LANES; i++) {
    struct lane* lane = &lanes[i];
    snprintf(lane->name, sizeof(lane->name), "lane %u", i);
    lane->state = seed * 2654435761u + i + 1;
    uv_os_sock_t fds[2];
    MUST(
        uv_socketpair(SOCK_STREAM, 0, fds, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE));
    for (int end = 0; end < 2; end++) {
      uv_stream_t* stream = (uv_stream_t*) &lane->ends[end];
      MUST(uv_pipe_init(loop, &lane->ends[end], 0));
      MUST(uv_pipe_open(&lane->ends[end], fds[end]));
      stream->data = lane;
      MUST(uv_read_start(stream, alloc_random, on_lane_read));
    }
    serve(lane, (int) dice(&lane->state, 2));
  }
  TRY(uv_run(loop, UV_RUN_DEFAULT));
}

void run_seed(uv_loop_t* loop, unsigned seed, int zero_timers) {
  state = seed * 2654435761u + 97;
  has_timers = zero_timers;
  play_handles(loop);
  play_lanes(loop, seed);
}
