/* SPDX-License-Identifier: MIT */
/* Stack sizes of threads. Any thread. */
#ifndef POLLUX_UNIX_OS_THREAD_H
#define POLLUX_UNIX_OS_THREAD_H

#include "base/abi.h"

#include <stddef.h>

/* `wanted` bytes as a thread can have them: at least `least`, and whole pages
 * of `page` bytes (a power of two). 0 when that is more than there is. Pure. */
size_t uv__thread_stack_fit(size_t wanted, size_t least, size_t page);

/* The stack a thread gets when its creator does not care. */
size_t uv__thread_stack_default(void);

/* Let another thread run, if one wants to. */
void uv__thread_yield(void);

/* The kernel's number of the calling thread. */
unsigned long uv__thread_number(void);

#endif
