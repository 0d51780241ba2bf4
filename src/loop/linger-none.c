/* SPDX-License-Identifier: MIT */
/* In place of linger.c in a build without busy polling: no worker ever lingers,
 * and nothing is learned. */
#include "loop/linger.h"

void uv__linger_init(struct uv__linger* linger,
                     const struct uv__spin_limits* limits) {
  *linger = (struct uv__linger){ .limits = *limits };
  linger->limits.max_ns = 0;
}

void uv__linger_note_sleep(struct uv__linger* linger, int64_t cpu_ns) {
  (void) linger;
  (void) cpu_ns;
}

int64_t uv__linger_budget(struct uv__linger* linger) {
  (void) linger;
  return 0;
}

void uv__linger_note_gap(struct uv__linger* linger, int64_t gap_ns) {
  (void) linger;
  (void) gap_ns;
}

void uv__linger_hit(struct uv__linger* linger, int64_t wait_ns) {
  (void) linger;
  (void) wait_ns;
}

void uv__linger_missed(struct uv__linger* linger) {
  (void) linger;
}
