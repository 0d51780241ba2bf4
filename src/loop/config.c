/* SPDX-License-Identifier: MIT */
/* Reading the environment; the names are explained in docs/environment.md. */
#include "loop/config.h"

#include "base/abi.h"
#include "loop/live.h"
#include "loop/stats-sink.h"
#include "unix/io/control.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000000) /* ns */

static struct uv__config config;
static uv_once_t once = UV_ONCE_INIT;

static bool is_one_of(const char* word, const char* const* list) {
  while (*list != NULL && strcasecmp(*list, word) != 0) list++;
  return *list != NULL;
}

enum uv__stats_kind uv__stats_kind_of(const char* text) {
  static const char* const off[] = { "", "0", "no", "off", "false", NULL };
  static const char* const on[] = { "1",      "yes",         "on", "true",
                                    "stderr", "/dev/stderr", NULL };
  if (is_one_of(text, off)) return UV__STATS_OFF;
  if (is_one_of(text, on)) return UV__STATS_STDERR;
  if (strcasecmp(text, "live") == 0) return UV__STATS_LIVE;
  return strpbrk(text, "/.") != NULL ? UV__STATS_PATH : UV__STATS_UNKNOWN;
}

int uv__span_from(const char* text, int64_t plain_ns, int64_t high_ns,
                  int64_t* ret_ns) {
  static const struct {
    const char* name;
    int64_t ns;
  } units[] = { { "ns", 1 }, { "us", 1000 }, { "ms", MS }, { "s", 1000 * MS } };
  if (!isdigit((unsigned char) *text)) return UV_EINVAL;
  char* end;
  errno = 0;
  long long count = strtoll(text, &end, 10);
  bool is_huge = errno == ERANGE;
  int64_t unit_ns = *end == '\0' ? plain_ns : 0;
  for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
    if (strcasecmp(units[i].name, end) == 0) unit_ns = units[i].ns;
  if (unit_ns == 0) return UV_EINVAL;
  if (is_huge || count > high_ns / unit_ns) return UV_ERANGE;
  *ret_ns = count * unit_ns;
  return 0;
}

void uv__complain(char* text, size_t size, const char* name, const char* value,
                  const char* fault) {
  enum { SHOWN_MAX = 40 };
  char shown[SHOWN_MAX + sizeof("...")];
  size_t len = strnlen(value, SHOWN_MAX);
  for (size_t i = 0; i < len; i++)
    shown[i] =
        value[i] > ' ' && value[i] < 127 && value[i] != ';' ? value[i] : '?';
  strcpy(shown + len, value[len] == '\0' ? "" : "...");
  size_t used = strlen(text);
  snprintf(text + used, size - used, "%s%s=%s %s", used == 0 ? "" : "; ", name,
           shown, fault);
}

static const char* text(const char* name) {
  const char* value = secure_getenv(name);
  return value == NULL || *value == '\0' ? NULL : value;
}

static void complain(const char* name, const char* fault) {
  uv__complain(config.complaint, sizeof(config.complaint), name, text(name),
               fault);
}

static void complain_of(const char* name, int rc) {
  complain(name, rc == UV_ERANGE    ? "is out of range"
                 : rc == UV_ENOTSUP ? "is not built"
                                    : "is not understood");
}

static int64_t span(const char* name, int64_t plain_ns, int64_t high_ns,
                    int64_t fallback_ns) {
  int64_t value_ns = fallback_ns;
  const char* value = text(name);
  int rc =
      value == NULL ? 0 : uv__span_from(value, plain_ns, high_ns, &value_ns);
  if (rc != 0) complain_of(name, rc);
  return value_ns;
}

/* From 1 to `high`. */
static unsigned small(const char* name, long high, unsigned fallback) {
  const char* value = text(name);
  if (value == NULL) return fallback;
  char* end;
  long parsed = strtol(value, &end, 10); /* Huge ones are beyond `high` too. */
  bool is_number = end != value && *end == '\0';
  if (is_number && parsed >= 1 && parsed <= high) return (unsigned) parsed;
  complain_of(name, is_number ? UV_ERANGE : UV_EINVAL);
  return fallback;
}

