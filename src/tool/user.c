/* SPDX-License-Identifier: MIT */
/* Rights, judged by owner, group and mode, so that the question can be asked
 * for another user without becoming that user. */
#include "tool/user.h"

#include "tool/text.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

void user_self(struct user* user) {
  *user = (struct user){ .uid = geteuid(), .gid = getegid() };
  int count = getgroups(USER_GROUPS_MAX, user->groups);
  user->group_count = count > 0 ? (size_t) count : 0;
}

bool user_find(const char* name, struct user* user) {
  char* end;
  unsigned long number = strtoul(name, &end, 10);
  const struct passwd* entry =
      *name != '\0' && *end == '\0' ? getpwuid((uid_t) number) : getpwnam(name);
  if (entry == NULL) return false;
  *user = (struct user){ .uid = entry->pw_uid, .gid = entry->pw_gid };
  int count = USER_GROUPS_MAX;
  if (getgrouplist(entry->pw_name, entry->pw_gid, user->groups, &count) >= 0)
    user->group_count = (size_t) count;
  return true;
}

/* The words of the line that begins with `key`; NULL: no such line. */
static const char* line_of(const char* status, const char* key) {
  for (const char* at = status; at != NULL;) {
    if (text_starts_with(at, key)) return at + strlen(key);
    at = strchr(at, '\n');
    if (at != NULL) at++;
  }
  return NULL;
}

/* The effective id is the second of four. */
static bool effective(const char* status, const char* key, unsigned* id) {
  const char* line = line_of(status, key);
  return line != NULL && sscanf(line, "%*u %u", id) == 1;
}

bool user_from_status(const char* status, struct user* user) {
  unsigned uid;
  unsigned gid;
  if (!effective(status, "Uid:", &uid) || !effective(status, "Gid:", &gid))
    return false;
  *user = (struct user){ .uid = uid, .gid = gid };
  const char* at = line_of(status, "Groups:");
  while (at != NULL && user->group_count < USER_GROUPS_MAX) {
    at += strspn(at, " \t");
    char* end;
    unsigned long id = strtoul(at, &end, 10);
    if (end == at) break;
    user->groups[user->group_count++] = (gid_t) id;
    at = end;
  }
  return true;
}

static bool is_in_group(const struct user* user, gid_t gid) {
  if (user->gid == gid) return true;
  for (size_t i = 0; i < user->group_count; i++)
    if (user->groups[i] == gid) return true;
  return false;
}

/* `want`: 4 to read a file, 1 to pass through a folder. */
static bool may(const struct user* user, const struct stat* st, unsigned want) {
  if (user->uid == 0) return true;
  if (st->st_uid == user->uid) return (st->st_mode >> 6 & want) == want;
  if (is_in_group(user, st->st_gid)) return (st->st_mode >> 3 & want) == want;
  return (st->st_mode & want) == want;
}

static char* barrier_on(const struct user* user, const char* path) {
  char* part = text_copy(path);
  for (char* at = part + 1;; at++) {
    if (*at != '/' && *at != '\0') continue;
    const char kept = *at;
    struct stat st;
    *at = '\0';
    if (stat(part, &st) != 0 || !may(user, &st, kept == '\0' ? 4 : 1))
      return part;
    if (kept == '\0') break;
    *at = kept;
  }
  free(part);
  return NULL;
}

char* user_barrier(const struct user* user, const char* path) {
  char* barrier = barrier_on(user, path);
  if (barrier != NULL) return barrier;
  char* target = realpath(path, NULL); /* The library may be a link. */
  if (target != NULL) barrier = barrier_on(user, target);
  free(target);
  return barrier;
}

bool user_gains_by_mode(const struct user* user, const char* path) {
  struct stat st;
  if (stat(path, &st) != 0) return false;
  if ((st.st_mode & S_ISUID) != 0 && st.st_uid != user->uid) return true;
  const mode_t set_gid = S_ISGID | S_IXGRP;
  return (st.st_mode & set_gid) == set_gid && st.st_gid != user->gid;
}

bool user_gains_by_capabilities(const struct user* user, const char* path) {
  if (user->uid == 0) return false; /* Root has them all. */
  return getxattr(path, "security.capability", NULL, 0) > 0;
}
