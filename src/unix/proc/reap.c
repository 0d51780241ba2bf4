/* SPDX-License-Identifier: MIT */
/* Children that end. A loop with children has a signal handle of its own for
 * SIGCHLD, `loop->child_watcher`, started before the first fork and stopped
 * when the last child is gone; `loop->process_handles` lists the process
 * handles it waits for.
 *
 * SIGCHLD only means "look": several ends may be one signal, and other parts of
 * the program have children too. So each child of the list is asked by its pid,
 * and never anybody else's: waitpid(-1) would steal from them. Signals are
 * dispatched by the loop, never inside uv_spawn(), so a child that is gone
 * before its handle is listed is found by the dispatch after that.
 *
 * A child that somebody else has waited for (ECHILD) stays listed, as in libuv:
 * nobody can say how it ended.
 *
 * States of a handle: at rest, running (listed and active), ended (the exit
 * callback is due or has run). Loop thread only. */
#include "unix/proc/reap.h"

#include "base/queue.h"
#include "loop/handle.h"
#include "loop/loop.h"
#include "unix/proc/signal.h"

#include <signal.h>
#include <sys/wait.h>

static uv_process_t* process_of(struct uv__queue* node) {
  return uv__container_of(node, uv_process_t, queue);
}

/* Has it ended? Its status is taken then. A waitpid() that does not wait is
 * not interrupted. */
static bool has_ended(uv_process_t* handle) {
  int status;
  if (waitpid(handle->pid, &status, WNOHANG) != handle->pid) return false;
  handle->status = status;
  return true;
}

static void report(uv_process_t* handle) {
  int status = handle->status;
  int exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  int term_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  uv__handle_stop(handle);
  if (handle->exit_cb != NULL)
    handle->exit_cb(handle, exit_status, term_signal);
}

static void on_child(uv_signal_t* watcher, int signum) {
  (void) signum;
  uv_loop_t* loop = watcher->loop;
  struct uv__queue asked;
  struct uv__queue ended;
  uv__queue_move(&loop->process_handles, &asked);
  uv__queue_init(&ended);
  while (!uv__queue_empty(&asked)) {
    struct uv__queue* node = uv__queue_pop(&asked);
    bool is_over = has_ended(process_of(node));
    uv__queue_push(is_over ? &ended : &loop->process_handles, node);
  }

  /* A callback may close any of them: uv__process_close() unlinks it here. */
  while (!uv__queue_empty(&ended)) report(process_of(uv__queue_pop(&ended)));
  uv__reap_release(loop);
}

/* --- For uv_spawn() ------------------------------------------------------- */

void uv__reap_init(uv_process_t* handle) {
  uv__queue_init(&handle->queue);
  handle->pid = 0;
  handle->status = 0;
}

int uv__reap_require(uv_loop_t* loop) {
  struct uv__loop* own = uv__loop_of(loop);
  if (own->process == NULL) {
    int rc = uv__signal_init_internal(loop, &loop->child_watcher);
    if (rc != 0) return rc;
    own->process = &loop->child_watcher;
  }
  return uv__signal_start_internal(&loop->child_watcher, on_child, SIGCHLD);
}

void uv__reap_release(uv_loop_t* loop) {
  if (uv__loop_of(loop)->process == NULL) return;
  if (uv__queue_empty(&loop->process_handles))
    uv__signal_halt(&loop->child_watcher);
}

void uv__reap_watch(uv_process_t* handle, int pid) {
  handle->pid = pid;
  handle->status = UV__PROCESS_RUNNING;
  uv__queue_push(&handle->loop->process_handles, &handle->queue);
  uv__handle_start(handle);
}

/* --- Rows ----------------------------------------------------------------- */

/* A process that still runs goes on; nobody is told when it ends. */
bool uv__process_close(uv_handle_t* handle) {
  uv_process_t* process = (uv_process_t*) handle;
  uv__queue_remove(&process->queue);
  uv__handle_stop(process);
  uv__reap_release(process->loop);
  return true;
}

/* The parent's children are not ours: nothing can be waited for, and once their
 * pids are used again, for children of our own perhaps, nothing must be. Their
 * handles stay active until they are closed, as in libuv. */
int uv__process_module_fork(uv_loop_t* loop) {
  if (uv__loop_of(loop)->process == NULL) return 0;
  while (!uv__queue_empty(&loop->process_handles))
    uv__queue_pop(&loop->process_handles);
  uv__reap_release(loop);
  return 0;
}

void uv__process_module_close(uv_loop_t* loop) {
  struct uv__loop* own = uv__loop_of(loop);
  if (own->process == NULL) return;
  uv__signal_halt(&loop->child_watcher);
  own->process = NULL;
}
