/* SPDX-License-Identifier: MIT */
/* UDP handles: what src/tables.c sees of them. */
#ifndef POLLUX_UNIX_NET_UDP_UDP_H
#define POLLUX_UNIX_NET_UDP_UDP_H

#include "base/abi.h"

#include <stdbool.h>

bool uv__udp_close(uv_handle_t* handle);
void uv__udp_finish(uv_handle_t* handle);
int uv__udp_fd(const uv_handle_t* handle);

#endif
