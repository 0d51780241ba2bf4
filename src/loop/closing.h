/* SPDX-License-Identifier: MIT */
/* The closing phase. */
#ifndef POLLUX_LOOP_CLOSING_H
#define POLLUX_LOOP_CLOSING_H

#include "base/abi.h"

/* End every handle whose close is ready: finish, then its close_cb. */
void uv__run_closing_handles(uv_loop_t* loop);

#endif
