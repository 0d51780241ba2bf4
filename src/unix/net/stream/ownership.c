/* SPDX-License-Identifier: MIT */
/* Ownership: may another process accept from a listening socket, too?
 *
 * A handle owns its socket when it has made the socket and the descriptor has
 * never left the handle. The descriptor leaves by uv_fileno(), and by going to
 * another process: uv_write2(), uv_spawn(), or a fork(2), which is counted. A
 * program that copies a descriptor without these functions is not noticed: its
 * processes then share connections less evenly, nothing else happens.
 *
 * accept.c takes several connections per wake-up from an owned socket, and one
 * from any other.
 *
 * Loop thread only, except that any thread may fork. */
#include "unix/net/stream/parts.h"
#include "unix/net/stream/stream.h"

#include "base/atomics.h"

#include <pthread.h>

/* Forks of this process and its parents so far, plus one. Any thread. */
static unsigned forks = 1;
static uv_once_t fork_hook_once = UV_ONCE_INIT;

static void count_fork(void) {
  (void) uv__fetch_add(&forks, 1);
}

static void install_fork_hook(void) {
  /* uncovered: no-memory. Then parent and child share less evenly. */
  (void) pthread_atfork(count_fork, NULL, NULL);
}

void uv__ownership_begin(uv_stream_t* stream) {
  uv_once(&fork_hook_once, install_fork_hook);
  uv__listener_of(stream)->owned_since = uv__load_relaxed(&forks);
}

void uv__ownership_end(uv_stream_t* stream) {
  uv__listener_of(stream)->owned_since = 0;
}

bool uv__ownership_holds(uv_stream_t* stream) {
  return uv__listener_of(stream)->owned_since == uv__load_relaxed(&forks);
}
