/* SPDX-License-Identifier: MIT */
/* File operations without a loop. What could break: an operation without a row,
 * writes that stop half-way or skip bytes, leaks when memory runs out, names
 * that move while a directory is read, copies that look finished and are not,
 * times that lose a microsecond. */
#include "base/abi.h"
#include "base/alloc.h"
#include "unix/fs/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- A folder of its own, and an allocator that can fail ------------------ */

static char folder[] = "/tmp/pollux-fs-XXXXXX";
static int old_cwd = -1;
static long live_count;
static long fail_after = -1; /* Allocations until one fails; -1: never. */

static bool fails(void) {
  return fail_after >= 0 && fail_after-- == 0;
}

static void* count_malloc(size_t size) {
  void* ptr = fails() ? NULL : malloc(size);
  live_count += ptr != NULL;
  return ptr;
}

static void* count_calloc(size_t count, size_t size) {
  void* ptr = fails() ? NULL : calloc(count, size);
  live_count += ptr != NULL;
  return ptr;
}

static void* count_realloc(void* old, size_t size) {
  void* ptr = fails() ? NULL : realloc(old, size);
  live_count += ptr != NULL && old == NULL;
  return ptr;
}

static void count_free(void* ptr) {
  live_count -= ptr != NULL;
  free(ptr);
}

static int enter_folder(void** state) {
  (void) state;
  old_cwd = open(".", O_RDONLY | O_CLOEXEC);
  if (old_cwd < 0 || mkdtemp(folder) == NULL) return -1;
  return chdir(folder) != 0 ||
         uv_replace_allocator(count_malloc, count_realloc, count_calloc,
                              count_free) != 0;
}

static int leave_folder(void** state) {
  (void) state;
  char command[64];
  snprintf(command, sizeof(command), "rm -rf %s", folder);
  int rc = fchdir(old_cwd) != 0 || system(command) != 0;
  close(old_cwd);
  return rc;
}

static void make_file(const char* path, const char* text, mode_t mode) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  assert_true(fd >= 0);
  assert_int_equal(strlen(text), write(fd, text, strlen(text)));
  close(fd);
}

static size_t size_of(const char* path) {
  struct stat info;
  assert_int_equal(0, stat(path, &info));
  return (size_t) info.st_size;
}

static bool exists(const char* path) {
  return access(path, F_OK) == 0;
}

/* --- Tests ---------------------------------------------------------------- */

static void every_operation_has_a_row_with_a_name(void** state) {
  (void) state;
  for (int type = UV_FS_OPEN; type <= UV_FS_LUTIME; type++) {
    const struct uv__fs_row* row = uv__fs_row_of((uv_fs_type) type);
    assert_non_null(row->run);
    assert_string_not_equal("unknown", row->name);
  }
  assert_null(uv__fs_row_of(UV_FS_UNKNOWN)->run);
  assert_null(uv__fs_row_of(UV_FS_CUSTOM)->run);
  assert_null(uv__fs_row_of((uv_fs_type) (UV_FS_LUTIME + 1))->run);
}

