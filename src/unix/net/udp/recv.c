/* SPDX-License-Identifier: MIT */
/* Receiving datagrams.
 *
 * Each turn asks the user for a buffer, fills it and gives it back; it ends
 * when the kernel has no more, after 32 datagrams so that others get their
 * share, or when a callback stopped or closed the handle.
 *
 * With UV_UDP_RECVMMSG a buffer is cut into chunks of 64 KiB, for one datagram
 * each. A chunk's callback says UV_UDP_MMSG_CHUNK and leaves the buffer alone;
 * afterwards exactly one callback without it gives the buffer back: with
 * UV_UDP_MMSG_FREE, or with an error, or with "nothing there". It does not come
 * when a chunk's callback stopped receiving: there is no callback any more, as
 * in libuv. Chunks that were not shown by then are lost, as datagrams may be.
 *
 * A buffer that has no room for two chunks is refused with UV_EINVAL.
 *
 * A datagram that came back is told twice. Its error is the socket's pending
 * error, which the next ordinary read returns. Then the socket has nothing, but
 * POLLERR stays up, because the error queue (IP_RECVERR) holds the datagram: it
 * is shown with UV_UDP_LINUX_RECVERR, its payload, and the address it was meant
 * for. Reading one makes the error of the next pending. So one is read in a
 * turn, when the ordinary reads have come to an end.
 *
 * MSG_DONTWAIT is on every call: the descriptor may be shared with a process
 * that made it blocking again. Loop thread only. */
#include "unix/net/udp/parts.h"

#include "loop/handle.h"
#include "unix/io/io.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* No datagram is longer. */
#define CHUNK_SIZE (64 * 1024)
#define CHUNKS_MAX 20
#define CHUNKS_MIN 2
/* Datagrams a turn: as many as a stream reads in a row. */
#define TURN_MAX 32

/* A buffer of the user's, and the callback that takes it back. */
struct lease {
  uv_buf_t buf;
  uv_udp_recv_cb recv_cb;
};

/* The end of a lease without a datagram: 0, or what went wrong. */
static void give_back(uv_udp_t* handle,
                      const struct lease* lease,
                      int status,
                      unsigned flags) {
  lease->recv_cb(handle, status, &lease->buf, NULL, flags);
}

/* How to tell the user what errno says: no datagram is no error. */
static int nothing_or_error(int error) {
  const bool is_nothing =
      error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
  return is_nothing ? 0 : UV__ERR(error);
}

static const struct sockaddr* sender_of(const struct msghdr* header) {
  return header->msg_namelen > 0 ? header->msg_name : NULL;
}

static unsigned flags_of(const struct msghdr* header) {
  return (header->msg_flags & MSG_TRUNC) ? UV_UDP_PARTIAL : 0;
}

static void point_at(struct msghdr* header,
                     struct sockaddr_storage* name,
                     struct iovec* part) {
  memset(header, 0, sizeof(*header));
  header->msg_name = name;
  header->msg_namelen = sizeof(*name);
  header->msg_iov = part;
  header->msg_iovlen = 1;
}

/* --- One datagram -------------------------------------------------------- */

/* Receive one and show it; `source` is 0 or MSG_ERRQUEUE. True when one came.
 * False without a callback: `*ret_status` is for give_back(). */
static bool receive_one(uv_udp_t* handle,
                        const struct lease* lease,
                        int source,
                        int* ret_status) {
  struct sockaddr_storage name;
  struct iovec part = { lease->buf.base, lease->buf.len };
  struct msghdr header;
  point_at(&header, &name, &part);

  ssize_t got = recvmsg(handle->io_watcher.fd, &header, MSG_DONTWAIT | source);
  if (got < 0) {
    *ret_status = nothing_or_error(errno);
    return false;
  }
  unsigned flags = flags_of(&header);
  if (source == MSG_ERRQUEUE) flags |= UV_UDP_LINUX_RECVERR;
  lease->recv_cb(handle, got, &lease->buf, sender_of(&header), flags);
  return true;
}

void uv__udp_drop_errors(uv_udp_t* handle) {
  /* A few at a time: if more is left, the next poll phase says so. */
  for (int i = 0; i < TURN_MAX; i++) {
    struct msghdr header;
    memset(&header, 0, sizeof(header));
    if (recvmsg(handle->io_watcher.fd, &header,
                MSG_DONTWAIT | MSG_ERRQUEUE) < 0)
      return;
  }
}

/* --- Many datagrams ------------------------------------------------------ */

struct chunks {
  struct mmsghdr messages[CHUNKS_MAX];
  struct sockaddr_storage names[CHUNKS_MAX];
  struct iovec parts[CHUNKS_MAX];
  unsigned count;
};

/* How many chunks this buffer is cut into. */
static unsigned chunk_count(const uv_buf_t* buf) {
  const size_t fit = buf->len / CHUNK_SIZE;
  return fit > CHUNKS_MAX ? CHUNKS_MAX : (unsigned) fit;
}

static void cut(const uv_buf_t* buf, unsigned count, struct chunks* chunks) {
  UV__CHECK(count > 0);
  UV__CHECK(count * (size_t) CHUNK_SIZE <= buf->len);
  chunks->count = count;
  for (unsigned i = 0; i < count; i++) {
    chunks->parts[i].iov_base = buf->base + (size_t) i * CHUNK_SIZE;
    chunks->parts[i].iov_len = CHUNK_SIZE;
    point_at(&chunks->messages[i].msg_hdr, &chunks->names[i],
             &chunks->parts[i]);
    chunks->messages[i].msg_len = 0;
  }
}

