/* SPDX-License-Identifier: MIT */
/* POLLUX_STATS: one line per loop, `key=value` words, the reason last because
 * it has spaces. A loop writes its line when it is closed; loops that a program
 * never closes are written at the end of the process, or in
 * uv_library_shutdown(), after which nothing is written any more. Without the
 * variable nothing is kept and nothing is written.
 *
 * The file is opened at the first loop: config.c. In the child of a fork its
 * lines go to the same file. A loop of the parent is the child's only once
 * uv_loop_fork() has been called for it: others have no line in the child. */
#include "loop/stats-line.h"

#include "base/alloc.h"
#include "base/atomics.h"
#include "loop/config.h"
#include "loop/counters.h"
#include "loop/loop.h"
#include "loop/stats-sink.h"
#include "unix/io/control.h"
#include "unix/os/thread.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Below PIPE_BUF, so that lines of processes do not mix in a FIFO. */
enum { LINE_MAX_LEN = 2048 };

/* The private state is what is kept: it stays allocated until the loop is
 * closed, while the uv_loop_t of one that never is may have been on a stack. */
struct entry {
  struct entry* next;
  struct uv__loop* self;
  uv_pid_t pid; /* Of the process that the loop runs in. */
};

static struct entry* entries; /* Open loops. Under `lock`, as is the sink. */
static uv_pid_t lock;         /* atomic: the holder's process, or 0. */

/* A program's fork handler may call uv_loop_fork() in the child, where a thread
 * of the parent may hold the lock (uvloop does). So the lock is no mutex: the
 * child sees the number of another process, and takes the lock over. The list
 * changes by single stores, so nothing that the thread left is half done. */
static void lock_entries(void) {
  const uv_pid_t self = uv_os_getpid();
  for (;;) {
    uv_pid_t holder = uv__load_relaxed(&lock);
    if (holder != self && uv__cas_weak(&lock, &holder, self)) return;
    uv__thread_yield();
  }
}

static void unlock_entries(void) {
  uv__store_release(&lock, (uv_pid_t) 0);
}

static size_t format(struct uv__loop* self, char* line, size_t size) {
#define X(field, source) #field,
  static const char* const names[] = { UV__COUNTERS(X) };
#undef X
  enum { COUNT = sizeof(names) / sizeof(names[0]) };
  const uv_loop_t shadow = { .internal_fields = self };
  uint64_t values[COUNT];
  pollux_counters_t counters;
  _Static_assert(sizeof(values) == sizeof(counters), "one each");
  uv__counters_read(&shadow, &counters);
  memcpy(values, &counters, sizeof(values));
  const char* monitor = uv__io_monitor(&shadow);
  const char* reason = uv__io_reason(&shadow);
  if (*reason == '\0') reason = uv__config()->complaint; /* Has not polled. */

  size_t used = (size_t) snprintf(line, size, "pollux: pid=%d monitor=%s",
                                  (int) uv_os_getpid(),
                                  monitor == NULL ? "none" : monitor);
  for (size_t i = 0; i < COUNT; i++)
    used += (size_t) snprintf(line + used, size - used, " %s=%" PRIu64,
                              names[i], values[i]);
  /* The words before take at most 37 bytes each: there is room. */
  used += (size_t) snprintf(line + used, size - used, " reason=%s\n", reason);
  return used;
}

static void print(struct uv__loop* self) {
  char line[LINE_MAX_LEN];
  uv__stats_sink_write(line, format(self, line, sizeof(line)));
}

int uv__stats_line_init(uv_loop_t* loop) {
  if (!uv__stats_sink_is_on()) return 0;
  struct entry* entry = uv__malloc(sizeof(*entry));
  if (entry == NULL) return UV_ENOMEM;
  entry->self = uv__loop_of(loop);
  entry->pid = uv_os_getpid();
  lock_entries();
  entry->next = entries;
  entries = entry;
  unlock_entries();
  return 0;
}

int uv__stats_line_fork(uv_loop_t* loop) {
  if (!uv__stats_sink_is_on()) return 0;
  lock_entries();
  for (struct entry* entry = entries; entry != NULL; entry = entry->next)
    if (entry->self == uv__loop_of(loop)) entry->pid = uv_os_getpid();
  unlock_entries();
  return 0;
}

static struct entry* unlist(const struct uv__loop* self) {
  struct entry** link = &entries;
  while (*link != NULL && (*link)->self != self) link = &(*link)->next;
  struct entry* entry = *link;
  if (entry != NULL) *link = entry->next;
  return entry;
}

void uv__stats_line_close(uv_loop_t* loop) {
  if (!uv__stats_sink_is_on()) return;
  lock_entries();
  struct entry* entry = unlist(uv__loop_of(loop));
  if (entry != NULL && entry->pid == uv_os_getpid()) print(entry->self);
  unlock_entries();
  uv__free(entry);
}

void uv__stats_line_shutdown(void) {
  if (!uv__stats_sink_is_on()) return;
  lock_entries();
  while (entries != NULL) {
    struct entry* entry = entries;
    entries = entry->next;
    if (entry->pid == uv_os_getpid()) print(entry->self);
    uv__free(entry);
  }
  uv__stats_sink_close();
  unlock_entries();
}
