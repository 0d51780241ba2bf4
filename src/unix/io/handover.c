/* SPDX-License-Identifier: MIT */
/* Moves of all descriptors at once: the loop gets another monitor, thread or
 * process, or is exposed. They walk the fd table. */
#include "unix/io/placement.h"

#include "unix/monitor/ticket.h"

/* It is told to the kernel from the beginning, in the next poll phase. */
static void announce_anew(struct uv__hotset* hot, int fd) {
  uv__hotset_withdraw(hot, fd);
  if (hot->table->slots[fd].want != 0) uv__fdtable_mark(hot->table, fd);
}

/* --- Park all ------------------------------------------------------------- */

/* The hot set is the shell: what is hot is in it already. */
static void call_hot_parked(struct uv__hotset* hot) {
  for (size_t fd = 0; fd < hot->table->count; fd++) {
    struct uv__slot* slot = &hot->table->slots[fd];
    if (!uv__slot_is_hot(slot)) continue;
    uv__slot_change(slot, UV__PARKED, slot->have);
    if (slot->tells_once) announce_anew(hot, (int) fd);
  }
}

void uv__hotset_park_all(struct uv__hotset* hot) {
  if (hot->monitor->ops == NULL) return;
  if (uv__hotset_is_shell(hot)) {
    call_hot_parked(hot);
    return;
  }
  while (hot->list.count > 0) {
    int fd = hot->list.fds[hot->list.count - 1];
    const struct uv__slot* slot = &hot->table->slots[fd];
    bool may_park = slot->want != 0 && !slot->tells_once;
    if (!may_park || uv__hotset_demote(hot, fd) != 0) announce_anew(hot, fd);
  }
  UV__CHECK(uv__hotset_valid(hot));
}

/* --- Adopt ---------------------------------------------------------------- */

/* The new monitor has refused nothing yet. */
static void pardon(struct uv__slot* slot) {
  static const enum uv__slot_state pardoned[UV__SLOT_STATES] = {
    [UV__REFUSED] = UV__IDLE,
    [UV__REFUSED_LEFTOVER] = UV__LEFTOVER,
    [UV__PARKED_FOR_GOOD] = UV__PARKED,
  };
  if (uv__slot_is_refused(slot))
    uv__slot_change(slot, pardoned[slot->state], slot->have);
}

void uv__hotset_adopt(struct uv__hotset* hot) {
  UV__CHECK(hot->monitor->ops != NULL && hot->list.count == 0);
  bool is_shell = uv__hotset_is_shell(hot);
  for (size_t fd = 0; fd < hot->table->count; fd++) {
    struct uv__slot* slot = &hot->table->slots[fd];
    pardon(slot);
    if (is_shell && slot->state == UV__PARKED)
      uv__slot_change(slot, UV__HOT, slot->have);
  }
  UV__CHECK(uv__hotset_valid(hot));
}

/* --- Lose ----------------------------------------------------------------- */

/* The state of a slot of which the monitor's part is lost: what it has in the
 * shell is a leftover. `hot_in_shell`: the shell has what was hot, too. */
static enum uv__slot_state without_monitor(const struct uv__slot* slot,
                                           bool hot_in_shell) {
  bool is_left = hot_in_shell || uv__slot_is_in_shell(slot);
  return is_left ? UV__LEFTOVER : UV__IDLE;
}

static enum uv__slot_state without_kernel(const struct uv__slot* slot) {
  return uv__slot_is_refused(slot) ? UV__REFUSED : UV__IDLE;
}

void uv__hotset_lose(struct uv__hotset* hot, bool shell_too) {
  bool hot_in_shell = hot->monitor->ops != NULL && uv__hotset_is_shell(hot);
  hot->list.count = 0;
  for (size_t fd = 0; fd < hot->table->count; fd++) {
    struct uv__slot* slot = &hot->table->slots[fd];
    if (!uv__slot_is_hot(slot) && !shell_too) continue;
    if (uv__slot_is_watched(slot)) slot->gen = uv__gen_next(slot->gen);
    enum uv__slot_state to =
        shell_too ? without_kernel(slot) : without_monitor(slot, hot_in_shell);
    if (slot->state != to) uv__slot_change(slot, to, 0);
    slot->last_wait = 0;
    if (slot->want != 0) uv__fdtable_mark(hot->table, (int) fd);
  }
  UV__CHECK(uv__hotset_valid(hot));
}
