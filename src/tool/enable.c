/* SPDX-License-Identifier: MIT */
/* `pollux enable`, `disable` and `status`: services of systemd, by a drop-in of
 * their own; with --system all programs, by an entry of ld.so.conf.d.
 *
 * A file begins with a line of ours. A file without it belongs to another, and
 * is neither written nor removed. It is written under another name and renamed,
 * so that there is never a half of it. A folder that disabling leaves empty
 * goes. */
#include "tool/tool.h"

#include "tool/home.h"
#include "tool/text.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char mark[] = "# Written by `pollux enable`.\n";
static const char units[] = "/etc/systemd/system";

enum { KEY_ROOT = 'r', KEY_SYSTEM = 's' };

struct options {
  const char* command;
  const char* root;
  bool is_system;
  char** services;
  int count;
};

static const struct argp_option rows[] = {
  { "system", KEY_SYSTEM, NULL, 0, "For all programs (ld.so.conf.d)", 0 },
  { "root", KEY_ROOT, "DIR", 0, "Change the system in DIR, which is not run",
    0 },
  { 0 }
};

static error_t parse(int key, char* word, struct argp_state* state) {
  struct options* options = state->input;
  switch (key) {
    case KEY_SYSTEM:
      options->is_system = true;
      return 0;
    case KEY_ROOT:
      options->root = word;
      return 0;
    case ARGP_KEY_ARGS:
      options->services = state->argv + state->next;
      options->count = state->argc - state->next;
      return 0;
    case ARGP_KEY_END:
      if ((options->count == 0) != options->is_system)
        argp_error(state, "name services, or give --system");
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
  }
}

/* --- One file ----------------------------------------------------------- */

enum state { ABSENT, OURS, FOREIGN };

static enum state state_of(const char* path) {
  char* text = text_read_file(path, NULL);
  if (text == NULL) return errno == ENOENT ? ABSENT : FOREIGN;
  enum state state = text_starts_with(text, mark) ? OURS : FOREIGN;
  free(text);
  return state;
}

/* 0 or an errno. */
static int write_file(const char* path, const char* text) {
  char* draft = text_format("%s.pollux-new", path);
  FILE* file = fopen(draft, "we");
  int error = file == NULL ? errno : 0;
  if (file != NULL) {
    fchmod(fileno(file), 0644);
    fprintf(file, "%s%s", mark, text);
    if (ferror(file)) error = EIO;
    if (fclose(file) != 0 && error == 0) error = errno;
    if (error == 0 && rename(draft, path) != 0) error = errno;
    if (error != 0) unlink(draft);
  }
  free(draft);
  return error;
}

static int say(const struct options* options, const char* path, int error) {
  if (error == 0) return TOOL_OK;
  text_complain(options->command, "%s: %s", path, strerror(error));
  return TOOL_FAULT;
}

static int put(const struct options* options, const char* path,
               const char* text) {
  if (state_of(path) == FOREIGN) {
    text_complain(options->command, "%s is not ours: it is left alone", path);
    return TOOL_FAULT;
  }
  return say(options, path, write_file(path, text));
}

static int take_away(const struct options* options, const char* path) {
  enum state state = state_of(path);
  if (state == ABSENT) return TOOL_OK;
  if (state == FOREIGN) {
    text_complain(options->command, "%s is not ours: it is left alone", path);
    return TOOL_FAULT;
  }
  return say(options, path, unlink(path) == 0 ? 0 : errno);
}

/* --- Services ----------------------------------------------------------- */

/* "ssh" is ssh.service; a name that could leave the folder is refused. */
static char* unit_name(const char* service) {
  if (*service == '\0' || *service == '.' || strchr(service, '/') != NULL ||
      strchr(service, '\n') != NULL)
    return NULL;
  size_t len = strlen(service);
  static const char end[] = ".service";
  bool is_full =
      len >= sizeof(end) && strcmp(service + len - (sizeof(end) - 1), end) == 0;
  return text_format("%s%s", service, is_full ? "" : end);
}

static bool is_known(const char* root, const char* unit) {
  static const char* const folders[] = { "/etc/systemd/system",
                                         "/run/systemd/system",
                                         "/usr/local/lib/systemd/system",
                                         "/usr/lib/systemd/system",
                                         "/lib/systemd/system" };
  const char* at = strchr(unit, '@'); /* An instance has its template's file. */
  bool found = false;
  for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
    char* path = text_format("%s%s/%s", root, folders[i], unit);
    found = found || access(path, F_OK) == 0;
    free(path);
    if (at == NULL) continue;
    path = text_format("%s%s/%.*s@.service", root, folders[i],
                       (int) (at - unit), unit);
    found = found || access(path, F_OK) == 0;
    free(path);
  }
  return found;
}

