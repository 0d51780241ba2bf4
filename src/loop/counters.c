/* SPDX-License-Identifier: MIT */
/* Reading the counters, and holding their table to the public struct. */
#include "loop/counters.h"

#include "loop/loop.h"
#include "unix/io/control.h"

#include <stddef.h>

/* The table has the struct's fields, all of them, in their order. */
#define X(field, source) INDEX_##field,
enum { UV__COUNTERS(X) COUNT };
#undef X
#define X(field, source)                                                       \
  _Static_assert(                                                              \
      offsetof(pollux_counters_t, field) == INDEX_##field * sizeof(uint64_t),  \
      #field " stands elsewhere in pollux.h");
UV__COUNTERS(X)
#undef X
_Static_assert(sizeof(pollux_counters_t) == COUNT * sizeof(uint64_t),
               "a field of pollux.h is missing in the table");

void uv__counters_read(const uv_loop_t* loop, pollux_counters_t* counters) {
  const struct uv__loop* self = uv__loop_of(loop);
  struct uv__io_report report;
  uv__io_report(loop, &report);
#define X(field, source) .field = (source),
  *counters = (pollux_counters_t){ UV__COUNTERS(X) };
#undef X
}
