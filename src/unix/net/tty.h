/* SPDX-License-Identifier: MIT */
/* The row of src/tables.c for ttys; finish and fd are the streams' own
 * (net/stream/stream.h). Loop thread only. */
#ifndef POLLUX_UNIX_NET_TTY_H
#define POLLUX_UNIX_NET_TTY_H

#include "base/abi.h"

#include <stdbool.h>

/* Closes the stream. If uv_tty_reset_mode() would act on this handle's
 * descriptor, it first gives the terminal its mode back. */
bool uv__tty_close(uv_handle_t* handle);

#endif
