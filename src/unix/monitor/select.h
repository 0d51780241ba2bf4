/* SPDX-License-Identifier: MIT */
/* Which monitor a loop gets. Loop thread only. */
#ifndef POLLUX_UNIX_MONITOR_SELECT_H
#define POLLUX_UNIX_MONITOR_SELECT_H

#include "unix/monitor/monitor.h"

enum { UV__REASON_MAX = 640 };

struct uv__select {
  const struct uv__monitor_ops* wish; /* NULL: auto. */
  bool ring_is_forbidden;             /* UV_USE_IO_URING=0. */
  const char* complaint;              /* Settings not in force; "" or NULL. */
  unsigned switches;                  /* Monitors opened after the first. */
  char reason[UV__REASON_MAX];        /* Why the present one. */
};

/* The monitor of that name that was built; NULL when there is none. "auto" is
 * not a monitor's name. */
const struct uv__monitor_ops* uv__select_find(const char* name);

/* Open the wished monitor, or the best one that opens; `m->shell` is set. 0 and
 * m->ops set, or UV_E* when not one can be had. The reason is put on record. */
int uv__select_open(struct uv__select* select, struct uv__monitor* m);

/* The open monitor failed with `error`: close it and open a simpler one. */
int uv__select_fall_back(struct uv__select* select, struct uv__monitor* m,
                         int error);

#endif
