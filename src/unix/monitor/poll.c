/* SPDX-License-Identifier: MIT */
/* The poll monitor: ppoll(2) over the hot descriptors and one entry for the
 * shell, in which all others are parked. Any unix.
 *
 * Defects of the mechanism: each wait costs about 31 ns per entry, idle or not,
 * so idle descriptors are parked. A closed descriptor shows up as POLLNVAL in
 * each wait; await() reports it as an error of that descriptor.
 *
 * `place[fd]` is the entry's index + 1; removal swaps with the last entry. */
#include "unix/monitor/monitor.h"
#include "unix/monitor/shell.h"

#include "base/abi.h"
#include "base/alloc.h"
#include "base/assert.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

struct impl {
  struct pollfd* fds; /* [0] is the shell. */
  uint32_t* gens;     /* Beside it. */
  size_t count, cap;  /* Entries, the shell's included. */
  uint32_t* place;    /* By descriptor; 0: not here. */
  size_t place_count;
  size_t turn; /* The entry that is looked at first. */
};

static int grow_entries(struct impl* impl) {
  if (impl->count < impl->cap) return 0;
  size_t cap = impl->cap * 2;
  struct pollfd* fds = uv__realloc(impl->fds, cap * sizeof(*fds));
  if (fds == NULL) return UV_ENOMEM;
  impl->fds = fds;
  uint32_t* gens = uv__realloc(impl->gens, cap * sizeof(*gens));
  if (gens == NULL) return UV_ENOMEM;
  impl->gens = gens;
  impl->cap = cap;
  return 0;
}

static int grow_places(struct impl* impl, int fd) {
  size_t need = (size_t) fd + 1;
  if (need <= impl->place_count) return 0;
  size_t count = impl->place_count * 2 > need ? impl->place_count * 2 : need;
  uint32_t* place = uv__realloc(impl->place, count * sizeof(*place));
  if (place == NULL) return UV_ENOMEM;
  memset(place + impl->place_count, 0,
         (count - impl->place_count) * sizeof(*place));
  impl->place = place;
  impl->place_count = count;
  return 0;
}

static void teardown(struct uv__monitor* m) {
  struct impl* impl = m->impl;
  if (impl == NULL) return;
  uv__free(impl->fds);
  uv__free(impl->gens);
  uv__free(impl->place);
  uv__free(impl);
  m->impl = NULL;
}

static int setup(struct uv__monitor* m) {
  struct impl* impl = uv__calloc(1, sizeof(*impl));
  if (impl == NULL) return UV_ENOMEM;
  m->impl = impl;
  impl->cap = 16;
  impl->fds = uv__malloc(impl->cap * sizeof(*impl->fds));
  impl->gens = uv__calloc(impl->cap, sizeof(*impl->gens));
  if (impl->fds == NULL || impl->gens == NULL) {
    teardown(m);
    return UV_ENOMEM;
  }
  impl->fds[0] = (struct pollfd){ .fd = m->shell->fd, .events = POLLIN };
  impl->count = 1;
  return 0;
}

static uint32_t index_of(const struct impl* impl, int fd) {
  return (size_t) fd < impl->place_count ? impl->place[fd] : 0;
}

static void drop(struct impl* impl, int fd) {
  uint32_t at = index_of(impl, fd);
  if (at == 0) return;
  size_t last = --impl->count;
  impl->place[fd] = 0;
  if (at - 1 == last) return;
  impl->fds[at - 1] = impl->fds[last];
  impl->gens[at - 1] = impl->gens[last];
  impl->place[impl->fds[at - 1].fd] = at;
}

static int update(struct uv__monitor* m, int fd, uint32_t gen, unsigned have,
                  unsigned want) {
  (void) have;
  struct impl* impl = m->impl;
  if (want == 0) {
    drop(impl, fd);
    return 0;
  }
  uint32_t at = index_of(impl, fd);
  if (at == 0) {
    int rc = grow_entries(impl);
    if (rc == 0) rc = grow_places(impl, fd);
    if (rc != 0) return rc;
    at = (uint32_t) ++impl->count;
    impl->place[fd] = at;
  }
  impl->fds[at - 1] = (struct pollfd){ .fd = fd, .events = (short) want };
  impl->gens[at - 1] = gen;
  return 0;
}

static void forget(struct uv__monitor* m, int fd, uint32_t gen) {
  (void) gen;
  drop(m->impl, fd);
}

/* Copy what ppoll() has found; at the shell's entry, what is parked in it. What
 * finds no room is found again by the next wait, and is first then. */
static int collect(struct uv__monitor* m, struct uv__ready* ready, int found) {
  struct impl* impl = m->impl;
  for (size_t step = 0; found > 0 && step < impl->count; step++) {
    size_t i = (impl->turn + step) % impl->count;
    unsigned events = (unsigned short) impl->fds[i].revents;
    if (events == 0) continue;
    found--;
    if (uv__ready_full(ready)) {
      impl->turn = i;
      return 0;
    }
    if (events & POLLNVAL) events = POLLERR | POLLNVAL;
    int rc = 0;
    if (i == 0)
      rc = uv__shell_wait(m->shell, ready, UV__EV_PARKED, 0, NULL);
    else
      uv__ready_add(ready, impl->fds[i].fd, impl->gens[i], events);
    if (rc != 0) return rc;
  }
  return 0;
}

static int await(struct uv__monitor* m, struct uv__ready* ready,
                 const struct uv__wait* wait) {
  struct impl* impl = m->impl;
  if (impl->count == 1) /* Nothing is hot: one call instead of two. */
    return uv__shell_wait(m->shell, ready, UV__EV_PARKED, uv__wait_ms(wait),
                          wait->sigmask);
  struct timespec limit = { .tv_sec = wait->timeout_ns / 1000000000,
                            .tv_nsec = (long) (wait->timeout_ns % 1000000000) };
  int found = ppoll(impl->fds, (nfds_t) impl->count,
                    wait->timeout_ns < 0 ? NULL : &limit, wait->sigmask);
  if (found < 0) return errno == EINTR ? 0 : UV__ERR(errno);
  return collect(m, ready, found);
}

static int rebuild(struct uv__monitor* m, enum uv__rebuild why) {
  (void) why;
  teardown(m);
  return setup(m);
}

extern const struct uv__monitor_ops uv__monitor_poll;
const struct uv__monitor_ops uv__monitor_poll = {
  .name = "poll",
  .caps = UV__UPDATE_IS_FREE | UV__FOR_AUTO,
  .setup = setup,
  .teardown = teardown,
  .update = update,
  .forget = forget,
  .await = await,
  .rebuild = rebuild,
};
