/* SPDX-License-Identifier: MIT */
/* Writing to streams: uv_write() and its relatives, and the queues of requests.
 *
 * A request goes through two queues: write_queue while it has bytes that the
 * kernel has not taken, write_completed_queue while its callback is due. With
 * no request in front of it, uv_write() itself tries to write it. Callbacks
 * come only from the watcher, which is fed (uv__io_feed()) when a request is
 * over.
 *
 * While write_queue is not empty, one of these holds: a connect is on its way,
 * POLLOUT is wanted, the watcher is fed, the watcher's callback is running and
 * looks again at its end, or the stream is closing. So no request is ever
 * stuck.
 *
 * write_queue_size shrinks with each byte that the kernel takes. The unsent
 * bytes of a request that failed leave it right before the request's callback.
 *
 * A write that finds the queue empty leaves at once and does not wait for the
 * next one: the peer may wait for it, and a program sees by uv_try_write() and
 * by the queue's size whether it has left. Only requests that had to wait are
 * gathered into one system call.
 *
 * When a request fails, the requests behind it stay in the queue. Later
 * iterations try them one by one; most of them fail in the same way.
 *
 * Loop thread only. stream.c's watcher callback decides when to write; the
 * system calls are in syscalls.c. */
#include "unix/net/stream/parts.h"
#include "unix/net/stream/stream.h"

#include "base/bufs.h"
#include "loop/handle.h"
#include "loop/req.h"
#include "unix/io/io.h"

#include <string.h>

/* One busy stream must not starve the others. */
#define WRITES_PER_TICK_MAX 32

/* Buffers of several requests in one call; 1 KiB of stack. */
#define GATHERED_BUFS_MAX 64

/* Their bytes. Gathering large writes gains nothing and misses the processor's
 * caches (bench/write_queue, 64 KiB: 0.6 x of writing one by one). */
#define GATHERED_BYTES_MAX (32 * 1024)

/* --- One request -------------------------------------------------------- */

static bool is_written(const uv_write_t* req) {
  return req->write_index == req->nbufs;
}

static size_t unsent_size(const uv_write_t* req) {
  return uv__bufs_size(req->bufs + req->write_index,
                       req->nbufs - req->write_index);
}

/* The kernel took `count` bytes of `req`. */
static void credit(uv_stream_t* stream, uv_write_t* req, size_t count) {
  stream->write_queue_size -= count;
  *uv__write_nwritten_ref(req) += count;

  for (; !is_written(req); req->write_index++) {
    uv_buf_t* buf = req->bufs + req->write_index;
    if (buf->len > count) {
      buf->base += count;
      buf->len -= count;
      return;
    }
    count -= buf->len;
    buf->len = 0;
  }
}

/* Write as much of `req` as possible. 0: all of it is written. UV_EAGAIN: some
 * is left. */
static int push_request(uv_stream_t* stream, uv_write_t* req) {
  bool is_blocking = (stream->flags & UV__STREAM_BLOCKING_WRITES) != 0;

  for (;;) {
    int send_fd = uv__stream_fd_to_pass(req->send_handle);
    if (send_fd == UV_EBADF) return UV_EBADF;

    ssize_t count = uv__stream_transmit(stream, req->bufs + req->write_index,
                                        req->nbufs - req->write_index, send_fd);
    if (count >= 0) {
      uv__io_count_bytes(stream->loop, (size_t) count);
      req->send_handle = NULL; /* It has left with the first byte. */
      credit(stream, req, (size_t) count);
      if (is_written(req)) return 0;
      if (!is_blocking) return UV_EAGAIN;
    } else if (count != UV_EAGAIN || !is_blocking) {
      return (int) count;
    } else {
      uv__stream_wait_writable(stream->io_watcher.fd);
    }
  }
}

/* Take the unsent bytes off the queue's size, and free the buffers' array. */
static void release(uv_stream_t* stream, uv_write_t* req) {
  stream->write_queue_size -= unsent_size(req);
  uv__bufs_release(req->bufs, req->bufsml);
  req->bufs = NULL;
  req->nbufs = 0;
  req->write_index = 0;
}

/* Move `req` to write_completed_queue: it is over with `status`. After a
 * failure its bytes still count until the callback, so that uv_write() and
 * uv_try_write() send nothing before the user knows. */
