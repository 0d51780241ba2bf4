/* SPDX-License-Identifier: MIT */
/* pidfd_open(2), since 5.3. By its number: libc has had a name for it only
 * since 2023. */
#include "unix/os/pidfd.h"

#include "base/abi.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

int uv__pidfd_open(int pid) {
  long fd = syscall(SYS_pidfd_open, pid, 0);
  return fd < 0 ? UV__ERR(errno) : (int) fd;
}
