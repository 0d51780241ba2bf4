/* SPDX-License-Identifier: MIT */
/* uv_fs_poll_t: one `struct poller` per handle, made at the first start and
 * kept until the handle is closed, however often it is stopped and started.
 * It has one timer and one stat request, so at most one stat is in flight.
 *
 *   state       stat   timer  meaning                         left by
 *   IDLE        -      -      stopped                         start: ASKING
 *   ASKING      yes    -      waiting for the first answer    answer: REPORTING
 *                             or the next                     stop: DRAINING
 *   REPORTING   -      -      in the user's callback          return: RESTING
 *                                                             stop: IDLE
 *   RESTING     -      yes    until the next stat             timer: ASKING
 *                                                             stop: IDLE
 *   DRAINING    yes    -      stopped, its answer is no use   answer: IDLE
 *                                                             start: RENEWING
 *   RENEWING    yes    -      started again before that came  answer: ASKING
 *                                                             stop: DRAINING
 *
 * A close frees the poller at once when no stat is in flight, else when its
 * answer comes. The timer is internal: uv_walk() does not show it, it keeps no
 * loop alive, and while it is stopped the loop does not know it.
 *
 * Answers: the first good one is only remembered; afterwards every change is
 * reported, an error once until it changes or goes away, and the return of the
 * file with the last good answer as `prev`. Loop thread only. */
#include "unix/fs/fs-poll.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/queue.h"
#include "base/text.h"
#include "loop/handle.h"

#include <string.h>

enum state { IDLE, ASKING, REPORTING, RESTING, DRAINING, RENEWING };

/* What the last answer was; an error is kept as its (negative) code. */
enum { NOTHING_YET = 0, GOOD = 1 };

struct poller {
  enum state state;
  uv_fs_poll_t* handle;
  uv_fs_poll_cb cb;
  char* path;           /* NULL when stopped. */
  uint64_t asked_at_ms; /* Loop time of the last stat. */
  unsigned interval_ms; /* At least 1. */
  int last;             /* NOTHING_YET, GOOD or UV_E*. */
  uv_stat_t known;      /* The last good answer; zeros before. */
  uv_timer_t timer;
  uv_fs_t request;
};

static void on_answer(uv_fs_t* request);
static void on_timer(uv_timer_t* timer);

static bool has_stat_in_flight(const struct poller* p) {
  return p->state == ASKING || p->state == DRAINING || p->state == RENEWING;
}

static struct poller* poller_of(const uv_fs_poll_t* handle) {
  return handle->poll_ctx;
}

static void change_state(struct poller* p, enum state to) {
  static const unsigned arrows[] = {
    [IDLE] = 1u << ASKING,
    [ASKING] = 1u << REPORTING | 1u << DRAINING | 1u << IDLE,
    [REPORTING] = 1u << RESTING | 1u << IDLE,
    [RESTING] = 1u << ASKING | 1u << REPORTING | 1u << IDLE,
    [DRAINING] = 1u << IDLE | 1u << RENEWING,
    [RENEWING] = 1u << ASKING | 1u << REPORTING | 1u << DRAINING,
  };
  UV__CHECK((arrows[p->state] & 1u << to) != 0);
  p->state = to;
}

/* --- Comparing ------------------------------------------------------------ */

/* What makes a file another one, or another version of it. Access times and
 * the like do not. */
struct fingerprint {
  uint64_t numbers[8];
  uv_timespec_t times[3];
};

static struct fingerprint fingerprint(const uv_stat_t* st) {
  return (struct fingerprint){
    .numbers = { st->st_dev, st->st_ino, st->st_mode, st->st_uid, st->st_gid,
                 st->st_size, st->st_flags, st->st_gen },
    .times = { st->st_mtim, st->st_ctim, st->st_birthtim },
  };
}

static bool differs(const uv_stat_t* a, const uv_stat_t* b) {
  const struct fingerprint one = fingerprint(a);
  const struct fingerprint two = fingerprint(b);
  return memcmp(&one, &two, sizeof(one)) != 0;
}

/* --- Asking and answering ------------------------------------------------- */

static int ask(struct poller* p) {
  p->asked_at_ms = uv_now(p->handle->loop);
  return uv_fs_stat(p->handle->loop, &p->request, p->path, on_answer);
}

/* Sleep until the next multiple of the interval after the last stat was asked
 * for, so that slow answers do not make the rhythm drift. */
static void rest(struct poller* p) {
  const uint64_t elapsed_ms = uv_now(p->handle->loop) - p->asked_at_ms;
  const uint64_t delay_ms = p->interval_ms - elapsed_ms % p->interval_ms;
  change_state(p, RESTING);
  /* Cannot fail: it has a callback and is not closing. */
  (void) uv_timer_start(&p->timer, on_timer, delay_ms, 0);
}

static void report(struct poller* p, int status, const uv_stat_t* curr) {
  const uv_stat_t prev = p->known;
  const uv_stat_t now = *curr;
  if (status == 0) p->known = now;
  /* May stop, start or close the handle; closing frees the poller. */
  if (p->cb != NULL) p->cb(p->handle, status, &prev, &now);
}

