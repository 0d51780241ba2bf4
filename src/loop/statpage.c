/* SPDX-License-Identifier: MIT */
/* POLLUX_STATS: one line per loop, `key=value` words, the reason last because
 * it has spaces. A loop writes its line when it is closed; loops that a program
 * never closes are written at the end of the process. Without the variable
 * nothing is kept and nothing is written. */
#include "loop/statpage.h"

#include "base/alloc.h"
#include "loop/config.h"
#include "loop/loop.h"
#include "unix/io/control.h"

#include <stdio.h>
#include <string.h>

enum { LINE_MAX_LEN = 1024 };

/* The private state is what is kept: it stays allocated until the loop is
 * closed, while the uv_loop_t of one that never is may have been on a stack. */
struct entry {
  struct entry* next;
  struct uv__loop* self;
};

static struct entry* entries; /* Open loops, under `lock`. */
static uv_mutex_t lock;
static uv_once_t once = UV_ONCE_INIT;
static int lock_rc;

static void make_lock(void) {
  lock_rc = uv_mutex_init(&lock);
}

static bool is_wanted(void) {
  if (uv__config()->stats == NULL) return false;
  uv_once(&once, make_lock);
  return lock_rc == 0;
}

static int format(struct uv__loop* self, char* line, size_t size) {
  struct uv__io_report r;
  const uv_loop_t shadow = { .internal_fields = self };
  uv__io_report(&shadow, &r);
#define U(field) (unsigned long long) (field)
  return snprintf(
      line, size,
      "pollux: pid=%d monitor=%s iterations=%llu waits=%llu sleeps=%llu "
      "events=%llu waiting=%llu stale=%llu unwanted=%llu refused=%llu "
      "hot=%llu parked=%llu promotions=%llu demotions=%llu "
      "interest_changes=%llu ring_enters=%llu ring_arms=%llu "
      "ring_rearms=%llu ring_cancels=%llu ring_overflows=%llu switches=%u "
      "wakes_written=%llu wakes_suppressed=%llu spins=%llu spin_hits=%llu "
      "spin_ns=%llu spin_window_ns=%lld exposed=%d reason=%s\n",
      (int) uv_os_getpid(), r.monitor == NULL ? "none" : r.monitor,
      U(self->iterations), U(r.io.waits), U(r.io.sleeps),
      U(r.io.events), U(r.io.events_waiting), U(r.io.stale), U(r.io.unwanted),
      U(r.io.refused), U(r.hot), U(r.parked), U(r.io.promotions),
      U(r.io.demotions), U(r.shell_calls), U(r.ring_enters), U(r.ring_arms),
      U(r.ring_rearms), U(r.ring_cancels), U(r.ring_overflows), r.switches,
      U(r.wakes_written), U(r.wakes_suppressed), U(r.spins), U(r.spin_hits),
      U(r.spin_ns), (long long) r.spin_window_ns, r.parks_all, r.reason);
#undef U
}

static void print(struct uv__loop* self) {
  char line[LINE_MAX_LEN];
  int len = format(self, line, sizeof(line));
  if (len <= 0) return;
  const char* where = uv__config()->stats;
  FILE* stream = strcmp(where, "1") == 0 ? stderr : fopen(where, "ae");
  if (stream == NULL) return; /* Figures never stop a program. */
  fputs(line, stream); /* Shorter than any buffer: one write, whole lines. */
  if (stream != stderr) fclose(stream);
}

int uv__statpage_init(uv_loop_t* loop) {
  if (!is_wanted()) return 0;
  struct entry* entry = uv__malloc(sizeof(*entry));
  if (entry == NULL) return UV_ENOMEM;
  entry->self = uv__loop_of(loop);
  uv_mutex_lock(&lock);
  entry->next = entries;
  entries = entry;
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

void uv__statpage_close(uv_loop_t* loop) {
  if (!is_wanted()) return;
  uv_mutex_lock(&lock);
  struct entry* entry = unlist(uv__loop_of(loop));
  uv_mutex_unlock(&lock);
  if (entry == NULL) return;
  print(entry->self);
  uv__free(entry);
}

void uv__statpage_shutdown(void) {
  if (!is_wanted()) return;
  uv_mutex_lock(&lock);
  while (entries != NULL) {
    struct entry* entry = entries;
    entries = entry->next;
    print(entry->self);
    uv__free(entry);
  }
  uv_mutex_unlock(&lock);
}
