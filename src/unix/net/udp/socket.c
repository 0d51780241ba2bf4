/* SPDX-License-Identifier: MIT */
/* The socket of a UDP handle: how it is made, adopted and bound, and what the
 * other files ask about it.
 *
 * The socket is made late, when its family is known: by bind, connect, the
 * first send, or the start of receiving. uv_udp_init_ex() can ask for it at
 * once, and uv_udp_open() brings one. io_watcher.fd is -1 until then, and again
 * once the handle is closed.
 *
 * Loop thread only. */
#include "unix/net/udp/parts.h"

#include "base/assert.h"
#include "loop/handle.h"
#include "unix/io/io.h"
#include "unix/os/fd.h"
#include "unix/os/sock.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

/* The option behind each flag, for sockets of `family`; AF_UNSPEC: of any. */
static const struct socket_option {
  unsigned flag;
  int family;
  int level;
  int name;
} socket_options[] = {
  { UV_UDP_REUSEADDR, AF_UNSPEC, SOL_SOCKET, SO_REUSEADDR },
  { UV_UDP_REUSEPORT, AF_UNSPEC, SOL_SOCKET, SO_REUSEPORT },
  { UV_UDP_IPV6ONLY, AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY },
  { UV_UDP_LINUX_RECVERR, AF_INET, IPPROTO_IP, IP_RECVERR },
  { UV_UDP_LINUX_RECVERR, AF_INET6, IPPROTO_IPV6, IPV6_RECVERR },
};

#define OPTION_COUNT (sizeof(socket_options) / sizeof(socket_options[0]))

/* --- Making and adopting sockets ----------------------------------------- */

int uv__udp_apply_flags(int fd, int family, unsigned flags) {
  for (size_t i = 0; i < OPTION_COUNT; i++) {
    const struct socket_option* option = &socket_options[i];
    if ((flags & option->flag) == 0) continue;
    if (option->family != AF_UNSPEC && option->family != family) continue;
    int rc = uv__sock_set_int(fd, option->level, option->name, 1);
    if (rc != 0) return rc;
  }
  return 0;
}

void uv__udp_adopt(uv_udp_t* handle, int fd, int family) {
  UV__CHECK(handle->io_watcher.fd == -1 || handle->io_watcher.fd == fd);
  handle->io_watcher.fd = fd;
  if (family == AF_INET6) handle->flags |= UV__UDP_IPV6;
}

static int bind_socket(int fd, const struct sockaddr* addr, unsigned flags) {
  int rc = uv__udp_apply_flags(fd, addr->sa_family, flags);
  if (rc != 0) return rc;
  if (bind(fd, addr, uv__sockaddr_len(addr)) == 0) return 0;
  /* For an address of the wrong family some systems report EAFNOSUPPORT, others
   * EINVAL. The user always gets UV_EINVAL. */
  return errno == EAFNOSUPPORT ? UV_EINVAL : UV__ERR(errno);
}

int uv__udp_bind_handle(uv_udp_t* handle, const struct sockaddr* addr,
                        unsigned flags) {
  int fd = handle->io_watcher.fd;
  const bool is_new = fd == -1;
  if (is_new) fd = uv__sock_open(addr->sa_family, SOCK_DGRAM, 0);
  if (fd < 0) return fd;

  int rc = bind_socket(fd, addr, flags);
  if (rc == 0) {
    uv__udp_adopt(handle, fd, addr->sa_family);
    handle->flags |= UV__STREAM_BOUND;
  } else if (is_new) {
    uv__close(fd);
  }
  return rc;
}

int uv__udp_check_inet(const struct sockaddr* addr) {
  if (addr == NULL) return UV_EINVAL;
  if (addr->sa_family == AF_INET || addr->sa_family == AF_INET6) return 0;
  return UV_EINVAL;
}

int uv__udp_autobind(uv_udp_t* handle, int family, unsigned flags) {
  if (uv__handle_is_closing(handle)) return UV_EBADF;
  if (handle->io_watcher.fd != -1) return 0;

  /* All bytes 0: in both families the wildcard address and any port. */
  struct sockaddr_storage any;
  memset(&any, 0, sizeof(any));
  any.ss_family = (sa_family_t) family;
  const struct sockaddr* addr = (const struct sockaddr*) &any;
  int rc = uv__udp_check_inet(addr);
  return rc != 0 ? rc : uv__udp_bind_handle(handle, addr, flags);
}

/* --- Asking --------------------------------------------------------------- */

bool uv__udp_is_connected(const uv_udp_t* handle) {
  return (handle->flags & UV__UDP_CONNECTED) != 0;
}

bool uv__udp_is_receiving(const uv_udp_t* handle) {
  return handle->io_watcher.fd != -1 &&
         uv__io_active(&handle->io_watcher, POLLIN);
}
