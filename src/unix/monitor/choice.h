/* SPDX-License-Identifier: MIT */
/* Chooses the monitor of a loop, and knows the monitors' names. It knows no
 * monitor itself: what it has to know of one stands in the monitor's ops and in
 * the list that CMake makes. Loop thread only, uv__choice_name() aside. */
#ifndef POLLUX_UNIX_MONITOR_CHOICE_H
#define POLLUX_UNIX_MONITOR_CHOICE_H

#include "unix/monitor/monitor.h"

enum { UV__REASON_MAX = 640 };

struct uv__choice {
  const struct uv__monitor_ops* wish; /* NULL: auto. */
  bool ring_is_forbidden;             /* UV_USE_IO_URING=0. */
  const char* complaint;              /* Settings not in force; "" or NULL. */
  unsigned switches;                  /* Monitors opened after the first. */
  char reason[UV__REASON_MAX];        /* Why the present one. */
};

/* The monitor's name that `text` means, in small or capital letters. "auto" is
 * no monitor's name. 0; UV_EINVAL for no name; UV_ENOTSUP for the name of a
 * monitor that was not built. Any thread. */
int uv__choice_name(const char* text, const char** ret_name);

/* The monitor of that name; NULL if there is none or it was not built. */
const struct uv__monitor_ops* uv__choice_find(const char* name);

/* Open the wished monitor, or else the next in order of preference that opens;
 * `m->shell` is set. 0 and m->ops set, or UV_E* if none opens. The reason is
 * put on record. */
int uv__choice_open(struct uv__choice* choice, struct uv__monitor* m);

/* The open monitor failed with `error`: close it and open its successor. */
int uv__choice_fall_back(struct uv__choice* choice, struct uv__monitor* m,
                         int error);

#endif
