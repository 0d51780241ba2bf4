/* SPDX-License-Identifier: MIT */
/* Where the lines of POLLUX_STATS go. config.c opens it, once, before any loop
 * is there; stats-line.c writes to it, under its lock. */
#ifndef POLLUX_LOOP_STATS_SINK_H
#define POLLUX_LOOP_STATS_SINK_H

#include <stdbool.h>
#include <stddef.h>

/* Write lines to the file of that name, or with NULL to stderr. 0, or UV_E* as
 * uv__lines_open() says: then there will be no lines. */
int uv__stats_sink_open(const char* path);

/* Has it been opened? Constant once the settings have been read. */
bool uv__stats_sink_is_on(void);

void uv__stats_sink_write(const char* line, size_t len);

/* Close the file; later lines are dropped. */
void uv__stats_sink_close(void);

#endif
