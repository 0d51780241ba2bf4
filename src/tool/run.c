/* SPDX-License-Identifier: MIT */
/* `pollux run`: starts a program with Pollux's folder in front of its library
 * path. Before that it looks whether the program will really use the library,
 * because the loader never complains: it takes another libuv and says nothing.
 *
 * Without --stats the program takes the place of this process. With it the
 * program is a child, and its figures are shown when it has ended. */
#include "tool/tool.h"

#include "tool/child.h"
#include "tool/home.h"
#include "tool/library.h"
#include "tool/stats-page.h"
#include "tool/verdict.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_MONITOR = 'm', KEY_SPIN = 's', KEY_STATS = 'S', KEY_FORCE = 'f' };

struct options {
  const char* monitor;
  const char* spin;
  bool wants_stats;
  bool is_forced;
  char** words; /* The program and its arguments. */
};

static const struct argp_option rows[] = {
  { "monitor", KEY_MONITOR, "NAME", 0,
    "Use this fd monitor: poll, epoll, io_uring or auto", 0 },
  { "spin", KEY_SPIN, "TIME", 0,
    "Longest busy poll before a sleep, such as 50us; 0: never", 0 },
  { "stats", KEY_STATS, NULL, 0,
    "After the program has ended, say what its loops have done", 0 },
  { "force", KEY_FORCE, NULL, 0,
    "Start the program although Pollux seems to be of no use to it", 0 },
  { 0 }
};

static error_t parse(int key, char* word, struct argp_state* state) {
  struct options* options = state->input;
  switch (key) {
    case KEY_MONITOR:
      options->monitor = word;
      return 0;
    case KEY_SPIN:
      options->spin = word;
      return 0;
    case KEY_STATS:
      options->wants_stats = true;
      return 0;
    case KEY_FORCE:
      options->is_forced = true;
      return 0;
    case ARGP_KEY_ARG:
      options->words = &state->argv[state->next - 1];
      state->next = state->argc; /* The rest is the program's. */
      return 0;
    case ARGP_KEY_NO_ARGS:
      argp_error(state, "which program?");
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
  }
}

/* Print the faults; false: there are none. */
static bool say_faults(const struct findings* findings, const char* name) {
  if (finding_count(findings, FINDING_FAULT) == 0) return false;
  text_complain("run", "%s would not run on Pollux:", name);
  struct findings faults = { NULL, 0 };
  for (size_t i = 0; i < findings->count; i++) {
    const struct finding* f = &findings->items[i];
    if (f->level == FINDING_FAULT)
      finding_add(&faults, f->level, "", f->name, text_copy(f->text),
                  f->advice == NULL ? NULL : text_copy(f->advice));
  }
  findings_print(&faults, stderr);
  findings_free(&faults);
  return true;
}

/* 0, or the exit code of a program that cannot be started. */
static int look_at(const char* home, const char* path,
                   const struct options* options) {
  struct user user;
  user_self(&user);
  struct verdict verdict = { .home = home, .root = "", .user = &user };
  const struct search search = { "", getenv("LD_LIBRARY_PATH") };
  struct program program;
  struct findings findings = { NULL, 0 };
  char* what = NULL;
  if (!verdict_begin(&verdict)) {
    text_complain("run", "%s/libuv.so.1 cannot be read", home);
    return TOOL_RUN_REFUSED;
  }
  int code = 0;
  int rc = program_read(&search, path, &program, &what);
  if (rc != 0) {
    text_complain("run", "%s is no program of this system: %s", what,
                  strerror(-rc));
    code = rc == -ENOENT ? TOOL_RUN_NOT_FOUND : TOOL_RUN_NO_EXEC;
  } else {
    verdict_on(&verdict, &program, &findings);
    if (say_faults(&findings, options->words[0]) && !options->is_forced)
      code = TOOL_RUN_REFUSED;
    program_free(&program);
  }
  free(what);
  findings_free(&findings);
  verdict_end(&verdict);
  return code;
}

/* What the library says of a variable that it does not take; NULL: it takes it.
 * An empty value counts as none in the environment, so it is refused here. */
