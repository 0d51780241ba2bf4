/* SPDX-License-Identifier: MIT */
/* UDP handles: what src/tables.c sees of them. */
#ifndef POLLUX_UNIX_NET_UDP_UDP_H
#define POLLUX_UNIX_NET_UDP_UDP_H

#include "base/abi.h"
#include "unix/io/recorder.h"

#include <stdbool.h>

bool uv__udp_close(uv_handle_t* handle);
void uv__udp_finish(uv_handle_t* handle);
int uv__udp_fd(const uv_handle_t* handle);
/* For the figures: what the watcher calls. */
bool uv__udp_describe(uv__io_t* w, unsigned events, struct uv__call* ret_call);

#endif
