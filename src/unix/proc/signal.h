/* SPDX-License-Identifier: MIT */
/* Signal handles: what the rest of the library needs of them. Loop thread. */
#ifndef POLLUX_UNIX_PROC_SIGNAL_H
#define POLLUX_UNIX_PROC_SIGNAL_H

#include "base/abi.h"

#include <stdbool.h>

/* uv_signal_init() for a handle of ours: unlisted, unreferenced. */
int uv__signal_init_internal(uv_loop_t* loop, uv_signal_t* handle);

/* uv_signal_start() for it. 0 or UV_E*. */
int uv__signal_start_internal(uv_signal_t* handle, uv_signal_cb signal_cb,
                              int signum);

/* Stop it; free when it is stopped. A signal that was caught already is not
 * reported any more. */
void uv__signal_halt(uv_signal_t* handle);

/* Rows of src/tables.c. */
bool uv__signal_close(uv_handle_t* handle);
int uv__signal_module_fork(uv_loop_t* loop);
void uv__signal_module_close(uv_loop_t* loop);
void uv__signal_module_shutdown(void);

#endif