static const char* refusal(const struct library_answer* answer,
                           const char* variable, const char* value) {
  if (value == NULL) return NULL;
  if (*value == '\0') return "an empty value";
  return strstr(answer->reason, variable);
}

/* Does the library understand the settings? It is asked, so the tool needs no
 * list of its own. */
static int check_settings(const char* home, const struct options* options) {
  struct library_answer answer;
  if (options->monitor == NULL && options->spin == NULL) return 0;
  int rc = library_ask(home, NULL, &answer);
  if (rc != 0) {
    text_complain("run", "%s/libuv.so.1 does not answer: %s", home,
                  strerror(-rc));
    return TOOL_RUN_REFUSED;
  }
  const char* why = refusal(&answer, "POLLUX_MONITOR=", options->monitor);
  if (why != NULL) {
    text_complain("run", "--monitor %s: %s", options->monitor, why);
    return TOOL_RUN_REFUSED;
  }
  why = refusal(&answer, "POLLUX_POLL_MAX_NS=", options->spin);
  if (why != NULL) {
    text_complain("run", "--spin %s: %s", options->spin, why);
    return TOOL_RUN_REFUSED;
  }
  if (options->monitor != NULL && strcasecmp(options->monitor, "auto") != 0 &&
      strcasecmp(options->monitor, answer.monitor) != 0)
    text_complain("run", "note: it will run on %s (%s)", answer.monitor,
                  answer.reason);
  return 0;
}

static void set_environment(const char* home, const struct options* options) {
  char* path = home_search_path(home, getenv("LD_LIBRARY_PATH"));
  setenv("LD_LIBRARY_PATH", path, 1);
  free(path);
  if (options->monitor != NULL) setenv("POLLUX_MONITOR", options->monitor, 1);
  if (options->spin != NULL) setenv("POLLUX_POLL_MAX_NS", options->spin, 1);
}

static int replace_self(const char* path, char** words) {
  execv(path, words);
  text_complain("run", "%s cannot be executed: %s", path, strerror(errno));
  return TOOL_RUN_NO_EXEC;
}

static int run_with_stats(const char* path, char** words) {
  char* file = stats_page_make_file();
  if (file == NULL) {
    text_complain("run", "no file for the figures: %s", strerror(errno));
    return TOOL_RUN_REFUSED;
  }
  setenv("POLLUX_STATS", file, 1);
  struct child_end end;
  int code = child_run(path, words, &end);
  if (code == 0) stats_page_print(file, words[0], &end, stderr);
  unlink(file);
  free(file);
  return code != 0 ? code : child_pass_on(&end);
}

int tool_run(int argc, char** argv) {
  static const struct argp argp = {
    .options = rows,
    .parser = parse,
    .args_doc = "[--] PROGRAM [ARGUMENT...]",
    .doc =
        "Run a program that links libuv.so.1 on Pollux. Nothing is installed "
        "for others.\vThe exit code is the program's; 125: it was not "
        "started, 126: it cannot be executed, 127: it was not found.",
  };
  struct options options = { NULL, NULL, false, false, NULL };
  argp_err_exit_status = TOOL_RUN_REFUSED;
  argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &options);
  if (options.words == NULL) return TOOL_RUN_REFUSED;

  char* home = home_find();
  if (home == NULL) {
    text_complain("run", "Pollux's library is not beside this command");
    return TOOL_RUN_REFUSED;
  }
  char* path = program_find(options.words[0]);
  if (path == NULL) {
    int error = errno;
    text_complain("run", "%s: %s", options.words[0], strerror(error));
    free(home);
    return error == ENOENT ? TOOL_RUN_NOT_FOUND : TOOL_RUN_NO_EXEC;
  }
  int code = look_at(home, path, &options);
  if (code == 0) {
    set_environment(home, &options);
    code = check_settings(home, &options);
  }
  if (code == 0)
    code = options.wants_stats ? run_with_stats(path, options.words)
                               : replace_self(path, options.words);
  free(path);
  free(home);
  return code;
}
