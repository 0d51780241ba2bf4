/* SPDX-License-Identifier: MIT */
/* Texts: formatted strings of their own, whole files, paths, and colours for a
 * terminal. The tool ends when it has no memory. */
#ifndef POLLUX_TOOL_TEXT_H
#define POLLUX_TOOL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A new string; the caller frees it. */
char* text_format(const char* format, ...)
    __attribute__((format(printf, 1, 2)));
char* text_copy(const char* text);

/* A growing list of strings, which it owns. */
struct text_list {
  char** items;
  size_t count;
};
void text_list_add(struct text_list* list, char* item);
bool text_list_has(const struct text_list* list, const char* item);
void text_list_free(struct text_list* list);
/* The parts of `text` between the separators; empty ones too. */
struct text_list text_split(const char* text, const char* separators);

/* The whole file, ended by a NUL; NULL with errno set. `size` may be NULL. */
char* text_read_file(const char* path, size_t* size);
/* The same without the white space at its end. */
char* text_read_line(const char* path);

/* The last part of a path. */
const char* text_base(const char* path);
bool text_starts_with(const char* text, const char* start);

/* A line on stderr: the command's name, then the message. */
void text_complain(const char* command, const char* format, ...)
    __attribute__((format(printf, 2, 3)));

/* May this stream have colours? It is a terminal, and NO_COLOR is not set. */
bool text_has_colours(FILE* stream);

#endif
