/* SPDX-License-Identifier: MIT */
/* Reading and writing with many buffers.
 *
 * A read is one system call: up to IOV_MAX buffers, at the offset, or at the
 * descriptor's position when the offset is negative. A write goes on until all
 * buffers are written, because a short write of a regular file is an accident
 * that no caller looks for; if it fails half-way, what was written is the
 * result. The array of buffers is never changed: it may be the caller's own.
 *
 * EINTR: a read reports it, so that a signal can end a read that may last; a
 * write goes on. */
#include "unix/fs/fs.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <sys/uio.h>
#include <unistd.h>

/* uv_buf_t is an iovec under other names; uv.h promises it on unix. */
_Static_assert(sizeof(uv_buf_t) == sizeof(struct iovec), "uv_buf_t");
_Static_assert(offsetof(uv_buf_t, base) == offsetof(struct iovec, iov_base),
               "uv_buf_t.base");
_Static_assert(offsetof(uv_buf_t, len) == offsetof(struct iovec, iov_len),
               "uv_buf_t.len");

/* What the kernel takes in one call. */
static int vector_len(unsigned nbufs) {
  return nbufs < IOV_MAX ? (int) nbufs : IOV_MAX;
}

ssize_t uv__fs_read(uv_fs_t* req) {
  const struct iovec* vec = (const struct iovec*) req->bufs;
  int count = vector_len(req->nbufs);
  ssize_t n;
  if (req->off < 0)
    n = count == 1 ? read(req->file, vec->iov_base, vec->iov_len)
                   : readv(req->file, vec, count);
  else
    n = count == 1 ? pread(req->file, vec->iov_base, vec->iov_len, req->off)
                   : preadv(req->file, vec, count, req->off);
  return n >= 0 ? n : UV__ERR(errno);
}

/* How far a write has come. */
struct progress {
  const uv_buf_t* next; /* The first buffer that is not written whole. */
  unsigned left;        /* Buffers from there on. */
  size_t skip;          /* Bytes of the first one that are written. */
};

/* Note that `n` more bytes are written. Empty buffers on the way are done. */
static void advance(struct progress* at, size_t n) {
  while (at->left > 0 && n >= at->next->len - at->skip) {
    n -= at->next->len - at->skip;
    at->skip = 0;
    at->next++;
    at->left--;
  }
  at->skip += n;
}

/* Write some of what is left: a started buffer by itself, else a vector. */
static ssize_t put(int fd, const struct progress* at, off_t offset) {
  int count = vector_len(at->left);
  ssize_t n;
  if (at->skip > 0 || count == 1) {
    const char* base =
        at->skip > 0 ? at->next->base + at->skip : at->next->base;
    size_t len = at->next->len - at->skip;
    n = offset < 0 ? write(fd, base, len) : pwrite(fd, base, len, offset);
  } else {
    const struct iovec* vec = (const struct iovec*) at->next;
    n = offset < 0 ? writev(fd, vec, count) : pwritev(fd, vec, count, offset);
  }
  return n >= 0 ? n : UV__ERR(errno);
}

ssize_t uv__fs_write(uv_fs_t* req) {
  struct progress at = { .next = req->bufs, .left = req->nbufs };
  ssize_t total = 0;
  while (at.left > 0) {
    off_t offset = req->off < 0 ? req->off : req->off + total;
    ssize_t n = put(req->file, &at, offset);
    if (n == UV_EINTR) continue;
    if (n < 0) return total > 0 ? total : n;
    unsigned left_before = at.left;
    advance(&at, (size_t) n);
    total += n;
    if (n == 0 && at.left == left_before) break; /* It takes no more. */
  }
  return total;
}
