/* SPDX-License-Identifier: MIT */
/* Watching a path through the system: the seam that a port fills with one file
 * (Linux: inotify.c). Besides these rows that file holds uv_fs_event_init(),
 * _start(), _stop() and _getpath(). */
#ifndef POLLUX_UNIX_FS_FS_EVENT_H
#define POLLUX_UNIX_FS_FS_EVENT_H

#include "base/abi.h"

#include <stdbool.h>

/* Rows of src/tables.c. */
bool uv__fs_event_close(uv_handle_t* handle);
int uv__fs_event_module_init(uv_loop_t* loop);
int uv__fs_event_module_fork(uv_loop_t* loop);
void uv__fs_event_module_close(uv_loop_t* loop);

#endif
