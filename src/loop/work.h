/* SPDX-License-Identifier: MIT */
/* Blocking work on the thread pool, with its result back on the loop.
 * Used by file operations, the resolver, uv_random() and uv_queue_work(). */
#ifndef POLLUX_LOOP_WORK_H
#define POLLUX_LOOP_WORK_H

#include "base/abi.h"

enum uv__work_kind {
  UV__WORK_USER, /* uv_queue_work() */
  UV__WORK_RANDOM,
  /* Name resolution: at most half of the pool at a time. */
  UV__WORK_GETADDRINFO,
  UV__WORK_GETNAMEINFO,
  UV__WORK_FILE /* and what follows: file operations, plus uv_fs_type. */
};

/* Queue `w`: `work(w)` runs on a worker and touches no loop state; afterwards
 * `done(w, status)` runs on the loop thread with status 0, or UV_ECANCELED when
 * uv__work_cancel() won. The caller counts the request (req.h). Loop thread. */
void uv__work_submit(uv_loop_t* loop, struct uv__work* w, unsigned kind,
                     void (*work)(struct uv__work* w),
                     void (*done)(struct uv__work* w, int status));

/* 0 when the work had not begun: `work` will not run, `done` gets
 * UV_ECANCELED in a later iteration. UV_EBUSY otherwise. Loop thread. */
int uv__work_cancel(uv_loop_t* loop, struct uv__work* w);

/* Rows of src/tables.c. */
int uv__work_init(uv_loop_t* loop);
int uv__work_fork(uv_loop_t* loop);
void uv__work_close(uv_loop_t* loop);
void uv__work_shutdown(void);

#endif
