/* SPDX-License-Identifier: MIT */
/* Search: which file the dynamic loader takes for a library's name. The rules
 * are those of ld.so(8). */
#ifndef POLLUX_TOOL_SEARCH_H
#define POLLUX_TOOL_SEARCH_H

#include "tool/binary.h"

enum search_way {
  SEARCH_NOT_FOUND,
  SEARCH_PATH,        /* The name has a slash: it is the file. */
  SEARCH_RPATH,       /* DT_RPATH, before LD_LIBRARY_PATH. */
  SEARCH_ENVIRONMENT, /* LD_LIBRARY_PATH. */
  SEARCH_RUNPATH,     /* DT_RUNPATH, after it. */
  SEARCH_CACHE,       /* ld.so.cache, which ldconfig writes. */
  SEARCH_DEFAULT      /* The system's folders. */
};

/* A loaded file, and the one that asked for it; NULL for the program itself. */
struct object {
  char* path; /* As seen by the program: below the root. */
  const struct object* loader;
  enum search_way way;
  struct binary binary;
};

struct search {
  const char* root;         /* Put before each name; "" for this system. */
  const char* library_path; /* LD_LIBRARY_PATH, or NULL. */
};

/* The file that `object` gets for `name`, and by which rule; NULL if none. The
 * caller frees it. */
char* search_library(const struct search* search, const struct object* object,
                     const char* name, enum search_way* way);

/* "DT_RPATH" and the like. */
const char* search_way_name(enum search_way way);

/* The file that ld.so.cache has for `name`, for the processor of `like`; NULL
 * if none. */
char* search_cache(const char* root, const struct binary* like,
                   const char* name);

/* Is there a library for the same processor? */
bool search_fits(const char* root, const char* path, const struct binary* like);

#endif
