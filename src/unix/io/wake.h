/* SPDX-License-Identifier: MIT */
/* Wakes a loop from other threads and from signal handlers. The protocol, with
 * its memory ordering, is on top of wake.c. */
#ifndef POLLUX_UNIX_IO_WAKE_H
#define POLLUX_UNIX_IO_WAKE_H

#include "base/abi.h"

#include <stdbool.h>

enum uv__wake_mode {
  UV__WAKE_OUTSIDE, /* Not in uv_run(): an embedder may sleep on the shell. */
  UV__WAKE_AWAKE,   /* Running or spinning: looks before it sleeps. */
  UV__WAKE_ASLEEP,  /* In a blocking wait, or on the way into one. */
  UV__WAKE_TIMED,   /* The same; the sender notes when it wrote the doorbell. */
};

struct uv__wake {
  /* loop thread */
  int doorbell_fd;             /* eventfd, or the read end of a pipe. */
  int doorbell_write_fd;       /* Where senders write; often the same. */
  void (*on_wake)(uv_loop_t*); /* NULL until async.c has set it. */
  /* any thread, atomic */
  unsigned signalled;     /* Something was sent and not yet taken. */
  unsigned caught_signal; /* A signal handler wrote to its pipe. */
  unsigned mode;          /* enum uv__wake_mode; loop thread writes. */
  unsigned is_exposed;    /* uv_backend_fd() was asked for. */
  /* Words, so that a signal handler may change them on any machine: when the
   * doorbell was last written for a timed sleep (cut to a word), how often it
   * was written, and how often not. */
  size_t doorbell_ns, written, suppressed;
};

/* Make `on_wake` run in the loop's poll phase, soon. Any thread, and
 * async-signal-safe. At most one system call, none while the loop is awake. */
void uv__wake_send(uv_loop_t* loop);

/* Tell a spinning loop that a signal was caught; the signal pipe carries the
 * data. Async-signal-safe, errno kept. */
void uv__wake_note_signal(uv_loop_t* loop);

/* What to call when something was sent. Loop thread. */
void uv__wake_set_callback(uv_loop_t* loop, void (*on_wake)(uv_loop_t*));

/* Around uv_run(). Loop thread. */
void uv__wake_enter(uv_loop_t* loop);
void uv__wake_leave(uv_loop_t* loop);

/* --- For the poll phase --- */

/* Announce a sleep, UV__WAKE_ASLEEP or _TIMED. False: something was sent, do
 * not sleep. */
bool uv__wake_sleep(struct uv__wake* wake, enum uv__wake_mode how);
/* The sleep is over. */
void uv__wake_rise(struct uv__wake* wake);
/* Was anything sent? Then on_wake is due: look at the senders' data only after
 * this. */
bool uv__wake_take(struct uv__wake* wake);
/* From now on each send writes the doorbell. */
void uv__wake_expose(struct uv__wake* wake);

/* Rows of src/tables.c. */
int uv__wake_init(uv_loop_t* loop);
int uv__wake_fork(uv_loop_t* loop);
void uv__wake_close(uv_loop_t* loop);

#endif
