/* SPDX-License-Identifier: MIT */
/* Sets a ring up, enters it, and sees cancels through.
 *
 * Flags, best first: with SINGLE_ISSUER and DEFER_TASKRUN (6.1) the kernel
 * defers its work on completions to our own enter; with COOP_TASKRUN (5.19) to
 * any system call of ours. TASKRUN_FLAG goes with both: user space sees that
 * there is deferred work. Feature bits and EINVAL decide, never the version in
 * uname. */
#include "unix/linux/ring.h"

#include "base/assert.h"
#include "base/atomics.h"
#include "unix/os/fd.h"

#include <errno.h>
#include <string.h>

enum { WORK_PER_ENTER = 20 }; /* Deferred items that one enter does at least. */

/* Newer than the headers of liburing 2.3. */
#define ENTER_NO_IOWAIT (1U << 7)
#define FEAT_NO_IOWAIT (1U << 17)

static int refusal; /* The first final one, for the process; any thread. */

static bool is_final(int rc) {
  return rc == UV_ENOSYS || rc == UV_EPERM || rc == UV_ENOTSUP;
}

static bool processor_is_tried(void) {
#if defined(__x86_64__) || defined(__aarch64__)
  return true;
#else
  return false;
#endif
}

/* liburing lets no caller choose the number, and keeps it in two fields. */
static int move_above_standard(struct io_uring* uring) {
  const int fd = uv__fd_own(uring->ring_fd);
  /* Closed already: nothing for io_uring_queue_exit() to close. */
  uring->ring_fd = uring->enter_ring_fd = fd >= 0 ? fd : -1;
  return fd >= 0 ? 0 : fd;
}

static int open_with(struct uv__ring* ring, unsigned sq_entries,
                     unsigned cq_entries, unsigned flags) {
  struct io_uring_params params;
  memset(&params, 0, sizeof(params));
  params.flags = flags | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
  params.cq_entries = cq_entries;
  int rc = io_uring_queue_init_params(sq_entries, &ring->uring, &params);
  if (rc < 0) return rc;
  unsigned needed = IORING_FEAT_EXT_ARG | IORING_FEAT_NODROP;
  if ((params.features & needed) != needed) rc = UV_ENOTSUP;
  if (rc == 0) rc = move_above_standard(&ring->uring);
  if (rc != 0) {
    io_uring_queue_exit(&ring->uring);
    return rc;
  }
  ring->has_no_iowait = (params.features & FEAT_NO_IOWAIT) != 0;
  ring->is_open = true;
  ring->cancel_group = 1;
  return 0;
}

int uv__ring_open(struct uv__ring* ring, unsigned sq_entries,
                  unsigned cq_entries, uint64_t* enters) {
  static const unsigned choices[] = {
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
        IORING_SETUP_TASKRUN_FLAG,
    IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
  };
  memset(ring, 0, sizeof(*ring));
  ring->enters = enters;
  int rc = uv__load_relaxed(&refusal);
  if (rc != 0) return rc;
  rc = UV_ENOTSUP;
  if (processor_is_tried())
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
      rc = open_with(ring, sq_entries, cq_entries, choices[i]);
      if (rc != UV_EINVAL) break;
    }
  if (rc == UV_EINVAL) rc = UV_ENOTSUP;
  if (is_final(rc)) uv__store_relaxed(&refusal, rc);
  return rc;
}

/* EPERM comes from the administrator's switch, or from a filter before it. */
static const char* source_of_eperm(void) {
  char text[8];
  int len =
      uv__fd_slurp("/proc/sys/kernel/io_uring_disabled", text, sizeof(text));
  if (len > 0 && text[0] == '2') return "kernel.io_uring_disabled=2";
  if (len > 0 && text[0] == '1')
    return "kernel.io_uring_disabled=1, or a sandbox (seccomp)";
  return "a sandbox (seccomp)";
}

const char* uv__ring_refusal(int error) {
  if (error == UV_EPERM) return source_of_eperm();
  if (error == UV_EACCES) return "a security policy";
  if (error == UV_ENOSYS) return "not in this kernel, or a sandbox (seccomp)";
  if (error == UV_ENOMEM) return "no memory, or a limit on locked memory";
  if (error != UV_ENOTSUP) return NULL;
  return processor_is_tried() ? "the kernel's rings are too old"
                              : "not tried on this processor";
}

