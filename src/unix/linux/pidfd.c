/* SPDX-License-Identifier: MIT */
/* pidfd_open(2), since 5.3. By its number: libc has had a name for it only
 * since 2023. */
#include "unix/os/pidfd.h"

#include "unix/os/fd.h"

#include <sys/syscall.h>
#include <unistd.h>

int uv__pidfd_open(int pid) {
  return uv__fd_own((int) syscall(SYS_pidfd_open, pid, 0));
}
