/* SPDX-License-Identifier: MIT */
/* Argument checks: file operations on descriptors, directories and requests. */
#include "cases.h"

#include <limits.h>

static uv_dir_t dir;
static uv_dirent_t entry;

static uv_fs_t* scanned(void) {
  uv_fs_scandir(loop(), &fs_req, "none", 0, NULL);
  return &fs_req;
}

static uv_fs_t* failed(void) {
  uv_fs_stat(loop(), &fs_req, "none", NULL);
  return &fs_req;
}

void fs_file_cases(void) {
  CASE(uv_fs_close, "NULL request", loop(), NULL, CLOSED_FD, NULL);
  CASE(uv_fs_close, "-1", loop(), &fs_req, -1, NULL);
  CASE(uv_fs_close, "closed", loop(), &fs_req, CLOSED_FD, NULL);
  CASE(uv_fs_close, "closed, no loop", NULL, &fs_req, CLOSED_FD, NULL);
  LATER(uv_fs_close, "closed, callback", loop(), &fs_req, CLOSED_FD, on_fs);
  CASE(uv_fs_read, "NULL request", loop(), NULL, CLOSED_FD, one_byte(), 1, 0,
       NULL);
  CASE(uv_fs_read, "-1", loop(), &fs_req, -1, one_byte(), 1, 0, NULL);
  CASE(uv_fs_read, "closed", loop(), &fs_req, CLOSED_FD, one_byte(), 1, 0,
       NULL);
  CASE(uv_fs_read, "closed, no loop", NULL, &fs_req, CLOSED_FD, one_byte(), 1,
       0, NULL);
  LATER(uv_fs_read, "closed, callback", loop(), &fs_req, CLOSED_FD, one_byte(),
        1, 0, on_fs);
  CASE(uv_fs_write, "NULL request", loop(), NULL, CLOSED_FD, one_byte(), 1, 0,
       NULL);
  CASE(uv_fs_write, "-1", loop(), &fs_req, -1, one_byte(), 1, 0, NULL);
  CASE(uv_fs_write, "closed", loop(), &fs_req, CLOSED_FD, one_byte(), 1, 0,
       NULL);
  CASE(uv_fs_write, "closed, no loop", NULL, &fs_req, CLOSED_FD, one_byte(), 1,
       0, NULL);
  LATER(uv_fs_write, "closed, callback", loop(), &fs_req, CLOSED_FD, one_byte(),
        1, 0, on_fs);
  CASE(uv_fs_fstat, "NULL request", loop(), NULL, CLOSED_FD, NULL);
  CASE(uv_fs_fstat, "-1", loop(), &fs_req, -1, NULL);
  CASE(uv_fs_fstat, "closed", loop(), &fs_req, CLOSED_FD, NULL);
  CASE(uv_fs_fstat, "closed, no loop", NULL, &fs_req, CLOSED_FD, NULL);
  LATER(uv_fs_fstat, "closed, callback", loop(), &fs_req, CLOSED_FD, on_fs);
  CASE(uv_fs_fsync, "NULL request", loop(), NULL, CLOSED_FD, NULL);
  CASE(uv_fs_fsync, "-1", loop(), &fs_req, -1, NULL);
  CASE(uv_fs_fsync, "closed", loop(), &fs_req, CLOSED_FD, NULL);
  CASE(uv_fs_fsync, "closed, no loop", NULL, &fs_req, CLOSED_FD, NULL);
  LATER(uv_fs_fsync, "closed, callback", loop(), &fs_req, CLOSED_FD, on_fs);
  CASE(uv_fs_fdatasync, "NULL request", loop(), NULL, CLOSED_FD, NULL);
  CASE(uv_fs_fdatasync, "-1", loop(), &fs_req, -1, NULL);
  CASE(uv_fs_fdatasync, "closed", loop(), &fs_req, CLOSED_FD, NULL);
  CASE(uv_fs_fdatasync, "closed, no loop", NULL, &fs_req, CLOSED_FD, NULL);
  LATER(uv_fs_fdatasync, "closed, callback", loop(), &fs_req, CLOSED_FD, on_fs);
  CASE(uv_fs_ftruncate, "NULL request", loop(), NULL, CLOSED_FD, 0, NULL);
  CASE(uv_fs_ftruncate, "-1", loop(), &fs_req, -1, 0, NULL);
  CASE(uv_fs_ftruncate, "closed", loop(), &fs_req, CLOSED_FD, 0, NULL);
  CASE(uv_fs_ftruncate, "closed, no loop", NULL, &fs_req, CLOSED_FD, 0, NULL);
  LATER(uv_fs_ftruncate, "closed, callback", loop(), &fs_req, CLOSED_FD, 0,
        on_fs);
  CASE(uv_fs_sendfile, "NULL request", loop(), NULL, CLOSED_FD, CLOSED_FD, 0, 1,
       NULL);
  CASE(uv_fs_sendfile, "-1", loop(), &fs_req, -1, CLOSED_FD, 0, 1, NULL);
  CASE(uv_fs_sendfile, "closed", loop(), &fs_req, CLOSED_FD, CLOSED_FD, 0, 1,
       NULL);
  CASE(uv_fs_sendfile, "closed, no loop", NULL, &fs_req, CLOSED_FD, CLOSED_FD,
       0, 1, NULL);
  LATER(uv_fs_sendfile, "closed, callback", loop(), &fs_req, CLOSED_FD,
        CLOSED_FD, 0, 1, on_fs);
  CASE(uv_fs_futime, "NULL request", loop(), NULL, CLOSED_FD, 1, 1, NULL);
  CASE(uv_fs_futime, "-1", loop(), &fs_req, -1, 1, 1, NULL);
  CASE(uv_fs_futime, "closed", loop(), &fs_req, CLOSED_FD, 1, 1, NULL);
  CASE(uv_fs_futime, "closed, no loop", NULL, &fs_req, CLOSED_FD, 1, 1, NULL);
  LATER(uv_fs_futime, "closed, callback", loop(), &fs_req, CLOSED_FD, 1, 1,
        on_fs);
  CASE(uv_fs_fchmod, "NULL request", loop(), NULL, CLOSED_FD, 0600, NULL);
  CASE(uv_fs_fchmod, "-1", loop(), &fs_req, -1, 0600, NULL);
  CASE(uv_fs_fchmod, "closed", loop(), &fs_req, CLOSED_FD, 0600, NULL);
  CASE(uv_fs_fchmod, "closed, no loop", NULL, &fs_req, CLOSED_FD, 0600, NULL);
  LATER(uv_fs_fchmod, "closed, callback", loop(), &fs_req, CLOSED_FD, 0600,
        on_fs);
  CASE(uv_fs_fchown, "NULL request", loop(), NULL, CLOSED_FD, 0, 0, NULL);
  CASE(uv_fs_fchown, "-1", loop(), &fs_req, -1, 0, 0, NULL);
  CASE(uv_fs_fchown, "closed", loop(), &fs_req, CLOSED_FD, 0, 0, NULL);
  CASE(uv_fs_fchown, "closed, no loop", NULL, &fs_req, CLOSED_FD, 0, 0, NULL);
  LATER(uv_fs_fchown, "closed, callback", loop(), &fs_req, CLOSED_FD, 0, 0,
        on_fs);
  CASE(uv_fs_read, "NULL buffers", loop(), &fs_req, file_fd(), NULL, 1, 0,
       NULL);
  CASE(uv_fs_read, "NULL buffers, callback", loop(), &fs_req, file_fd(), NULL,
       1, 0, on_fs);
  CASE(uv_fs_read, "no buffers", loop(), &fs_req, file_fd(), one_byte(), 0, 0,
       NULL);
  CASE(uv_fs_read, "no buffers, callback", loop(), &fs_req, file_fd(),
       one_byte(), 0, 0, on_fs);
  CASE(uv_fs_read, "NULL and none", loop(), &fs_req, file_fd(), NULL, 0, 0,
       NULL);
  CASE(uv_fs_read, "NULL and none, callback", loop(), &fs_req, file_fd(), NULL,
       0, 0, on_fs);
  CASE(uv_fs_read, "huge buffer", loop(), &fs_req, file_fd(), huge(), 1, 0,
       NULL);
  CASE(uv_fs_read, "huge buffer, callback", loop(), &fs_req, file_fd(), huge(),
       1, 0, on_fs);
  CASE(uv_fs_read, "huge sum", loop(), &fs_req, file_fd(), huge_sum(), 2, 0,
       NULL);
  CASE(uv_fs_read, "huge sum, callback", loop(), &fs_req, file_fd(), huge_sum(),
       2, 0, on_fs);
  CASE(uv_fs_read, "length 0", loop(), &fs_req, file_fd(), no_bytes(), 1, 0,
       NULL);
  CASE(uv_fs_read, "offset -2", loop(), &fs_req, file_fd(), no_bytes(), 1, -2,
       NULL);
  CASE(uv_fs_read, "offset INT64_MAX", loop(), &fs_req, file_fd(), one_byte(),
       1, INT64_MAX, NULL);
  CASE(uv_fs_write, "NULL buffers", loop(), &fs_req, file_fd(), NULL, 1, 0,
       NULL);
  CASE(uv_fs_write, "NULL buffers, callback", loop(), &fs_req, file_fd(), NULL,
       1, 0, on_fs);
  CASE(uv_fs_write, "no buffers", loop(), &fs_req, file_fd(), one_byte(), 0, 0,
       NULL);
  CASE(uv_fs_write, "no buffers, callback", loop(), &fs_req, file_fd(),
       one_byte(), 0, 0, on_fs);
  CASE(uv_fs_write, "NULL and none", loop(), &fs_req, file_fd(), NULL, 0, 0,
       NULL);
  CASE(uv_fs_write, "NULL and none, callback", loop(), &fs_req, file_fd(), NULL,
       0, 0, on_fs);
  CASE(uv_fs_write, "huge buffer", loop(), &fs_req, file_fd(), huge(), 1, 0,
       NULL);
  CASE(uv_fs_write, "huge buffer, callback", loop(), &fs_req, file_fd(), huge(),
       1, 0, on_fs);
  CASE(uv_fs_write, "huge sum", loop(), &fs_req, file_fd(), huge_sum(), 2, 0,
       NULL);
  CASE(uv_fs_write, "huge sum, callback", loop(), &fs_req, file_fd(),
       huge_sum(), 2, 0, on_fs);
  CASE(uv_fs_write, "length 0", loop(), &fs_req, file_fd(), no_bytes(), 1, 0,
       NULL);
  CASE(uv_fs_write, "offset -2", loop(), &fs_req, file_fd(), no_bytes(), 1, -2,
       NULL);
  CASE(uv_fs_write, "offset INT64_MAX", loop(), &fs_req, file_fd(), one_byte(),
       1, INT64_MAX, NULL);
  CASE(uv_fs_ftruncate, "negative", loop(), &fs_req, file_fd(), -1, NULL);
  CASE(uv_fs_sendfile, "huge", loop(), &fs_req, file_fd(), file_fd(), 1,
       0x7ffff001, NULL);
  CASE(uv_fs_sendfile, "SIZE_MAX", loop(), &fs_req, file_fd(), file_fd(), 1,
       SIZE_MAX, NULL);
  CASE(uv_fs_sendfile, "huge, callback", loop(), &fs_req, file_fd(), file_fd(),
       1, 0x7ffff001, on_fs);
  CASE(uv_fs_sendfile, "negative offset", loop(), &fs_req, file_fd(), file_fd(),
       -1, 1, NULL);
  CASE(uv_fs_sendfile, "length 0", loop(), &fs_req, file_fd(), file_fd(), 0, 0,
       NULL);
  CASE(uv_fs_readdir, "NULL request", loop(), NULL, &dir, NULL);
  CASE(uv_fs_readdir, "NULL directory", loop(), &fs_req, NULL, NULL);
  CASE(uv_fs_readdir, "not open", loop(), &fs_req, &dir, NULL);
  CASE(uv_fs_readdir, "not open, callback", loop(), &fs_req, &dir, on_fs);
  CASE(uv_fs_closedir, "NULL request", loop(), NULL, &dir, NULL);
  CASE(uv_fs_closedir, "NULL directory", loop(), &fs_req, NULL, NULL);
  CASE(uv_fs_scandir_next, "failed", scanned(), &entry);
  CASE(uv_fs_get_type, "failed", failed());
  CASE(uv_fs_get_result, "failed", failed());
  CASE(uv_fs_get_system_error, "failed", failed());
  TEXT(uv_fs_get_path, "failed", failed());
  TEXT(uv_fs_get_ptr, "failed", failed());
  CALL(uv_fs_req_cleanup, "NULL", NULL);
  CALL(uv_fs_req_cleanup, "failed", failed());
}
