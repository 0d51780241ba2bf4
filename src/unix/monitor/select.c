/* SPDX-License-Identifier: MIT */
/* Choosing a monitor: the wish, else down the list io_uring, epoll, poll,
 * silently but on record.
 *
 * auto starts with epoll and never makes a ring call unasked: a sandbox may
 * answer a probe by killing the process, and as a mere readiness monitor a ring
 * is not faster (docs/adr/0003-what-auto-picks.md). */
#include "unix/monitor/select.h"

#include "base/abi.h"
#include "base/assert.h"
#include "base/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The list is made by CMake: one UV__MONITOR(name) for each that was built, in
 * order of preference. */
#define UV__MONITOR(id) extern const struct uv__monitor_ops uv__monitor_##id;
#include "monitors.inc"
#undef UV__MONITOR

static const struct uv__monitor_ops* const table[] = {
#define UV__MONITOR(id) &uv__monitor_##id,
#include "monitors.inc"
#undef UV__MONITOR
};

enum { TABLE_COUNT = sizeof(table) / sizeof(table[0]) };

static const char auto_first[] = "epoll";
static const char needs_ring[] = "io_uring";

const struct uv__monitor_ops* uv__select_find(const char* name) {
  for (size_t i = 0; i < TABLE_COUNT; i++)
    if (strcmp(table[i]->name, name) == 0) return table[i];
  return NULL;
}

static size_t index_of(const struct uv__monitor_ops* ops) {
  size_t i = 0;
  while (i < TABLE_COUNT && table[i] != ops) i++;
  return i;
}

static int try_one(struct uv__select* select, struct uv__monitor* m,
                   const struct uv__monitor_ops* ops) {
  m->refusal = NULL;
  if (select->ring_is_forbidden && strcmp(ops->name, needs_ring) == 0) {
    m->refusal = "UV_USE_IO_URING=0";
    return UV_EPERM;
  }
  int rc = ops->setup(m);
  if (rc != 0) return rc;
  m->ops = ops;
  TRACE2(monitor_switch, m, ops->name);
  return 0;
}

/* Append to the reason; what finds no room is cut. */
__attribute__((format(printf, 2, 3))) static void
say(struct uv__select* select, const char* format, ...) {
  size_t used = strlen(select->reason);
  va_list args;
  va_start(args, format);
  vsnprintf(select->reason + used, sizeof(select->reason) - used, format, args);
  va_end(args);
}

static void say_error(struct uv__select* select, int error,
                      const char* refusal) {
  char name[24];
  uv_err_name_r(error, name, sizeof(name));
  say(select, "%s", name);
  if (refusal != NULL) say(select, ", %s", refusal);
}

/* Try the table from `first` on; each refusal is noted with its reason. */
static int open_from(struct uv__select* select, struct uv__monitor* m,
                     size_t first) {
  int rc = UV_ENOTSUP;
  for (size_t i = first; rc != 0 && i < TABLE_COUNT; i++) {
    rc = try_one(select, m, table[i]);
    if (rc == 0) break;
    say(select, "; %s refused: ", table[i]->name);
    say_error(select, rc, m->refusal);
  }
  if (select->complaint != NULL && *select->complaint != '\0')
    say(select, "; %s", select->complaint);
  return rc;
}

int uv__select_open(struct uv__select* select, struct uv__monitor* m) {
  UV__CHECK(m->ops == NULL);
  select->reason[0] = '\0';
  if (select->wish != NULL) {
    say(select, "as asked");
    size_t at = index_of(select->wish);
    if (at < TABLE_COUNT) return open_from(select, m, at);
    return try_one(select, m, select->wish); /* In no table: a test's own. */
  }
  say(select, "auto");
  const struct uv__monitor_ops* start = uv__select_find(auto_first);
  return open_from(select, m, start != NULL ? index_of(start) : 0);
}

int uv__select_fall_back(struct uv__select* select, struct uv__monitor* m,
                         int error) {
  const struct uv__monitor_ops* failed = m->ops;
  select->reason[0] = '\0';
  say(select, "%s failed: ", failed->name);
  say_error(select, error, m->refusal);
  failed->teardown(m);
  m->ops = NULL;
  select->switches++;
  /* The last in the list has no successor: it may start afresh. */
  size_t next = index_of(failed) + 1;
  return open_from(select, m, next < TABLE_COUNT ? next : TABLE_COUNT - 1);
}
