/* SPDX-License-Identifier: MIT */
/* Differential scenarios: files, called synchronously and through the pool. */
#include "trace.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uv_fs_t req, step_req;

/* Call uv_fs_<name> synchronously, write what it and the request say. */
#define DO(name, ...)                                                          \
  do {                                                                         \
    int did = uv_fs_##name(NULL, &req, __VA_ARGS__, NULL);                     \
    say("%s(%s) -> %s result %s type %d path %s", #name, #__VA_ARGS__,         \
        num(did), num(req.result), (int) uv_fs_get_type(&req),                 \
        req.path == NULL ? "none" : req.path);                                 \
    uv_fs_req_cleanup(&req);                                                   \
  } while (0)

static int make_file(const char* path, const char* words) {
  int fd = open(path, O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0644);
  MUST(fd);
  MUST(write(fd, words, strlen(words)));
  return fd;
}

static void paths(uv_loop_t* loop) {
  (void) loop;
  close(make_file("a", "content"));
  DO(mkdir, "dir", 0755);
  DO(mkdir, "dir", 0755);
  DO(rename, "a", "dir/a");
  DO(rename, "a", "dir/a");
  DO(link, "dir/a", "hard");
  DO(symlink, "dir/a", "soft", 0);
  DO(symlink, "nowhere", "dangling", 0);
  DO(access, "soft", R_OK);
  DO(access, "dangling", F_OK);
  DO(rmdir, "dir");
  DO(rmdir, "hard");
  DO(unlink, "dir");
  DO(unlink, "nothing");
  DO(chmod, "hard", 0600);
  DO(chmod, "nothing", 0600);
  DO(chown, "hard", (uv_uid_t) -1, (uv_gid_t) -1);
  DO(lchown, "dangling", (uv_uid_t) -1, (uv_gid_t) -1);
  DO(utime, "hard", 1000.5, 2000.25);
  DO(lutime, "soft", 1000.5, 2000.25);
  DO(copyfile, "hard", "copy", UV_FS_COPYFILE_EXCL);
  DO(copyfile, "hard", "copy", UV_FS_COPYFILE_EXCL);
  DO(copyfile, "hard", "copy", 0);
  DO(copyfile, "hard", "copy", 0x1000);
  DO(copyfile, "nothing", "copy", 0);
  DO(copyfile, "hard", "no/where", 0);
  DO(copyfile, "hard", "hard", 0);
  int rc = uv_fs_readlink(NULL, &req, "soft", NULL);
  say("readlink %s <%s>", num(rc), (char*) req.ptr);
  uv_fs_req_cleanup(&req);
  DO(readlink, "hard");
  DO(realpath, "nothing");
  rc = uv_fs_realpath(NULL, &req, "soft", NULL);
  const char* name = req.ptr == NULL ? NULL : strrchr(req.ptr, '/');
  say("realpath %s <%s>", num(rc), name == NULL ? "" : name);
  uv_fs_req_cleanup(&req);
  DO(statfs, "nothing");
  DO(open, "nothing", O_RDONLY, 0);
  DO(open, "dir", O_WRONLY, 0);
  DO(opendir, "hard");
  DO(scandir, "hard", 0);
}

static void say_stat(const char* what, int rc) {
  const uv_stat_t* st = &req.statbuf;
  say("%s %s ptr %d size %d mode %o links %d times %ld.%09ld %ld.%09ld", what,
      num(rc), req.ptr == st, (int) st->st_size, (unsigned) st->st_mode,
      (int) st->st_nlink, rc == 0 ? st->st_atim.tv_sec : 0,
      rc == 0 ? st->st_atim.tv_nsec : 0, rc == 0 ? st->st_mtim.tv_sec : 0,
      rc == 0 ? st->st_mtim.tv_nsec : 0);
  uv_fs_req_cleanup(&req);
}

static void descriptors(uv_loop_t* loop) {
  (void) loop;
  int fd = make_file("file", "0123456789");
  char x[4], y[8];
  uv_buf_t bufs[] = { uv_buf_init(x, sizeof(x)), uv_buf_init(y, sizeof(y)) };
  DO(read, fd, bufs, 2, 3);
  say("<%.4s%.3s>", x, y);
  DO(read, fd, bufs, 2, -1);
  DO(read, fd, bufs, 2, 100);
  DO(read, fd, bufs, 0, 0);
  DO(read, fd, NULL, 1, 0);
  DO(read, -1, bufs, 1, 0);
  DO(write, fd, bufs, 1, 8);
  DO(write, fd, bufs, 0, 8);
  DO(write, fd, NULL, 1, 8);
  DO(ftruncate, fd, 5);
  DO(ftruncate, fd, -1);
  DO(fsync, fd);
  DO(fdatasync, fd);
  DO(fchmod, fd, 0640);
  DO(fchown, fd, (uv_uid_t) -1, (uv_gid_t) -1);
  DO(futime, fd, 100.5, 200.25);
  say_stat("fstat", uv_fs_fstat(NULL, &req, fd, NULL));
  say_stat("stat", uv_fs_stat(NULL, &req, "file", NULL));
  say_stat("lstat", uv_fs_lstat(NULL, &req, "nothing", NULL));
  say_stat("fstat", uv_fs_fstat(NULL, &req, -1, NULL));
  int to = make_file("to", "");
  DO(sendfile, to, fd, 1, 3);
  DO(sendfile, to, fd, 1, 100);
  DO(sendfile, to, -1, 1, 100);
  DO(close, to);
  DO(close, fd);
  DO(close, 900);
  DO(fsync, 900);
  DO(mkdtemp, "badly named");
  DO(mkstemp, "badly named");
  int rc = uv_fs_mkdtemp(NULL, &req, "temp-XXXXXX", NULL);
  say("mkdtemp %s %d", num(rc),
      strncmp(req.path, "temp-", 5) == 0 &&
          strcmp(req.path, "temp-XXXXXX") != 0);
  uv_fs_req_cleanup(&req);
}