void uv__ring_close(struct uv__ring* ring) {
  if (ring->is_open) io_uring_queue_exit(&ring->uring);
  ring->is_open = false;
}

struct io_uring_sqe* uv__ring_sqe(struct uv__ring* ring) {
  if (!ring->is_open) return NULL;
  struct io_uring_sqe* sqe = io_uring_get_sqe(&ring->uring);
  if (sqe == NULL && uv__ring_enter(ring, 0, 0, NULL) == 0)
    sqe = io_uring_get_sqe(&ring->uring);
  if (sqe != NULL) memset(sqe, 0, sizeof(*sqe));
  return sqe;
}

bool uv__ring_has_work(const struct uv__ring* ring) {
  unsigned flags = uv__load_relaxed(ring->uring.sq.kflags);
  return (flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

bool uv__ring_peek(const struct uv__ring* ring) {
  return io_uring_cq_ready(&ring->uring) > 0 || uv__ring_has_work(ring);
}

/* Make prepared entries visible to the kernel; returns how many. */
static unsigned publish(struct uv__ring* ring) {
  struct io_uring_sq* sq = &ring->uring.sq;
  unsigned mask = *sq->kring_mask;
  for (; sq->sqe_head != sq->sqe_tail; sq->sqe_head++)
    sq->array[sq->sqe_head & mask] = sq->sqe_head & mask;
  uv__store_release(sq->ktail, sq->sqe_tail);
  return uv__ring_unsubmitted(ring);
}

/* With nothing queued and no work deferred, all cancels are carried out. */
static void note_finished_cancels(struct uv__ring* ring) {
  unsigned flags = uv__load_relaxed(ring->uring.sq.kflags);
  if (uv__ring_unsubmitted(ring) > 0 || (flags & IORING_SQ_TASKRUN)) return;
  ring->pending_cancels = 0;
  if (++ring->cancel_group == 0) ring->cancel_group = 1;
}

int uv__ring_enter(struct uv__ring* ring, unsigned min_complete,
                   int64_t timeout_ns, const sigset_t* sigmask) {
  struct __kernel_timespec limit = { .tv_sec = timeout_ns / 1000000000,
                                     .tv_nsec = timeout_ns % 1000000000 };
  struct io_uring_getevents_arg arg = {
    .sigmask = (uintptr_t) sigmask,
    .sigmask_sz = _NSIG / 8,
    .ts = min_complete == 0 || timeout_ns < 0 ? 0 : (uintptr_t) &limit,
  };
  unsigned flags = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
  if (ring->has_no_iowait) flags |= ENTER_NO_IOWAIT;
  unsigned submit = publish(ring);
  (*ring->enters)++;
  int rc = io_uring_enter2(ring->uring.ring_fd, submit, min_complete, flags,
                           (sigset_t*) &arg, sizeof(arg));
  if (ring->pending_cancels > 0) note_finished_cancels(ring);
  if (rc >= 0 || rc == -EINTR || rc == -ETIME) return 0;
  return rc;
}

/* By ASYNC_CANCEL. POLL_REMOVE fails while the kernel is about to look at the
 * descriptor again, and the request then stays if that look finds nothing. */
bool uv__ring_cancel(struct uv__ring* ring, uint64_t user_data,
                     uint32_t* ret_group) {
  struct io_uring_sqe* sqe = uv__ring_sqe(ring);
  if (sqe == NULL) return false;
  io_uring_prep_cancel64(sqe, user_data, 0);
  sqe->user_data = 0;
  ring->pending_cancels++;
  *ret_group = ring->cancel_group;
  return true;
}

/* The kernel does deferred work in the order in which it came up. Before the
 * cancels there is at most one item for each other request. Work that comes up
 * later is not waited for. */
int uv__ring_finish_cancels(struct uv__ring* ring, size_t others) {
  if (ring->pending_cancels == 0) return 0;
  if (!ring->is_open) return UV_ENODEV;
  size_t enters_left = (others + ring->pending_cancels) / WORK_PER_ENTER + 2;
  int rc = 0;
  for (; rc == 0 && ring->pending_cancels > 0 && enters_left > 0; enters_left--)
    rc = uv__ring_enter(ring, 0, 0, NULL);
  if (rc != 0) return rc;
  return uv__ring_unsubmitted(ring) == 0 ? 0 : UV_EAGAIN;
}
