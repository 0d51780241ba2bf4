/* SPDX-License-Identifier: MIT */
/* Reading the environment; the names are explained in docs/environment.md. */
#include "loop/config.h"

#include "base/abi.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
  IDLE_MS_DEFAULT = 7000,
  IDLE_MS_MAX = 24 * 3600 * 1000,
  POLL_MAX_NS_DEFAULT = 10000, /* docs/adr/0004-busy-poll-default.md */
  POLL_MAX_NS_MAX = 10 * 1000 * 1000,
  POLL_FACTOR_DEFAULT = 2,
  POLL_FACTOR_MAX = 1000,
  POLL_WEIGHT_DEFAULT = 3,
  POLL_WEIGHT_MAX = 63
};

static struct uv__config config;
static uv_once_t once = UV_ONCE_INIT;

static const char* text(const char* name) {
  const char* value = secure_getenv(name);
  return value == NULL || *value == '\0' ? NULL : value;
}

static int64_t number(const char* name, int64_t low, int64_t high,
                      int64_t fallback) {
  const char* value = text(name);
  if (value == NULL) return fallback;
  char* end;
  errno = 0;
  long long parsed = strtoll(value, &end, 10);
  bool is_good = errno == 0 && *end == '\0' && parsed >= low && parsed <= high;
  return is_good ? parsed : fallback;
}

static unsigned small(const char* name, int64_t high, int64_t fallback) {
  return (unsigned) number(name, 1, high, fallback);
}

static struct uv__spin_limits spin_limits(void) {
  int64_t asked_ns = number("POLLUX_POLL_MAX_NS", 0, POLL_MAX_NS_MAX, -1);
  return (struct uv__spin_limits){
    .max_ns = asked_ns < 0 ? POLL_MAX_NS_DEFAULT : asked_ns,
    .grow = small("POLLUX_POLL_GROW", POLL_FACTOR_MAX, POLL_FACTOR_DEFAULT),
    .shrink = small("POLLUX_POLL_SHRINK", POLL_FACTOR_MAX, POLL_FACTOR_DEFAULT),
    .weight = small("POLLUX_POLL_WEIGHT", POLL_WEIGHT_MAX, POLL_WEIGHT_DEFAULT),
    .is_thrifty = asked_ns < 0,
  };
}

static void read_once(void) {
  const char* ring = text("UV_USE_IO_URING");
  config = (struct uv__config){
    .monitor = text("POLLUX_MONITOR"),
    .ring_is_forbidden = ring != NULL && strcmp(ring, "0") == 0,
    .idle_ms = number("POLLUX_IDLE_MS", 0, IDLE_MS_MAX, IDLE_MS_DEFAULT),
    .spin = spin_limits(),
    .stats = text("POLLUX_STATS"),
  };
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
