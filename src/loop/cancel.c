/* SPDX-License-Identifier: MIT */
/* uv_cancel(): finds what stands behind a request, work on the pool or a queued
 * write, and has that cancelled. Loop thread only. */
#include "loop/tables.h"
#include "loop/work.h"

#include <stdbool.h>

/* A request without a callback was synchronous: it was over when its call
 * returned, and no work was ever set up for it. */
static int cancel(bool has_callback, uv_loop_t* loop, struct uv__work* work) {
  return has_callback ? uv__work_cancel(loop, work) : UV_EBUSY;
}

int uv_cancel(uv_req_t* req) {
  switch (req->type) {
    case UV_FS: {
      uv_fs_t* fs = (uv_fs_t*) req;
      return cancel(fs->cb != NULL, fs->loop, &fs->work_req);
    }
    case UV_GETADDRINFO: {
      uv_getaddrinfo_t* lookup = (uv_getaddrinfo_t*) req;
      return cancel(lookup->cb != NULL, lookup->loop, &lookup->work_req);
    }
    case UV_GETNAMEINFO: {
      uv_getnameinfo_t* lookup = (uv_getnameinfo_t*) req;
      return cancel(lookup->getnameinfo_cb != NULL, lookup->loop,
                    &lookup->work_req);
    }
    case UV_RANDOM: {
      uv_random_t* random = (uv_random_t*) req;
      return uv__work_cancel(random->loop, &random->work_req);
    }
    case UV_WORK: {
      uv_work_t* work = (uv_work_t*) req;
      return uv__work_cancel(work->loop, &work->work_req);
    }
    case UV_WRITE: {
      uv_write_t* write = (uv_write_t*) req;
      const struct uv__handle_row* row = &uv__handle_table[write->handle->type];
      return row->cancel_write == NULL ? UV_EINVAL : row->cancel_write(write);
    }
    default:
      return UV_EINVAL;
  }
}
