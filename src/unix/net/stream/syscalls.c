/* SPDX-License-Identifier: MIT */
/* The system calls that write to a stream: write(2) for one buffer, writev(2)
 * for several, sendmsg(2) with a descriptor beside the bytes. A call may take
 * only some of the bytes; write.c keeps the rest.
 *
 * Loop thread only. */
#include "unix/net/stream/parts.h"

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

ssize_t uv__stream_transmit(int fd, const uv_buf_t* bufs, unsigned buf_count,
                            int send_fd) {
  /* uv_buf_t is laid out like struct iovec. */
  struct iovec* iov = (struct iovec*) (void*) bufs;
  unsigned iov_count = buf_count < IOV_MAX ? buf_count : IOV_MAX;

  for (;;) {
    ssize_t count;
    if (send_fd != -1)
      count = send_with_fd(fd, iov, iov_count, send_fd);
    else if (iov_count == 1)
      count = write(fd, iov->iov_base, iov->iov_len);
    else
      count = writev(fd, iov, (int) iov_count);

    if (count >= 0) return count;
    if (errno == EINTR) continue;
    /* ENOBUFS: the device's queue is full, which passes as well. */
    bool is_full = errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS;
    return is_full ? UV_EAGAIN : UV__ERR(errno);
  }
}

void uv__stream_wait_writable(int fd) {
  struct pollfd pollfd = { .fd = fd, .events = POLLOUT };
  /* The result does not matter: the next write(2) reports every error. */
  (void) poll(&pollfd, 1, -1);
}

int uv__stream_fd_to_pass(const uv_stream_t* send_handle) {
  if (send_handle == NULL) return -1;
  uv_os_fd_t fd;
  int rc = uv_fileno((const uv_handle_t*) send_handle, &fd);
  return rc == 0 ? fd : UV_EBADF;
}
