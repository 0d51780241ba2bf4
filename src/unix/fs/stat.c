/* SPDX-License-Identifier: MIT */
/* What is known about a file, and about a file system.
 *
 * statx(2) is asked first, as nothing else tells the time of birth. Where it is
 * missing, or a sandbox forbids it, fstatat(2) answers, and the time of birth
 * is 0. Sandboxes made for older kernels say EPERM where ENOSYS is meant, hence
 * the second opinion; once it has turned out to be better it is kept to.
 *
 * st_flags and st_gen do not exist on Linux and are 0. */
#include "unix/fs/fs.h"

#include "base/alloc.h"
#include "base/atomics.h"
#include "unix/linux/statx.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

/* statx(2) has failed where fstatat(2) has not. Any thread, atomic. */
static int is_statx_useless;

static uv_timespec_t time_of_statx(const struct statx_timestamp* t) {
  return (uv_timespec_t){ .tv_sec = (long) t->tv_sec,
                          .tv_nsec = (long) t->tv_nsec };
}

static uv_timespec_t time_of_stat(const struct timespec* t) {
  return (uv_timespec_t){ .tv_sec = (long) t->tv_sec,
                          .tv_nsec = (long) t->tv_nsec };
}

static void fill_from_statx(uv_stat_t* out, const struct statx* in) {
  *out = (uv_stat_t){
    .st_ino = in->stx_ino,
    .st_dev = makedev(in->stx_dev_major, in->stx_dev_minor),
    .st_rdev = makedev(in->stx_rdev_major, in->stx_rdev_minor),
    .st_nlink = in->stx_nlink,
    .st_mode = in->stx_mode,
    .st_uid = in->stx_uid,
    .st_gid = in->stx_gid,
    .st_blksize = in->stx_blksize,
    .st_blocks = in->stx_blocks,
    .st_size = in->stx_size,
    .st_birthtim = time_of_statx(&in->stx_btime),
    .st_ctim = time_of_statx(&in->stx_ctime),
    .st_mtim = time_of_statx(&in->stx_mtime),
    .st_atim = time_of_statx(&in->stx_atime),
  };
}

static void fill_from_stat(uv_stat_t* out, const struct stat* in) {
  *out = (uv_stat_t){
    .st_ino = in->st_ino,
    .st_dev = in->st_dev,
    .st_rdev = in->st_rdev,
    .st_nlink = in->st_nlink,
    .st_mode = in->st_mode,
    .st_uid = in->st_uid,
    .st_gid = in->st_gid,
    .st_blksize = (uint64_t) in->st_blksize,
    .st_blocks = (uint64_t) in->st_blocks,
    .st_size = (uint64_t) in->st_size,
    .st_ctim = time_of_stat(&in->st_ctim),
    .st_mtim = time_of_stat(&in->st_mtim),
    .st_atim = time_of_stat(&in->st_atim),
  };
}

static int ask_statx(uv_stat_t* out, int fd, const char* path, int flags) {
  struct statx info;
  memset(&info, 0, sizeof(info)); /* The kernel leaves out what it lacks. */
  if (uv__statx(fd, path, flags, STATX_BASIC_STATS | STATX_BTIME, &info) != 0)
    return UV__ERR(errno);
  fill_from_statx(out, &info);
  return 0;
}

static int ask_stat(uv_stat_t* out, int fd, const char* path, int flags) {
  struct stat info;
  if (fstatat(fd, path, &info, flags) != 0) return UV__ERR(errno);
  fill_from_stat(out, &info);
  return 0;
}

static bool is_worth_a_second_opinion(int rc) {
  return rc == UV_ENOSYS || rc == UV_EPERM || rc == UV_EINVAL ||
         rc == UV_ENOTSUP;
}

static int ask(uv_stat_t* out, int fd, const char* path, int flags) {
  if (uv__load_relaxed(&is_statx_useless))
    return ask_stat(out, fd, path, flags);
  int rc = ask_statx(out, fd, path, flags);
  if (rc == 0 || !is_worth_a_second_opinion(rc)) return rc;
  rc = ask_stat(out, fd, path, flags);
  if (rc == 0) uv__store_relaxed(&is_statx_useless, 1);
  return rc;
}

static ssize_t fill(uv_fs_t* req, int fd, const char* path, int flags) {
  int rc = ask(&req->statbuf, fd, path, flags);
  if (rc == 0) req->ptr = &req->statbuf;
  return rc;
}

ssize_t uv__fs_stat(uv_fs_t* req) {
  return fill(req, AT_FDCWD, req->path, 0);
}

ssize_t uv__fs_lstat(uv_fs_t* req) {
  return fill(req, AT_FDCWD, req->path, AT_SYMLINK_NOFOLLOW);
}

ssize_t uv__fs_fstat(uv_fs_t* req) {
  /* A negative number could be AT_FDCWD, and would be the working directory. */
  if (req->file < 0) return UV_EBADF;
  return fill(req, req->file, "", AT_EMPTY_PATH);
}

ssize_t uv__fs_statfs(uv_fs_t* req) {
  struct statfs info;
  if (statfs(req->path, &info) != 0) return UV__ERR(errno);
  uv_statfs_t* out = uv__calloc(1, sizeof(*out));
  if (out == NULL) return UV_ENOMEM;
  out->f_type = (uint64_t) info.f_type;
  out->f_bsize = (uint64_t) info.f_bsize;
  out->f_blocks = info.f_blocks;
  out->f_bfree = info.f_bfree;
  out->f_bavail = info.f_bavail;
  out->f_files = info.f_files;
  out->f_ffree = info.f_ffree;
  *uv__statfs_frsize_ref(out) = (uint64_t) info.f_frsize;
  req->ptr = out;
  return 0;
}
