/* SPDX-License-Identifier: MIT */
/* The io_uring monitor: hot descriptors are one-shot poll requests in a ring,
 * the parked ones are one poll request on the shell. For readiness only: no
 * file operation, no kernel thread (SQPOLL), no close goes through the ring.
 *
 * Defects of the mechanism, and what follows:
 * - Multishot polls are edge-like. Ours are one-shot, armed again with the enter
 *   of the next wait, which looks at the level anew.
 * - An armed request holds the open file: after a mere close(2) the peer sees
 *   no end and the port stays taken. forget() cancels and enters, at once.
 *   So is what update() took out, until its cancel, which is queued, is done.
 * - A completion may arrive after its cancel was answered. The tag carries a
 *   sequence number of the arming; a completion of another arming is stale.
 * - Every request also reports a half-close (RDHUP), asked for or not, and would
 *   complete for ever: such a descriptor is refused and goes to the shell.
 * - Waiting in a ring counts as iowait before kernel 6.15. There, and in loops
 *   whose shell somebody else may sleep on, nothing is hot: the loop waits in
 *   the shell, and the ring holds one request on it, only to peek.
 * - A negative result is an error, never a mask.
 * - A completion is built on the waker's word: a reader that was faster than the
 *   writer's wake-up may find nothing. epoll looks again before it reports, a ring
 *   does not; so a read callback with 0 bytes is more frequent here.
 *
 *   state    means                             leaves by
 *   NONE     no request                        update: ARMED
 *   ARMED    a request is with the kernel      completion: FIRED; update 0, forget: NONE
 *   FIRED    completed, reported, wanted on    next flush or await: ARMED; else NONE */
#include "unix/monitor/monitor.h"
#include "unix/monitor/shell.h"

#include "base/abi.h"
#include "base/alloc.h"
#include "base/assert.h"
#include "unix/linux/ring.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

enum { SQ_ENTRIES = 256, CQ_ENTRIES = 1024, PORTIONS_MAX = 64 };
enum state { NONE, ARMED, FIRED };

struct arm {
  uint32_t gen;
  uint32_t seq;  /* Of the latest arming; goes into the tag. */
  uint16_t mask;
  uint8_t state; /* enum state */
  bool is_listed; /* On the re-arm list. */
  bool is_widened; /* Since it was armed. */
  uint32_t left_in; /* The ring's round in which it was cancelled; 0: never. */
};

struct impl {
  struct uv__ring ring;
  struct arm* arms;   /* By descriptor. */
  size_t arm_count;
  int* rearms;        /* FIRED descriptors; as much room as arms has. */
  size_t rearm_count;
  size_t armed;       /* Requests with the kernel, the shell's not counted. */
  bool shell_is_armed;
  bool shell_is_due;  /* It fired and was not drained to the end. */
  bool shell_was_first; /* In the last collection: the two take turns. */
};

/* Tags: 0 for requests nobody waits for; the shell; else sequence and fd.
 * Sequence numbers stay between 1 and 2^32 - 2. */
#define TAG_SHELL UINT64_MAX

static uint64_t tag_of(int fd, uint32_t seq) {
  return (uint64_t) seq << 32 | (uint32_t) fd;
}

static uint32_t seq_next(uint32_t seq) {
  return seq >= UINT32_MAX - 1 ? 1 : seq + 1;
}

static void teardown(struct uv__monitor* m) {
  struct impl* impl = m->impl;
  if (impl == NULL) return;
  uv__ring_close(&impl->ring);
  uv__free(impl->arms);
  uv__free(impl->rearms);
  uv__free(impl);
  m->impl = NULL;
}

static int setup(struct uv__monitor* m) {
  struct impl* impl = uv__calloc(1, sizeof(*impl));
  if (impl == NULL) return UV_ENOMEM;
  int rc = uv__ring_open(&impl->ring, SQ_ENTRIES, CQ_ENTRIES);
  if (rc != 0) {
    m->refusal = uv__ring_refusal(rc);
    uv__free(impl);
    return rc;
  }
  m->impl = impl;
  if (!impl->ring.has_no_iowait) m->parks_all = true;
  return 0;
}

