/* SPDX-License-Identifier: MIT */
/* Control groups: what limits they put on processors and memory, in either
 * version. Any thread. */
#ifndef POLLUX_UNIX_LINUX_CGROUP_H
#define POLLUX_UNIX_LINUX_CGROUP_H

#include "base/abi.h"

#include <limits.h>
#include <stdbool.h>

/* --- What the rest of the library asks ----------------------------------- */

/* Processors that the quotas allow, 0.5 for half of one; 0 when no quota is
 * set or none can be read. Reads files: not for hot paths. */
double uv__cgroup_cpu_limit(void);

struct uv__cgroup_memory {
  uint64_t limit; /* The smallest limit; UINT64_MAX when none is set. */
  uint64_t left;  /* What may still be used; UINT64_MAX when none is set. */
};

/* False, and nothing written, where no memory group is in charge of us. */
bool uv__cgroup_memory(struct uv__cgroup_memory* memory);

/* --- The pieces, for their tests ----------------------------------------- */

enum uv__cgroup_version { UV__CGROUP_V1 = 1, UV__CGROUP_V2 = 2 };

/* The folder of one group. Moves upwards, never above its mount. */
struct uv__cgroup_place {
  enum uv__cgroup_version version;
  size_t mount_len;   /* Bytes of `dir` that are the mount point. */
  char dir[PATH_MAX]; /* No slash at its end. */
};

/* Find the group in charge of `controller` in the text of /proc/self/cgroup.
 * False when there is none, or its name is too long. Pure. */
bool uv__cgroup_locate(const char* text, const char* controller,
                       struct uv__cgroup_place* place);

/* Go to the group above; false at the mount point. Pure. */
bool uv__cgroup_ascend(struct uv__cgroup_place* place);

/* The number in a limit or usage file; UINT64_MAX for "max" and for what
 * version 1 writes instead. False for anything else. Pure. */
bool uv__cgroup_parse_bytes(const char* text, uint64_t* bytes);

/* Processors in a "quota period" pair, as in cpu.max; 0 for no quota ("max" or
 * -1) and for anything else that is not a pair. Pure. */
double uv__cgroup_parse_quota(const char* text);

/* The smallest limits from `place` upwards; both move `place`. */
double uv__cgroup_cpu_limit_from(struct uv__cgroup_place* place);
bool uv__cgroup_memory_from(struct uv__cgroup_place* place,
                            struct uv__cgroup_memory* memory);

#endif
