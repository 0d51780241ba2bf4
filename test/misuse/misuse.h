/* SPDX-License-Identifier: MIT */
/* Wrong use of the public functions: what each answers, and that the loop still
 * works afterwards. A call under test stands in one of the words below, because
 * covered.py reads there which functions are tested; calls outside of them
 * prepare something. */
#ifndef POLLUX_TEST_MISUSE_H
#define POLLUX_TEST_MISUSE_H

#include "common.h"

enum { CLOSED_FD = 900 }; /* Nothing opens so many here. */

/* `call` is `expected`. */
#define ANSWERS(expected, call)                                                \
  answers((expected), (call), #call, __FILE__, __LINE__)
/* `call` has nothing to say: it returns, that is all. */
#define SURVIVES(call) ((void) (call))

void answers(long long expected, long long got, const char* call,
             const char* file, int line);

/* A loop and a count of descriptors before; after it the loop does its ordinary
 * work, closes, and no descriptor is left over. */
int begin(void** state);
int finish(void** state);
#define T(name) cmocka_unit_test_setup_teardown(name, begin, finish)

/* Turn the loop without waiting, a few times. */
void turn(void);
/* Run until `*flag`, for 10 s at most. */
void run_until(const bool* flag);

/* A regular file of no name: a descriptor of the wrong kind for most. */
int open_file(void);
/* A path longer than any file system takes. */
const char* long_path(void);
/* A new path below /tmp where nothing is. */
const char* free_path(void);

/* From here on every new descriptor is refused with EMFILE; and back. */
void refuse_fds(void);
void allow_fds(void);

/* Two buffers that have BYTES_MAX together, and one byte more in the second for
 * `excess`. Nothing is there: a touch is EFAULT. */
#define BYTES_MAX ((size_t) 0x7ffff000)
uv_buf_t* vast_bufs(size_t excess);

/* 127.0.0.1, any port; an address of a family that does not exist. */
struct sockaddr* local_addr(void);
struct sockaddr* strange_addr(void);

/* Callbacks that do nothing. */
void no_alloc(uv_handle_t* handle, size_t size, uv_buf_t* buf);
void no_read(uv_stream_t* stream, ssize_t nread, const uv_buf_t* buf);
void no_recv(uv_udp_t* handle, ssize_t nread, const uv_buf_t* buf,
             const struct sockaddr* addr, unsigned flags);
void no_connection(uv_stream_t* server, int status);
void no_poll(uv_poll_t* handle, int status, int events);
void no_timer(uv_timer_t* handle);
void no_signal(uv_signal_t* handle, int signum);

#endif
