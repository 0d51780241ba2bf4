/* SPDX-License-Identifier: MIT */
/* Descriptors: opened close-on-exec from the first instant, EINTR retried here
 * and nowhere else. Every function returns 0 or a value >= 0, or UV_E*; errno
 * means nothing afterwards. Any thread. */
#ifndef POLLUX_UNIX_OS_FD_H
#define POLLUX_UNIX_OS_FD_H

#include "base/abi.h"

#include <stdbool.h>

/* close(2), never retried: after EINTR the descriptor is gone on Linux. Keeps
 * errno. 0 or UV_E*; a caller that cannot report it may ignore it. */
int uv__close(int fd);

/* Set or clear O_NONBLOCK, with no system call more than needed. */
int uv__fd_set_nonblock(int fd, bool on);
/* Set or clear FD_CLOEXEC. */
int uv__fd_set_cloexec(int fd, bool on);
/* The file status flags (F_GETFL). */
int uv__fd_flags(int fd);

/* For each call that makes a descriptor which the library keeps for itself:
 * `made_fd` is the call's result, -1 with errno. Returns a descriptor above the
 * standard ones, close-on-exec, or UV_E*: `made_fd` is closed then. The CTest
 * `own-fds` finds calls that do not go through here. */
int uv__fd_own(int made_fd);
/* The same for two; both or none. */
int uv__fd_own_both(int fds[2]);

/* open(2) with O_CLOEXEC. */
int uv__fd_open(const char* path, int flags, unsigned mode);

/* pipe2(2) for ourselves: [0] reads, [1] writes; `flags` are O_* for both ends,
 * O_CLOEXEC is added. */
int uv__fd_pipe(int fds[2], int flags);

/* Read a small text file whole (procfs, sysfs, cgroupfs) and end it with a NUL.
 * Returns the bytes read, at most size - 1, or UV_E*. */
int uv__fd_slurp(const char* path, char* buf, size_t size);

#endif
