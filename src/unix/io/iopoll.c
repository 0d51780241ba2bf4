/* SPDX-License-Identifier: MIT */
/* The poll phase: tells the kernel what has changed, waits, notes the time and
 * calls back. It is the same for all monitors.
 *
 * A wait is repeated when time is left and it brought nothing that a watcher
 * wanted: an interruption, a stale event. It is also repeated, within bounds,
 * when the ready array was full. Timeouts are whole ms, rounded up, counted
 * from the loop's cached time: a timer is never early.
 *
 * Each pass first takes what other threads have sent (wake.c), then the
 * descriptors' events. A pass that found a send has looked at the kernel too,
 * with a timeout of 0: no descriptor starves behind senders. */
#include "unix/io/io.h"

#include "base/assert.h"
#include "base/atomics.h"
#include "unix/io/dispatch.h"
#include "unix/io/recorder.h"
#include "unix/io/state.h"
#include "unix/os/clock.h"

#include <poll.h>
#include <signal.h>
#include <string.h>

enum { MONITORS_MAX = 4 }; /* Tried in one wait, as one after another fails. */

/* --- The monitor at hand -------------------------------------------------- */

/* A number that no other thread ever has. A pthread_t will not do: a new thread
 * may get that of a thread that has ended, and a ring belongs to one task. */
static uint64_t thread_number(void) {
  /* One word of the static block: no call to find it in each poll phase. */
  static _Thread_local uint64_t number
      __attribute__((tls_model("initial-exec")));
  static uint64_t last;
  if (number == 0) number = uv__fetch_add(&last, 1) + 1;
  return number;
}

static void switch_monitor(struct uv__iostate* io) {
  UV__CHECK(uv__hotset_valid(&io->hot));
  io->wants_switch = false;
  if (io->monitor.ops == NULL || io->monitor.ops == io->choice.wish) return;
  uv__hotset_park_all(&io->hot);
  if (io->monitor.ops->flush != NULL) io->monitor.ops->flush(&io->monitor);
  io->monitor.ops->teardown(&io->monitor);
  io->monitor.ops = NULL;
  io->monitor.parks_all = io->wake.is_exposed;
  io->choice.switches++;
}

static int open_monitor(struct uv__iostate* io) {
  int rc = uv__choice_open(&io->choice, &io->monitor);
  if (rc != 0) return rc;
  io->owner = thread_number();
  uv__hotset_adopt(&io->hot);
  return 0;
}

/* Another thread runs the loop now; a ring does not go with it. */
static int change_thread(struct uv__iostate* io) {
  io->owner = thread_number();
  uv__busypoll_restart(io); /* Its CPU time is another one. */
  if (io->monitor.ops->caps & UV__HOT_IN_SHELL) return 0;
  uv__hotset_lose(&io->hot, false);
  return io->monitor.ops->rebuild(&io->monitor, UV__REBUILD_THREAD);
}

static int fall_back(struct uv__iostate* io, int error) {
  UV__CHECK(error < 0);
  uv__hotset_lose(&io->hot, false);
  io->monitor.parks_all = io->wake.is_exposed;
  int rc = uv__choice_fall_back(&io->choice, &io->monitor, error);
  if (rc == 0) uv__hotset_adopt(&io->hot);
  return rc;
}

static int prepare_monitor(struct uv__iostate* io) {
  if (io->wants_switch) switch_monitor(io);
  if (io->monitor.ops == NULL) return open_monitor(io);
  if (io->owner == thread_number()) return 0;
  int rc = change_thread(io);
  return rc == 0 ? 0 : fall_back(io, rc);
}

/* --- One wait ------------------------------------------------------------- */

/* Tell the kernel what has changed. A descriptor that cannot be watched becomes
 * an event of its own. One for which there is no room now stays dirty. */
static void apply_changes(struct uv__iostate* io) {
  struct uv__fdtable* table = &io->table;
  size_t kept = 0;
  for (size_t i = 0; i < table->dirty_count; i++) {
    int fd = table->dirty[i];
    struct uv__slot* slot = &table->slots[fd];
    int rc = uv__ready_full(&io->ready) ? UV_ENOBUFS
                                        : uv__hotset_settle(&io->hot, fd);
    bool is_later = rc == UV_ENOBUFS || rc == UV_ENOMEM || rc == UV_ENOSPC ||
                    rc == UV_EAGAIN;
    slot->is_dirty = is_later;
    if (is_later)
      table->dirty[kept++] = fd;
    else if (rc != 0)
      uv__ready_add(&io->ready, fd, slot->gen, POLLERR | POLLNVAL);
  }
  table->dirty_count = kept;
  UV__CHECK(uv__fdtable_valid(table));
  io->has_unsettled = kept > 0;
}

