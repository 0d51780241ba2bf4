/* SPDX-License-Identifier: MIT */
/* Lets Debian's node run from a private folder: libnode reads a few of its own
 * modules from /usr/share/nodejs by absolute path, and stops without them. This
 * library is preloaded and opens them below $POLLUX_APPS_NODEJS instead. It
 * changes no other call. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define PREFIX "/usr/share/nodejs/"

typedef int open_fn(const char* path, int flags, ...);

static int forward(const char* name, const char* path, int flags, mode_t mode) {
  open_fn* real = (open_fn*) dlsym(RTLD_NEXT, name);
  const char* folder = getenv("POLLUX_APPS_NODEJS");
  char moved[4096];
  if (folder != NULL && strncmp(path, PREFIX, strlen(PREFIX)) == 0 &&
      snprintf(moved, sizeof(moved), "%s/%s", folder, path + strlen(PREFIX)) <
          (int) sizeof(moved))
    path = moved;
  return real(path, flags, mode);
}

/* The mode is there only when a file may be created. */
static mode_t mode_of(int flags, va_list args) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(args, mode_t) : 0;
}

int open(const char* path, int flags, ...) {
  va_list args;
  va_start(args, flags);
  mode_t mode = mode_of(flags, args);
  va_end(args);
  return forward("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list args;
  va_start(args, flags);
  mode_t mode = mode_of(flags, args);
  va_end(args);
  return forward("open64", path, flags, mode);
}
