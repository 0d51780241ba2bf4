/* SPDX-License-Identifier: MIT */
/* The process-wide side of signals: which loops watch what, and the operating
 * system's handler. Model, lock and fork: see the top of signal-os.c. */
#ifndef POLLUX_UNIX_PROC_SIGNAL_OS_H
#define POLLUX_UNIX_PROC_SIGNAL_OS_H

#include "base/abi.h"

#include <signal.h>
#include <stdbool.h>

/* One past the highest signal number. */
#define UV__SIGNAL_END NSIG

/* One signal, as seen by one loop. Counts only ever grow (and may wrap). */
struct uv__signal_slot {
  /* loop thread */
  struct uv__queue handles; /* Started; persistent first, then by address. */
  struct uv__queue todo;    /* Taken off `handles` by the turn under way. */
  unsigned taken;           /* Signals handed out to handles. */
  unsigned due;             /* To be handed out by the dispatch under way. */
  /* any thread, under the table's lock */
  unsigned plain_count; /* Persistent handles. */
  unsigned armed_count; /* One-shot handles no signal has reached yet. */
  /* signal handler; the loop reads it, atomic */
  unsigned caught;
};

/* One loop, as the handler sees it. */
struct uv__signal_port {
  /* any thread, under the table's lock */
  struct uv__signal_port* next;
  int doorbell_fd; /* A byte per signal, its number; -1: none. */
  /* constant while attached */
  uv_loop_t* loop;
  struct uv__signal_slot slots[UV__SIGNAL_END];
};

/* Let the handler see `port`, or see it no longer: after detach() returned it
 * is not touched and may be freed, whatever it still watched. */
void uv__sigtable_attach(struct uv__signal_port* port);
void uv__sigtable_detach(struct uv__signal_port* port);

/* Watch `signum` for one more handle. `*since` is the slot's count of caught
 * signals at that moment: what has a higher number is for this handle. 0, or
 * UV_EINVAL for a signal that cannot be caught: nothing has changed then. */
int uv__sigtable_watch(struct uv__signal_port* port, int signum,
                       bool is_oneshot, unsigned* since);

/* Undo it, with the `since` it gave. Returns the count at this moment. */
unsigned uv__sigtable_unwatch(struct uv__signal_port* port, int signum,
                              bool is_oneshot, unsigned since);

/* In the child of a fork: a new doorbell, and all one-shot handles of a slot
 * (`oneshot_count`) armed again; `*since` as for watch(). 0 or UV_E*. */
void uv__sigtable_redirect(struct uv__signal_port* port, int doorbell_fd);
int uv__sigtable_rearm(struct uv__signal_port* port, int signum,
                       unsigned oneshot_count, unsigned* since);

/* Forget all ports; handlers still installed do nothing from now on. */
void uv__sigtable_forget_all(void);

#endif
