/* SPDX-License-Identifier: MIT */
/* The handles that run once per iteration: idle, prepare, check. */
#ifndef POLLUX_LOOP_PHASE_H
#define POLLUX_LOOP_PHASE_H

#include "base/abi.h"

#include <stdbool.h>

void uv__run_idle(uv_loop_t* loop);
void uv__run_prepare(uv_loop_t* loop);
void uv__run_check(uv_loop_t* loop);

bool uv__idle_close(uv_handle_t* handle);
bool uv__prepare_close(uv_handle_t* handle);
bool uv__check_close(uv_handle_t* handle);

#endif
