/* SPDX-License-Identifier: MIT */
/* The shell: the epoll descriptor in which parked watchers wait. It is made
 * with the loop, lives as long, keeps its number across fork and monitor
 * switches, and is what uv_backend_fd() returns.
 *
 * An entry is live (level-triggered) or mute: still registered, but silent
 * because the hot set looks at that descriptor; waking it again is one call.
 * A mute entry may report one hang-up all the same: the caller drops events
 * flagged UV__EV_PARKED of descriptors that are hot.
 *
 * Loop thread only. The idea of a descriptor that outlives the monitors is
 * this project's; see docs/monitors.md. */
#ifndef POLLUX_UNIX_MONITOR_SHELL_H
#define POLLUX_UNIX_MONITOR_SHELL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct uv__ready;

struct uv__shell {
  int fd;          /* -1 when there is none. */
  uint64_t calls;  /* Changes told to the kernel. */
};

/* 0 or UV_E*: the loop cannot be without. */
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
/* Drop the entry, now. Not being there is fine. */
void uv__shell_delete(struct uv__shell* shell, int fd);

/* Could `fd` be watched at all? 0, UV_EPERM or UV_EBADF. Leaves no entry, and
 * leaves alone one that is there. */
int uv__shell_test(struct uv__shell* shell, int fd);

/* Append what is ready to `ready`, each event or-ed with `flag`, waiting up to
 * `timeout_ms` (-1: no limit) with `sigmask` (NULL: unchanged). 0, also after
 * an interruption; or UV_E*. */
int uv__shell_wait(struct uv__shell* shell, struct uv__ready* ready,
                   unsigned flag, int timeout_ms, const sigset_t* sigmask);

#endif
