/* SPDX-License-Identifier: MIT */
/* Parts that several questions need: pairs of connected sockets made without
 * the library, closing a loop with all that is in it. */
#ifndef POLLUX_BENCHMARK_COMMON_PARTS_H
#define POLLUX_BENCHMARK_COMMON_PARTS_H

#include <stdint.h>
#include <uv.h>

/* Two ends of a stream, non-blocking; over TCP on loopback, without Nagle's
 * delay, or an unix socket pair. */
void bench_tcp_pair(int fds[2]);
void bench_unix_pair(int fds[2]);
/* A listening TCP socket on 127.0.0.1; returns it and its port. */
int bench_tcp_listener(int* ret_port);

/* How many descriptors this process may still open, less a few. */
long bench_fd_room(void);

/* Close every handle of the loop, and the loop. */
void bench_close_loop(uv_loop_t* loop);

/* For uv_read_start(): one buffer for all. */
void bench_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf);

/* Memory that must not run out. */
void* bench_zalloc(size_t count, size_t size);

#endif
