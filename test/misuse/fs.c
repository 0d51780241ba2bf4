/* SPDX-License-Identifier: MIT */
/* File operations, all of them: paths and descriptors that are none, sync and
 * by callback, with and without a loop. The two lists of calls below are gone
 * through once per case; what is special to one operation is in fs-special.c.
 */
#include "misuse.h"

#include <fcntl.h>
#include <unistd.h>

/* One way to call them all, and what each has to answer. */
struct way {
  uv_loop_t* loop;
  const char* path;
  int fd;
  uv_fs_cb cb;  /* NULL: at once. */
  int expected; /* From the call itself. */
  int result;   /* Of the request, told by the callback. */
};

static uv_fs_t req;
static bool is_over;
static char byte_room[1];

static void on_end(uv_fs_t* which) {
  assert_ptr_equal(&req, which);
  is_over = true;
}

static void check(const struct way* way, int rc, const char* call) {
  answers(way->expected, rc, call, __FILE__, __LINE__);
  if (way->cb != NULL && rc == 0) {
    run_until(&is_over);
    answers(way->result, req.result, call, __FILE__, __LINE__);
  }
  if (rc == 0 || way->cb == NULL) uv_fs_req_cleanup(&req);
  is_over = false;
}

/* covered.py knows this word as well. */
#define TRY(call) check(way, (call), #call)

static void call_with_path(const struct way* way) {
  uv_loop_t* on = way->loop;
  const char* path = way->path;
  uv_fs_cb cb = way->cb;
  TRY(uv_fs_access(on, &req, path, R_OK, cb));
  TRY(uv_fs_chmod(on, &req, path, 0600, cb));
  TRY(uv_fs_chown(on, &req, path, 0, 0, cb));
  TRY(uv_fs_copyfile(on, &req, path, "/nowhere/y", 0, cb));
  TRY(uv_fs_lchown(on, &req, path, 0, 0, cb));
  TRY(uv_fs_link(on, &req, path, "/nowhere/y", cb));
  TRY(uv_fs_lstat(on, &req, path, cb));
  TRY(uv_fs_lutime(on, &req, path, 1, 1, cb));
  TRY(uv_fs_mkdir(on, &req, path, 0700, cb));
  TRY(uv_fs_open(on, &req, path, O_RDONLY, 0, cb));
  TRY(uv_fs_opendir(on, &req, path, cb));
  TRY(uv_fs_readlink(on, &req, path, cb));
  TRY(uv_fs_realpath(on, &req, path, cb));
  TRY(uv_fs_rename(on, &req, path, "/nowhere/y", cb));
  TRY(uv_fs_rmdir(on, &req, path, cb));
  TRY(uv_fs_scandir(on, &req, path, 0, cb));
  TRY(uv_fs_stat(on, &req, path, cb));
  TRY(uv_fs_statfs(on, &req, path, cb));
  TRY(uv_fs_symlink(on, &req, "/tmp", path, 0, cb));
  TRY(uv_fs_unlink(on, &req, path, cb));
  TRY(uv_fs_utime(on, &req, path, 1, 1, cb));
}

static void call_with_fd(const struct way* way) {
  uv_loop_t* on = way->loop;
  int fd = way->fd;
  uv_fs_cb cb = way->cb;
  uv_buf_t buf = uv_buf_init(byte_room, sizeof(byte_room));
  TRY(uv_fs_close(on, &req, fd, cb));
  TRY(uv_fs_fchmod(on, &req, fd, 0600, cb));
  TRY(uv_fs_fchown(on, &req, fd, 0, 0, cb));
  TRY(uv_fs_fdatasync(on, &req, fd, cb));
  TRY(uv_fs_fstat(on, &req, fd, cb));
  TRY(uv_fs_fsync(on, &req, fd, cb));
  TRY(uv_fs_ftruncate(on, &req, fd, 0, cb));
  TRY(uv_fs_futime(on, &req, fd, 1, 1, cb));
  TRY(uv_fs_read(on, &req, fd, &buf, 1, 0, cb));
  TRY(uv_fs_read(on, &req, fd, &buf, 1, -1, cb));
  TRY(uv_fs_sendfile(on, &req, fd, fd, 0, 1, cb));
  TRY(uv_fs_write(on, &req, fd, &buf, 1, 0, cb));
  TRY(uv_fs_write(on, &req, fd, &buf, 1, -1, cb));
}

