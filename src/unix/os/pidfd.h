/* SPDX-License-Identifier: MIT */
/* A descriptor that stands for a process. */
#ifndef POLLUX_UNIX_OS_PIDFD_H
#define POLLUX_UNIX_OS_PIDFD_H

/* A descriptor, closed on exec, that is readable once our child `pid` has
 * ended; or UV_E*, UV_ENOSYS where there is no such thing. */
int uv__pidfd_open(int pid);

#endif
