/* SPDX-License-Identifier: MIT */
/* The order of ld.so(8): DT_RPATH of the file that asks and of those that
 * loaded it (unless the asking file has a DT_RUNPATH), LD_LIBRARY_PATH, the
 * asking file's DT_RUNPATH, the cache, the system's folders.
 *
 * Folders for special processors (glibc-hwcaps) are left out: no libuv comes
 * that way. */
#include "tool/search.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char* const system_folders[] = { "/lib/" POLLUX_TOOL_TRIPLET,
                                              "/usr/lib/" POLLUX_TOOL_TRIPLET,
                                              "/lib64",
                                              "/usr/lib64",
                                              "/lib",
                                              "/usr/lib" };

bool search_fits(const char* root, const char* path,
                 const struct binary* like) {
  unsigned char head[20];
  char* full = text_format("%s%s", root, path);
  FILE* file = fopen(full, "re");
  free(full);
  if (file == NULL) return false;
  const size_t got = fread(head, 1, sizeof(head), file);
  fclose(file);
  if (got != sizeof(head) || memcmp(head, ELFMAG, SELFMAG) != 0) return false;
  const bool is_little = head[EI_DATA] == ELFDATA2LSB;
  const int machine =
      is_little ? head[18] | head[19] << 8 : head[19] | head[18] << 8;
  return machine == like->machine && is_little == like->is_little_endian &&
         (head[EI_CLASS] == ELFCLASS64 ? 64 : 32) == like->bits;
}

/* `item` of a search path with $ORIGIN and $LIB replaced. */
static char* expand(const char* item, const struct object* object) {
  char* origin = text_copy(object->path);
  char* slash = strrchr(origin, '/');
  if (slash != NULL) *slash = '\0';
  char* text = NULL;
  size_t size = 0;
  FILE* stream = open_memstream(&text, &size);
  while (stream != NULL && *item != '\0') {
    static const char* const names[] = { "$ORIGIN", "${ORIGIN}", "$LIB",
                                         "${LIB}" };
    size_t which = 0;
    while (which < 4 && !text_starts_with(item, names[which])) which++;
    if (which == 4) {
      fputc(*item++, stream);
      continue;
    }
    fputs(which < 2 ? origin : "lib/" POLLUX_TOOL_TRIPLET, stream);
    item += strlen(names[which]);
  }
  if (stream != NULL) fclose(stream);
  free(origin);
  return text;
}

/* The library in one of the folders of `path`, which `object` brought. */
static char* find_in(const struct search* search, const char* path,
                     const struct object* object, const struct object* asking,
                     const char* name) {
  if (path == NULL || *path == '\0') return NULL;
  struct text_list items = text_split(path, ":;");
  char* found = NULL;
  for (size_t i = 0; i < items.count && found == NULL; i++) {
    char* folder = expand(items.items[i], object);
    char* file = text_format("%s/%s", *folder == '\0' ? "." : folder, name);
    free(folder);
    if (search_fits(search->root, file, &asking->binary))
      found = file;
    else
      free(file);
  }
  text_list_free(&items);
  return found;
}

static char* find_by_rpath(const struct search* search,
                           const struct object* asking, const char* name) {
  if (asking->binary.runpath != NULL) return NULL;
  for (const struct object* at = asking; at != NULL; at = at->loader) {
    if (at->binary.runpath != NULL) continue;
    char* found = find_in(search, at->binary.rpath, at, asking, name);
    if (found != NULL) return found;
  }
  return NULL;
}

static char* find_in_system(const struct search* search,
                            const struct object* asking, const char* name) {
  const size_t count = sizeof(system_folders) / sizeof(system_folders[0]);
  for (size_t i = 0; i < count; i++) {
    char* found = find_in(search, system_folders[i], asking, asking, name);
    if (found != NULL) return found;
  }
  return NULL;
}

char* search_library(const struct search* search, const struct object* object,
                     const char* name, enum search_way* way) {
  char* found = NULL;
  *way = SEARCH_PATH;
  if (strchr(name, '/') != NULL)
    return search_fits(search->root, name, &object->binary) ? text_copy(name)
                                                            : NULL;
  *way = SEARCH_RPATH;
  found = find_by_rpath(search, object, name);
  if (found != NULL) return found;
  *way = SEARCH_ENVIRONMENT;
  found = find_in(search, search->library_path, object, object, name);
  if (found != NULL) return found;
  *way = SEARCH_RUNPATH;
  found = find_in(search, object->binary.runpath, object, object, name);
  if (found != NULL) return found;
  *way = SEARCH_CACHE;
  if (!object->binary.has_no_default) {
    found = search_cache(search->root, &object->binary, name);
    if (found != NULL) return found;
    *way = SEARCH_DEFAULT;
    found = find_in_system(search, object, name);
  }
  if (found == NULL) *way = SEARCH_NOT_FOUND;
  return found;
}

const char* search_way_name(enum search_way way) {
  switch (way) {
    case SEARCH_PATH:
      return "its full name";
    case SEARCH_RPATH:
      return "DT_RPATH";
    case SEARCH_ENVIRONMENT:
      return "LD_LIBRARY_PATH";
    case SEARCH_RUNPATH:
      return "DT_RUNPATH";
    case SEARCH_CACHE:
      return "ld.so.cache";
    case SEARCH_DEFAULT:
      return "the system's folders";
    default:
      return "no rule";
  }
}
