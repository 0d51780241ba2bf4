/* SPDX-License-Identifier: MIT */
/* Requests: their names, sizes and plain fields. */
#include "loop/req.h"

#include <stdint.h>
#include <stdbool.h>

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
