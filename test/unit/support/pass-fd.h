/* SPDX-License-Identifier: MIT */
/* Sends a descriptor over a unix socket, as another process would. */
#ifndef POLLUX_TEST_UNIT_PASS_FD_H
#define POLLUX_TEST_UNIT_PASS_FD_H

#include <string.h>
#include <sys/socket.h>

/* With one byte; 1, or -1 and errno. */
static inline ssize_t pass_fd(int over_fd, int fd) {
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control = { .header = { .cmsg_level = SOL_SOCKET,
                            .cmsg_type = SCM_RIGHTS,
                            .cmsg_len = CMSG_LEN(sizeof(int)) } };
  memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
  struct iovec iov = { .iov_base = (char[]){ 'x' }, .iov_len = 1 };
  struct msghdr msg = { .msg_iov = &iov,
                        .msg_iovlen = 1,
                        .msg_control = &control,
                        .msg_controllen = sizeof(control) };
  return sendmsg(over_fd, &msg, 0);
}

#endif
