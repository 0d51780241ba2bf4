/* SPDX-License-Identifier: MIT */
/* What the files of the hot set share: questions about the monitor at hand, the
 * steps that a move is made of, and the two moves between hot and parked. */
#ifndef POLLUX_UNIX_IO_PLACEMENT_H
#define POLLUX_UNIX_IO_PLACEMENT_H

#include "unix/io/hotset.h"
#include "unix/monitor/monitor.h"
#include "unix/monitor/shell.h"

/* Is the hot set the shell itself? A monitor must be open. */
static inline bool uv__hotset_is_shell(const struct uv__hotset* hot) {
  return (hot->monitor->ops->caps & UV__HOT_IN_SHELL) != 0;
}

/* Are silent descriptors parked at all? */
static inline bool uv__hotset_removes_idle(const struct uv__hotset* hot) {
  return hot->idle_ns > 0;
}

/* May it become hot at all? */
static inline bool uv__hotset_may_heat(const struct uv__hotset* hot,
                                       const struct uv__slot* slot) {
  return hot->monitor->ops != NULL && !hot->monitor->parks_all &&
         !uv__slot_is_refused(slot);
}

/* --- Steps: they leave the state to the caller ---------------------------- */

static inline int uv__hotset_tell_shell(struct uv__hotset* hot, int fd,
                                        const struct uv__slot* slot) {
  UV__CHECK(slot->want != 0);
  return uv__shell_set(hot->shell, fd, slot->gen, slot->want,
                       uv__slot_is_in_shell(slot));
}

static inline void uv__hotset_leave_shell(struct uv__hotset* hot, int fd,
                                          const struct uv__slot* slot) {
  if (uv__slot_is_in_shell(slot)) uv__shell_delete(hot->shell, fd);
}

/* 0 or what the monitor answers. There is room on the list. */
static inline int uv__hotset_enter_monitor(struct uv__hotset* hot, int fd,
                                           const struct uv__slot* slot) {
  struct uv__monitor* m = hot->monitor;
  UV__CHECK(!uv__slot_is_hot(slot) && slot->want != 0);
  int rc = m->ops->update(m, fd, slot->gen, 0, slot->want);
  if (rc == 0 && !uv__hotset_is_shell(hot))
    uv__hotlist_add(&hot->list, hot->table, fd);
  return rc;
}

static inline void uv__hotset_leave_monitor(struct uv__hotset* hot, int fd,
                                            const struct uv__slot* slot) {
  struct uv__monitor* m = hot->monitor;
  UV__CHECK(uv__slot_is_hot(slot));
  UV__CHECK(m->ops != NULL); /* Without a monitor no descriptor is hot. */
  m->ops->update(m, fd, slot->gen, slot->have, 0);
  if (!uv__hotset_is_shell(hot)) uv__hotlist_remove(&hot->list, hot->table, fd);
}

/* --- Moves ---------------------------------------------------------------- */

/* From parked to hot, if the monitor takes it: its entry in the shell becomes
 * mute. */
void uv__hotset_promote(struct uv__hotset* hot, int fd);

/* From hot to parked. 0, or UV_E*: it stays hot. */
int uv__hotset_demote(struct uv__hotset* hot, int fd);

#endif
