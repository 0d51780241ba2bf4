/* SPDX-License-Identifier: MIT */
/* Rows of src/tables.c for poll handles. Their names say `handle`, because
 * uv__io_poll() is the poll phase. Loop thread only. */
#ifndef POLLUX_UNIX_NET_POLL_HANDLE_H
#define POLLUX_UNIX_NET_POLL_HANDLE_H

#include "base/abi.h"
#include "unix/io/recorder.h"

#include <stdbool.h>

bool uv__poll_handle_close(uv_handle_t* handle);
int uv__poll_handle_fd(const uv_handle_t* handle);
/* For the figures: what the watcher calls. */
bool uv__poll_handle_describe(uv__io_t* w, unsigned events,
                              struct uv__call* ret_call);

#endif
