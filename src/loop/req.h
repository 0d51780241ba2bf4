/* SPDX-License-Identifier: MIT */
/* Requests keep their loop alive from uv__req_start() to uv__req_end(). The
 * callback runs after uv__req_end(), since it may free the request.
 * Loop thread only. */
#ifndef POLLUX_LOOP_REQ_H
#define POLLUX_LOOP_REQ_H

#include "base/abi.h"
#include "base/assert.h"

/* Set the type only: for requests that do not keep the loop alive. */
#define uv__req_set_type(req, req_type) ((req)->type = (req_type))

/* Set the type and keep the loop alive. */
#define uv__req_start(loop_ptr, req, req_type)                                 \
  ((req)->type = (req_type), (void) (loop_ptr)->active_reqs.count++)

/* The request is over; call before its callback. */
static inline void uv__req_end(uv_loop_t* loop) {
  UV__CHECK(loop->active_reqs.count > 0);
  loop->active_reqs.count--;
}

#endif
