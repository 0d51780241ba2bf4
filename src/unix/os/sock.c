/* SPDX-License-Identifier: MIT */
/* Sockets: made, accepted, paired and asked, as handle families need them. What
 * is to be non-blocking and close-on-exec is so from the call that makes the
 * descriptor.
 *
 * No state. Any thread. Descriptors in general are fd.c's; buffer sizes and
 * the options of one protocol belong to the handle families. */
#include "unix/os/sock.h"

#include "unix/os/fd.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/un.h>

int uv__sock_open(int domain, int type, int protocol) {
  const int fd = socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  return fd >= 0 ? fd : UV__ERR(errno);
}

int uv__sock_accept(int listen_fd) {
  for (;;) {
    const int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) return fd;
    if (errno != EINTR) return UV__ERR(errno);
  }
}

int uv__sock_pair(int domain, int type, int protocol, int fds[2]) {
  if (socketpair(domain, type | SOCK_CLOEXEC, protocol, fds) != 0)
    return UV__ERR(errno);
  return uv__fd_own_both(fds);
}

int uv__sock_set_int(int fd, int level, int name, int value) {
  if (setsockopt(fd, level, name, &value, sizeof(value)) == 0) return 0;
  return UV__ERR(errno);
}

int uv__sock_get_int(int fd, int level, int name, int* value) {
  int found = 0;
  socklen_t len = sizeof(found);
  if (getsockopt(fd, level, name, &found, &len) != 0) return UV__ERR(errno);
  *value = found;
  return 0;
}

socklen_t uv__sockaddr_len(const struct sockaddr* addr) {
  switch (addr->sa_family) {
    case AF_INET:
      return sizeof(struct sockaddr_in);
    case AF_INET6:
      return sizeof(struct sockaddr_in6);
    case AF_UNIX:
      return sizeof(struct sockaddr_un);
    default:
      return 0;
  }
}

typedef int (*ask_fn)(int fd, struct sockaddr* name, socklen_t* len);

/* `*namelen` comes out as the length of the whole address, which is more than
 * went in when it had to be cut. */
static int ask(ask_fn fn, int fd, struct sockaddr* name, int* namelen) {
  if (*namelen < 0) return UV_EINVAL;
  socklen_t len = (socklen_t) *namelen;
  if (fn(fd, name, &len) != 0) return UV__ERR(errno);
  *namelen = (int) len;
  return 0;
}

/* glibc declares the two with a transparent union in place of the pointer, so
 * their own addresses do not fit one type. */
static int ask_name(int fd, struct sockaddr* name, socklen_t* len) {
  return getsockname(fd, name, len);
}

static int ask_peer(int fd, struct sockaddr* name, socklen_t* len) {
  return getpeername(fd, name, len);
}

int uv__sock_name(int fd, struct sockaddr* name, int* namelen) {
  return ask(ask_name, fd, name, namelen);
}

int uv__sock_peer(int fd, struct sockaddr* name, int* namelen) {
  return ask(ask_peer, fd, name, namelen);
}

/* Each end is non-blocking when its flags have UV_NONBLOCK_PIPE. */
int uv_socketpair(int type, int protocol, uv_os_sock_t socket_vector[2],
                  int flags0, int flags1) {
  const int common = flags0 & flags1 & UV_NONBLOCK_PIPE ? SOCK_NONBLOCK : 0;
  int made[2];
  int rc = 0;
  if (socketpair(AF_UNIX, type | common | SOCK_CLOEXEC, protocol, made) != 0)
    return UV__ERR(errno);

  if (common == 0 && (flags0 & UV_NONBLOCK_PIPE))
    rc = uv__fd_set_nonblock(made[0], true);
  else if (common == 0 && (flags1 & UV_NONBLOCK_PIPE))
    rc = uv__fd_set_nonblock(made[1], true);
  if (rc != 0) {
    (void) uv__close(made[0]);
    (void) uv__close(made[1]);
    return rc;
  }
  socket_vector[0] = made[0];
  socket_vector[1] = made[1];
  return 0;
}
