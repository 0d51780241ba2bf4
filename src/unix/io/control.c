/* SPDX-License-Identifier: MIT */
/* The io state's life, and the poll phase's settings and figures. */
#include "unix/io/control.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/atomics.h"
#include "base/queue.h"
#include "unix/io/io.h"
#include "unix/io/state.h"
#include "unix/os/clock.h"

#include <string.h>
#include <strings.h>

int uv__io_find(const char* text, const char** ret_name) {
  if (strcasecmp(text, "auto") != 0) return uv__choice_name(text, ret_name);
  *ret_name = "auto";
  return 0;
}

/* NULL for "auto", which is no monitor's name. */
static const struct uv__monitor_ops* wish_of(const char* name) {
  return name == NULL ? NULL : uv__choice_find(name);
}

int uv__io_setup(uv_loop_t* loop, struct uv__iostate** ret_io,
                 const struct uv__io_config* config) {
  struct uv__iostate* io = uv__calloc(1, sizeof(*io));
  if (io == NULL) return UV_ENOMEM;
  io->ready.cap = READY_MAX;
  io->ready.events = uv__malloc(READY_MAX * sizeof(*io->ready.events));
  int rc = io->ready.events == NULL ? UV_ENOMEM : uv__shell_setup(&io->shell);
  if (rc != 0) {
    uv__free(io->ready.events);
    uv__free(io);
    return rc;
  }
  io->monitor.shell = &io->shell;
  io->parts.hot = &io->hot;
  io->parts.wake = &io->wake;
  uv__hotset_setup(&io->hot, &io->table, &io->monitor, &io->shell, &io->figures,
                   io);
  io->choice.wish = wish_of(config->monitor);
  io->choice.ring_is_forbidden = config->ring_is_forbidden;
  io->choice.complaint = config->complaint;
  io->hot.idle_ns = config->idle_ns;
  uv__busypoll_set(io, &config->spin);

  loop->backend_fd = io->shell.fd;
  loop->watchers = NULL;
  loop->nwatchers = 0;
  loop->nfds = 0;
  uv__queue_init(&loop->pending_queue);
  uv__queue_init(&loop->watcher_queue);
  *ret_io = io;
  uv__io_update_time(loop);
  return 0;
}

int uv__io_fork(uv_loop_t* loop) {
  struct uv__iostate* io = uv__iostate_of(loop);
  int rc = uv__shell_refork(&io->shell);
  if (rc != 0) return rc;
  uv__hotset_lose(&io->hot, true);
  uv__busypoll_restart(io);
  io->ready.count = 0;
  if (io->monitor.ops == NULL) return 0;
  rc = io->monitor.ops->rebuild(&io->monitor, UV__REBUILD_FORK);
  if (rc == 0) return 0;
  rc = uv__choice_fall_back(&io->choice, &io->monitor, rc);
  if (rc == 0) uv__hotset_adopt(&io->hot);
  return rc;
}

void uv__io_teardown(uv_loop_t* loop) {
  struct uv__iostate* io = uv__iostate_of(loop);
  if (io->monitor.ops != NULL) io->monitor.ops->teardown(&io->monitor);
  uv__shell_teardown(&io->shell);
  uv__fdtable_free(&io->table);
  uv__hotset_free(&io->hot);
  uv__free(io->ready.events);
  uv__free(loop->watchers);
  loop->watchers = NULL;
  loop->nwatchers = 0;
  loop->backend_fd = -1;
  uv__free(io);
}

int uv__io_wish(uv_loop_t* loop, const char* monitor) {
  struct uv__iostate* io = uv__iostate_of(loop);
  const char* name = NULL;
  int rc = monitor == NULL ? 0 : uv__io_find(monitor, &name);
  if (rc != 0) return rc;
  if (name != NULL && strcmp(name, monitor) != 0) return UV_EINVAL;
  io->choice.wish = wish_of(name);
  io->wants_switch = true;
  return 0;
}

void uv__io_set_spin(uv_loop_t* loop, const struct uv__spin_limits* limits) {
  uv__busypoll_set(uv__iostate_of(loop), limits);
}

void uv__io_set_idle(uv_loop_t* loop, uint64_t idle_ns) {
  uv__iostate_of(loop)->hot.idle_ns = idle_ns;
}

