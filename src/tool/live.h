/* SPDX-License-Identifier: MIT */
/* Reads the live pages of this user's processes (base/live-page.h). A page
 * whose process is gone, as after kill -9, is removed. */
#ifndef POLLUX_TOOL_LIVE_H
#define POLLUX_TOOL_LIVE_H

#include "base/live-page.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One process at one moment: a copy of its page. */
struct live_process {
  pid_t pid;
  uint64_t now_ns; /* When it was read. */
  char* bytes;
  size_t size;
};

struct live_list {
  struct live_process* items;
  size_t count;
  size_t removed; /* Stale files that were removed. */
};

/* The runtime folder of this user. False: there is none. */
bool live_folder(char* folder, size_t size);

/* All pages, or those of `pids`, in the order of their numbers. 0 or errno. */
int live_read(struct live_list* list, const pid_t* pids, size_t pid_count);
void live_free(struct live_list* list);

const struct uv__live_page* live_page(const struct live_process* process);
const struct uv__live_pool* live_pool(const struct live_process* process);
/* The loop in a place; NULL: it is free. */
const struct uv__live_loop* live_loop(const struct live_process* process,
                                      uint32_t index);

/* Where an address of the process is: "node+0x1234", or with the name of a
 * function of its symbol table. "" for 0. */
void live_where(pid_t pid, uint64_t address, char* text, size_t size);

#endif
