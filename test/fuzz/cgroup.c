/* SPDX-License-Identifier: MIT */
/* /proc/self/cgroup and the files of control groups. */
#include "fuzz.h"

#include "unix/linux/cgroup.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  char* text = fuzz_text(data, size);
  uint64_t bytes = 0;
  (void) uv__cgroup_parse_bytes(text, &bytes);

  const double quota = uv__cgroup_parse_quota(text);
  FUZZ_HOLDS(isfinite(quota) && quota >= 0);

  static const char* const controllers[] = { "cpu", "memory", "" };
  for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
    struct uv__cgroup_place place;
    if (!uv__cgroup_locate(text, controllers[i], &place)) continue;
    /* The way up ends at the mount, after at most one step per byte. */
    size_t len = strnlen(place.dir, sizeof(place.dir));
    FUZZ_HOLDS(len < sizeof(place.dir) && len >= place.mount_len);
    while (uv__cgroup_ascend(&place)) {
      const size_t shorter = strlen(place.dir);
      FUZZ_HOLDS(shorter < len && shorter >= place.mount_len);
      len = shorter;
    }
  }
  free(text);
  return 0;
}
