/* SPDX-License-Identifier: MIT */
/* Directories: all entries at once, sorted by name (scandir), or some at a time
 * in the order of the file system (opendir, readdir, closedir). "." and ".."
 * are left out.
 *
 * scandir collects into a `struct listing`, which hangs on `ptr` until the last
 * entry was asked for or the request is cleaned up. The names stand one after
 * the other in one block; while it grows it moves, so entries keep a name's
 * place in it and not its address. An empty directory has no listing.
 *
 * readdir fills the caller's array; each name is an allocation of its own,
 * because callers may sort or split the array before the clean-up frees them.
 * The uv_dir_t belongs to the caller between opendir and closedir: no clean-up
 * frees it.
 *
 * Collecting is any thread's, a request at a time; uv_fs_scandir_next() its
 * owner's. */
#include "unix/fs/fs.h"

#include "base/alloc.h"
#include "base/assert.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* --- Reading a stream of entries ------------------------------------------ */

static const uv_dirent_type_t types[] = {
  [DT_UNKNOWN] = UV_DIRENT_UNKNOWN, [DT_REG] = UV_DIRENT_FILE,
  [DT_DIR] = UV_DIRENT_DIR,         [DT_LNK] = UV_DIRENT_LINK,
  [DT_FIFO] = UV_DIRENT_FIFO,       [DT_SOCK] = UV_DIRENT_SOCKET,
  [DT_CHR] = UV_DIRENT_CHAR,        [DT_BLK] = UV_DIRENT_BLOCK,
};

static uv_dirent_type_t type_of(const struct dirent* entry) {
  if (entry->d_type >= sizeof(types) / sizeof(types[0]))
    return UV_DIRENT_UNKNOWN;
  return types[entry->d_type];
}

static bool is_self_or_parent(const char* name) {
  if (name[0] != '.') return false;
  return name[1] == '\0' || (name[1] == '.' && name[2] == '\0');
}

/* 1: `*entry` is the next one; 0: there is none; UV_E*. */
static int next_entry(DIR* stream, const struct dirent** entry) {
  do {
    errno = 0; /* The end looks like an error without a number. */
    *entry = readdir(stream);
    if (*entry == NULL) return errno != 0 ? UV__ERR(errno) : 0;
  } while (is_self_or_parent((*entry)->d_name));
  return 1;
}

/* --- scandir -------------------------------------------------------------- */

struct entry {
  const char* name; /* NULL until all are collected. */
  size_t name_at;
  uv_dirent_type_t type;
};

struct listing {
  struct entry* entries;
  size_t count;
  size_t cap;
  char* names;
  size_t names_len;
  size_t names_cap;
  size_t next; /* The entry that uv_fs_scandir_next() gives next. */
};

enum { ENTRIES_FIRST = 32, NAMES_FIRST = 512 };

static void free_listing(struct listing* list) {
  uv__free(list->names);
  uv__free(list->entries);
  uv__free(list);
}

static int reserve_entry(struct listing* list) {
  if (list->count < list->cap) return 0;
  size_t cap = list->cap > 0 ? list->cap * 2 : ENTRIES_FIRST;
  struct entry* moved = uv__realloc(list->entries, cap * sizeof(*moved));
  if (moved == NULL) return UV_ENOMEM;
  list->entries = moved;
  list->cap = cap;
  return 0;
}

static int reserve_name(struct listing* list, size_t size) {
  size_t cap = list->names_cap > 0 ? list->names_cap : NAMES_FIRST;
  while (cap - list->names_len < size) cap *= 2;
  if (cap == list->names_cap) return 0;
  char* moved = uv__realloc(list->names, cap);
  if (moved == NULL) return UV_ENOMEM;
  list->names = moved;
  list->names_cap = cap;
  return 0;
}

static int append(struct listing* list, const struct dirent* found) {
  size_t size = strlen(found->d_name) + 1;
  int rc = reserve_entry(list);
  if (rc == 0) rc = reserve_name(list, size);
  if (rc != 0) return rc;
  list->entries[list->count++] = (struct entry){
    .name_at = list->names_len,
    .type = type_of(found),
  };
  memcpy(list->names + list->names_len, found->d_name, size);
  list->names_len += size;
  return 0;
}

