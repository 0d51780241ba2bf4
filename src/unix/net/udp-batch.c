/* SPDX-License-Identifier: MIT */
/* Handing datagrams to the kernel.
 *
 * Datagrams of one size to one destination that follow each other leave in one
 * piece (GSO), which goes through the network stack once; all others leave by
 * one sendmmsg(2). What a user sees is the same either way:
 *
 *  - order, boundaries and sizes are those of separate sends
 *  - a piece goes out whole or not at all, so that each request of it is done,
 *    or is tried again by sendmmsg(2) and gets the status that is its own
 *  - sockets that are told of datagrams which came back, connected ones and
 *    those with IP_RECVERR, send separately: a piece would come back once
 *
 * A handle whose pieces the kernel cannot cut does not try again
 * (UV__UDP_NO_PIECES): mostly its datagrams are larger than the path's packets.
 *
 * Loop thread only. */
#include "unix/net/udp-batch.h"

#include "base/assert.h"
#include "loop/handle.h"
#include "unix/net/udp.h"
#include "unix/os/sock.h"
#include "unix/os/udp-segment.h"

#include <errno.h>
#include <string.h>

/* Two gain what the look at the socket's options costs (ADR 8). */
#define PIECE_MIN 3

/* Their buffers in one call; 2 KiB of stack. */
#define PIECE_BUFS_MAX 128

void uv__udp_batch_add(struct uv__udp_batch* batch,
                       const struct sockaddr* addr,
                       const uv_buf_t* bufs,
                       size_t nbufs) {
  UV__CHECK(batch->count < UV__UDP_BATCH_MAX);
  struct msghdr* header = &batch->messages[batch->count++].msg_hdr;
  memset(header, 0, sizeof(*header));
  if (addr != NULL) {
    header->msg_name = (void*) (uintptr_t) addr;
    header->msg_namelen = uv__sockaddr_len(addr);
  }
  /* uv_buf_t is laid out as struct iovec. */
  header->msg_iov = (struct iovec*) (uintptr_t) bufs;
  header->msg_iovlen = nbufs;
}

/* --- One piece ----------------------------------------------------------- */

struct piece {
  unsigned count;    /* Datagrams, from the first of the batch on. */
  size_t size;       /* Of each but the last. */
  size_t last_size;
  size_t buf_count;
  struct iovec bufs[PIECE_BUFS_MAX];
};

static size_t size_of(const struct msghdr* header) {
  size_t size = 0;
  for (size_t i = 0; i < header->msg_iovlen; i++)
    size += header->msg_iov[i].iov_len;
  return size;
}

static bool has_same_dest(const struct msghdr* a, const struct msghdr* b) {
  if (a->msg_namelen != b->msg_namelen) return false;
  return a->msg_name == b->msg_name ||
         memcmp(a->msg_name, b->msg_name, a->msg_namelen) == 0;
}

/* Put the batch's first datagrams together, as far as they go in one piece. */
static void gather(const struct uv__udp_batch* batch, struct piece* piece) {
  const struct msghdr* first = &batch->messages[0].msg_hdr;
  size_t total = 0;
  piece->count = 0;
  piece->buf_count = 0;
  piece->size = size_of(first);
  piece->last_size = piece->size;

  while (piece->count < batch->count && piece->count < UV__SEGMENTS_MAX) {
    const struct msghdr* next = &batch->messages[piece->count].msg_hdr;
    const size_t size = size_of(next);
    total += size;
    if (size == 0 || size > piece->size || total > UV__SEGMENTS_BYTES_MAX ||
        piece->buf_count + next->msg_iovlen > PIECE_BUFS_MAX ||
        !has_same_dest(first, next))
      return;
    memcpy(piece->bufs + piece->buf_count, next->msg_iov,
           next->msg_iovlen * sizeof(piece->bufs[0]));
    piece->buf_count += next->msg_iovlen;
    piece->count++;
    piece->last_size = size;
    if (size < piece->size) return; /* Only the last may be shorter. */
  }
}

static bool may_send_pieces(const uv_udp_t* handle) {
  if (handle->flags & UV__UDP_NO_PIECES) return false;
  if (uv__udp_is_connected(handle)) return false;
  const bool is_ipv6 = (handle->flags & UV__UDP_IPV6) != 0;
  return uv__udp_segment_fits(handle->io_watcher.fd, is_ipv6);
}

/* Datagrams sent; UV_EAGAIN; or 0: they are for sendmmsg(2). */
static int send_piece(uv_udp_t* handle, struct uv__udp_batch* batch) {
  struct piece piece;
  gather(batch, &piece);
  if (piece.count < PIECE_MIN || !may_send_pieces(handle)) return 0;

  const struct msghdr* first = &batch->messages[0].msg_hdr;
  struct msghdr header = {
    .msg_name = first->msg_name,
    .msg_namelen = first->msg_namelen,
    .msg_iov = piece.bufs,
    .msg_iovlen = piece.buf_count,
  };
  ssize_t rc = uv__udp_segment_send(handle->io_watcher.fd, &header,
                                    (uint16_t) piece.size);
  if (rc == UV_EAGAIN) return UV_EAGAIN;
  if (rc == UV_EINVAL || rc == UV_EMSGSIZE || rc == UV_EIO)
    handle->flags |= UV__UDP_NO_PIECES;
  if (rc < 0) return 0;

  for (unsigned i = 0; i < piece.count; i++)
    batch->messages[i].msg_len = (unsigned) piece.size;
  batch->messages[piece.count - 1].msg_len = (unsigned) piece.last_size;
  return (int) piece.count;
}

/* --- The batch ----------------------------------------------------------- */

/* MSG_DONTWAIT: the descriptor may be shared with somebody who made it blocking
 * again. */
static int send_separately(int fd, struct uv__udp_batch* batch) {
  if (batch->count > 1)
    return sendmmsg(fd, batch->messages, batch->count, MSG_DONTWAIT);
  struct mmsghdr* only = &batch->messages[0];
  ssize_t bytes = sendmsg(fd, &only->msg_hdr, MSG_DONTWAIT);
  only->msg_len = bytes > 0 ? (unsigned) bytes : 0;
  return bytes < 0 ? -1 : 1;
}

int uv__udp_batch_send(uv_udp_t* handle, struct uv__udp_batch* batch) {
  UV__CHECK(batch->count > 0);
  if (batch->count >= PIECE_MIN) {
    int sent = send_piece(handle, batch);
    if (sent != 0) return sent;
  }

  int sent = send_separately(handle->io_watcher.fd, batch);
  if (sent >= 0) return sent;
  switch (errno) {
    case EWOULDBLOCK:
    case ENOBUFS: /* The device's queue is full: that passes as well. */
    case EINTR:
      return UV_EAGAIN;
    default:
      return UV__ERR(errno);
  }
}
