/* SPDX-License-Identifier: MIT */
/* A batch: datagrams that go to the kernel in as few system calls as possible.
 * It lives on the stack of its users in send.c.
 * Loop thread only. */
#ifndef POLLUX_UNIX_NET_UDP_BATCH_H
#define POLLUX_UNIX_NET_UDP_BATCH_H

#include "base/abi.h"

#include <sys/socket.h>

/* As many as one GSO send may hold (os/udp-segment.h). */
#define UV__UDP_BATCH_MAX 64

struct uv__udp_batch {
  struct mmsghdr messages[UV__UDP_BATCH_MAX];
  unsigned count;
};

/* Add a datagram; `addr` NULL: to the peer. The batch points to the arguments,
 * so the caller keeps them until the batch has been sent. */
void uv__udp_batch_add(struct uv__udp_batch* batch, const struct sockaddr* addr,
                       const uv_buf_t* bufs, size_t nbufs);

/* Send the first datagrams of the batch. Returns how many were sent, at least
 * one; or the error of the first; or UV_EAGAIN: try again later. The msg_len of
 * each has its bytes. */
int uv__udp_batch_send(uv_udp_t* handle, struct uv__udp_batch* batch);

#endif
