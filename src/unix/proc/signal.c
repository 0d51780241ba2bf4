/* SPDX-License-Identifier: MIT */
/* Signal handles, and the way from the doorbell pipe to their callbacks.
 *
 * Per loop and signal number there is a slot with a list of started handles.
 * The handler counts signals in the slot (signal-os.c); the loop hands them out
 * one by one, in turns: in turn n each handle that was started before the n-th
 * signal was caught is called once. A handle remembers two numbers:
 *
 *   caught_signals      the slot's count when it was started or stopped last
 *   dispatched_signals  the last turn it has had, or that was before its time
 *
 * So a pending signal never has to be waited for at close, and memory that is
 * used for a new handle gets nothing meant for the old one. As in libuv, what
 * was caught for a handle is not lost when it is stopped and started again for
 * the same signal before the loop comes round to it.
 *
 * The list node lives in `tree_entry`, which libuv uses for a tree of its own;
 * the number watched last, in `rbe_color`. Order of calls within a turn:
 * persistent handles, then one-shot ones, each by address, as in libuv.
 *
 * Pipe and watcher come with the loop's first signal handle. Loop thread only;
 * the lock and the handler live in signal-os.c. */
#include "unix/proc/signal.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/atomics.h"
#include "base/queue.h"
#include "loop/handle.h"
#include "loop/loop.h"
#include "unix/io/io.h"
#include "unix/io/recorder.h"
#include "unix/os/fd.h"
#include "unix/proc/signal-os.h"

#include <fcntl.h>
#include <unistd.h>

/* Bytes read from the pipe at a time. More only matters when hundreds of
 * signals are waiting, and then the counts still have them all. */
enum { DOORBELL_BATCH = 256 };

_Static_assert(offsetof(uv_signal_t, tree_entry.rbe_color) -
                       offsetof(uv_signal_t, tree_entry) >=
                   sizeof(struct uv__queue),
               "the list node fits in front of rbe_color");

static struct uv__queue* node_of(uv_signal_t* handle) {
  return (struct uv__queue*) (void*) &handle->tree_entry;
}

static uv_signal_t* handle_of(struct uv__queue* node) {
  return uv__container_of(node, uv_signal_t, tree_entry);
}

static struct uv__signal_port* port_of(const uv_loop_t* loop) {
  return uv__loop_of(loop)->signals;
}

static bool is_oneshot(const uv_signal_t* handle) {
  return (handle->flags & UV__SIGNAL_ONESHOT) != 0;
}

/* --- The list of a slot --------------------------------------------------- */

static bool goes_before(const uv_signal_t* a, const uv_signal_t* b) {
  if (is_oneshot(a) != is_oneshot(b)) return is_oneshot(b);
  return (uintptr_t) a < (uintptr_t) b;
}

static void enlist(struct uv__signal_slot* slot, uv_signal_t* handle) {
  struct uv__queue* left = slot->handles.prev;
  while (left != &slot->handles && goes_before(handle, handle_of(left)))
    left = left->prev;
  uv__queue_link(left, node_of(handle));
}

/* --- Dispatch ------------------------------------------------------------- */

static void call(uv_signal_t* handle, int signum) {
  uv__record_note(handle->loop, UV_SIGNAL, handle->signal_cb);
  if (handle->signal_cb != NULL) handle->signal_cb(handle, signum);
  /* Whatever the callback did with it: one-shot is over after one signal. Its
   * memory is still there, since close callbacks come in a later phase. */
  if (is_oneshot(handle)) uv__signal_halt(handle);
}

/* One turn: one signal for each handle that was started when it was caught.
 * False when no signal is left. */
static bool take_turn(uv_loop_t* loop, struct uv__signal_slot* slot,
                      int signum) {
  if (slot->taken == slot->due) return false;
  unsigned turn = ++slot->taken;
  uv__io_count_messages(loop, 1);
  uv__queue_append(&slot->todo, &slot->handles);
  while (!uv__queue_empty(&slot->todo)) {
    uv_signal_t* handle = handle_of(uv__queue_pop(&slot->todo));
    enlist(slot, handle);
    /* Started after this signal: not for this one. Counts may wrap. */
    if ((int) (turn - handle->dispatched_signals) <= 0) continue;
    handle->dispatched_signals = turn;
    call(handle, signum);
  }
  return true;
}

