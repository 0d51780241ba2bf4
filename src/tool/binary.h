/* SPDX-License-Identifier: MIT */
/* Binary: what one ELF file says about itself, as far as it matters for the
 * question which libuv it gets. Read with elfutils' libelf. */
#ifndef POLLUX_TOOL_BINARY_H
#define POLLUX_TOOL_BINARY_H

#include "tool/text.h"

#include <stdbool.h>

struct binary {
  int machine; /* EM_*. */
  int bits;    /* 32 or 64. */
  bool is_little_endian;
  bool is_dynamic;          /* It has a dynamic section. */
  bool has_interpreter;     /* It names a dynamic loader: ld.so runs it. */
  bool has_no_default;      /* DF_1_NODEFLIB: not from the system's folders. */
  char* soname;             /* May be NULL, as the next two. */
  char* rpath;              /* Searched before LD_LIBRARY_PATH. */
  char* runpath;            /* Searched after it. */
  struct text_list needs;   /* DT_NEEDED, in order. */
  struct text_list imports; /* uv_* names that it takes from elsewhere. */
  struct text_list exports; /* uv_* and pollux_* names in its dynamic table. */
  bool has_loop_code;       /* It defines uv_run or uv_loop_init. */
  bool is_pollux;           /* It defines pollux_monitor_name. */
};

/* 0; or a negative errno, -ENOEXEC for a file that is no ELF file. On failure
 * there is nothing to free. */
int binary_read(const char* path, struct binary* binary);
void binary_free(struct binary* binary);

/* "x86-64" and the like. */
const char* binary_machine_name(const struct binary* binary);
bool binary_same_machine(const struct binary* a, const struct binary* b);

#endif
