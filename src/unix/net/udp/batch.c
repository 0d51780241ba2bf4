/* SPDX-License-Identifier: MIT */
/* The system calls that send datagrams.
 *
 * Consecutive datagrams of one size to one destination leave by one GSO send
 * (generic segmentation offload): the network stack handles one message, and
 * cuts it into segments at the end. All others leave by one sendmmsg(2). The
 * user sees the same either way:
 *
 *  - order, boundaries and sizes are those of separate sends
 *  - a GSO send leaves whole or not at all. If it is refused, sendmmsg(2) tries
 *    its datagrams again, and each request gets its own status
 *  - sockets that report datagrams which came back (connected sockets, and
 *    those with IP_RECVERR) send separately: of a GSO send the kernel would
 *    report only one datagram
 *
 * A handle whose GSO send the kernel has refused does not try again
 * (UV__UDP_NO_GSO): mostly its datagrams are larger than the path's packets.
 *
 * Loop thread only. */
#include "unix/net/udp/batch.h"

#include "base/assert.h"
#include "loop/handle.h"
#include "unix/io/io.h"
#include "unix/net/udp/parts.h"
#include "unix/os/sock.h"
#include "unix/os/udp-segment.h"

#include <errno.h>
#include <string.h>

/* With two, looking at the socket's options costs what is gained (ADR 8). */
#define SEGMENTS_MIN 3

/* Buffers in one GSO send; 2 KiB of stack. */
#define SEGMENT_BUFS_MAX 128

void uv__udp_batch_add(struct uv__udp_batch* batch, const struct sockaddr* addr,
                       const uv_buf_t* bufs, size_t nbufs) {
  UV__CHECK(batch->count < UV__UDP_BATCH_MAX);
  struct msghdr* header = &batch->messages[batch->count++].msg_hdr;
  memset(header, 0, sizeof(*header));
  if (addr != NULL) {
    header->msg_name = (void*) (uintptr_t) addr;
    header->msg_namelen = uv__sockaddr_len(addr);
  }
  /* uv_buf_t is laid out as struct iovec. */
  header->msg_iov = (struct iovec*) (uintptr_t) bufs;
  header->msg_iovlen = (uv__iov_count_t) nbufs;
}

/* --- GSO ----------------------------------------------------------------- */

struct segments {
  unsigned count; /* Datagrams, from the first of the batch on. */
  size_t size;    /* Of each but the last. */
  size_t last_size;
  size_t buf_count;
  struct iovec bufs[SEGMENT_BUFS_MAX];
};

static size_t size_of(const struct msghdr* header) {
  size_t size = 0;
  for (size_t i = 0; i < (size_t) header->msg_iovlen; i++)
    size += header->msg_iov[i].iov_len;
  return size;
}

static bool has_same_dest(const struct msghdr* a, const struct msghdr* b) {
  if (a->msg_namelen != b->msg_namelen) return false;
  return a->msg_name == b->msg_name ||
         memcmp(a->msg_name, b->msg_name, a->msg_namelen) == 0;
}

/* Collect the batch's first datagrams, as many as one GSO send takes. */
static void gather(const struct uv__udp_batch* batch, struct segments* to) {
  const struct msghdr* first = &batch->messages[0].msg_hdr;
  size_t total = 0;
  to->count = 0;
  to->buf_count = 0;
  to->size = size_of(first);
  to->last_size = to->size;

  while (to->count < batch->count && to->count < UV__SEGMENTS_MAX) {
    const struct msghdr* next = &batch->messages[to->count].msg_hdr;
    const size_t size = size_of(next);
    const size_t count = (size_t) next->msg_iovlen;
    total += size;
    if (size == 0 || size > to->size || total > UV__SEGMENTS_BYTES_MAX ||
        to->buf_count + count > SEGMENT_BUFS_MAX || !has_same_dest(first, next))
      return;
    memcpy(to->bufs + to->buf_count, next->msg_iov,
           count * sizeof(to->bufs[0]));
    to->buf_count += count;
    to->count++;
    to->last_size = size;
    if (size < to->size) return; /* Only the last may be shorter. */
  }
}

static bool may_use_gso(const uv_udp_t* handle) {
  if (handle->flags & UV__UDP_NO_GSO) return false;
  if (uv__udp_is_connected(handle)) return false;
  const bool is_ipv6 = (handle->flags & UV__UDP_IPV6) != 0;
  return uv__udp_segment_fits(handle->io_watcher.fd, is_ipv6);
}

/* The number of datagrams sent; UV_EAGAIN; or 0: sendmmsg(2) has to send
 * them. */
static int send_by_gso(uv_udp_t* handle, struct uv__udp_batch* batch) {
  struct segments segments;
  gather(batch, &segments);
  if (segments.count < SEGMENTS_MIN || !may_use_gso(handle)) return 0;

  const struct msghdr* first = &batch->messages[0].msg_hdr;
  struct msghdr header = {
    .msg_name = first->msg_name,
    .msg_namelen = first->msg_namelen,
    .msg_iov = segments.bufs,
    .msg_iovlen = (uv__iov_count_t) segments.buf_count,
  };
  ssize_t rc = uv__udp_segment_send(handle->io_watcher.fd, &header,
                                    (uint16_t) segments.size);
  if (rc == UV_EAGAIN) return UV_EAGAIN;
  if (rc == UV_EINVAL || rc == UV_EMSGSIZE || rc == UV_EIO)
    handle->flags |= UV__UDP_NO_GSO;
  if (rc < 0) return 0;

  for (unsigned i = 0; i < segments.count; i++)
    batch->messages[i].msg_len = (unsigned) segments.size;
  batch->messages[segments.count - 1].msg_len = (unsigned) segments.last_size;
  return (int) segments.count;
}

/* --- The batch ----------------------------------------------------------- */

/* MSG_DONTWAIT: the descriptor may be shared with a process that made it
 * blocking again. */
static int send_separately(int fd, struct uv__udp_batch* batch) {
  if (batch->count > 1)
    return sendmmsg(fd, batch->messages, batch->count, MSG_DONTWAIT);
  struct mmsghdr* only = &batch->messages[0];
  ssize_t bytes = sendmsg(fd, &only->msg_hdr, MSG_DONTWAIT);
  only->msg_len = bytes > 0 ? (unsigned) bytes : 0;
  return bytes < 0 ? -1 : 1;
}

static int send_batch(uv_udp_t* handle, struct uv__udp_batch* batch) {
  UV__CHECK(batch->count > 0);
  if (batch->count >= SEGMENTS_MIN) {
    int sent = send_by_gso(handle, batch);
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

int uv__udp_batch_send(uv_udp_t* handle, struct uv__udp_batch* batch) {
  int sent = send_batch(handle, batch);
  if (sent > 0) uv__io_count_messages(handle->loop, (unsigned) sent);
  return sent;
}
