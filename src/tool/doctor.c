/* SPDX-License-Identifier: MIT */
/* `pollux doctor`: what a program or a process has, and what the machine gives.
 * With --root another system's files are read, below that folder; what can only
 * be tried out is left out then. */
#include "tool/doctor.h"

#include "tool/home.h"
#include "tool/tool.h"

#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_JSON = 'j', KEY_ROOT = 'r', KEY_USER = 'u' };

struct options {
  const char* target; /* A program or a number; NULL: the machine alone. */
  const char* root;
  const char* user;
  bool wants_json;
};

static const struct argp_option rows[] = {
  { "json", KEY_JSON, NULL, 0, "Print for a program to read", 0 },
  { "user", KEY_USER, "NAME", 0, "Judge with the rights of this user", 0 },
  { "root", KEY_ROOT, "DIR", 0, "Look at the system in DIR", 0 },
  { 0 }
};

static error_t parse(int key, char* word, struct argp_state* state) {
  struct options* options = state->input;
  switch (key) {
    case KEY_JSON:
      options->wants_json = true;
      return 0;
    case KEY_USER:
      options->user = word;
      return 0;
    case KEY_ROOT:
      options->root = word;
      return 0;
    case ARGP_KEY_ARG:
      if (options->target != NULL) argp_error(state, "one program or process");
      options->target = word;
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
  }
}

char* doctor_read(const struct patient* patient, const char* format, ...) {
  va_list words;
  char* name = NULL;
  va_start(words, format);
  int len = vasprintf(&name, format, words);
  va_end(words);
  if (len < 0) return NULL;
  char* path = text_format("%s%s", patient->root, name);
  char* text = text_read_line(path);
  int error = errno;
  free(path);
  free(name);
  errno = error;
  return text;
}

long doctor_status_number(const char* status, const char* key) {
  const char* at = strstr(status, key);
  return at == NULL ? -1 : strtol(at + strlen(key), NULL, 10);
}

static bool is_number(const char* text) {
  return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static int look_at_program(const struct patient* patient,
                           const struct verdict* verdict, const char* name,
                           struct findings* findings) {
  const struct search search = { patient->root, getenv("LD_LIBRARY_PATH") };
  struct program program;
  char* what = NULL;
  char* path = *patient->root == '\0' ? program_find(name) : text_copy(name);
  int rc = path == NULL ? -errno : 0;
  if (rc == 0) rc = program_read(&search, path, &program, &what);
  if (rc != 0)
    text_complain("doctor", "%s: %s", what != NULL ? what : name,
                  strerror(-rc));
  if (rc == 0) {
    doctor_program(patient, verdict, &program, findings);
    program_free(&program);
  }
  free(what);
  free(path);
  return rc == 0 ? TOOL_OK : TOOL_CANNOT_LOOK;
}

/* Take over whose process and whose rights the questions are about. */
static int admit(struct patient* patient, const struct options* options,
                 bool is_process) {
  patient->pid = is_process ? options->target : "self";
  patient->status = doctor_read(patient, "/proc/%s/status", patient->pid);
  if (patient->status == NULL && is_process) {
    text_complain("doctor", "process %s: %s", patient->pid,
                  errno == ENOENT ? "there is none" : strerror(errno));
    return TOOL_CANNOT_LOOK;
  }
  if (patient->status == NULL) patient->status = text_copy("");
  user_self(&patient->user);
  if (is_process) user_from_status(patient->status, &patient->user);
  patient->is_here = *patient->root == '\0' && !is_process;
  if (options->user == NULL || user_find(options->user, &patient->user))
    return TOOL_OK;
  text_complain("doctor", "there is no user %s", options->user);
  return TOOL_CANNOT_LOOK;
}

static int examine(struct patient* patient, const struct options* options,
                   struct findings* findings) {
  const bool is_process = options->target != NULL && is_number(options->target);
  struct verdict verdict = { .home = patient->home,
                             .root = patient->root,
                             .user = &patient->user };
  int code = admit(patient, options, is_process);
  if (code != TOOL_OK) return code;
  if (!verdict_begin(&verdict)) {
    text_complain("doctor", "Pollux's library is not beside this command");
    return TOOL_CANNOT_LOOK;
  }
  if (is_process)
    doctor_process(patient, &verdict, findings);
  else if (options->target != NULL)
    code = look_at_program(patient, &verdict, options->target, findings);
  verdict_end(&verdict);
  if (code != TOOL_OK) return code;
  doctor_library(patient, findings);
  doctor_kernel(patient, findings);
  doctor_cpus(patient, findings);
  doctor_network(patient, findings);
  return TOOL_OK;
}

int tool_doctor(int argc, char** argv) {
  static const struct argp argp = {
    .options = rows,
    .parser = parse,
    .args_doc = "[PROGRAM|PID]",
    .doc =
        "Say which libuv a program or a process has, what keeps Pollux from "
        "it, and what the machine gives.\vThe exit code is 0 without a "
        "fault, 1 with one, 2 for a wrong command line, 3 when there is "
        "nothing to look at.",
  };
  struct options options = { NULL, "", NULL, false };
  struct findings findings = { NULL, 0 };
  argp_parse(&argp, argc, argv, 0, NULL, &options);
  struct patient patient = { .root = options.root, .home = home_find() };
  int code = examine(&patient, &options, &findings);
  if (code == TOOL_OK && finding_count(&findings, FINDING_FAULT) > 0)
    code = TOOL_FAULT;
  if (code == TOOL_CANNOT_LOOK) {
    /* The reason was given. */
  } else if (!options.wants_json) {
    findings_print(&findings, stdout);
  } else if (findings_print_json(&findings, stdout) != 0) {
    text_complain("doctor", "this build has no --json (json-c was missing)");
    code = TOOL_USAGE;
  }
  findings_free(&findings);
  free(patient.status);
  free((char*) patient.home);
  return code;
}
