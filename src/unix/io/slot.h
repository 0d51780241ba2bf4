/* SPDX-License-Identifier: MIT */
/* One slot per descriptor: what the loop wants from it, and in which state the
 * kernel has it. Loop thread only.
 *
 *   state             the kernel has           left by
 *   IDLE              nothing                  settle: PARKED or HOT
 *                                              refuse: REFUSED
 *   LEFTOVER          a forgotten entry in     settle: PARKED or HOT
 *                     the shell                refuse: REFUSED_LEFTOVER
 *   PARKED            a live entry in the      event: HOT_MUTED or HOT
 *                     shell                    adopt: HOT
 *                                              refuse: PARKED_FOR_GOOD
 *   HOT               a place in the hot set   demote: PARKED
 *                                              refuse: REFUSED or, in settle,
 *                                                      PARKED_FOR_GOOD
 *                                              lose: IDLE or LEFTOVER
 *   HOT_MUTED         a place in the hot set,  as HOT, but
 *                     a mute entry in the      refuse: REFUSED_LEFTOVER
 *                     shell                    lose: LEFTOVER
 *   REFUSED           nothing                  settle: PARKED_FOR_GOOD
 *   REFUSED_LEFTOVER  a forgotten entry in     settle: PARKED_FOR_GOOD
 *                     the shell
 *   PARKED_FOR_GOOD   a live entry in the      (see below)
 *                     shell
 *
 * The last three say that the monitor at hand has refused to have the
 * descriptor hot. Every state is also left by
 *
 *   withdraw   to IDLE, or to REFUSED where the monitor has refused
 *   lose       the same, when the shell's entries are lost as well
 *   forget     to IDLE
 *   adopt      to the state without the refusal: the next monitor may differ
 *
 * A slot whose watcher has stopped keeps its state until the descriptor fires
 * or is wanted again, so stopping costs no system call. */
#ifndef POLLUX_UNIX_IO_SLOT_H
#define POLLUX_UNIX_IO_SLOT_H

#include "base/assert.h"

#include <stdbool.h>
#include <stdint.h>

enum uv__slot_state {
  UV__IDLE,
  UV__LEFTOVER,
  UV__PARKED,
  UV__HOT,
  UV__HOT_MUTED,
  UV__REFUSED,
  UV__REFUSED_LEFTOVER,
  UV__PARKED_FOR_GOOD,
  UV__SLOT_STATES /* Their number. */
};

struct uv__slot {
  uint32_t gen; /* The generation, never 0: see ticket.h. */
  /* What the watcher asks for, and what the kernel was told. */
  uint16_t want, have;
  uint8_t state; /* enum uv__slot_state; changed by uv__slot_change() only. */
  bool is_dirty; /* On the dirty list. */
  /* The owner's word about its descriptor, not a state: looking takes the news
   * away, as with /proc/self/mountinfo and triggers of /proc/pressure. A poll
   * of the shell looks at what is in it, and the shell finds nothing
   * afterwards. So it is never parked, unless nothing may be hot. */
  bool tells_once;
  uint32_t hot_at; /* Index in the list of hot descriptors (hotlist.h). */
  uint32_t est_ns; /* busypoll.c: estimate of its events' interval. */
  /* Number of the wait, and moment, of the last dispatch. */
  uint64_t last_wait, last_ns;
};

/* Does the monitor have it in its hot set? */
static inline bool uv__slot_is_hot(const struct uv__slot* slot) {
  return slot->state == UV__HOT || slot->state == UV__HOT_MUTED;
}

/* Does it wait in the shell, with a live entry? */
static inline bool uv__slot_is_parked(const struct uv__slot* slot) {
  return slot->state == UV__PARKED || slot->state == UV__PARKED_FOR_GOOD;
}

/* Does the kernel report its events? */
static inline bool uv__slot_is_watched(const struct uv__slot* slot) {
  return uv__slot_is_hot(slot) || uv__slot_is_parked(slot);
}

/* Does the shell have an entry of it, live or mute? */
static inline bool uv__slot_is_in_shell(const struct uv__slot* slot) {
  const unsigned in_shell = 1u << UV__LEFTOVER | 1u << UV__PARKED |
                            1u << UV__HOT_MUTED | 1u << UV__REFUSED_LEFTOVER |
                            1u << UV__PARKED_FOR_GOOD;
  return (in_shell & 1u << slot->state) != 0;
}

/* Has this monitor refused to have it hot? */
static inline bool uv__slot_is_refused(const struct uv__slot* slot) {
  return slot->state >= UV__REFUSED;
}

/* Is there an arrow between the two states in the table above? */
bool uv__slot_may_change(enum uv__slot_state from, enum uv__slot_state to);

/* What must hold for each slot. */
static inline bool uv__slot_valid(const struct uv__slot* slot) {
  return slot->gen != 0 && slot->state < UV__SLOT_STATES &&
         uv__slot_is_watched(slot) == (slot->have != 0);
}

/* The only setter of the state. `have` is what the kernel was told on the way:
 * 0 where the new state watches nothing. */
static inline void uv__slot_change(struct uv__slot* slot,
                                   enum uv__slot_state to, unsigned have) {
  UV__CHECK(uv__slot_may_change((enum uv__slot_state) slot->state, to));
  slot->state = (uint8_t) to;
  slot->have = (uint16_t) have;
  UV__CHECK(uv__slot_valid(slot));
}

#endif
