/* SPDX-License-Identifier: MIT */
/* Sockets: non-blocking and close-on-exec from the first instant. Every
 * function returns 0 or a value >= 0, or UV_E*. Any thread. */
#ifndef POLLUX_UNIX_OS_SOCK_H
#define POLLUX_UNIX_OS_SOCK_H

#include "base/abi.h"

#include <sys/socket.h>

/* msg_iovlen's type: size_t in glibc, int in musl and in POSIX. */
typedef __typeof__(((struct msghdr*) 0)->msg_iovlen) uv__iov_count_t;

/* socket(2): a non-blocking, close-on-exec descriptor. */
int uv__sock_open(int domain, int type, int protocol);
/* accept4(2): the same. UV_EAGAIN when no connection waits. */
int uv__sock_accept(int listen_fd);
/* socketpair(2) for ourselves, above the standard descriptors: both ends
 * close-on-exec; SOCK_NONBLOCK may be part of `type`. */
int uv__sock_pair(int domain, int type, int protocol, int fds[2]);

/* setsockopt(2) and getsockopt(2) with an int. */
int uv__sock_set_int(int fd, int level, int name, int value);
int uv__sock_get_int(int fd, int level, int name, int* value);

/* The length of an address by its family, 0 for a family we do not know.
 * Knows AF_INET, AF_INET6, AF_UNIX. */
socklen_t uv__sockaddr_len(const struct sockaddr* addr);

/* getsockname(2) and getpeername(2) under the API's rule: *namelen in, out. */
int uv__sock_name(int fd, struct sockaddr* name, int* namelen);
int uv__sock_peer(int fd, struct sockaddr* name, int* namelen);

#endif
