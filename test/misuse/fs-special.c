/* SPDX-License-Identifier: MIT */
/* File operations: what is wrong in a way of its own. Buffers that are none,
 * flags that do not exist, targets that are there, folders that are files,
 * templates without a place for a name, lists asked beyond their end, and
 * requests that are over or were never begun. */
#include "misuse.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static uv_fs_t req;
static bool is_over;

static void on_end(uv_fs_t* which) {
  (void) which;
  is_over = true;
}

static void buffers_that_are_none(void** state) {
  (void) state;
  int fd = open_file();
  char byte;
  uv_buf_t buf = uv_buf_init(&byte, 1);
  uv_buf_t wild = uv_buf_init((char*) 8, 64);
  ANSWERS(UV_EINVAL, uv_fs_read(&loop, &req, fd, NULL, 0, 0, NULL));
  ANSWERS(UV_EINVAL, uv_fs_read(&loop, &req, fd, &buf, 0, 0, NULL));
  ANSWERS(UV_EINVAL, uv_fs_read(&loop, &req, fd, NULL, 1, 0, on_end));
  ANSWERS(UV_EINVAL, uv_fs_write(&loop, &req, fd, NULL, 0, 0, NULL));
  ANSWERS(UV_EINVAL, uv_fs_write(&loop, &req, fd, &buf, 0, 0, on_end));
  ANSWERS(UV_EFAULT, uv_fs_write(&loop, &req, fd, &wild, 1, 0, NULL));
  ANSWERS(0, uv_fs_read(&loop, &req, fd, &buf, 1, 1000, NULL)); /* Beyond. */
  assert_int_equal(0, uv_loop_alive(&loop));
  close(fd);
}

/* At once, and with a callback that is never called. */
static void more_bytes_than_a_call_moves(void** state) {
  (void) state;
  int fd = open_file();
  uv_buf_t* vast = vast_bufs(1);
  for (int n = 0; n < 2; n++) {
    uv_fs_cb cb = n == 0 ? NULL : on_end;
    size_t size = BYTES_MAX + 1;
    ANSWERS(UV_EINVAL, uv_fs_read(&loop, &req, fd, vast, 2, 0, cb));
    ANSWERS(UV_EINVAL, uv_fs_write(&loop, &req, fd, vast, 2, 0, cb));
    ANSWERS(UV_EINVAL, uv_fs_sendfile(&loop, &req, fd, fd, 0, size, cb));
    ANSWERS(UV_EINVAL, uv_fs_sendfile(&loop, &req, fd, fd, 0, SIZE_MAX, cb));
    assert_int_equal(0, uv_loop_alive(&loop));
    uv_fs_req_cleanup(&req);
  }
  ANSWERS(0, uv_fs_read(&loop, &req, fd, vast_bufs(0), 2, 0, NULL));
  ANSWERS(0, uv_fs_sendfile(&loop, &req, fd, fd, 0, BYTES_MAX, NULL));
  close(fd);
}

static void descriptors_for_something_else(void** state) {
  (void) state;
  char byte;
  uv_buf_t buf = uv_buf_init(&byte, 1);
  int folder_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  ANSWERS(UV_EISDIR, uv_fs_read(&loop, &req, folder_fd, &buf, 1, 0, NULL));
  ANSWERS(UV_EBADF, uv_fs_write(&loop, &req, null_fd, &buf, 1, 0, NULL));
  ANSWERS(UV_EINVAL, uv_fs_ftruncate(&loop, &req, folder_fd, 0, NULL));
  ANSWERS(UV_EINVAL, uv_fs_ftruncate(&loop, &req, null_fd, -1, NULL));
  ANSWERS(UV_EBADF,
          uv_fs_sendfile(&loop, &req, null_fd, CLOSED_FD, 0, 1, NULL));
  int fds[2];
  assert_int_equal(0, uv_pipe(fds, 0, 0));
  ANSWERS(UV_EINVAL, uv_fs_fsync(&loop, &req, fds[0], NULL));
  ANSWERS(UV_EINVAL, uv_fs_fdatasync(&loop, &req, fds[0], NULL));
  ANSWERS(UV_ESPIPE, uv_fs_read(&loop, &req, fds[0], &buf, 1, 0, NULL));
  for (int n = 0; n < 2; n++) close(fds[n]);
  close(folder_fd);
  close(null_fd);
}

static void flags_that_do_not_exist(void** state) {
  (void) state;
  ANSWERS(UV_EINVAL, uv_fs_copyfile(&loop, &req, "/etc/passwd", free_path(),
                                    1 << 20, NULL));
  SURVIVES(uv_fs_req_cleanup(&req));
  ANSWERS(UV_EINVAL, uv_fs_copyfile(&loop, &req, "/etc/passwd", free_path(),
                                    1 << 20, on_end));
  SURVIVES(uv_fs_req_cleanup(&req));
  ANSWERS(UV_EINVAL, uv_fs_access(&loop, &req, "/", 1 << 20, NULL));
}

