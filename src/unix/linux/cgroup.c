/* SPDX-License-Identifier: MIT */
/* Limits set by control groups.
 *
 * A group's limit binds all groups below it, so the answer is the smallest one
 * on the way from our group up to the mount point. /proc/self/cgroup names our
 * group for each controller:
 *
 *   4:memory:/docker/1f2e      version 1, under /sys/fs/cgroup/memory
 *   0::/user.slice/x.scope     version 2, under /sys/fs/cgroup, or under
 *                              /sys/fs/cgroup/unified if both are in use
 *
 * Inside a container the name is often not visible under the mount: the mount
 * is the container's own group then, and its parents are out of sight. A level
 * whose files are missing is skipped therefore, not an error; so is the root
 * group of version 2, which has no limits.
 *
 * The parsers are pure; reading the files is all that is left around them. */
#include "unix/linux/cgroup.h"

#include "base/assert.h"
#include "unix/os/fd.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MOUNT "/sys/fs/cgroup"

/* Thirteen controllers with long names each, and some room. */
#define MEMBERSHIP_SIZE 8192

/* Two 64-bit numbers and what is around them. */
#define VALUE_SIZE 64

/* Version 1 has no word for "no limit": it is the largest multiple of the page
 * size that fits. No machine has half of that. */
#define V1_UNLIMITED ((uint64_t) 1 << 62)

/* --- Texts --------------------------------------------------------------- */

/* One "id:controllers:path" line, not ended by NULs. */
struct membership {
  const char* controllers;
  size_t controllers_len;
  const char* path;
  size_t path_len;
};

/* Take the next line of `*pos` apart; false at the end or at nonsense. */
static bool next_membership(const char** pos, struct membership* line) {
  const char* end = strchrnul(*pos, '\n');
  const char* first = memchr(*pos, ':', (size_t) (end - *pos));
  if (first == NULL) return false;
  const char* second = memchr(first + 1, ':', (size_t) (end - first - 1));
  if (second == NULL) return false;
  line->controllers = first + 1;
  line->controllers_len = (size_t) (second - first - 1);
  line->path = second + 1;
  line->path_len = (size_t) (end - second - 1);
  *pos = *end != '\0' ? end + 1 : end;
  return true;
}

/* Is `word` one of the items of a list that `separator` separates? */
static bool has_item(const char* list, size_t len, char separator,
                     const char* word) {
  const char* end = list + len;
  size_t word_len = strlen(word);
  for (const char* item = list; item <= end;) {
    const char* stop = memchr(item, separator, (size_t) (end - item));
    if (stop == NULL) stop = end;
    if ((size_t) (stop - item) == word_len && memcmp(item, word, word_len) == 0)
      return true;
    item = stop + 1;
  }
  return false;
}

/* Set `place` to a group below a mount point; false when it does not fit. */
static bool settle(struct uv__cgroup_place* place,
                   enum uv__cgroup_version version, const char* below,
                   const struct membership* line) {
  int mount_len = snprintf(place->dir, sizeof(place->dir), MOUNT "%s%s",
                           *below != '\0' ? "/" : "", below);
  if (mount_len < 0 || (size_t) mount_len >= sizeof(place->dir)) return false;
  place->version = version;
  place->mount_len = (size_t) mount_len;

  /* A group outside of our namespace: all we can see is the mount. */
  size_t len = line->path_len;
  if (has_item(line->path, len, '/', "..")) len = 0;
  while (len > 0 && line->path[len - 1] == '/') len--;
  if (len >= sizeof(place->dir) - place->mount_len) return false;
  memcpy(place->dir + mount_len, line->path, len);
  place->dir[place->mount_len + len] = '\0';
  return true;
}

bool uv__cgroup_locate(const char* text, const char* controller,
                       struct uv__cgroup_place* place) {
  struct membership line;
  struct membership unified = { .path = NULL };
  bool is_mixed = false;
  while (next_membership(&text, &line)) {
    if (has_item(line.controllers, line.controllers_len, ',', controller))
      return settle(place, UV__CGROUP_V1, controller, &line);
    if (line.controllers_len == 0)
      unified = line;
    else
      is_mixed = true;
  }
  if (unified.path == NULL) return false;
  return settle(place, UV__CGROUP_V2, is_mixed ? "unified" : "", &unified);
}

bool uv__cgroup_ascend(struct uv__cgroup_place* place) {
  char* below = place->dir + place->mount_len;
  char* slash = strrchr(below, '/');
  if (slash == NULL) return false;
  *slash = '\0';
  return true;
}

