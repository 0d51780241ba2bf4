/* SPDX-License-Identifier: MIT */
/* The file or stderr that takes the lines of POLLUX_STATS. It is apart from
 * stats-line.c, which reads the settings, because the settings open it. */
#include "loop/stats-sink.h"

#include "unix/os/lines.h"

static struct uv__lines sink = { .fd = -1 };
static bool is_on;

int uv__stats_sink_open(const char* path) {
  int rc = path == NULL ? uv__lines_stderr(&sink) : uv__lines_open(&sink, path);
  is_on = rc == 0;
  return rc;
}

bool uv__stats_sink_is_on(void) {
  return is_on;
}

void uv__stats_sink_write(const char* line, size_t len) {
  uv__lines_write(&sink, line, len);
}

void uv__stats_sink_close(void) {
  uv__lines_close(&sink);
}
