/* SPDX-License-Identifier: MIT */
/* UDP handles: the socket, its addresses and simple options, its watcher.
 *
 * The socket is made late, when its family is known: by bind, connect, the
 * first send, or the start of receiving; uv_udp_init_ex() can ask for it at
 * once, and uv_udp_open() brings one along. io_watcher.fd is -1 until then, and
 * again once the handle is closed.
 *
 * A handle is active while it receives or has sends whose callbacks are due.
 * The watcher asks for POLLIN while receiving, and for POLLOUT only after the
 * kernel refused a datagram for want of room.
 *
 * POLLERR stays up for as long as the error queue (IP_RECVERR) holds anything,
 * so somebody must empty it: the receiving side, which shows its entries to the
 * user, or else on_ready(), which drops them.
 *
 * Loop thread only. The send queues are in udp-send.c, receiving is in
 * udp-recv.c, group options are in multicast.c. */
#include "unix/net/udp.h"

#include "base/queue.h"
#include "loop/handle.h"
#include "unix/io/io.h"
#include "unix/os/fd.h"
#include "unix/os/sock.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

/* Lower bits of uv_udp_init_ex()'s flags: the address family. */
#define FAMILY_MASK 0xFFu

#define OPEN_FLAGS ((unsigned) (UV_UDP_REUSEADDR | UV_UDP_REUSEPORT))
#define BIND_FLAGS                                                            \
  (OPEN_FLAGS | (unsigned) (UV_UDP_IPV6ONLY | UV_UDP_LINUX_RECVERR))

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

/* --- Readiness ----------------------------------------------------------- */

static void on_ready(uv_loop_t* loop, uv__io_t* w, unsigned events) {
  (void) loop;
  uv_udp_t* handle = uv__container_of(w, uv_udp_t, io_watcher);
  const bool has_error = (events & POLLERR) != 0;

  if ((events & (POLLIN | POLLERR | POLLHUP)) && uv__udp_is_receiving(handle))
    uv__udp_receive(handle, has_error);
  if (uv__handle_is_closing(handle)) return;

  /* An error may be meant for the next send, which then collects it. */
  if (handle->send_queue_count > 0) {
    uv__udp_send_flush(handle);
    uv__udp_send_report(handle);
  }
  if (uv__handle_is_closing(handle)) return;

  if (has_error && !uv__udp_is_receiving(handle) && uv__io_active(w, POLLOUT))
    uv__udp_drop_errors(handle);
}

/* --- Making and taking sockets ------------------------------------------- */

static int apply_flags(int fd, int family, unsigned flags) {
  for (size_t i = 0; i < OPTION_COUNT; i++) {
    const struct socket_option* option = &socket_options[i];
    if ((flags & option->flag) == 0) continue;
    if (option->family != AF_UNSPEC && option->family != family) continue;
    int rc = uv__sock_set_int(fd, option->level, option->name, 1);
    if (rc != 0) return rc;
  }
  return 0;
}

/* From here on the descriptor is the handle's. */
static void adopt(uv_udp_t* handle, int fd, int family) {
  UV__CHECK(handle->io_watcher.fd == -1 || handle->io_watcher.fd == fd);
  handle->io_watcher.fd = fd;
  if (family == AF_INET6) handle->flags |= UV__UDP_IPV6;
}

static int bind_socket(int fd, const struct sockaddr* addr, unsigned flags) {
  int rc = apply_flags(fd, addr->sa_family, flags);
  if (rc != 0) return rc;
  if (bind(fd, addr, uv__sockaddr_len(addr)) == 0) return 0;
  /* Which of the two is told for an address of the wrong family depends on the
   * system and on the family; ours is always the same. */
  return errno == EAFNOSUPPORT ? UV_EINVAL : UV__ERR(errno);
}

/* Bind the handle's socket, made now when there is none; a new one that cannot
 * be bound is not kept. */
