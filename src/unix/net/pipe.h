/* SPDX-License-Identifier: MIT */
/* Pipe handles: what uv_listen(), uv_accept() and src/tables.c need of them.
 * Loop thread only. */
#ifndef POLLUX_UNIX_NET_PIPE_H
#define POLLUX_UNIX_NET_PIPE_H

#include "base/abi.h"

#include <stdbool.h>

/* Make the socket listen and watch it. 0 or UV_E*. */
int uv__pipe_listen(uv_stream_t* stream, int backlog, uv_connection_cb cb);

/* Make the connection `fd` the pipe's descriptor; `flags` are UV__STREAM_SOCKET
 * or 0. 0 or UV_E*: `fd` is still the
 * caller's. */
int uv__pipe_take(uv_stream_t* stream, int fd, unsigned flags);

/* Row of src/tables.c. Removes the file of a bound socket, closes the
 * stream. */
bool uv__pipe_close(uv_handle_t* handle);

#endif