int uv__io_expose(uv_loop_t* loop) {
  struct uv__iostate* io = uv__iostate_of(loop);
  if (io->wake.is_exposed) return io->shell.fd;
  uv__hotset_park_all(&io->hot);
  io->monitor.parks_all = true;
  if (io->monitor.ops != NULL) {
    uv__hotset_adopt(&io->hot);
    if (io->monitor.ops->flush != NULL) io->monitor.ops->flush(&io->monitor);
  }
  uv__wake_expose(&io->wake);
  uv__busypoll_restart(io);
  return io->shell.fd;
}

bool uv__io_is_dirty(const uv_loop_t* loop) {
  return uv__iostate_of(loop)->table.dirty_count > 0;
}

void uv__io_block_sigprof(uv_loop_t* loop) {
  struct uv__iostate* io = uv__iostate_of(loop);
  io->blocks_sigprof = true;
  uv__busypoll_restart(io);
}

void uv__io_count_idle(uv_loop_t* loop) {
  struct uv__iostate* io = uv__iostate_of(loop);
  io->counts_idle = true;
  uv__busypoll_review(io);
}

uint64_t uv__io_idle_ns(const uv_loop_t* loop) {
  struct uv__iostate* io = uv__iostate_of(loop);
  uint64_t since_ns = uv__load_acquire(&io->wait_since_ns);
  uint64_t total_ns = uv__load_acquire(&io->idle_total_ns);
  if (since_ns == 0) return total_ns;
  uint64_t now_ns = uv__clock_precise_ns();
  return total_ns + (now_ns > since_ns ? now_ns - since_ns : 0);
}

size_t uv__io_batch(const uv_loop_t* loop) {
  return uv__iostate_of(loop)->batch;
}

void uv__io_add_events(uv_loop_t* loop, unsigned count) {
  struct uv__iostate* io = uv__iostate_of(loop);
  io->figures.events += count;
  if (!io->did_sleep) io->figures.events_waiting += count;
}

void uv__io_expect(uv_loop_t* loop, int delta) {
  if (!UV__SPIN_IS_BUILT) return;
  struct uv__iostate* io = uv__iostate_of(loop);
  if (!io->busy.limits.is_tried) return; /* And never will be again. */
  io->busy.expected += delta;
  uv__busypoll_review(io);
}

const char* uv__io_monitor(const uv_loop_t* loop) {
  const struct uv__monitor_ops* ops = uv__iostate_of(loop)->monitor.ops;
  return ops != NULL ? ops->name : NULL;
}

const char* uv__io_reason(const uv_loop_t* loop) {
  return uv__iostate_of(loop)->choice.reason;
}

const struct uv__spin_limits* uv__io_spin(const uv_loop_t* loop) {
  return &uv__iostate_of(loop)->busy.limits;
}

const struct uv__io_figures* uv__io_figures(const uv_loop_t* loop) {
  return &uv__iostate_of(loop)->figures;
}

static size_t count_parked(const struct uv__iostate* io) {
  size_t parked = 0;
  for (size_t fd = 0; fd < io->table.count; fd++)
    parked += uv__slot_is_parked(&io->table.slots[fd]);
  return parked;
}

void uv__io_report(const uv_loop_t* loop, struct uv__io_report* report) {
  const struct uv__iostate* io = uv__iostate_of(loop);
  const struct uv__monitor* m = &io->monitor;
  *report = (struct uv__io_report){
    .hot = io->hot.list.count,
    .parked = count_parked(io),
    .switches = io->choice.switches,
    .io = io->figures,
    .spin_window_ns = (uint64_t) io->busy.spin_ns,
    .spins = io->busy.spins,
    .spin_hits = io->busy.hits,
    .spin_ns = io->busy.spun_ns,
    .spin_grows = io->busy.grows,
    .spin_shrinks = io->busy.shrinks,
    .trials = io->busy.exp.trials,
    .adoptions = io->busy.exp.adoptions,
    .shell_calls = io->shell.calls,
    .ring_enters = m->figures.enters,
    .ring_arms = m->figures.arms,
    .ring_rearms = m->figures.rearms,
    .ring_cancels = m->figures.cancels,
    .ring_overflows = m->figures.overflows,
    .wakes_written = uv__load_relaxed(&io->wake.written),
    .wakes_suppressed = uv__load_relaxed(&io->wake.suppressed),
  };
}

void uv__io_update_time(uv_loop_t* loop) {
  loop->time = uv__clock_fast_ns() / 1000000;
}