static int bounded(const struct uv__iostate* io, int timeout_ms) {
  if (io->ready.count > 0) return 0;
  bool is_long = timeout_ms < 0 || timeout_ms > RETRY_MS;
  return io->has_unsettled && is_long ? RETRY_MS : timeout_ms;
}

static int await(struct uv__iostate* io, int timeout_ms) {
  sigset_t mask;
  struct uv__wait wait = {
    .timeout_ns = timeout_ms < 0 ? -1 : (int64_t) timeout_ms * 1000000,
  };
  if (io->blocks_sigprof && timeout_ms != 0) {
    pthread_sigmask(SIG_BLOCK, NULL, &mask); /* What is blocked stays so. */
    sigaddset(&mask, SIGPROF);
    wait.sigmask = &mask;
  }
  io->figures.waits++;
  io->figures.sleeps += timeout_ms != 0;
  return io->monitor.ops->await(&io->monitor, &io->ready, &wait);
}

/* --- Measured waits: idle time, busy poll --------------------------------- */

/* A wait that comes back sooner has not slept: its events were waiting. A look
 * at the kernel takes 0.2 to 1 us, a sleep and its wake-up 5 us and more;
 * asking the kernel instead would cost a system call in each iteration. */
enum { AT_ONCE_NS = 4000 };

static void begin_idle(struct uv__iostate* io, uint64_t now_ns) {
  if (io->counts_idle) uv__store_release(&io->wait_since_ns, now_ns);
}

static void end_idle(struct uv__iostate* io, uint64_t took_ns) {
  if (uv__load_relaxed(&io->wait_since_ns) == 0) return;
  uv__store_release(&io->wait_since_ns, (uint64_t) 0);
  uv__store_release(&io->idle_total_ns,
                    uv__load_relaxed(&io->idle_total_ns) + took_ns);
}

/* What is left of a timeout in ms after a spin, rounded up; never less than
 * 1. */
static int after_spin(int timeout_ms, uint64_t spun_ns) {
  if (timeout_ms < 0) return timeout_ms;
  int spun_ms = (int) (spun_ns / 1000000);
  return spun_ms < timeout_ms ? timeout_ms - spun_ms : 1;
}

static enum uv__wait_start begin_wait(struct uv__iostate* io, int timeout_ms,
                                      uint64_t start_ns) {
  int64_t limit_ns = timeout_ms < 0 ? -1 : (int64_t) timeout_ms * 1000000;
  if (!uv__busypoll_is_live(&io->busy)) return UV__START_OFF;
  return uv__busypoll_spin(io, limit_ns, start_ns);
}

/* The spin found something: ask the kernel too, unless it was what hit. */
static int look_again(struct uv__iostate* io) {
  return io->ready.count > 0 ? 0 : uv__busypoll_look(io);
}

/* Sleep unless something was sent, then only look. `ret_slept` says which. */
static int sleep_or_look(struct uv__iostate* io, int timeout_ms,
                         enum uv__wake_mode how, bool* ret_slept) {
  UV__CHECK(io->ready.count == 0 && timeout_ms != 0);
  *ret_slept = uv__wake_sleep(&io->wake, how);
  if (!*ret_slept) return await(io, 0);
  int rc = await(io, timeout_ms);
  uv__wake_rise(&io->wake);
  return rc;
}

/* Spin, sleep if that brought nothing, and note how long it took. Both count as
 * idle; the time of callbacks does not.
 *
 *   start      then                       idle   learns
 *   OFF        sleep                      yes    no
 *   NO_SPIN    sleep, timed               yes    yes
 *   AT_ONCE    look at the kernel         no     no
 *   HIT        look at the kernel         yes    yes
 *   MISS       sleep, timed, for what     yes    yes
 *              is left of the timeout
 *
 * Not inlined: a poll phase that does not measure does not pay for the
 * registers. */
__attribute__((noinline)) static int collect_measured(struct uv__iostate* io,
                                                      int timeout_ms) {
  uint64_t start_ns = uv__clock_precise_ns();
  bool slept = false;
  int rc = 0;
  if (UV__SPIN_IS_BUILT) uv__busypoll_prepare(io, start_ns);
  begin_idle(io, start_ns);
  enum uv__wait_start start = begin_wait(io, timeout_ms, start_ns);
  switch (start) {
    case UV__START_AT_ONCE:
      end_idle(io, 0);
      io->did_sleep = false;
      return look_again(io);
    case UV__START_HIT:
      rc = look_again(io);
      break;
    case UV__START_MISS:
      timeout_ms = after_spin(timeout_ms, uv__clock_precise_ns() - start_ns);
      rc = sleep_or_look(io, timeout_ms, UV__WAKE_TIMED, &slept);
      break;
    case UV__START_NO_SPIN:
      rc = sleep_or_look(io, timeout_ms, UV__WAKE_TIMED, &slept);
      break;
    case UV__START_OFF:
      rc = sleep_or_look(io, timeout_ms, UV__WAKE_ASLEEP, &slept);
      break;
  }
  UV__CHECK(uv__load_relaxed(&io->wake.mode) != UV__WAKE_TIMED);
  int64_t block_ns = (int64_t) (uv__clock_precise_ns() - start_ns);
  io->did_sleep = slept && block_ns > AT_ONCE_NS;
  end_idle(io, (uint64_t) block_ns);
  if (start != UV__START_OFF) uv__busypoll_learn(io, block_ns);
  return rc;
}

