/* SPDX-License-Identifier: MIT */
/* A hash table with open addressing. Taking an entry moves those behind it
 * up, so that none is behind a gap. */
#include "loop/stamps.h"

#include <stddef.h>
#include <string.h>

enum { MASK = UV__STAMPS_MAX - 1, FULL = UV__STAMPS_MAX / 4 * 3 };

static unsigned home_of(const void* job) {
  const uint64_t bits = (uint64_t) (uintptr_t) job;
  return (unsigned) ((bits * UINT64_C(0x9e3779b97f4a7c15)) >> 40) & MASK;
}

bool uv__stamps_put(struct uv__stamps* stamps, const struct uv__stamp* stamp) {
  if (stamps->count >= FULL) return false;
  unsigned at = home_of(stamp->job);
  while (stamps->slots[at].job != NULL) at = (at + 1) & MASK;
  stamps->slots[at] = *stamp;
  stamps->count++;
  return true;
}

/* The slot at `at` is free: fill it from behind. */
static void close_gap(struct uv__stamps* stamps, unsigned at) {
  for (unsigned next = (at + 1) & MASK; stamps->slots[next].job != NULL;
       next = (next + 1) & MASK) {
    const unsigned home = home_of(stamps->slots[next].job);
    if (((next - home) & MASK) < ((next - at) & MASK)) continue;
    stamps->slots[at] = stamps->slots[next];
    at = next;
  }
  stamps->slots[at].job = NULL;
}

bool uv__stamps_take(struct uv__stamps* stamps, const void* job,
                     struct uv__stamp* ret_stamp) {
  if (stamps->count == 0) return false;
  unsigned at = home_of(job);
  while (stamps->slots[at].job != NULL && stamps->slots[at].job != job)
    at = (at + 1) & MASK;
  if (stamps->slots[at].job == NULL) return false;
  *ret_stamp = stamps->slots[at];
  stamps->count--;
  close_gap(stamps, at);
  return true;
}
