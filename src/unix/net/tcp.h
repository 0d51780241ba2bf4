/* SPDX-License-Identifier: MIT */
/* TCP handles: what uv_listen() and uv_accept() need of them. Loop thread
 * only. */
#ifndef POLLUX_UNIX_NET_TCP_H
#define POLLUX_UNIX_NET_TCP_H

#include "base/abi.h"

/* Make the socket listen and watch it. 0 or UV_E*. */
int uv__tcp_listen(uv_stream_t* stream, int backlog, uv_connection_cb cb);

/* Make the connection `fd` the handle's socket; `flags` are UV__STREAM_SOCKET
 * or 0. 0 or UV_E*: `fd` is still the caller's. */
int uv__tcp_take(uv_stream_t* stream, int fd, unsigned flags);

#endif
