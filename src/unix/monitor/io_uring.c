/* SPDX-License-Identifier: MIT */
/* The io_uring monitor: hot descriptors are one-shot poll requests in a ring,
 * and one more request watches the shell with all that is parked. No file
 * operation, no kernel thread (SQPOLL) and no close goes through the ring.
 *
 * Defects of the mechanism, and what follows:
 * - Multishot polls report edges. A request here is one-shot. It is armed again
 *   with the enter of the next wait; the kernel then looks at the level.
 * - An armed request holds the open file: after a mere close(2) the peer sees
 *   no end and the port stays taken. So forget() cancels and enters, at once,
 *   also for what update() took out while that cancel is pending.
 * - A completion may arrive after its cancel was answered. The tag has a number
 *   of the arming; a completion of another arming is out of date.
 * - Each request also reports a half-close (RDHUP), wanted or not, and would
 *   complete for ever. Such a descriptor is refused and goes to the shell.
 * - Waiting in a ring counts as iowait before kernel 6.15. There, and in an
 *   exposed loop, nothing is hot. The loop waits in the shell, and the ring has
 *   one request only, on the shell, to peek.
 * - A negative result is an error, never a mask.
 * - The kernel believes a waker without a second look, unlike epoll. If another
 *   reader was faster, a read callback gets 0 bytes.
 *
 *   state  means                         leaves by
 *   NONE   no request                    update: ARMED
 *   ARMED  a request is with the kernel  completion: FIRED; taken out: NONE
 *   FIRED  completed, reported, wanted   next wait: ARMED; taken out: NONE */
#include "unix/monitor/monitor.h"
#include "unix/monitor/shell.h"

#include "base/abi.h"
#include "base/alloc.h"
#include "base/assert.h"
#include "unix/linux/ring.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

enum { SQ_ENTRIES = 256, CQ_ENTRIES = 1024, LOOKS_MAX = 64 /* In a wait. */ };
enum state { NONE, ARMED, FIRED };

struct arm {
  uint32_t gen;
  uint32_t seq; /* Of the latest arming; goes into the tag. */
  uint16_t mask;
  uint8_t state;         /* enum state */
  bool is_listed;        /* On the re-arm list. */
  bool is_widened;       /* Since it was armed. */
  uint32_t cancel_group; /* Of its latest cancel; 0: never cancelled. */
};

struct impl {
  struct uv__ring ring;
  struct arm* arms; /* By descriptor. */
  size_t arm_count;
  int* rearms; /* FIRED descriptors; as much room as arms has. */
  size_t rearm_count;
  size_t armed; /* Requests with the kernel, without the shell's. */
  bool shell_is_armed;
  bool shell_is_due;    /* It fired, and may have more than was collected. */
  bool shell_was_first; /* In the last collection: it alternates. */
};

/* Tags: 0 for a request whose completion means nothing; TAG_SHELL; or sequence
 * number and fd. Sequence numbers stay between 1 and 2^32 - 2. */
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
  int rc =
      uv__ring_open(&impl->ring, SQ_ENTRIES, CQ_ENTRIES, &m->figures.enters);
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

/* Queue a cancel of the request; its completion is out of date from now on.
 * False: the queue has no room, and the request stays as it was. */
static bool cancel(struct uv__monitor* m, struct impl* impl, int fd) {
  struct arm* a = &impl->arms[fd];
  UV__CHECK(a->state == ARMED);
  if (!uv__ring_cancel(&impl->ring, tag_of(fd, a->seq), &a->cancel_group))
    return false;
  a->seq = seq_next(a->seq);
  a->state = NONE;
  impl->armed--;
  m->figures.cancels++;
  return true;
}

/* Give an armed request a wider mask. If it has completed meanwhile, the next
 * arming has that mask. */
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
    /* If the cancel finds no room, it stays armed and fires once, unheard. */
    if (a->state == ARMED) cancel(m, impl, fd);
    if (a->state == FIRED) a->state = NONE;
    return 0;
  }
  if (a->state == NONE) return arm(m, impl, fd);
  if (a->state == ARMED && (want & ~known) != 0) return widen(impl, fd);
  return 0; /* Narrower: results are filtered. FIRED: armed with it soon. */
}

/* If the kernel cannot be told of a cancel, the ring is closed. The kernel then
 * lets go of all requests a moment later, whatever the loop does, and the next
 * await() says that this monitor is finished. */
