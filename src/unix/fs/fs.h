/* SPDX-License-Identifier: MIT */
/* File operations: the row type that describes one, and the functions that the
 * files of this folder share.
 *
 * An entry of the API (api-file.c, api-path.c) prepares the request, stores the
 * arguments in it and posts it. Posting runs the operation's row at once, or on
 * a worker of the thread pool when there is a callback. A row's function
 * blocks, and knows nothing but the request.
 *
 * Where arguments live in uv_fs_t: `file`, `flags`, `mode`, `off`, `uid`,
 * `gid`, `atime`, `mtime`, `path`, `new_path`, `bufs` + `nbufs`, as their names
 * say; sendfile's input descriptor in `flags`, its length in `bufsml[0].len`;
 * the directory of readdir and closedir in `ptr`. */
#ifndef POLLUX_UNIX_FS_FS_H
#define POLLUX_UNIX_FS_FS_H

#include "base/abi.h"

enum uv__fs_trait {
  /* EINTR is the caller's business; everything else is run again. */
  UV__FS_REPORTS_EINTR = 1 << 0,
  /* The operation writes into `path`, so it is a copy even when synchronous. */
  UV__FS_WRITES_PATH = 1 << 1,
};

struct uv__fs_row {
  const char* name;

  /* Do it, blocking. The result, which is 0 or more, or UV_E*. May set `ptr`
   * and `statbuf`; on failure leaves `ptr` as it was. Any thread. */
  ssize_t (*run)(uv_fs_t* req);

  /* Free what `ptr` holds. NULL: `ptr` is not the request's to free. */
  void (*release)(uv_fs_t* req);

  unsigned traits; /* enum uv__fs_trait */
};

/* The row of an operation; one without a function for an unknown type. */
const struct uv__fs_row* uv__fs_row_of(uv_fs_type type);

/* --- api.c: the life of a request --------------------------------------- */

/* Make `req` one that holds nothing. 0, or UV_EINVAL without a request, or with
 * a callback but no loop. */
int uv__fs_prepare(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type, uv_fs_cb cb);

/* As uv__fs_prepare(), and capture a path, or two. Also UV_EINVAL for a path
 * that is NULL, and UV_ENOMEM. */
int uv__fs_prepare_path(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type,
                        uv_fs_cb cb, const char* path);
int uv__fs_prepare_paths(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type,
                         uv_fs_cb cb, const char* path, const char* new_path);

/* Capture buffers: UV_EINVAL when there are none or too many bytes,
 * UV_ENOMEM. */
int uv__fs_take_bufs(uv_fs_t* req, const uv_buf_t* bufs, unsigned nbufs);

/* Run it now and return its result, or hand it to the pool and return 0. */
int uv__fs_post(uv_fs_t* req);

/* --- The operations with files of their own ------------------------------ */

/* rw.c */
ssize_t uv__fs_read(uv_fs_t* req);
ssize_t uv__fs_write(uv_fs_t* req);

/* stat.c */
ssize_t uv__fs_stat(uv_fs_t* req);
ssize_t uv__fs_lstat(uv_fs_t* req);
ssize_t uv__fs_fstat(uv_fs_t* req);
ssize_t uv__fs_statfs(uv_fs_t* req);

/* times.c */
ssize_t uv__fs_utime(uv_fs_t* req);
ssize_t uv__fs_lutime(uv_fs_t* req);
ssize_t uv__fs_futime(uv_fs_t* req);

/* temp.c */
ssize_t uv__fs_mkdtemp(uv_fs_t* req);
ssize_t uv__fs_mkstemp(uv_fs_t* req);

/* dir.c */
ssize_t uv__fs_scandir(uv_fs_t* req);
void uv__fs_scandir_release(uv_fs_t* req);
ssize_t uv__fs_opendir(uv_fs_t* req);
ssize_t uv__fs_readdir(uv_fs_t* req);
void uv__fs_readdir_release(uv_fs_t* req);
ssize_t uv__fs_closedir(uv_fs_t* req);

/* copy.c */
ssize_t uv__fs_copyfile(uv_fs_t* req);

/* sendfile.c */
ssize_t uv__fs_sendfile(uv_fs_t* req);

#endif
