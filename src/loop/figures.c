/* SPDX-License-Identifier: MIT */
/* The life of a loop's figures. With POLLUX_STATS=live they are in the loop's
 * place of the live page, else, or without a place, in memory of the loop's
 * own. */
#include "loop/figures.h"

#include "base/alloc.h"
#include "loop/config.h"
#include "loop/live.h"
#include "loop/loop.h"
#include "loop/pool-figures.h"
#include "loop/tables.h"
#include "unix/io/recorder.h"
#include "unix/os/clock.h"
#include "unix/os/thread.h"

struct uv__figures {
  struct uv__recorder recorder;
  struct uv__live_loop* shown; /* NULL: no place in the page. */
  struct uv__live_loop own[];  /* One, unless `shown`. */
};

static struct uv__figures* make(struct uv__live_loop* shown) {
  size_t own = shown == NULL ? sizeof(struct uv__live_loop) : 0;
  struct uv__figures* figures = uv__calloc(1, sizeof(*figures) + own);
  if (figures == NULL) return NULL;
  figures->shown = shown;
  uv__recorder_setup(&figures->recorder, shown == NULL ? figures->own : shown,
                     uv__describers);
  return figures;
}

/* The number comes last: with it the place is in use. */
static void begin(struct uv__live_loop* to) {
  to->began_ns = uv__clock_precise_ns();
  to->thread = uv__thread_number();
  uv__store_release(&to->id, uv__live_next_id());
}

int uv__figures_set(uv_loop_t* loop, bool is_on) {
  struct uv__loop* self = uv__loop_of(loop);
  if (is_on && self->figures == NULL) {
    struct uv__live_loop* shown = uv__live_is_on() ? uv__live_take() : NULL;
    self->figures = make(shown);
    if (self->figures == NULL) {
      if (shown != NULL) uv__live_give_back(shown);
      return UV_ENOMEM;
    }
    begin(self->figures->recorder.to);
    uv__pool_figures_start();
  }
  uv__recorder_set(loop, is_on ? &self->figures->recorder : NULL);
  return 0;
}

const struct uv__live_loop* uv__figures_of(const uv_loop_t* loop) {
  const struct uv__figures* figures = uv__loop_of(loop)->figures;
  return figures == NULL ? NULL : figures->recorder.to;
}

int uv__figures_init(uv_loop_t* loop) {
  if (!uv__config()->is_live) return 0;
  uv__live_renew();
  return uv__figures_set(loop, true);
}

int uv__figures_fork(uv_loop_t* loop) {
  struct uv__figures* figures = uv__loop_of(loop)->figures;
  if (figures == NULL || figures->shown == NULL) return 0;
  uv__live_renew();
  uv__recorder_setup(&figures->recorder, figures->shown, uv__describers);
  if (uv__live_retake(figures->shown)) begin(figures->shown);
  return 0;
}

void uv__figures_close(uv_loop_t* loop) {
  struct uv__loop* self = uv__loop_of(loop);
  uv__recorder_set(loop, NULL);
  if (self->figures == NULL) return;
  if (self->figures->shown != NULL) uv__live_give_back(self->figures->shown);
  uv__free(self->figures);
  self->figures = NULL;
}

void uv__figures_shutdown(void) {
  if (uv__live_is_on()) uv__live_close();
}