static void on_doorbell(uv_loop_t* loop, uv__io_t* w, unsigned events) {
  (void) events;
  struct uv__signal_port* port = port_of(loop);
  unsigned char numbers[DOORBELL_BATCH];
  /* On any error there is simply no order given. */
  ssize_t count = read(w->fd, numbers, sizeof(numbers));
  /* After the read: a signal that found the pipe full is seen here. A signal
   * that a callback raises has to wait for the next poll. */
  for (int signum = 1; signum < UV__SIGNAL_END; signum++) {
    struct uv__signal_slot* slot = &port->slots[signum];
    slot->due = uv__load_acquire(&slot->caught);
  }
  for (ssize_t i = 0; i < count; i++)
    if (numbers[i] < UV__SIGNAL_END)
      take_turn(loop, &port->slots[numbers[i]], numbers[i]);
  for (int signum = 1; signum < UV__SIGNAL_END; signum++)
    while (take_turn(loop, &port->slots[signum], signum)) {
    }
}

/* --- Pipe and port -------------------------------------------------------- */

/* A fresh pipe under the loop's watcher. 0 or UV_E*. */
static int open_doorbell(uv_loop_t* loop) {
  int fds[2];
  int rc = uv__fd_pipe(fds, O_NONBLOCK);
  if (rc != 0) return rc;
  uv__io_init(&loop->signal_io_watcher, on_doorbell, fds[0]);
  rc = uv__io_start(loop, &loop->signal_io_watcher, POLLIN);
  if (rc != 0) {
    uv__close(fds[0]);
    uv__close(fds[1]);
    return rc;
  }
  loop->signal_pipefd[0] = fds[0];
  loop->signal_pipefd[1] = fds[1];
  return 0;
}

static void close_doorbell(uv_loop_t* loop) {
  if (loop->signal_pipefd[0] == -1) return;
  uv__io_close(loop, &loop->signal_io_watcher);
  for (int i = 0; i < 2; i++) {
    uv__close(loop->signal_pipefd[i]);
    loop->signal_pipefd[i] = -1;
  }
}

/* The loop's port exists from its first signal handle on. */
static int require_port(uv_loop_t* loop) {
  if (port_of(loop) != NULL) return 0;
  struct uv__signal_port* port = uv__calloc(1, sizeof(*port));
  if (port == NULL) return UV_ENOMEM;
  int rc = open_doorbell(loop);
  if (rc != 0) {
    uv__free(port);
    return rc;
  }
  port->loop = loop;
  port->doorbell_fd = loop->signal_pipefd[1];
  for (int signum = 0; signum < UV__SIGNAL_END; signum++) {
    uv__queue_init(&port->slots[signum].handles);
    uv__queue_init(&port->slots[signum].todo);
  }
  uv__loop_of(loop)->signals = port;
  uv__sigtable_attach(port);
  return 0;
}

/* --- Handles -------------------------------------------------------------- */

static void rest(uv_signal_t* handle) {
  uv__queue_init(node_of(handle));
  handle->signal_cb = NULL;
  handle->signum = 0;
  handle->tree_entry.rbe_color = 0;
  handle->caught_signals = 0;
  handle->dispatched_signals = 0;
}

int uv_signal_init(uv_loop_t* loop, uv_signal_t* handle) {
  int rc = require_port(loop);
  if (rc != 0) return rc;
  uv__handle_init(loop, handle, UV_SIGNAL);
  rest(handle);
  return 0;
}

int uv__signal_init_internal(uv_loop_t* loop, uv_signal_t* handle) {
  int rc = require_port(loop);
  if (rc != 0) return rc;
  uv__handle_init_internal(loop, handle, UV_SIGNAL);
  rest(handle);
  return 0;
}

