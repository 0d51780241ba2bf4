/* SPDX-License-Identifier: MIT */
/* Timers, as the loop sees them. Loop thread only. */
#ifndef POLLUX_LOOP_TIMER_H
#define POLLUX_LOOP_TIMER_H

#include "base/abi.h"

#include <stdbool.h>

/* Call back every timer that is due at the loop's cached time. */
void uv__run_timers(uv_loop_t* loop);

/* Ms until the next timer is due: 0 if it is, -1 if there is none. */
int uv__timer_timeout(const uv_loop_t* loop);

bool uv__timer_close(uv_handle_t* handle);

#endif
