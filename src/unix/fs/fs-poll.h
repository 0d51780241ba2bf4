/* SPDX-License-Identifier: MIT */
/* Watching a path by calling stat(2) at intervals. */
#ifndef POLLUX_UNIX_FS_FS_POLL_H
#define POLLUX_UNIX_FS_FS_POLL_H

#include "base/abi.h"

#include <stdbool.h>

/* Row of src/tables.c. */
bool uv__fs_poll_close(uv_handle_t* handle);

#endif
