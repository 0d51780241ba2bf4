/* SPDX-License-Identifier: MIT */
/* Could this program have registered handlers of pthread_atfork(3)? */
#ifndef POLLUX_UNIX_PROC_ATFORK_H
#define POLLUX_UNIX_PROC_ATFORK_H

#include <stdbool.h>

/* False: no object in this process can have registered a handler whose work
 * would be missed by a child that only executes a program. True: there may be
 * one, or it cannot be told. Any thread; cheap until objects come or go. */
bool uv__atfork_is_possible(void);

#endif
