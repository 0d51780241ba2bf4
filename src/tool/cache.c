/* SPDX-License-Identifier: MIT */
/* /etc/ld.so.cache, which ldconfig(8) writes: a header, an array of entries,
 * and texts, each named by its distance from the header. Only the present
 * format is read ("glibc-ld.so.cache1.1", of glibc 2.2 and later); it may stand
 * behind one of the older kind. Entries for special processors have a `hwcap`.
 */
#include "tool/search.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char magic[] = "glibc-ld.so.cache1.1";

struct header {
  char magic[sizeof(magic) - 1];
  uint32_t count;
  uint32_t texts_size;
  uint32_t others[5];
};

struct entry {
  int32_t flags;
  uint32_t name, path; /* Distances from the header. */
  uint32_t os_version;
  uint64_t hwcap;
};

/* The text at a distance; NULL if it does not lie within the file. */
static const char* text_at(const char* start, size_t size, uint32_t distance) {
  return distance < size ? start + distance : NULL;
}

static char* look(const char* start, size_t size, const char* root,
                  const struct binary* like, const char* name) {
  struct header header;
  if (size < sizeof(header)) return NULL;
  memcpy(&header, start, sizeof(header));
  for (size_t i = 0; i < header.count; i++) {
    struct entry entry;
    const size_t at = sizeof(header) + i * sizeof(entry);
    if (at + sizeof(entry) > size) return NULL;
    memcpy(&entry, start + at, sizeof(entry));
    const char* its_name = text_at(start, size, entry.name);
    const char* path = text_at(start, size, entry.path);
    if (entry.hwcap != 0 || its_name == NULL || path == NULL) continue;
    if (strcmp(its_name, name) == 0 && search_fits(root, path, like))
      return text_copy(path);
  }
  return NULL;
}

char* search_cache(const char* root, const struct binary* like,
                   const char* name) {
  size_t size = 0;
  char* file = text_format("%s/etc/ld.so.cache", root);
  char* text = text_read_file(file, &size);
  free(file);
  if (text == NULL) return NULL;
  const char* start = memmem(text, size, magic, sizeof(magic) - 1);
  char* found = NULL;
  if (start != NULL)
    found = look(start, size - (size_t) (start - text), root, like, name);
  free(text);
  return found;
}
