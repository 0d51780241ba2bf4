/* SPDX-License-Identifier: MIT */
/* No file says which libuv it was built for. Two things tell of it. A function
 * that a later libuv brought gives the oldest that will do. And BIND compares
 * the libuv that it was built for with the one that runs, and refuses some
 * pairs: the file that has the words of that refusal also has the version as a
 * text. */
#include "tool/version.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* From libuv's ChangeLog; the newest first. */
static const struct {
  const char* name;
  int minor;
} added[] = {
  { "uv_udp_try_send2", 50 },
  { "uv_thread_setname", 50 },
  { "uv_getrusage_thread", 50 },
  { "uv_pipe_bind2", 46 },
  { "uv_pipe_connect2", 46 },
  { "uv_clock_gettime", 45 },
  { "uv_metrics_info", 45 },
  { "uv_get_available_memory", 45 },
  { "uv_thread_getcpu", 45 },
  { "uv_thread_setaffinity", 45 },
  { "uv_available_parallelism", 44 },
  { "uv_ip_name", 43 },
  { "uv_try_write2", 42 },
  { "uv_socketpair", 41 },
  { "uv_pipe", 41 },
  { "uv_timer_get_due_in", 40 },
  { "uv_udp_using_recvmmsg", 39 },
  { "uv_metrics_idle_time", 39 },
  { "uv_library_shutdown", 38 },
};

static bool imports(const struct program* program, const char* name) {
  for (size_t i = 0; i < program->count; i++)
    if (text_list_has(&program->objects[i]->binary.imports, name)) return true;
  return false;
}

static void check_oldest(const char* level, const struct program* program,
                         struct findings* findings) {
  for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++) {
    if (!imports(program, added[i].name)) continue;
    finding_add(findings, FINDING_FACT, "program", "version",
                text_format("it uses %s, so it was built for libuv 1.%d or "
                            "newer; Pollux stands for %s",
                            added[i].name, added[i].minor, level),
                NULL);
    return;
  }
}

/* A whole text of the form 1.MINOR.PATCH with a minor version of libuv's of the
 * last ten years; 0: another text. */
static int minor_of(const char* text) {
  int minor = 0;
  int patch = 0;
  int end = 0;
  if (sscanf(text, "1.%2d.%2d%n", &minor, &patch, &end) != 2) return 0;
  return text[end] == '\0' && minor >= 20 && minor < 100 ? minor : 0;
}

static void check_refusal(const char* root, const char* level,
                          const struct object* object,
                          struct findings* findings) {
  static const char words[] = "libuv version too ";
  size_t size = 0;
  char* full = text_format("%s%s", root, object->path);
  char* file = text_read_file(full, &size);
  free(full);
  if (file == NULL) return;
  const char* built_for = NULL;
  size_t found = 0;
  if (memmem(file, size, words, sizeof(words) - 1) != NULL)
    for (size_t i = 1; i + 3 < size; i++)
      if (file[i] == '1' && file[i - 1] == '\0' && minor_of(file + i) > 0) {
        built_for = file + i;
        found++;
      }
  if (found == 1)
    finding_add(
        findings,
        minor_of(built_for) > minor_of(level) ? FINDING_FAULT : FINDING_FACT,
        "program", "built-for",
        text_format("%s was built for libuv %s, and compares it with "
                    "the one that runs, here %s",
                    object->path, built_for, level),
        NULL);
  free(file);
}

void version_check(const char* root, const char* level,
                   const struct program* program, struct findings* findings) {
  check_oldest(level, program, findings);
  for (size_t i = 0; i < program->count; i++)
    if (text_starts_with(text_base(program->objects[i]->path), "libisc-"))
      check_refusal(root, level, program->objects[i], findings);
}
