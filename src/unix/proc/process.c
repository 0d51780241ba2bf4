/* SPDX-License-Identifier: MIT */
/* uv_spawn(), and signals sent to processes.
 *
 * The parent makes everything ready (child-stdio.c, uv__child_prepare()), makes
 * the process (launch.c), and waits until the child has either become the
 * program or said why it cannot. So uv_spawn() returns UV_ENOENT and the like
 * itself, and only a handle whose program runs gets active.
 *
 * Loop thread only, but for uv_kill() and uv_disable_stdio_inheritance(). The
 * child's side is child.c; how its end is noticed, reap.c. */
#include "unix/proc/process.h"

#include "loop/handle.h"
#include "unix/os/fd.h"
#include "unix/proc/child.h"
#include "unix/proc/child-stdio.h"
#include "unix/proc/launch.h"

#include <errno.h>
#include <signal.h>

enum {
  FLAGS_KNOWN = UV_PROCESS_SETUID | UV_PROCESS_SETGID | UV_PROCESS_DETACHED |
                UV_PROCESS_WINDOWS_VERBATIM_ARGUMENTS |
                UV_PROCESS_WINDOWS_HIDE | UV_PROCESS_WINDOWS_HIDE_CONSOLE |
                UV_PROCESS_WINDOWS_HIDE_GUI |
                UV_PROCESS_WINDOWS_FILE_PATH_EXACT_NAME,
  /* So many unused descriptors in a row are taken for the end of them. */
  FD_GAP_MAX = 16,
};

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

  child.source_fds = stdio.source_fds;
  child.source_count = stdio.count;
  rc = uv__launch(&child, &pid);
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
int uv_spawn(uv_loop_t* loop, uv_process_t* process,
             const uv_process_options_t* options) {
  uv__handle_init(loop, process, UV_PROCESS);
  uv__reap_init(process);
  process->exit_cb = options->exit_cb;
  if (options->file == NULL) return UV_EINVAL;
  if (options->flags & ~(unsigned) FLAGS_KNOWN) return UV_EINVAL;
  return spawn(process, options);
}

/* A process that has been waited for is never signalled: its pid may be
 * another process's by now. */
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
