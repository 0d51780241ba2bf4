/* SPDX-License-Identifier: MIT */
/* UDP handles: their life, their watcher, addresses and simple options.
 *
 * A handle is active while it receives, and while the callback of a send is
 * still to come.
 * The watcher asks for POLLIN while receiving, and for POLLOUT only after the
 * kernel refused a datagram for want of room.
 *
 * POLLERR stays up as long as the error queue (IP_RECVERR) holds an entry, so
 * the loop must empty it. The receiving side shows the entries to the user;
 * when the handle does not receive, on_ready() drops them.
 *
 * Loop thread only. Below are send.c, recv.c and multicast.c, and below those
 * socket.c. */
#include "unix/net/udp/udp.h"
#include "unix/net/udp/parts.h"

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
#define BIND_FLAGS                                                             \
  (OPEN_FLAGS | (unsigned) (UV_UDP_IPV6ONLY | UV_UDP_LINUX_RECVERR))

/* --- Readiness ----------------------------------------------------------- */

static void on_ready(uv_loop_t* loop, uv__io_t* w, unsigned events) {
  (void) loop;
  uv_udp_t* handle = uv__container_of(w, uv_udp_t, io_watcher);
  const bool has_error = (events & POLLERR) != 0;

  if ((events & (POLLIN | POLLERR | POLLHUP)) && uv__udp_is_receiving(handle))
    uv__udp_receive(handle, has_error);
  if (uv__handle_is_closing(handle)) return;

  /* The socket's error may belong to a send: the next send returns it. */
  if (handle->send_queue_count > 0) {
    uv__udp_send_flush(handle);
    uv__udp_send_report(handle);
  }
  if (uv__handle_is_closing(handle)) return;

  if (has_error && !uv__udp_is_receiving(handle) && uv__io_active(w, POLLOUT))
    uv__udp_drop_errors(handle);
}

/* --- Init and open -------------------------------------------------------- */

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
  uv__io_init(&handle->io_watcher, on_ready, -1);
  handle->alloc_cb = NULL;
  handle->recv_cb = NULL;
  handle->send_queue_size = 0;
  handle->send_queue_count = 0;
  uv__queue_init(&handle->write_queue);
  uv__queue_init(&handle->write_completed_queue);
  if (extra & UV_UDP_RECVMMSG) handle->flags |= UV__UDP_RECVMMSG;
  uv__udp_adopt(handle, fd, family);
  return 0;
}

/* This call has always set SO_REUSEADDR, and programs rely on it. */
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
  rc = uv__udp_apply_flags(sock, AF_UNSPEC, flags);
  if (rc != 0) return rc;

  /* Any datagram socket is accepted, so an unknown family is no error. */
  struct sockaddr_storage name;
  memset(&name, 0, sizeof(name));
  int len = sizeof(name);
  int family = AF_UNSPEC;
  if (uv__sock_name(sock, (struct sockaddr*) &name, &len) == 0)
    family = name.ss_family;
  uv__udp_adopt(handle, sock, family);

  len = sizeof(name);
  if (uv__sock_peer(sock, (struct sockaddr*) &name, &len) == 0)
    handle->flags |= UV__UDP_CONNECTED;
  return 0;
}

/* --- Addresses ----------------------------------------------------------- */

int uv_udp_bind(uv_udp_t* handle, const struct sockaddr* addr,
                unsigned int flags) {
  if (handle->type != UV_UDP) return UV_EINVAL;
  if ((flags & ~BIND_FLAGS) != 0) return UV_EINVAL;
  int rc = uv__udp_check_inet(addr);
  if (rc != 0) return rc;
  if ((flags & UV_UDP_IPV6ONLY) && addr->sa_family != AF_INET6)
    return UV_EINVAL;
  if (uv__handle_is_closing(handle)) return UV_EBADF;
  return uv__udp_bind_handle(handle, addr, flags);
}

static int leave_peer(uv_udp_t* handle) {
  if (!uv__udp_is_connected(handle)) return UV_ENOTCONN;
  struct sockaddr no_peer;
  memset(&no_peer, 0, sizeof(no_peer));
  no_peer.sa_family = AF_UNSPEC;
  /* Some systems disconnect the socket and report EAFNOSUPPORT. */
  if (connect(handle->io_watcher.fd, &no_peer, sizeof(no_peer)) != 0 &&
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

int uv_udp_getpeername(const uv_udp_t* handle, struct sockaddr* name,
                       int* namelen) {
  if (handle->io_watcher.fd == -1) return UV_EBADF;
  return uv__sock_peer(handle->io_watcher.fd, name, namelen);
}

int uv_udp_getsockname(const uv_udp_t* handle, struct sockaddr* name,
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

bool uv__udp_describe(uv__io_t* w, unsigned events, struct uv__call* ret_call) {
  if (uv__io_cb_bits(w) != (uintptr_t) on_ready) return false;
  const uv_udp_t* handle = uv__container_of(w, uv_udp_t, io_watcher);
  ret_call->type = UV_UDP;
  bool reads = (events & (POLLIN | POLLERR | POLLHUP)) != 0;
  if (reads || uv__queue_empty(&handle->write_queue)) {
    ret_call->address = (uintptr_t) handle->recv_cb;
    return true;
  }
  const uv_udp_send_t* req = uv__container_of(
      uv__queue_first(&handle->write_queue), uv_udp_send_t, queue);
  ret_call->address = (uintptr_t) req->send_cb;
  return true;
}
