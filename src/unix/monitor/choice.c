/* SPDX-License-Identifier: MIT */
/* Chooses a monitor: the wished one, or the next in order of preference. A
 * refusal reaches no user as an error, but it is on record with its reason.
 *
 * auto takes monitors with UV__FOR_AUTO only. A ring has none: a sandbox may
 * answer a probe by killing the process, and as a mere readiness monitor a ring
 * is not faster (docs/adr/0003-what-auto-picks.md). */
#include "unix/monitor/choice.h"

#include "base/abi.h"
#include "base/assert.h"
#include "base/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* CMake makes the list, in order of preference: a row UV__MONITOR(name) for
 * each monitor that was built, UV__MONITOR_ABSENT(name) for each other one. */
#define UV__MONITOR(id) extern const struct uv__monitor_ops uv__monitor_##id;
#define UV__MONITOR_ABSENT(id)
#include "monitors.inc"
#undef UV__MONITOR

static const struct uv__monitor_ops* const table[] = {
#define UV__MONITOR(id) &uv__monitor_##id,
#include "monitors.inc"
#undef UV__MONITOR
#undef UV__MONITOR_ABSENT
};

static const char* const names[] = {
#define UV__MONITOR(id) #id,
#define UV__MONITOR_ABSENT(id) #id,
#include "monitors.inc"
#undef UV__MONITOR
#undef UV__MONITOR_ABSENT
};

enum {
  TABLE_COUNT = sizeof(table) / sizeof(table[0]),
  NAME_COUNT = sizeof(names) / sizeof(names[0])
};

const struct uv__monitor_ops* uv__choice_find(const char* name) {
  for (size_t i = 0; i < TABLE_COUNT; i++)
    if (strcmp(table[i]->name, name) == 0) return table[i];
  return NULL;
}

int uv__choice_name(const char* text, const char** ret_name) {
  for (size_t i = 0; i < NAME_COUNT; i++) {
    if (strcasecmp(names[i], text) != 0) continue;
    if (uv__choice_find(names[i]) == NULL) return UV_ENOTSUP;
    *ret_name = names[i];
    return 0;
  }
  return UV_EINVAL;
}

/* TABLE_COUNT for one that is in no table: a test's own. */
static size_t index_of(const struct uv__monitor_ops* ops) {
  size_t i = 0;
  while (i < TABLE_COUNT && table[i] != ops) i++;
  return i;
}

/* May this monitor be opened without having been asked for by name? */
static bool is_candidate(const struct uv__choice* choice, size_t i) {
  return choice->wish != NULL || (table[i]->caps & UV__FOR_AUTO) != 0;
}

/* The first candidate from `first` on; TABLE_COUNT if there is none. */
static size_t next_candidate(const struct uv__choice* choice, size_t first) {
  size_t i = first;
  while (i < TABLE_COUNT && !is_candidate(choice, i)) i++;
  return i;
}

static size_t last_candidate(const struct uv__choice* choice) {
  size_t i = TABLE_COUNT - 1;
  while (i > 0 && !is_candidate(choice, i)) i--;
  return i;
}

static int try_one(struct uv__choice* choice, struct uv__monitor* m,
                   const struct uv__monitor_ops* ops) {
  m->refusal = NULL;
  if (choice->ring_is_forbidden && (ops->caps & UV__IS_RING) != 0) {
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
__attribute__((format(printf, 2, 3))) static void say(struct uv__choice* choice,
                                                      const char* format, ...) {
  size_t used = strlen(choice->reason);
  va_list args;
  va_start(args, format);
  vsnprintf(choice->reason + used, sizeof(choice->reason) - used, format, args);
  va_end(args);
}

static void say_error(struct uv__choice* choice, int error,
                      const char* refusal) {
  char name[24];
  uv_err_name_r(error, name, sizeof(name));
  say(choice, "%s", name);
  if (refusal != NULL) say(choice, ", %s", refusal);
}

/* Try the candidates from `first` on; note each refusal with its reason. */
static int open_from(struct uv__choice* choice, struct uv__monitor* m,
                     size_t first) {
  int rc = UV_ENOTSUP;
  for (size_t i = next_candidate(choice, first); i < TABLE_COUNT;
       i = next_candidate(choice, i + 1)) {
    rc = try_one(choice, m, table[i]);
    if (rc == 0) break;
    say(choice, "; %s refused: ", table[i]->name);
    say_error(choice, rc, m->refusal);
  }
  if (choice->complaint != NULL && *choice->complaint != '\0')
    say(choice, "; %s", choice->complaint);
  return rc;
}

int uv__choice_open(struct uv__choice* choice, struct uv__monitor* m) {
  UV__CHECK(m->ops == NULL);
  choice->reason[0] = '\0';
  say(choice, choice->wish != NULL ? "as asked" : "auto");
  if (choice->wish == NULL) return open_from(choice, m, 0);
  size_t at = index_of(choice->wish);
  return at < TABLE_COUNT ? open_from(choice, m, at)
                          : try_one(choice, m, choice->wish);
}

int uv__choice_fall_back(struct uv__choice* choice, struct uv__monitor* m,
                         int error) {
  const struct uv__monitor_ops* failed = m->ops;
  choice->reason[0] = '\0';
  say(choice, "%s failed: ", failed->name);
  say_error(choice, error, m->refusal);
  failed->teardown(m);
  m->ops = NULL;
  choice->switches++;
  /* The last candidate has no successor: it may start afresh. */
  size_t next = next_candidate(choice, index_of(failed) + 1);
  return open_from(choice, m,
                   next < TABLE_COUNT ? next : last_candidate(choice));
}
