/* SPDX-License-Identifier: MIT */
/* Code that runs with standard descriptors closed, once for each set of them,
 * in a child. stderr may be in the set: the code tells what went wrong on a
 * copy of it. */
#ifndef POLLUX_TEST_CLOSED_H
#define POLLUX_TEST_CLOSED_H

#include "common.h"

/* For such code, which asserts nothing: cmocka's way out is the parent's. */
#define NEED(condition)                                                        \
  do {                                                                         \
    if (!(condition)) return failed_at(__FILE__, __LINE__, #condition);        \
  } while (0)

/* Print the place. Returns 1. */
int failed_at(const char* file, int line, const char* condition);

/* Run `what` in a child, with each set of descriptors closed. */
void for_each_set(int (*what)(void));

/* The set at hand: is `fd` in it; are all of it closed now; the lowest. */
bool is_in_set(int fd);
bool set_is_free(void);
int lowest_of_set(void);

bool is_open(int fd);
/* -1 when it has none. */
int fileno_of(const void* handle);

/* --- A child process ------------------------------------------------------ */

/* -1 until on_exit_note() was called; 256 + the signal that ended it. */
extern int exit_code;
void on_exit_note(uv_process_t* process, int64_t status, int signum);

/* Spawn cat on two pipes, send it "hello" and read what comes back into `text`.
 * The reads close `pipes[1]`. 0 or UV_E*. */
int spawn_echo(uv_loop_t* which, uv_process_t* process, uv_pipe_t pipes[2]);
extern char text[256];
extern size_t text_len;

void lend_room(uv_handle_t* handle, size_t size, uv_buf_t* buf);

#endif
