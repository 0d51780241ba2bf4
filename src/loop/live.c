/* SPDX-License-Identifier: MIT */
/* The live page of this process.
 *
 * The addresses of the page are reserved once, as private zeros, and parts of
 * the file are mapped over them as they are needed. So a place is always good
 * to write to, whatever becomes of the file.
 *
 * Fork. The child must not write into its parent's page. The fork handler puts
 * private zeros in its place, at the same addresses. With the child's next
 * loop, or uv_loop_fork(), it gets a file of its own. A child that only
 * executes a program makes none.
 *
 * Places are taken and given back by one atomic flag each. */
#include "loop/live.h"

#include "base/abi.h"
#include "base/atomics.h"
#include "loop/live-names.h"
#include "unix/os/clock.h"
#include "unix/os/shared-file.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static struct uv__shared_file file;
static uv_pid_t owner;                /* The process that made the file. */
static bool is_on;                    /* Constant after the first loop. */
static uint8_t taken[UV__LIVE_LOOPS]; /* atomic */
static bool has_room[UV__LIVE_LOOPS]; /* The file has it; by the taker. */
static uint64_t last_id;              /* atomic */
static struct uv__live_pool elsewhere;

static struct uv__live_page* page(void) {
  return (struct uv__live_page*) (void*) file.base;
}

static size_t place_at(unsigned index) {
  return (size_t) UV__LIVE_LOOPS_AT + index * (size_t) UV__LIVE_LOOP_SIZE;
}

static struct uv__live_loop* place(unsigned index) {
  return (struct uv__live_loop*) (void*) (file.base + place_at(index));
}

static unsigned index_of(const struct uv__live_loop* which) {
  const size_t at = (size_t) ((const char*) which - file.base);
  return (unsigned) ((at - UV__LIVE_LOOPS_AT) / UV__LIVE_LOOP_SIZE);
}

/* --- The page ------------------------------------------------------------- */

static void set_program(char* name) {
  char path[PATH_MAX];
  size_t size = sizeof(path);
  if (uv_exepath(path, &size) != 0) return;
  const char* slash = strrchr(path, '/');
  snprintf(name, UV__LIVE_NAME, "%.*s", UV__LIVE_NAME - 1,
           slash == NULL ? path : slash + 1);
}

/* The magic comes last: a reader that sees it sees the rest. */
static void fill(struct uv__live_page* p, uint64_t began) {
  p->version = UV__LIVE_VERSION;
  p->loop_count = UV__LIVE_LOOPS;
  p->pool_at = offsetof(struct uv__live_page, pool);
  p->loops_at = UV__LIVE_LOOPS_AT;
  p->loop_size = UV__LIVE_LOOP_SIZE;
  p->pid = (uint64_t) owner;
  p->started = began;
  p->began_ns = uv__clock_precise_ns();
  set_program(p->program);
  uv__live_fill_names(p);
  uv__store_release(&p->magic, UV__LIVE_MAGIC);
}

/* Process and begin are in the name, so no two processes mean one file. */
static int create(void) {
  char folder[PATH_MAX - 80], path[PATH_MAX];
  int rc = uv__runtime_folder(folder, sizeof(folder));
  if (rc != 0) return rc;
  owner = uv_os_getpid();
  const uint64_t began = uv__process_began(owner);
  snprintf(path, sizeof(path),
           "%s/" UV__LIVE_PREFIX "%d.%" PRIu64 UV__LIVE_SUFFIX, folder,
           (int) owner, began);
  rc = uv__shared_create(&file, path, UV__LIVE_LOOPS_AT);
  if (rc == 0) fill(page(), began);
  return rc;
}

/* If there is no memory for the zeros, the page of the parent must go all the
 * same; then nothing is written any more. */
static void detach_in_child(void) {
  memset(has_room, 0, sizeof(has_room));
  (void) uv__shared_reserve(&file, UV__LIVE_SIZE);
}

int uv__live_open(void) {
  int rc = uv__shared_reserve(&file, UV__LIVE_SIZE);
  if (rc == 0) rc = create();
  if (rc == 0 && pthread_atfork(NULL, NULL, detach_in_child) != 0) {
    uv__shared_remove(&file);
    rc = UV_ENOMEM;
  }
  is_on = rc == 0;
  return rc;
}

bool uv__live_is_on(void) {
  return is_on;
}

void uv__live_renew(void) {
  if (!is_on || owner == uv_os_getpid()) return;
  (void) create(); /* Else it goes on without one. */
}

void uv__live_close(void) {
  if (owner == uv_os_getpid()) uv__shared_remove(&file);
}

struct uv__live_pool* uv__live_pool(void) {
  return is_on ? &page()->pool : &elsewhere;
}

/* --- Places --------------------------------------------------------------- */

uint64_t uv__live_next_id(void) {
  return uv__fetch_add(&last_id, UINT64_C(1)) + 1;
}

static bool make_room(unsigned index) {
  if (has_room[index]) return true;
  has_room[index] =
      uv__shared_grow(&file, place_at(index), UV__LIVE_LOOP_SIZE) == 0;
  return has_room[index];
}

struct uv__live_loop* uv__live_take(void) {
  for (unsigned i = 0; i < UV__LIVE_LOOPS; i++) {
    if (uv__exchange(&taken[i], (uint8_t) 1) != 0) continue;
    if (make_room(i)) {
      memset(place(i), 0, sizeof(struct uv__live_loop));
      return place(i);
    }
    uv__store_release(&taken[i], (uint8_t) 0);
    break;
  }
  uv__fetch_add(&page()->loops_without_place, UINT64_C(1));
  return NULL;
}

bool uv__live_retake(const struct uv__live_loop* which) {
  return make_room(index_of(which));
}

void uv__live_give_back(struct uv__live_loop* which) {
  uv__store_release(&which->id, UINT64_C(0));
  uv__store_release(&taken[index_of(which)], (uint8_t) 0);
}
