/* SPDX-License-Identifier: MIT */
/* How busy the machine is, and for how long it has been up.
 *
 * procfs first: containers show their own figures there. The numbers in it are
 * decimal with a point, whatever the program's locale says, so neither strtod()
 * nor scanf() will do.
 *
 * Any thread. */
#include "base/abi.h"
#include "base/atomics.h"
#include "unix/os/cpus.h"
#include "unix/os/fd.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TEXT_SIZE 128

/* Read "12.34" and the space behind it at `*pos`; false when there is none. */
static bool take_decimal(const char** pos, double* value) {
  const char* digits = "0123456789";
  size_t whole_len = strspn(*pos, digits);
  if (whole_len == 0) return false;
  double number = 0;
  double weight = 1;
  const char* c = *pos;
  for (; whole_len > 0; whole_len--) number = number * 10 + (*c++ - '0');
  if (*c == '.')
    for (c++; strchr(digits, *c) != NULL && *c != '\0'; c++)
      number += (*c - '0') * (weight /= 10);
  *pos = c + strspn(c, " \n");
  *value = number;
  return true;
}

/* Read `count` decimals from the start of a file. */
static bool read_decimals(const char* path, double* values, size_t count) {
  char text[TEXT_SIZE];
  if (uv__fd_slurp(path, text, sizeof(text)) < 0) return false;
  const char* pos = text;
  for (size_t i = 0; i < count; i++)
    if (!take_decimal(&pos, &values[i])) return false;
  return true;
}

/* Leaves `avg` alone when there is no answer: it has no way to fail. */
void uv_loadavg(double avg[3]) {
  double found[3];
  if (read_decimals("/proc/loadavg", found, 3) || getloadavg(found, 3) == 3)
    memcpy(avg, found, sizeof(found));
}

/* The fourth field is "running/all", of the machine. So it is compared with the
 * machine's CPUs, not with those that this process may use. */
bool uv__cpus_are_crowded(void) {
  static long online; /* Atomic; 0: not asked yet. To ask reads a file, too. */
  double found[4];
  if (uv__load_relaxed(&online) == 0)
    uv__store_relaxed(&online, sysconf(_SC_NPROCESSORS_ONLN));
  if (!read_decimals("/proc/loadavg", found, 4)) return false;
  return found[3] > (double) uv__load_relaxed(&online);
}

/* Time asleep counts too. */
int uv_uptime(double* uptime) {
  if (uptime == NULL) return UV_EINVAL;
  double seconds;
  if (!read_decimals("/proc/uptime", &seconds, 1)) {
    struct timespec up;
    if (clock_gettime(CLOCK_BOOTTIME, &up) != 0) return UV__ERR(errno);
    seconds = (double) up.tv_sec + (double) up.tv_nsec / 1e9;
  }
  *uptime = seconds;
  return 0;
}
