/* SPDX-License-Identifier: MIT */
/* Strings, lists of them, and whole files. */
#include "tool/text.h"

#include "tool/tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void* must(void* memory) {
  if (memory != NULL) return memory;
  fputs("pollux: no memory\n", stderr);
  exit(TOOL_RUN_REFUSED);
}

char* text_format(const char* format, ...) {
  va_list words;
  char* text = NULL;
  va_start(words, format);
  if (vasprintf(&text, format, words) < 0) text = NULL;
  va_end(words);
  return must(text);
}

char* text_copy(const char* text) {
  return must(strdup(text));
}

void text_list_add(struct text_list* list, char* item) {
  list->items =
      must(reallocarray(list->items, list->count + 1, sizeof(list->items[0])));
  list->items[list->count++] = item;
}

bool text_list_has(const struct text_list* list, const char* item) {
  for (size_t i = 0; i < list->count; i++)
    if (strcmp(list->items[i], item) == 0) return true;
  return false;
}

void text_list_free(struct text_list* list) {
  for (size_t i = 0; i < list->count; i++) free(list->items[i]);
  free(list->items);
  *list = (struct text_list){ NULL, 0 };
}

struct text_list text_split(const char* text, const char* separators) {
  struct text_list list = { NULL, 0 };
  for (;;) {
    size_t len = strcspn(text, separators);
    text_list_add(&list, must(strndup(text, len)));
    if (text[len] == '\0') return list;
    text += len + 1;
  }
}

/* Files of /proc have no size that could be asked for. */
char* text_read_file(const char* path, size_t* size) {
  FILE* file = fopen(path, "re");
  if (file == NULL) return NULL;
  size_t used = 0;
  size_t room = 4096;
  char* text = must(malloc(room + 1));
  size_t got;
  while ((got = fread(text + used, 1, room - used, file)) > 0) {
    used += got;
    if (used < room) continue;
    room *= 2;
    text = must(realloc(text, room + 1));
  }
  const int error = ferror(file) ? errno : 0;
  fclose(file);
  if (error != 0) {
    free(text);
    errno = error;
    return NULL;
  }
  text[used] = '\0';
  if (size != NULL) *size = used;
  return text;
}

char* text_read_line(const char* path) {
  char* text = text_read_file(path, NULL);
  if (text == NULL) return NULL;
  size_t len = strlen(text);
  while (len > 0 && strchr(" \t\n", text[len - 1]) != NULL) len--;
  text[len] = '\0';
  return text;
}

const char* text_base(const char* path) {
  const char* slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

bool text_starts_with(const char* text, const char* start) {
  return strncmp(text, start, strlen(start)) == 0;
}

void text_complain(const char* command, const char* format, ...) {
  va_list words;
  fprintf(stderr, "pollux %s: ", command);
  va_start(words, format);
  vfprintf(stderr, format, words);
  va_end(words);
  fputc('\n', stderr);
}

bool text_has_colours(FILE* stream) {
  const char* refusal = getenv("NO_COLOR");
  const char* kind = getenv("TERM");
  if (refusal != NULL && *refusal != '\0') return false;
  if (kind != NULL && strcmp(kind, "dumb") == 0) return false;
  return isatty(fileno(stream)) == 1;
}
