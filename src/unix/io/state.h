/* SPDX-License-Identifier: MIT */
/* The io state of a loop: all that the poll phase keeps. The first loop module
 * makes it, and the first word of the loop's private state points to it.
 *
 * Only the files that put the poll phase together see it whole: iopoll.c,
 * control.c and the busy poll. The other files get their part as a parameter,
 * or by parts.h. The layers above use io.h, wake.h and control.h. */
#ifndef POLLUX_UNIX_IO_STATE_H
#define POLLUX_UNIX_IO_STATE_H

#include "base/abi.h"
#include "unix/io/busypoll.h"
#include "unix/io/control.h"
#include "unix/io/fdtable.h"
#include "unix/io/hotset.h"
#include "unix/io/parts.h"
#include "unix/io/wake.h"
#include "unix/monitor/monitor.h"
#include "unix/monitor/choice.h"
#include "unix/monitor/shell.h"

enum {
  READY_MAX = 1024,         /* Events taken from the kernel at once. */
  DISPATCH_ROUNDS_MAX = 48, /* Full arrays in a row before timers get a turn. */
  RETRY_MS = 10 /* Sleep at most so long while a slot is unsettled. */
};

struct uv__iostate {
  struct uv__io_parts parts; /* First: see parts.h. */

  /* What is wanted, and what is hot. */
  struct uv__fdtable table;
  struct uv__hotset hot;
  bool has_unsettled; /* The kernel had no room for some slot. */

  /* Where to wait. monitor.ops is NULL until the first poll; owner is the
   * number of the thread that polled last, valid from then on. */
  struct uv__shell shell;
  struct uv__monitor monitor;
  uint64_t owner;
  struct uv__choice choice;
  /* choice.wish has changed; UV_LOOP_BLOCK_SIGNAL is configured. */
  bool wants_switch, blocks_sigprof;

  /* The wait. */
  struct uv__ready ready;
  size_t batch; /* Callbacks made in this poll phase. */
  struct uv__wake wake;
  struct uv__busypoll busy;
  bool did_sleep; /* The last wait found nothing at once. */
  /* Idle time is counted; the wait is measured, for that or to learn from. */
  bool counts_idle, measures_waits;
  /* Any thread, atomic: begin of the wait, 0 when not waiting; sum so far. */
  uint64_t wait_since_ns, idle_total_ns;
  struct uv__io_figures figures;
};

/* The io state of a loop. */
static inline struct uv__iostate* uv__iostate_of(const uv_loop_t* loop) {
  return *(struct uv__iostate**) loop->internal_fields;
}

#endif
