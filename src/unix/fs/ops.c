/* SPDX-License-Identifier: MIT */
/* The table of file operations, and those that are a system call and little
 * more. Each function blocks, reads its arguments from the request (fs.h says
 * where they are) and returns the result, UV_E* on failure.
 *
 * Descriptors are close-on-exec from the start. No operation ever goes through
 * io_uring: the rights of the calling thread at the time of the call are what
 * counts.
 *
 * Any thread, without loop state. */
#include "unix/fs/fs.h"

#include "base/alloc.h"
#include "unix/os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a system call returned, as a result. */
static ssize_t outcome(int rc) {
  return rc >= 0 ? rc : UV__ERR(errno);
}

/* --- Descriptors --------------------------------------------------------- */

static ssize_t do_open(uv_fs_t* req) {
  return outcome(open(req->path, req->flags | O_CLOEXEC, req->mode));
}

/* Interrupted or not, the descriptor is gone: that is success. */
static ssize_t do_close(uv_fs_t* req) {
  int rc = uv__close(req->file);
  return rc == UV_EINTR || rc == UV__ERR(EINPROGRESS) ? 0 : rc;
}

static ssize_t do_fsync(uv_fs_t* req) {
  return outcome(fsync(req->file));
}

static ssize_t do_fdatasync(uv_fs_t* req) {
  return outcome(fdatasync(req->file));
}

static ssize_t do_ftruncate(uv_fs_t* req) {
  return outcome(ftruncate(req->file, req->off));
}

static ssize_t do_fchmod(uv_fs_t* req) {
  return outcome(fchmod(req->file, req->mode));
}

static ssize_t do_fchown(uv_fs_t* req) {
  return outcome(fchown(req->file, req->uid, req->gid));
}

/* --- Paths --------------------------------------------------------------- */

static ssize_t do_access(uv_fs_t* req) {
  return outcome(access(req->path, req->flags));
}

static ssize_t do_chmod(uv_fs_t* req) {
  return outcome(chmod(req->path, req->mode));
}

static ssize_t do_chown(uv_fs_t* req) {
  return outcome(chown(req->path, req->uid, req->gid));
}

static ssize_t do_lchown(uv_fs_t* req) {
  return outcome(lchown(req->path, req->uid, req->gid));
}

static ssize_t do_mkdir(uv_fs_t* req) {
  return outcome(mkdir(req->path, req->mode));
}

static ssize_t do_rmdir(uv_fs_t* req) {
  return outcome(rmdir(req->path));
}

static ssize_t do_unlink(uv_fs_t* req) {
  return outcome(unlink(req->path));
}

static ssize_t do_rename(uv_fs_t* req) {
  return outcome(rename(req->path, req->new_path));
}

static ssize_t do_link(uv_fs_t* req) {
  return outcome(link(req->path, req->new_path));
}

/* The flags mean something on Windows only. */
static ssize_t do_symlink(uv_fs_t* req) {
  return outcome(symlink(req->path, req->new_path));
}

/* --- Paths as results ---------------------------------------------------- */

enum { LINK_SIZE_FIRST = 256 }; /* Most links are shorter; the rest doubles. */

/* The size is found by trying: the one that lstat(2) tells is 0 in procfs, and
 * may be old by now. */
static ssize_t do_readlink(uv_fs_t* req) {
  char* text = NULL;
  for (size_t size = LINK_SIZE_FIRST;; size *= 2) {
    text = uv__realloc_or_free(text, size);
    if (text == NULL) return UV_ENOMEM;
    ssize_t len = readlink(req->path, text, size);
    if (len < 0) {
      int rc = UV__ERR(errno);
      uv__free(text);
      return rc;
    }
    if ((size_t) len < size) {
      text[len] = '\0';
      req->ptr = text;
      return 0;
    }
  }
}

static ssize_t do_realpath(uv_fs_t* req) {
  char* text = realpath(req->path, NULL);
  if (text == NULL) return UV__ERR(errno);
  /* libc's memory, while ours may come from the user's allocator. */
  req->ptr = uv__strdup(text);
  free(text);
  return req->ptr != NULL ? 0 : UV_ENOMEM;
}

