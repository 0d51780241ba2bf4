/* SPDX-License-Identifier: MIT */
/* AppArmor: a profile has the name of its program's file with dots for slashes,
 * and includes a file of the same name in local/ (Debian's habit). Its rules
 * are not interpreted: it is only looked whether one of the two names our
 * folder. */
#include "tool/doctor.h"

#include <stdlib.h>
#include <string.h>

/* /usr/sbin/named: usr.sbin.named */
static char* profile_name(const char* path) {
  char* name = text_copy(path + strspn(path, "/"));
  for (char* at = name; *at != '\0'; at++)
    if (*at == '/') *at = '.';
  return name;
}

static bool names_home(const struct patient* patient, const char* text) {
  return text != NULL && patient->home != NULL &&
         strstr(text, patient->home) != NULL;
}

void doctor_apparmor(const struct patient* patient, const char* path,
                     const char* profile, struct findings* findings) {
  if (profile != NULL && (text_starts_with(profile, "unconfined") ||
                          strstr(profile, "(enforce)") == NULL))
    return;
  char* name = profile_name(path);
  char* rules = doctor_read(patient, "/etc/apparmor.d/%s", name);
  char* local = doctor_read(patient, "/etc/apparmor.d/local/%s", name);
  const bool is_confined = profile != NULL || rules != NULL;
  if (is_confined && !names_home(patient, rules) && !names_home(patient, local))
    finding_add(
        findings, profile != NULL ? FINDING_FAULT : FINDING_NOTE, "program",
        "apparmor",
        text_format("%s has an AppArmor profile without a rule for %s: where "
                    "it is in force, the loader takes another libuv silently",
                    path, patient->home),
        text_format("add `%s/libuv.so* mr,` to /etc/apparmor.d/local/%s, then "
                    "`apparmor_parser -r /etc/apparmor.d/%s`",
                    patient->home, name, name));
  free(local);
  free(rules);
  free(name);
}
