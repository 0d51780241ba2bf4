/* SPDX-License-Identifier: MIT */
/* Copying a file: contents and permission bits.
 *
 * Open the source; open or create the destination; end if they are one file;
 * set its permissions, before anything is in it that others should not see;
 * share the blocks if that is asked for (FICLONE); else copy.
 *
 * Data is moved by a ladder of methods: copy_file_range(2), sendfile(2), read
 * and write. All go by the positions of the descriptors, so a method that fails
 * (wrong file system, old kernel, sandbox) leaves off where the next one goes
 * on, and only the last one's error is believed. Their end of file is believed
 * only when they have moved something: files in procfs have a size of 0, and
 * look empty to the fast methods.
 *
 * A destination that was created here is removed when the copy fails; one that
 * was there before is left behind incomplete, but it is not ours to remove. */
#include "unix/fs/fs.h"

#include "base/alloc.h"
#include "unix/os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

struct copy {
  int from_fd;
  int to_fd;
  struct stat from;
  struct stat to;
  bool is_created; /* The destination was not there before. */
};

/* --- The data ------------------------------------------------------------- */

enum {
  STEP_MAX = 1 << 30,        /* A gigabyte in one call: below all limits. */
  SCRATCH_SIZE = 128 * 1024, /* Where one more doubling gains nothing. */
};

/* Move up to `max` bytes. Bytes moved, 0 at the end, UV_E*. */
typedef ssize_t (*step_fn)(const struct copy* c, char* scratch, size_t max);

static ssize_t step_in_kernel(const struct copy* c, char* scratch, size_t max) {
  (void) scratch;
  ssize_t n = copy_file_range(c->from_fd, NULL, c->to_fd, NULL, max, 0);
  return n >= 0 ? n : UV__ERR(errno);
}

static ssize_t step_by_pages(const struct copy* c, char* scratch, size_t max) {
  (void) scratch;
  ssize_t n = sendfile(c->to_fd, c->from_fd, NULL, max);
  return n >= 0 ? n : UV__ERR(errno);
}

static ssize_t step_by_hand(const struct copy* c, char* scratch, size_t max) {
  ssize_t got =
      read(c->from_fd, scratch, max < SCRATCH_SIZE ? max : SCRATCH_SIZE);
  if (got < 0) return UV__ERR(errno);
  for (ssize_t done = 0; done < got;) {
    ssize_t n = write(c->to_fd, scratch + done, (size_t) (got - done));
    if (n < 0 && errno == EINTR) continue; /* What was read must not be lost. */
    if (n < 0) return UV__ERR(errno);
    done += n;
  }
  return got;
}

/* Step until the end, or `*left` is 0. How the last step went. */
static int march(const struct copy* c, step_fn step, char* scratch,
                 uint64_t* left) {
  while (*left > 0) {
    ssize_t n = step(c, scratch, *left < STEP_MAX ? (size_t) *left : STEP_MAX);
    if (n == UV_EINTR) continue;
    if (n <= 0) return (int) n;
    *left -= (uint64_t) n;
  }
  return 0;
}

static int copy_data(const struct copy* c) {
  static const step_fn shortcuts[] = { step_in_kernel, step_by_pages };
  /* A device or a FIFO may never end: no more than the size it claims. */
  uint64_t limit = S_ISREG(c->from.st_mode) ? (uint64_t) INT64_MAX
                                            : (uint64_t) c->from.st_size;
  uint64_t left = limit;
  for (size_t i = 0; i < sizeof(shortcuts) / sizeof(shortcuts[0]); i++) {
    int rc = march(c, shortcuts[i], NULL, &left);
    if (rc == 0 && left < limit) return 0;
  }
  if (left == 0) return 0;
  char* scratch = uv__malloc(SCRATCH_SIZE);
  if (scratch == NULL) return UV_ENOMEM;
  int rc = march(c, step_by_hand, scratch, &left);
  uv__free(scratch);
  return rc;
}

/* --- The destination ------------------------------------------------------ */

/* Open for writing, never truncating: it may be the source. The order of tries
 * tells whether we made it. */
static int open_destination(struct copy* c, const char* path, bool is_new) {
  mode_t mode = c->from.st_mode & 07777;
  int fd = uv__fd_open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  c->is_created = fd >= 0;
  if (fd == UV_EEXIST && !is_new) {
    fd = uv__fd_open(path, O_WRONLY, 0);
    /* A link to nowhere, or it went away just now. Then whose it is cannot be
     * told, so it will not be removed. */
    if (fd == UV_ENOENT) fd = uv__fd_open(path, O_WRONLY | O_CREAT, mode);
  }
  if (fd < 0) return fd;
  c->to_fd = fd;
  return 0;
}

/* CIFS mounts refuse fchmod(2) with EPERM to every user. */
static bool refuses_modes(int fd) {
  struct statfs info;
  if (fstatfs(fd, &info) != 0) return false;
  uint32_t magic = (uint32_t) info.f_type;
  return magic == CIFS_SUPER_MAGIC || magic == SMB2_SUPER_MAGIC;
}

static int copy_mode(const struct copy* c) {
  mode_t mode = c->from.st_mode & 07777;
  if (!S_ISREG(c->to.st_mode)) return 0; /* Devices keep theirs. */
  if ((c->to.st_mode & 07777) == mode) return 0;
  if (fchmod(c->to_fd, mode) == 0) return 0;
  int rc = UV__ERR(errno);
  return rc == UV_EPERM && refuses_modes(c->to_fd) ? 0 : rc;
}

static int fill_destination(const struct copy* c, int flags) {
  int rc = copy_mode(c);
  if (rc != 0) return rc;
  if (c->to.st_size > 0 && ftruncate(c->to_fd, 0) != 0) return UV__ERR(errno);
  if (flags & (UV_FS_COPYFILE_FICLONE | UV_FS_COPYFILE_FICLONE_FORCE)) {
    if (ioctl(c->to_fd, FICLONE, c->from_fd) == 0) return 0;
    if (flags & UV_FS_COPYFILE_FICLONE_FORCE) return UV__ERR(errno);
  }
  return copy_data(c);
}

static bool is_same_file(const struct stat* a, const struct stat* b) {
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int copy_to(struct copy* c, const char* path, int flags) {
  int rc = open_destination(c, path, (flags & UV_FS_COPYFILE_EXCL) != 0);
  if (rc != 0) return rc;
  if (fstat(c->to_fd, &c->to) != 0)
    rc = UV__ERR(errno);
  else if (!is_same_file(&c->from, &c->to))
    rc = fill_destination(c, flags);
  /* A network file system may tell only now that the data did not arrive. */
  int close_rc = uv__close(c->to_fd);
  if (rc == 0 && close_rc != UV_EINTR) rc = close_rc;
  if (rc != 0 && c->is_created) unlink(path);
  return rc;
}

ssize_t uv__fs_copyfile(uv_fs_t* req) {
  struct copy c = { .to_fd = -1 };
  c.from_fd = uv__fd_open(req->path, O_RDONLY, 0);
  if (c.from_fd < 0) return c.from_fd;
  int rc = 0;
  if (fstat(c.from_fd, &c.from) != 0)
    rc = UV__ERR(errno);
  else if (S_ISDIR(c.from.st_mode))
    rc = UV_EISDIR;
  else
    rc = copy_to(&c, req->new_path, req->flags);
  uv__close(c.from_fd);
  return rc;
}
