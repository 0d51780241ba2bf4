/* SPDX-License-Identifier: MIT */
/* How `pollux top` shows its rows: a table of 80 columns, or JSON. */
#ifndef POLLUX_TOOL_TOP_PRINT_H
#define POLLUX_TOOL_TOP_PRINT_H

#include "tool/top-rows.h"

#include <stdio.h>

struct top_style {
  int columns, lines; /* Lines of 0: no limit. */
  bool has_sparks;
  bool is_utf8;
  const char* line_end; /* "\n", or on a terminal what clears the rest. */
  const char* sort;     /* The name of the order. */
};

void top_print(FILE* stream, const struct top_table* table,
               const struct top_style* style);
void top_print_json(FILE* stream, const struct top_table* table);

/* The name of an order, for --sort; NULL beyond the last one. */
const char* top_sort_name(enum top_sort sort);

#endif