static void settle(uv_stream_t* stream, uv_write_t* req, int status) {
  if (status == 0) release(stream, req);
  req->error = status;
  uv__queue_remove(&req->queue);
  uv__queue_push(&stream->write_completed_queue, &req->queue);
}

/* --- The queues --------------------------------------------------------- */

static uv_write_t* request_of(struct uv__queue* node) {
  return uv__container_of(node, uv_write_t, queue);
}

/* Gather the buffers of the first requests, up to a request that passes a
 * descriptor or is large. Returns the number of buffers. */
static unsigned gather(const uv_stream_t* stream, uv_buf_t* bufs) {
  unsigned count = 0;
  unsigned requests = 0;
  size_t bytes = 0;
  uv__queue_each(node, &stream->write_queue) {
    const uv_write_t* req = request_of(node);
    unsigned own = req->nbufs - req->write_index;
    bytes += unsent_size(req);
    bool fits = count + own <= GATHERED_BUFS_MAX && bytes <= GATHERED_BYTES_MAX;
    if (!fits || req->send_handle != NULL || requests++ == WRITES_PER_TICK_MAX)
      break;
    memcpy(bufs + count, req->bufs + req->write_index, own * sizeof(*bufs));
    count += own;
  }
  return count;
}

/* The kernel took `count` bytes of the gathered buffers: settle the requests
 * that are written. */
static void credit_all(uv_stream_t* stream, size_t count) {
  while (!uv__queue_empty(&stream->write_queue)) {
    uv_write_t* req = request_of(uv__queue_first(&stream->write_queue));
    size_t own = unsent_size(req);
    if (own > count) {
      if (count > 0) credit(stream, req, count);
      return;
    }
    if (own == 0 && count == 0) return; /* It may not have been gathered. */
    credit(stream, req, own);
    count -= own;
    settle(stream, req, 0);
    uv__io_feed(stream->loop, &stream->io_watcher);
  }
}

/* Write several small requests by one call. Errors and blocking streams
 * are left to the requests one by one. True: the kernel has no more room. */
static bool write_gathered(uv_stream_t* stream) {
  if (stream->flags & UV__STREAM_BLOCKING_WRITES) return false;
  const struct uv__queue* head = &stream->write_queue;
  if (head->next == head->prev) return false; /* One, or none. */

  uv_buf_t bufs[GATHERED_BUFS_MAX];
  unsigned count = gather(stream, bufs);
  if (count < 2) return false;
  size_t all = uv__bufs_size(bufs, count);
  ssize_t taken = uv__stream_transmit(stream, bufs, count, -1);
  if (taken > 0) {
    uv__io_count_bytes(stream->loop, (size_t) taken);
    credit_all(stream, (size_t) taken);
  }
  return taken == UV_EAGAIN || (taken >= 0 && (size_t) taken < all);
}

void uv__stream_write(uv_stream_t* stream) {
  if (write_gathered(stream) &&
      uv__io_start(stream->loop, &stream->io_watcher, POLLOUT) == 0)
    return;
  for (int turn = 0; turn < WRITES_PER_TICK_MAX; turn++) {
    if (uv__queue_empty(&stream->write_queue)) return;
    uv_write_t* req = request_of(uv__queue_first(&stream->write_queue));

    int status = push_request(stream, req);
    if (status == UV_EAGAIN) {
      status = uv__io_start(stream->loop, &stream->io_watcher, POLLOUT);
      if (status == 0) return;
    }

    settle(stream, req, status);
    uv__io_feed(stream->loop, &stream->io_watcher);
    if (status != 0) return;
  }
}

void uv__stream_fail_writes(uv_stream_t* stream, int status) {
  while (!uv__queue_empty(&stream->write_queue))
    settle(stream, request_of(uv__queue_first(&stream->write_queue)), status);
}

void uv__stream_finish_writes(uv_stream_t* stream) {
  struct uv__queue due;
  uv__queue_move(&stream->write_completed_queue, &due);

  while (!uv__queue_empty(&due)) {
    uv_write_t* req = request_of(uv__queue_pop(&due));
    uv__req_end(stream->loop);
    if (req->bufs != NULL) release(stream, req);
    if (req->cb != NULL) req->cb(req, req->error);
  }
}