static int bind_handle(uv_udp_t* handle,
                       const struct sockaddr* addr,
                       unsigned flags) {
  int fd = handle->io_watcher.fd;
  const bool is_new = fd == -1;
  if (is_new) fd = uv__sock_open(addr->sa_family, SOCK_DGRAM, 0);
  if (fd < 0) return fd;

  int rc = bind_socket(fd, addr, flags);
  if (rc == 0) {
    adopt(handle, fd, addr->sa_family);
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

  /* All zero is the wildcard address in both families, and any port. */
  struct sockaddr_storage any;
  memset(&any, 0, sizeof(any));
  any.ss_family = (sa_family_t) family;
  const struct sockaddr* addr = (const struct sockaddr*) &any;
  int rc = uv__udp_check_inet(addr);
  return rc != 0 ? rc : bind_handle(handle, addr, flags);
}

int uv_udp_init(uv_loop_t* loop, uv_udp_t* handle) {
  return uv_udp_init_ex(loop, handle, AF_UNSPEC);
}

int uv_udp_init_ex(uv_loop_t* loop, uv_udp_t* handle, unsigned int flags) {
  const int family = (int) (flags & FAMILY_MASK);
  const unsigned extra = flags & ~FAMILY_MASK;
  if ((extra & ~(unsigned) UV_UDP_RECVMMSG) != 0) return UV_EINVAL;
  if (family != AF_UNSPEC && family != AF_INET && family != AF_INET6)
    return UV_EINVAL;

  int fd = -1;
  if (family != AF_UNSPEC) {
    fd = uv__sock_open(family, SOCK_DGRAM, 0);
    if (fd < 0) return fd;
  }

  uv__handle_init(loop, handle, UV_UDP);
  uv__io_init(&handle->io_watcher, on_ready, fd);
  handle->alloc_cb = NULL;
  handle->recv_cb = NULL;
  handle->send_queue_size = 0;
  handle->send_queue_count = 0;
  uv__queue_init(&handle->write_queue);
  uv__queue_init(&handle->write_completed_queue);
  if (extra & UV_UDP_RECVMMSG) handle->flags |= UV__UDP_RECVMMSG;
  adopt(handle, fd, family);
  return 0;
}

/* SO_REUSEADDR has always come with this call, and programs count on it. */
int uv_udp_open(uv_udp_t* handle, uv_os_sock_t sock) {
  return uv_udp_open_ex(handle, sock, UV_UDP_REUSEADDR);
}

int uv_udp_open_ex(uv_udp_t* handle, uv_os_sock_t sock, unsigned int flags) {
  if ((flags & ~OPEN_FLAGS) != 0) return UV_EINVAL;
  if (uv__handle_is_closing(handle)) return UV_EBADF;
  if (handle->io_watcher.fd != -1) return UV_EBUSY;
  if (sock < 0) return UV_EBADF;
  if (uv__io_is_watched(handle->loop, sock)) return UV_EEXIST;

  int rc = uv__fd_set_nonblock(sock, true);
  if (rc != 0) return rc;
  rc = apply_flags(sock, AF_UNSPEC, flags);
  if (rc != 0) return rc;

  /* Any datagram socket will do, so a name of an unknown kind is no error. */
  struct sockaddr_storage name;
  memset(&name, 0, sizeof(name));
  int len = sizeof(name);
  int family = AF_UNSPEC;
  if (uv__sock_name(sock, (struct sockaddr*) &name, &len) == 0)
    family = name.ss_family;
  adopt(handle, sock, family);

  len = sizeof(name);
  if (uv__sock_peer(sock, (struct sockaddr*) &name, &len) == 0)
    handle->flags |= UV__UDP_CONNECTED;
  return 0;
}

/* --- Addresses ----------------------------------------------------------- */

int uv_udp_bind(uv_udp_t* handle,
                const struct sockaddr* addr,
                unsigned int flags) {
  if (handle->type != UV_UDP) return UV_EINVAL;
  if ((flags & ~BIND_FLAGS) != 0) return UV_EINVAL;
  int rc = uv__udp_check_inet(addr);
  if (rc != 0) return rc;
  if ((flags & UV_UDP_IPV6ONLY) && addr->sa_family != AF_INET6)
    return UV_EINVAL;
  if (uv__handle_is_closing(handle)) return UV_EBADF;
  return bind_handle(handle, addr, flags);
}

bool uv__udp_is_connected(const uv_udp_t* handle) {
  return (handle->flags & UV__UDP_CONNECTED) != 0;
}

static int leave_peer(uv_udp_t* handle) {
  if (!uv__udp_is_connected(handle)) return UV_ENOTCONN;
  struct sockaddr nobody;
  memset(&nobody, 0, sizeof(nobody));
  nobody.sa_family = AF_UNSPEC;
  /* Some systems complain about the family after having done the work. */
  if (connect(handle->io_watcher.fd, &nobody, sizeof(nobody)) != 0 &&
      errno != EAFNOSUPPORT)
    return UV__ERR(errno);
  handle->flags &= ~(unsigned) UV__UDP_CONNECTED;
  return 0;
}

int uv_udp_connect(uv_udp_t* handle, const struct sockaddr* addr) {
  if (handle->type != UV_UDP) return UV_EINVAL;
  if (uv__handle_is_closing(handle)) return UV_EBADF;
  if (addr == NULL) return leave_peer(handle);

  int rc = uv__udp_check_inet(addr);
  if (rc != 0) return rc;
  if (uv__udp_is_connected(handle)) return UV_EISCONN;
  rc = uv__udp_autobind(handle, addr->sa_family, 0);
  if (rc != 0) return rc;
  if (connect(handle->io_watcher.fd, addr, uv__sockaddr_len(addr)) != 0)
    return UV__ERR(errno);
  handle->flags |= UV__UDP_CONNECTED;
  return 0;
}

int uv_udp_getpeername(const uv_udp_t* handle,
                       struct sockaddr* name,
                       int* namelen) {
  if (handle->io_watcher.fd == -1) return UV_EBADF;
  return uv__sock_peer(handle->io_watcher.fd, name, namelen);
}

int uv_udp_getsockname(const uv_udp_t* handle,
                       struct sockaddr* name,
                       int* namelen) {
  if (handle->io_watcher.fd == -1) return UV_EBADF;
  return uv__sock_name(handle->io_watcher.fd, name, namelen);
}

/* --- Options ------------------------------------------------------------- */

int uv_udp_set_broadcast(uv_udp_t* handle, int on) {
  if (handle->io_watcher.fd == -1) return UV_EBADF;
  return uv__sock_set_int(handle->io_watcher.fd, SOL_SOCKET, SO_BROADCAST,
                          on != 0);
}

int uv_udp_set_ttl(uv_udp_t* handle, int ttl) {
  if (ttl < 1 || ttl > 255) return UV_EINVAL;
  const int fd = handle->io_watcher.fd;
  if (fd == -1) return UV_EBADF;
  if (handle->flags & UV__UDP_IPV6)
    return uv__sock_set_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl);
  return uv__sock_set_int(fd, IPPROTO_IP, IP_TTL, ttl);
}

size_t uv_udp_get_send_queue_size(const uv_udp_t* handle) {
  return handle->send_queue_size;
}

size_t uv_udp_get_send_queue_count(const uv_udp_t* handle) {
  return handle->send_queue_count;
}

/* --- Closing ------------------------------------------------------------- */

bool uv__udp_close(uv_handle_t* base) {
  uv_udp_t* handle = (uv_udp_t*) base;
  const int fd = handle->io_watcher.fd;
  if (fd != -1) {
    uv__io_close(handle->loop, &handle->io_watcher);
    uv__close(fd);
    handle->io_watcher.fd = -1;
  }
  uv__handle_stop(handle);
  return true;
}

void uv__udp_finish(uv_handle_t* base) {
  uv_udp_t* handle = (uv_udp_t*) base;
  uv__udp_send_abandon(handle, UV_ECANCELED);
  uv__udp_send_report(handle);
  UV__CHECK(handle->send_queue_count == 0);
  UV__CHECK(handle->send_queue_size == 0);
  handle->alloc_cb = NULL;
  handle->recv_cb = NULL;
}

int uv__udp_fd(const uv_handle_t* handle) {
  return ((const uv_udp_t*) handle)->io_watcher.fd;
}