/* A result of stat(2), or the error why it could not be asked for. */
static void conclude(struct poller* p, int result, const uv_stat_t* answer) {
  static const uv_stat_t nothing;
  uv_fs_poll_t* handle = p->handle;
  const int before = p->last;
  UV__CHECK(result < 0 || answer != NULL);
  change_state(p, REPORTING);
  p->last = result < 0 ? result : GOOD;

  if (result < 0) {
    if (before != result) report(p, result, &nothing);
  } else if (before == NOTHING_YET) {
    p->known = *answer;
  } else if (before < 0 || differs(&p->known, answer)) {
    report(p, 0, answer);
  }

  /* The handle outlives its callback, the poller may not. */
  if (poller_of(handle) == p && p->state == REPORTING) rest(p);
}

static void ask_or_report(struct poller* p) {
  const int rc = ask(p);
  if (rc != 0)
    conclude(p, rc, NULL);
  else
    change_state(p, ASKING);
}

static void on_timer(uv_timer_t* timer) {
  ask_or_report(uv__container_of(timer, struct poller, timer));
}

static void dispose(struct poller* p) {
  UV__CHECK(p->path == NULL);
  p->handle->poll_ctx = NULL;
  uv__free(p);
}

static void on_answer(uv_fs_t* request) {
  struct poller* p = uv__container_of(request, struct poller, request);
  const uv_stat_t answer = request->statbuf;
  const int result = (int) request->result;
  uv_fs_req_cleanup(request);
  UV__CHECK(has_stat_in_flight(p));

  switch (p->state) {
    case ASKING:
      conclude(p, result, &answer);
      break;
    case RENEWING:
      ask_or_report(p);
      break;
    case DRAINING:
      change_state(p, IDLE);
      if (uv__handle_is_closing(p->handle)) {
        uv_fs_poll_t* handle = p->handle;
        dispose(p);
        uv__handle_close_ready(handle);
      }
      break;
    default:
      break;
  }
}

/* --- API ------------------------------------------------------------------ */

int uv_fs_poll_init(uv_loop_t* loop, uv_fs_poll_t* handle) {
  uv__handle_init(loop, handle, UV_FS_POLL);
  handle->poll_ctx = NULL;
  return 0;
}

static struct poller* make_poller(uv_fs_poll_t* handle) {
  struct poller* p = uv__calloc(1, sizeof(*p));
  if (p == NULL) return NULL;
  if (uv_timer_init(handle->loop, &p->timer) != 0) {
    uv__free(p);
    return NULL;
  }
  /* Out of sight of uv_walk() and of uv_loop_alive(). */
  p->timer.flags |= UV__HANDLE_INTERNAL;
  uv_unref((uv_handle_t*) &p->timer);
  uv__queue_remove(&p->timer.handle_queue);
  p->handle = handle;
  handle->poll_ctx = p;
  return p;
}

/* A second start of an active handle is ignored, as in libuv. */
int uv_fs_poll_start(uv_fs_poll_t* handle, uv_fs_poll_cb cb, const char* path,
                     unsigned int interval) {
  if (uv__handle_is_active(handle)) return 0;
  if (path == NULL || uv__handle_is_closing(handle)) return UV_EINVAL;

  struct poller* p = poller_of(handle);
  if (p == NULL) p = make_poller(handle);
  if (p == NULL) return UV_ENOMEM;
  /* Left by a start that failed, or by the stop before. */
  UV__CHECK(p->path == NULL);
  p->path = uv__strdup(path);
  if (p->path == NULL) return UV_ENOMEM;

  p->cb = cb;
  p->interval_ms = interval > 0 ? interval : 1;
  p->last = NOTHING_YET;
  memset(&p->known, 0, sizeof(p->known));
  if (p->state == DRAINING) {
    change_state(p, RENEWING);
  } else {
    /* A start in the callback of a stopped handle finds IDLE as well. */
    const int rc = ask(p);
    if (rc != 0) {
      uv__free(p->path);
      p->path = NULL;
      return rc;
    }
    change_state(p, ASKING);
  }
  uv__handle_start(handle);
  return 0;
}

int uv_fs_poll_stop(uv_fs_poll_t* handle) {
  if (!uv__handle_is_active(handle)) return 0;
  struct poller* p = poller_of(handle);
  uv__handle_stop(handle);
  uv__free(p->path);
  p->path = NULL;

  if (p->state == RESTING) (void) uv_timer_stop(&p->timer);
  if (has_stat_in_flight(p)) {
    change_state(p, DRAINING);
    /* No use any more; if it has begun, we wait for it. */
    (void) uv_cancel((uv_req_t*) &p->request);
  } else {
    change_state(p, IDLE);
  }
  return 0;
}

int uv_fs_poll_getpath(uv_fs_poll_t* handle, char* buffer, size_t* size) {
  if (buffer == NULL || size == NULL) return UV_EINVAL;
  if (!uv__handle_is_active(handle)) {
    *size = 0;
    return UV_EINVAL;
  }
  const char* path = poller_of(handle)->path;
  return uv__copy_out(path, strlen(path), buffer, size);
}

bool uv__fs_poll_close(uv_handle_t* base) {
  uv_fs_poll_t* handle = (uv_fs_poll_t*) base;
  (void) uv_fs_poll_stop(handle);
  struct poller* p = poller_of(handle);
  if (p == NULL) return true;
  if (has_stat_in_flight(p)) return false;
  dispose(p);
  return true;
}
