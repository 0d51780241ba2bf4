/* SPDX-License-Identifier: MIT */
/* This process's live page (base/live-page.h): POLLUX_STATS=live makes it, and
 * each loop gets a place in it. It is removed at the end of the process. */
#ifndef POLLUX_LOOP_LIVE_H
#define POLLUX_LOOP_LIVE_H

#include "base/live-page.h"

#include <stdbool.h>

/* Make the page. 0 or UV_E* as uv__runtime_folder() and uv__shared_create() say
 * it: then there is none. Once, before the first loop. */
int uv__live_open(void);

/* Is there a page, or was there one before the fork? */
bool uv__live_is_on(void);

/* In the child of a fork: make a page of its own, unless it has one. Until then
 * what the child's loops measure is shown nowhere. */
void uv__live_renew(void);

/* A place for a loop, all zero; NULL when all are taken, or the file cannot
 * grow: that is counted. Any thread. */
struct uv__live_loop* uv__live_take(void);
/* The same place again, in the page of the child. False: no room. */
bool uv__live_retake(const struct uv__live_loop* place);
void uv__live_give_back(struct uv__live_loop* place);

/* A number for a loop that the process has not used yet. */
uint64_t uv__live_next_id(void);

/* The figures of the pool: in the page, or elsewhere without one. */
struct uv__live_pool* uv__live_pool(void);

/* Remove the file. */
void uv__live_close(void);

#endif
