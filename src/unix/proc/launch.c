/* SPDX-License-Identifier: MIT */
/* Two ways to make a process, and which one is taken.
 *
 * Forked: fork(3). The handlers of pthread_atfork(3) run, at the price of a
 * copy of the page tables: it grows with the parent's memory, 20 ms per GB.
 *
 * A vfork child runs in the parent's memory, on a stack of its own, while the
 * calling thread is stopped until it has executed its program or exited. The
 * price does not depend on the parent's size. It is fit for children that
 *  - miss no fork handler (atfork.c says when that can be ruled out),
 *  - keep their user: a process with other rights must not share our memory,
 *    and the C library changes ids in all threads it knows: the parent's.
 * What the child does there is async-signal-safe, as after a fork, and changes
 * only its own half of `struct uv__child`. Where the kernel refuses, fork(3) is
 * tried, so its error is the one that is reported.
 *
 * In both the child reports its failure through a pipe that closes on exec:
 * under valgrind, and on other emulated kernels, the memory of a vfork child is
 * a copy, and the parent would not see what the child leaves in it.
 *
 * All signals are blocked meanwhile, so that no handler of this process runs in
 * the child, where the doorbell pipes of signal.c are the parent's. */
#include "unix/proc/launch.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "unix/os/fd.h"
#include "unix/proc/atfork.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* The deepest path of the child takes 7 KiB; sanitizers need more. */
enum { STACK_BYTES = 64 * 1024, STACK_ALIGN = 16 };

static void wait_for(pid_t pid) {
  pid_t gone_pid;
  do gone_pid = waitpid(pid, NULL, 0);
  while (gone_pid == -1 && errno == EINTR);
}

/* --- Forked --------------------------------------------------------------- */

/* Wait for the exec. 0, or why there was none: the child is gone then. */
static int await_exec(int error_fd, pid_t pid) {
  int error = 0;
  ssize_t count;
  do count = read(error_fd, &error, sizeof(error));
  while (count == -1 && errno == EINTR);
  /* Nothing: exec has closed the other end. (Or the child was killed on its
   * way: then it ends like any program.) */
  if (count != (ssize_t) sizeof(error)) return 0;
  wait_for(pid);
  return error;
}

/* Either way: make the child, and hear from it. */
static int launch_by(pid_t (*make)(struct uv__child*), struct uv__child* child,
                     pid_t* pid) {
  int fds[2];
  int rc = uv__fd_pipe(fds, 0);
  if (rc != 0) return rc;
  child->error_fd = fds[1];
  *pid = make(child);
  if (*pid == -1) rc = UV__ERR(errno);
  uv__close(fds[1]);
  if (rc == 0) rc = await_exec(fds[0], *pid);
  uv__close(fds[0]);
  return rc;
}

static pid_t make_forked(struct uv__child* child) {
  const pid_t pid = fork();
  if (pid == 0) uv__child_run(child);
  return pid;
}

int uv__launch_forked(struct uv__child* child, pid_t* pid) {
  return launch_by(make_forked, child, pid);
}

/* --- The vfork child ------------------------------------------------------ */

static bool can_vfork(const struct uv__child* child) {
  const unsigned ids = UV_PROCESS_SETUID | UV_PROCESS_SETGID;
  return (child->options->flags & ids) == 0 && !uv__atfork_is_possible();
}

__attribute__((no_sanitize_address)) static int run_vforked(void* opaque) {
  uv__child_run(opaque);
}

static pid_t make_vforked(struct uv__child* child) {
  char* stack = uv__malloc(STACK_BYTES);
  if (stack == NULL) {
    errno = ENOMEM;
    return -1;
  }
  char* top = stack + STACK_BYTES;
  top -= (uintptr_t) top % STACK_ALIGN;
  const pid_t pid =
      clone(run_vforked, top, CLONE_VM | CLONE_VFORK | SIGCHLD, child);
  uv__free(stack); /* errno is kept. */
  return pid;
}

int uv__launch_vfork(struct uv__child* child, pid_t* pid) {
  return launch_by(make_vforked, child, pid);
}

/* --- The choice ----------------------------------------------------------- */

/* With all signals blocked. */
static int launch(struct uv__child* child, pid_t* pid) {
  if (can_vfork(child)) {
    const int rc = uv__launch_vfork(child, pid);
    if (*pid != -1) return rc;
  }
  return uv__launch_forked(child, pid);
}

int uv__launch(struct uv__child* child, pid_t* pid) {
  sigset_t all;
  sigset_t saved;
  sigfillset(&all);
  *pid = -1;
  int mask_rc = pthread_sigmask(SIG_SETMASK, &all, &saved);
  UV__ASSERT(mask_rc == 0);
  int rc = launch(child, pid);
  mask_rc = pthread_sigmask(SIG_SETMASK, &saved, NULL);
  UV__ASSERT(mask_rc == 0);
  return rc;
}
