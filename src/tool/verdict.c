/* SPDX-License-Identifier: MIT */
/* One function per obstacle. Those that end the question come first: a program
 * for another processor, or without libuv, needs no further advice. */
#include "tool/verdict.h"

#include <stdlib.h>
#include <string.h>

static const char topic[] = "program";

static char* below(const struct verdict* verdict, const char* path) {
  return text_format("%s%s", verdict->root, path);
}

bool verdict_begin(struct verdict* verdict) {
  if (verdict->home == NULL) return false;
  char* file = text_format("%s/libuv.so.1", verdict->home);
  bool is_read = binary_read(file, &verdict->library) == 0;
  free(file);
  return is_read;
}

void verdict_end(struct verdict* verdict) {
  binary_free(&verdict->library);
}

static bool is_foreign(const struct verdict* verdict,
                       const struct program* program,
                       struct findings* findings) {
  const struct object* self = program->objects[0];
  if (binary_same_machine(&verdict->library, &self->binary)) return false;
  finding_add(findings, FINDING_FAULT, topic, "wrong-architecture",
              text_format("%s is a program for %s, and this Pollux is built "
                          "for %s",
                          self->path, binary_machine_name(&self->binary),
                          binary_machine_name(&verdict->library)),
              text_format("build Pollux for %s (docs/building.md)",
                          binary_machine_name(&self->binary)));
  return true;
}

static bool has_copy(const struct program* program, struct findings* findings) {
  const struct object* copy = program_copy(program);
  if (copy == NULL) return false;
  finding_add(
      findings, FINDING_FAULT, topic, "static-copy",
      text_format("%s has a copy of %s linked in, and uses no libuv.so.1 in "
                  "its place",
                  copy->path, copy->binary.is_pollux ? "Pollux" : "libuv"),
      text_format("take a build that links libuv dynamically (for Node: the "
                  "distribution's nodejs, or ./configure --shared-libuv)"));
  return true;
}

static bool lacks_uv(const struct program* program, struct findings* findings) {
  if (program_uv(program) != NULL) return false;
  const struct object* self = program->objects[0];
  if (text_list_has(&program->missing, "libuv.so.1")) {
    finding_add(findings, FINDING_NOTE, topic, "libuv-missing",
                text_format("%s needs libuv.so.1, and this system has none",
                            self->path),
                text_copy("`pollux run` and `pollux enable` provide one"));
    return false;
  }
  if (!self->binary.has_interpreter) {
    finding_add(findings, FINDING_FAULT, topic, "no-libuv",
                text_format("%s is linked statically, and no libuv can be "
                            "seen in it",
                            self->path),
                text_copy("take a build that links libuv dynamically"));
    return true;
  }
  finding_add(
      findings, FINDING_FAULT, topic, "no-libuv",
      text_format("neither %s nor a library of it needs libuv.so.1",
                  self->path),
      text_copy("if it loads libuv later, as Python does for Debian's uvloop "
                "or Lua for luv, use `pollux run --force`; wheels from PyPI "
                "bring a static copy, which no library path can replace"));
  return true;
}

/* Does the loader take another libuv although our folder comes first in
 * LD_LIBRARY_PATH? */
static void check_order(const struct object* uv, struct findings* findings) {
  if (uv == NULL || uv->binary.is_pollux) return;
  if (uv->way != SEARCH_RPATH && uv->way != SEARCH_PATH) return;
  const char* asking = uv->loader->path;
  if (uv->way == SEARCH_RPATH)
    finding_add(findings, FINDING_FAULT, topic, "rpath",
                text_format("%s is taken by a DT_RPATH on the way to it, which "
                            "comes before LD_LIBRARY_PATH",
                            uv->path),
                text_format("`patchelf --remove-rpath %s`, or relink it with "
                            "-Wl,--enable-new-dtags: a DT_RUNPATH comes "
                            "after LD_LIBRARY_PATH",
                            asking));
  else
    finding_add(
        findings, FINDING_FAULT, topic, "full-name",
        text_format("%s asks for libuv by its full name, %s", asking, uv->path),
        text_format("`patchelf --replace-needed %s libuv.so.1 %s`", uv->path,
                    asking));
}

static void check_rights(const struct verdict* verdict,
                         const struct program* program,
                         struct findings* findings) {
  const char* path = program->objects[0]->path;
  char* full = below(verdict, path);
  if (user_gains_by_mode(verdict->user, full))
    finding_add(findings, FINDING_FAULT, topic, "set-uid",
                text_format("%s runs with the rights of its owner or group "
                            "(set-uid, set-gid), so the loader ignores "
                            "LD_LIBRARY_PATH",
                            path),
                text_copy("start it as that user, or install Pollux for all "
                          "programs: `pollux enable --system`"));
  if (user_gains_by_capabilities(verdict->user, full))
    finding_add(findings, FINDING_FAULT, topic, "file-capabilities",
                text_format("%s has file capabilities, so the loader ignores "
                            "LD_LIBRARY_PATH, silently",
                            path),
                text_format("let systemd give them instead "
                            "(AmbientCapabilities=) and remove them with "
                            "`setcap -r %s`, or use `pollux enable --system`",
                            path));
  free(full);
}

static void check_folder(const struct verdict* verdict,
                         struct findings* findings) {
  char* library = text_format("%s/libuv.so.1", verdict->home);
  char* barrier = user_barrier(verdict->user, library);
  if (barrier != NULL)
    finding_add(findings, FINDING_FAULT, topic, "unreadable-folder",
                text_format("the user %u may not pass %s, so the loader skips "
                            "Pollux silently and takes another libuv",
                            (unsigned) verdict->user->uid, barrier),
                text_format("`chmod a+rX %s`, or install Pollux where all "
                            "users can read it",
                            barrier));
  free(barrier);
  free(library);
}

static void check_symbols(const struct verdict* verdict,
                          const struct program* program,
                          const struct object* uv, struct findings* findings) {
  for (size_t i = 0; i < program->count; i++) {
    const struct object* object = program->objects[i];
    if (object == uv) continue;
    for (size_t j = 0; j < object->binary.imports.count; j++) {
      const char* name = object->binary.imports.items[j];
      if (text_list_has(&verdict->library.exports, name)) continue;
      finding_add(findings, FINDING_FAULT, topic, "missing-symbol",
                  text_format("%s imports %s, which this Pollux does not have",
                              object->path, name),
                  text_copy("it was built for a newer libuv, or with another "
                            "library's extension: take a newer Pollux"));
    }
  }
}

static void describe(const struct object* uv, struct findings* findings) {
  finding_add(findings, FINDING_FACT, topic, "libuv",
              text_format("%s needs libuv.so.1 and gets %s by %s: %s",
                          uv->loader->path, uv->path, search_way_name(uv->way),
                          uv->binary.is_pollux ? "Pollux" : "not Pollux"),
              NULL);
}

void verdict_on(const struct verdict* verdict, const struct program* program,
                struct findings* findings) {
  const struct object* uv = program_uv(program);
  if (program->script != NULL)
    finding_add(findings, FINDING_FACT, topic, "script",
                text_format("%s is a script of %s", program->script,
                            program->objects[0]->path),
                NULL);
  if (is_foreign(verdict, program, findings)) return;
  if (has_copy(program, findings)) return;
  if (lacks_uv(program, findings)) return;
  if (uv != NULL) describe(uv, findings);
  check_order(uv, findings);
  check_rights(verdict, program, findings);
  check_folder(verdict, findings);
  check_symbols(verdict, program, uv, findings);
}
