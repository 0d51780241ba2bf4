/* SPDX-License-Identifier: MIT */
/* Counters of a loop, written where POLLUX_STATS says, when the loop closes. */
#ifndef POLLUX_LOOP_STATS_LINE_H
#define POLLUX_LOOP_STATS_LINE_H

#include "base/abi.h"

/* Write lines to that file, or with NULL to stderr: config.c, once, before any
 * loop is there. 0, or UV_E* as uv__lines_open() says, and then none is. */
int uv__stats_line_open(const char* path);

int uv__stats_line_init(uv_loop_t* loop);
/* From now on the loop is the child's. */
int uv__stats_line_fork(uv_loop_t* loop);
void uv__stats_line_close(uv_loop_t* loop);
/* The loops that were never closed, at the end of the process. */
void uv__stats_line_shutdown(void);

#endif