static int reserve(struct impl* impl, int fd) {
  size_t need = (size_t) fd + 1;
  if (need <= impl->arm_count) return 0;
  size_t count = impl->arm_count * 2 > need ? impl->arm_count * 2 : need;
  struct arm* arms = uv__realloc(impl->arms, count * sizeof(*arms));
  if (arms == NULL) return UV_ENOMEM;
  memset(arms + impl->arm_count, 0, (count - impl->arm_count) * sizeof(*arms));
  impl->arms = arms;
  int* rearms = uv__realloc(impl->rearms, count * sizeof(*rearms));
  if (rearms == NULL) return UV_ENOMEM; /* arms only has room to spare. */
  impl->rearms = rearms;
  impl->arm_count = count;
  return 0;
}

static int arm(struct uv__monitor* m, struct impl* impl, int fd) {
  struct io_uring_sqe* sqe = uv__ring_sqe(&impl->ring);
  if (sqe == NULL) return UV_EAGAIN;
  struct arm* a = &impl->arms[fd];
  a->seq = seq_next(a->seq);
  a->state = ARMED;
  a->is_widened = false;
  io_uring_prep_poll_add(sqe, fd, a->mask);
  sqe->user_data = tag_of(fd, a->seq);
  impl->armed++;
  m->figures.arms++;
  return 0;
}

/* Ask for the request's end; its completion is stale from now on. False: there
 * is no room to ask, and it stays as it was. */
static bool cancel(struct uv__monitor* m, struct impl* impl, int fd) {
  struct arm* a = &impl->arms[fd];
  UV__CHECK(a->state == ARMED);
  if (!uv__ring_cancel(&impl->ring, tag_of(fd, a->seq), &a->left_in))
    return false;
  a->seq = seq_next(a->seq);
  a->state = NONE;
  impl->armed--;
  m->figures.cancels++;
  return true;
}

/* An armed request learns a wider mask. One that has completed meanwhile is
 * armed with it the next time. */
static int widen(struct impl* impl, int fd) {
  struct arm* a = &impl->arms[fd];
  struct io_uring_sqe* sqe = uv__ring_sqe(&impl->ring);
  if (sqe == NULL) return UV_EAGAIN;
  a->is_widened = true;
  io_uring_prep_poll_update(sqe, tag_of(fd, a->seq), 0, a->mask,
                            IORING_POLL_UPDATE_EVENTS);
  sqe->user_data = 0;
  return 0;
}

static int update(struct uv__monitor* m, int fd, uint32_t gen, unsigned have,
                  unsigned want) {
  (void) have;
  struct impl* impl = m->impl;
  int rc = reserve(impl, fd);
  if (rc != 0) return rc;
  struct arm* a = &impl->arms[fd];
  UV__CHECK(a->gen == gen || a->state == NONE);
  unsigned known = a->mask;
  a->gen = gen;
  a->mask = (uint16_t) want;
  if (want == 0) {
    /* Without room to say so it stays armed, and fires once, for nothing. */
    if (a->state == ARMED) cancel(m, impl, fd);
    if (a->state == FIRED) a->state = NONE;
    return 0;
  }
  if (a->state == NONE) return arm(m, impl, fd);
  if (a->state == ARMED && (want & ~known) != 0) return widen(impl, fd);
  return 0; /* Narrower: what comes is filtered. FIRED: armed with it soon. */
}

/* When the ring cannot be told any more, closing it is what is left. The kernel
 * then lets go of all, a moment later, whatever the loop does; and await() will
 * say that this monitor is finished. */
static void forget(struct uv__monitor* m, int fd, uint32_t gen) {
  (void) gen;
  struct impl* impl = m->impl;
  if ((size_t) fd >= impl->arm_count ) return;
  struct arm* a = &impl->arms[fd];
  bool is_told = a->state != ARMED || cancel(m, impl, fd);
  a->state = NONE;
  if (is_told && !uv__ring_may_hold(&impl->ring, a->left_in)) return;
  if (!is_told || uv__ring_let_go(&impl->ring, impl->armed) != 0)
    uv__ring_close(&impl->ring);
}

