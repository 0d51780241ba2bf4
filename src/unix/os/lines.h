/* SPDX-License-Identifier: MIT */
/* A file that gets whole lines, for figures and complaints: writing to it never
 * waits for a reader, raises no signal, and never reaches another file. One
 * thread at a time. */
#ifndef POLLUX_UNIX_OS_LINES_H
#define POLLUX_UNIX_OS_LINES_H

#include "base/abi.h"

#include <stdbool.h>
#include <sys/types.h>

struct uv__lines {
  int fd;       /* -1: nothing is written. */
  bool is_ours; /* Opened here; else it is the program's stderr. */
  mode_t mode;  /* Of what kind the file is. */
  /* What the number stood for then: a program may close all its descriptors,
   * and get the same number for a file of its own. */
  dev_t dev;
  ino_t ino;
};

/* Append to the file of that path, which is made if it is not there: a regular
 * file, a FIFO that has a reader, or a terminal; never through a symbolic link.
 * 0, or UV_E*: UV_ELOOP for a link, UV_ENXIO for a FIFO without a reader,
 * UV_EINVAL for another kind of file; then `lines` is closed. */
int uv__lines_open(struct uv__lines* lines, const char* path);

/* The file that is descriptor 2 now; kept by its identity and not by a copy, as
 * a copy would hold a pipe open that the program closes. 0, or UV_EBADF. */
int uv__lines_stderr(struct uv__lines* lines);

/* One write(2) for `len` bytes, more only after a short one. What cannot be
 * written at once is lost. Keeps errno. */
void uv__lines_write(const struct uv__lines* lines, const char* text,
                     size_t len);

void uv__lines_close(struct uv__lines* lines);

#endif
