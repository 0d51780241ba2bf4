/* SPDX-License-Identifier: MIT */
/* The process-wide signal table: a list of ports, one per loop that ever had a
 * signal handle, and what is installed for each signal number.
 *
 * The handler walks the ports under the lock. For each that watches the signal
 * it adds one to the slot's `caught` and writes the number into the doorbell
 * pipe. The count is the truth and the pipe only says "look" and in what order,
 * so a full pipe loses nothing, and bytes that another process wrote into a
 * pipe shared by fork() have no effect.
 *
 * The lock. Its holder has all signals blocked: the table's functions
 * block them first, the handler by its sa_mask. So no handler ever interrupts a
 * holder on its own thread, and waiting for a holder on another thread ends.
 * The lock word is the holder's process id: after a fork() the child may find
 * it taken by a thread that exists in the parent only, sees a foreign id, and
 * takes it over. What that thread left half done is harmless: the list is
 * changed by single stores, and the rest is computed from it.
 *
 * One-shot handles. When nothing else wants the signal it is installed with
 * SA_RESETHAND, so that a second signal meets the default action even if the
 * loop has not come round to the first. A one-shot handle counts as a watcher
 * until the first signal reaches its loop ("armed").
 *
 * Any thread, but for a port's own fields (signal-os.h). Handles and dispatch
 * are in signal.c. */
#include "unix/proc/signal-os.h"

#include "base/assert.h"
#include "base/atomics.h"
#include "unix/io/wake.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

/* What the operating system does with a signal, as far as we have told it. */
enum mode {
  MODE_DEFAULT, /* Not ours. */
  MODE_ONCE,    /* Ours for one signal: SA_RESETHAND. */
  MODE_KEPT,    /* Ours. */
};

static struct {
  int holder_pid; /* 0: free. Atomic. */
  struct uv__signal_port* ports;
  unsigned char modes[UV__SIGNAL_END]; /* enum mode */
} table;

/* Most holders are gone after a few yields; one that was preempted by a thread
 * of higher priority than its own needs us to really sleep. */
enum { YIELDS_MAX = 64 };

static void back_off(unsigned tries) {
  if (tries < YIELDS_MAX)
    sched_yield();
  else
    poll(NULL, 0, 1);
}

static void lock(void) {
  int self_pid = (int) getpid();
  for (unsigned tries = 0;; tries++) {
    int holder_pid = 0;
    if (uv__cas_weak(&table.holder_pid, &holder_pid, self_pid)) return;
    if (holder_pid != 0 && holder_pid != self_pid) {
      /* Left behind by a fork(): see above. One thread wins it. */
      if (uv__cas_weak(&table.holder_pid, &holder_pid, self_pid)) return;
    }
    back_off(tries);
  }
}

static void unlock(void) {
  uv__store_release(&table.holder_pid, 0);
}

static void enter(sigset_t* saved) {
  sigset_t all;
  sigfillset(&all);
  int rc = pthread_sigmask(SIG_SETMASK, &all, saved);
  UV__ASSERT(rc == 0);
  lock();
}

static void leave(const sigset_t* saved) {
  unlock();
  int rc = pthread_sigmask(SIG_SETMASK, saved, NULL);
  UV__ASSERT(rc == 0);
}

/* --- The handler ---------------------------------------------------------- */

static void on_signal(int signum);

static bool is_installed(int signum) {
  struct sigaction current;
  return sigaction(signum, NULL, &current) == 0 &&
         current.sa_handler == on_signal;
}

static void notify(struct uv__signal_port* port, int signum) {
  struct uv__signal_slot* slot = &port->slots[signum];
  if (slot->plain_count == 0 && slot->armed_count == 0) return;
  slot->armed_count = 0;
  uv__fetch_add(&slot->caught, 1u);
  uv__wake_note_signal(port->loop);
  unsigned char number = (unsigned char) signum;
  /* No loop for EINTR: nothing can interrupt us here. A full pipe wakes the
   * loop as well as one more byte would. */
  ssize_t ignored = write(port->doorbell_fd, &number, 1);
  (void) ignored;
}

