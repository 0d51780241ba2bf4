/* SPDX-License-Identifier: MIT */
/* A batch: datagrams on their way to the kernel in as few calls as possible.
 * Lives on the stack of its two users, send.c's queue and uv_udp_try_send2().
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

/* Add a datagram; `addr` NULL: to the peer. All of it stays the caller's,
 * and must be there until the batch has been sent. */
void uv__udp_batch_add(struct uv__udp_batch* batch,
                       const struct sockaddr* addr,
                       const uv_buf_t* bufs,
                       size_t nbufs);

/* Datagrams sent, the first ones and at least one, or the error of the first;
 * UV_EAGAIN: it may be tried later. The bytes of each are in its msg_len. */
int uv__udp_batch_send(uv_udp_t* handle, struct uv__udp_batch* batch);

#endif
