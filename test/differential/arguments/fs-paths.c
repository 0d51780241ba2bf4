/* SPDX-License-Identifier: MIT */
/* Argument checks: file operations on paths, which are wrong in turn. */
#include "cases.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

static char* template_of(const char* text) {
  static char copy[64];
  snprintf(copy, sizeof(copy), "%s", text);
  return copy;
}

void fs_path_cases(void) {
  CASE(uv_fs_open, "NULL request", loop(), NULL, "none/x", O_RDONLY, 0, NULL);
  CASE(uv_fs_open, "NULL path", loop(), &fs_req, NULL, O_RDONLY, 0, NULL);
  CASE(uv_fs_open, "NULL path, callback", loop(), &fs_req, NULL, O_RDONLY, 0,
       on_fs);
  CASE(uv_fs_open, "not there", loop(), &fs_req, "none/x", O_RDONLY, 0, NULL);
  CASE(uv_fs_open, "not there, no loop", NULL, &fs_req, "none/x", O_RDONLY, 0,
       NULL);
  CASE(uv_fs_open, "empty path", loop(), &fs_req, "", O_RDONLY, 0, NULL);
  CASE(uv_fs_open, "too long path", loop(), &fs_req, long_path(), O_RDONLY, 0,
       NULL);
  LATER(uv_fs_open, "not there, callback", loop(), &fs_req, "none/x", O_RDONLY,
        0, on_fs);
  CASE(uv_fs_unlink, "NULL request", loop(), NULL, "none/x", NULL);
  CASE(uv_fs_unlink, "NULL path", loop(), &fs_req, NULL, NULL);
  CASE(uv_fs_unlink, "NULL path, callback", loop(), &fs_req, NULL, on_fs);
  CASE(uv_fs_unlink, "not there", loop(), &fs_req, "none/x", NULL);
  CASE(uv_fs_unlink, "not there, no loop", NULL, &fs_req, "none/x", NULL);
  CASE(uv_fs_unlink, "empty path", loop(), &fs_req, "", NULL);
  CASE(uv_fs_unlink, "too long path", loop(), &fs_req, long_path(), NULL);
  LATER(uv_fs_unlink, "not there, callback", loop(), &fs_req, "none/x", on_fs);
  CASE(uv_fs_copyfile, "NULL request", loop(), NULL, "none/x", "none/y", 0,
       NULL);
  CASE(uv_fs_copyfile, "NULL path", loop(), &fs_req, NULL, "none/y", 0, NULL);
  CASE(uv_fs_copyfile, "NULL path, callback", loop(), &fs_req, NULL, "none/y",
       0, on_fs);
  CASE(uv_fs_copyfile, "not there", loop(), &fs_req, "none/x", "none/y", 0,
       NULL);
  CASE(uv_fs_copyfile, "not there, no loop", NULL, &fs_req, "none/x", "none/y",
       0, NULL);
  CASE(uv_fs_copyfile, "empty path", loop(), &fs_req, "", "none/y", 0, NULL);
  CASE(uv_fs_copyfile, "too long path", loop(), &fs_req, long_path(), "none/y",
       0, NULL);
  LATER(uv_fs_copyfile, "not there, callback", loop(), &fs_req, "none/x",
        "none/y", 0, on_fs);
  CASE(uv_fs_mkdir, "NULL request", loop(), NULL, "none/x", 0700, NULL);
  CASE(uv_fs_mkdir, "NULL path", loop(), &fs_req, NULL, 0700, NULL);
  CASE(uv_fs_mkdir, "NULL path, callback", loop(), &fs_req, NULL, 0700, on_fs);
  CASE(uv_fs_mkdir, "not there", loop(), &fs_req, "none/x", 0700, NULL);
  CASE(uv_fs_mkdir, "not there, no loop", NULL, &fs_req, "none/x", 0700, NULL);
  CASE(uv_fs_mkdir, "empty path", loop(), &fs_req, "", 0700, NULL);
  CASE(uv_fs_mkdir, "too long path", loop(), &fs_req, long_path(), 0700, NULL);
  LATER(uv_fs_mkdir, "not there, callback", loop(), &fs_req, "none/x", 0700,
        on_fs);
  CASE(uv_fs_rmdir, "NULL request", loop(), NULL, "none/x", NULL);
  CASE(uv_fs_rmdir, "NULL path", loop(), &fs_req, NULL, NULL);
  CASE(uv_fs_rmdir, "NULL path, callback", loop(), &fs_req, NULL, on_fs);
  CASE(uv_fs_rmdir, "not there", loop(), &fs_req, "none/x", NULL);
  CASE(uv_fs_rmdir, "not there, no loop", NULL, &fs_req, "none/x", NULL);
  CASE(uv_fs_rmdir, "empty path", loop(), &fs_req, "", NULL);
  CASE(uv_fs_rmdir, "too long path", loop(), &fs_req, long_path(), NULL);
  LATER(uv_fs_rmdir, "not there, callback", loop(), &fs_req, "none/x", on_fs);
  CASE(uv_fs_scandir, "NULL request", loop(), NULL, "none/x", 0, NULL);
  CASE(uv_fs_scandir, "NULL path", loop(), &fs_req, NULL, 0, NULL);
  CASE(uv_fs_scandir, "NULL path, callback", loop(), &fs_req, NULL, 0, on_fs);
  CASE(uv_fs_scandir, "not there", loop(), &fs_req, "none/x", 0, NULL);
  CASE(uv_fs_scandir, "not there, no loop", NULL, &fs_req, "none/x", 0, NULL);
  CASE(uv_fs_scandir, "empty path", loop(), &fs_req, "", 0, NULL);
  CASE(uv_fs_scandir, "too long path", loop(), &fs_req, long_path(), 0, NULL);
  LATER(uv_fs_scandir, "not there, callback", loop(), &fs_req, "none/x", 0,
        on_fs);
  CASE(uv_fs_opendir, "NULL request", loop(), NULL, "none/x", NULL);
  CASE(uv_fs_opendir, "NULL path", loop(), &fs_req, NULL, NULL);
  CASE(uv_fs_opendir, "NULL path, callback", loop(), &fs_req, NULL, on_fs);
  CASE(uv_fs_opendir, "not there", loop(), &fs_req, "none/x", NULL);
  CASE(uv_fs_opendir, "not there, no loop", NULL, &fs_req, "none/x", NULL);
  CASE(uv_fs_opendir, "empty path", loop(), &fs_req, "", NULL);
  CASE(uv_fs_opendir, "too long path", loop(), &fs_req, long_path(), NULL);
  LATER(uv_fs_opendir, "not there, callback", loop(), &fs_req, "none/x", on_fs);
  CASE(uv_fs_stat, "NULL request", loop(), NULL, "none/x", NULL);
  CASE(uv_fs_stat, "NULL path", loop(), &fs_req, NULL, NULL);
  CASE(uv_fs_stat, "NULL path, callback", loop(), &fs_req, NULL, on_fs);
  CASE(uv_fs_stat, "not there", loop(), &fs_req, "none/x", NULL);
  CASE(uv_fs_stat, "not there, no loop", NULL, &fs_req, "none/x", NULL);
  CASE(uv_fs_stat, "empty path", loop(), &fs_req, "", NULL);
  CASE(uv_fs_stat, "too long path", loop(), &fs_req, long_path(), NULL);
  LATER(uv_fs_stat, "not there, callback", loop(), &fs_req, "none/x", on_fs);
  CASE(uv_fs_lstat, "NULL request", loop(), NULL, "none/x", NULL);
  CASE(uv_fs_lstat, "NULL path", loop(), &fs_req, NULL, NULL);
  CASE(uv_fs_lstat, "NULL path, callback", loop(), &fs_req, NULL, on_fs);
  CASE(uv_fs_lstat, "not there", loop(), &fs_req, "none/x", NULL);
  CASE(uv_fs_lstat, "not there, no loop", NULL, &fs_req, "none/x", NULL);
  CASE(uv_fs_lstat, "empty path", loop(), &fs_req, "", NULL);
  CASE(uv_fs_lstat, "too long path", loop(), &fs_req, long_path(), NULL);
  LATER(uv_fs_lstat, "not there, callback", loop(), &fs_req, "none/x", on_fs);
  CASE(uv_fs_rename, "NULL request", loop(), NULL, "none/x", "none/y", NULL);
  CASE(uv_fs_rename, "NULL path", loop(), &fs_req, NULL, "none/y", NULL);
  CASE(uv_fs_rename, "NULL path, callback", loop(), &fs_req, NULL, "none/y",
       on_fs);
  CASE(uv_fs_rename, "not there", loop(), &fs_req, "none/x", "none/y", NULL);
  CASE(uv_fs_rename, "not there, no loop", NULL, &fs_req, "none/x", "none/y",
       NULL);
  CASE(uv_fs_rename, "empty path", loop(), &fs_req, "", "none/y", NULL);
  CASE(uv_fs_rename, "too long path", loop(), &fs_req, long_path(), "none/y",
       NULL);
  LATER(uv_fs_rename, "not there, callback", loop(), &fs_req, "none/x",
        "none/y", on_fs);
  CASE(uv_fs_access, "NULL request", loop(), NULL, "none/x", 0, NULL);
  CASE(uv_fs_access, "NULL path", loop(), &fs_req, NULL, 0, NULL);
  CASE(uv_fs_access, "NULL path, callback", loop(), &fs_req, NULL, 0, on_fs);
  CASE(uv_fs_access, "not there", loop(), &fs_req, "none/x", 0, NULL);
  CASE(uv_fs_access, "not there, no loop", NULL, &fs_req, "none/x", 0, NULL);
  CASE(uv_fs_access, "empty path", loop(), &fs_req, "", 0, NULL);
  CASE(uv_fs_access, "too long path", loop(), &fs_req, long_path(), 0, NULL);
  LATER(uv_fs_access, "not there, callback", loop(), &fs_req, "none/x", 0,
        on_fs);
  CASE(uv_fs_chmod, "NULL request", loop(), NULL, "none/x", 0600, NULL);
  CASE(uv_fs_chmod, "NULL path", loop(), &fs_req, NULL, 0600, NULL);
  CASE(uv_fs_chmod, "NULL path, callback", loop(), &fs_req, NULL, 0600, on_fs);
  CASE(uv_fs_chmod, "not there", loop(), &fs_req, "none/x", 0600, NULL);
  CASE(uv_fs_chmod, "not there, no loop", NULL, &fs_req, "none/x", 0600, NULL);
  CASE(uv_fs_chmod, "empty path", loop(), &fs_req, "", 0600, NULL);
  CASE(uv_fs_chmod, "too long path", loop(), &fs_req, long_path(), 0600, NULL);
  LATER(uv_fs_chmod, "not there, callback", loop(), &fs_req, "none/x", 0600,
        on_fs);
  CASE(uv_fs_utime, "NULL request", loop(), NULL, "none/x", 1, 1, NULL);
  CASE(uv_fs_utime, "NULL path", loop(), &fs_req, NULL, 1, 1, NULL);
  CASE(uv_fs_utime, "NULL path, callback", loop(), &fs_req, NULL, 1, 1, on_fs);
  CASE(uv_fs_utime, "not there", loop(), &fs_req, "none/x", 1, 1, NULL);
  CASE(uv_fs_utime, "not there, no loop", NULL, &fs_req, "none/x", 1, 1, NULL);
  CASE(uv_fs_utime, "empty path", loop(), &fs_req, "", 1, 1, NULL);
  CASE(uv_fs_utime, "too long path", loop(), &fs_req, long_path(), 1, 1, NULL);
  LATER(uv_fs_utime, "not there, callback", loop(), &fs_req, "none/x", 1, 1,
        on_fs);
  CASE(uv_fs_lutime, "NULL request", loop(), NULL, "none/x", 1, 1, NULL);
  CASE(uv_fs_lutime, "NULL path", loop(), &fs_req, NULL, 1, 1, NULL);
  CASE(uv_fs_lutime, "NULL path, callback", loop(), &fs_req, NULL, 1, 1, on_fs);
  CASE(uv_fs_lutime, "not there", loop(), &fs_req, "none/x", 1, 1, NULL);
  CASE(uv_fs_lutime, "not there, no loop", NULL, &fs_req, "none/x", 1, 1, NULL);
  CASE(uv_fs_lutime, "empty path", loop(), &fs_req, "", 1, 1, NULL);
  CASE(uv_fs_lutime, "too long path", loop(), &fs_req, long_path(), 1, 1, NULL);
  LATER(uv_fs_lutime, "not there, callback", loop(), &fs_req, "none/x", 1, 1,
        on_fs);
  CASE(uv_fs_link, "NULL request", loop(), NULL, "none/x", "none/y", NULL);
  CASE(uv_fs_link, "NULL path", loop(), &fs_req, NULL, "none/y", NULL);
  CASE(uv_fs_link, "NULL path, callback", loop(), &fs_req, NULL, "none/y",
       on_fs);
  CASE(uv_fs_link, "not there", loop(), &fs_req, "none/x", "none/y", NULL);
  CASE(uv_fs_link, "not there, no loop", NULL, &fs_req, "none/x", "none/y",
       NULL);
  CASE(uv_fs_link, "empty path", loop(), &fs_req, "", "none/y", NULL);
  CASE(uv_fs_link, "too long path", loop(), &fs_req, long_path(), "none/y",
       NULL);
  LATER(uv_fs_link, "not there, callback", loop(), &fs_req, "none/x", "none/y",
        on_fs);
  CASE(uv_fs_readlink, "NULL request", loop(), NULL, "none/x", NULL);
  CASE(uv_fs_readlink, "NULL path", loop(), &fs_req, NULL, NULL);
  CASE(uv_fs_readlink, "NULL path, callback", loop(), &fs_req, NULL, on_fs);
  CASE(uv_fs_readlink, "not there", loop(), &fs_req, "none/x", NULL);
  CASE(uv_fs_readlink, "not there, no loop", NULL, &fs_req, "none/x", NULL);
  CASE(uv_fs_readlink, "empty path", loop(), &fs_req, "", NULL);
  CASE(uv_fs_readlink, "too long path", loop(), &fs_req, long_path(), NULL);
  LATER(uv_fs_readlink, "not there, callback", loop(), &fs_req, "none/x",
        on_fs);
  CASE(uv_fs_realpath, "NULL request", loop(), NULL, "none/x", NULL);
  CASE(uv_fs_realpath, "NULL path", loop(), &fs_req, NULL, NULL);
  CASE(uv_fs_realpath, "NULL path, callback", loop(), &fs_req, NULL, on_fs);
  CASE(uv_fs_realpath, "not there", loop(), &fs_req, "none/x", NULL);
  CASE(uv_fs_realpath, "not there, no loop", NULL, &fs_req, "none/x", NULL);
  CASE(uv_fs_realpath, "empty path", loop(), &fs_req, "", NULL);
  CASE(uv_fs_realpath, "too long path", loop(), &fs_req, long_path(), NULL);
  LATER(uv_fs_realpath, "not there, callback", loop(), &fs_req, "none/x",
        on_fs);
  CASE(uv_fs_chown, "NULL request", loop(), NULL, "none/x", 0, 0, NULL);
  CASE(uv_fs_chown, "NULL path", loop(), &fs_req, NULL, 0, 0, NULL);
  CASE(uv_fs_chown, "NULL path, callback", loop(), &fs_req, NULL, 0, 0, on_fs);
  CASE(uv_fs_chown, "not there", loop(), &fs_req, "none/x", 0, 0, NULL);
  CASE(uv_fs_chown, "not there, no loop", NULL, &fs_req, "none/x", 0, 0, NULL);
  CASE(uv_fs_chown, "empty path", loop(), &fs_req, "", 0, 0, NULL);
  CASE(uv_fs_chown, "too long path", loop(), &fs_req, long_path(), 0, 0, NULL);
  LATER(uv_fs_chown, "not there, callback", loop(), &fs_req, "none/x", 0, 0,
        on_fs);
  CASE(uv_fs_lchown, "NULL request", loop(), NULL, "none/x", 0, 0, NULL);
  CASE(uv_fs_lchown, "NULL path", loop(), &fs_req, NULL, 0, 0, NULL);
  CASE(uv_fs_lchown, "NULL path, callback", loop(), &fs_req, NULL, 0, 0, on_fs);
  CASE(uv_fs_lchown, "not there", loop(), &fs_req, "none/x", 0, 0, NULL);
  CASE(uv_fs_lchown, "not there, no loop", NULL, &fs_req, "none/x", 0, 0, NULL);
  CASE(uv_fs_lchown, "empty path", loop(), &fs_req, "", 0, 0, NULL);
  CASE(uv_fs_lchown, "too long path", loop(), &fs_req, long_path(), 0, 0, NULL);
  LATER(uv_fs_lchown, "not there, callback", loop(), &fs_req, "none/x", 0, 0,
        on_fs);
  CASE(uv_fs_statfs, "NULL request", loop(), NULL, "none/x", NULL);
  CASE(uv_fs_statfs, "NULL path", loop(), &fs_req, NULL, NULL);
  CASE(uv_fs_statfs, "NULL path, callback", loop(), &fs_req, NULL, on_fs);
  CASE(uv_fs_statfs, "not there", loop(), &fs_req, "none/x", NULL);
  CASE(uv_fs_statfs, "not there, no loop", NULL, &fs_req, "none/x", NULL);
  CASE(uv_fs_statfs, "empty path", loop(), &fs_req, "", NULL);
  CASE(uv_fs_statfs, "too long path", loop(), &fs_req, long_path(), NULL);
  LATER(uv_fs_statfs, "not there, callback", loop(), &fs_req, "none/x", on_fs);
  CASE(uv_fs_symlink, "NULL request", loop(), NULL, "x", "none/y", 0, NULL);
  CASE(uv_fs_symlink, "NULL path", loop(), &fs_req, NULL, "none/y", 0, NULL);
  CASE(uv_fs_symlink, "NULL new path", loop(), &fs_req, "x", NULL, 0, NULL);
  CASE(uv_fs_symlink, "no folder", loop(), &fs_req, "x", "none/y", 0, NULL);
  CASE(uv_fs_symlink, "no such flag", loop(), &fs_req, "x", "none/y", 77, NULL);
  CASE(uv_fs_copyfile, "no such flag", loop(), &fs_req, "none/x", "none/y",
       1 << 20, NULL);
  CASE(uv_fs_copyfile, "no such flag, NULL path", loop(), &fs_req, NULL,
       "none/y", 1 << 20, NULL);
  CASE(uv_fs_copyfile, "NULL new path", loop(), &fs_req, file_path(), NULL, 0,
       NULL);
  CASE(uv_fs_rename, "NULL new path", loop(), &fs_req, file_path(), NULL, NULL);
  CASE(uv_fs_link, "NULL new path", loop(), &fs_req, file_path(), NULL, NULL);
  CASE(uv_fs_open, "a folder for writing", loop(), &fs_req, "/", O_RDWR, 0,
       NULL);
  CASE(uv_fs_access, "mode 77", loop(), &fs_req, "/", 77, NULL);
  CASE(uv_fs_access, "mode -1", loop(), &fs_req, "/", -1, NULL);
  CASE(uv_fs_mkdtemp, "NULL request", loop(), NULL, template_of("x-XXXXXX"),
       NULL);
  CASE(uv_fs_mkdtemp, "NULL template", loop(), &fs_req, NULL, NULL);
  CASE(uv_fs_mkdtemp, "too few X", loop(), &fs_req, template_of("x-XXXXX"),
       NULL);
  CASE(uv_fs_mkdtemp, "empty", loop(), &fs_req, template_of(""), NULL);
  CASE(uv_fs_mkdtemp, "no folder", loop(), &fs_req, template_of("none/XXXXXX"),
       NULL);
  CASE(uv_fs_mkstemp, "NULL request", loop(), NULL, template_of("x-XXXXXX"),
       NULL);
  CASE(uv_fs_mkstemp, "NULL template", loop(), &fs_req, NULL, NULL);
  CASE(uv_fs_mkstemp, "too few X", loop(), &fs_req, template_of("x-XXXXX"),
       NULL);
  CASE(uv_fs_mkstemp, "empty", loop(), &fs_req, template_of(""), NULL);
  CASE(uv_fs_mkstemp, "no folder", loop(), &fs_req, template_of("none/XXXXXX"),
       NULL);
}
