/* SPDX-License-Identifier: MIT */
/* Sending part of a file to another descriptor.
 *
 * sendfile(2) does it where it can. For pairs of descriptors that it refuses
 * (nothing to map on the input side, an output opened for appending, ...) the
 * bytes are carried by hand: from the offset when the input has offsets, else
 * from where it stands.
 *
 * The result is the number of bytes sent, which may be less than asked for: the
 * input ended, or the output is non-blocking and full. Bytes taken from an
 * input without offsets cannot be given back, so there a full output is waited
 * for. */
#include "unix/fs/fs.h"

#include "base/alloc.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/sendfile.h>
#include <unistd.h>

enum { SCRATCH_SIZE = 64 * 1024 };

struct carrier {
  int in_fd;
  int out_fd;
  off_t offset; /* Of the next byte to read, when the input is seekable. */
  bool is_seekable;
  char* scratch;
};

static ssize_t take(const struct carrier* c, size_t len) {
  ssize_t n;
  do
    n = c->is_seekable ? pread(c->in_fd, c->scratch, len, c->offset)
                       : read(c->in_fd, c->scratch, len);
  while (n < 0 && errno == EINTR);
  return n >= 0 ? n : UV__ERR(errno);
}

static int await_space(int fd) {
  struct pollfd entry = { .fd = fd, .events = POLLOUT };
  while (poll(&entry, 1, -1) < 0)
    if (errno != EINTR) return UV__ERR(errno);
  return 0;
}

/* Write `len` bytes of the scratch buffer. How many were written; `*rc` says
 * what kept the rest. */
static size_t give(const struct carrier* c, size_t len, int* rc) {
  size_t done = 0;
  *rc = 0;
  while (done < len && *rc == 0) {
    ssize_t n = write(c->out_fd, c->scratch + done, len - done);
    if (n >= 0)
      done += (size_t) n;
    else if (errno == EINTR)
      continue;
    else if ((errno == EAGAIN || errno == EWOULDBLOCK) && !c->is_seekable)
      *rc = await_space(c->out_fd);
    else
      *rc = UV__ERR(errno);
  }
  return done;
}

static ssize_t carry_all(struct carrier* c, size_t len) {
  size_t total = 0;
  while (total < len) {
    size_t want = len - total < SCRATCH_SIZE ? len - total : SCRATCH_SIZE;
    ssize_t got = take(c, want);
    if (got < 0 && total == 0) return got;
    if (got <= 0) break;
    int rc;
    size_t given = give(c, (size_t) got, &rc);
    total += given;
    c->offset += (off_t) given;
    if (rc != 0 && total == 0) return rc;
    if (rc != 0) break;
  }
  return (ssize_t) total;
}

static ssize_t carry(int out_fd, int in_fd, off_t offset, size_t len) {
  struct carrier c = { .in_fd = in_fd, .out_fd = out_fd, .offset = offset };
  c.is_seekable = lseek(in_fd, 0, SEEK_CUR) >= 0;
  c.scratch = uv__malloc(SCRATCH_SIZE);
  if (c.scratch == NULL) return UV_ENOMEM;
  ssize_t rc = carry_all(&c, len);
  uv__free(c.scratch);
  return rc;
}

/* Is it the pair of descriptors that sendfile(2) does not like? */
static bool is_wrong_pair(int rc) {
  static const int reasons[] = { UV_EINVAL, UV_EIO,    UV_ENOTSOCK,
                                 UV_EXDEV,  UV_ESPIPE, UV_ENOSYS };
  for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
    if (rc == reasons[i]) return true;
  return false;
}

ssize_t uv__fs_sendfile(uv_fs_t* req) {
  int in_fd = req->flags;
  size_t len = req->bufsml[0].len;
  off_t offset = req->off;
  ssize_t n = sendfile(req->file, in_fd, &offset, len);
  if (n >= 0) return n;
  int rc = UV__ERR(errno);
  if (!is_wrong_pair(rc)) return rc;
  return carry(req->file, in_fd, req->off, len);
}
