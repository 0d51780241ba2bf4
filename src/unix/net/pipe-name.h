/* SPDX-License-Identifier: MIT */
/* Names of unix domain sockets: a path, or on Linux an abstract name (its first
 * byte is NUL), or no name. Any thread. */
#ifndef POLLUX_UNIX_NET_PIPE_NAME_H
#define POLLUX_UNIX_NET_PIPE_NAME_H

#include "base/abi.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

struct uv__pipe_name {
  union {
    struct sockaddr any;
    struct sockaddr_un un;
    /* A path that fills sun_path is returned with a NUL behind it. */
    char room[sizeof(struct sockaddr_un) + 1];
  } u;
  socklen_t size; /* Of the address, the family included. */
};

/* Make an address of `name`; `flags` are 0 or UV_PIPE_NO_TRUNCATE. An empty
 * name lets bind(2) choose an abstract one. 0 or UV_EINVAL. */
int uv__pipe_name_set(struct uv__pipe_name* to, const char* name,
                      size_t name_len, unsigned flags);

/* Bytes of the name, without a NUL at the end; 0 when it has none. */
size_t uv__pipe_name_len(const struct uv__pipe_name* name);

bool uv__pipe_name_is_path(const struct uv__pipe_name* name);

#endif
