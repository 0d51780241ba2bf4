/* SPDX-License-Identifier: MIT */
/* Socket buffer sizes of tcp, pipe and udp handles, read and set through one
 * argument. Linux doubles what is set and returns the double. Loop thread
 * only. */
#include "base/abi.h"

#include "unix/os/sock.h"

#include <stdbool.h>

/* Set *value, or, when it is 0, read it. */
static int exchange(uv_handle_t* handle, int option, int* value) {
  if (handle == NULL || value == NULL) return UV_EINVAL;
  bool has_buffers = handle->type == UV_TCP || handle->type == UV_UDP ||
                     handle->type == UV_NAMED_PIPE;
  if (!has_buffers) return UV_ENOTSUP;

  uv_os_fd_t fd;
  int rc = uv_fileno(handle, &fd);
  if (rc != 0) return rc;
  if (*value == 0) return uv__sock_get_int(fd, SOL_SOCKET, option, value);
  return uv__sock_set_int(fd, SOL_SOCKET, option, *value);
}

int uv_send_buffer_size(uv_handle_t* handle, int* value) {
  return exchange(handle, SO_SNDBUF, value);
}

int uv_recv_buffer_size(uv_handle_t* handle, int* value) {
  return exchange(handle, SO_RCVBUF, value);
}
