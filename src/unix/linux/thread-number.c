/* SPDX-License-Identifier: MIT */
/* The number that the kernel gives a thread. glibc has gettid(2) since 2.30. */
#include "unix/os/thread.h"

#include <sys/syscall.h>
#include <unistd.h>

unsigned long uv__thread_number(void) {
  return (unsigned long) syscall(SYS_gettid);
}
