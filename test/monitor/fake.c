/* SPDX-License-Identifier: MIT */
/* The scripted monitor; see fake.h. Parked descriptors are asked of the shell,
 * without waiting: a program may put a scripted shell there, too. */
#include "fake.h"

#include "base/abi.h"
#include "unix/monitor/shell.h"

#include <poll.h>
#include <string.h>

enum { PLANS_MAX = 64, POSTS_MAX = 2048 };

struct fake_log fake_log;

static struct {
  uint64_t now_ns;
  uint32_t held[FAKE_FDS];
  int refusals[FAKE_FDS];
  struct {
    uint64_t at_ns;
    int fd;
    unsigned events;
  } plans[PLANS_MAX];
  size_t plan_count, plan_next;
  struct uv__event posts[POSTS_MAX];
  size_t post_count;
  int failure;
  void (*on_sleep)(void);
} script;

/* What is watched. */
static struct { uint32_t gen, mask; } slots[FAKE_FDS];
static int highest_fd;
static int turn; /* Is looked at first, so that a full array starves none. */
static bool shell_is_first;

void fake_reset(void) {
  memset(&script, 0, sizeof(script));
  memset(&fake_log, 0, sizeof(fake_log));
  script.now_ns = 1000000000;
}

uint64_t fake_now_ns(void) {
  return script.now_ns;
}

void fake_pass(uint64_t ns) {
  script.now_ns += ns;
}

void fake_hold(int fd, unsigned events) {
  script.held[fd] = events;
}

unsigned fake_held(int fd) {
  return script.held[fd];
}

void fake_hold_at(uint64_t at_ns, int fd, unsigned events) {
  size_t i = script.plan_count++;
  script.plans[i].at_ns = at_ns;
  script.plans[i].fd = fd;
  script.plans[i].events = events;
}

void fake_post(int fd, uint32_t gen, uint32_t events) {
  script.posts[script.post_count++] = (struct uv__event){ fd, gen, events };
}

void fake_refuse(int fd, int error) {
  script.refusals[fd] = error;
}

void fake_fail(int error) {
  script.failure = error;
}

void fake_on_sleep(void (*hook)(void)) {
  script.on_sleep = hook;
}

unsigned fake_mask(int fd) {
  return slots[fd].mask;
}

uint32_t fake_gen(int fd) {
  return slots[fd].gen;
}

/* --- The contract --------------------------------------------------------- */

static void clear(void) {
  memset(slots, 0, sizeof(slots));
  highest_fd = 0;
  turn = 0;
}

static int setup(struct uv__monitor* m) {
  fake_log.setups++;
  m->impl = slots;
  clear();
  return 0;
}

static void teardown(struct uv__monitor* m) {
  fake_log.teardowns++;
  m->impl = NULL;
  clear();
}

static int update(struct uv__monitor* m, int fd, uint32_t gen, unsigned have,
                  unsigned want) {
  fake_log.updates++;
  m->figures.arms += have != want;
  if (want != 0 && script.refusals[fd] != 0) return script.refusals[fd];
  slots[fd].gen = gen;
  slots[fd].mask = want;
  if (fd > highest_fd) highest_fd = fd;
  return 0;
}

static void forget(struct uv__monitor* m, int fd, uint32_t gen) {
  (void) m;
  (void) gen;
  fake_log.forgets++;
  slots[fd].mask = 0;
}

static int flush(struct uv__monitor* m) {
  (void) m;
  fake_log.flushes++;
  return 0;
}

static void collect_posts(struct uv__ready* ready) {
  size_t taken = 0;
  for (; taken < script.post_count && !uv__ready_full(ready); taken++) {
    const struct uv__event* event = &script.posts[taken];
    uv__ready_add(ready, event->fd, event->gen, event->events);
  }
  script.post_count -= taken;
  memmove(script.posts, script.posts + taken,
          script.post_count * sizeof(script.posts[0]));
}

static void collect_hot(struct uv__ready* ready) {
  int count = highest_fd + 1;
  for (int i = 0; i < count; i++) {
    int fd = (turn + i) % count;
    uint32_t events = script.held[fd] & (slots[fd].mask | POLLERR | POLLHUP);
    if (slots[fd].mask == 0 || events == 0) continue;
    if (uv__ready_full(ready)) {
      turn = fd;
      return;
    }
    uv__ready_add(ready, fd, slots[fd].gen, events);
  }
}

static int look(struct uv__monitor* m, struct uv__ready* ready,
                const sigset_t* sigmask) {
  collect_posts(ready);
  int rc = 0;
  for (int half = 0; half < 2 && rc == 0; half++)
    if ((half == 0) == shell_is_first)
      rc = uv__shell_wait(m->shell, ready, UV__EV_PARKED, 0, sigmask);
    else
      collect_hot(ready);
  shell_is_first = uv__ready_full(ready) && !shell_is_first;
  return rc;
}

/* Let the next planned change happen, if that is before `until_ns`. */
static bool advance(uint64_t until_ns) {
  if (script.plan_next < script.plan_count &&
      script.plans[script.plan_next].at_ns <= until_ns) {
    size_t i = script.plan_next++;
    if (script.plans[i].at_ns > script.now_ns)
      script.now_ns = script.plans[i].at_ns;
    script.held[script.plans[i].fd] = script.plans[i].events;
    return true;
  }
  if (until_ns != UINT64_MAX && until_ns > script.now_ns)
    script.now_ns = until_ns;
  return false;
}

static int await(struct uv__monitor* m, struct uv__ready* ready,
                 const struct uv__wait* wait) {
  fake_log.awaits++;
  fake_log.last_wait = *wait;
  if (script.failure != 0) {
    int failure = script.failure;
    script.failure = 0;
    return failure;
  }
  size_t before = ready->count;
  uint64_t until_ns = wait->timeout_ns < 0
                          ? UINT64_MAX
                          : script.now_ns + (uint64_t) wait->timeout_ns;
  int rc = look(m, ready, wait->sigmask);
  if (rc != 0 || ready->count > before || wait->timeout_ns == 0) return rc;
  if (script.on_sleep != NULL) script.on_sleep();
  do rc = look(m, ready, wait->sigmask);
  while (rc == 0 && ready->count == before && advance(until_ns));
  return rc;
}

static int rebuild(struct uv__monitor* m, enum uv__rebuild why) {
  (void) m;
  (void) why;
  fake_log.rebuilds++;
  clear();
  return 0;
}

const struct uv__monitor_ops uv__monitor_fake = {
  .name = "fake",
  .setup = setup,
  .teardown = teardown,
  .update = update,
  .forget = forget,
  .flush = flush,
  .await = await,
  .rebuild = rebuild,
};