static void show_chunk(uv_udp_t* handle, const struct chunks* chunks, int i) {
  const struct mmsghdr* message = &chunks->messages[i];
  const uv_buf_t chunk = { chunks->parts[i].iov_base, CHUNK_SIZE };
  /* The callback of this moment: it may have been replaced on the way. */
  handle->recv_cb(handle, message->msg_len, &chunk,
                  sender_of(&message->msg_hdr),
                  flags_of(&message->msg_hdr) | UV_UDP_MMSG_CHUNK);
}

/* Receive what fits at once, show it, end the lease. The number that came, 0
 * when there was none, or what went wrong. */
static int receive_many(uv_udp_t* handle,
                        const struct lease* lease) {
  const unsigned count = chunk_count(&lease->buf);
  if (count < CHUNKS_MIN) {
    give_back(handle, lease, UV_EINVAL, 0);
    return UV_EINVAL;
  }
  struct chunks chunks;
  cut(&lease->buf, count, &chunks);
  int got = recvmmsg(handle->io_watcher.fd, chunks.messages, chunks.count,
                     MSG_DONTWAIT, NULL);
  if (got < 0) {
    const int status = nothing_or_error(errno);
    give_back(handle, lease, status, 0);
    return status;
  }
  for (int i = 0; i < got && uv__udp_is_receiving(handle); i++)
    show_chunk(handle, &chunks, i);
  /* A program that stopped receiving in a chunk's callback has the buffer
   * already, as in libuv. After a close it cannot know, so the buffer is given
   * back all the same. */
  if (uv__udp_is_receiving(handle) || uv__handle_is_closing(handle))
    give_back(handle, lease, 0, UV_UDP_MMSG_FREE);
  return got;
}

/* --- A turn -------------------------------------------------------------- */

/* Ask for a buffer. False when there is none or no use for it; all is said to
 * the user by then. */
static bool take_lease(uv_udp_t* handle, struct lease* lease) {
  lease->buf = uv_buf_init(NULL, 0);
  lease->recv_cb = handle->recv_cb;
  handle->alloc_cb((uv_handle_t*) handle, CHUNK_SIZE, &lease->buf);
  if (lease->buf.base == NULL || lease->buf.len == 0) {
    give_back(handle, lease, UV_ENOBUFS, 0);
    return false;
  }
  if (uv__udp_is_receiving(handle)) return true;
  give_back(handle, lease, 0, 0);
  return false;
}

/* Use one lease up. The number of datagrams received, 0 when there was none, or
 * what went wrong. */
static int use_lease(uv_udp_t* handle, const struct lease* lease) {
  if (uv_udp_using_recvmmsg(handle)) return receive_many(handle, lease);
  int status = 0;
  if (receive_one(handle, lease, 0, &status)) return 1;
  give_back(handle, lease, status, 0);
  return status;
}

/* Receive until there is nothing more: true, or until it is others' turn. */
static bool receive_all(uv_udp_t* handle) {
  int left = TURN_MAX;
  while (left > 0 && uv__udp_is_receiving(handle)) {
    struct lease lease;
    if (!take_lease(handle, &lease)) return false;
    int got = use_lease(handle, &lease);
    if (got <= 0) return got == 0;
    left -= got;
  }
  return false;
}

static void receive_error(uv_udp_t* handle) {
  struct lease lease;
  int status = 0;
  if (!take_lease(handle, &lease)) return;
  if (!receive_one(handle, &lease, MSG_ERRQUEUE, &status))
    give_back(handle, &lease, status, 0);
}

void uv__udp_receive(uv_udp_t* handle, bool has_error) {
  if (receive_all(handle) && has_error && uv__udp_is_receiving(handle))
    receive_error(handle);
}

/* --- Entries ------------------------------------------------------------- */

int uv_udp_using_recvmmsg(const uv_udp_t* handle) {
  return (handle->flags & UV__UDP_RECVMMSG) != 0;
}

int uv_udp_recv_start(uv_udp_t* handle, uv_alloc_cb lend, uv_udp_recv_cb show) {
  if (handle->type != UV_UDP || lend == NULL || show == NULL) return UV_EINVAL;
  if (uv__udp_is_receiving(handle)) return UV_EALREADY;
  int rc = uv__udp_autobind(handle, AF_INET, 0);
  if (rc == 0) rc = uv__io_start(handle->loop, &handle->io_watcher, POLLIN);
  if (rc != 0) return rc;
  handle->alloc_cb = lend;
  handle->recv_cb = show;
  uv__handle_start(handle);
  return 0;
}

int uv_udp_recv_stop(uv_udp_t* handle) {
  if (handle->type != UV_UDP) return UV_EINVAL;
  if (!uv__udp_is_receiving(handle)) return 0;
  uv__io_stop(handle->loop, &handle->io_watcher, POLLIN);
  handle->alloc_cb = NULL;
  handle->recv_cb = NULL;
  if (handle->send_queue_count == 0) uv__handle_stop(handle);
  return 0;
}
