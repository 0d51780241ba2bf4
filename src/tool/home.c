/* SPDX-License-Identifier: MIT */
/* Finds the library that belongs to this command: never one that merely has the
 * right name somewhere else. */
#include "tool/home.h"

#include "tool/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* From the folder of the command: as installed, and as in a build tree. */
static const char* const ways[] = { POLLUX_TOOL_WAY_HOME, "../lib/pollux" };

static char* folder_of_self(void) {
  char path[PATH_MAX];
  ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
  if (len <= 0) return NULL;
  path[len] = '\0';
  char* slash = strrchr(path, '/');
  if (slash == NULL) return NULL;
  *slash = '\0';
  return text_copy(path);
}

char* home_find(void) {
  char* self = folder_of_self();
  char* home = NULL;
  if (self == NULL) return NULL;
  for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]) && home == NULL; i++) {
    char* folder = text_format("%s/%s", self, ways[i]);
    char* library = text_format("%s/libuv.so.1", folder);
    /* The name of the folder, without dots; the library itself may be a link.
     */
    if (access(library, R_OK) == 0) home = realpath(folder, NULL);
    free(library);
    free(folder);
  }
  free(self);
  return home;
}

char* home_search_path(const char* home, const char* present) {
  if (present == NULL || *present == '\0') return text_copy(home);
  return text_format("%s:%s", home, present);
}
