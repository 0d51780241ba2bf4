/* SPDX-License-Identifier: MIT */
/* Counters of a loop, written where POLLUX_STATS says, when the loop closes. */
#ifndef POLLUX_LOOP_STATS_LINE_H
#define POLLUX_LOOP_STATS_LINE_H

#include "base/abi.h"

int uv__stats_line_init(uv_loop_t* loop);
/* From now on the loop is the child's. */
int uv__stats_line_fork(uv_loop_t* loop);
void uv__stats_line_close(uv_loop_t* loop);
/* The loops that were never closed, at the end of the process. */
void uv__stats_line_shutdown(void);

#endif
