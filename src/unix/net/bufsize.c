/* SPDX-License-Identifier: MIT */
/* The sizes of a socket's buffers, for tcp, pipe and udp handles. One argument
 * serves to read and to set. Linux doubles a size that is set, and returns the
 * double. Loop thread only. */
#include "base/abi.h"

#include "unix/os/sock.h"

#include <stdbool.h>

/* Set the option to *value; when that is 0, read the option into *value. */
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
