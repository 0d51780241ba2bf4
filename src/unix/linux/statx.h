/* SPDX-License-Identifier: MIT */
/* statx(2), also where the libc does not have it: musl before 1.2.5. There the
 * structure comes from the kernel's headers. Any thread. */
#ifndef POLLUX_UNIX_LINUX_STATX_H
#define POLLUX_UNIX_LINUX_STATX_H

#include "base/abi.h"

#include <sys/stat.h>

#ifdef POLLUX_HAVE_STATX
#define uv__statx statx
#else
#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int uv__statx(int dirfd, const char* path, int flags,
                            unsigned mask, struct statx* info) {
  return (int) syscall(SYS_statx, dirfd, path, flags, mask, info);
}
#endif

#endif
