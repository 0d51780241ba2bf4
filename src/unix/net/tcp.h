/* SPDX-License-Identifier: MIT */
/* TCP handles: what uv_accept() needs of them. Loop thread only. */
#ifndef POLLUX_UNIX_NET_TCP_H
#define POLLUX_UNIX_NET_TCP_H

#include "base/abi.h"

/* Make the connection `fd` the handle's socket, which must have none. 0 or
 * UV_E*: `fd` is still the caller's. */
int uv__tcp_take(uv_stream_t* stream, int fd);

#endif
