/* SPDX-License-Identifier: MIT */
/* Sending datagrams: uv_udp_send() and its relatives, and the queue of
 * requests.
 *
 * A request is on one of two queues of its handle: write_queue while the kernel
 * has not taken it, write_completed_queue while its callback is due. Sizes and
 * counts cover both: a request leaves them right before its callback.
 *
 * The first request is tried at once. Requests that follow before its callback
 * has run are collected, and the next iteration hands them over in batches: one
 * system call for up to 64 datagrams (batch.c).
 *
 * While send_queue_count > 0, one of these holds, so no request is forgotten:
 * the watcher is fed (uv__io_feed()), POLLOUT is wanted, uv__udp_send_report()
 * is running and looks again at its end, or the handle is closing.
 *
 * Loop thread only. */
#include "unix/net/udp/batch.h"
#include "unix/net/udp/parts.h"

#include "base/bufs.h"
#include "base/queue.h"
#include "loop/handle.h"
#include "loop/req.h"
#include "unix/io/io.h"
#include "unix/os/sock.h"

#include <string.h>

/* --- The queues ---------------------------------------------------------- */

static uv_udp_send_t* oldest(const uv_udp_t* handle) {
  return uv__container_of(uv__queue_first(&handle->write_queue), uv_udp_send_t,
                          queue);
}

/* The oldest queued request is over. */
static void settle(uv_udp_t* handle, ssize_t status) {
  uv_udp_send_t* req = oldest(handle);
  req->status = status;
  uv__queue_remove(&req->queue);
  uv__queue_push(&handle->write_completed_queue, &req->queue);
}

static void collect(const uv_udp_t* handle, struct uv__udp_batch* batch) {
  batch->count = 0;
  uv__queue_each(node, &handle->write_queue) {
    if (batch->count == UV__UDP_BATCH_MAX) return;
    const uv_udp_send_t* req = uv__container_of(node, uv_udp_send_t, queue);
    const bool has_addr = req->u.addr.sa_family != AF_UNSPEC;
    uv__udp_batch_add(batch, has_addr ? &req->u.addr : NULL, req->bufs,
                      req->nbufs);
  }
}

void uv__udp_send_flush(uv_udp_t* handle) {
  uv__io_t* w = &handle->io_watcher;
  struct uv__udp_batch batch;

  while (!uv__queue_empty(&handle->write_queue)) {
    collect(handle, &batch);
    int sent = uv__udp_batch_send(handle, &batch);
    if (sent == UV_EAGAIN) {
      int rc = uv__io_start(handle->loop, w, POLLOUT);
      if (rc == 0) break;
      sent = rc; /* No wake-up would come: the request has failed. */
    }
    if (sent < 0) settle(handle, sent);
    for (int i = 0; i < sent; i++) settle(handle, batch.messages[i].msg_len);
  }

  if (uv__queue_empty(&handle->write_queue))
    uv__io_stop(handle->loop, w, POLLOUT);
  if (!uv__queue_empty(&handle->write_completed_queue))
    uv__io_feed(handle->loop, w);
}

void uv__udp_send_abandon(uv_udp_t* handle, int status) {
  while (!uv__queue_empty(&handle->write_queue)) settle(handle, status);
}

/* End a request. The callback comes last, because it may free the request. */
static void report(uv_udp_t* handle, uv_udp_send_t* req) {
  const size_t size = uv__bufs_size(req->bufs, req->nbufs);
  UV__CHECK(handle->send_queue_count > 0);
  UV__CHECK(handle->send_queue_size >= size);
  handle->send_queue_size -= size;
  handle->send_queue_count--;
  uv__bufs_release(req->bufs, req->bufsml);
  req->bufs = NULL;
  uv__req_end(handle->loop);
  if (req->send_cb != NULL)
    req->send_cb(req, req->status < 0 ? (int) req->status : 0);
}

void uv__udp_send_report(uv_udp_t* handle) {
  /* Sends of the callbacks are reported in the next iteration. */
  struct uv__queue due;
  uv__queue_move(&handle->write_completed_queue, &due);
  while (!uv__queue_empty(&due))
    report(handle, uv__container_of(uv__queue_pop(&due), uv_udp_send_t, queue));

  /* The handle exists until its close callback, so it can be asked. */
  if (uv__handle_is_closing(handle)) return;
  if (handle->send_queue_count > 0) {
    if (!uv__io_active(&handle->io_watcher, POLLOUT))
      uv__io_feed(handle->loop, &handle->io_watcher);
  } else if (!uv__udp_is_receiving(handle)) {
    uv__handle_stop(handle);
  }
}

/* --- Entries ------------------------------------------------------------- */

/* May this handle send to `addr`? NULL: to its peer. */
static int check_destination(const uv_udp_t* handle,
                             const struct sockaddr* addr) {
  if (addr == NULL) return uv__udp_is_connected(handle) ? 0 : UV_EDESTADDRREQ;
  if (uv__udp_is_connected(handle)) return UV_EISCONN;
  return uv__sockaddr_len(addr) == 0 ? UV_EINVAL : 0;
}

