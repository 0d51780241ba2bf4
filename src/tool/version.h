/* SPDX-License-Identifier: MIT */
/* Version: the libuv that a program was built for, where it can be known. */
#ifndef POLLUX_TOOL_VERSION_H
#define POLLUX_TOOL_VERSION_H

#include "tool/finding.h"
#include "tool/program.h"

/* `level`: the libuv that Pollux stands for, such as "1.53.0". */
void version_check(const char* root, const char* level,
                   const struct program* program, struct findings* findings);

#endif
