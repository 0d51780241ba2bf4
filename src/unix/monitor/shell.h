/* SPDX-License-Identifier: MIT */
/* The shell is the parking epoll set: the epoll descriptor of a loop that holds
 * the parked descriptors. It is made with the loop and lives as long. It keeps
 * its number across forks and monitor switches, and uv_backend_fd() returns it.
 *
 * An entry is live (level-triggered) or muted. A muted entry stays registered
 * and reports nothing, because the hot set looks at that descriptor; one call
 * makes it live again. It may report one hang-up all the same, so the caller
 * drops events with UV__EV_PARKED of descriptors that are hot.
 *
 * Loop thread only. docs/monitors.md says more. */
#ifndef POLLUX_UNIX_MONITOR_SHELL_H
#define POLLUX_UNIX_MONITOR_SHELL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct uv__ready;

struct uv__shell {
  int fd;         /* -1 when there is none. */
  uint64_t calls; /* Changes told to the kernel. */
};

/* 0 or UV_E*: then there can be no loop. */
int uv__shell_setup(struct uv__shell* shell);
void uv__shell_teardown(struct uv__shell* shell);
/* In the child of a fork: a new, empty shell under the old number. */
int uv__shell_refork(struct uv__shell* shell);

/* Watch `fd`; `is_known` when it is registered already. 0; UV_EPERM for what
 * cannot be watched (a regular file), UV_EBADF, UV_ENOMEM, UV_ENOSPC. */
int uv__shell_set(struct uv__shell* shell, int fd, uint32_t gen,
                  unsigned events, bool is_known);
/* Make a registered entry silent. */
int uv__shell_mute(struct uv__shell* shell, int fd, uint32_t gen);
/* Drop the entry, now. Without an entry it does nothing. */
void uv__shell_delete(struct uv__shell* shell, int fd);

/* Can `fd` be watched at all? 0, UV_EPERM or UV_EBADF. Adds no entry, and
 * leaves an existing one as it is. */
int uv__shell_test(struct uv__shell* shell, int fd);

/* Append what is ready to `ready`, each event or-ed with `flag`, waiting up to
 * `timeout_ms` (-1: no limit) with `sigmask` (NULL: unchanged). 0, also after
 * an interruption; or UV_E*. */
int uv__shell_wait(struct uv__shell* shell, struct uv__ready* ready,
                   unsigned flag, int timeout_ms, const sigset_t* sigmask);

#endif
