/* SPDX-License-Identifier: MIT */
/* Placement. New watchers are parked in the shell; an event promotes them if
 * they fire often enough to pay for being looked at in every wait; silence, in
 * waits or in time, parks them again. Write-only watchers (a connect, back
 * pressure) start hot: they are expected to fire soon, once.
 *
 * What a promotion costs: one epoll_ctl(2) to mute the shell's entry. What it
 * spares: the detour through the shell for each event. What a hot descriptor
 * costs per wait is the monitor's: HOT_WAITS_MAX is where the two meet for
 * poll, about 31 ns per wait against some 600 ns per detour (monitors.md,
 * section 5). The distance to COLD_WAITS is the hysteresis.
 *
 * Where arming again is work of the kernel (a ring), that rule holds for few
 * events per wait only: the detour is one for all of them, arming is one for
 * each (docs/adr/0011-ring.md). Waits with CROWD_MIN events and more count up,
 * those with less than half of it down; from CROWD_WAITS on, until it is 0
 * again, nothing is promoted, and what is hot is parked as it fires: a bounded
 * step, and the moment when nothing of it has to be cancelled.
 *
 * With UV__HOT_IN_SHELL (epoll) every place is the same kernel entry: slots are
 * HOT, the list stays empty, and there is nothing to sweep. */
#include "unix/io/hotset.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/trace.h"
#include "unix/io/state.h"
#include "unix/monitor/ticket.h"

#include <poll.h>

enum { HOT_WAITS_MAX = 16, COLD_WAITS = 64, SWEEP_STEP = 8,
       CROWD_MIN = 16, CROWD_WAITS = 32 };

static bool hot_is_shell(const struct uv__iostate* io) {
  return (io->monitor.ops->caps & UV__HOT_IN_SHELL) != 0;
}

/* False: everything is hot, to show what that costs (POLLUX_IDLE_MS=0). */
static bool removes_idle(const struct uv__iostate* io) {
  return io->idle_ns > 0;
}

static bool may_heat(const struct uv__iostate* io,
                     const struct uv__slot* slot) {
  return !io->monitor.parks_all && !slot->is_never_hot;
}

/* --- The list ------------------------------------------------------------- */

static bool list_add(struct uv__iostate* io, int fd) {
  struct uv__hotset* hot = &io->hot;
  if (hot->count == hot->cap) {
    size_t cap = hot->cap == 0 ? 16 : hot->cap * 2;
    int* fds = uv__realloc(hot->fds, cap * sizeof(*fds));
    if (fds == NULL) return false;
    hot->fds = fds;
    hot->cap = cap;
  }
  io->table.slots[fd].hot_at = (uint32_t) hot->count;
  hot->fds[hot->count++] = fd;
  return true;
}

static void list_remove(struct uv__iostate* io, int fd) {
  struct uv__hotset* hot = &io->hot;
  uint32_t at = io->table.slots[fd].hot_at;
  UV__CHECK(at < hot->count && hot->fds[at] == fd);
  int last = hot->fds[--hot->count];
  hot->fds[at] = last;
  io->table.slots[last].hot_at = at;
}

/* --- Transitions ---------------------------------------------------------- */

static bool is_about_the_fd(int rc) {
  return rc == UV_EBADF || rc == UV_EPERM || rc == UV_ENOENT ||
         rc == UV_EINVAL || rc == UV_ELOOP;
}

static int park(struct uv__iostate* io, int fd, struct uv__slot* slot) {
  int rc = uv__shell_set(&io->shell, fd, slot->gen, slot->want,
                         slot->is_in_shell);
  if (rc != 0) return rc;
  slot->is_in_shell = true;
  slot->place = UV__PARKED;
  slot->have = slot->want;
  return 0;
}

/* From IDLE or PARKED into the monitor's hot set. */
static int heat(struct uv__iostate* io, int fd, struct uv__slot* slot) {
  struct uv__monitor* m = &io->monitor;
  bool is_listed = !hot_is_shell(io);
  if (is_listed && !list_add(io, fd)) return UV_ENOMEM;
  int rc = m->ops->update(m, fd, slot->gen, 0, slot->want);
  if (rc != 0) {
    if (is_listed) list_remove(io, fd);
    return rc;
  }
  slot->place = UV__HOT;
  slot->have = slot->want;
  return 0;
}

static int place(struct uv__iostate* io, int fd, struct uv__slot* slot) {
  bool begins_hot =
      slot->want == POLLOUT || !removes_idle(io) || slot->tells_once;
  if (hot_is_shell(io)) return heat(io, fd, slot);
  if (begins_hot && may_heat(io, slot)) {
    /* Left of a monitor that failed: live, it would wake the loop for ever. */
    if (slot->is_in_shell) uv__shell_delete(&io->shell, fd);
    slot->is_in_shell = false;
    int rc = heat(io, fd, slot);
    slot->last_wait = io->figures.waits; /* Its silence begins here. */
    slot->last_ns = io->now_ns;
    if (rc == 0 || is_about_the_fd(rc)) return rc;
    slot->is_never_hot = true;
  }
  return park(io, fd, slot);
}

