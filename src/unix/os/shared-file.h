/* SPDX-License-Identifier: MIT */
/* A file in the user's runtime folder whose pages this process shares with
 * readers. All of it is allocated before it is mapped: a full disk is an error
 * of a function here and never a signal later. No descriptor is kept, because
 * programs close and replace numbers that they do not know.
 *
 * Threads: create and renew at most one at a time; the rest any. */
#ifndef POLLUX_UNIX_OS_SHARED_FILE_H
#define POLLUX_UNIX_OS_SHARED_FILE_H

#include "base/abi.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct uv__shared_file {
  char path[PATH_MAX]; /* "": there is no file. */
  dev_t dev;
  ino_t ino;
  char* base; /* NULL until reserved. */
  size_t size;
};

/* $XDG_RUNTIME_DIR or /run/user/UID. 0; UV_ENOENT where there is neither;
 * UV_EPERM for a folder that is another user's, or that others may write to. A
 * variable is ignored in programs that run with other rights than their
 * caller's. */
int uv__runtime_folder(char* folder, size_t size);

/* The time at which a process has begun, in ticks since boot (field 22 of
 * /proc/PID/stat); 0: not known. */
uint64_t uv__process_began(uv_pid_t pid);

/* Reserve `size` bytes of private zeros at file->base, which cost nothing until
 * they are written. 0 or UV_ENOMEM. Again: make them private zeros anew, at the
 * same place; for a child, where they are the parent's. */
int uv__shared_reserve(struct uv__shared_file* file, size_t size);

/* Make the file `path`, for this user alone, and share its first `size` bytes.
 * A file of that name goes: nothing but this process could have made it. 0 or
 * UV_E*: then file->base is as it was. */
int uv__shared_create(struct uv__shared_file* file, const char* path,
                      size_t size);

/* Let the file grow by a part of the reservation, and share that. 0 or UV_E*;
 * UV_ENOENT: there is no file. */
int uv__shared_grow(const struct uv__shared_file* file, size_t at, size_t size);

/* Remove the file. What is mapped stays where it is, for threads that still
 * write. */
void uv__shared_remove(struct uv__shared_file* file);

#endif
