/* SPDX-License-Identifier: MIT */
/* Well-known folders: the current one, the user's, the one for scratch files.
 *
 * All follow the API's size rule (base/text.h): too small a buffer is told how
 * much is needed. A slash at the end is taken off folders for scratch files; a
 * home is given as it was found. */
#include "base/abi.h"
#include "base/alloc.h"
#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longer paths exist (a deep tree, entered step by step), to this bound. */
#define PATH_BYTES_MAX ((size_t) 1 << 20)

static bool is_room(const char* buffer, const size_t* size) {
  return buffer != NULL && size != NULL && *size > 0;
}

static int give(const char* path, char* buffer, size_t* size) {
  return uv__copy_out(path, strlen(path), buffer, size);
}

/* The current folder when PATH_MAX does not hold it. */
static int give_deep_cwd(char* buffer, size_t* size) {
  int rc = UV_ENAMETOOLONG;
  for (size_t cap = 2 * PATH_MAX; cap <= PATH_BYTES_MAX; cap *= 2) {
    char* path = uv__malloc(cap);
    if (path == NULL) return UV_ENOMEM;
    bool is_whole = getcwd(path, cap) != NULL;
    rc = is_whole ? give(path, buffer, size) : UV__ERR(errno);
    uv__free(path);
    if (is_whole || rc != UV_ERANGE) break;
  }
  return rc;
}

int uv_cwd(char* buffer, size_t* size) {
  if (!is_room(buffer, size)) return UV_EINVAL;
  char path[PATH_MAX];
  if (getcwd(path, sizeof(path)) != NULL) return give(path, buffer, size);
  if (errno == ERANGE) return give_deep_cwd(buffer, size);
  return UV__ERR(errno);
}

int uv_chdir(const char* dir) {
  if (dir == NULL) return UV_EINVAL;
  return chdir(dir) == 0 ? 0 : UV__ERR(errno);
}

/* HOME wins over the user database, even when it is nonsense. */
int uv_os_homedir(char* buffer, size_t* size) {
  if (!is_room(buffer, size)) return UV_EINVAL;
  const char* home = getenv("HOME");
  if (home != NULL) return give(home, buffer, size);

  uv_passwd_t user;
  int rc = uv_os_get_passwd(&user);
  if (rc != 0) return rc;
  rc = give(user.homedir, buffer, size);
  uv_os_free_passwd(&user);
  return rc;
}

int uv_os_tmpdir(char* buffer, size_t* size) {
  static const char* const names[] = { "TMPDIR", "TMP", "TEMP", "TEMPDIR" };
  if (!is_room(buffer, size)) return UV_EINVAL;
  const char* folder = NULL;
  for (size_t i = 0; folder == NULL && i < sizeof(names) / sizeof(*names); i++)
    folder = getenv(names[i]);
  if (folder == NULL) folder = "/tmp";
  size_t len = strlen(folder);
  if (len > 1 && folder[len - 1] == '/') len--;
  return uv__copy_out(folder, len, buffer, size);
}
