/* SPDX-License-Identifier: MIT */
/* The row of src/tables.c for ttys; finish and fd are the streams' own
 * (net/stream.h). Loop thread only. */
#ifndef POLLUX_UNIX_NET_TTY_H
#define POLLUX_UNIX_NET_TTY_H

#include "base/abi.h"

#include <stdbool.h>

/* Gives the terminal its mode back when this handle is the one that
 * uv_tty_reset_mode() would act for, then closes the stream. */
bool uv__tty_close(uv_handle_t* handle);

#endif
