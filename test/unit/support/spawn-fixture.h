/* SPDX-License-Identifier: MIT */
/* What the tests of uv_spawn() share: a loop, a process and the options to
 * spawn it with. */
#ifndef POLLUX_TEST_SPAWN_FIXTURE_H
#define POLLUX_TEST_SPAWN_FIXTURE_H

#include "base/abi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct fixture {
  uv_loop_t loop;
  uv_process_options_t options;
  uv_stdio_container_t stdio[48];
  char* args[5];
  uv_process_t process;
  char folder[64];
};

/* What the exit callback was told. */
extern int exit_count;
extern int64_t exit_status_last;
extern int term_signal_last;

int setup(void** state);
int teardown(void** state);

/* Let the options run `script`. */
void shell(struct fixture* f, const char* script);
int spawn(struct fixture* f);
/* Spawn, wait, and return the exit status. */
int64_t run(struct fixture* f);

/* In the fixture's folder, which the first file makes. */
void write_file(struct fixture* f, const char* name, const char* text,
                mode_t mode);

#endif
