/* SPDX-License-Identifier: MIT */
/* The clock of the loop's cached time. CLOCK_MONOTONIC_COARSE is the time of
 * the last timer tick: it costs a few ns even where the exact clock is a system
 * call (HPET, Xen), and is late by up to a tick, which is 1 to 10 ms depending
 * on how the kernel was built.
 *
 * Loop time counts in ms, so a tick of 1 ms is fine enough and a longer one is
 * not. The coarse clock is behind, never ahead: a timer that is due by it is
 * due by the exact clock as well, so none fires while uv_hrtime() is still
 * below uv_now() at its start plus its timeout. After a wait that was computed
 * from it, it may still show the tick before: look again, and wait again.
 *
 * The choice is made once, by the first caller. Threads that come at the same
 * time make the same choice, so no order between them is needed. Any thread. */
#include "base/abi.h"
#include "base/atomics.h"
#include "unix/os/clock.h"

#include <stdbool.h>
#include <time.h>

#define NS_PER_SEC 1000000000
#define FINE_ENOUGH_NS 1000000

enum choice { UNDECIDED, COARSE, PRECISE };

static int chosen = UNDECIDED;

static enum choice choose(void) {
  struct timespec tick;
  if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) != 0) return PRECISE;
  const bool is_fine = tick.tv_sec == 0 && tick.tv_nsec <= FINE_ENOUGH_NS;
  return is_fine ? COARSE : PRECISE;
}

uint64_t uv__clock_fast_ns(void) {
  int choice = uv__load_relaxed(&chosen);
  if (choice == UNDECIDED) {
    choice = choose();
    uv__store_relaxed(&chosen, choice);
  }
  struct timespec now;
  if (choice == PRECISE || clock_gettime(CLOCK_MONOTONIC_COARSE, &now) != 0)
    return uv__clock_precise_ns();
  return (uint64_t) now.tv_sec * NS_PER_SEC + (uint64_t) now.tv_nsec;
}