static void a_write_of_many_odd_buffers_arrives_whole(void** state) {
  (void) state;
  enum { COUNT = 3 * IOV_MAX + 7 };
  static uv_buf_t bufs[COUNT];
  static char text[] = "abcdefg";
  size_t total = 0;
  for (int i = 0; i < COUNT; i++) {
    bufs[i] = uv_buf_init(text, (unsigned) i % 8); /* Each eighth is empty. */
    total += bufs[i].len;
  }
  uv_fs_t req;
  int fd = open("many", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  assert_int_equal(total, uv_fs_write(NULL, &req, fd, bufs, COUNT, 5, NULL));
  uv_fs_req_cleanup(&req);
  assert_int_equal(total + 5, size_of("many"));
  assert_int_equal(0, lseek(fd, 0, SEEK_CUR));
  off_t at = 5;
  for (int i = 0; i < COUNT; i++) {
    char got[8];
    ssize_t len = (ssize_t) bufs[i].len;
    assert_int_equal(len, pread(fd, got, bufs[i].len, at));
    assert_memory_equal(text, got, bufs[i].len);
    at += len;
  }
  close(fd);
}

static void a_write_to_a_full_pipe_reports_what_went_in(void** state) {
  (void) state;
  int fds[2];
  assert_int_equal(0, pipe2(fds, O_NONBLOCK | O_CLOEXEC));
  static char big[300000];
  uv_buf_t bufs[] = { uv_buf_init(big, 3), uv_buf_init(big, sizeof(big)) };
  uv_fs_t req;
  int n = uv_fs_write(NULL, &req, fds[1], bufs, 2, -1, NULL);
  assert_in_range(n, 4, sizeof(big));
  assert_int_equal(UV_EAGAIN,
                   uv_fs_write(NULL, &req, fds[1], bufs, 2, -1, NULL));
  assert_int_equal(3, bufs[0].len); /* The caller's array is left alone. */
  close(fds[0]);
  close(fds[1]);
}

static void scandir_is_sorted_and_survives_any_failed_allocation(void** state) {
  (void) state;
  enum { COUNT = 200 };
  assert_int_equal(0, mkdir("names", 0700));
  char path[160];
  for (int i = 0; i < COUNT; i++) {
    snprintf(path, sizeof(path), "names/%0100d", (i * 7) % COUNT);
    make_file(path, "", 0600);
  }
  long before = live_count;
  int rc = UV_ENOMEM;
  for (long n = 0; rc == UV_ENOMEM; n++) {
    assert_in_range(n, 0, 100);
    uv_fs_t req;
    fail_after = n;
    rc = uv_fs_scandir(NULL, &req, "names", 0, NULL);
    fail_after = -1;
    uv_dirent_t entry;
    for (int i = 0; i < rc; i++) {
      assert_int_equal(0, uv_fs_scandir_next(&req, &entry));
      assert_int_equal(i, atoi(entry.name));
    }
    assert_int_equal(rc < 0 ? rc : UV_EOF, uv_fs_scandir_next(&req, &entry));
    uv_fs_req_cleanup(&req);
    uv_fs_req_cleanup(&req);
    assert_int_equal(before, live_count);
  }
  assert_int_equal(COUNT, rc);
}

static void readlink_has_no_limit_of_its_own(void** state) {
  (void) state;
  static const size_t lens[] = { 1, 255, 256, 257, 512, 3000 };
  for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
    char target[3001];
    memset(target, 'x', lens[i]);
    target[lens[i]] = '\0';
    assert_int_equal(0, symlink(target, "link"));
    uv_fs_t req;
    assert_int_equal(0, uv_fs_readlink(NULL, &req, "link", NULL));
    assert_string_equal(target, req.ptr);
    uv_fs_req_cleanup(&req);
    assert_null(req.ptr);
    unlink("link");
  }
}

static void a_copy_of_a_file_without_a_size_has_its_contents(void** state) {
  (void) state;
  uv_fs_t req;
  assert_int_equal(0, size_of("/proc/self/status"));
  assert_int_equal(
      0, uv_fs_copyfile(NULL, &req, "/proc/self/status", "status", 0, NULL));
  uv_fs_req_cleanup(&req);
  assert_true(size_of("status") > 100);
}

static void a_failed_copy_removes_only_what_it_made(void** state) {
  (void) state;
  uv_fs_t req;
  /* Address 0 is not mapped, so the first read fails. */
  assert_true(uv_fs_copyfile(NULL, &req, "/proc/self/mem", "new", 0, NULL) < 0);
  assert_false(exists("new"));
  make_file("old", "text", 0600);
  assert_true(uv_fs_copyfile(NULL, &req, "/proc/self/mem", "old", 0, NULL) < 0);
  assert_true(exists("old"));
  assert_int_equal(UV_EISDIR, uv_fs_copyfile(NULL, &req, ".", "new", 0, NULL));
  assert_false(exists("new"));
}

static void a_copy_onto_itself_or_through_a_dangling_link_works(void** state) {
  (void) state;
  uv_fs_t req;
  make_file("self", "0123456789", 0640);
  assert_int_equal(0, link("self", "self2"));
  assert_int_equal(0, uv_fs_copyfile(NULL, &req, "self", "self2", 0, NULL));
  assert_int_equal(10, size_of("self"));
  assert_int_equal(0, symlink("target", "dangling"));
  assert_int_equal(0, uv_fs_copyfile(NULL, &req, "self", "dangling", 0, NULL));
  assert_int_equal(10, size_of("target"));
}

