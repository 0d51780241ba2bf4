/* SPDX-License-Identifier: MIT */
/* How a descriptor leaves the hot set, or the kernel altogether: it is wanted
 * no more, it is about to be closed, or the monitor refuses it. */
#include "unix/io/placement.h"

#include "base/trace.h"
#include "unix/monitor/ticket.h"

void uv__hotset_withdraw(struct uv__hotset* hot, int fd) {
  struct uv__slot* slot = &hot->table->slots[fd];
  enum uv__slot_state to = uv__slot_is_refused(slot) ? UV__REFUSED : UV__IDLE;
  TRACE2(slot_drop, hot->loop, fd);
  if (uv__slot_is_hot(slot)) uv__hotset_leave_monitor(hot, fd, slot);
  uv__hotset_leave_shell(hot, fd, slot);
  if (slot->state != to) uv__slot_change(slot, to, 0);
  UV__CHECK(uv__hotset_valid(hot));
}

/* A monitor that queues may hold what was hot, and is not any more. */
static bool may_still_hold(const struct uv__hotset* hot) {
  return hot->monitor->ops != NULL && hot->monitor->ops->flush != NULL;
}

void uv__hotset_forget(struct uv__hotset* hot, int fd) {
  struct uv__slot* slot = uv__fdtable_at(hot->table, fd);
  if (slot == NULL) return;
  struct uv__monitor* m = hot->monitor;
  TRACE2(slot_drop, hot->loop, fd);
  bool is_hot = uv__slot_is_hot(slot);
  UV__CHECK(uv__slot_valid(slot));
  if (is_hot || may_still_hold(hot)) m->ops->forget(m, fd, slot->gen);
  if (is_hot && !uv__hotset_is_shell(hot))
    uv__hotlist_remove(&hot->list, hot->table, fd);
  uv__hotset_leave_shell(hot, fd, slot);
  if (slot->state != UV__IDLE) uv__slot_change(slot, UV__IDLE, 0);
  slot->tells_once = false;
  slot->last_wait = 0;
  slot->est_ns = 0;
  slot->gen = uv__gen_next(slot->gen); /* Events on their way are stale now. */
  UV__CHECK(uv__hotset_valid(hot));
}

void uv__hotset_refuse(struct uv__hotset* hot, int fd) {
  static const enum uv__slot_state refused[UV__SLOT_STATES] = {
    [UV__IDLE] = UV__REFUSED,
    [UV__LEFTOVER] = UV__REFUSED_LEFTOVER,
    [UV__PARKED] = UV__PARKED_FOR_GOOD,
    [UV__HOT] = UV__REFUSED,
    [UV__HOT_MUTED] = UV__REFUSED_LEFTOVER,
  };
  struct uv__slot* slot = &hot->table->slots[fd];
  if (uv__slot_is_refused(slot)) return;
  if (hot->monitor->ops != NULL && uv__hotset_is_shell(hot)) return;
  unsigned have = slot->have;
  if (uv__slot_is_hot(slot)) {
    uv__hotset_leave_monitor(hot, fd, slot);
    have = 0;
  }
  uv__slot_change(slot, refused[slot->state], have);
  if (slot->want != 0) uv__fdtable_mark(hot->table, fd);
  UV__CHECK(uv__hotset_valid(hot));
}
