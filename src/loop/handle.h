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
  UV__HANDLE_CLOSING = 0x00000001,  /* uv_close() was called. */
  UV__HANDLE_CLOSED = 0x00000002,   /* Its close_cb is due or has run. */
  UV__HANDLE_ACTIVE = 0x00000004,
  UV__HANDLE_REF = 0x00000008,
  UV__HANDLE_INTERNAL = 0x00000010, /* Ours: hidden from uv_walk(). */

  /* Streams. */
  UV__STREAM_LISTENING = 0x00000040,
  UV__STREAM_CONNECTION = 0x00000080,
  UV__STREAM_SHUTTING = 0x00000100, /* uv_shutdown() was called. */
  UV__STREAM_SHUT = 0x00000200,     /* shutdown(2) has been done. */
  UV__STREAM_READ_PARTIAL = 0x00000400,
  UV__STREAM_READ_EOF = 0x00000800,
  UV__STREAM_READING = 0x00001000,  /* Known outside: C++ wrappers read it. */
  UV__STREAM_BOUND = 0x00002000,
  UV__STREAM_READABLE = 0x00004000, /* Known outside: uvloop sets it. */
  UV__STREAM_WRITABLE = 0x00008000,
  UV__STREAM_BLOCKING_WRITES = 0x00100000,
  UV__STREAM_CANCELLATION = 0x00200000,

  /* TCP. */
  UV__TCP_NODELAY = 0x01000000,
  UV__TCP_KEEPALIVE = 0x02000000,
  UV__TCP_SINGLE_ACCEPT = 0x04000000,
  UV__TCP_IPV6 = 0x08000000,
  UV__TCP_REUSEPORT = 0x10000000,
  UV__TCP_DELAYED_BIND_ERROR = 0x20000000,

  /* UDP; shares values with TCP. */
  UV__UDP_PROCESSING = 0x01000000,
  UV__UDP_CONNECTED = 0x02000000,
  UV__UDP_RECVMMSG = 0x04000000,
  UV__UDP_IPV6 = 0x08000000,

  /* Signals; shares values with TCP. */
  UV__SIGNAL_ONESHOT = 0x02000000,

  /* Polls: the descriptor's last known state. */
  UV__POLL_SLOW = 0x01000000,
};

/* Bind the handle to its loop: type, referenced, not active, listed for
 * uv_walk(). Other fields are left alone. */
void uv__handle_init(uv_loop_t* loop, void* handle, uv_handle_type type);

/* As uv__handle_init() for handles of ours: unlisted, unreferenced. */
void uv__handle_init_internal(uv_loop_t* loop,
                              void* handle,
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
