/* SPDX-License-Identifier: MIT */
/* Async handles, on top of the loop's wake (unix/io/wake.h). */
#ifndef POLLUX_LOOP_ASYNC_H
#define POLLUX_LOOP_ASYNC_H

#include "base/abi.h"

#include <stdbool.h>

/* uv_async_init() for a handle of ours: unlisted, unreferenced. */
int uv__async_init_internal(uv_loop_t* loop, uv_async_t* handle,
                            uv_async_cb cb);

/* Rows of src/tables.c. */
bool uv__async_close(uv_handle_t* handle);
int uv__async_module_init(uv_loop_t* loop);
int uv__async_module_fork(uv_loop_t* loop);
void uv__async_module_close(uv_loop_t* loop);

#endif
