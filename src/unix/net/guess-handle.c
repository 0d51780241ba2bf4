/* SPDX-License-Identifier: MIT */
/* uv_guess_handle(): the handle type that fits a descriptor. It asks the kernel
 * what the descriptor is, and changes nothing. Any thread. */
#include "base/abi.h"
#include "unix/os/sock.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static uv_handle_type guess_socket(int fd) {
  int type;
  if (uv__sock_get_int(fd, SOL_SOCKET, SO_TYPE, &type) != 0)
    return UV_UNKNOWN_HANDLE;
  struct sockaddr_storage name = { .ss_family = AF_UNSPEC };
  int len = sizeof(name);
  if (uv__sock_name(fd, (struct sockaddr*) &name, &len) != 0)
    return UV_UNKNOWN_HANDLE;

  const int family = name.ss_family;
  const bool is_inet = family == AF_INET || family == AF_INET6;
  if (is_inet && type == SOCK_STREAM) return UV_TCP;
  if (is_inet && type == SOCK_DGRAM) return UV_UDP;
  if (family == AF_UNIX && type == SOCK_STREAM) return UV_NAMED_PIPE;
  return UV_UNKNOWN_HANDLE;
}

uv_handle_type uv_guess_handle(uv_file file) {
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) return UV_UNKNOWN_HANDLE;
  switch (status.st_mode & S_IFMT) {
    case S_IFREG:
      return UV_FILE;
    case S_IFCHR:
      return isatty(file) ? UV_TTY : UV_FILE;
    case S_IFIFO:
      return UV_NAMED_PIPE;
    case S_IFSOCK:
      return guess_socket(file);
    default:
      return UV_UNKNOWN_HANDLE;
  }
}
