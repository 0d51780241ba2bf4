/* SPDX-License-Identifier: MIT */
/* Users and groups, from wherever the system keeps them.
 *
 * The lookups of libc fill a buffer of unknown size: `ask` grows it until it
 * fits. Each result handed out is one block of memory, with the pointers of the
 * structure set into it and the first text at its start, so that the structure
 * alone is enough to free it.
 *
 * Any thread; may block on the network (NIS, LDAP). */
#include "base/abi.h"
#include "base/alloc.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

/* Groups with very many members need a lot; past this something is wrong. */
#define BUFFER_FIRST ((size_t) 2000)
#define BUFFER_MAX ((size_t) 64 << 20)

/* --- Lookup -------------------------------------------------------------- */

/* Which row is wanted, and what libc found; `found` is one of the two. */
struct row {
  unsigned id;
  union {
    struct passwd user;
    struct group group;
  } found;
};

/* One lookup: an error of errno.h; `*is_there` tells if there is such a row. */
typedef int (*lookup_fn)(struct row* row, char* buf, size_t size,
                         int* is_there);

static int lookup_user(struct row* row, char* buf, size_t size, int* is_there) {
  struct passwd* hit = NULL;
  int rc = getpwuid_r((uid_t) row->id, &row->found.user, buf, size, &hit);
  *is_there = hit != NULL;
  return rc;
}

static int lookup_group(struct row* row, char* buf, size_t size,
                        int* is_there) {
  struct group* hit = NULL;
  int rc = getgrgid_r((gid_t) row->id, &row->found.group, buf, size, &hit);
  *is_there = hit != NULL;
  return rc;
}

/* Look a row up. On success the caller frees `*ret_buf`, which the pointers in
 * `row->found` point into. */
static int ask(lookup_fn lookup, struct row* row, char** ret_buf) {
  for (size_t size = BUFFER_FIRST; size <= BUFFER_MAX; size *= 2) {
    char* buf = uv__malloc(size);
    if (buf == NULL) return UV_ENOMEM;
    int is_there = 0;
    int rc;
    do rc = lookup(row, buf, size, &is_there);
    while (rc == EINTR);
    if (rc == 0 && is_there) {
      *ret_buf = buf;
      return 0;
    }
    uv__free(buf);
    if (rc != ERANGE) return rc == 0 ? UV_ENOENT : UV__ERR(rc);
  }
  return UV_ENOMEM;
}

/* --- Packing ------------------------------------------------------------- */

/* libc may leave fields out. */
static const char* text_or_empty(const char* text) {
  return text != NULL ? text : "";
}

/* Append a text to a block; moves `*end` behind it. */
static char* append(char** end, const char* text) {
  char* here = *end;
  size_t size = strlen(text) + 1;
  memcpy(here, text, size);
  *end = here + size;
  return here;
}

static int pack_user(const struct passwd* found, uv_passwd_t* pwd) {
  const char* name = text_or_empty(found->pw_name);
  const char* dir = text_or_empty(found->pw_dir);
  const char* shell = text_or_empty(found->pw_shell);
  char* end = uv__malloc(strlen(name) + strlen(dir) + strlen(shell) + 3);
  if (end == NULL) return UV_ENOMEM;
  pwd->username = append(&end, name);
  pwd->homedir = append(&end, dir);
  pwd->shell = append(&end, shell);
  pwd->uid = found->pw_uid;
  pwd->gid = found->pw_gid;
  return 0;
}

/* The list of members comes first in the block, it has to be aligned. */
static int pack_group(const struct group* found, uv_group_t* grp) {
  const char* name = text_or_empty(found->gr_name);
  size_t text_size = strlen(name) + 1;
  size_t count = 0;
  for (; found->gr_mem != NULL && found->gr_mem[count] != NULL; count++)
    text_size += strlen(found->gr_mem[count]) + 1;

  size_t list_size = (count + 1) * sizeof(char*);
  char** members = uv__malloc(list_size + text_size);
  if (members == NULL) return UV_ENOMEM;
  char* end = (char*) members + list_size;
  grp->groupname = append(&end, name);
  grp->gid = found->gr_gid;
  grp->members = members;
  for (size_t i = 0; i < count; i++)
    members[i] = append(&end, found->gr_mem[i]);
  members[count] = NULL;
  return 0;
}

/* --- Public -------------------------------------------------------------- */

int uv_os_get_passwd2(uv_passwd_t* pwd, uv_uid_t uid) {
  if (pwd == NULL) return UV_EINVAL;
  struct row row = { .id = uid };
  char* buf = NULL;
  int rc = ask(lookup_user, &row, &buf);
  if (rc != 0) return rc;
  rc = pack_user(&row.found.user, pwd);
  uv__free(buf);
  return rc;
}

/* The effective user: whose rights we have. */
int uv_os_get_passwd(uv_passwd_t* pwd) {
  return uv_os_get_passwd2(pwd, geteuid());
}

int uv_os_get_group(uv_group_t* grp, uv_uid_t gid) {
  if (grp == NULL) return UV_EINVAL;
  struct row row = { .id = gid };
  char* buf = NULL;
  int rc = ask(lookup_group, &row, &buf);
  if (rc != 0) return rc;
  rc = pack_group(&row.found.group, grp);
  uv__free(buf);
  return rc;
}

/* Freeing twice is harmless. */
void uv_os_free_passwd(uv_passwd_t* pwd) {
  if (pwd == NULL) return;
  uv__free(pwd->username);
  pwd->username = pwd->homedir = pwd->shell = NULL;
}

void uv_os_free_group(uv_group_t* grp) {
  if (grp == NULL) return;
  uv__free(grp->members);
  grp->groupname = NULL;
  grp->members = NULL;
}
