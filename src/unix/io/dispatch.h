/* SPDX-License-Identifier: MIT */
/* Dispatch: from the ready array to callbacks. Loop thread only. */
#ifndef POLLUX_UNIX_IO_DISPATCH_H
#define POLLUX_UNIX_IO_DISPATCH_H

#include "base/abi.h"
#include "unix/io/hotset.h"
#include "unix/monitor/monitor.h"

#include <stdbool.h>

struct uv__dispatched {
  size_t calls;    /* Callbacks made. */
  bool had_signal; /* The signal watcher was among them: the loop turns. */
};

/* Call back for everything in the ready array, and empty it. */
struct uv__dispatched uv__dispatch(uv_loop_t* loop, struct uv__hotset* hot,
                                   struct uv__ready* ready);

#endif
