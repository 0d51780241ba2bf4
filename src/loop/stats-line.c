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
#include "loop/config.h"
#include "loop/counters.h"
#include "loop/loop.h"
#include "loop/stats-sink.h"
#include "unix/io/control.h"

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
static uv_mutex_t lock;
static uv_once_t once = UV_ONCE_INIT;
static int lock_rc;

static void lock_entries(void) {
  uv_mutex_lock(&lock);
}

static void unlock_entries(void) {
  uv_mutex_unlock(&lock);
}

/* The thread that holds it has another number here: not unlocked, but new. */
static void renew_lock(void) {
  lock_rc = uv_mutex_init(&lock);
}

/* A fork never copies the lock while another thread holds it. */
static void make_lock(void) {
  lock_rc = uv_mutex_init(&lock);
  if (lock_rc == 0)
    (void) pthread_atfork(lock_entries, unlock_entries, renew_lock);
}

static bool is_wanted(void) {
  if (!uv__stats_sink_is_on()) return false;
  uv_once(&once, make_lock);
  return lock_rc == 0;
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
  if (!is_wanted()) return 0;
  struct entry* entry = uv__malloc(sizeof(*entry));
  if (entry == NULL) return UV_ENOMEM;
  entry->self = uv__loop_of(loop);
  entry->pid = uv_os_getpid();
  uv_mutex_lock(&lock);
  entry->next = entries;
  entries = entry;
  uv_mutex_unlock(&lock);
  return 0;
}

int uv__stats_line_fork(uv_loop_t* loop) {
  if (!is_wanted()) return 0;
  uv_mutex_lock(&lock);
  for (struct entry* entry = entries; entry != NULL; entry = entry->next)
    if (entry->self == uv__loop_of(loop)) entry->pid = uv_os_getpid();
  uv_mutex_unlock(&lock);
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
  if (!is_wanted()) return;
  uv_mutex_lock(&lock);
  struct entry* entry = unlist(uv__loop_of(loop));
  if (entry != NULL && entry->pid == uv_os_getpid()) print(entry->self);
  uv_mutex_unlock(&lock);
  uv__free(entry);
}

void uv__stats_line_shutdown(void) {
  if (!is_wanted()) return;
  uv_mutex_lock(&lock);
  while (entries != NULL) {
    struct entry* entry = entries;
    entries = entry->next;
    if (entry->pid == uv_os_getpid()) print(entry->self);
    uv__free(entry);
  }
  uv__stats_sink_close();
  uv_mutex_unlock(&lock);
}
