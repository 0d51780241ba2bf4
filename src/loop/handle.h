/* SPDX-License-Identifier: MIT */
/* What every handle family does with its handles: initialise, start and stop
 * (the accounting behind uv_loop_alive()), hold back a close.
 *
 * Loop thread only. Fields of uv_handle_t that programs read keep libuv's
 * meaning: loop->active_handles counts handles that are active and referenced;
 * two flag values are known outside (docs/abi.md). */
#ifndef POLLUX_LOOP_HANDLE_H
#define POLLUX_LOOP_HANDLE_H

#include "base/abi.h"
#include "base/assert.h"

#include <stdbool.h>

enum uv__handle_flag {
  /* All handles. */
  UV__HANDLE_CLOSING = 1 << 0, /* uv_close() was called. */
  UV__HANDLE_CLOSED = 1 << 1,  /* Its close_cb is due or has run. */
  UV__HANDLE_ACTIVE = 1 << 2,
  UV__HANDLE_REF = 1 << 3,
  UV__HANDLE_INTERNAL = 1 << 4, /* Ours: hidden from uv_walk(). */

  /* Streams. */
  UV__STREAM_LISTENING = 1 << 6,
  UV__STREAM_SHUTTING = 1 << 8, /* uv_shutdown() was called. */
  UV__STREAM_SHUT = 1 << 9,     /* shutdown(2) has been done. */
  UV__STREAM_READ_EOF = 1 << 11,
  UV__STREAM_READING = 1 << 12, /* 0x1000, known outside: wrappers read it. */
  UV__STREAM_BOUND = 1 << 13,
  UV__STREAM_READABLE = 1 << 14, /* 0x4000, known outside: uvloop sets it. */
  UV__STREAM_WRITABLE = 1 << 15,
  UV__STREAM_FD_KEPT = 1 << 16, /* uv_close() leaves the descriptor open. */
  UV__STREAM_BLOCKING_WRITES = 1 << 20,
  UV__STREAM_SOCKET = 1 << 21, /* Known to be one: syscalls.c. */

  /* TCP. */
  UV__TCP_NODELAY = 1 << 24,
  UV__TCP_KEEPALIVE = 1 << 25,
  UV__TCP_IPV6 = 1 << 27,

  /* UDP; shares values with TCP. */
  UV__UDP_NO_GSO = 1 << 24, /* The kernel has refused a GSO send. */
  UV__UDP_CONNECTED = 1 << 25,
  UV__UDP_RECVMMSG = 1 << 26,
  UV__UDP_IPV6 = 1 << 27,

  /* Polls; shares values with TCP. */
  UV__POLL_TELLS_ONCE = 1 << 24, /* See unix/io/io.h. */

  /* Signals; shares values with TCP. */
  UV__SIGNAL_ONESHOT = 1 << 25,
};

/* Bind the handle to its loop: type, referenced, not active, listed for
 * uv_walk(). Other fields are left alone. */
void uv__handle_init(uv_loop_t* loop, void* handle, uv_handle_type type);

/* As uv__handle_init() for handles of ours: unlisted, unreferenced. */
void uv__handle_init_internal(uv_loop_t* loop, void* handle,
                              uv_handle_type type);

/* Undo uv__handle_init() in a constructor that failed. */
void uv__handle_discard(void* handle);

/* A row's close() that returned false: what it waited for is over now; the
 * handle ends in the next closing phase. */
void uv__handle_close_ready(void* handle);

/* Mark active or inactive; repeating either is free. */
static inline void uv__handle_start(void* ptr) {
  uv_handle_t* handle = ptr;
  if (handle->flags & UV__HANDLE_ACTIVE) return;
  UV__CHECK(!(handle->flags & UV__HANDLE_CLOSING));
  handle->flags |= UV__HANDLE_ACTIVE;
  if (handle->flags & UV__HANDLE_REF) handle->loop->active_handles++;
}

static inline void uv__handle_stop(void* ptr) {
  uv_handle_t* handle = ptr;
  if (!(handle->flags & UV__HANDLE_ACTIVE)) return;
  handle->flags &= ~(unsigned) UV__HANDLE_ACTIVE;
  if (handle->flags & UV__HANDLE_REF) handle->loop->active_handles--;
}

static inline bool uv__handle_is_active(const void* ptr) {
  return (((const uv_handle_t*) ptr)->flags & UV__HANDLE_ACTIVE) != 0;
}

/* uv_close() has been called. */
static inline bool uv__handle_is_closing(const void* ptr) {
  return (((const uv_handle_t*) ptr)->flags &
          (UV__HANDLE_CLOSING | UV__HANDLE_CLOSED)) != 0;
}

#endif