static void read_spin_limits(void) {
  int64_t asked_ns = span("POLLUX_POLL_MAX_NS", 1, UV__POLL_MAX_NS_MAX, -1);
  config.spin = (struct uv__spin_limits){
    .max_ns = asked_ns < 0 ? UV__POLL_MAX_NS_DEFAULT : asked_ns,
    .grow =
        small("POLLUX_POLL_GROW", UV__POLL_FACTOR_MAX, UV__POLL_FACTOR_DEFAULT),
    .shrink = small("POLLUX_POLL_SHRINK", UV__POLL_FACTOR_MAX,
                    UV__POLL_FACTOR_DEFAULT),
    .weight = small("POLLUX_POLL_WEIGHT", UV__POLL_WEIGHT_MAX,
                    UV__POLL_WEIGHT_DEFAULT),
    .is_tried = asked_ns < 0,
  };
  config.linger = config.spin;
  if (!config.spin.is_tried) return;
  config.linger.max_ns = UV__LINGER_MAX_NS_DEFAULT;
  config.linger.is_tried = false;
  config.linger.is_cpu_bounded = true;
}

static const char* monitor(const char* name) {
  const char* found = NULL;
  const char* value = text(name);
  int rc = value == NULL ? 0 : uv__io_find(value, &found);
  if (rc != 0) complain_of(name, rc);
  return found;
}

static void complain_error(const char* name, const char* what, int rc) {
  char error[24];
  char fault[80];
  uv_err_name_r(rc, error, sizeof(error));
  snprintf(fault, sizeof(fault), "%s: %s", what, error);
  complain(name, fault);
}

static void open_live(const char* name) {
  int rc = uv__live_open();
  config.is_live = rc == 0;
  if (rc == UV_ENOENT)
    complain(name, "has no folder: set XDG_RUNTIME_DIR");
  else if (rc == UV_EPERM)
    complain(name, "is refused: XDG_RUNTIME_DIR is not private");
  else if (rc != 0)
    complain_error(name, "cannot be written", rc);
}

static void open_stats(const char* name) {
  const char* value = text(name);
  enum uv__stats_kind kind =
      value == NULL ? UV__STATS_OFF : uv__stats_kind_of(value);
  if (kind == UV__STATS_OFF) return;
  if (kind == UV__STATS_UNKNOWN) {
    complain_of(name, UV_EINVAL);
    return;
  }
  if (kind == UV__STATS_LIVE) {
    open_live(name);
    return;
  }
  int rc = uv__stats_sink_open(kind == UV__STATS_PATH ? value : NULL);
  if (rc != 0) complain_error(name, "cannot be written", rc);
}

static void read_once(void) {
  const char* ring = text("UV_USE_IO_URING");
  config.monitor = monitor("POLLUX_MONITOR");
  config.ring_is_forbidden = ring != NULL && strcmp(ring, "0") == 0;
  read_spin_limits();
  config.idle_ns = (uint64_t) span("POLLUX_IDLE_MS", MS, UV__IDLE_MS_MAX * MS,
                                   UV__IDLE_MS_DEFAULT * MS);
  open_stats("POLLUX_STATS");
}

const struct uv__config* uv__config(void) {
  uv_once(&once, read_once);
  return &config;
}

unsigned uv__pool_size_from(const char* text) {
  if (text == NULL) return UV__POOL_SIZE_DEFAULT;

  char* end = NULL;
  long count = strtol(text, &end, 10);
  const bool has_digits = end != text;
  while (isspace((unsigned char) *end)) end++;

  if (!has_digits || *end != '\0' || count < 1) return UV__POOL_SIZE_DEFAULT;
  return count > UV__POOL_SIZE_MAX ? UV__POOL_SIZE_MAX : (unsigned) count;
}
