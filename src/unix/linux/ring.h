/* SPDX-License-Identifier: MIT */
/* An io_uring, opened with the best flags this kernel has, on liburing; plus
 * the one call liburing 2.3 lacks: entering with a timeout, a signal mask and
 * without being counted as waiting for a disk.
 *
 * One thread at a time: the kernel refuses others with EEXIST. In the child of
 * a fork only uv__ring_close() may be called: it unmaps and closes, and touches
 * neither queue, so the parent is not disturbed. */
#ifndef POLLUX_UNIX_LINUX_RING_H
#define POLLUX_UNIX_LINUX_RING_H

#include "base/abi.h"

#include <liburing.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct uv__ring {
  struct io_uring uring;
  bool is_open;
  bool has_no_iowait; /* Kernel 6.15: idle waits do not count as iowait. */
  uint64_t enters;
  size_t leaving; /* Cancelled in this round. */
  uint32_t round; /* Never 0. Ends when the kernel has let go of all of them. */
};

/* 0; UV_ENOSYS, UV_EPERM, UV_ENOMEM, UV_EMFILE ... as the kernel or a sandbox
 * says; UV_ENOTSUP below 5.19 or on an untried processor. A refusal that cannot
 * change (ENOSYS, EPERM, ENOTSUP) is remembered for the process, so that a
 * sandbox is asked once. */
int uv__ring_open(struct uv__ring* ring, unsigned sq_entries,
                  unsigned cq_entries);
/* Why uv__ring_open() says so, in constant words; NULL when the error's name
 * says all. Asks the kernel's settings, not the ring's calls. */
const char* uv__ring_refusal(int error);
void uv__ring_close(struct uv__ring* ring);

/* An empty submission entry; submits when the queue is full. NULL when even
 * that does not help, or the ring is closed. */
struct io_uring_sqe* uv__ring_sqe(struct uv__ring* ring);

/* Entries prepared and not yet submitted. As the rest: of an open ring. */
static inline unsigned uv__ring_pending(const struct uv__ring* ring) {
  return ring->uring.sq.sqe_tail - *ring->uring.sq.khead;
}

/* Is there work that only an enter turns into completions? No system call. */
bool uv__ring_has_work(const struct uv__ring* ring);

/* Something to collect, or work that entering would turn into it? No system
 * call. */
bool uv__ring_peek(const struct uv__ring* ring);

/* Are there completions that found no room in the queue? The kernel keeps them
 * until an enter. No system call. */
static inline bool uv__ring_overflowed(const struct uv__ring* ring) {
  return (*ring->uring.sq.kflags & IORING_SQ_CQ_OVERFLOW) != 0;
}

/* Queue the end of the request with this `user_data`; its completion still comes.
 * Until that is done the request holds its file: ask uv__ring_may_hold() with
 * what is put into `ret_round`. False: no room, nothing has changed. */
bool uv__ring_cancel(struct uv__ring* ring, uint64_t user_data,
                     uint32_t* ret_round);

/* May the kernel still hold a request that was cancelled in that round? */
static inline bool uv__ring_may_hold(const struct uv__ring* ring,
                                     uint32_t round) {
  return ring->leaving > 0 && round == ring->round;
}

/* Enter until the kernel has let go of all that was cancelled; free if nothing
 * was. `others`: how many requests it has beside these. 0 or UV_E*. */
int uv__ring_let_go(struct uv__ring* ring, size_t others);

/* Submit all, run deferred work, and wait for `min_complete` completions up to
 * `timeout_ns` (-1: no limit) under `sigmask` (NULL: unchanged). 0, also when
 * the time is over or a signal came: look at the queue. Else UV_E*. */
int uv__ring_enter(struct uv__ring* ring, unsigned min_complete,
                   int64_t timeout_ns, const sigset_t* sigmask);

#endif