static void targets_that_are_there(void** state) {
  (void) state;
  ANSWERS(UV_EEXIST, uv_fs_mkdir(&loop, &req, "/tmp", 0700, NULL));
  ANSWERS(UV_EEXIST, uv_fs_symlink(&loop, &req, "x", "/tmp", 0, NULL));
  ANSWERS(UV_EEXIST, uv_fs_copyfile(&loop, &req, "/etc/passwd", "/etc/group",
                                    UV_FS_COPYFILE_EXCL, NULL));
  ANSWERS(UV_EEXIST,
          uv_fs_open(&loop, &req, "/etc/passwd", O_CREAT | O_EXCL, 0600, NULL));
  ANSWERS(UV_EEXIST,
          uv_fs_link(&loop, &req, "/etc/passwd", "/etc/group", NULL));
}

/* Of our own: elsewhere a user would be told of missing rights first. */
static void folders_that_are_files_and_the_other_way_round(void** state) {
  (void) state;
  char folder[] = "/tmp/pollux-misuse-XXXXXX";
  char file[] = "/tmp/pollux-misuse-XXXXXX";
  char inner[64];
  assert_non_null(mkdtemp(folder));
  int fd = mkstemp(file);
  assert_true(fd >= 0);
  snprintf(inner, sizeof(inner), "%s/x", folder);
  ANSWERS(UV_ENOTDIR, uv_fs_scandir(&loop, &req, file, 0, NULL));
  ANSWERS(UV_ENOTDIR, uv_fs_opendir(&loop, &req, file, NULL));
  ANSWERS(1, uv_fs_get_ptr(&req) == NULL);
  ANSWERS(UV_ENOTDIR, uv_fs_rmdir(&loop, &req, file, NULL));
  ANSWERS(UV_EINVAL, uv_fs_readlink(&loop, &req, file, NULL));
  ANSWERS(UV_EISDIR, uv_fs_open(&loop, &req, folder, O_WRONLY, 0, NULL));
  ANSWERS(UV_EISDIR, uv_fs_unlink(&loop, &req, folder, NULL));
  ANSWERS(UV_EPERM, uv_fs_link(&loop, &req, folder, free_path(), NULL));
  ANSWERS(UV_EINVAL, uv_fs_rename(&loop, &req, folder, inner, NULL));
  close(fd);
  unlink(file);
  rmdir(folder);
}

static void templates_without_a_place_for_a_name(void** state) {
  (void) state;
  ANSWERS(UV_EINVAL, uv_fs_mkdtemp(&loop, &req, "/tmp/no-place", NULL));
  uv_fs_req_cleanup(&req);
  ANSWERS(UV_EINVAL, uv_fs_mkstemp(&loop, &req, "/tmp/no-place", NULL));
  uv_fs_req_cleanup(&req);
  ANSWERS(UV_EINVAL, uv_fs_mkdtemp(&loop, &req, "", NULL));
  uv_fs_req_cleanup(&req);
  ANSWERS(UV_ENOENT, uv_fs_mkdtemp(&loop, &req, "/nowhere/XXXXXX", NULL));
  uv_fs_req_cleanup(&req);
  ANSWERS(UV_ENOENT, uv_fs_mkstemp(&loop, &req, "/nowhere/XXXXXX", NULL));
  uv_fs_req_cleanup(&req);
  ANSWERS(UV_EINVAL, uv_fs_mkdtemp(&loop, &req, NULL, NULL));
  ANSWERS(UV_EINVAL, uv_fs_mkstemp(&loop, &req, NULL, NULL));
  is_over = false;
  ANSWERS(0, uv_fs_mkstemp(&loop, &req, "/tmp/no-place", on_end));
  run_until(&is_over);
  ANSWERS(UV_EINVAL, uv_fs_get_result(&req));
  uv_fs_req_cleanup(&req);
}

static void second_paths_that_are_none(void** state) {
  (void) state;
  ANSWERS(UV_EINVAL, uv_fs_rename(&loop, &req, "/nowhere/x", NULL, NULL));
  ANSWERS(UV_EINVAL, uv_fs_link(&loop, &req, "/nowhere/x", NULL, NULL));
  ANSWERS(UV_EINVAL, uv_fs_symlink(&loop, &req, "/nowhere/x", NULL, 0, NULL));
  ANSWERS(UV_EINVAL, uv_fs_copyfile(&loop, &req, "/nowhere/x", NULL, 0, NULL));
}

/* --- Folders -------------------------------------------------------------- */

