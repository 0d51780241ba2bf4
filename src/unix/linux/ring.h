/* SPDX-License-Identifier: MIT */
/* An io_uring, opened with the best flags that this kernel has, on liburing;
 * and the call that liburing 2.3 lacks: an enter with a timeout and a signal
 * mask that does not count as waiting for a disk.
 *
 * A cancel is *pending* from uv__ring_cancel() until the kernel has carried it
 * out. The kernel says of no single cancel when that is. So pending cancels
 * form a group, and the group ends when all of them are carried out.
 *
 * One thread uses a ring: the kernel refuses others with EEXIST. In the child
 * of a fork only uv__ring_close() may be called: it unmaps and closes, and
 * touches neither queue, so the parent is not disturbed. */
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
  bool has_no_iowait;     /* Kernel 6.15: idle waits do not count as iowait. */
  uint64_t* enters;       /* The opener's counter of io_uring_enter(2). */
  size_t pending_cancels; /* In the present group. */
  uint32_t cancel_group;  /* The present one's number. Never 0. */
};

/* Each enter adds 1 to `enters`. 0; UV_ENOSYS, UV_EPERM, UV_ENOMEM, UV_EMFILE
 * and others, as the kernel or a sandbox says; UV_ENOTSUP below 5.19 or on an
 * untried processor. A refusal that cannot change (ENOSYS, EPERM, ENOTSUP) is
 * remembered for the process, so that a sandbox is asked once. */
int uv__ring_open(struct uv__ring* ring, unsigned sq_entries,
                  unsigned cq_entries, uint64_t* enters);
/* Why uv__ring_open() has failed with `error`, in constant words; NULL if the
 * error's name says all. Reads the kernel's settings, makes no ring call. */
const char* uv__ring_refusal(int error);
void uv__ring_close(struct uv__ring* ring);

/* An empty submission entry; submits when the queue is full. NULL when even
 * that does not help, or the ring is closed. */
struct io_uring_sqe* uv__ring_sqe(struct uv__ring* ring);

/* Entries that are prepared and not yet submitted. This and what follows is for
 * an open ring, unless said otherwise. */
static inline unsigned uv__ring_unsubmitted(const struct uv__ring* ring) {
  return ring->uring.sq.sqe_tail - *ring->uring.sq.khead;
}

/* Is there deferred work, which only an enter turns into completions? No system
 * call. */
bool uv__ring_has_work(const struct uv__ring* ring);

/* Are there completions to collect, or is there such work? No system call. */
bool uv__ring_peek(const struct uv__ring* ring);

/* Are there completions that found no room in the queue? The kernel keeps them
 * until an enter. No system call. */
static inline bool uv__ring_overflowed(const struct uv__ring* ring) {
  return (*ring->uring.sq.kflags & IORING_SQ_CQ_OVERFLOW) != 0;
}

/* Queue a cancel of the request with this `user_data`. The request still
 * completes, and until then it holds its file. `ret_group` is the cancel's
 * group. False: no room, or the ring is closed, and nothing has changed. */
bool uv__ring_cancel(struct uv__ring* ring, uint64_t user_data,
                     uint32_t* ret_group);

/* May a cancel of that group still be pending? Also for a closed ring. */
static inline bool uv__ring_is_pending(const struct uv__ring* ring,
                                       uint32_t group) {
  return ring->pending_cancels > 0 && group == ring->cancel_group;
}

/* Enter until no cancel is pending; without one it does nothing. `others` is
 * the number of the ring's other requests. 0 or UV_E*. Also for a closed
 * ring. */
int uv__ring_finish_cancels(struct uv__ring* ring, size_t others);

/* Submit all, run deferred work, and wait for `min_complete` completions up to
 * `timeout_ns` (-1: no limit) under `sigmask` (NULL: unchanged). 0, also when
 * the time is over or a signal came: look at the queue. Or UV_E*. */
int uv__ring_enter(struct uv__ring* ring, unsigned min_complete,
                   int64_t timeout_ns, const sigset_t* sigmask);

#endif
