/* SPDX-License-Identifier: MIT */
/* TCP handles: sockets, names and options. Reading, writing and accepting are
 * in stream/.
 *
 * The socket is made when it is first needed: by uv_tcp_init_ex() with a
 * domain, bind, listen or connect.
 *
 * Two errors are reported later than they happen, because some systems notice
 * them later and programs should see the same everywhere. An address in use
 * (bind) is reported by listen, getsockname or connect's callback; a refused
 * connection by connect's callback. Until then they wait in `delayed_error`.
 *
 * Loop thread only. */
#include "unix/net/tcp.h"

#include "loop/handle.h"
#include "unix/io/io.h"
#include "unix/net/stream/stream.h"
#include "unix/os/fd.h"
#include "unix/os/sock.h"

#include <errno.h>
#include <string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/* Values that uv_tcp_keepalive() has no arguments for. */
#define KEEPALIVE_INTERVAL_S 1
#define KEEPALIVE_PROBES 10
/* For a keepalive that was asked for before there was a socket: the handle
 * remembers only that it is on, not the delay. */
#define KEEPALIVE_IDLE_S 60

#define BOTH_WAYS (UV__STREAM_READABLE | UV__STREAM_WRITABLE)

static uv_stream_t* stream_of(uv_tcp_t* tcp) {
  return (uv_stream_t*) tcp;
}

/* --- Options ------------------------------------------------------------ */

/* Seconds, and a number of probes. */
struct keepalive {
  unsigned idle_s;
  unsigned interval_s;
  unsigned probes;
};

static int switch_keepalive(int fd, bool is_on, const struct keepalive* how) {
  const struct {
    int name;
    unsigned value;
  } options[] = {
    { TCP_KEEPIDLE, how->idle_s },
    { TCP_KEEPINTVL, how->interval_s },
    { TCP_KEEPCNT, how->probes },
  };
  bool is_possible = how->idle_s > 0 && how->interval_s > 0 && how->probes > 0;
  if (is_on && !is_possible) return UV_EINVAL;
  int rc = uv__sock_set_int(fd, SOL_SOCKET, SO_KEEPALIVE, is_on);
  if (!is_on) return rc;
  for (size_t i = 0; rc == 0 && i < sizeof(options) / sizeof(*options); i++)
    rc = uv__sock_set_int(fd, IPPROTO_TCP, options[i].name,
                          (int) options[i].value);
  return rc;
}

/* Set the options on `fd` that the handle's `flags` remember. 0 or the error of
 * setsockopt(2). */
static int apply_options(int fd, unsigned flags) {
  const struct keepalive how = { KEEPALIVE_IDLE_S, KEEPALIVE_INTERVAL_S,
                                 KEEPALIVE_PROBES };
  int rc = 0;
  if (flags & UV__TCP_NODELAY)
    rc = uv__sock_set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  if (rc == 0 && (flags & UV__TCP_KEEPALIVE))
    rc = switch_keepalive(fd, true, &how);
  return rc;
}

/* --- Init and open ------------------------------------------------------ */

/* Prepare `fd` for the handle: with the options that were asked for before it
 * had a socket. 0; UV_EBUSY when it has another one; or UV_E*. */
static int prepare(uv_tcp_t* tcp, int fd) {
  if (!uv__stream_may_open(stream_of(tcp), fd)) return UV_EBUSY;
  return apply_options(fd, tcp->flags);
}

int uv__tcp_take(uv_stream_t* stream, int fd, unsigned flags) {
  int rc = prepare((uv_tcp_t*) stream, fd);
  if (rc != 0) return rc;
  return uv__stream_open(stream, fd, BOTH_WAYS | UV__STREAM_BOUND | flags);
}

/* Make a socket of `domain`, unless the handle has one. */
static int ensure_socket(uv_tcp_t* tcp, int domain) {
  if (tcp->io_watcher.fd != -1) return 0;
  int fd = uv__sock_open(domain, SOCK_STREAM, 0);
  if (fd < 0) return fd;
  int rc = prepare(tcp, fd);
  if (rc == 0) rc = uv__stream_open(stream_of(tcp), fd, UV__STREAM_SOCKET);
  if (rc != 0)
    uv__close(fd);
  else
    uv__ownership_begin(stream_of(tcp));
  return rc;
}

