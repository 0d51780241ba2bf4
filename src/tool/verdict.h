/* SPDX-License-Identifier: MIT */
/* Verdict: can Pollux serve this program, and if not, what is in the way and
 * what would help. `run` asks before it starts a program, `doctor` prints it.
 */
#ifndef POLLUX_TOOL_VERDICT_H
#define POLLUX_TOOL_VERDICT_H

#include "tool/finding.h"
#include "tool/program.h"
#include "tool/user.h"

struct verdict {
  const char* home; /* Pollux's private folder, or NULL. */
  const char* root;
  const struct user* user; /* With whose rights the program will run. */
  struct binary library;   /* Pollux's libuv.so.1. */
};

/* Read the library in `home`; false when it cannot be read. */
bool verdict_begin(struct verdict* verdict);
void verdict_end(struct verdict* verdict);

/* Add what is to be said about the program. */
void verdict_on(const struct verdict* verdict, const struct program* program,
                struct findings* findings);

#endif
