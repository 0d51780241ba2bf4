/* SPDX-License-Identifier: MIT */
/* The arrows between the states of a slot, as the table in slot.h has them. */
#include "unix/io/slot.h"

#define TO(state) (1u << UV__##state)

bool uv__slot_may_change(enum uv__slot_state from, enum uv__slot_state to) {
  static const unsigned arrows[UV__SLOT_STATES] = {
    [UV__IDLE] = TO(PARKED) | TO(HOT) | TO(REFUSED),
    [UV__LEFTOVER] = TO(IDLE) | TO(PARKED) | TO(HOT) | TO(REFUSED_LEFTOVER),
    [UV__PARKED] = TO(IDLE) | TO(HOT) | TO(HOT_MUTED) | TO(PARKED_FOR_GOOD),
    [UV__HOT] = TO(IDLE) | TO(LEFTOVER) | TO(PARKED) | TO(REFUSED) |
                TO(PARKED_FOR_GOOD),
    [UV__HOT_MUTED] = TO(IDLE) | TO(LEFTOVER) | TO(PARKED) |
                      TO(REFUSED_LEFTOVER) | TO(PARKED_FOR_GOOD),
    [UV__REFUSED] = TO(IDLE) | TO(PARKED_FOR_GOOD),
    [UV__REFUSED_LEFTOVER] =
        TO(IDLE) | TO(LEFTOVER) | TO(REFUSED) | TO(PARKED_FOR_GOOD),
    [UV__PARKED_FOR_GOOD] = TO(IDLE) | TO(REFUSED) | TO(PARKED),
  };
  return (arrows[from] & 1u << to) != 0;
}