static void cool(struct uv__iostate* io, int fd, struct uv__slot* slot) {
  struct uv__monitor* m = &io->monitor;
  if (slot->place == UV__HOT) {
    m->ops->update(m, fd, slot->gen, slot->have, 0);
    if (!hot_is_shell(io)) list_remove(io, fd);
  }
  slot->place = UV__IDLE;
  slot->have = 0;
}

static int demote(struct uv__iostate* io, int fd, struct uv__slot* slot) {
  unsigned told = slot->have;
  int rc = park(io, fd, slot);
  if (rc != 0) return rc; /* Stays as it was. */
  slot->place = UV__HOT;
  slot->have = (uint16_t) told;
  cool(io, fd, slot);
  slot->place = UV__PARKED;
  slot->have = slot->want;
  io->figures.demotions++;
  TRACE2(slot_demote, io, fd);
  return 0;
}

static int adjust(struct uv__iostate* io, int fd, struct uv__slot* slot) {
  struct uv__monitor* m = &io->monitor;
  if (slot->place == UV__PARKED) return park(io, fd, slot);
  int rc = m->ops->update(m, fd, slot->gen, slot->have, slot->want);
  if (rc == 0) {
    slot->have = slot->want;
    return 0;
  }
  if (hot_is_shell(io) || is_about_the_fd(rc)) return rc;
  slot->is_never_hot = true;
  return demote(io, fd, slot);
}

static bool is_free(const struct uv__iostate* io, const struct uv__slot* slot) {
  return slot->place == UV__HOT &&
         (io->monitor.ops->caps & UV__UPDATE_IS_FREE) != 0;
}

int uv__slot_settle(struct uv__iostate* io, int fd) {
  struct uv__slot* slot = &io->table.slots[fd];
  if (slot->want == 0) {
    if (is_free(io, slot)) uv__slot_withdraw(io, fd);
    return 0; /* Elsewhere it may stay until it fires: see fdtable.h. */
  }
  if (slot->place != UV__IDLE && slot->have == slot->want) return 0;
  int rc = slot->place == UV__IDLE ? place(io, fd, slot)
                                   : adjust(io, fd, slot);
  TRACE3(slot_watch, io, fd, slot->want);
  if (rc == 0 || !is_about_the_fd(rc)) return rc;
  uv__slot_withdraw(io, fd);
  io->figures.refused++;
  return rc;
}

void uv__slot_withdraw(struct uv__iostate* io, int fd) {
  struct uv__slot* slot = &io->table.slots[fd];
  TRACE2(slot_drop, io, fd);
  cool(io, fd, slot);
  if (slot->is_in_shell) uv__shell_delete(&io->shell, fd);
  slot->is_in_shell = false;
}

/* A monitor that queues may hold what was hot, and is not any more. */
static bool may_still_hold(const struct uv__iostate* io) {
  return io->monitor.ops != NULL && io->monitor.ops->flush != NULL;
}

void uv__slot_forget(struct uv__iostate* io, int fd) {
  struct uv__slot* slot = uv__fdtable_at(&io->table, fd);
  if (slot == NULL) return;
  struct uv__monitor* m = &io->monitor;
  TRACE2(slot_drop, io, fd);
  bool is_hot = slot->place == UV__HOT;
  if (is_hot || may_still_hold(io)) m->ops->forget(m, fd, slot->gen);
  if (is_hot && !hot_is_shell(io)) list_remove(io, fd);
  if (slot->is_in_shell) uv__shell_delete(&io->shell, fd);
  slot->is_in_shell = false;
  slot->is_never_hot = false;
  slot->tells_once = false;
  slot->place = UV__IDLE;
  slot->have = 0;
  slot->last_wait = 0;
  slot->est_ns = 0;
  slot->gen = uv__gen_next(slot->gen); /* What is on its way is stale now. */
}

void uv__slot_refuse(struct uv__iostate* io, int fd) {
  struct uv__slot* slot = &io->table.slots[fd];
  if (slot->place == UV__HOT && !hot_is_shell(io)) cool(io, fd, slot);
  slot->is_never_hot = true;
  if (slot->want != 0) uv__fdtable_mark(&io->table, fd);
}

/* --- Economics ------------------------------------------------------------ */

/* Is arming again work of the kernel? Not without any monitor. */
static bool minds_crowds(const struct uv__iostate* io) {
  const struct uv__monitor_ops* ops = io->monitor.ops;
  return ops != NULL &&
         (ops->caps & (UV__UPDATE_IS_FREE | UV__HOT_IN_SHELL)) == 0;
}

/* Is it cheaper now to find all of them in the shell? */
static bool is_crowded(const struct uv__iostate* io) {
  return io->hot.is_crowded && removes_idle(io) && minds_crowds(io);
}

