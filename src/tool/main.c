/* SPDX-License-Identifier: MIT */
/* The command `pollux`: finds the subcommand and calls it. A new subcommand is
 * a file, a line in tool.h and a row here. */
#include "tool/tool.h"

#include "tool/home.h"
#include "tool/library.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct tool_command commands[] = {
  { "run", "run a program on Pollux", tool_run },
  { "doctor", "say what a program has, and what is in the way", tool_doctor },
  { "top", "show what loops do, while they run", tool_top },
  { "enable", "let services use Pollux, from their next start on",
    tool_enable },
  { "disable", "take that back", tool_disable },
  { "status", "show which services use Pollux", tool_status },
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static void print_version(FILE* stream, struct argp_state* state) {
  (void) state;
  struct library_answer answer;
  char* home = home_find();
  if (home != NULL && library_ask(home, NULL, &answer) == 0)
    fprintf(stream, "pollux %s (libuv %s)\n", POLLUX_VERSION, answer.version);
  else
    fprintf(stream, "pollux %s\n", POLLUX_VERSION);
  if (home != NULL)
    fprintf(stream, "library: %s/libuv.so.1\n", home);
  else
    fprintf(stream, "library: not found beside this command\n");
  free(home);
}

static const struct tool_command* find(const char* name) {
  for (int i = 0; i < COMMAND_COUNT; i++)
    if (strcmp(commands[i].name, name) == 0) return &commands[i];
  return NULL;
}

/* The rows of the table, for --help. */
static char* help(int key, const char* text, void* input) {
  (void) input;
  if (key != ARGP_KEY_HELP_POST_DOC) return (char*) text;
  char* list = NULL;
  size_t size = 0;
  FILE* stream = open_memstream(&list, &size);
  if (stream == NULL) return NULL;
  fprintf(stream, "Commands:\n");
  for (int i = 0; i < COMMAND_COUNT; i++)
    fprintf(stream, "  %-10s %s\n", commands[i].name, commands[i].summary);
  fprintf(stream, "\n`pollux COMMAND --help` tells more, as does pollux(1).");
  fclose(stream);
  return list;
}

static error_t parse(int key, char* word, struct argp_state* state) {
  const struct tool_command** chosen = state->input;
  if (key == ARGP_KEY_NO_ARGS) argp_usage(state);
  if (key != ARGP_KEY_ARG) return ARGP_ERR_UNKNOWN;
  *chosen = find(word);
  if (*chosen == NULL)
    argp_error(state, "there is no command %s; `pollux --help` lists them",
               word);
  state->next = state->argc; /* The rest is the command's. */
  return 0;
}

int main(int argc, char** argv) {
  static const struct argp argp = {
    .parser = parse,
    .args_doc = "COMMAND [WORD...]",
    .doc = "Use the library Pollux in place of libuv, and look at it.\v ",
    .help_filter = help,
  };
  const struct tool_command* chosen = NULL;
  argp_program_version_hook = print_version;
  argp_err_exit_status = TOOL_USAGE;

  int at = 1; /* Options before the command are the tool's own. */
  while (at < argc && argv[at][0] == '-' && strcmp(argv[at], "--") != 0) at++;
  const int own_count = at < argc ? at + 1 : argc;
  argp_parse(&argp, own_count, argv, ARGP_IN_ORDER, NULL, &chosen);
  if (chosen == NULL) return TOOL_USAGE;

  char name[32];
  snprintf(name, sizeof(name), "pollux %s", chosen->name);
  argv[at] = name; /* For the command's own messages. */
  return chosen->run(argc - at, argv + at);
}