int uv_tcp_init_ex(uv_loop_t* loop, uv_tcp_t* tcp, unsigned int flags) {
  unsigned domain = flags & 0xFF;
  bool is_known =
      domain == AF_INET || domain == AF_INET6 || domain == AF_UNSPEC;
  if (!is_known || domain != flags) return UV_EINVAL;

  uv__stream_init(loop, stream_of(tcp), UV_TCP);
  if (domain == AF_UNSPEC) return 0;
  int rc = ensure_socket(tcp, (int) domain);
  if (rc != 0) uv__handle_discard(tcp);
  return rc;
}

int uv_tcp_init(uv_loop_t* loop, uv_tcp_t* tcp) {
  return uv_tcp_init_ex(loop, tcp, AF_UNSPEC);
}

int uv_tcp_open(uv_tcp_t* tcp, uv_os_sock_t sock) {
  if (uv__handle_is_closing(tcp)) return UV_EINVAL;
  if (uv__io_is_watched(tcp->loop, sock)) return UV_EEXIST;
  int rc = uv__fd_set_nonblock(sock, true);
  if (rc == 0) rc = prepare(tcp, sock);
  if (rc != 0) return rc;
  return uv__stream_open_given(stream_of(tcp), sock, BOTH_WAYS);
}

/* --- Bind and listen ---------------------------------------------------- */

/* The length of an internet address, 0 for any other. */
static socklen_t address_len(const struct sockaddr* addr) {
  bool is_inet = addr->sa_family == AF_INET || addr->sa_family == AF_INET6;
  return is_inet ? uv__sockaddr_len(addr) : 0;
}

/* Set the options that decide which sockets may share an address. */
static int set_bind_options(uv_tcp_t* tcp, bool is_ipv6, unsigned flags) {
  int fd = tcp->io_watcher.fd;
  int rc = uv__sock_set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (rc == 0 && (flags & UV_TCP_REUSEPORT))
    rc = uv__sock_set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (rc == 0 && is_ipv6) {
    bool is_only = (flags & UV_TCP_IPV6ONLY) != 0;
    rc = uv__sock_set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, is_only);
  }
  return rc;
}

int uv_tcp_bind(uv_tcp_t* tcp, const struct sockaddr* addr,
                unsigned int flags) {
  if (tcp->type != UV_TCP || uv__handle_is_closing(tcp)) return UV_EINVAL;
  if (addr == NULL) return UV_EINVAL;
  socklen_t addr_len = address_len(addr);
  bool is_ipv6 = addr->sa_family == AF_INET6;
  if (addr_len == 0 || ((flags & UV_TCP_IPV6ONLY) && !is_ipv6))
    return UV_EINVAL;

  int rc = ensure_socket(tcp, addr->sa_family);
  if (rc == 0) rc = set_bind_options(tcp, is_ipv6, flags);
  if (rc != 0) return rc;

  int error = 0;
  if (bind(tcp->io_watcher.fd, addr, addr_len) != 0) error = UV__ERR(errno);
  if (error == UV_EAFNOSUPPORT) return UV_EINVAL;
  if (error != 0 && error != UV_EADDRINUSE) return error;

  tcp->delayed_error = error;
  tcp->flags |= UV__STREAM_BOUND;
  if (is_ipv6) tcp->flags |= UV__TCP_IPV6;
  return 0;
}

int uv__tcp_listen(uv_stream_t* stream, int backlog, uv_connection_cb cb) {
  uv_tcp_t* tcp = (uv_tcp_t*) stream;
  if (tcp->delayed_error != 0) return tcp->delayed_error;
  int rc = ensure_socket(tcp, AF_INET);
  if (rc != 0) return rc;
  if (listen(tcp->io_watcher.fd, backlog) != 0) return UV__ERR(errno);

  tcp->flags |= UV__STREAM_BOUND;
  return uv__listen_watch(stream, cb);
}

/* --- Connect ------------------------------------------------------------ */

/* The zone of the first interface with a link-local address; 0: there is
 * none. */
static uint32_t first_link(void) {
  uv_interface_address_t* list;
  int count;
  if (uv_interface_addresses(&list, &count) != 0) return 0;
  uint32_t zone = 0;
  for (int i = 0; i < count && zone == 0; i++) {
    const struct sockaddr_in6* addr = &list[i].address.address6;
    if (addr->sin6_family == AF_INET6 &&
        IN6_IS_ADDR_LINKLOCAL(&addr->sin6_addr))
      zone = addr->sin6_scope_id;
  }
  uv_free_interface_addresses(list, count);
  return zone;
}

/* connect(2). The system refuses a link-local peer without a zone, so it gets
 * the zone of the first link. 0 or UV_E*. */
