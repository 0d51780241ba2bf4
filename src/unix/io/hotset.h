/* SPDX-License-Identifier: MIT */
/* Who is hot, who is parked: the only functions that move a slot between its
 * places (fdtable.h), and the list of hot descriptors. Loop thread only. */
#ifndef POLLUX_UNIX_IO_HOTSET_H
#define POLLUX_UNIX_IO_HOTSET_H

#include "unix/io/fdtable.h"

struct uv__iostate;

struct uv__hotset {
  int* fds;
  size_t count, cap;
  size_t hand; /* Where the sweep goes on. */
  unsigned crowd;  /* Waits that brought many events, less those with few. */
  bool is_crowded; /* The shell's batch is cheaper: nothing is promoted. */
};

/* Tell the kernel what the slot's watcher wants. 0; UV_ENOMEM: not now, it
 * stays dirty; other UV_E*: it cannot be watched, and is IDLE. */
int uv__slot_settle(struct uv__iostate* io, int fd);

/* Nobody wants it any more: tell the kernel so. */
void uv__slot_withdraw(struct uv__iostate* io, int fd);

/* The descriptor is about to be closed or changes hands: nothing of it stays in
 * the kernel, and what is on its way is stale. */
void uv__slot_forget(struct uv__iostate* io, int fd);

/* The monitor cannot watch it: it lives in the shell from now on. */
void uv__slot_refuse(struct uv__iostate* io, int fd);

/* An event of this slot is about to be dispatched: promote it, or in a crowd
 * park it, if that pays. */
void uv__slot_note_event(struct uv__iostate* io, int fd);

/* After a poll phase: count the crowd, park what has been silent; a bounded
 * step. */
void uv__hotset_sweep(struct uv__iostate* io);

/* Everything hot goes back to the shell: before a switch, or when the loop
 * becomes exposed. */
void uv__hotset_park_all(struct uv__iostate* io);
/* The new monitor's view of what is in the shell. */
void uv__hotset_adopt(struct uv__iostate* io);
/* The kernel's state is lost (failed monitor, fork): everything wanted is
 * dirty. `shell_too`: the shell's entries as well. */
void uv__hotset_lose(struct uv__iostate* io, bool shell_too);

#endif
