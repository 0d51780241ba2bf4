/* SPDX-License-Identifier: MIT */
/* Stats page: the figures of a program that has ended, from the lines that its
 * loops have written to POLLUX_STATS, and what they suggest. */
#ifndef POLLUX_TOOL_STATS_PAGE_H
#define POLLUX_TOOL_STATS_PAGE_H

#include "tool/child.h"

#include <stdio.h>

/* A new file that only this user can read, in $XDG_RUNTIME_DIR, else $TMPDIR or
 * /tmp; NULL with errno set. The caller removes it and frees the name. */
char* stats_page_make_file(void);

void stats_page_print(const char* file, const char* program,
                      const struct child_end* end, FILE* stream);

#endif