static void folders_that_are_not_open(void** state) {
  (void) state;
  uv_dir_t dir = { 0 };
  ANSWERS(UV_EINVAL, uv_fs_readdir(&loop, &req, NULL, NULL));
  uv_fs_req_cleanup(&req);
  ANSWERS(UV_EINVAL, uv_fs_readdir(&loop, &req, &dir, NULL));
  uv_fs_req_cleanup(&req);
  ANSWERS(UV_EINVAL, uv_fs_readdir(&loop, &req, &dir, on_end));
  uv_fs_req_cleanup(&req);
  ANSWERS(UV_EINVAL, uv_fs_closedir(&loop, &req, NULL, NULL));
  uv_fs_req_cleanup(&req);
  ANSWERS(UV_EINVAL, uv_fs_closedir(&loop, &req, NULL, on_end));
  uv_fs_req_cleanup(&req);
}

static void no_room_for_entries(void** state) {
  (void) state;
  assert_int_equal(0, uv_fs_opendir(&loop, &req, "/", NULL));
  uv_dir_t* dir = req.ptr;
  uv_dirent_t entries[1];
  ANSWERS(UV_EINVAL, uv_fs_readdir(&loop, &req, dir, NULL)); /* No array. */
  dir->dirents = entries;
  dir->nentries = 0;
  ANSWERS(0, uv_fs_readdir(&loop, &req, dir, NULL));
  uv_fs_req_cleanup(&req);
  ANSWERS(0, uv_fs_closedir(&loop, &req, dir, NULL));
  uv_fs_req_cleanup(&req);
}

static void lists_asked_beyond_their_end(void** state) {
  (void) state;
  uv_dirent_t entry;
  assert_int_equal(UV_ENOENT,
                   uv_fs_scandir(&loop, &req, "/nowhere/x", 0, NULL));
  ANSWERS(UV_ENOENT, uv_fs_scandir_next(&req, &entry));
  uv_fs_req_cleanup(&req);
  assert_true(uv_fs_scandir(&loop, &req, "/", 0, NULL) > 0);
  while (uv_fs_scandir_next(&req, &entry) == 0) continue;
  ANSWERS(UV_EOF, uv_fs_scandir_next(&req, &entry));
  uv_fs_req_cleanup(&req);
  ANSWERS(UV_EOF, uv_fs_scandir_next(&req, &entry));
}

/* --- Requests ------------------------------------------------------------- */

static void a_failed_request_tells_what_failed(void** state) {
  (void) state;
  assert_int_equal(UV_ENOENT, uv_fs_stat(&loop, &req, "/nowhere/x", NULL));
  ANSWERS(UV_ENOENT, uv_fs_get_result(&req));
  ANSWERS(-UV_ENOENT, uv_fs_get_system_error(&req));
  ANSWERS(UV_FS_STAT, uv_fs_get_type(&req));
  ANSWERS(1, uv_fs_get_ptr(&req) == NULL);
  ANSWERS(0, strcmp("/nowhere/x", uv_fs_get_path(&req)));
  ANSWERS(1, uv_fs_get_statbuf(&req) == &req.statbuf);
  SURVIVES(uv_fs_req_cleanup(&req));
  SURVIVES(uv_fs_req_cleanup(&req));
  ANSWERS(1, uv_fs_get_path(&req) == NULL);
  ANSWERS(UV_ENOENT, uv_fs_get_result(&req));
}

static void a_request_that_is_over_is_not_cancelled(void** state) {
  (void) state;
  is_over = false;
  assert_int_equal(0, uv_fs_stat(&loop, &req, "/", on_end));
  run_until(&is_over);
  ANSWERS(UV_EBUSY, uv_cancel((uv_req_t*) &req));
  uv_fs_req_cleanup(&req);
  ANSWERS(UV_EBUSY, uv_cancel((uv_req_t*) &req));
}

static void a_synchronous_request_is_not_cancelled(void** state) {
  (void) state;
  for (int filling = 0; filling < 256; filling += 255) {
    memset(&req, filling, sizeof(req)); /* It needs no set-up. */
    assert_int_equal(0, uv_fs_stat(&loop, &req, "/", NULL));
    ANSWERS(UV_EBUSY, uv_cancel((uv_req_t*) &req));
    uv_fs_req_cleanup(&req);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(buffers_that_are_none),
    T(more_bytes_than_a_call_moves),
    T(descriptors_for_something_else),
    T(flags_that_do_not_exist),
    T(targets_that_are_there),
    T(folders_that_are_files_and_the_other_way_round),
    T(templates_without_a_place_for_a_name),
    T(second_paths_that_are_none),
    T(folders_that_are_not_open),
    T(no_room_for_entries),
    T(lists_asked_beyond_their_end),
    T(a_failed_request_tells_what_failed),
    T(a_request_that_is_over_is_not_cancelled),
    T(a_synchronous_request_is_not_cancelled),
  };
  return cmocka_run_group_tests_name("fs-special", tests, NULL, NULL);
}
