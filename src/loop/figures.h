/* SPDX-License-Identifier: MIT */
/* The figures of a loop: switched on, kept, read. What is measured where is
 * unix/io/recorder.h's; where it is shown is live.h's. Loop thread only. */
#ifndef POLLUX_LOOP_FIGURES_H
#define POLLUX_LOOP_FIGURES_H

#include "base/abi.h"
#include "base/live-page.h"

#include <stdbool.h>

/* Switch on or off, from the next turn on. What was measured stays. 0 or
 * UV_ENOMEM. */
int uv__figures_set(uv_loop_t* loop, bool is_on);

/* What was measured so far; NULL if the figures were never on. */
const struct uv__live_loop* uv__figures_of(const uv_loop_t* loop);

/* Rows of src/tables.c. */
int uv__figures_init(uv_loop_t* loop);
int uv__figures_fork(uv_loop_t* loop);
void uv__figures_close(uv_loop_t* loop);
void uv__figures_shutdown(void);

#endif
