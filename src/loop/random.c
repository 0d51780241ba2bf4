/* SPDX-License-Identifier: MIT */
/* uv_random(): bytes from the system's generator, at once or by the pool. The
 * sources are unix/os/random.h's business. Loop thread, but for fill(); the
 * synchronous form may be called by any. */
#include "base/queue.h"
#include "loop/req.h"
#include "loop/work.h"
#include "unix/io/recorder.h"
#include "unix/os/random.h"

#define LENGTH_MAX ((size_t) 0x7FFFFFFF)

/* On a worker. */
static void fill(struct uv__work* w) {
  uv_random_t* req = uv__container_of(w, uv_random_t, work_req);
  req->status = uv__random_fill(req->buf, req->buflen);
}

static void filled(struct uv__work* w, int status) {
  uv_random_t* req = uv__container_of(w, uv_random_t, work_req);
  uv__req_end(req->loop);
  if (status != 0) req->status = status;
  uv__record_note(req->loop, UV__TYPE_OF_REQ(UV_RANDOM), req->cb);
  req->cb(req, req->status, req->buf, req->buflen);
}

int uv_random(uv_loop_t* loop, uv_random_t* req, void* buf, size_t buflen,
              unsigned flags, uv_random_cb cb) {
  if (buflen > LENGTH_MAX) return UV_E2BIG;
  if (flags != 0) return UV_EINVAL;
  if (cb == NULL) return uv__random_fill(buf, buflen);

  req->loop = loop;
  req->buf = buf;
  req->buflen = buflen;
  req->cb = cb;
  req->status = 0;
  uv__req_start(loop, req, UV_RANDOM);
  uv__work_submit(loop, &req->work_req, UV__WORK_RANDOM, fill, filled);
  return 0;
}
