/* SPDX-License-Identifier: MIT */
/* From a child's end to its exit callback. Loop thread only. */
#ifndef POLLUX_UNIX_PROC_REAP_H
#define POLLUX_UNIX_PROC_REAP_H

#include "base/abi.h"

#include <stdbool.h>

/* What `status` of a uv_process_t is while its process may be alive; no value
 * of waitpid(2). */
#define UV__PROCESS_RUNNING (-1)

/* A process handle at rest: no process, not watched. */
void uv__reap_init(uv_process_t* handle);

/* Be ready for SIGCHLD; before the fork. 0 or UV_E*. Followed by
 * uv__reap_watch(), or by uv__reap_release() if there is no child after all. */
int uv__reap_require(uv_loop_t* loop);
void uv__reap_release(uv_loop_t* loop);

/* `pid` is a child of ours that is to be waited for: the handle is active. */
void uv__reap_watch(uv_process_t* handle, int pid);

/* Rows of src/tables.c. */
bool uv__process_close(uv_handle_t* handle);
int uv__process_module_fork(uv_loop_t* loop);
void uv__process_module_close(uv_loop_t* loop);

#endif
