/* SPDX-License-Identifier: MIT */
/* The hot set: decides for each descriptor whether the monitor looks at it in
 * every wait (hot) or the shell does (parked), and tells the kernel so. Only
 * these functions change a slot's state (slot.h). Loop thread only.
 *
 * They know no loop: fd table, monitor, shell and counters are given once. The
 * poll phase sets the time after each wait, and counts the waits in the
 * figures; both are values here, and not parameters, for speed.
 *
 *   placement.c   the moves of one descriptor into the kernel, and within it
 *   removal.c     its moves out of the kernel
 *   economy.c     when a move pays: promotion, bursts, the sweep
 *   handover.c    the moves of all: another monitor, thread or process
 *   hotlist.c     the list of hot descriptors
 *   hotset.c      set-up, end and validity
 *
 * With a monitor that has UV__HOT_IN_SHELL (epoll) every descriptor is the same
 * kernel entry: slots are HOT, the list stays empty, and nothing is swept. */
#ifndef POLLUX_UNIX_IO_HOTSET_H
#define POLLUX_UNIX_IO_HOTSET_H

#include "unix/io/control.h"
#include "unix/io/fdtable.h"
#include "unix/io/hotlist.h"

struct uv__monitor;
struct uv__shell;

struct uv__hotset {
  /* Given once, by uv__hotset_setup(). */
  struct uv__fdtable* table;
  struct uv__monitor* monitor; /* Its ops are NULL while none is open. */
  struct uv__shell* shell;
  struct uv__io_figures* figures;
  const void* loop; /* The first argument of the tracepoints. */
  /* The owner's wish: silence after which a hot descriptor is parked. 0: never,
   * and all begin hot, to show what that costs (POLLUX_IDLE_MS=0). */
  uint64_t idle_ns;
  uint64_t now_ns; /* The end of the latest wait; figures->waits numbers it. */
  struct uv__hotlist list;
  size_t hand;          /* Where in the list the sweep goes on. */
  unsigned burst_waits; /* Waits with many events, less those with few. */
  bool in_burst;        /* The shell's batch is cheaper: nothing is promoted. */
};

void uv__hotset_setup(struct uv__hotset* hot, struct uv__fdtable* table,
                      struct uv__monitor* monitor, struct uv__shell* shell,
                      struct uv__io_figures* figures, const void* loop);
void uv__hotset_free(struct uv__hotset* hot);

bool uv__hotset_valid(const struct uv__hotset* hot);

/* --- One descriptor --- */

/* Tell the kernel what the slot's watcher wants. 0; UV_ENOMEM and others: not
 * now, it stays dirty; UV_EBADF, UV_EPERM and the like: it cannot be watched,
 * and nothing of it is left in the kernel. */
int uv__hotset_settle(struct uv__hotset* hot, int fd);

/* The descriptor is not wanted any more: tell the kernel so. */
void uv__hotset_withdraw(struct uv__hotset* hot, int fd);

/* The descriptor is about to be closed or to change hands: nothing of it stays
 * in the kernel, and events on their way are stale. */
void uv__hotset_forget(struct uv__hotset* hot, int fd);

/* The monitor has reported UV__EV_REFUSED: the descriptor is parked from now
 * on. */
void uv__hotset_refuse(struct uv__hotset* hot, int fd);

/* An event of this slot is about to be dispatched: promote it or, in a burst,
 * park it, if that pays. */
void uv__hotset_note_event(struct uv__hotset* hot, int fd);

/* --- All descriptors --- */

/* After a poll phase that made `batch` callbacks: note whether this is a burst,
 * and park what has been silent. The step is bounded. */
void uv__hotset_sweep(struct uv__hotset* hot, size_t batch);

/* Everything hot goes back to the shell: before a switch of the monitor, or
 * when the loop becomes exposed. */
void uv__hotset_park_all(struct uv__hotset* hot);
/* A new monitor begins: what the shell has is its hot set if it says so, and
 * what the old one refused may be hot again. */
void uv__hotset_adopt(struct uv__hotset* hot);
/* The kernel's state is lost (failed monitor, other thread, fork): everything
 * wanted is dirty. `shell_too`: the shell's entries are lost as well. */
void uv__hotset_lose(struct uv__hotset* hot, bool shell_too);

#endif
