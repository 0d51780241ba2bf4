/* SPDX-License-Identifier: MIT */
/* Receiving datagrams: uv_udp_recv_start(), uv_udp_recv_stop(), and what
 * happens when datagrams arrive.
 *
 * For each datagram the loop asks the user for a buffer, fills it and gives it
 * back. A wake-up ends when the kernel has no more datagrams, after 32 of them
 * so that other handles get their share, or when a callback has stopped or
 * closed the handle.
 *
 * With UV_UDP_RECVMMSG a buffer is cut into chunks of 64 KiB, for one datagram
 * each. The callback of a chunk has the flag UV_UDP_MMSG_CHUNK and does not
 * give the buffer back. After the chunks, exactly one callback without the flag
 * does: with UV_UDP_MMSG_FREE, with an error, or because nothing was there. If
 * the callback of a chunk stops receiving, this last callback does not come, as
 * in libuv, and the chunks that were not shown are lost.
 *
 * A buffer that has no room for two chunks is refused with UV_EINVAL.
 *
 * A datagram that came back is reported twice. First, its error is the socket's
 * pending error, and the next ordinary read returns it. Then an ordinary read
 * finds nothing, but POLLERR stays, because the error queue (IP_RECVERR) holds
 * the datagram. Its callback has UV_UDP_LINUX_RECVERR, its payload, and the
 * address it was sent to. Reading an entry makes the error of the next entry
 * pending. So a wake-up reads one entry, after the ordinary reads.
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
/* Datagrams per wake-up: as many as a stream reads in a row. */
#define TURN_MAX 32

/* The user's buffer, and the callback that gives it back. */
struct lease {
  uv_buf_t buf;
  uv_udp_recv_cb recv_cb;
};

/* End a lease without a datagram. `status` is 0, or UV_E*. */
static void give_back(uv_udp_t* handle, const struct lease* lease, int status,
                      unsigned flags) {
  lease->recv_cb(handle, status, &lease->buf, NULL, flags);
}

/* The status for the user: 0 when there was no datagram, or UV_E*. */
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

static void point_at(struct msghdr* header, struct sockaddr_storage* name,
                     struct iovec* part) {
  memset(header, 0, sizeof(*header));
  header->msg_name = name;
  header->msg_namelen = sizeof(*name);
  header->msg_iov = part;
  header->msg_iovlen = 1;
}

/* --- One datagram -------------------------------------------------------- */

/* Receive a datagram and call back; `source` is 0 or MSG_ERRQUEUE. False: there
 * was none and no callback; `*ret_status` is for give_back(). */
static bool receive_one(uv_udp_t* handle, const struct lease* lease, int source,
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
  uv__io_count_messages(handle->loop, 1);
  unsigned flags = flags_of(&header);
  if (source == MSG_ERRQUEUE) flags |= UV_UDP_LINUX_RECVERR;
  lease->recv_cb(handle, got, &lease->buf, sender_of(&header), flags);
  return true;
}

void uv__udp_drop_errors(uv_udp_t* handle) {
  /* A few at a time: if more are left, the next poll phase reports POLLERR. */
  for (int i = 0; i < TURN_MAX; i++) {
    struct msghdr header;
    memset(&header, 0, sizeof(header));
    if (recvmsg(handle->io_watcher.fd, &header, MSG_DONTWAIT | MSG_ERRQUEUE) <
        0)
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

/* The number of chunks that fit into this buffer. */
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
  /* Not the lease's callback: an earlier one may have set another. */
  handle->recv_cb(handle, message->msg_len, &chunk,
                  sender_of(&message->msg_hdr),
                  flags_of(&message->msg_hdr) | UV_UDP_MMSG_CHUNK);
}

/* Receive as many datagrams as fit by one call, show them, end the lease.
 * Returns their number, 0 when there was none, or UV_E*. */
static int receive_many(uv_udp_t* handle, const struct lease* lease) {
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
  uv__io_count_messages(handle->loop, (unsigned) got);
  for (int i = 0; i < got && uv__udp_is_receiving(handle); i++)
    show_chunk(handle, &chunks, i);
  /* A program that stops receiving in a chunk's callback keeps the buffer, as
   * in libuv. After a close it gets the buffer back all the same, since it
   * cannot know that no callback follows. */
  if (uv__udp_is_receiving(handle) || uv__handle_is_closing(handle))
    give_back(handle, lease, 0, UV_UDP_MMSG_FREE);
  return got;
}

/* --- A wake-up
 * -------------------------------------------------------------- */

/* Ask the user for a buffer. False when there is none, or when alloc_cb stopped
 * receiving: the user has been called back by then. */
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

/* Receive into one lease and end it. Returns the number of datagrams, 0 when
 * there was none, or UV_E*. */
static int use_lease(uv_udp_t* handle, const struct lease* lease) {
  if (uv_udp_using_recvmmsg(handle)) return receive_many(handle, lease);
  int status = 0;
  if (receive_one(handle, lease, 0, &status)) return 1;
  give_back(handle, lease, status, 0);
  return status;
}

/* Receive until there is no more datagram: true. False: the wake-up ended for
 * another reason. */
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
