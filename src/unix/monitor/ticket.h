/* SPDX-License-Identifier: MIT */
/* The ticket that travels through the kernel with each registration: generation
 * and descriptor in one 64-bit word. An event whose generation is no longer the
 * descriptor's is meant for a previous owner: two integers are compared, and no
 * pointer ever goes to the kernel. The ticket 0 means "ignore", so generations
 * skip 0. */
#ifndef POLLUX_UNIX_MONITOR_TICKET_H
#define POLLUX_UNIX_MONITOR_TICKET_H

#include <stdint.h>

static inline uint64_t uv__ticket(int fd, uint32_t gen) {
  return (uint64_t) gen << 32 | (uint32_t) fd;
}

static inline int uv__ticket_fd(uint64_t ticket) {
  return (int) (uint32_t) ticket;
}

static inline uint32_t uv__ticket_gen(uint64_t ticket) {
  return (uint32_t) (ticket >> 32);
}

/* The generation after `gen`, never 0. */
static inline uint32_t uv__gen_next(uint32_t gen) {
  return gen == UINT32_MAX ? 1 : gen + 1;
}

#endif
