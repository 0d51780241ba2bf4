/* SPDX-License-Identifier: MIT */
/* The io state of a loop: all that the poll phase keeps. Made by the first loop
 * module, hangs on the first word of the loop's private state. This folder's
 * own header; the layers above use io.h, wake.h and control.h. */
#ifndef POLLUX_UNIX_IO_STATE_H
#define POLLUX_UNIX_IO_STATE_H

#include "base/abi.h"
#include "unix/io/control.h"
#include "unix/io/fdtable.h"
#include "unix/io/hotset.h"
#include "unix/io/wake.h"
#include "unix/monitor/monitor.h"
#include "unix/monitor/select.h"
#include "unix/monitor/shell.h"

#include <pthread.h>

enum {
  READY_MAX = 1024,       /* Events taken from the kernel at once. */
  DISPATCH_ROUNDS_MAX = 48, /* Full arrays in a row before timers get a turn. */
  RETRY_MS = 10           /* Sleep at most so long while a slot is unsettled. */
};

struct uv__iostate {
  struct uv__fdtable table;
  struct uv__hotset hot;
  struct uv__shell shell;
  struct uv__monitor monitor; /* .ops is NULL until the first poll. */
  struct uv__select select;
  struct uv__ready ready;
  struct uv__wake wake;
  struct uv__io_figures figures;
  uint64_t now_ns;    /* Moment of the last wait's end. */
  uint64_t idle_ns;   /* Silence after which a hot descriptor is parked. */
  pthread_t owner;    /* The thread that polled last; valid once .ops is set. */
  bool wants_switch;  /* select.wish has changed. */
  bool has_unsettled; /* The kernel had no room for some slot. */
  bool blocks_sigprof;
  bool counts_idle;   /* Metrics: measure the time spent waiting. */
  bool did_sleep;     /* The last wait found nothing at once. */
  uint64_t wait_since_ns; /* Any thread, atomic: 0 when not waiting. */
  uint64_t idle_total_ns; /* Any thread, atomic. */
};

/* The io state of a loop. */
static inline struct uv__iostate* uv__iostate_of(const uv_loop_t* loop) {
  return *(struct uv__iostate**) loop->internal_fields;
}

#endif