static int connect_to(int fd, const struct sockaddr* addr, socklen_t len) {
  struct sockaddr_in6 zoned;
  if (addr->sa_family == AF_INET6) {
    memcpy(&zoned, addr, sizeof(zoned));
    if (zoned.sin6_scope_id == 0 && IN6_IS_ADDR_LINKLOCAL(&zoned.sin6_addr))
      zoned.sin6_scope_id = first_link();
    addr = (const struct sockaddr*) &zoned;
  }
  return connect(fd, addr, len) == 0 ? 0 : UV__ERR(errno);
}

int uv_tcp_connect(uv_connect_t* req, uv_tcp_t* tcp,
                   const struct sockaddr* addr, uv_connect_cb cb) {
  if (tcp->type != UV_TCP || uv__handle_is_closing(tcp)) return UV_EINVAL;
  if (addr == NULL) return UV_EINVAL;
  socklen_t addr_len = address_len(addr);
  if (addr_len == 0) return UV_EINVAL;
  if (tcp->connect_req != NULL) return UV_EALREADY;

  int rc = ensure_socket(tcp, addr->sa_family);
  if (rc != 0) return rc;

  int error = tcp->delayed_error;
  if (error == 0) error = connect_to(tcp->io_watcher.fd, addr, addr_len);

  /* An interrupted connect(2) goes on in the background as well. */
  if (error == UV__ERR(EINPROGRESS) || error == UV_EINTR) error = 0;
  bool is_delayed = error == UV_ECONNREFUSED || error == tcp->delayed_error;
  if (error != 0 && !is_delayed) return error;

  tcp->flags |= BOTH_WAYS;
  uv__stream_connect_start(stream_of(tcp), req, cb, error);
  return 0;
}

/* --- Names -------------------------------------------------------------- */

int uv_tcp_getsockname(const uv_tcp_t* tcp, struct sockaddr* name,
                       int* namelen) {
  if (tcp->delayed_error != 0) return tcp->delayed_error;
  return uv__sock_name(tcp->io_watcher.fd, name, namelen);
}

int uv_tcp_getpeername(const uv_tcp_t* tcp, struct sockaddr* name,
                       int* namelen) {
  if (tcp->delayed_error != 0) return tcp->delayed_error;
  return uv__sock_peer(tcp->io_watcher.fd, name, namelen);
}

/* --- Setting options ---------------------------------------------------- */

static void note(uv_tcp_t* tcp, unsigned flag, bool is_on) {
  tcp->flags = is_on ? tcp->flags | flag : tcp->flags & ~flag;
}

int uv_tcp_keepalive_ex(uv_tcp_t* tcp, int on, unsigned int idle,
                        unsigned int intvl, unsigned int cnt) {
  int fd = tcp->io_watcher.fd;
  const struct keepalive how = { idle, intvl, cnt };
  int rc = fd == -1 ? 0 : switch_keepalive(fd, on != 0, &how);
  if (rc == 0) note(tcp, UV__TCP_KEEPALIVE, on != 0);
  return rc;
}

int uv_tcp_keepalive(uv_tcp_t* tcp, int on, unsigned int delay) {
  return uv_tcp_keepalive_ex(tcp, on, delay, KEEPALIVE_INTERVAL_S,
                             KEEPALIVE_PROBES);
}

int uv_tcp_nodelay(uv_tcp_t* tcp, int on) {
  int fd = tcp->io_watcher.fd;
  int rc =
      fd == -1 ? 0 : uv__sock_set_int(fd, IPPROTO_TCP, TCP_NODELAY, on != 0);
  if (rc == 0) note(tcp, UV__TCP_NODELAY, on != 0);
  return rc;
}

/* Means something on Windows only. */
int uv_tcp_simultaneous_accepts(uv_tcp_t* tcp, int enable) {
  (void) tcp;
  (void) enable;
  return 0;
}

/* --- Reset -------------------------------------------------------------- */

/* Refused while a shutdown is on its way: the written data is still to arrive.
 * After the shutdown the handle may be reset like any other. */
int uv_tcp_close_reset(uv_tcp_t* tcp, uv_close_cb close_cb) {
  bool is_shutting = (tcp->flags & UV__STREAM_SHUTTING) != 0;
  if (is_shutting || uv__handle_is_closing(tcp)) return UV_EINVAL;

  /* A close that lingers for zero seconds is a reset. */
  const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
  int fd = tcp->io_watcher.fd;
  if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) != 0)
    return UV__ERR(errno);

  uv_close((uv_handle_t*) tcp, close_cb);
  return 0;
}
