/* SPDX-License-Identifier: MIT */
/* How much memory there is: in the machine, for this process, in use by it.
 *
 * "Free" is what the kernel could give out without swapping (MemAvailable), not
 * the unused rest, which tends to 0 on any machine that has been up a while.
 * Limits of control groups come from cgroup.c, those of the process from
 * getrlimit(2).
 *
 * Any thread; everything is read anew at each call. */
#include "base/abi.h"
#include "unix/linux/cgroup.h"
#include "unix/os/fd.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* What we look for is in the first lines of about fifty. */
#define MEMINFO_SIZE 4096

/* A line "Name:   123 kB" of a text, in bytes; 0 when it is not there. */
static uint64_t find_line(const char* text, const char* name) {
  size_t name_len = strlen(name);
  while (*text != '\0') {
    uint64_t kib;
    if (strncmp(text, name, name_len) == 0 && text[name_len] == ':' &&
        sscanf(text + name_len + 1, " %" SCNu64, &kib) == 1)
      return kib * 1024;
    text = strchrnul(text, '\n');
    if (*text != '\0') text++;
  }
  return 0;
}

static uint64_t read_meminfo(const char* name) {
  char text[MEMINFO_SIZE];
  if (uv__fd_slurp("/proc/meminfo", text, sizeof(text)) < 0) return 0;
  return find_line(text, name);
}

/* For where there is no procfs, or an odd one. */
enum field { FREE, TOTAL };
static uint64_t ask_kernel(enum field field) {
  struct sysinfo info;
  if (sysinfo(&info) != 0) return 0;
  uint64_t units = field == FREE ? info.freeram : info.totalram;
  return units * info.mem_unit;
}

uint64_t uv_get_free_memory(void) {
  uint64_t bytes = read_meminfo("MemAvailable");
  return bytes != 0 ? bytes : ask_kernel(FREE);
}

uint64_t uv_get_total_memory(void) {
  uint64_t bytes = read_meminfo("MemTotal");
  return bytes != 0 ? bytes : ask_kernel(TOTAL);
}

/* The lowest of `limit` (0: none) and what setrlimit(2) leaves to the process.
 */
static uint64_t under_rlimits(uint64_t limit) {
  static const int resources[] = { RLIMIT_AS, RLIMIT_DATA };
  for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
    struct rlimit own;
    if (getrlimit(resources[i], &own) != 0 || own.rlim_cur == RLIM_INFINITY)
      continue;
    if (limit == 0 || own.rlim_cur < limit) limit = own.rlim_cur;
  }
  return limit;
}

/* 0 when nothing limits us or that is unknown, UINT64_MAX when a control group
 * could, but does not. Resource limits count as in libuv since 1.52.1. */
uint64_t uv_get_constrained_memory(void) {
  struct uv__cgroup_memory group;
  return under_rlimits(uv__cgroup_memory(&group) ? group.limit : 0);
}

/* Neither more than our groups may still use, nor more than there is: a limit
 * may well be higher than what the rest of the machine leaves. */
uint64_t uv_get_available_memory(void) {
  uint64_t bytes = uv_get_free_memory();
  struct uv__cgroup_memory group;
  if (uv__cgroup_memory(&group) && group.left < bytes) bytes = group.left;
  return bytes;
}

int uv_resident_set_memory(size_t* rss) {
  if (rss == NULL) return UV_EINVAL;
  /* "size resident shared ...", in pages. */
  char text[256];
  int rc = uv__fd_slurp("/proc/self/statm", text, sizeof(text));
  if (rc < 0) return rc;
  size_t pages;
  if (sscanf(text, "%*u %zu", &pages) != 1) return UV_EINVAL;
  *rss = pages * (size_t) sysconf(_SC_PAGESIZE);
  return 0;
}