static void on_signal(int signum) {
  int saved_errno = errno;
  lock();
  /* The kernel has taken a MODE_ONCE handler off before it called us, unless
   * it was installed in the meantime. */
  if (table.modes[signum] == MODE_ONCE && !is_installed(signum))
    table.modes[signum] = MODE_DEFAULT;
  for (struct uv__signal_port* port = uv__load_acquire(&table.ports);
       port != NULL; port = uv__load_acquire(&port->next))
    notify(port, signum);
  unlock();
  errno = saved_errno;
}

/* --- Dispositions --------------------------------------------------------- */

static enum mode wanted_mode(int signum) {
  enum mode wanted = MODE_DEFAULT;
  for (struct uv__signal_port* port = table.ports; port; port = port->next) {
    if (port->slots[signum].plain_count > 0) return MODE_KEPT;
    if (port->slots[signum].armed_count > 0) wanted = MODE_ONCE;
  }
  return wanted;
}

/* Install what the ports want. 0 or UV_E*. */
static int settle(int signum) {
  enum mode wanted = wanted_mode(signum);
  if (table.modes[signum] == wanted) return 0;
  struct sigaction action = { 0 };
  sigfillset(&action.sa_mask);
  if (wanted == MODE_DEFAULT) {
    action.sa_handler = SIG_DFL;
  } else {
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    if (wanted == MODE_ONCE) action.sa_flags |= (int) SA_RESETHAND;
  }
  if (sigaction(signum, &action, NULL) != 0) return UV__ERR(errno);
  table.modes[signum] = (unsigned char) wanted;
  return 0;
}

static unsigned* watcher_count(struct uv__signal_slot* slot, bool is_oneshot) {
  return is_oneshot ? &slot->armed_count : &slot->plain_count;
}

int uv__sigtable_watch(struct uv__signal_port* port, int signum,
                       bool is_oneshot, unsigned* since) {
  struct uv__signal_slot* slot = &port->slots[signum];
  sigset_t saved;
  enter(&saved);
  unsigned* count = watcher_count(slot, is_oneshot);
  *count += 1;
  int rc = settle(signum);
  if (rc != 0)
    *count -= 1;
  else
    *since = uv__load_relaxed(&slot->caught);
  leave(&saved);
  return rc;
}

unsigned uv__sigtable_unwatch(struct uv__signal_port* port, int signum,
                              bool is_oneshot, unsigned since) {
  struct uv__signal_slot* slot = &port->slots[signum];
  sigset_t saved;
  enter(&saved);
  unsigned caught = uv__load_relaxed(&slot->caught);
  /* A one-shot handle that was reached by a signal is not counted any more. */
  if (!is_oneshot || since == caught) {
    unsigned* count = watcher_count(slot, is_oneshot);
    UV__CHECK(*count > 0);
    *count -= 1;
  }
  int rc = settle(signum);
  UV__CHECK(rc == 0); /* What could be caught can be let go. */
  (void) rc;
  leave(&saved);
  return caught;
}

/* --- Ports ---------------------------------------------------------------- */

void uv__sigtable_attach(struct uv__signal_port* port) {
  sigset_t saved;
  enter(&saved);
  port->next = table.ports;
  uv__store_release(&table.ports, port);
  leave(&saved);
}

void uv__sigtable_detach(struct uv__signal_port* port) {
  sigset_t saved;
  enter(&saved);
  struct uv__signal_port** link = &table.ports;
  while (*link != NULL && *link != port) link = &(*link)->next;
  if (*link != NULL) {
    uv__store_release(link, port->next);
    for (int signum = 1; signum < UV__SIGNAL_END; signum++) settle(signum);
  }
  leave(&saved);
}

void uv__sigtable_redirect(struct uv__signal_port* port, int doorbell_fd) {
  sigset_t saved;
  enter(&saved);
  port->doorbell_fd = doorbell_fd;
  leave(&saved);
}

int uv__sigtable_rearm(struct uv__signal_port* port, int signum,
                       unsigned oneshot_count, unsigned* since) {
  struct uv__signal_slot* slot = &port->slots[signum];
  sigset_t saved;
  enter(&saved);
  slot->armed_count = oneshot_count;
  *since = uv__load_relaxed(&slot->caught);
  int rc = settle(signum);
  leave(&saved);
  return rc;
}

void uv__sigtable_forget_all(void) {
  sigset_t saved;
  enter(&saved);
  table.ports = NULL;
  leave(&saved);
}
