/* SPDX-License-Identifier: MIT */
/* Reading from streams: uv_read_start(), uv_read_stop(), and what happens when
 * data arrives.
 *
 * A wake-up reads up to READS_PER_WAKE_MAX buffers. It stops after a buffer
 * that was not filled, because the kernel had no more: another read would only
 * cost one more call of alloc_cb and read_cb. The watcher is level-triggered,
 * so data that is left over is reported again.
 *
 * After a hang-up, reading goes on until a read reports the end: a pty
 * delivers its last output after POLLHUP. So a buffer that was not filled does
 * not stop the wake-up then.
 *
 * Every callback may stop, restart or close the stream, so UV__STREAM_READING
 * is looked at after each.
 *
 * Loop thread only. passed-fds.c keeps the descriptors that arrive. */
#include "unix/net/stream/parts.h"
#include "unix/net/stream/stream.h"

#include "loop/handle.h"
#include "unix/io/io.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One busy peer must not starve the others. */
#define READS_PER_WAKE_MAX 32

/* The size that alloc_cb gets as a hint. */
#define READ_SIZE_HINT (64 * 1024)

/* The kernel passes no more in one message (SCM_MAX_FD). */
#define FDS_PER_MESSAGE_MAX 253

/* --- Start and stop ----------------------------------------------------- */

static int start(uv_stream_t* stream, uv_alloc_cb alloc_cb,
                 uv_read_cb read_cb) {
  int rc = uv__io_start(stream->loop, &stream->io_watcher, POLLIN);
  if (rc != 0) return rc;

  stream->alloc_cb = alloc_cb;
  stream->read_cb = read_cb;
  stream->flags &= ~(unsigned) UV__STREAM_READ_EOF;
  stream->flags |= UV__STREAM_READING;
  uv__handle_start(stream);
  return 0;
}

/* Stop watching for data; the callbacks stay set. */
static void unwatch(uv_stream_t* stream) {
  stream->flags &= ~(unsigned) UV__STREAM_READING;
  uv__io_stop(stream->loop, &stream->io_watcher, POLLIN);
  uv__stream_rest(stream);
}

void uv__stream_read_stop(uv_stream_t* stream) {
  if (!(stream->flags & UV__STREAM_READING)) return;
  unwatch(stream);
  stream->alloc_cb = NULL;
  stream->read_cb = NULL;
}

int uv_read_start(uv_stream_t* stream, uv_alloc_cb alloc_cb,
                  uv_read_cb read_cb) {
  bool has_args = stream != NULL && alloc_cb != NULL && read_cb != NULL;
  if (!has_args || uv__handle_is_closing(stream)) return UV_EINVAL;
  if (stream->flags & UV__STREAM_READING) return UV_EALREADY;
  if (!(stream->flags & UV__STREAM_READABLE)) return UV_ENOTCONN;
  return start(stream, alloc_cb, read_cb);
}

int uv_read_stop(uv_stream_t* stream) {
  uv__stream_read_stop(stream);
  return 0;
}

/* --- Receiving ---------------------------------------------------------- */

/* Keep the descriptors of one control message. After one that could not be
 * kept, the function still goes through the rest. 0, or the first error. */
static int keep_fds(uv_stream_t* stream, struct cmsghdr* cmsg) {
  size_t count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  const unsigned char* data = CMSG_DATA(cmsg);
  int first_error = 0;

  for (size_t i = 0; i < count; i++) {
    int fd;
    memcpy(&fd, data + i * sizeof(fd), sizeof(fd));
    int rc = uv__fds_add(stream, fd);
    if (first_error == 0) first_error = rc;
  }
  return first_error;
}

/* Read from a pipe that carries descriptors beside its bytes. */
static ssize_t receive_with_fds(uv_stream_t* stream, const uv_buf_t* buf) {
  union {
    struct cmsghdr align;
    char space[CMSG_SPACE(FDS_PER_MESSAGE_MAX * sizeof(int))];
  } control;
  struct iovec iov = { .iov_base = buf->base, .iov_len = buf->len };
  struct msghdr msg = {
    .msg_iov = &iov,
    .msg_iovlen = 1,
    .msg_control = &control,
    .msg_controllen = sizeof(control),
  };

  ssize_t count = recvmsg(stream->io_watcher.fd, &msg, MSG_CMSG_CLOEXEC);
  if (count == -1) return UV__ERR(errno);

  int error = 0;
  for (struct cmsghdr* cmsg = CMSG_FIRSTHDR(&msg); cmsg != NULL;
       cmsg = CMSG_NXTHDR(&msg, cmsg)) {
    if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
      continue;
    int rc = keep_fds(stream, cmsg);
    if (error == 0) error = rc;
  }
  return error != 0 ? error : count;
}

/* Bytes read, 0 at the end, or UV_E*. */
static ssize_t receive(uv_stream_t* stream, const uv_buf_t* buf) {
  if (!uv__stream_passes_fds(stream)) return uv__stream_receive(stream, buf);
  ssize_t count;
  do count = receive_with_fds(stream, buf);
  while (count == UV_EINTR);
  return count;
}

/* --- One wake-up -------------------------------------------------------- */

/* Report the end or an error. Reading stops first, so that the callback may
 * start it again. */
static void end_reading(uv_stream_t* stream, int status, const uv_buf_t* buf) {
  unwatch(stream);
  if (status == UV_EOF)
    stream->flags |= UV__STREAM_READ_EOF;
  else
    stream->flags &= ~(unsigned) (UV__STREAM_READABLE | UV__STREAM_WRITABLE);
  stream->read_cb(stream, status, buf);
}

enum outcome { FILLED, SHORT, OVER };

/* Read into one buffer and call back. FILLED and SHORT say how full it was;
 * OVER: there is nothing more to read now. */
static enum outcome read_once(uv_stream_t* stream) {
  uv_buf_t buf = uv_buf_init(NULL, 0);
  stream->alloc_cb((uv_handle_t*) stream, READ_SIZE_HINT, &buf);
  if (!(stream->flags & UV__STREAM_READING)) return OVER;

  if (buf.base == NULL || buf.len == 0) {
    stream->read_cb(stream, UV_ENOBUFS, &buf);
    return OVER;
  }

  ssize_t count = receive(stream, &buf);
  if (count > 0) {
    uv__io_count_bytes(stream->loop, (size_t) count);
    /* Computed first: the callback may change the buffer. */
    enum outcome outcome = (size_t) count == buf.len ? FILLED : SHORT;
    stream->read_cb(stream, count, &buf);
    return outcome;
  }

  if (count == UV_EAGAIN)
    stream->read_cb(stream, 0, &buf);
  else
    end_reading(stream, count == 0 ? UV_EOF : (int) count, &buf);
  return OVER;
}

void uv__stream_read(uv_stream_t* stream, unsigned events) {
  /* A second read from a blocking descriptor could wait for ever. */
  bool is_blocking = (stream->flags & UV__STREAM_BLOCKING_WRITES) != 0;
  int turns = is_blocking ? 1 : READS_PER_WAKE_MAX;

  while (turns-- > 0 && (stream->flags & UV__STREAM_READING)) {
    enum outcome outcome = read_once(stream);
    if (outcome == OVER) return;
    if (outcome == SHORT && !(events & POLLHUP)) return;
  }
}
