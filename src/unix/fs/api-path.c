/* SPDX-License-Identifier: MIT */
/* The entries of the API that work on paths. Each prepares the request with its
 * path or paths, stores its other arguments and posts it; api.c says what that
 * means. Those without further arguments share plain(). */
#include "unix/fs/fs.h"

/* --- A path and nothing else ---------------------------------------------- */

static int plain(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type,
                 const char* path, uv_fs_cb cb) {
  int rc = uv__fs_prepare_path(loop, req, type, cb, path);
  return rc == 0 ? uv__fs_post(req) : rc;
}

int uv_fs_stat(uv_loop_t* loop, uv_fs_t* req, const char* path, uv_fs_cb cb) {
  return plain(loop, req, UV_FS_STAT, path, cb);
}

int uv_fs_lstat(uv_loop_t* loop, uv_fs_t* req, const char* path, uv_fs_cb cb) {
  return plain(loop, req, UV_FS_LSTAT, path, cb);
}

/* `ptr` is a uv_statfs_t until the clean-up. */
int uv_fs_statfs(uv_loop_t* loop, uv_fs_t* req, const char* path, uv_fs_cb cb) {
  return plain(loop, req, UV_FS_STATFS, path, cb);
}

int uv_fs_unlink(uv_loop_t* loop, uv_fs_t* req, const char* path, uv_fs_cb cb) {
  return plain(loop, req, UV_FS_UNLINK, path, cb);
}

int uv_fs_rmdir(uv_loop_t* loop, uv_fs_t* req, const char* path, uv_fs_cb cb) {
  return plain(loop, req, UV_FS_RMDIR, path, cb);
}

/* `path` is the new directory's, in the request, until the clean-up. */
int uv_fs_mkdtemp(uv_loop_t* loop, uv_fs_t* req, const char* tpl, uv_fs_cb cb) {
  return plain(loop, req, UV_FS_MKDTEMP, tpl, cb);
}

/* As uv_fs_mkdtemp(); the result is a descriptor. */
int uv_fs_mkstemp(uv_loop_t* loop, uv_fs_t* req, const char* tpl, uv_fs_cb cb) {
  return plain(loop, req, UV_FS_MKSTEMP, tpl, cb);
}

/* `ptr` is the text until the clean-up. */
int uv_fs_readlink(uv_loop_t* loop, uv_fs_t* req, const char* path,
                   uv_fs_cb cb) {
  return plain(loop, req, UV_FS_READLINK, path, cb);
}

/* `ptr` is the text until the clean-up. */
int uv_fs_realpath(uv_loop_t* loop, uv_fs_t* req, const char* path,
                   uv_fs_cb cb) {
  return plain(loop, req, UV_FS_REALPATH, path, cb);
}

/* `ptr` is a uv_dir_t that belongs to the caller until uv_fs_closedir(). */
int uv_fs_opendir(uv_loop_t* loop, uv_fs_t* req, const char* path,
                  uv_fs_cb cb) {
  return plain(loop, req, UV_FS_OPENDIR, path, cb);
}

/* --- A path and more ------------------------------------------------------ */

static int with_flags(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type,
                      const char* path, int flags, uv_fs_cb cb) {
  int rc = uv__fs_prepare_path(loop, req, type, cb, path);
  if (rc != 0) return rc;
  req->flags = flags;
  return uv__fs_post(req);
}

/* The flags have no meaning yet; uv_fs_scandir_next() gives the entries. */
int uv_fs_scandir(uv_loop_t* loop, uv_fs_t* req, const char* path, int flags,
                  uv_fs_cb cb) {
  return with_flags(loop, req, UV_FS_SCANDIR, path, flags, cb);
}

int uv_fs_access(uv_loop_t* loop, uv_fs_t* req, const char* path, int mode,
                 uv_fs_cb cb) {
  return with_flags(loop, req, UV_FS_ACCESS, path, mode, cb);
}

int uv_fs_open(uv_loop_t* loop, uv_fs_t* req, const char* path, int flags,
               int mode, uv_fs_cb cb) {
  int rc = uv__fs_prepare_path(loop, req, UV_FS_OPEN, cb, path);
  if (rc != 0) return rc;
  req->flags = flags;
  req->mode = (mode_t) mode;
  return uv__fs_post(req);
}

