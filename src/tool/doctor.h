/* SPDX-License-Identifier: MIT */
/* Doctor: the parts of `pollux doctor`, which add findings each. */
#ifndef POLLUX_TOOL_DOCTOR_H
#define POLLUX_TOOL_DOCTOR_H

#include "tool/verdict.h"

#include <stdbool.h>

struct patient {
  const char* root; /* Put before each name; "" for this system. */
  const char* home; /* Pollux's folder, or NULL. */
  const char* pid;  /* "self", or a process's number. */
  char* status;     /* Its /proc/PID/status; "" if there is none. */
  struct user user; /* Whose rights count. */
  bool is_here;     /* This system and this process: it can be tried out. */
};

/* The text of a file below the root, without the white space at its end; NULL
 * with errno set. */
char* doctor_read(const struct patient* patient, const char* format, ...)
    __attribute__((format(printf, 2, 3)));

/* The number behind `key` of a status file; -1: no such line. */
long doctor_status_number(const char* status, const char* key);

void doctor_program(const struct patient* patient,
                    const struct verdict* verdict,
                    const struct program* program, struct findings* findings);
void doctor_process(const struct patient* patient,
                    const struct verdict* verdict, struct findings* findings);
void doctor_library(const struct patient* patient, struct findings* findings);
void doctor_kernel(const struct patient* patient, struct findings* findings);
void doctor_cpus(const struct patient* patient, struct findings* findings);
void doctor_network(const struct patient* patient, struct findings* findings);

/* AppArmor: a profile that does not name Pollux's folder. `path` is the
 * program's; `profile` the one in force, NULL where that is not known. */
void doctor_apparmor(const struct patient* patient, const char* path,
                     const char* profile, struct findings* findings);

#endif
