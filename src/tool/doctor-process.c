/* SPDX-License-Identifier: MIT */
/* What a running process has mapped, and why it is not Pollux although the
 * environment asks for it. */
#include "tool/doctor.h"

#include "tool/library.h"
#include "tool/version.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char topic[] = "process";

/* The name of the mapped libuv.so*, or NULL; the caller frees it. */
static char* mapped_uv(const char* maps) {
  for (const char* at = maps; at != NULL && *at != '\0';) {
    size_t len = strcspn(at, "\n");
    const char* slash = memchr(at, '/', len);
    if (slash != NULL) {
      char* path = strndup(slash, (size_t) (at + len - slash));
      if (path != NULL && text_starts_with(text_base(path), "libuv.so"))
        return path;
      free(path);
    }
    at += len;
    if (*at == '\n') at++;
  }
  return NULL;
}

/* Does the environment of the process name our folder? It may be unreadable. */
static bool asks_for_us(const struct patient* patient) {
  size_t size = 0;
  char* path = text_format("%s/proc/%s/environ", patient->root, patient->pid);
  char* text = text_read_file(path, &size);
  free(path);
  if (text == NULL) return false;
  bool found = false;
  for (const char* at = text; at < text + size; at += strlen(at) + 1)
    if (text_starts_with(at, "LD_LIBRARY_PATH=") &&
        strstr(at, patient->home) != NULL)
      found = true;
  free(text);
  return found;
}

static void judge_mapped(const struct patient* patient, const char* uv,
                         struct findings* findings) {
  static const char gone[] = " (deleted)";
  struct binary binary;
  /* The process may see other folders than we do: a container. */
  char* file =
      text_format("%s/proc/%s/root%s", patient->root, patient->pid, uv);
  char* plain = text_format("%s%s", patient->root, uv);
  if (strstr(uv, gone) != NULL) {
    finding_add(findings, FINDING_FAULT, topic, "deleted-library",
                text_format("%s was replaced after the process started", uv),
                text_copy("restart it"));
  } else if (binary_read(file, &binary) != 0 &&
             binary_read(plain, &binary) != 0) {
    finding_add(findings, FINDING_NOTE, topic, "unreadable-library",
                text_format("it has mapped %s, which cannot be read here", uv),
                text_copy("ask as root"));
  } else {
    const bool is_pollux = binary.is_pollux;
    binary_free(&binary);
    finding_add(findings, FINDING_FACT, topic, "mapped",
                text_format("it has mapped %s: %s", uv,
                            is_pollux ? "Pollux" : "not Pollux"),
                NULL);
    if (!is_pollux && asks_for_us(patient))
      finding_add(findings, FINDING_FAULT, topic, "not-used",
                  text_copy("LD_LIBRARY_PATH names Pollux's folder, and the "
                            "loader has taken another libuv"),
                  text_copy("the faults below say why; the usual ones are file "
                            "capabilities, a folder that the user cannot read, "
                            "and an AppArmor profile"));
  }
  free(plain);
  free(file);
}

static void verdict_and_version(const struct patient* patient,
                                const struct verdict* verdict,
                                const struct program* program,
                                struct findings* findings) {
  struct library_answer answer;
  verdict_on(verdict, program, findings);
  if (library_ask(patient->home, NULL, &answer) == 0)
    version_check(patient->root, answer.version, program, findings);
}

static void judge_program(const struct patient* patient,
                          const struct verdict* verdict,
                          struct findings* findings) {
  const struct search search = { patient->root, NULL };
  struct program program;
  char* what = NULL;
  char* link = text_format("%s/proc/%s/exe", patient->root, patient->pid);
  char target[4096];
  ssize_t len = readlink(link, target, sizeof(target) - 1);
  free(link);
  if (len <= 0) {
    finding_add(findings, FINDING_NOTE, topic, "unreadable-process",
                text_format("its program cannot be seen: %s", strerror(errno)),
                text_copy("ask as root"));
    return;
  }
  target[len] = '\0';
  if (program_read(&search, target, &program, &what) == 0) {
    verdict_and_version(patient, verdict, &program, findings);
    program_free(&program);
  }
  free(what);
  char* profile = doctor_read(patient, "/proc/%s/attr/current", patient->pid);
  doctor_apparmor(patient, target, profile, findings);
  free(profile);
}

void doctor_process(const struct patient* patient,
                    const struct verdict* verdict, struct findings* findings) {
  char* maps = doctor_read(patient, "/proc/%s/maps", patient->pid);
  char* uv = maps == NULL ? NULL : mapped_uv(maps);
  if (maps == NULL)
    finding_add(
        findings, FINDING_NOTE, topic, "unreadable-process",
        text_format("its libraries cannot be seen: %s", strerror(errno)),
        text_copy("ask as root"));
  else if (uv == NULL)
    finding_add(findings, FINDING_FACT, topic, "mapped",
                text_copy("it has mapped no libuv.so"), NULL);
  else
    judge_mapped(patient, uv, findings);
  free(uv);
  free(maps);
  judge_program(patient, verdict, findings);
}

void doctor_program(const struct patient* patient,
                    const struct verdict* verdict,
                    const struct program* program, struct findings* findings) {
  verdict_and_version(patient, verdict, program, findings);
  doctor_apparmor(patient, program->objects[0]->path, NULL, findings);
}
