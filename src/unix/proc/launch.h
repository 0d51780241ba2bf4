/* SPDX-License-Identifier: MIT */
/* Making the process of a prepared child. Loop thread only. */
#ifndef POLLUX_UNIX_PROC_LAUNCH_H
#define POLLUX_UNIX_PROC_LAUNCH_H

#include "unix/proc/child.h"

#include <sys/types.h>

/* 0 and `*pid` once the program runs; or UV_E*, why it could not: no process is
 * left then. */
int uv__launch(struct uv__child* child, pid_t* pid);

/* The two ways, for tests; the caller may have signals unblocked. Vfork:
 * UV_ENOSYS or the like when there is no process because the kernel or a
 * sandbox refuses this way. */
int uv__launch_forked(struct uv__child* child, pid_t* pid);
int uv__launch_vfork(struct uv__child* child, pid_t* pid);

#endif
