/* SPDX-License-Identifier: MIT */
/* User: the rights with which a program runs, and what it may read with them.
 */
#ifndef POLLUX_TOOL_USER_H
#define POLLUX_TOOL_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { USER_GROUPS_MAX = 256 };

struct user {
  uid_t uid;
  gid_t gid;
  gid_t groups[USER_GROUPS_MAX];
  size_t group_count;
};

/* The caller of this command. */
void user_self(struct user* user);
/* By name or number; false: there is none. */
bool user_find(const char* name, struct user* user);
/* From the lines Uid:, Gid: and Groups: of /proc/PID/status. */
bool user_from_status(const char* status, struct user* user);

/* The first folder or file on the way to `path` (a full name) that keeps the
 * user from reading it, by owner, group and mode; NULL: nothing does. The
 * caller frees it. Access lists are not looked at. */
char* user_barrier(const struct user* user, const char* path);

/* Does the kernel give the program at `path` rights that its user has not? Then
 * ld.so ignores LD_LIBRARY_PATH. */
bool user_gains_by_mode(const struct user* user, const char* path);
bool user_gains_by_capabilities(const struct user* user, const char* path);

#endif
