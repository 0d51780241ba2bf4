/* SPDX-License-Identifier: MIT */
/* How many CPUs a spin may count on: a spin only helps while the thread that it
 * waits for can run. A fractional quota is rounded down: between one and two
 * CPUs a spin uses it up, and the process is stopped for the rest of each
 * period (docs/adr/0010-cpu-quota.md). */
#include "unix/os/cpus.h"

#include "base/abi.h"
#include "base/atomics.h"

static unsigned known; /* Atomic; 0: not asked yet. */

unsigned uv__cpus_to_spin_on(void) {
  unsigned count = uv__load_relaxed(&known);
  if (count != 0) return count;
  count = uv_available_parallelism(); /* Affinity and quota, rounded down. */
  uv__store_relaxed(&known, count);
  return count;
}