static void release_memory(uv_fs_t* req) {
  uv__free(req->ptr);
}

/* --- The table ----------------------------------------------------------- */

static const struct uv__fs_row table[] = {
  [UV_FS_OPEN] = { .name = "open", .run = do_open },
  [UV_FS_CLOSE] = { .name = "close", .run = do_close },
  [UV_FS_READ] = { .name = "read",
                   .run = uv__fs_read,
                   .traits = UV__FS_REPORTS_EINTR },
  [UV_FS_WRITE] = { .name = "write", .run = uv__fs_write },
  [UV_FS_SENDFILE] = { .name = "sendfile", .run = uv__fs_sendfile },
  [UV_FS_STAT] = { .name = "stat", .run = uv__fs_stat },
  [UV_FS_LSTAT] = { .name = "lstat", .run = uv__fs_lstat },
  [UV_FS_FSTAT] = { .name = "fstat", .run = uv__fs_fstat },
  [UV_FS_FTRUNCATE] = { .name = "ftruncate", .run = do_ftruncate },
  [UV_FS_UTIME] = { .name = "utime", .run = uv__fs_utime },
  [UV_FS_FUTIME] = { .name = "futime", .run = uv__fs_futime },
  [UV_FS_ACCESS] = { .name = "access", .run = do_access },
  [UV_FS_CHMOD] = { .name = "chmod", .run = do_chmod },
  [UV_FS_FCHMOD] = { .name = "fchmod", .run = do_fchmod },
  [UV_FS_FSYNC] = { .name = "fsync", .run = do_fsync },
  [UV_FS_FDATASYNC] = { .name = "fdatasync", .run = do_fdatasync },
  [UV_FS_UNLINK] = { .name = "unlink", .run = do_unlink },
  [UV_FS_RMDIR] = { .name = "rmdir", .run = do_rmdir },
  [UV_FS_MKDIR] = { .name = "mkdir", .run = do_mkdir },
  [UV_FS_MKDTEMP] = { .name = "mkdtemp",
                      .run = uv__fs_mkdtemp,
                      .traits = UV__FS_WRITES_PATH },
  [UV_FS_RENAME] = { .name = "rename", .run = do_rename },
  [UV_FS_SCANDIR] = { .name = "scandir",
                      .run = uv__fs_scandir,
                      .release = uv__fs_scandir_release },
  [UV_FS_LINK] = { .name = "link", .run = do_link },
  [UV_FS_SYMLINK] = { .name = "symlink", .run = do_symlink },
  [UV_FS_READLINK] = { .name = "readlink",
                       .run = do_readlink,
                       .release = release_memory },
  [UV_FS_CHOWN] = { .name = "chown", .run = do_chown },
  [UV_FS_FCHOWN] = { .name = "fchown", .run = do_fchown },
  [UV_FS_REALPATH] = { .name = "realpath",
                       .run = do_realpath,
                       .release = release_memory },
  [UV_FS_COPYFILE] = { .name = "copyfile", .run = uv__fs_copyfile },
  [UV_FS_LCHOWN] = { .name = "lchown", .run = do_lchown },
  [UV_FS_OPENDIR] = { .name = "opendir", .run = uv__fs_opendir },
  [UV_FS_READDIR] = { .name = "readdir",
                      .run = uv__fs_readdir,
                      .release = uv__fs_readdir_release },
  [UV_FS_CLOSEDIR] = { .name = "closedir", .run = uv__fs_closedir },
  [UV_FS_STATFS] = { .name = "statfs",
                     .run = uv__fs_statfs,
                     .release = release_memory },
  [UV_FS_MKSTEMP] = { .name = "mkstemp",
                      .run = uv__fs_mkstemp,
                      .traits = UV__FS_WRITES_PATH },
  [UV_FS_LUTIME] = { .name = "lutime", .run = uv__fs_lutime },
};

const struct uv__fs_row* uv__fs_row_of(uv_fs_type type) {
  static const struct uv__fs_row nothing = { .name = "unknown" };
  if (type < 0 || (size_t) type >= sizeof(table) / sizeof(table[0]))
    return &nothing;
  return table[type].run != NULL ? &table[type] : &nothing;
}
