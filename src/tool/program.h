/* SPDX-License-Identifier: MIT */
/* Program: the file behind a command's name, and all libraries that the dynamic
 * loader brings with it. */
#ifndef POLLUX_TOOL_PROGRAM_H
#define POLLUX_TOOL_PROGRAM_H

#include "tool/search.h"

enum { PROGRAM_OBJECTS_MAX = 512 };

struct program {
  char* script;             /* The script, if it is one; else NULL. */
  struct text_list missing; /* Libraries that are not found. */
  /* The program (of a script: its interpreter) and its libraries. */
  struct object* objects[PROGRAM_OBJECTS_MAX];
  size_t count;
};

/* Where `name` is, as a shell looks for it; NULL with errno set. */
char* program_find(const char* name);

/* Read the program at `path`, through the interpreters of scripts. 0 or a
 * negative errno: -ENOEXEC for no program, -ELOOP for scripts in a circle. Only
 * after 0 is there something to free. `what` is then or on failure the file in
 * question; the caller frees it. */
int program_read(const struct search* search, const char* path,
                 struct program* program, char** what);
void program_free(struct program* program);

/* Its libuv.so.1, or NULL. */
const struct object* program_uv(const struct program* program);
/* The file in which a copy of libuv was linked, or NULL. */
const struct object* program_copy(const struct program* program);

#endif
