/* SPDX-License-Identifier: MIT */
/* Setting a file's times from seconds in a double.
 *
 * A double holds today's time in steps of a quarter of a microsecond, so times
 * are rounded to whole microseconds: what came from milliseconds arrives as it
 * was. Before 1970 seconds are negative, and nanoseconds still count upwards.
 * UV_FS_UTIME_NOW is infinite, UV_FS_UTIME_OMIT is not a number; a time that
 * the system's type cannot hold is UV_EINVAL. */
#include "unix/fs/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>

/* Beyond any file system's range, and far within the type's. */
#define SECONDS_LIMIT 1e15

static int convert(double seconds, struct timespec* out) {
  if (isnan(seconds) || isinf(seconds)) {
    out->tv_sec = 0;
    out->tv_nsec = isnan(seconds) ? UTIME_OMIT : UTIME_NOW;
    return 0;
  }
  if (seconds > SECONDS_LIMIT || seconds < -SECONDS_LIMIT) return UV_EINVAL;
  int64_t whole = (int64_t) seconds;
  if ((double) whole > seconds) whole--; /* Conversion cuts towards 0. */
  int64_t micros = (int64_t) ((seconds - (double) whole) * 1e6 + 0.5);
  if (micros >= 1000000) {
    whole++;
    micros = 0;
  }
  out->tv_sec = (time_t) whole;
  out->tv_nsec = (long) micros * 1000;
  /* A 32-bit time_t may have cut it. */
  return (int64_t) out->tv_sec == whole ? 0 : UV_EINVAL;
}

static ssize_t set_times(uv_fs_t* req, const char* path, int flags) {
  struct timespec times[2];
  int rc = convert(req->atime, &times[0]);
  if (rc == 0) rc = convert(req->mtime, &times[1]);
  if (rc != 0) return rc;
  int failed = path != NULL ? utimensat(AT_FDCWD, path, times, flags)
                            : futimens(req->file, times);
  return failed ? UV__ERR(errno) : 0;
}

ssize_t uv__fs_utime(uv_fs_t* req) {
  return set_times(req, req->path, 0);
}

ssize_t uv__fs_lutime(uv_fs_t* req) {
  return set_times(req, req->path, AT_SYMLINK_NOFOLLOW);
}

ssize_t uv__fs_futime(uv_fs_t* req) {
  return set_times(req, NULL, 0);
}
