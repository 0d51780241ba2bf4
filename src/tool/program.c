/* SPDX-License-Identifier: MIT */
/* From a name to the program and its libraries. */
#include "tool/program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCRIPTS_MAX = 4 }; /* As the kernel: an interpreter may be a script. */

static int executable(const char* path) {
  struct stat st;
  if (stat(path, &st) != 0) return errno;
  if (S_ISDIR(st.st_mode)) return EISDIR;
  return access(path, X_OK) == 0 ? 0 : errno;
}

char* program_find(const char* name) {
  if (strchr(name, '/') != NULL) {
    const int error = executable(name);
    errno = error;
    return error == 0 ? text_copy(name) : NULL;
  }
  const char* path = getenv("PATH");
  struct text_list folders =
      text_split(path != NULL ? path : "/bin:/usr/bin", ":");
  char* found = NULL;
  int error = ENOENT;
  for (size_t i = 0; i < folders.count && found == NULL; i++) {
    const char* folder = folders.items[i];
    found = text_format("%s/%s", *folder == '\0' ? "." : folder, name);
    const int why = *name == '\0' ? ENOENT : executable(found);
    if (why == 0) continue;
    if (why != ENOENT && why != ENOTDIR) error = why;
    free(found);
    found = NULL;
  }
  text_list_free(&folders);
  errno = found != NULL ? 0 : error;
  return found;
}

/* The program that env(1) would start: the first word that is no option and no
 * assignment. */
static char* behind_env(const char* words) {
  struct text_list list = text_split(words, " \t");
  char* found = NULL;
  for (size_t i = 0; i < list.count && found == NULL; i++) {
    const char* word = list.items[i];
    if (*word != '\0' && *word != '-' && strchr(word, '=') == NULL)
      found = program_find(word);
  }
  text_list_free(&list);
  return found;
}

/* The interpreter that the first line of a script names; NULL: no script. */
static char* interpreter_of(const char* path) {
  char line[256];
  FILE* file = fopen(path, "re");
  if (file == NULL) return NULL;
  const char* got = fgets(line, sizeof(line), file);
  fclose(file);
  if (got == NULL || !text_starts_with(line, "#!")) return NULL;
  line[strcspn(line, "\r\n")] = '\0';
  char* start = line + 2 + strspn(line + 2, " \t");
  char* end = start + strcspn(start, " \t");
  const bool has_words = *end != '\0';
  *end = '\0';
  if (has_words && strcmp(text_base(start), "env") == 0) {
    char* behind = behind_env(end + 1);
    if (behind != NULL) return behind;
  }
  return text_copy(start);
}

static struct object* add(struct program* program, char* path,
                          const struct object* loader, enum search_way way,
                          const struct binary* binary) {
  struct object* object = malloc(sizeof(*object));
  if (object == NULL) return NULL;
  *object = (struct object){ path, loader, way, *binary };
  program->objects[program->count++] = object;
  return object;
}

static bool is_loaded(const struct program* program, const char* name) {
  for (size_t i = 1; i < program->count; i++) {
    const struct object* object = program->objects[i];
    const char* soname = object->binary.soname;
    if (strcmp(text_base(object->path), name) == 0) return true;
    if (strcmp(object->path, name) == 0) return true;
    if (soname != NULL && strcmp(soname, name) == 0) return true;
  }
  return false;
}

/* Load what `object` needs, behind what is loaded already. */
static void load_needs(const struct search* search, struct program* program,
                       const struct object* object) {
  for (size_t i = 0; i < object->binary.needs.count; i++) {
    const char* name = object->binary.needs.items[i];
    if (is_loaded(program, name) || program->count == PROGRAM_OBJECTS_MAX)
      continue;
    enum search_way way;
    struct binary binary;
    char* path = search_library(search, object, name, &way);
    if (path == NULL) {
      if (!text_list_has(&program->missing, name))
        text_list_add(&program->missing, text_copy(name));
      continue;
    }
    char* full = text_format("%s%s", search->root, path);
    const bool is_read = binary_read(full, &binary) == 0;
    free(full);
    if (!is_read || add(program, path, object, way, &binary) == NULL)
      free(path);
  }
}

int program_read(const struct search* search, const char* path,
                 struct program* program, char** what) {
  struct binary binary;
  *program = (struct program){ .script = NULL };
  *what = text_copy(path);
  for (int depth = 0;; depth++) {
    char* full = text_format("%s%s", search->root, *what);
    const int rc = binary_read(full, &binary);
    char* next = rc == -ENOEXEC ? interpreter_of(full) : NULL;
    free(full);
    if (rc == 0) break;
    if (next == NULL || depth == SCRIPTS_MAX) {
      const int error = next != NULL ? -ELOOP : rc;
      free(next);
      free(program->script);
      return error;
    }
    if (program->script == NULL) program->script = text_copy(path);
    free(*what);
    *what = next;
  }
  add(program, text_copy(*what), NULL, SEARCH_PATH, &binary);
  for (size_t i = 0; i < program->count; i++)
    load_needs(search, program, program->objects[i]);
  return 0;
}

void program_free(struct program* program) {
  for (size_t i = 0; i < program->count; i++) {
    binary_free(&program->objects[i]->binary);
    free(program->objects[i]->path);
    free(program->objects[i]);
  }
  text_list_free(&program->missing);
  free(program->script);
}

const struct object* program_uv(const struct program* program) {
  for (size_t i = 1; i < program->count; i++) {
    const struct object* object = program->objects[i];
    const char* soname = object->binary.soname;
    if (strcmp(soname != NULL ? soname : text_base(object->path),
               "libuv.so.1") == 0)
      return object;
  }
  return NULL;
}

const struct object* program_copy(const struct program* program) {
  const struct object* uv = program_uv(program);
  for (size_t i = 0; i < program->count; i++)
    if (program->objects[i] != uv && program->objects[i]->binary.has_loop_code)
      return program->objects[i];
  return NULL;
}