static void note_crowd(struct uv__hotset* hot, size_t batch) {
  if (batch >= CROWD_MIN && hot->crowd < CROWD_WAITS) hot->crowd++;
  if (batch > 0 && batch < CROWD_MIN / 2 && hot->crowd > 0) hot->crowd--;
  if (hot->crowd == CROWD_WAITS) hot->is_crowded = true;
  if (hot->crowd == 0) hot->is_crowded = false;
}

void uv__slot_note_event(struct uv__iostate* io, int fd) {
  struct uv__slot* slot = &io->table.slots[fd];
  uint64_t pause = io->figures.waits - slot->last_wait;
  bool pays = slot->last_wait != 0 && pause <= HOT_WAITS_MAX;
  slot->last_wait = io->figures.waits;
  slot->last_ns = io->now_ns;
  if (is_crowded(io)) {
    if (slot->place == UV__HOT && !slot->tells_once)
      demote(io, fd, slot); /* Or stays as it was. */
    return;
  }
  if (slot->place != UV__PARKED || !pays || !may_heat(io, slot)) return;
  if (heat(io, fd, slot) != 0) {
    slot->is_never_hot = true;
    return;
  }
  io->figures.promotions++;
  TRACE2(slot_promote, io, fd);
  if (uv__shell_mute(&io->shell, fd, slot->gen) != 0) {
    uv__shell_delete(&io->shell, fd);
    slot->is_in_shell = false;
  }
}

static bool is_silent(const struct uv__iostate* io,
                      const struct uv__slot* slot) {
  if (slot->tells_once) return false;
  if (io->figures.waits - slot->last_wait <= COLD_WAITS) return false;
  return (io->monitor.ops->caps & UV__UPDATE_IS_FREE) != 0 ||
         io->now_ns - slot->last_ns > io->idle_ns;
}

void uv__hotset_sweep(struct uv__iostate* io) {
  struct uv__hotset* hot = &io->hot;
  if (!removes_idle(io)) return;
  if (minds_crowds(io)) note_crowd(hot, io->batch);
  for (int step = 0; step < SWEEP_STEP && hot->count > 0; step++) {
    if (hot->hand >= hot->count) hot->hand = 0;
    int fd = hot->fds[hot->hand];
    struct uv__slot* slot = &io->table.slots[fd];
    if (slot->want == 0)
      uv__slot_withdraw(io, fd);
    else if (!is_silent(io, slot) || demote(io, fd, slot) != 0)
      hot->hand++;
    if (hot->count <= (size_t) step) return; /* Once round is enough. */
  }
}

/* --- All of them ---------------------------------------------------------- */

static void announce_anew(struct uv__iostate* io, int fd,
                          struct uv__slot* slot) {
  uv__slot_withdraw(io, fd);
  if (slot->want != 0) uv__fdtable_mark(&io->table, fd);
}

void uv__hotset_park_all(struct uv__iostate* io) {
  if (io->monitor.ops == NULL) return;
  if (hot_is_shell(io)) {
    for (size_t fd = 0; fd < io->table.count; fd++) {
      struct uv__slot* slot = &io->table.slots[fd];
      if (slot->place != UV__HOT) continue;
      slot->place = UV__PARKED;
      slot->is_in_shell = true;
      if (slot->tells_once) announce_anew(io, (int) fd, slot);
    }
    return;
  }
  while (io->hot.count > 0) {
    int fd = io->hot.fds[io->hot.count - 1];
    struct uv__slot* slot = &io->table.slots[fd];
    bool is_parked =
        slot->want != 0 && !slot->tells_once && demote(io, fd, slot) == 0;
    if (!is_parked) announce_anew(io, fd, slot);
  }
}

void uv__hotset_adopt(struct uv__iostate* io) {
  for (size_t fd = 0; fd < io->table.count; fd++) {
    struct uv__slot* slot = &io->table.slots[fd];
    slot->is_never_hot = false;
    if (slot->place != UV__PARKED || !hot_is_shell(io)) continue;
    slot->place = UV__HOT;
    slot->is_in_shell = false;
  }
}

void uv__hotset_lose(struct uv__iostate* io, bool shell_too) {
  bool is_kept = !shell_too && io->monitor.ops != NULL && hot_is_shell(io);
  io->hot.count = 0;
  for (size_t fd = 0; fd < io->table.count; fd++) {
    struct uv__slot* slot = &io->table.slots[fd];
    if (shell_too) slot->is_in_shell = false;
    if (slot->place != UV__HOT && !shell_too) continue;
    if (is_kept) slot->is_in_shell = true;
    if (slot->place != UV__IDLE) slot->gen = uv__gen_next(slot->gen);
    slot->place = UV__IDLE;
    slot->have = 0;
    slot->last_wait = 0;
    if (slot->want != 0) uv__fdtable_mark(&io->table, (int) fd);
  }
}
