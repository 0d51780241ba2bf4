/* SPDX-License-Identifier: MIT */
/* A flag that a descriptor shows: raised from any thread or signal handler,
 * readable until cleared. */
#ifndef POLLUX_UNIX_OS_EVENT_H
#define POLLUX_UNIX_OS_EVENT_H

/* fds[0] is polled and cleared, fds[1] is raised; they may be one. 0 or
 * UV_E*. */
int uv__event_open(int fds[2]);
void uv__event_close(const int fds[2]);
/* Async-signal-safe; errno kept. Raised already is fine. */
void uv__event_raise(int fd);
void uv__event_clear(int fd);

#endif
