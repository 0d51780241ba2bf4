/* SPDX-License-Identifier: MIT */
/* In place of busypoll.c in a build without busy polling: settings are taken
 * and stay off, and no wait may spin. What is for waits is never called. */
#include "unix/io/busypoll.h"

#include "unix/io/state.h"

void uv__busypoll_set(struct uv__iostate* io,
                      const struct uv__spin_limits* limits) {
  io->busy.limits = *limits;
  io->busy.limits.max_ns = 0;
  io->busy.limits.is_tried = false;
  uv__busypoll_review(io);
}

void uv__busypoll_restart(struct uv__iostate* io) {
  (void) io;
}

void uv__busypoll_review(struct uv__iostate* io) {
  io->measures_waits = io->counts_idle;
}

void uv__busypoll_prepare(struct uv__iostate* io, uint64_t now_ns) {
  (void) io;
  (void) now_ns;
}

enum uv__wait_start uv__busypoll_spin(struct uv__iostate* io, int64_t limit_ns,
                                      uint64_t start_ns) {
  (void) io;
  (void) limit_ns;
  (void) start_ns;
  return UV__START_OFF;
}

int uv__busypoll_look(struct uv__iostate* io) {
  (void) io;
  return 0;
}

void uv__busypoll_learn(struct uv__iostate* io, int64_t block_ns) {
  (void) io;
  (void) block_ns;
}