/* Fill the ready array. Sleeps only after having announced it. */
static int collect(struct uv__iostate* io, int timeout_ms) {
  if (timeout_ms != 0 &&
      (io->measures_waits || uv__busypoll_is_due(&io->busy, io->hot.now_ns)))
    return collect_measured(io, timeout_ms);
  io->did_sleep = timeout_ms != 0 && uv__wake_sleep(&io->wake, UV__WAKE_ASLEEP);
  if (!io->did_sleep) return await(io, 0);
  int rc = await(io, timeout_ms);
  uv__wake_rise(&io->wake);
  return rc;
}

/* No monitor opens, or none works: wait in the shell for a moment. The next
 * poll phase tries again. */
static void gather_without(struct uv__iostate* io, int timeout_ms) {
  if (timeout_ms < 0 || timeout_ms > RETRY_MS) timeout_ms = RETRY_MS;
  int rc =
      uv__shell_wait(&io->shell, &io->ready, UV__EV_PARKED, timeout_ms, NULL);
  if (rc != 0) poll(NULL, 0, timeout_ms); /* The user closed it. */
}

/* Fill the ready array, on another monitor if the present one fails. */
static void gather(struct uv__iostate* io, int timeout_ms) {
  int rc = prepare_monitor(io);
  for (int i = 0; rc == 0 && i < MONITORS_MAX; i++) {
    apply_changes(io);
    rc = collect(io, bounded(io, timeout_ms));
    if (rc == 0) return;
    rc = fall_back(io, rc);
  }
  gather_without(io, timeout_ms);
}

/* --- The phase ------------------------------------------------------------ */

/* Call back: first for what was sent, then for what is ready. */
static struct uv__dispatched deliver(uv_loop_t* loop) {
  struct uv__iostate* io = uv__iostate_of(loop);
  bool was_woken = uv__wake_take(&io->wake);
  if (was_woken && io->wake.on_wake != NULL) io->wake.on_wake(loop);
  struct uv__dispatched done = uv__dispatch(loop, &io->hot, &io->ready);
  done.calls += was_woken;
  uv__io_add_events(loop, (unsigned) done.calls);
  io->batch += done.calls;
  return done;
}

static void note_time(uv_loop_t* loop) {
  struct uv__iostate* io = uv__iostate_of(loop);
  io->hot.now_ns = uv__clock_fast_ns();
  loop->time = io->hot.now_ns / 1000000;
}

/* What is left of the timeout; 0 when the time is over. */
static int remaining(const uv_loop_t* loop, int timeout_ms, uint64_t start_ms) {
  if (timeout_ms <= 0) return timeout_ms;
  uint64_t passed_ms = loop->time - start_ms;
  return passed_ms >= (uint64_t) timeout_ms ? 0 : timeout_ms - (int) passed_ms;
}

__attribute__((noinline)) void uv__io_poll(uv_loop_t* loop, int timeout_ms) {
  struct uv__iostate* io = uv__iostate_of(loop);
  uint64_t start_ms = loop->time;
  int left_ms = timeout_ms;
  int rounds = 0;
  io->batch = 0;
  struct uv__recorder* r = uv__recorder_of(loop);

  for (;;) {
    if (r != NULL) uv__recorder_wait_begin(r);
    gather(io, left_ms);
    if (r != NULL) uv__recorder_wait_end(r);
    /* A mere look takes no time worth noting, unless the sweep needs it. */
    bool is_idle = left_ms == 0 && io->ready.count == 0 &&
                   io->hot.list.count == 0 &&
                   !uv__load_relaxed(&io->wake.signalled);
    if (!is_idle) note_time(loop);
    bool was_full = uv__ready_full(&io->ready);
    struct uv__dispatched done = deliver(loop);
    if (r != NULL) uv__recorder_events(r, done.calls);
    if (done.had_signal) break; /* The loop turns before it looks again. */
    if (was_full && ++rounds < DISPATCH_ROUNDS_MAX) {
      left_ms = 0;
      continue;
    }
    if (done.calls > 0 || left_ms == 0) break;
    left_ms = remaining(loop, timeout_ms, start_ms);
    if (left_ms == 0) break;
  }
  uv__hotset_sweep(&io->hot, io->batch);
}
