/* SPDX-License-Identifier: MIT */
/* For tests of the variables: each is a process of its own, as they are read
 * once, in an empty folder. A test that hangs is ended by its alarm. */
#ifndef POLLUX_TEST_FOLDER_H
#define POLLUX_TEST_FOLDER_H

#include "common.h"

#include <stdio.h>

#define FILE_NAME "stats.txt"

enum { PATIENCE_S = 20, NO_TERMINAL = 77 };

/* In a child: leave, and say which claim does not hold. */
#define HOLDS(claim)                                                           \
  do {                                                                         \
    if (!(claim)) {                                                            \
      dprintf(1, "%d: not true: %s\n", __LINE__, #claim);                      \
      return 1;                                                                \
    }                                                                          \
  } while (0)

/* POLLUX_STATS. */
void use(const char* value);

char* content(const char* path);
/* Whole lines of ours; -1 when there is anything else. */
int lines_in(const char* path);
int files_here(void);

/* One poll phase. */
int poll_in(uv_loop_t* own);
/* What a new loop says after it. */
bool reason_has(const char* part);

/* Run `body` in a child, in an empty folder: it returns 0. */
void expect(int (*body)(void));

#define TEST(name)                                                             \
  static int name##_body(void);                                                \
  static void name(void** state) {                                             \
    (void) state;                                                              \
    expect(name##_body);                                                       \
  }                                                                            \
  static int name##_body(void)

#endif
