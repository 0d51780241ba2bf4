/* SPDX-License-Identifier: MIT */
/* Requests: cancelling, and plain fields. */
#include "loop/req.h"

#include "loop/tables.h"
#include "loop/work.h"

#include <stdint.h>
#include <stdbool.h>

/* A request without a callback was over when its call returned; its work was
 * never set up. */
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
      const struct uv__handle_row* row =
          &uv__handle_table[write->handle->type];
      return row->cancel_write == NULL ? UV_EINVAL : row->cancel_write(write);
    }
    default:
      return UV_EINVAL;
  }
}

static const struct {
  const char* name;
  size_t size;
} table[UV_REQ_TYPE_MAX] = {
#define XX(upper, lower) [UV_##upper] = { #lower, sizeof(uv_##lower##_t) },
    UV_REQ_TYPE_MAP(XX)
#undef XX
};

static bool is_known(uv_req_type type) {
  return type > UV_UNKNOWN_REQ && type < UV_REQ_TYPE_MAX;
}

const char* uv_req_type_name(uv_req_type type) {
  return is_known(type) ? table[type].name : NULL;
}

void uv_req_set_data(uv_req_t* req, void* data) {
  req->data = data;
}

size_t uv_req_size(uv_req_type type) {
  return is_known(type) ? table[type].size : (size_t) -1;
}

void* uv_req_get_data(const uv_req_t* req) {
  return req->data;
}

uv_req_type uv_req_get_type(const uv_req_t* req) {
  return req->type;
}

uv_buf_t uv_buf_init(char* base, unsigned int len) {
  return (uv_buf_t){ .base = base, .len = len };
}
