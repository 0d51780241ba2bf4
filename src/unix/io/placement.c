/* SPDX-License-Identifier: MIT */
/* The moves of one descriptor between the states of slot.h.
 *
 * New watchers are parked in the shell. A watcher that only writes (a connect,
 * back pressure) begins hot: it is expected to fire soon, once. A descriptor
 * that tells its news once begins hot and stays so.
 *
 * Each move first does what may fail. After an error the slot is in the state
 * it had, or in that of the last step that worked. */
#include "unix/io/placement.h"

#include "base/trace.h"

#include <poll.h>

/* Is the error one of the descriptor, and not of the monitor or the shell? */
static bool is_about_the_fd(int rc) {
  return rc == UV_EBADF || rc == UV_EPERM || rc == UV_ENOENT ||
         rc == UV_EINVAL || rc == UV_ELOOP;
}

/* Is there room for one more hot descriptor on the list? */
static bool has_room(struct uv__hotset* hot) {
  return uv__hotset_is_shell(hot) || uv__hotlist_reserve(&hot->list);
}

/* --- Settle --------------------------------------------------------------- */

static int park(struct uv__hotset* hot, int fd, struct uv__slot* slot) {
  int rc = uv__hotset_tell_shell(hot, fd, slot);
  if (rc != 0) return rc;
  bool is_refused = uv__slot_is_refused(slot);
  uv__slot_change(slot, is_refused ? UV__PARKED_FOR_GOOD : UV__PARKED,
                  slot->want);
  return 0;
}

static int heat(struct uv__hotset* hot, int fd, struct uv__slot* slot) {
  int rc = uv__hotset_enter_monitor(hot, fd, slot);
  if (rc == 0) uv__slot_change(slot, UV__HOT, slot->want);
  return rc;
}

/* From a state in which nothing is watched. */
static int place(struct uv__hotset* hot, int fd, struct uv__slot* slot) {
  bool begins_hot = slot->want == POLLOUT || !uv__hotset_removes_idle(hot) ||
                    slot->tells_once;
  if (uv__hotset_is_shell(hot)) return heat(hot, fd, slot);
  if (!begins_hot || !uv__hotset_may_heat(hot, slot) || !has_room(hot))
    return park(hot, fd, slot);

  /* A leftover would be live in the shell, and wake the loop for ever. */
  uv__hotset_leave_shell(hot, fd, slot);
  if (slot->state != UV__IDLE) uv__slot_change(slot, UV__IDLE, 0);
  slot->last_wait = hot->figures->waits; /* Its silence begins here. */
  slot->last_ns = hot->now_ns;
  int rc = heat(hot, fd, slot);
  if (rc == 0 || is_about_the_fd(rc)) return rc;
  uv__slot_change(slot, UV__REFUSED, 0);
  return park(hot, fd, slot);
}

static int move_to_shell(struct uv__hotset* hot, int fd, struct uv__slot* slot,
                         enum uv__slot_state to) {
  int rc = uv__hotset_tell_shell(hot, fd, slot);
  if (rc != 0) return rc;
  uv__hotset_leave_monitor(hot, fd, slot);
  uv__slot_change(slot, to, slot->want);
  hot->figures->demotions++;
  TRACE2(slot_demote, hot->loop, fd);
  UV__CHECK(uv__hotset_valid(hot));
  return 0;
}

/* It is watched, with another mask than it wants. */
static int adjust(struct uv__hotset* hot, int fd, struct uv__slot* slot) {
  struct uv__monitor* m = hot->monitor;
  bool is_hot = uv__slot_is_hot(slot);
  int rc = is_hot ? m->ops->update(m, fd, slot->gen, slot->have, slot->want)
                  : uv__hotset_tell_shell(hot, fd, slot);
  if (rc == 0) slot->have = slot->want;
  if (rc == 0 || !is_hot || uv__hotset_is_shell(hot) || is_about_the_fd(rc))
    return rc;
  return move_to_shell(hot, fd, slot, UV__PARKED_FOR_GOOD);
}

/* Does a change of its mask cost no system call? */
static bool is_free(const struct uv__hotset* hot, const struct uv__slot* slot) {
  return uv__slot_is_hot(slot) &&
         (hot->monitor->ops->caps & UV__UPDATE_IS_FREE) != 0;
}

int uv__hotset_settle(struct uv__hotset* hot, int fd) {
  struct uv__slot* slot = &hot->table->slots[fd];
  if (slot->want == 0) {
    if (is_free(hot, slot)) uv__hotset_withdraw(hot, fd);
    return 0; /* Elsewhere it may stay until it fires: see slot.h. */
  }
  if (slot->have == slot->want) return 0;
  int rc = slot->have == 0 ? place(hot, fd, slot) : adjust(hot, fd, slot);
  TRACE3(slot_watch, hot->loop, fd, slot->want);
  UV__CHECK(uv__hotset_valid(hot));
  if (rc == 0 || !is_about_the_fd(rc)) return rc;
  uv__hotset_withdraw(hot, fd);
  hot->figures->refused++;
  return rc;
}

/* --- Between hot and parked ----------------------------------------------- */

void uv__hotset_promote(struct uv__hotset* hot, int fd) {
  struct uv__slot* slot = &hot->table->slots[fd];
  UV__CHECK(slot->state == UV__PARKED);
  if (!has_room(hot)) return; /* No refusal: tried again at the next event. */
  if (uv__hotset_enter_monitor(hot, fd, slot) != 0) {
    uv__slot_change(slot, UV__PARKED_FOR_GOOD, slot->have);
    return;
  }
  bool is_muted = uv__shell_mute(hot->shell, fd, slot->gen) == 0;
  if (!is_muted) uv__hotset_leave_shell(hot, fd, slot);
  uv__slot_change(slot, is_muted ? UV__HOT_MUTED : UV__HOT, slot->want);
  hot->figures->promotions++;
  TRACE2(slot_promote, hot->loop, fd);
  UV__CHECK(uv__hotset_valid(hot));
}

int uv__hotset_demote(struct uv__hotset* hot, int fd) {
  return move_to_shell(hot, fd, &hot->table->slots[fd], UV__PARKED);
}