static void queue_rearms(struct uv__monitor* m, struct impl* impl) {
  for (size_t i = 0; i < impl->rearm_count; i++) {
    int fd = impl->rearms[i];
    struct arm* a = &impl->arms[fd];
    a->is_listed = false;
    if (a->state != FIRED) continue;
    if (arm(m, impl, fd) != 0) { /* No room: the rest waits its turn. */
      memmove(impl->rearms, impl->rearms + i,
              (impl->rearm_count - i) * sizeof(*impl->rearms));
      impl->rearm_count -= i;
      a->is_listed = true;
      return;
    }
    m->figures.rearms++;
  }
  impl->rearm_count = 0;
}

static void arm_shell(struct uv__monitor* m, struct impl* impl) {
  if (impl->shell_is_armed) return;
  struct io_uring_sqe* sqe = uv__ring_sqe(&impl->ring);
  if (sqe == NULL) return;
  io_uring_prep_poll_add(sqe, m->shell->fd, POLLIN);
  sqe->user_data = TAG_SHELL;
  impl->shell_is_armed = true;
}

static const struct uv__wait look = { .timeout_ns = 0, .sigmask = NULL };

/* Too many completions waiting is no failure: collecting them is the cure. */
static int unless_full(int rc) {
  return rc == UV_EBUSY || rc == UV_EAGAIN ? 0 : rc;
}

static int enter(struct uv__monitor* m, unsigned min_complete,
                 const struct uv__wait* wait) {
  struct impl* impl = m->impl;
  m->figures.enters++;
  return unless_full(uv__ring_enter(&impl->ring, min_complete,
                                    wait->timeout_ns, wait->sigmask));
}

static int flush(struct uv__monitor* m) {
  struct impl* impl = m->impl;
  if (!impl->ring.is_open) return UV_ENODEV;
  queue_rearms(m, impl);
  arm_shell(m, impl);
  int rc = uv__ring_pending(&impl->ring) == 0 ? 0 : enter(m, 0, &look);
  return rc != 0 ? rc : unless_full(uv__ring_let_go(&impl->ring, impl->armed));
}

static bool peek(const struct uv__monitor* m) {
  const struct impl* impl = m->impl;
  if (!impl->ring.is_open) return true; /* await() has something to say. */
  return impl->shell_is_due || uv__ring_peek(&impl->ring);
}

/* What the answer to an arming means for its descriptor; 0: nothing, it was for
 * a mask that has been narrowed since. */
static uint32_t translate(int result, unsigned mask) {
  if (result < 0) {
    if (result == -EBADF || result == -EPERM) return POLLERR | POLLNVAL;
    return UV__EV_REFUSED;
  }
  unsigned events = (unsigned) result & (mask | POLLERR | POLLHUP);
  if (events != 0) return events;
  return (unsigned) result & POLLRDHUP ? UV__EV_REFUSED : 0;
}

/* The answer may be older than a widening of the mask, and silent about what
 * was added: ask for the level of all. */
static int look_again(int fd, unsigned mask) {
  struct pollfd one = { .fd = fd, .events = (short) mask };
  if (poll(&one, 1, 0) <= 0 || (one.revents & POLLNVAL)) return 0;
  return (unsigned short) one.revents;
}

static void complete(struct uv__monitor* m, struct uv__ready* ready,
                     const struct io_uring_cqe* cqe) {
  struct impl* impl = m->impl;
  uint64_t tag = cqe->user_data;
  if (tag == TAG_SHELL) {
    impl->shell_is_armed = false;
    impl->shell_is_due = true;
    return;
  }
  int fd = (int) (uint32_t) tag;
  if (tag == 0 || (size_t) fd >= impl->arm_count) return;
  struct arm* a = &impl->arms[fd];
  if (a->state != ARMED || a->seq != (uint32_t) (tag >> 32)) return; /* Stale. */
  impl->armed--;
  if (a->mask == 0) { /* Taken out when there was no room for a cancel. */
    a->state = NONE;
    return;
  }
  int result = cqe->res;
  if (result >= 0 && a->is_widened) result |= look_again(fd, a->mask);
  uint32_t events = translate(result, a->mask);
  bool goes_on = (events & (UV__EV_REFUSED | POLLNVAL)) == 0;
  a->state = goes_on ? FIRED : NONE;
  if (goes_on && !a->is_listed) {
    a->is_listed = true;
    impl->rearms[impl->rearm_count++] = fd;
  }
  if (events != 0) uv__ready_add(ready, fd, a->gen, events);
}

