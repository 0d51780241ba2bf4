/* SPDX-License-Identifier: MIT */
/* A shell without a kernel, which follows the script of fake.h. It counts what
 * would be system calls. Programs that use it are linked with --wrap for each
 * function of shell.h that a loop calls (test/monitor/fake.cmake).
 *
 * One per process. */
#ifndef POLLUX_TEST_FAKE_SHELL_H
#define POLLUX_TEST_FAKE_SHELL_H

#include <stdbool.h>
#include <stdint.h>

extern struct fake_shell {
  unsigned calls; /* set, mute, delete */
  unsigned waits;
  int error;      /* What set answers; 0: it works. */
  int mute_error; /* What mute answers. */
  int wait_error; /* What wait answers. */
} fake_shell;

/* No entries, no errors, nothing counted. */
void fake_shell_reset(void);

/* The shell's entry. */
bool is_live(int fd);
bool is_mute(int fd);
uint32_t shell_gen(int fd);

#endif
