/* SPDX-License-Identifier: MIT */
/* Children that end, and their exit callbacks.
 *
 * Each child has a descriptor of its own that gets readable when it ends
 * (pidfd): the end of one costs the same however many there are. Where there is
 * none to be had (old kernel, no descriptors left) the child is in
 * `loop->process_handles`, and each SIGCHLD has all of that list asked, one by
 * one. The loop asks for its own children only: waitpid(-1) would take those of
 * other parts of the program.
 *
 * The loop's signal handle for SIGCHLD, `loop->child_watcher`, runs in either
 * case from before the first process is made until the last child is gone, as
 * with libuv. It is more than a fallback: with SIGCHLD ignored, as a process
 * may have inherited it, the kernel would drop exit statuses.
 *
 * Exit callbacks come in the order of the spawns, and after those of
 * descriptors that were ready at the same time, so that a child's last output
 * is read first. So a pidfd's event only puts the handle into `ended`; the
 * callbacks come from the pending phase that follows. If anything else was
 * ready, they come from the one of the next iteration: libuv learns of an exit
 * by a signal that it catches after the output has woken it, so there one
 * iteration lies between the two, and programs see it in the order of their
 * close callbacks.
 *
 * When another part of the program has waited for a child (ECHILD), its exit
 * status is lost, and no exit callback comes, as in libuv.
 *
 * States of a handle: at rest, running (listed and active), ended (the exit
 * callback is due or has run). Loop thread only. */
#include "unix/proc/reap.h"

#include "base/alloc.h"
#include "base/queue.h"
#include "loop/handle.h"
#include "loop/loop.h"
#include "unix/io/io.h"
#include "unix/io/recorder.h"
#include "unix/os/fd.h"
#include "unix/os/pidfd.h"
#include "unix/proc/signal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

static uv_process_t* process_of(struct uv__queue* node) {
  return uv__container_of(node, uv_process_t, queue);
}

/* The loop's part; its signal handle is in uv_loop_t. */
struct reaper {
  struct uv__queue watched; /* Handles that have a pidfd. */
  struct uv__queue ended;   /* Their callbacks are due; in order of spawning. */
  uv__io_t due;             /* Watches nothing: fed when there are `ended`. */
  uv_check_t later;         /* Feeds `due` behind this pending phase. */
  size_t in_batch;          /* Ends seen in this poll phase. */
  uintptr_t spawned;        /* Handles so far. */
};

/* A pidfd in the poll phase. */
struct watch {
  uv__io_t io;
  uv_process_t* handle;
};

/* What uv_process_t has no field for is in the spare words of its base. */
struct spare {
  struct watch* watch; /* NULL: has no pidfd. */
  uintptr_t number;    /* Counted by reaper.spawned. */
};

_Static_assert(sizeof(struct spare) <= sizeof(((uv_handle_t*) 0)->u),
               "the spare words have room");

static struct spare* spare_of(uv_process_t* handle) {
  return (struct spare*) &handle->u;
}

static struct reaper* reaper_of(const uv_loop_t* loop) {
  return uv__loop_of(loop)->process;
}

/* --- Ends ----------------------------------------------------------------- */

enum answer { RUNS, ENDED, UNKNOWN };

/* Its status is taken if it has ended. A waitpid() that does not wait is not
 * interrupted. */
static enum answer ask(uv_process_t* handle) {
  int status;
  const pid_t pid = waitpid(handle->pid, &status, WNOHANG);
  if (pid == 0) return RUNS;
  if (pid != handle->pid) return UNKNOWN;
  handle->status = status;
  return ENDED;
}

static void report(uv_process_t* handle) {
  int status = handle->status;
  int exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  int term_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  uv__handle_stop(handle);
  uv__record_note(handle->loop, UV_PROCESS, handle->exit_cb);
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
    bool is_over = ask(process_of(node)) == ENDED;
    uv__queue_push(is_over ? &ended : &loop->process_handles, node);
  }

  /* A callback may close any of them: uv__process_close() unlinks it here. */
  while (!uv__queue_empty(&ended)) report(process_of(uv__queue_pop(&ended)));
  uv__reap_release(loop);
}

/* --- Pidfds --------------------------------------------------------------- */

static void unwatch(uv_process_t* handle) {
  struct watch* watch = spare_of(handle)->watch;
  if (watch == NULL) return;
  spare_of(handle)->watch = NULL;
  uv__io_close(handle->loop, &watch->io);
  uv__close(watch->io.fd);
  uv__free(watch);
}

/* Mostly they end in order: look from the back. */
static void enlist_ended(struct reaper* reaper, uv_process_t* handle) {
  struct uv__queue* left = reaper->ended.prev;
  while (left != &reaper->ended &&
         spare_of(process_of(left))->number > spare_of(handle)->number)
    left = left->prev;
  uv__queue_link(left, &handle->queue);
}

static void on_pidfd(uv_loop_t* loop, uv__io_t* w, unsigned events) {
  (void) events;
  struct watch* watch = uv__container_of(w, struct watch, io);
  uv_process_t* handle = watch->handle;
  const enum answer answer = ask(handle);
  /* Readable for ever, and nothing to be learned. */
  if (answer == UNKNOWN) uv__io_stop(loop, w, POLLIN);
  if (answer != ENDED) return;
  unwatch(handle);
  uv__queue_remove(&handle->queue);
  struct reaper* reaper = reaper_of(loop);
  enlist_ended(reaper, handle);
  reaper->in_batch++;
  uv__io_feed(loop, &reaper->due);
}

