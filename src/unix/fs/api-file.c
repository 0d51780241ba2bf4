/* SPDX-License-Identifier: MIT */
/* The entries of the API that work on descriptors, or on open directories. Each
 * prepares the request, stores its arguments and posts it; api.c says what that
 * means.
 *
 * A descriptor is not checked here: the operation finds out, and says UV_EBADF
 * the way every other error of the file system is said. */
#include "unix/fs/fs.h"

#include "base/bufs.h"

static int prepare_file(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type,
                        uv_fs_cb cb, uv_file file) {
  int rc = uv__fs_prepare(loop, req, type, cb);
  if (rc == 0) req->file = file;
  return rc;
}

/* --- A descriptor and nothing else ---------------------------------------- */

static int plain(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type, uv_file file,
                 uv_fs_cb cb) {
  int rc = prepare_file(loop, req, type, cb, file);
  return rc == 0 ? uv__fs_post(req) : rc;
}

int uv_fs_close(uv_loop_t* loop, uv_fs_t* req, uv_file file, uv_fs_cb cb) {
  return plain(loop, req, UV_FS_CLOSE, file, cb);
}

int uv_fs_fstat(uv_loop_t* loop, uv_fs_t* req, uv_file file, uv_fs_cb cb) {
  return plain(loop, req, UV_FS_FSTAT, file, cb);
}

int uv_fs_fsync(uv_loop_t* loop, uv_fs_t* req, uv_file file, uv_fs_cb cb) {
  return plain(loop, req, UV_FS_FSYNC, file, cb);
}

int uv_fs_fdatasync(uv_loop_t* loop, uv_fs_t* req, uv_file file, uv_fs_cb cb) {
  return plain(loop, req, UV_FS_FDATASYNC, file, cb);
}

/* --- Bytes ---------------------------------------------------------------- */

/* A negative offset: at the descriptor's position, which moves on. */
static int transfer(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type,
                    uv_file file, const uv_buf_t* bufs, unsigned nbufs,
                    int64_t offset, uv_fs_cb cb) {
  int rc = prepare_file(loop, req, type, cb, file);
  if (rc == 0) rc = uv__fs_take_bufs(req, bufs, nbufs);
  if (rc != 0) return rc;
  req->off = offset;
  return uv__fs_post(req);
}

int uv_fs_read(uv_loop_t* loop, uv_fs_t* req, uv_file file,
               const uv_buf_t bufs[], unsigned int nbufs, int64_t offset,
               uv_fs_cb cb) {
  return transfer(loop, req, UV_FS_READ, file, bufs, nbufs, offset, cb);
}

int uv_fs_write(uv_loop_t* loop, uv_fs_t* req, uv_file file,
                const uv_buf_t bufs[], unsigned int nbufs, int64_t offset,
                uv_fs_cb cb) {
  return transfer(loop, req, UV_FS_WRITE, file, bufs, nbufs, offset, cb);
}

int uv_fs_sendfile(uv_loop_t* loop, uv_fs_t* req, uv_file out_fd, uv_file in_fd,
                   int64_t in_offset, size_t length, uv_fs_cb cb) {
  int rc = prepare_file(loop, req, UV_FS_SENDFILE, cb, out_fd);
  if (rc != 0) return rc;
  if (length > UV__BYTES_MAX) return UV_EINVAL;
  req->bufsml[0].len = length;
  req->flags = in_fd;
  req->off = in_offset;
  return uv__fs_post(req);
}

int uv_fs_ftruncate(uv_loop_t* loop, uv_fs_t* req, uv_file file, int64_t offset,
                    uv_fs_cb cb) {
  int rc = prepare_file(loop, req, UV_FS_FTRUNCATE, cb, file);
  if (rc != 0) return rc;
  req->off = offset;
  return uv__fs_post(req);
}

/* --- Attributes ----------------------------------------------------------- */

int uv_fs_fchmod(uv_loop_t* loop, uv_fs_t* req, uv_file file, int mode,
                 uv_fs_cb cb) {
  int rc = prepare_file(loop, req, UV_FS_FCHMOD, cb, file);
  if (rc != 0) return rc;
  req->mode = (mode_t) mode;
  return uv__fs_post(req);
}

int uv_fs_fchown(uv_loop_t* loop, uv_fs_t* req, uv_file file, uv_uid_t uid,
                 uv_gid_t gid, uv_fs_cb cb) {
  int rc = prepare_file(loop, req, UV_FS_FCHOWN, cb, file);
  if (rc != 0) return rc;
  req->uid = uid;
  req->gid = gid;
  return uv__fs_post(req);
}

/* Times are seconds, UV_FS_UTIME_NOW or UV_FS_UTIME_OMIT. */
int uv_fs_futime(uv_loop_t* loop, uv_fs_t* req, uv_file file, double atime,
                 double mtime, uv_fs_cb cb) {
  int rc = prepare_file(loop, req, UV_FS_FUTIME, cb, file);
  if (rc != 0) return rc;
  req->atime = atime;
  req->mtime = mtime;
  return uv__fs_post(req);
}

/* --- Open directories ----------------------------------------------------- */

/* The names in the caller's array are freed by the clean-up. */
int uv_fs_readdir(uv_loop_t* loop, uv_fs_t* req, uv_dir_t* dir, uv_fs_cb cb) {
  int rc = uv__fs_prepare(loop, req, UV_FS_READDIR, cb);
  if (rc != 0) return rc;
  if (dir == NULL || dir->dir == NULL || dir->dirents == NULL) return UV_EINVAL;
  req->ptr = dir;
  return uv__fs_post(req);
}

int uv_fs_closedir(uv_loop_t* loop, uv_fs_t* req, uv_dir_t* dir, uv_fs_cb cb) {
  int rc = uv__fs_prepare(loop, req, UV_FS_CLOSEDIR, cb);
  if (rc != 0) return rc;
  if (dir == NULL) return UV_EINVAL;
  req->ptr = dir;
  return uv__fs_post(req);
}