/* Permission bits are the only argument. */
static int with_mode(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type,
                     const char* path, int mode, uv_fs_cb cb) {
  int rc = uv__fs_prepare_path(loop, req, type, cb, path);
  if (rc != 0) return rc;
  req->mode = (mode_t) mode;
  return uv__fs_post(req);
}

int uv_fs_mkdir(uv_loop_t* loop, uv_fs_t* req, const char* path, int mode,
                uv_fs_cb cb) {
  return with_mode(loop, req, UV_FS_MKDIR, path, mode, cb);
}

int uv_fs_chmod(uv_loop_t* loop, uv_fs_t* req, const char* path, int mode,
                uv_fs_cb cb) {
  return with_mode(loop, req, UV_FS_CHMOD, path, mode, cb);
}

static int with_owner(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type,
                      const char* path, uv_uid_t uid, uv_gid_t gid,
                      uv_fs_cb cb) {
  int rc = uv__fs_prepare_path(loop, req, type, cb, path);
  if (rc != 0) return rc;
  req->uid = uid;
  req->gid = gid;
  return uv__fs_post(req);
}

int uv_fs_chown(uv_loop_t* loop, uv_fs_t* req, const char* path, uv_uid_t uid,
                uv_gid_t gid, uv_fs_cb cb) {
  return with_owner(loop, req, UV_FS_CHOWN, path, uid, gid, cb);
}

int uv_fs_lchown(uv_loop_t* loop, uv_fs_t* req, const char* path, uv_uid_t uid,
                 uv_gid_t gid, uv_fs_cb cb) {
  return with_owner(loop, req, UV_FS_LCHOWN, path, uid, gid, cb);
}

/* Times are seconds, UV_FS_UTIME_NOW or UV_FS_UTIME_OMIT. */
static int with_times(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type,
                      const char* path, double atime, double mtime,
                      uv_fs_cb cb) {
  int rc = uv__fs_prepare_path(loop, req, type, cb, path);
  if (rc != 0) return rc;
  req->atime = atime;
  req->mtime = mtime;
  return uv__fs_post(req);
}

int uv_fs_utime(uv_loop_t* loop, uv_fs_t* req, const char* path, double atime,
                double mtime, uv_fs_cb cb) {
  return with_times(loop, req, UV_FS_UTIME, path, atime, mtime, cb);
}

int uv_fs_lutime(uv_loop_t* loop, uv_fs_t* req, const char* path, double atime,
                 double mtime, uv_fs_cb cb) {
  return with_times(loop, req, UV_FS_LUTIME, path, atime, mtime, cb);
}

/* --- Two paths ------------------------------------------------------------ */

static int two_paths(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type,
                     const char* path, const char* new_path, int flags,
                     uv_fs_cb cb) {
  int rc = uv__fs_prepare_paths(loop, req, type, cb, path, new_path);
  if (rc != 0) return rc;
  req->flags = flags;
  return uv__fs_post(req);
}

int uv_fs_rename(uv_loop_t* loop, uv_fs_t* req, const char* path,
                 const char* new_path, uv_fs_cb cb) {
  return two_paths(loop, req, UV_FS_RENAME, path, new_path, 0, cb);
}

int uv_fs_link(uv_loop_t* loop, uv_fs_t* req, const char* path,
               const char* new_path, uv_fs_cb cb) {
  return two_paths(loop, req, UV_FS_LINK, path, new_path, 0, cb);
}

int uv_fs_symlink(uv_loop_t* loop, uv_fs_t* req, const char* path,
                  const char* new_path, int flags, uv_fs_cb cb) {
  return two_paths(loop, req, UV_FS_SYMLINK, path, new_path, flags, cb);
}

int uv_fs_copyfile(uv_loop_t* loop, uv_fs_t* req, const char* path,
                   const char* new_path, int flags, uv_fs_cb cb) {
  static const int known = UV_FS_COPYFILE_EXCL | UV_FS_COPYFILE_FICLONE |
                           UV_FS_COPYFILE_FICLONE_FORCE;
  if ((flags & ~known) != 0) {
    /* Prepared all the same: the caller may clean up after any outcome. */
    uv__fs_prepare(loop, req, UV_FS_COPYFILE, cb);
    return UV_EINVAL;
  }
  return two_paths(loop, req, UV_FS_COPYFILE, path, new_path, flags, cb);
}