static int start(uv_signal_t* handle, uv_signal_cb signal_cb, int signum,
                 unsigned kind) {
  if (signum <= 0 || signum >= UV__SIGNAL_END) return UV_EINVAL;
  if (uv__handle_is_closing(handle)) return UV_EINVAL;
  if (handle->signum == signum && uv__handle_is_active(handle)) {
    handle->signal_cb = signal_cb;
    return 0;
  }

  uv__signal_halt(handle);
  handle->flags = (handle->flags & ~(unsigned) UV__SIGNAL_ONESHOT) | kind;
  struct uv__signal_port* port = port_of(handle->loop);
  unsigned since;
  int rc = uv__sigtable_watch(port, signum, is_oneshot(handle), &since);
  if (rc != 0) return rc;
  handle->signal_cb = signal_cb;
  handle->signum = signum;
  /* Unless this goes on where it was stopped: the past is not for us. */
  if (handle->tree_entry.rbe_color != signum || handle->caught_signals != since)
    handle->dispatched_signals = since;
  handle->tree_entry.rbe_color = signum;
  handle->caught_signals = since;
  enlist(&port->slots[signum], handle);
  uv__handle_start(handle);
  return 0;
}

int uv_signal_start(uv_signal_t* handle, uv_signal_cb signal_cb, int signum) {
  return start(handle, signal_cb, signum, 0);
}

int uv_signal_start_oneshot(uv_signal_t* handle, uv_signal_cb signal_cb,
                            int signum) {
  return start(handle, signal_cb, signum, UV__SIGNAL_ONESHOT);
}

int uv__signal_start_internal(uv_signal_t* handle, uv_signal_cb signal_cb,
                              int signum) {
  return start(handle, signal_cb, signum, 0);
}

void uv__signal_halt(uv_signal_t* handle) {
  if (!uv__handle_is_active(handle)) return;
  uv__queue_remove(node_of(handle));
  handle->caught_signals =
      uv__sigtable_unwatch(port_of(handle->loop), handle->signum,
                           is_oneshot(handle), handle->caught_signals);
  handle->signum = 0;
  uv__handle_stop(handle);
}

int uv_signal_stop(uv_signal_t* handle) {
  uv__signal_halt(handle);
  return 0;
}

bool uv__signal_close(uv_handle_t* handle) {
  uv__signal_halt((uv_signal_t*) handle);
  return true;
}

/* --- The loop module ------------------------------------------------------ */

static unsigned count_oneshots(struct uv__signal_slot* slot) {
  unsigned count = 0;
  uv__queue_each(node, &slot->handles) {
    if (is_oneshot(handle_of(node))) count++;
  }
  return count;
}

/* What was caught before the fork is the parent's; one-shot handles wait for
 * their first signal again. 0 or UV_E*. */
static int drop_caught(struct uv__signal_port* port, int signum) {
  struct uv__signal_slot* slot = &port->slots[signum];
  /* Not empty when we are called from a signal callback. */
  uv__queue_append(&slot->handles, &slot->todo);
  unsigned since;
  int rc = uv__sigtable_rearm(port, signum, count_oneshots(slot), &since);
  slot->taken = slot->due = since;
  uv__queue_each(node, &slot->handles) {
    uv_signal_t* handle = handle_of(node);
    handle->caught_signals = since;
    handle->dispatched_signals = since;
  }
  return rc;
}

int uv__signal_module_fork(uv_loop_t* loop) {
  struct uv__signal_port* port = port_of(loop);
  if (port == NULL) return 0;
  /* The old pipe is shared with the parent, which reads it. */
  uv__sigtable_redirect(port, -1);
  close_doorbell(loop);
  int rc = open_doorbell(loop);
  if (rc != 0) return rc;
  uv__sigtable_redirect(port, loop->signal_pipefd[1]);
  for (int signum = 1; signum < UV__SIGNAL_END && rc == 0; signum++)
    rc = drop_caught(port, signum);
  return rc;
}

void uv__signal_module_close(uv_loop_t* loop) {
  struct uv__signal_port* port = port_of(loop);
  if (port == NULL) return;
  uv__sigtable_detach(port);
  close_doorbell(loop);
  uv__loop_of(loop)->signals = NULL;
  uv__free(port);
}

/* Handlers that are still there belong to loops that were not closed. They
 * stay, but do nothing: the default action could still end a process that is
 * exiting. */
void uv__signal_module_shutdown(void) {
  uv__sigtable_forget_all();
}
