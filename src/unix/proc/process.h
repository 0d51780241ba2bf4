/* SPDX-License-Identifier: MIT */
/* Process handles are public API (uv_spawn() and its kin, process.c). What the
 * rest of the library needs of them are the rows in unix/proc/reap.h, which
 * this header brings along. */
#ifndef POLLUX_UNIX_PROC_PROCESS_H
#define POLLUX_UNIX_PROC_PROCESS_H

#include "unix/proc/reap.h"

#endif