static int by_name(const void* a, const void* b) {
  return strcmp(*(char* const*) a, *(char* const*) b);
}

static void say_sorted(char** names, size_t count) {
  qsort(names, count, sizeof(names[0]), by_name);
  for (size_t i = 0; i < count; i++) say("entry %s", names[i]);
}

static void directories(uv_loop_t* loop) {
  (void) loop;
  MUST(mkdir("d", 0755));
  DO(scandir, "d", 0);
  close(make_file("d/file", ""));
  MUST(symlink("file", "d/link"));
  MUST(mkdir("d/sub", 0755));
  DO(scandir, "nothing", 0);
  char lines[8][64], *names[8];
  size_t count = 0;
  TRY(uv_fs_scandir(NULL, &req, "d", 0, NULL));
  uv_dirent_t entry;
  while (uv_fs_scandir_next(&req, &entry) != UV_EOF && count < 8) {
    snprintf(lines[count], 64, "%s %d", entry.name, (int) entry.type);
    names[count] = lines[count];
    count++;
  }
  say_sorted(names, count);
  TRY(uv_fs_scandir_next(&req, &entry));
  uv_fs_req_cleanup(&req);

  TRY(uv_fs_opendir(NULL, &req, "d", NULL));
  uv_dir_t* dir = req.ptr;
  uv_fs_req_cleanup(&req);
  uv_dirent_t entries[2];
  dir->dirents = entries;
  dir->nentries = 2;
  count = 0;
  ssize_t rc;
  while ((rc = uv_fs_readdir(NULL, &req, dir, NULL)) > 0) {
    say("readdir %s", num(rc));
    for (ssize_t i = 0; i < rc && count < 8; i++) {
      snprintf(lines[count], 64, "%s %d", entries[i].name,
               (int) entries[i].type);
      names[count] = lines[count];
      count++;
    }
    uv_fs_req_cleanup(&req);
  }
  say_sorted(names, count);
  uv_fs_req_cleanup(&req);
  DO(closedir, dir);
}

/* A chain through the pool: each callback starts the next. */
static int step, chain_fd;
static char room[16];

static void chain(uv_fs_t* done) {
  bool has_fd = step == 1 && done->result > 0;
  if (has_fd) chain_fd = (int) done->result;
  say("step %d result %s type %d path %s", step,
      has_fd ? "fd" : num(done->result), (int) done->fs_type,
      done->path == NULL ? "none" : done->path);
  uv_loop_t* loop = done->loop;
  uv_fs_req_cleanup(done);
  uv_buf_t buf = uv_buf_init(room, 5);
  switch (step++) {
    case 0:
      TRY(uv_fs_open(loop, done, "chain", O_CREAT | O_RDWR, 0600, chain));
      break;
    case 1:
      TRY(uv_fs_write(loop, done, chain_fd, &buf, 1, 0, chain));
      break;
    case 2:
      TRY(uv_fs_read(loop, done, chain_fd, &buf, 1, 2, chain));
      break;
    case 3:
      TRY(uv_fs_fstat(loop, done, chain_fd, chain));
      break;
    case 4:
      TRY(uv_fs_close(loop, done, chain_fd, chain));
      break;
    case 5:
      TRY(uv_fs_rename(loop, done, "chain", "link", chain));
      break;
    case 6:
      TRY(uv_fs_unlink(loop, done, "chain", chain));
      break;
    case 7:
      TRY(uv_fs_unlink(loop, done, "link", chain));
      break;
    case 8:
      TRY(uv_fs_read(loop, done, -1, &buf, 1, 0, chain));
      break;
    case 9:
      TRY(uv_fs_scandir(loop, done, "nothing", 0, chain));
      break;
    default:
      say("end");
  }
}

static void chained(uv_loop_t* loop) {
  TRY(uv_fs_stat(loop, &step_req, "chain", chain));
  TRY(uv_loop_alive(loop));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  uv_buf_t buf = uv_buf_init(room, 5);
  TRY(uv_fs_read(loop, &step_req, 0, NULL, 1, 0, chain));
  TRY(uv_fs_write(loop, &step_req, 0, &buf, 0, 0, chain));
  TRY(uv_fs_copyfile(loop, &step_req, "a", "b", 0x1000, chain));
  TRY(uv_cancel((uv_req_t*) &step_req));
}

static const struct scenario scenarios[] = {
  { "file-paths", paths },
  { "file-descriptors", descriptors },
  { "file-directories", directories },
  { "file-chained", chained },
};
const struct family file_family = { scenarios, COUNT(scenarios) };