static void give_up(struct uv__monitor* m, struct impl* impl) {
  uv__ring_close(&impl->ring);
  m->refusal = "the kernel did not take a cancel";
}

static void forget(struct uv__monitor* m, int fd, uint32_t gen) {
  (void) gen;
  struct impl* impl = m->impl;
  if ((size_t) fd >= impl->arm_count) return;
  struct arm* a = &impl->arms[fd];
  bool is_told = a->state != ARMED || cancel(m, impl, fd);
  a->state = NONE;
  if (is_told && !uv__ring_is_pending(&impl->ring, a->cancel_group)) return;
  if (!is_told || uv__ring_finish_cancels(&impl->ring, impl->armed) != 0)
    give_up(m, impl);
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

/* Too many completions for an enter are no failure: they are collected next. */
static int unless_full(int rc) {
  return rc == UV_EBUSY || rc == UV_EAGAIN ? 0 : rc;
}

static int enter(struct uv__monitor* m, unsigned min_complete,
                 const struct uv__wait* wait) {
  struct impl* impl = m->impl;
  return unless_full(uv__ring_enter(&impl->ring, min_complete, wait->timeout_ns,
                                    wait->sigmask));
}

static int flush(struct uv__monitor* m) {
  struct impl* impl = m->impl;
  if (!impl->ring.is_open) return UV_ENODEV;
  queue_rearms(m, impl);
  arm_shell(m, impl);
  int rc = uv__ring_unsubmitted(&impl->ring) == 0 ? 0 : enter(m, 0, &look);
  if (rc != 0) return rc;
  return unless_full(uv__ring_finish_cancels(&impl->ring, impl->armed));
}

static bool peek(const struct uv__monitor* m) {
  const struct impl* impl = m->impl;
  if (!impl->ring.is_open) return true; /* await() fails at once. */
  return impl->shell_is_due || uv__ring_peek(&impl->ring);
}

/* What the result of a request means for its descriptor; 0: nothing, the mask
 * has been narrowed since. */
static uint32_t translate(int result, unsigned mask) {
  if (result < 0) {
    if (result == -EBADF || result == -EPERM) return POLLERR | POLLNVAL;
    return UV__EV_REFUSED;
  }
  unsigned events = (unsigned) result & (mask | POLLERR | POLLHUP);
  if (events != 0) return events;
  return (unsigned) result & POLLRDHUP ? UV__EV_REFUSED : 0;
}

/* A result may be older than a widening of the mask, and then lacks what was
 * added. Ask for the level of the whole mask. */
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
  if (a->state != ARMED || a->seq != (uint32_t) (tag >> 32)) return; /* Old. */
  impl->armed--;
  if (a->mask == 0) { /* Taken out, without room for its cancel. */
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

/* If the queue or the shell fills the array, the other is first next time. */
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

/* Wait in the shell: nothing is hot. */
static int await_shell(struct uv__monitor* m, struct uv__ready* ready,
                       const struct uv__wait* wait) {
  ((struct impl*) m->impl)->shell_is_due = false;
  return uv__shell_wait(m->shell, ready, UV__EV_PARKED, uv__wait_ms(wait),
                        wait->sigmask);
}

/* One enter does a bounded amount of deferred work, so some events may be left,
 * the shell's perhaps. Enter again while there is work and it brings events:
 * work without a result may come up again and again. */
static int collect_all(struct uv__monitor* m, struct uv__ready* ready) {
  struct impl* impl = m->impl;
  int rc = collect(m, ready);
  for (int i = 0; rc == 0 && i < LOOKS_MAX && !uv__ready_full(ready) &&
                  uv__ring_peek(&impl->ring);
       i++) {
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
  if (impl->armed == 0 && uv__ring_unsubmitted(&impl->ring) == 0) {
    collect(m, ready); /* A flush may have brought completions. */
    if (ready->count > 0) return 0;
    return await_shell(m, ready, wait);
  }
  arm_shell(m, impl);
  if (uv__ring_overflowed(&impl->ring)) m->figures.overflows++;
  bool must_wait = wait->timeout_ns != 0 && !peek(m);
  if (must_wait || uv__ring_unsubmitted(&impl->ring) > 0 ||
      uv__ring_has_work(&impl->ring)) {
    int rc = enter(m, must_wait ? 1 : 0, wait);
    if (rc != 0) return rc;
  }
  return collect_all(m, ready);
}

static int rebuild(struct uv__monitor* m, enum uv__rebuild why) {
  (void) why; /* In a child and in another thread: a new ring. */
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