static void call_without_a_request(const struct way* way) {
  uv_loop_t* on = &loop;
  uv_fs_cb cb = way->cb;
  uv_buf_t buf = uv_buf_init(byte_room, sizeof(byte_room));
  uv_dir_t dir = { 0 };
  TRY(uv_fs_access(on, NULL, "/", R_OK, cb));
  TRY(uv_fs_chmod(on, NULL, "/", 0, cb));
  TRY(uv_fs_close(on, NULL, CLOSED_FD, cb));
  TRY(uv_fs_closedir(on, NULL, &dir, cb));
  TRY(uv_fs_copyfile(on, NULL, "/", "/", 0, cb));
  TRY(uv_fs_fstat(on, NULL, CLOSED_FD, cb));
  TRY(uv_fs_mkdtemp(on, NULL, "/nowhere/XXXXXX", cb));
  TRY(uv_fs_mkstemp(on, NULL, "/nowhere/XXXXXX", cb));
  TRY(uv_fs_open(on, NULL, "/", O_RDONLY, 0, cb));
  TRY(uv_fs_opendir(on, NULL, "/", cb));
  TRY(uv_fs_read(on, NULL, CLOSED_FD, &buf, 1, 0, cb));
  TRY(uv_fs_readdir(on, NULL, &dir, cb));
  TRY(uv_fs_scandir(on, NULL, "/", 0, cb));
  TRY(uv_fs_sendfile(on, NULL, CLOSED_FD, CLOSED_FD, 0, 1, cb));
  TRY(uv_fs_stat(on, NULL, "/", cb));
  TRY(uv_fs_write(on, NULL, CLOSED_FD, &buf, 1, 0, cb));
  SURVIVES(uv_fs_req_cleanup(NULL));
}

/* --- Cases ---------------------------------------------------------------- */

static void paths_that_are_not_there(void** state) {
  (void) state;
  call_with_path(&(struct way){
      .loop = NULL, .path = "/nowhere/x", .expected = UV_ENOENT });
}

static void paths_that_are_not_there_asynchronously(void** state) {
  (void) state;
  call_with_path(&(struct way){
      .loop = &loop, .path = "/nowhere/x", .cb = on_end, .result = UV_ENOENT });
}

static void paths_that_are_too_long(void** state) {
  (void) state;
  call_with_path(
      &(struct way){ .path = long_path(), .expected = UV_ENAMETOOLONG });
  call_with_path(&(struct way){ .loop = &loop,
                                .path = long_path(),
                                .cb = on_end,
                                .result = UV_ENAMETOOLONG });
}

static void paths_through_a_file(void** state) {
  (void) state;
  call_with_path(
      &(struct way){ .path = "/etc/passwd/x", .expected = UV_ENOTDIR });
}

static void paths_that_are_empty(void** state) {
  (void) state;
  call_with_path(&(struct way){ .path = "", .expected = UV_ENOENT });
}

static void paths_that_are_none(void** state) {
  (void) state;
  call_with_path(&(struct way){ .expected = UV_EINVAL });
  call_with_path(
      &(struct way){ .loop = &loop, .cb = on_end, .expected = UV_EINVAL });
}

static void descriptors_that_are_closed(void** state) {
  (void) state;
  call_with_fd(&(struct way){ .fd = CLOSED_FD, .expected = UV_EBADF });
  call_with_fd(&(struct way){ .fd = -1, .expected = UV_EBADF });
}

static void descriptors_that_are_closed_asynchronously(void** state) {
  (void) state;
  call_with_fd(&(struct way){
      .loop = &loop, .fd = CLOSED_FD, .cb = on_end, .result = UV_EBADF });
}

static void a_callback_without_a_loop(void** state) {
  (void) state;
  call_with_path(
      &(struct way){ .path = "/", .cb = on_end, .expected = UV_EINVAL });
  call_with_fd(
      &(struct way){ .fd = CLOSED_FD, .cb = on_end, .expected = UV_EINVAL });
}

static void no_request(void** state) {
  (void) state;
  call_without_a_request(&(struct way){ .expected = UV_EINVAL });
  call_without_a_request(&(struct way){ .cb = on_end, .expected = UV_EINVAL });
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(paths_that_are_not_there),
    T(paths_that_are_not_there_asynchronously),
    T(paths_that_are_too_long),
    T(paths_through_a_file),
    T(paths_that_are_empty),
    T(paths_that_are_none),
    T(descriptors_that_are_closed),
    T(descriptors_that_are_closed_asynchronously),
    T(a_callback_without_a_loop),
    T(no_request),
  };
  return cmocka_run_group_tests_name("fs", tests, NULL, NULL);
}
