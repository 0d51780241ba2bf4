/* SPDX-License-Identifier: MIT */
/* Child: a program that runs below the tool as if the tool were not there. */
#ifndef POLLUX_TOOL_CHILD_H
#define POLLUX_TOOL_CHILD_H

#include <stdint.h>
#include <sys/types.h>

struct child_end {
  pid_t pid;
  int status; /* As waitpid(2) has it. */
  uint64_t took_ns;
};

/* Start it, hand signals on to it, and wait for its end. 0, or the exit code
 * for a program that could not be started. */
int child_run(const char* path, char** words, struct child_end* end);

/* The child's exit code. If a signal has ended it, that signal ends this
 * process too, as the caller's shell expects. */
int child_pass_on(const struct child_end* end);

#endif