/* Can these buffers be a datagram? The kernel decides whether it is too long
 * for the protocol. */
static int check_parts(const uv_buf_t bufs[], unsigned nbufs) {
  size_t size;
  return nbufs == 0 ? UV_EINVAL : uv__bufs_measure(bufs, nbufs, &size);
}

/* The checks and the socket that both single sends need. */
static int make_ready(uv_udp_t* handle, const uv_buf_t bufs[], unsigned nbufs,
                      const struct sockaddr* addr) {
  if (handle->type != UV_UDP) return UV_EINVAL;
  int rc = check_parts(bufs, nbufs);
  if (rc == 0) rc = check_destination(handle, addr);
  if (rc != 0) return rc;
  return uv__udp_autobind(handle, addr != NULL ? addr->sa_family : AF_INET, 0);
}

static int fill_request(uv_udp_send_t* req, const uv_buf_t bufs[],
                        unsigned nbufs, const struct sockaddr* addr) {
  req->bufs = uv__bufs_copy(req->bufsml, bufs, nbufs);
  if (req->bufs == NULL) return UV_ENOMEM;
  req->nbufs = nbufs;
  req->status = 0;
  req->u.addr.sa_family = AF_UNSPEC;
  if (addr != NULL) memcpy(&req->u.storage, addr, uv__sockaddr_len(addr));
  return 0;
}

int uv_udp_send(uv_udp_send_t* req, uv_udp_t* handle, const uv_buf_t parts[],
                unsigned part_count, const struct sockaddr* dest,
                uv_udp_send_cb on_sent) {
  int rc = make_ready(handle, parts, part_count, dest);
  if (rc == 0) rc = fill_request(req, parts, part_count, dest);
  if (rc != 0) return rc;

  uv__req_start(handle->loop, req, UV_UDP_SEND);
  req->handle = handle;
  req->send_cb = on_sent;
  const bool is_first = handle->send_queue_count == 0;
  handle->send_queue_size += uv__bufs_size(req->bufs, part_count);
  handle->send_queue_count++;
  uv__queue_push(&handle->write_queue, &req->queue);
  uv__handle_start(handle);
  if (is_first) uv__udp_send_flush(handle);
  return 0;
}

int uv_udp_try_send(uv_udp_t* handle, const uv_buf_t bufs[], unsigned int nbufs,
                    const struct sockaddr* addr) {
  int rc = make_ready(handle, bufs, nbufs, addr);
  if (rc != 0) return rc;
  if (handle->send_queue_count > 0) return UV_EAGAIN; /* They go first. */

  struct uv__udp_batch batch;
  batch.count = 0;
  uv__udp_batch_add(&batch, addr, bufs, nbufs);
  rc = uv__udp_batch_send(handle, &batch);
  return rc < 0 ? rc : (int) batch.messages[0].msg_len;
}

/* The arrays of uv_udp_try_send2(). */
struct given {
  uv_buf_t* const* parts;
  const unsigned* part_counts;
  struct sockaddr* const* dests; /* NULL: all to the peer. */
  unsigned count;
};

/* Add datagrams from number `first` on, and stop before one that cannot be
 * sent. 0, or an error when that is the first one. */
static int collect_given(const uv_udp_t* handle, const struct given* given,
                         unsigned first, struct uv__udp_batch* batch) {
  batch->count = 0;
  for (unsigned i = first; i < given->count; i++) {
    if (batch->count == UV__UDP_BATCH_MAX) return 0;
    const struct sockaddr* dest = given->dests != NULL ? given->dests[i] : NULL;
    int rc = check_destination(handle, dest);
    if (rc == 0) rc = check_parts(given->parts[i], given->part_counts[i]);
    if (rc != 0) return batch->count == 0 ? rc : 0;
    uv__udp_batch_add(batch, dest, given->parts[i], given->part_counts[i]);
  }
  return 0;
}

/* Returns the number of datagrams sent, or the error of the first. Unlike
 * uv_udp_try_send() it makes no socket: the handle must be bound. */
int uv_udp_try_send2(uv_udp_t* handle, unsigned count, uv_buf_t* parts[],
                     unsigned part_counts[], struct sockaddr* dests[],
                     unsigned flags) {
  if (handle->type != UV_UDP || flags != 0 || count > INT32_MAX)
    return UV_EINVAL;
  if (handle->io_watcher.fd == -1) return UV_EBADF;
  if (handle->send_queue_count > 0) return UV_EAGAIN;

  const struct given given = { parts, part_counts, dests, count };
  unsigned done = 0;
  while (done < count) {
    struct uv__udp_batch batch;
    int rc = collect_given(handle, &given, done, &batch);
    if (rc == 0) rc = uv__udp_batch_send(handle, &batch);
    if (rc < 0) return done == 0 ? rc : (int) done;
    done += (unsigned) rc;
  }
  return (int) done;
}