bool uv__cgroup_parse_bytes(const char* text, uint64_t* bytes) {
  uint64_t number;
  if (strncmp(text, "max", 3) == 0)
    number = UINT64_MAX;
  else if (*text < '0' || *text > '9' || sscanf(text, "%" SCNu64, &number) != 1)
    return false;
  *bytes = number >= V1_UNLIMITED ? UINT64_MAX : number;
  return true;
}

double uv__cgroup_parse_quota(const char* text) {
  int64_t quota_us, period_us;
  if (sscanf(text, "%" SCNd64 " %" SCNd64, &quota_us, &period_us) != 2)
    return 0;
  if (quota_us <= 0 || period_us <= 0) return 0;
  return (double) quota_us / (double) period_us;
}

/* --- Files --------------------------------------------------------------- */

/* Read one of a group's files; false when it is not there. */
static bool read_value(const struct uv__cgroup_place* place, const char* file,
                       char value[VALUE_SIZE]) {
  char path[sizeof(place->dir) + 32];
  int len = snprintf(path, sizeof(path), "%s/%s", place->dir, file);
  UV__CHECK(len > 0 && (size_t) len < sizeof(path));
  return uv__fd_slurp(path, value, VALUE_SIZE) >= 0;
}

static bool read_bytes(const struct uv__cgroup_place* place, const char* file,
                       uint64_t* bytes) {
  char value[VALUE_SIZE];
  return read_value(place, file, value) && uv__cgroup_parse_bytes(value, bytes);
}

/* Where we are, for `controller`. */
static bool find_place(const char* controller, struct uv__cgroup_place* place) {
  char text[MEMBERSHIP_SIZE];
  if (uv__fd_slurp("/proc/self/cgroup", text, sizeof(text)) < 0) return false;
  return uv__cgroup_locate(text, controller, place);
}

/* --- Processors ---------------------------------------------------------- */

/* The quota of this very group. */
static double quota_at(const struct uv__cgroup_place* place) {
  char quota[VALUE_SIZE];
  if (place->version == UV__CGROUP_V2)
    return read_value(place, "cpu.max", quota) ? uv__cgroup_parse_quota(quota)
                                               : 0;
  char period[VALUE_SIZE];
  if (!read_value(place, "cpu.cfs_quota_us", quota)) return 0;
  if (!read_value(place, "cpu.cfs_period_us", period)) return 0;
  char pair[2 * VALUE_SIZE];
  (void) snprintf(pair, sizeof(pair), "%s %s", quota, period);
  return uv__cgroup_parse_quota(pair);
}

double uv__cgroup_cpu_limit_from(struct uv__cgroup_place* place) {
  double smallest = 0;
  do {
    double here = quota_at(place);
    if (here > 0 && (smallest == 0 || here < smallest)) smallest = here;
  } while (uv__cgroup_ascend(place));
  return smallest;
}

double uv__cgroup_cpu_limit(void) {
  struct uv__cgroup_place place;
  return find_place("cpu", &place) ? uv__cgroup_cpu_limit_from(&place) : 0;
}

/* --- Memory -------------------------------------------------------------- */

/* The limit of this very group. Version 2 has two: above "high" a process is
 * slowed down to a crawl, so that is the one that counts when it is lower. */
static bool limit_at(const struct uv__cgroup_place* place, uint64_t* limit) {
  if (place->version == UV__CGROUP_V1)
    return read_bytes(place, "memory.limit_in_bytes", limit);
  uint64_t high;
  if (!read_bytes(place, "memory.max", limit)) return false;
  if (read_bytes(place, "memory.high", &high) && high < *limit) *limit = high;
  return true;
}

/* What this very group has used; 0 when it does not say. */
static uint64_t used_at(const struct uv__cgroup_place* place) {
  uint64_t used = 0;
  const char* file = place->version == UV__CGROUP_V1 ? "memory.usage_in_bytes"
                                                     : "memory.current";
  return read_bytes(place, file, &used) ? used : 0;
}

bool uv__cgroup_memory_from(struct uv__cgroup_place* place,
                            struct uv__cgroup_memory* memory) {
  struct uv__cgroup_memory found = { UINT64_MAX, UINT64_MAX };
  bool is_governed = false;
  do {
    uint64_t limit;
    if (!limit_at(place, &limit)) continue;
    is_governed = true;
    if (limit == UINT64_MAX) continue;
    uint64_t used = used_at(place);
    uint64_t left = used < limit ? limit - used : 0;
    if (limit < found.limit) found.limit = limit;
    if (left < found.left) found.left = left;
  } while (uv__cgroup_ascend(place));
  if (is_governed) *memory = found;
  return is_governed;
}

bool uv__cgroup_memory(struct uv__cgroup_memory* memory) {
  struct uv__cgroup_place place;
  return find_place("memory", &place) && uv__cgroup_memory_from(&place, memory);
}
