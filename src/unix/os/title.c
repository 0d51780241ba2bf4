/* SPDX-License-Identifier: MIT */
/* The process title: what ps(1) shows as the command line. The kernel reads it
 * from the memory that holds the arguments, so a title is written there, and
 * the program goes on with a copy of its arguments.
 *
 * The room is that of the arguments and cannot grow; a longer title is cut. It
 * always ends in a NUL: without one the kernel takes the environment, which
 * follows, for a part of the title.
 *
 * uv_setup_args() comes first, once; without it there is no room and the
 * functions say UV_ENOBUFS. Any thread, under one lock. */
#include "unix/os/title.h"

#include "base/abi.h"
#include "base/alloc.h"
#include "base/text.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

/* All under `lock`. */
static struct {
  char* room;       /* The arguments' memory; NULL before uv_setup_args(). */
  size_t room_size; /* Its bytes, the final NUL included. */
  size_t len;       /* Of the title that stands there. */
  char** args_copy; /* The vector and behind it the strings, one block. */
} title;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The bytes from argv[0] on that belong to arguments without a gap. A program
 * may pass a vector that it has put together itself. */
static size_t measure_room(int argc, char** argv) {
  const char* end = argv[0];
  for (int i = 0; i < argc && argv[i] == end; i++) end += strlen(argv[i]) + 1;
  return (size_t) (end - argv[0]);
}

/* A deep copy in one block, or NULL. */
static char** copy_args(int argc, char** argv) {
  const size_t slots = ((size_t) argc + 1) * sizeof(char*);
  size_t bytes = slots;
  for (int i = 0; i < argc; i++) bytes += strlen(argv[i]) + 1;

  char** copy = uv__malloc(bytes);
  if (copy == NULL) return NULL;
  char* next = (char*) copy + slots;
  for (int i = 0; i < argc; i++) {
    copy[i] = next;
    next = stpcpy(next, argv[i]) + 1;
  }
  copy[argc] = NULL;
  return copy;
}

/* A second call, and one that finds no memory, return `argv` as it is; in the
 * latter case titles cannot be set. */
char** uv_setup_args(int argc, char** argv) {
  if (argc <= 0) return argv;

  pthread_mutex_lock(&lock);
  char** usable = argv;
  if (title.room == NULL) {
    title.args_copy = copy_args(argc, argv);
    if (title.args_copy != NULL) {
      usable = title.args_copy;
      title.room = argv[0];
      title.room_size = measure_room(argc, argv);
      title.len = strlen(argv[0]);
    }
  }
  pthread_mutex_unlock(&lock);
  return usable;
}

/* The kernel's short name of this thread too: top(1) and killall(1) know the
 * process by it. It has room for 15 bytes. */
static void name_thread(const char* text) {
  char name[16];
  (void) uv__strscpy(name, text, sizeof(name)); /* Being cut is fine. */
  (void) pthread_setname_np(pthread_self(), name);
}

int uv_set_process_title(const char* text) {
  if (text == NULL) return UV_EINVAL;

  pthread_mutex_lock(&lock);
  const bool is_set_up = title.room != NULL;
  if (is_set_up) {
    title.len = strnlen(text, title.room_size - 1);
    memcpy(title.room, text, title.len);
    memset(title.room + title.len, 0, title.room_size - title.len);
    name_thread(title.room);
  }
  pthread_mutex_unlock(&lock);
  return is_set_up ? 0 : UV_ENOBUFS;
}

int uv_get_process_title(char* buffer, size_t size) {
  if (buffer == NULL || size == 0) return UV_EINVAL;

  pthread_mutex_lock(&lock);
  int rc = UV_ENOBUFS;
  if (title.room != NULL)
    rc = uv__copy_out(title.room, title.len, buffer, &size);
  pthread_mutex_unlock(&lock);
  return rc;
}

void uv__title_shutdown(void) {
  pthread_mutex_lock(&lock);
  uv__free(title.args_copy);
  title.args_copy = NULL;
  title.room = NULL;
  title.room_size = 0;
  title.len = 0;
  pthread_mutex_unlock(&lock);
}
