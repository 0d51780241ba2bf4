/* SPDX-License-Identifier: MIT */
/* The command `pollux`: its subcommands, one function each, and the exit codes
 * that scripts may rely on (docs/man/pollux.1).
 *
 * The tool stands beside the library. It sees what any user sees: pollux.h, the
 * files of the system, and libuv.so.1 itself, loaded where it has a question.
 */
#ifndef POLLUX_TOOL_TOOL_H
#define POLLUX_TOOL_TOOL_H

enum {
  TOOL_OK = 0,
  TOOL_FAULT = 1,          /* A fault was found; something was refused. */
  TOOL_USAGE = 2,          /* The command line was not understood. */
  TOOL_CANNOT_LOOK = 3,    /* No such program or process, or no right to it. */
  TOOL_RUN_REFUSED = 125,  /* `run`: not started, or a wrong command line. */
  TOOL_RUN_NO_EXEC = 126,  /* `run`: found, and cannot be executed. */
  TOOL_RUN_NOT_FOUND = 127 /* `run`: no such program. */
};

/* A subcommand: `run` gets the words from its own name on, and returns the exit
 * code. */
struct tool_command {
  const char* name;
  const char* summary;
  int (*run)(int argc, char** argv);
};

int tool_run(int argc, char** argv);
int tool_doctor(int argc, char** argv);
int tool_top(int argc, char** argv);
int tool_enable(int argc, char** argv);
int tool_disable(int argc, char** argv);
int tool_status(int argc, char** argv);

#endif
