/* SPDX-License-Identifier: MIT */
/* Files that are shared with readers; see shared-file.h. */
#include "unix/os/shared-file.h"

#include "unix/os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- Where ---------------------------------------------------------------- */

/* Only we can make a name in it: no link or file of another user is there. */
static int check_folder(const char* folder) {
  struct stat about;
  if (stat(folder, &about) != 0) return UV__ERR(errno);
  if (!S_ISDIR(about.st_mode)) return UV_ENOTDIR;
  bool is_private = about.st_uid == geteuid() && (about.st_mode & 022) == 0;
  return is_private ? 0 : UV_EPERM;
}

int uv__runtime_folder(char* folder, size_t size) {
  const char* named = secure_getenv("XDG_RUNTIME_DIR");
  int len;
  if (named != NULL && *named == '/')
    len = snprintf(folder, size, "%s", named);
  else
    len = snprintf(folder, size, "/run/user/%u", (unsigned) geteuid());
  if (len < 0 || (size_t) len >= size) return UV_ENAMETOOLONG;
  return check_folder(folder);
}

uint64_t uv__process_began(uv_pid_t pid) {
  enum { FIELD = 22, AFTER_NAME = 2 };
  char path[32], text[1024];
  snprintf(path, sizeof(path), "/proc/%d/stat", (int) pid);
  if (uv__fd_slurp(path, text, sizeof(text)) <= 0) return 0;
  const char* at = strrchr(text, ')'); /* A name may have any character. */
  for (int field = AFTER_NAME; at != NULL && field < FIELD; field++)
    at = strchr(at + 1, ' ');
  return at == NULL ? 0 : strtoull(at, NULL, 10);
}

/* --- Memory --------------------------------------------------------------- */

int uv__shared_reserve(struct uv__shared_file* file, size_t size) {
  const int again = file->base != NULL ? MAP_FIXED : 0;
  void* base = mmap(file->base, size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | again, -1, 0);
  if (base == MAP_FAILED) return UV__ERR(errno);
  file->base = base;
  file->size = size;
  file->path[0] = '\0';
  return 0;
}

/* Allocate a part of the file and map it into its place. */
static int share(const struct uv__shared_file* file, int fd, size_t at,
                 size_t size) {
  const int rc = posix_fallocate(fd, (off_t) at, (off_t) size);
  if (rc != 0) return UV__ERR(rc);
  void* part = mmap(file->base + at, size, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_FIXED, fd, (off_t) at);
  return part == MAP_FAILED ? UV__ERR(errno) : 0;
}

static int make(const char* path) {
  const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  int fd = uv__fd_own(open(path, flags, 0600));
  if (fd != UV_EEXIST) return fd;
  if (unlink(path) != 0) return UV__ERR(errno);
  return uv__fd_own(open(path, flags, 0600));
}

int uv__shared_create(struct uv__shared_file* file, const char* path,
                      size_t size) {
  if (strlen(path) >= sizeof(file->path)) return UV_ENAMETOOLONG;
  const int fd = make(path);
  if (fd < 0) return fd;
  struct stat about;
  int rc = fchmod(fd, 0600) != 0 || fstat(fd, &about) != 0 ? UV__ERR(errno) : 0;
  if (rc == 0) rc = share(file, fd, 0, size);
  uv__close(fd);
  if (rc != 0) {
    (void) unlink(path);
    return rc;
  }
  file->dev = about.st_dev;
  file->ino = about.st_ino;
  strcpy(file->path, path);
  return 0;
}

int uv__shared_grow(const struct uv__shared_file* file, size_t at,
                    size_t size) {
  if (file->path[0] == '\0') return UV_ENOENT;
  const int fd = uv__fd_own(open(file->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  if (fd < 0) return fd;
  struct stat about;
  int rc = fstat(fd, &about) != 0 ? UV__ERR(errno) : 0;
  if (rc == 0 && (about.st_dev != file->dev || about.st_ino != file->ino))
    rc = UV_ENOENT;
  if (rc == 0) rc = share(file, fd, at, size);
  uv__close(fd);
  return rc;
}

void uv__shared_remove(struct uv__shared_file* file) {
  if (file->path[0] == '\0') return;
  (void) unlink(file->path);
  file->path[0] = '\0';
}