/* By bytes: the order does not depend on the program's locale. */
static int by_name(const void* a, const void* b) {
  const struct entry* left = a;
  const struct entry* right = b;
  return strcmp(left->name, right->name);
}

static void sort(struct listing* list) {
  for (size_t i = 0; i < list->count; i++)
    list->entries[i].name = list->names + list->entries[i].name_at;
  if (list->count > 1)
    qsort(list->entries, list->count, sizeof(list->entries[0]), by_name);
}

static int collect(struct listing* list, DIR* stream) {
  const struct dirent* found;
  int rc;
  while ((rc = next_entry(stream, &found)) > 0) {
    rc = append(list, found);
    if (rc != 0) return rc;
  }
  return rc;
}

ssize_t uv__fs_scandir(uv_fs_t* req) {
  DIR* stream = opendir(req->path);
  if (stream == NULL) return UV__ERR(errno);
  struct listing* list = uv__calloc(1, sizeof(*list));
  int rc = list != NULL ? collect(list, stream) : UV_ENOMEM;
  closedir(stream);
  if (list == NULL) return rc;
  if (rc != 0 || list->count == 0) {
    free_listing(list);
    return rc;
  }
  sort(list);
  req->ptr = list;
  return (ssize_t) list->count;
}

void uv__fs_scandir_release(uv_fs_t* req) {
  free_listing(req->ptr);
}

/* The name is valid until the request is cleaned up, or UV_EOF was returned. */
int uv_fs_scandir_next(uv_fs_t* req, uv_dirent_t* ent) {
  if (req->result < 0) return (int) req->result;
  struct listing* list = req->ptr;
  if (list == NULL) return UV_EOF; /* Was empty, or has ended before. */
  UV__CHECK(list->next <= list->count);
  if (list->next == list->count) {
    free_listing(list);
    req->ptr = NULL;
    return UV_EOF;
  }
  const struct entry* found = &list->entries[list->next++];
  ent->name = found->name;
  ent->type = found->type;
  return 0;
}

/* --- opendir, readdir, closedir ------------------------------------------- */

ssize_t uv__fs_opendir(uv_fs_t* req) {
  uv_dir_t* dir = uv__calloc(1, sizeof(*dir));
  if (dir == NULL) return UV_ENOMEM;
  dir->dir = opendir(req->path);
  if (dir->dir == NULL) {
    int rc = UV__ERR(errno);
    uv__free(dir);
    return rc;
  }
  req->ptr = dir;
  return 0;
}

static void free_names(uv_dirent_t* dirents, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uv__free((char*) dirents[i].name);
    dirents[i].name = NULL;
  }
}

ssize_t uv__fs_readdir(uv_fs_t* req) {
  uv_dir_t* dir = req->ptr;
  size_t count = 0;
  int rc = 0;
  while (count < dir->nentries) {
    const struct dirent* found;
    rc = next_entry(dir->dir, &found);
    if (rc <= 0) break;
    char* name = uv__strdup(found->d_name);
    if (name == NULL) {
      rc = UV_ENOMEM;
      break;
    }
    dir->dirents[count++] =
        (uv_dirent_t){ .name = name, .type = type_of(found) };
  }
  if (rc >= 0) return (ssize_t) count;
  free_names(dir->dirents, count);
  return rc;
}

void uv__fs_readdir_release(uv_fs_t* req) {
  const uv_dir_t* dir = req->ptr;
  if (req->result > 0) free_names(dir->dirents, (size_t) req->result);
}

/* The uv_dir_t is gone whatever the outcome, so EINTR must not bring us here
 * again. */
ssize_t uv__fs_closedir(uv_fs_t* req) {
  uv_dir_t* dir = req->ptr;
  int rc = closedir(dir->dir) != 0 ? UV__ERR(errno) : 0;
  uv__free(dir);
  req->ptr = NULL;
  return rc != UV_EINTR ? rc : 0;
}