int uv__stream_cancel_write(uv_write_t* req) {
  uv_stream_t* stream = req->handle;
  uv__queue_each(node, &stream->write_queue) {
    if (node != &req->queue) continue;
    settle(stream, req, UV_ECANCELED);
    /* In a close, uv__stream_finish() calls back all that is left. */
    if (!uv__handle_is_closing(stream))
      uv__io_feed(stream->loop, &stream->io_watcher);
    return 0;
  }
  return UV_EBUSY;
}

/* --- API ---------------------------------------------------------------- */

/* The arguments of one call that writes. */
struct payload {
  const uv_buf_t* bufs;
  unsigned count;
  uv_stream_t* send_handle; /* NULL when only bytes are sent. */
  size_t size;              /* Of all buffers; measure() sets it. */
};

/* Check the buffers, whatever the stream is: 0 when there are some, and not too
 * many bytes. */
static int measure(struct payload* payload) {
  if (payload->count == 0) return UV_EINVAL;
  return uv__bufs_measure(payload->bufs, payload->count, &payload->size);
}

/* 0 when `stream` can be written to, and can pass the descriptor. */
static int check(const uv_stream_t* stream, const struct payload* payload) {
  if (stream->io_watcher.fd == -1) return UV_EBADF;
  if (!(stream->flags & UV__STREAM_WRITABLE)) return UV_EPIPE;
  if (payload->send_handle == NULL) return 0;
  if (!uv__stream_passes_fds(stream)) return UV_EINVAL;
  return uv__stream_fd_to_pass(payload->send_handle) < 0 ? UV_EBADF : 0;
}

static int submit(uv_stream_t* stream, uv_write_t* req, uv_write_cb cb,
                  struct payload* payload) {
  int rc = measure(payload);
  if (rc == 0) rc = check(stream, payload);
  if (rc != 0) return rc;
  req->bufs = uv__bufs_copy(req->bufsml, payload->bufs, payload->count);
  if (req->bufs == NULL) return UV_ENOMEM;
  req->nbufs = payload->count;
  req->write_index = 0;

  uv__req_start(stream->loop, req, UV_WRITE);
  *uv__write_nwritten_ref(req) = 0;
  req->handle = stream;
  req->send_handle = payload->send_handle;
  req->cb = cb;
  req->error = 0;

  bool is_first = stream->write_queue_size == 0;
  uv__queue_push(&stream->write_queue, &req->queue);
  stream->write_queue_size += payload->size;

  if (is_first && stream->connect_req == NULL) uv__stream_write(stream);
  return 0;
}

/* Write without a request. It never overtakes queued requests, nor a connect on
 * its way. */
static int try_now(uv_stream_t* stream, struct payload* payload) {
  int rc = uv__bufs_measure(payload->bufs, payload->count, &payload->size);
  if (rc != 0) return rc;
  bool is_waiting =
      stream->connect_req != NULL || stream->write_queue_size != 0;
  if (is_waiting) return UV_EAGAIN;

  rc = check(stream, payload);
  if (rc != 0) return rc;
  ssize_t taken =
      uv__stream_transmit(stream, payload->bufs, payload->count,
                          uv__stream_fd_to_pass(payload->send_handle));
  if (taken > 0) uv__io_count_bytes(stream->loop, (size_t) taken);
  return (int) taken;
}

int uv_write(uv_write_t* req, uv_stream_t* stream, const uv_buf_t* bufs,
             unsigned buf_count, uv_write_cb cb) {
  struct payload bytes = { .bufs = bufs, .count = buf_count };
  return submit(stream, req, cb, &bytes);
}

int uv_write2(uv_write_t* req, uv_stream_t* stream, const uv_buf_t* bufs,
              unsigned buf_count, uv_stream_t* send_handle, uv_write_cb cb) {
  struct payload both = { bufs, buf_count, send_handle, 0 };
  return submit(stream, req, cb, &both);
}

int uv_try_write(uv_stream_t* stream, const uv_buf_t* bufs,
                 unsigned buf_count) {
  struct payload bytes = { .bufs = bufs, .count = buf_count };
  return try_now(stream, &bytes);
}

int uv_try_write2(uv_stream_t* stream, const uv_buf_t* bufs, unsigned buf_count,
                  uv_stream_t* send_handle) {
  struct payload both = { bufs, buf_count, send_handle, 0 };
  return try_now(stream, &both);
}

size_t uv_write_nwritten(const uv_write_t* req) {
  return *uv__write_nwritten_ref(req);
}