static void sendfile_works_for_pairs_the_kernel_refuses(void** state) {
  (void) state;
  uv_fs_t req;
  int from[2], to[2];
  char got[16] = "";
  assert_int_equal(0, pipe2(from, O_CLOEXEC));
  assert_int_equal(0, pipe2(to, O_CLOEXEC));
  assert_int_equal(5, write(from[1], "hello", 5));
  close(from[1]);
  assert_int_equal(5, uv_fs_sendfile(NULL, &req, to[1], from[0], 0, 9, NULL));
  assert_int_equal(5, read(to[0], got, sizeof(got)));
  assert_string_equal("hello", got);
  close(from[0]);
  close(to[0]);
  close(to[1]);

  make_file("in", "0123456789", 0600);
  int in_fd = open("in", O_RDONLY | O_CLOEXEC);
  int out_fd = open("out", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  assert_int_equal(5, uv_fs_sendfile(NULL, &req, out_fd, in_fd, 2, 5, NULL));
  assert_int_equal(5, pread(out_fd, got, 5, 0));
  assert_string_equal("23456", got);
  assert_int_equal(0, lseek(in_fd, 0, SEEK_CUR));
  assert_int_equal(UV_EBADF,
                   uv_fs_sendfile(NULL, &req, out_fd, -1, 0, 5, NULL));
  close(in_fd);
  close(out_fd);
}

static void times_arrive_to_the_microsecond(void** state) {
  (void) state;
  static const struct {
    double seconds;
    long sec;
    long nsec;
  } rows[] = {
    { 0, 0, 0 },
    { 1291404900.25, 1291404900, 250000000 },
    { 1291404900.234, 1291404900, 234000000 },
    { 1700000000.9999999, 1700000001, 0 },
    { -14245440.25, -14245441, 750000000 },
  };
  make_file("times", "", 0600);
  uv_fs_t req;
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    assert_int_equal(0, uv_fs_utime(NULL, &req, "times", rows[i].seconds,
                                    rows[i].seconds, NULL));
    assert_int_equal(0, uv_fs_stat(NULL, &req, "times", NULL));
    assert_int_equal(rows[i].sec, req.statbuf.st_mtim.tv_sec);
    assert_int_equal(rows[i].nsec, req.statbuf.st_mtim.tv_nsec);
  }
  assert_int_equal(0, uv_fs_utime(NULL, &req, "times", UV_FS_UTIME_NOW,
                                  UV_FS_UTIME_OMIT, NULL));
  assert_int_equal(0, uv_fs_stat(NULL, &req, "times", NULL));
  assert_int_equal(-14245441, req.statbuf.st_mtim.tv_sec);
  assert_true(req.statbuf.st_atim.tv_sec > 1700000001);
  assert_int_equal(UV_EINVAL, uv_fs_utime(NULL, &req, "times", 1e300, 0, NULL));
}

static void bad_arguments_are_errors_and_can_be_cleaned_up(void** state) {
  (void) state;
  uv_fs_t req;
  memset(&req, 0xdb, sizeof(req));
  assert_int_equal(UV_EINVAL, uv_fs_stat(NULL, &req, NULL, NULL));
  uv_fs_req_cleanup(&req);
  memset(&req, 0xdb, sizeof(req));
  assert_int_equal(UV_EINVAL,
                   uv_fs_copyfile(NULL, &req, "a", "b", 1 << 20, NULL));
  uv_fs_req_cleanup(&req);
  assert_int_equal(UV_EINVAL, uv_fs_readdir(NULL, &req, NULL, NULL));
  uv_fs_req_cleanup(&req);
  assert_int_equal(UV_EBADF, uv_fs_fstat(NULL, &req, AT_FDCWD, NULL));
  assert_int_equal(UV_EBADF, uv_fs_close(NULL, &req, -1, NULL));
  uv_fs_req_cleanup(NULL);
}

static void nothing_is_left_allocated(void** state) {
  (void) state;
  assert_int_equal(0, live_count);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_operation_has_a_row_with_a_name),
    cmocka_unit_test(a_write_of_many_odd_buffers_arrives_whole),
    cmocka_unit_test(a_write_to_a_full_pipe_reports_what_went_in),
    cmocka_unit_test(scandir_is_sorted_and_survives_any_failed_allocation),
    cmocka_unit_test(readlink_has_no_limit_of_its_own),
    cmocka_unit_test(a_copy_of_a_file_without_a_size_has_its_contents),
    cmocka_unit_test(a_failed_copy_removes_only_what_it_made),
    cmocka_unit_test(a_copy_onto_itself_or_through_a_dangling_link_works),
    cmocka_unit_test(sendfile_works_for_pairs_the_kernel_refuses),
    cmocka_unit_test(times_arrive_to_the_microsecond),
    cmocka_unit_test(bad_arguments_are_errors_and_can_be_cleaned_up),
    cmocka_unit_test(nothing_is_left_allocated),
  };
  return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
