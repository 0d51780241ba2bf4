/* SPDX-License-Identifier: MIT */
/* uv_spawn(), and signals sent to processes.
 *
 * The parent makes everything ready (child-stdio.c, uv__child_prepare()),
 * forks, and waits until the child has either become the program or said why it
 * cannot: a pipe that closes on exec carries the error. So uv_spawn() returns
 * UV_ENOENT and the like itself, and only a handle whose program runs gets
 * active.
 *
 * All signals are blocked around the fork, so that no handler of this process
 * runs in the child, where the doorbell pipes of signal.c are the parent's.
 * fork(2) and not vfork(2): handlers of pthread_atfork(3) must run in the child
 * (uvloop's preexec_fn is one).
 *
 * Loop thread only, but for uv_kill() and uv_disable_stdio_inheritance(). The
 * child's side is child.c; how its end is noticed, reap.c. */
#include "unix/proc/process.h"

#include "base/assert.h"
#include "loop/handle.h"
#include "unix/os/fd.h"
#include "unix/proc/child.h"
#include "unix/proc/child-stdio.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  FLAGS_KNOWN = UV_PROCESS_SETUID | UV_PROCESS_SETGID | UV_PROCESS_DETACHED |
                UV_PROCESS_WINDOWS_VERBATIM_ARGUMENTS |
                UV_PROCESS_WINDOWS_HIDE | UV_PROCESS_WINDOWS_HIDE_CONSOLE |
                UV_PROCESS_WINDOWS_HIDE_GUI |
                UV_PROCESS_WINDOWS_FILE_PATH_EXACT_NAME,
  /* So many unused descriptors in a row are taken for the end of them. */
  FD_GAP_MAX = 16,
};

/* The one place that makes a process. 0 or UV_E*. */
static int fork_child(struct uv__child* child, pid_t* pid) {
  sigset_t all;
  sigset_t saved;
  sigfillset(&all);
  int rc = pthread_sigmask(SIG_SETMASK, &all, &saved);
  UV__ASSERT(rc == 0);
  *pid = fork();
  if (*pid == 0) uv__child_run(child);
  if (*pid == -1) rc = UV__ERR(errno);
  int mask_rc = pthread_sigmask(SIG_SETMASK, &saved, NULL);
  UV__ASSERT(mask_rc == 0);
  return rc;
}

/* Wait for the exec. 0, or why there was none: the child is gone then. */
static int await_exec(int error_fd, pid_t pid) {
  int error = 0;
  ssize_t count;
  do
    count = read(error_fd, &error, sizeof(error));
  while (count == -1 && errno == EINTR);
  /* Nothing: exec has closed the other end. (Or the child was killed on its
   * way: then it ends like any program.) */
  if (count != (ssize_t) sizeof(error)) return 0;
  int status;
  pid_t gone_pid;
  do
    gone_pid = waitpid(pid, &status, 0);
  while (gone_pid == -1 && errno == EINTR);
  return error;
}

/* Fork and exec what is prepared. 0 and `*pid`, or UV_E*: no process is left
 * then. */
static int launch(struct uv__child* child, pid_t* pid) {
  int fds[2];
  int rc = uv__fd_pipe(fds, 0);
  if (rc != 0) return rc;
  child->error_fd = fds[1];
  rc = fork_child(child, pid);
  uv__close(fds[1]);
  if (rc == 0) rc = await_exec(fds[0], *pid);
  uv__close(fds[0]);
  return rc;
}

static int spawn(uv_process_t* process, const uv_process_options_t* options) {
  struct uv__child child;
  struct uv__stdio stdio;
  pid_t pid;
  int rc = uv__child_prepare(&child, options);
  if (rc != 0) return rc;
  rc = uv__stdio_open(&stdio, options);
  if (rc != 0) goto discard;
  rc = uv__reap_require(process->loop);
  if (rc != 0) goto close_stdio;

  child.source_fds = stdio.child_fds;
  child.source_count = stdio.count;
  rc = launch(&child, &pid);
  if (rc == 0)
    uv__reap_watch(process, (int) pid);
  else
    uv__reap_release(process->loop);

close_stdio:
  uv__stdio_close(&stdio, options);
discard:
  uv__child_discard(&child);
  return rc;
}

/* On failure the handle is inactive, and is to be closed like any other. */
int uv_spawn(uv_loop_t* loop,
             uv_process_t* process,
             const uv_process_options_t* options) {
  uv__handle_init(loop, process, UV_PROCESS);
  uv__reap_init(process);
  process->exit_cb = options->exit_cb;
  if (options->file == NULL) return UV_EINVAL;
  if (options->flags & ~(unsigned) FLAGS_KNOWN) return UV_EINVAL;
  return spawn(process, options);
}

/* A process that has been waited for is never signalled: its pid may be
 * somebody else's by now. */
int uv_process_kill(uv_process_t* process, int signum) {
  if (process->status != UV__PROCESS_RUNNING) return UV_ESRCH;
  return uv_kill(process->pid, signum);
}

int uv_kill(int pid, int signum) {
  return kill(pid, signum) == 0 ? 0 : UV__ERR(errno);
}

uv_pid_t uv_process_get_pid(const uv_process_t* process) {
  return process->pid;
}

/* As far as can be told: descriptors beyond a gap are not found. */
void uv_disable_stdio_inheritance(void) {
  int unused_count = 0;
  for (int fd = 0; unused_count < FD_GAP_MAX; fd++) {
    if (uv__fd_set_cloexec(fd, true) == 0)
      unused_count = 0;
    else
      unused_count++;
  }
}
