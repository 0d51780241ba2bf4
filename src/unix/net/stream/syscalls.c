/* SPDX-License-Identifier: MIT */
/* The system calls that read from a stream and write to it. A call may take
 * only some of the bytes; write.c keeps the rest.
 *
 * A stream that is known to be a socket (UV__STREAM_SOCKET) is served by
 * recv(2), send(2) and sendmsg(2), any other by read(2), write(2) and
 * writev(2). On a SOCK_STREAM socket they do the same, SIGPIPE included, and
 * the first three spare the kernel's file layer. Other types of sockets differ:
 * write(2) ends a record of a SOCK_SEQPACKET socket, send(2) does not.
 *
 * The knowledge can become wrong: a program puts another file in the place of
 * the descriptor by dup2(2), or a policy (seccomp) allows only the other calls.
 * Then the stream forgets it and the call is made again in the other way.
 *
 * Loop thread only. */
#include "unix/net/stream/parts.h"

#include "loop/handle.h"
#include "unix/os/sock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef IOV_MAX
#define IOV_MAX 1024
#endif

/* One sendmsg(2) with `send_fd` beside the bytes. */
static ssize_t send_with_fd(int fd, struct iovec* iov, size_t iov_count,
                            int send_fd) {
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control;
  memset(&control, 0, sizeof(control));
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  control.header.cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(&control.header), &send_fd, sizeof(send_fd));

  struct msghdr msg = {
    .msg_iov = iov,
    .msg_iovlen = (uv__iov_count_t) iov_count,
    .msg_control = &control,
    .msg_controllen = sizeof(control),
  };
  return sendmsg(fd, &msg, 0);
}

static bool is_socket(const uv_stream_t* stream) {
  return (stream->flags & UV__STREAM_SOCKET) != 0;
}

/* The socket's own call has failed with `error`. True: the stream counts as no
 * socket from now on, and the other call is to be tried. */
static bool forget_socket(uv_stream_t* stream, int error) {
  bool is_refused =
      error == ENOTSOCK || error == ENOSYS || error == EPERM || error == EACCES;
  if (!is_refused || !is_socket(stream)) return false;
  stream->flags &= ~(unsigned) UV__STREAM_SOCKET;
  return true;
}

ssize_t uv__stream_receive(uv_stream_t* stream, const uv_buf_t* buf) {
  int fd = stream->io_watcher.fd;
  for (;;) {
    ssize_t count = is_socket(stream) ? recv(fd, buf->base, buf->len, 0)
                                      : read(fd, buf->base, buf->len);
    if (count >= 0) return count;
    if (errno == EINTR || forget_socket(stream, errno)) continue;
    return UV__ERR(errno);
  }
}

/* One call for all buffers. */
static ssize_t transmit_bytes(const uv_stream_t* stream, struct iovec* iov,
                              unsigned iov_count) {
  int fd = stream->io_watcher.fd;
  if (!is_socket(stream))
    return iov_count == 1 ? write(fd, iov->iov_base, iov->iov_len)
                          : writev(fd, iov, (int) iov_count);
  if (iov_count == 1) return send(fd, iov->iov_base, iov->iov_len, 0);
  struct msghdr msg = { .msg_iov = iov,
                        .msg_iovlen = (uv__iov_count_t) iov_count };
  return sendmsg(fd, &msg, 0);
}

ssize_t uv__stream_transmit(uv_stream_t* stream, const uv_buf_t* bufs,
                            unsigned buf_count, int send_fd) {
  /* uv_buf_t is laid out like struct iovec. */
  struct iovec* iov = (struct iovec*) (void*) bufs;
  unsigned iov_count = buf_count < IOV_MAX ? buf_count : IOV_MAX;

  for (;;) {
    ssize_t count = send_fd == -1 ? transmit_bytes(stream, iov, iov_count)
                                  : send_with_fd(stream->io_watcher.fd, iov,
                                                 iov_count, send_fd);
    if (count >= 0) return count;
    if (errno == EINTR) continue;
    if (send_fd == -1 && forget_socket(stream, errno)) continue;
    /* ENOBUFS: the device's queue is full, which passes as well. */
    bool is_full = errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS;
    return is_full ? UV_EAGAIN : UV__ERR(errno);
  }
}

void uv__stream_wait_writable(int fd) {
  struct pollfd pollfd = { .fd = fd, .events = POLLOUT };
  /* The result does not matter: the next write reports every error. */
  (void) poll(&pollfd, 1, -1);
}

int uv__stream_fd_to_pass(const uv_stream_t* send_handle) {
  if (send_handle == NULL) return -1;
  uv_os_fd_t fd;
  int rc = uv_fileno((const uv_handle_t*) send_handle, &fd);
  return rc == 0 ? fd : UV_EBADF;
}
