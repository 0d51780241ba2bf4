/* SPDX-License-Identifier: MIT */
/* What streams need of TCP: options asked for before there was a socket. */
#ifndef POLLUX_UNIX_NET_TCP_H
#define POLLUX_UNIX_NET_TCP_H

/* Set on `fd` what the flags (UV__TCP_NODELAY, UV__TCP_KEEPALIVE) ask for. 0 or
 * the error of setsockopt(2). */
int uv__tcp_apply_options(int fd, unsigned flags);

#endif
