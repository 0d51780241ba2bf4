/* SPDX-License-Identifier: MIT */
/* Counters of a loop, written where POLLUX_STATS says, when the loop closes. */
#ifndef POLLUX_LOOP_STATPAGE_H
#define POLLUX_LOOP_STATPAGE_H

#include "base/abi.h"

int uv__statpage_init(uv_loop_t* loop);
void uv__statpage_close(uv_loop_t* loop);
/* The loops that were never closed, at the end of the process. */
void uv__statpage_shutdown(void);

#endif
