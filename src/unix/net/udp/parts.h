/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. Each section is one file, and a file
 * calls only files in sections below its own. Loop thread only. */
#ifndef POLLUX_UNIX_NET_UDP_PARTS_H
#define POLLUX_UNIX_NET_UDP_PARTS_H

#include "base/abi.h"

#include <stdbool.h>

/* --- send.c -------------------------------------------------------------- */

/* Hand queued datagrams to the kernel until it takes no more; requests that
 * are over wait for uv__udp_send_report(). Calls no user callback. */
void uv__udp_send_flush(uv_udp_t* handle);

/* Call back the requests that are over, oldest first. */
void uv__udp_send_report(uv_udp_t* handle);

/* Every request that is still queued is over with `status`. */
void uv__udp_send_abandon(uv_udp_t* handle, int status);

/* --- recv.c -------------------------------------------------------------- */

/* Receive until nothing is left or the bound is reached; with `has_error`, then
 * read one entry of the error queue. Calls the user. */
void uv__udp_receive(uv_udp_t* handle, bool has_error);

/* Drop the entries of the error queue. */
void uv__udp_drop_errors(uv_udp_t* handle);

/* --- socket.c ------------------------------------------------------------ */

/* Set the socket options of `flags` (UV_UDP_*) that apply to `family`;
 * AF_UNSPEC: those of any family. 0 or UV_E*. */
int uv__udp_apply_flags(int fd, int family, unsigned flags);

/* Make `fd`, or -1, the handle's socket. */
void uv__udp_adopt(uv_udp_t* handle, int fd, int family);

/* Bind the handle's socket, made now when there is none. A new socket that
 * cannot be bound is not kept. 0 or UV_E*. */
int uv__udp_bind_handle(uv_udp_t* handle, const struct sockaddr* addr,
                        unsigned flags);

/* Without a socket yet: make one of `family` and bind it to the wildcard
 * address and any port. Flags as for uv_udp_bind(). */
int uv__udp_autobind(uv_udp_t* handle, int family, unsigned flags);

/* 0 for a destination of an internet family, UV_EINVAL otherwise. */
int uv__udp_check_inet(const struct sockaddr* addr);

/* Has uv_udp_connect() or the opened socket named a peer? */
bool uv__udp_is_connected(const uv_udp_t* handle);

/* Is uv_udp_recv_start() in effect? False once stopped or closed. */
bool uv__udp_is_receiving(const uv_udp_t* handle);

#endif