static void report_ended(uv_loop_t* loop) {
  struct uv__queue ended;
  uv__queue_move(&reaper_of(loop)->ended, &ended);
  while (!uv__queue_empty(&ended)) report(process_of(uv__queue_pop(&ended)));
  uv__reap_release(loop);
}

static void on_late(uv_check_t* later) {
  struct reaper* reaper = reaper_of(later->loop);
  uv_check_stop(later);
  reaper->in_batch = 0;
  uv__io_feed(later->loop, &reaper->due);
}

static void on_due(uv_loop_t* loop, uv__io_t* w, unsigned events) {
  (void) w;
  (void) events;
  struct reaper* reaper = reaper_of(loop);
  bool has_company =
      reaper->in_batch > 0 && uv__io_batch(loop) > reaper->in_batch;
  if (has_company && uv_check_start(&reaper->later, on_late) == 0) return;
  reaper->in_batch = 0;
  report_ended(loop);
}

/* 0, or UV_E*: the child has to be asked then. */
static int watch_pid(uv_process_t* handle) {
  struct watch* watch = uv__malloc(sizeof(*watch));
  if (watch == NULL) return UV_ENOMEM;
  const int fd = uv__pidfd_open(handle->pid);
  if (fd < 0) {
    uv__free(watch);
    return fd;
  }
  watch->handle = handle;
  uv__io_init(&watch->io, on_pidfd, fd);
  const int rc = uv__io_start(handle->loop, &watch->io, POLLIN);
  if (rc != 0) {
    uv__close(fd);
    uv__free(watch);
    return rc;
  }
  spare_of(handle)->watch = watch;
  return 0;
}

/* --- For uv_spawn() ------------------------------------------------------- */

void uv__reap_init(uv_process_t* handle) {
  uv__queue_init(&handle->queue);
  handle->pid = 0;
  handle->status = 0;
  *spare_of(handle) = (struct spare){ NULL, 0 };
}

static int require_reaper(uv_loop_t* loop) {
  if (reaper_of(loop) != NULL) return 0;
  struct reaper* reaper = uv__malloc(sizeof(*reaper));
  if (reaper == NULL) return UV_ENOMEM;
  int rc = uv__signal_init_internal(loop, &loop->child_watcher);
  if (rc != 0) {
    uv__free(reaper);
    return rc;
  }
  uv__queue_init(&reaper->watched);
  uv__queue_init(&reaper->ended);
  uv__io_init(&reaper->due, on_due, -1);
  uv__handle_init_internal(loop, &reaper->later, UV_CHECK);
  uv__queue_init(&reaper->later.queue);
  reaper->in_batch = 0;
  reaper->spawned = 0;
  uv__loop_of(loop)->process = reaper;
  return 0;
}

int uv__reap_require(uv_loop_t* loop) {
  int rc = require_reaper(loop);
  if (rc != 0) return rc;
  return uv__signal_start_internal(&loop->child_watcher, on_child, SIGCHLD);
}

void uv__reap_release(uv_loop_t* loop) {
  const struct reaper* reaper = reaper_of(loop);
  if (reaper == NULL) return;
  if (uv__queue_empty(&loop->process_handles) &&
      uv__queue_empty(&reaper->watched) && uv__queue_empty(&reaper->ended))
    uv__signal_halt(&loop->child_watcher);
}

void uv__reap_watch(uv_process_t* handle, int pid) {
  struct reaper* reaper = reaper_of(handle->loop);
  handle->pid = pid;
  handle->status = UV__PROCESS_RUNNING;
  spare_of(handle)->number = reaper->spawned++;
  const bool has_pidfd = watch_pid(handle) == 0;
  uv__queue_push(has_pidfd ? &reaper->watched : &handle->loop->process_handles,
                 &handle->queue);
  uv__handle_start(handle);
}

/* --- Rows ----------------------------------------------------------------- */

/* A process that still runs goes on; no callback tells when it ends. */
bool uv__process_close(uv_handle_t* handle) {
  uv_process_t* process = (uv_process_t*) handle;
  unwatch(process);
  uv__queue_remove(&process->queue);
  uv__handle_stop(process);
  uv__reap_release(process->loop);
  return true;
}

static void forget_all(struct uv__queue* handles) {
  while (!uv__queue_empty(handles)) unwatch(process_of(uv__queue_pop(handles)));
}

/* The parent's children are not ours: nothing can be waited for, and once their
 * pids are used again, for children of our own perhaps, nothing must be. Their
 * handles stay active until they are closed, as in libuv. */
int uv__process_module_fork(uv_loop_t* loop) {
  struct reaper* reaper = reaper_of(loop);
  if (reaper == NULL) return 0;
  forget_all(&loop->process_handles);
  forget_all(&reaper->watched);
  forget_all(&reaper->ended);
  uv__io_close(loop, &reaper->due);
  uv_check_stop(&reaper->later);
  uv__reap_release(loop);
  return 0;
}

void uv__process_module_close(uv_loop_t* loop) {
  struct reaper* reaper = reaper_of(loop);
  if (reaper == NULL) return;
  uv__signal_halt(&loop->child_watcher);
  uv__io_close(loop, &reaper->due);
  uv_check_stop(&reaper->later);
  uv__loop_of(loop)->process = NULL;
  uv__free(reaper);
}
