/* SPDX-License-Identifier: MIT */
/* Library: Pollux's own answers, asked of libuv.so.1 itself by pollux.h, with
 * the environment as it is now. */
#ifndef POLLUX_TOOL_LIBRARY_H
#define POLLUX_TOOL_LIBRARY_H

#include <stdint.h>

struct library_answer {
  char version[32]; /* uv_version_string(). */
  char monitor[32]; /* The monitor of a loop that has polled. */
  char reason[512]; /* pollux_monitor_reason(). */
  uint64_t spin_max_ns;
  unsigned parallelism; /* uv_available_parallelism(). */
};

/* Ask the library in `home` about a loop on `monitor`; NULL: as the environment
 * has it. A child of this process asks, so nothing stays loaded here. 0 or a
 * negative errno; -EINVAL: the library knows no such monitor. */
int library_ask(const char* home, const char* monitor,
                struct library_answer* answer);

#endif