static int collect_shell(struct uv__monitor* m, struct uv__ready* ready) {
  struct impl* impl = m->impl;
  if (!impl->shell_is_due || uv__ready_full(ready)) return 0;
  int rc = uv__shell_wait(m->shell, ready, UV__EV_PARKED, 0, NULL);
  impl->shell_is_due = uv__ready_full(ready);
  return rc;
}

/* Where one of the two fills the array, the other one begins the next time. */
static int collect(struct uv__monitor* m, struct uv__ready* ready) {
  struct impl* impl = m->impl;
  struct io_uring_cqe* cqe;
  unsigned head;
  unsigned seen = 0;
  impl->shell_was_first = impl->shell_is_due && !impl->shell_was_first;
  int rc = impl->shell_was_first ? collect_shell(m, ready) : 0;
  if (rc != 0) return rc;
  io_uring_for_each_cqe(&impl->ring.uring, head, cqe) {
    if (uv__ready_full(ready)) break;
    complete(m, ready, cqe);
    seen++;
  }
  io_uring_cq_advance(&impl->ring.uring, seen);
  return collect_shell(m, ready);
}

/* Wait in the shell: nothing is hot, or nothing may be. */
static int await_shell(struct uv__monitor* m, struct uv__ready* ready,
                       const struct uv__wait* wait) {
  struct impl* impl = m->impl;
  unsigned flag = UV__EV_PARKED;
  impl->shell_is_due = false;
  return uv__shell_wait(m->shell, ready, flag, uv__wait_ms(wait),
                        wait->sigmask);
}

/* The kernel runs deferred work in portions of 20: go on while it has more, so
 * that what it left, the shell perhaps, does not miss its turn. Not while that
 * brings nothing: work may be woken up for again and again and have no
 * result. */
static int collect_all(struct uv__monitor* m, struct uv__ready* ready) {
  struct impl* impl = m->impl;
  int rc = collect(m, ready);
  for (int i = 0; rc == 0 && i < PORTIONS_MAX && !uv__ready_full(ready) &&
                  uv__ring_peek(&impl->ring); i++) {
    size_t before = ready->count;
    rc = enter(m, 0, &look);
    if (rc == 0) rc = collect(m, ready);
    if (ready->count == before) break;
  }
  return rc;
}

static int await(struct uv__monitor* m, struct uv__ready* ready,
                 const struct uv__wait* wait) {
  struct impl* impl = m->impl;
  if (!impl->ring.is_open) return UV_ENODEV;
  queue_rearms(m, impl);
  if (impl->armed == 0 && uv__ring_pending(&impl->ring) == 0) {
    collect(m, ready); /* Takes what peeking has left in the queue. */
    if (ready->count > 0) return 0;
    return await_shell(m, ready, wait);
  }
  arm_shell(m, impl);
  if (uv__ring_overflowed(&impl->ring)) m->figures.overflows++;
  bool must_wait = wait->timeout_ns != 0 && !peek(m);
  if (must_wait || uv__ring_pending(&impl->ring) > 0 ||
      uv__ring_has_work(&impl->ring)) {
    int rc = enter(m, must_wait ? 1 : 0, wait);
    if (rc != 0) return rc;
  }
  return collect_all(m, ready);
}

static int rebuild(struct uv__monitor* m, enum uv__rebuild why) {
  (void) why; /* A fork's child and a new thread both start from nothing. */
  bool parks_all = m->parks_all;
  teardown(m);
  int rc = setup(m);
  m->parks_all |= parks_all;
  return rc;
}

extern const struct uv__monitor_ops uv__monitor_io_uring;
const struct uv__monitor_ops uv__monitor_io_uring = {
  .name = "io_uring",
  .caps = UV__CAN_PEEK | UV__IS_RING,
  .setup = setup,
  .teardown = teardown,
  .update = update,
  .forget = forget,
  .flush = flush,
  .peek = peek,
  .await = await,
  .rebuild = rebuild,
};
