/* SPDX-License-Identifier: MIT */
/* The queue of descriptors that arrived on a stream and wait for uv_accept():
 * at most one connection of a listener, or any number of descriptors passed
 * over a pipe.
 *
 * The oldest is `accepted_fd`. The others are in the list `queued_fds`, which
 * is NULL while there are none. The queue closes what uv_accept() never takes.
 *
 * Loop thread only. read.c and accept.c receive the descriptors. */
#include "unix/net/stream/parts.h"
#include "unix/net/stream/stream.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "unix/os/fd.h"

#include <string.h>

#define LIST_CAP_MIN 8

struct fd_list {
  unsigned head; /* The next that uv_accept() takes. */
  unsigned tail; /* One beyond the last. */
  unsigned cap;
  int fds[];
};

static size_t list_size(unsigned cap) {
  return sizeof(struct fd_list) + cap * sizeof(int);
}

/* Make room for one more at the tail. NULL: there is no memory, and `list` has
 * not changed. */
static struct fd_list* make_room(struct fd_list* list) {
  if (list == NULL) {
    list = uv__malloc(list_size(LIST_CAP_MIN));
    if (list != NULL) *list = (struct fd_list){ .cap = LIST_CAP_MIN };
    return list;
  }

  if (list->tail < list->cap) return list;

  if (list->head > 0) {
    unsigned count = list->tail - list->head;
    memmove(list->fds, list->fds + list->head, count * sizeof(int));
    list->head = 0;
    list->tail = count;
    return list;
  }

  unsigned cap = list->cap * 2;
  list = uv__realloc(list, list_size(cap));
  if (list != NULL) list->cap = cap;
  return list;
}

int uv__fds_add(uv_stream_t* stream, int fd) {
  UV__CHECK(fd >= 0);
  if (stream->accepted_fd == -1) {
    UV__CHECK(stream->queued_fds == NULL);
    stream->accepted_fd = fd;
    return 0;
  }

  struct fd_list* list = make_room(stream->queued_fds);
  if (list == NULL) {
    uv__close(fd);
    return UV_ENOMEM;
  }

  list->fds[list->tail++] = fd;
  stream->queued_fds = list;
  return 0;
}

void uv__fds_next(uv_stream_t* stream) {
  struct fd_list* list = stream->queued_fds;
  if (list == NULL) {
    stream->accepted_fd = -1;
    return;
  }

  UV__CHECK(list->head < list->tail);
  stream->accepted_fd = list->fds[list->head++];
  if (list->head == list->tail) {
    uv__free(list);
    stream->queued_fds = NULL;
  }
}

unsigned uv__fds_count(const uv_stream_t* stream) {
  const struct fd_list* list = stream->queued_fds;
  unsigned behind = list == NULL ? 0 : list->tail - list->head;
  return behind + (stream->accepted_fd != -1);
}

void uv__fds_close(uv_stream_t* stream) {
  while (stream->accepted_fd != -1) {
    uv__close(stream->accepted_fd);
    uv__fds_next(stream);
  }
}
