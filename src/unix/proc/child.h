/* SPDX-License-Identifier: MIT */
/* The new process, from fork to exec. */
#ifndef POLLUX_UNIX_PROC_CHILD_H
#define POLLUX_UNIX_PROC_CHILD_H

#include "base/abi.h"

/* Everything the child needs, made ready by the parent: later there is no
 * memory to be had. Pointers into uv_process_options_t are borrowed. What a
 * handler of pthread_atfork(3) may change in the child (environment, working
 * directory, limits, open files) is not in here: the child looks then.
 * It may run in the parent's memory: it changes what is said to be its own,
 * nothing else. */
struct uv__child {
  const uv_process_options_t* options;
  int* source_fds; /* What becomes descriptor i; -1: nothing. The child's. */
  int source_count;
  int error_fd; /* Close-on-exec; the UV_E* of a failure. -1: none. */
  char** argv;
  char** shell_argv; /* "/bin/sh", a free place, argv[1...]. */
};

/* Fill in all but the descriptors. 0 or UV_E*: nothing is left then. Undone by
 * uv__child_discard(). */
int uv__child_prepare(struct uv__child* child,
                      const uv_process_options_t* options);
void uv__child_discard(struct uv__child* child);

/* Become the program, or report why not and exit with 127. Called in the child
 * with all signals blocked; async-signal-safe calls only. */
__attribute__((noreturn, no_sanitize_address)) void uv__child_run(
    struct uv__child* child);

#endif
