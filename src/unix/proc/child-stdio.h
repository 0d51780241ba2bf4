/* SPDX-License-Identifier: MIT */
/* The descriptors a child starts with, as options->stdio describes them. */
#ifndef POLLUX_UNIX_PROC_CHILD_STDIO_H
#define POLLUX_UNIX_PROC_CHILD_STDIO_H

#include "base/abi.h"

struct uv__stdio {
  int* child_fds;  /* What becomes descriptor i; -1: nothing. */
  int* source_fds; /* A copy of them, for the child to change. */
  int* parent_fds; /* Our end of a new pipe, until a stream has it; else -1. */
  int count;       /* At least 3. */
  int open_count;  /* Entries of options->stdio that have been opened. */
};

/* Create the pipes and give our ends to their streams. 0 or UV_E*: nothing is
 * left open then, but for streams that had got theirs. */
int uv__stdio_open(struct uv__stdio* stdio,
                   const uv_process_options_t* options);

/* Close the child's ends of pipes, after the fork or instead of it. The streams
 * stay open: their readers see the end. */
void uv__stdio_close(struct uv__stdio* stdio,
                     const uv_process_options_t* options);

#endif