static int enable_unit(const struct options* options, const char* home,
                       const char* unit) {
  if (!is_known(options->root, unit)) {
    text_complain(options->command, "there is no service %s", unit);
    return TOOL_FAULT;
  }
  char* folder = text_format("%s%s/%s.d", options->root, units, unit);
  char* path = text_format("%s/pollux.conf", folder);
  char* text =
      text_format("[Service]\nEnvironment=\"LD_LIBRARY_PATH=%s\"\n", home);
  bool is_new = mkdir(folder, 0755) == 0;
  int code = !is_new && errno != EEXIST ? say(options, folder, errno)
                                        : put(options, path, text);
  if (code != TOOL_OK && is_new) rmdir(folder);
  if (code == TOOL_OK)
    printf(
        "%s: enabled. From its next start on: systemctl daemon-reload && "
        "systemctl restart %s\n",
        unit, unit);
  free(text);
  free(path);
  free(folder);
  return code;
}

static int disable_unit(const struct options* options, const char* unit) {
  char* folder = text_format("%s%s/%s.d", options->root, units, unit);
  char* path = text_format("%s/pollux.conf", folder);
  int code = take_away(options, path);
  rmdir(folder); /* Only if it is empty. */
  if (code == TOOL_OK) printf("%s: disabled\n", unit);
  free(path);
  free(folder);
  return code;
}

static int show_unit(const struct options* options, const char* unit) {
  static const char* const words[] = { "not enabled", "enabled",
                                       "a pollux.conf that is not ours" };
  char* path = text_format("%s%s/%s.d/pollux.conf", options->root, units, unit);
  enum state state = state_of(path);
  printf("%s: %s\n", unit, words[state]);
  free(path);
  return state == OURS ? TOOL_OK : TOOL_FAULT;
}

/* --- All programs ------------------------------------------------------- */

static int update_cache(const struct options* options) {
  const char* root = *options->root == '\0' ? "/" : options->root;
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    execl("/sbin/ldconfig", "ldconfig", "-r", root, (char*) NULL);
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) {
    text_complain(options->command, "ldconfig failed");
    return TOOL_FAULT;
  }
  return TOOL_OK;
}

/* The entry is the first by name, as ldconfig takes the folders in that order.
 */
static int change_system(const struct options* options, const char* home) {
  char* path =
      text_format("%s/etc/ld.so.conf.d/000-pollux.conf", options->root);
  const char verb = options->command[0];
  int code;
  if (verb == 's') {
    enum state state = state_of(path);
    printf("all programs: %s\n", state == OURS ? "enabled" : "not enabled");
    code = state == OURS ? TOOL_OK : TOOL_FAULT;
  } else {
    char* text = text_format("%s\n", home);
    code = verb == 'e' ? put(options, path, text) : take_away(options, path);
    if (code == TOOL_OK) code = update_cache(options);
    if (code == TOOL_OK) printf("all programs: %sd\n", options->command);
    free(text);
  }
  free(path);
  return code;
}

static int change_unit(const struct options* options, const char* home,
                       const char* service) {
  char* unit = unit_name(service);
  int code = TOOL_FAULT;
  if (unit == NULL)
    text_complain(options->command, "`%s` is no name of a service", service);
  else if (options->command[0] == 'e')
    code = enable_unit(options, home, unit);
  else
    code = options->command[0] == 'd' ? disable_unit(options, unit)
                                      : show_unit(options, unit);
  free(unit);
  return code;
}

static int act(const char* command, int argc, char** argv) {
  static const struct argp argp = {
    .options = rows,
    .parser = parse,
    .args_doc = "SERVICE...",
    .doc =
        "Let services of systemd use Pollux from their next start on, take "
        "that back, or show it.\vThe exit code is 0 when all was done (for "
        "status: when all are enabled), 1 otherwise, 2 for a wrong command "
        "line.",
  };
  struct options options = { .command = command, .root = "" };
  argp_parse(&argp, argc, argv, 0, NULL, &options);
  char* home = home_find();
  if (home == NULL) {
    text_complain(command, "Pollux's library is not beside this command");
    return TOOL_FAULT;
  }
  int code = TOOL_OK;
  if (options.is_system) code = change_system(&options, home);
  for (int i = 0; i < options.count; i++)
    if (change_unit(&options, home, options.services[i]) != TOOL_OK)
      code = TOOL_FAULT;
  free(home);
  return code;
}

int tool_enable(int argc, char** argv) {
  return act("enable", argc, argv);
}

int tool_disable(int argc, char** argv) {
  return act("disable", argc, argv);
}

int tool_status(int argc, char** argv) {
  return act("status", argc, argv);
}
