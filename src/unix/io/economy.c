/* SPDX-License-Identifier: MIT */
/* When a move between hot and parked pays.
 *
 * Promotion: a parked descriptor that fires twice within HOT_WAITS_MAX waits
 * becomes hot. That costs one epoll_ctl(2), which mutes the shell's entry. It
 * spares the detour through the shell for each event. What a hot descriptor
 * costs in each wait depends on the monitor. On poll it is about 31 ns per
 * wait, against some 600 ns per detour: HOT_WAITS_MAX is where the two meet.
 *
 * The sweep: a hot descriptor that has been silent for COLD_WAITS waits is
 * parked again. Where being hot costs nothing per wait, it must also have been
 * silent for idle_ns. The distance between the two bounds is the hysteresis. A
 * clock hand looks at SWEEP_STEP hot descriptors after each poll phase.
 *
 * Bursts: where the kernel works to arm a hot descriptor again (io_uring),
 * being hot pays only while a wait brings few events. The detour through the
 * shell is one for all events of a wait, arming again is one for each
 * (docs/adr/0011-ring.md). Waits with BURST_MIN events and more count up, waits
 * with less than half of it count down. From BURST_WAITS on, until the count is
 * 0 again, nothing is promoted, and each hot descriptor is parked as it fires:
 * that step is bounded, and at that moment no request has to be cancelled. */
#include "unix/io/placement.h"

enum {
  HOT_WAITS_MAX = 16,
  COLD_WAITS = 64,
  SWEEP_STEP = 8,
  BURST_MIN = 16,
  BURST_WAITS = 32
};

/* --- Bursts --------------------------------------------------------------- */

/* Is arming again work of the kernel? Not without any monitor. */
static bool minds_bursts(const struct uv__hotset* hot) {
  const struct uv__monitor_ops* ops = hot->monitor->ops;
  return ops != NULL &&
         (ops->caps & (UV__UPDATE_IS_FREE | UV__HOT_IN_SHELL)) == 0;
}

/* Is it cheaper now to find all of them in the shell? */
static bool is_in_burst(const struct uv__hotset* hot) {
  return hot->in_burst && uv__hotset_removes_idle(hot) && minds_bursts(hot);
}

static void note_batch(struct uv__hotset* hot, size_t batch) {
  bool is_big = batch >= BURST_MIN;
  bool is_small = batch > 0 && batch < BURST_MIN / 2;
  if (is_big && hot->burst_waits < BURST_WAITS) hot->burst_waits++;
  if (is_small && hot->burst_waits > 0) hot->burst_waits--;
  if (hot->burst_waits == BURST_WAITS) hot->in_burst = true;
  if (hot->burst_waits == 0) hot->in_burst = false;
}

/* --- An event ------------------------------------------------------------- */

void uv__hotset_note_event(struct uv__hotset* hot, int fd) {
  struct uv__slot* slot = &hot->table->slots[fd];
  uint64_t wait = hot->figures->waits;
  uint64_t pause = wait - slot->last_wait;
  bool pays = slot->last_wait != 0 && pause <= HOT_WAITS_MAX;
  slot->last_wait = wait;
  slot->last_ns = hot->now_ns;
  if (is_in_burst(hot)) {
    if (uv__slot_is_hot(slot) && !slot->tells_once)
      uv__hotset_demote(hot, fd); /* Or it stays as it was. */
    return;
  }
  if (slot->state == UV__PARKED && pays && uv__hotset_may_heat(hot, slot))
    uv__hotset_promote(hot, fd);
}

/* --- The sweep ------------------------------------------------------------ */

static bool is_silent(const struct uv__hotset* hot,
                      const struct uv__slot* slot) {
  if (slot->tells_once) return false;
  if (hot->figures->waits - slot->last_wait <= COLD_WAITS) return false;
  return (hot->monitor->ops->caps & UV__UPDATE_IS_FREE) != 0 ||
         hot->now_ns - slot->last_ns > hot->idle_ns;
}

/* True: it is hot no more. */
static bool sweep_one(struct uv__hotset* hot, int fd) {
  const struct uv__slot* slot = &hot->table->slots[fd];
  UV__CHECK(uv__slot_is_hot(slot));
  if (slot->want == 0) {
    uv__hotset_withdraw(hot, fd);
    return true;
  }
  return is_silent(hot, slot) && uv__hotset_demote(hot, fd) == 0;
}

/* Not inlined: with nothing hot a poll phase does not pay for its registers. */
__attribute__((noinline)) static void sweep_step(struct uv__hotset* hot) {
  struct uv__hotlist* list = &hot->list;
  for (int step = 0; step < SWEEP_STEP && list->count > 0; step++) {
    if (hot->hand >= list->count) hot->hand = 0;
    if (!sweep_one(hot, list->fds[hot->hand])) hot->hand++;
    if (list->count <= (size_t) step) break; /* Once round is enough. */
  }
  UV__CHECK(uv__hotset_valid(hot));
}

void uv__hotset_sweep(struct uv__hotset* hot, size_t batch) {
  if (!uv__hotset_removes_idle(hot)) return;
  if (minds_bursts(hot)) note_batch(hot, batch);
  if (hot->list.count > 0) sweep_step(hot);
}
