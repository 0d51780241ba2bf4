/* SPDX-License-Identifier: MIT */
/* The busy poll's sources and its learning; the arithmetic is in spin.c.
 *
 * What can be seen without a system call is looked at in each turn: the wake
 * flag that senders and the thread pool raise, the signal handler's flag, and
 * on a monitor that can peek its queue, which speaks for all descriptors. On
 * the others a wait of 0 ms at a bounded rate stands in for it.
 *
 * A spin never passes the wait's deadline, so no timer suffers. Whatever ended
 * it, the caller looks at the kernel's readiness before it dispatches: a hot
 * sender does not starve a descriptor. While it spins the loop counts as awake:
 * senders write no doorbell.
 *
 * Sockets are never read on suspicion: the user would see the alloc_cb.
 *
 * Economy: now and then a wait is slept through on purpose, and its length and
 * CPU time are the measure of what spinning gains and costs. A window that does
 * not pay is closed, and tried again ever later. */
#include "unix/io/busypoll.h"

#include "base/atomics.h"
#include "base/trace.h"
#include "unix/io/state.h"
#include "unix/os/clock.h"
#include "unix/os/cpus.h"

#include <poll.h>

enum {
  EXPECTED_MAX = 32,      /* With more, some have come whenever we look. */
  LOOK_EVERY_NS = 1000,   /* Between two waits of 0 ms, on poll and epoll. */
  CLOCK_EVERY = 16,       /* Turns between two looks at the clock. */
  SAMPLES_MAX = 32,       /* Descriptors learned from per wait. */
  PROBE_EVERY_MIN = 64,   /* Waits from one probe to the next; doubles ... */
  PROBE_EVERY_MAX = 2048, /* ... to this while the window stays open. */
  SLEEP_SANE_NS = 1000000 /* Longer sleeps say nothing about wake-ups. */
};

/* Loops of this process that spin now: no more than there are CPUs for. */
static unsigned spinning;

void uv__busypoll_set(struct uv__iostate* io,
                      const struct uv__spin_limits* limits) {
  struct uv__busypoll* busy = &io->busy;
  busy->limits = *limits;
  busy->trial = (struct uv__spin_trial){ 0, 0 };
  busy->costs = (struct uv__spin_costs){ 0, 0, 0 };
  busy->probe_every = PROBE_EVERY_MIN;
  busy->probe_in = 1;
  busy->role = UV__WAIT_NORMAL;
  busy->spin_ns = 0;
  busy->misses = 0;
  busy->wake_est_ns = 0;
  busy->signal_est_ns = 0;
  if (busy->limits.max_ns > 0 && uv__cpus_to_spin_on() < 2)
    busy->limits.max_ns = 0; /* The one we wait for could not run. */
  if (busy->limits.max_ns == 0) busy->limits.is_cpu_bounded = false;
  uv__busypoll_review(io);
}

/* A CPU-bounded loop spins only for answers to its own requests: the sooner
 * those come the sooner the next request goes out, so a shorter wait is less
 * CPU time per request. Where others set the pace, a loop that sleeps takes
 * several of their events at once, and spinning would only take them one by
 * one. */
void uv__busypoll_review(struct uv__iostate* io) {
  struct uv__busypoll* busy = &io->busy;
  bool expects_few = busy->expected > 0 && busy->expected <= EXPECTED_MAX;
  busy->is_live =
      busy->limits.max_ns > 0 && (!busy->limits.is_cpu_bounded || expects_few);
  io->measures_waits = io->counts_idle || busy->is_live;
}

/* --- Spinning ------------------------------------------------------------- */

static bool user_space_hit(const struct uv__iostate* io) {
  return uv__load_relaxed(&io->wake.signalled) ||
         uv__load_relaxed(&io->wake.caught_signal);
}

static bool can_peek(const struct uv__iostate* io) {
  return (io->monitor.ops->caps & UV__CAN_PEEK) != 0;
}

static int flush(struct uv__iostate* io) {
  const struct uv__monitor_ops* ops = io->monitor.ops;
  return ops->flush != NULL ? ops->flush(&io->monitor) : 0;
}

int uv__busypoll_look(struct uv__iostate* io) {
  static const struct uv__wait look = { .timeout_ns = 0, .sigmask = NULL };
  io->figures.waits++;
  if (can_peek(io)) {
    int rc = flush(io);
    if (rc != 0) return rc; /* Finished: there is nothing to peek at. */
    if (!io->monitor.ops->peek(&io->monitor)) return 0;
  }
  return io->monitor.ops->await(&io->monitor, &io->ready, &look);
}

/* True when the kernel had something; a failure is for the caller's own look
 * to find. */
static bool kernel_hit(struct uv__iostate* io) {
  return uv__busypoll_look(io) != 0 || io->ready.count > 0;
}

static bool spin_until(struct uv__iostate* io, uint64_t start_ns,
                       uint64_t until_ns) {
  const struct uv__monitor* m = &io->monitor;
  const bool peeks = can_peek(io);
  uint64_t next_look_ns = start_ns + LOOK_EVERY_NS;
  for (unsigned turn = 1;; turn++) {
    if (user_space_hit(io)) return true;
    if (peeks && m->ops->peek(m)) return true;
    uv__cpu_relax();
    if (turn % CLOCK_EVERY != 0) continue;
    uint64_t now_ns = uv__clock_precise_ns();
    if (now_ns >= until_ns) return false;
    if (peeks || now_ns < next_look_ns) continue;
    if (kernel_hit(io)) return true;
    next_look_ns = uv__clock_precise_ns() + LOOK_EVERY_NS;
  }
}

/* Probes get rarer as long as the window stays open. */
static bool probe_is_due(struct uv__busypoll* busy) {
  if (--busy->probe_in > 0) return false;
  bool is_settled = busy->spin_ns > 0 && busy->probe_every < PROBE_EVERY_MAX;
  busy->probe_every = is_settled ? busy->probe_every * 2 : busy->probe_every;
  if (busy->spin_ns == 0) busy->probe_every = PROBE_EVERY_MIN;
  busy->probe_in = busy->probe_every;
  return true;
}

static enum uv__wait_role choose_role(struct uv__busypoll* busy) {
  if (probe_is_due(busy)) return UV__WAIT_PROBE;
  if (busy->spin_ns == 0 && uv__spin_trial_due(&busy->trial))
    return UV__WAIT_TRIAL;
  return UV__WAIT_NORMAL;
}

static int64_t budget_of(const struct uv__busypoll* busy, int64_t limit_ns) {
  int64_t budget_ns = uv__spin_ceiling(&busy->limits, &busy->costs);
  if (busy->role == UV__WAIT_PROBE) return 0;
  if (busy->role == UV__WAIT_NORMAL)
    budget_ns =
        uv__spin_length(&busy->limits, busy->spin_ns, busy->misses, budget_ns);
  return limit_ns >= 0 && limit_ns < budget_ns ? limit_ns : budget_ns;
}

/* Look until something is there or the budget is spent. */
static void spin(struct uv__iostate* io, uint64_t start_ns, int64_t budget_ns) {
  struct uv__busypoll* busy = &io->busy;
  /* The look before may have left something to be armed anew. A failure is for
   * the sleep to find. */
  if (flush(io) != 0) return;
  TRACE2(spin_begin, io, budget_ns);
  bool was_hit = spin_until(io, start_ns, start_ns + (uint64_t) budget_ns);
  busy->start = was_hit ? UV__START_HIT : UV__START_MISS;
  uint64_t spun_ns = uv__clock_precise_ns() - start_ns;
  busy->spins++;
  busy->hits += was_hit;
  busy->spun_ns += spun_ns;
  TRACE3(spin_end, io, was_hit, spun_ns);
}

enum uv__wait_start uv__busypoll_spin(struct uv__iostate* io, int64_t limit_ns,
                                      uint64_t start_ns) {
  struct uv__busypoll* busy = &io->busy;
  busy->began_ns = start_ns;
  busy->start = UV__START_NO_SPIN;
  busy->role = choose_role(busy);
  int64_t budget_ns = budget_of(busy, limit_ns);
  /* SIGPROF is blocked around blocking calls only: then sleep at once. */
  if (budget_ns <= 0 || io->blocks_sigprof) return busy->start;
  if (user_space_hit(io) || kernel_hit(io)) {
    busy->start = UV__START_AT_ONCE; /* No wait, and nothing to learn. */
    return busy->start;
  }
  if (uv__fetch_add(&spinning, 1) < uv__cpus_to_spin_on())
    spin(io, start_ns, budget_ns);
  uv__fetch_add(&spinning, (unsigned) -1);
  return busy->start;
}

/* --- Learning ------------------------------------------------------------- */

static int64_t slower(int64_t a_ns, int64_t b_ns) {
  return a_ns > b_ns ? a_ns : b_ns;
}

/* How long it took until the wake was sent: a sleeper sees it later, by a
 * wake-up that a spin would have spared. */
static int64_t until_wake(const struct uv__iostate* io, int64_t block_ns) {
  size_t rung_ns = uv__load_relaxed(&io->wake.doorbell_ns);
  size_t after_ns = rung_ns - (size_t) io->busy.began_ns;
  /* An older ring is after almost a whole turn of the word. */
  return after_ns < (size_t) block_ns ? (int64_t) after_ns : block_ns;
}

/* The slowest estimate among the sources that fired; -1 when none did. A source
 * too slow to wait for does not hold the others back. */
static int64_t sample(struct uv__iostate* io, int64_t block_ns) {
  struct uv__busypoll* busy = &io->busy;
  int64_t slowest_ns = -1;
  if (uv__load_relaxed(&io->wake.signalled)) {
    busy->wake_est_ns = uv__spin_estimate(&busy->limits, busy->wake_est_ns,
                                          until_wake(io, block_ns));
    slowest_ns = slower(slowest_ns, busy->wake_est_ns);
  }
  if (uv__load_relaxed(&io->wake.caught_signal)) {
    uv__store_relaxed(&io->wake.caught_signal, 0);
    busy->signal_est_ns =
        uv__spin_estimate(&busy->limits, busy->signal_est_ns, block_ns);
    slowest_ns = slower(slowest_ns, busy->signal_est_ns);
  }
  if (busy->limits.is_cpu_bounded) return slowest_ns;
  size_t count = io->ready.count < SAMPLES_MAX ? io->ready.count : SAMPLES_MAX;
  for (size_t i = 0; i < count; i++) {
    const struct uv__event* event = &io->ready.events[i];
    struct uv__slot* slot = uv__fdtable_at(&io->table, event->fd);
    if (slot == NULL || slot->gen != event->gen) continue;
    slot->est_ns =
        (uint32_t) uv__spin_estimate(&busy->limits, slot->est_ns, block_ns);
    slowest_ns = slower(slowest_ns, slot->est_ns);
  }
  return slowest_ns;
}

void uv__busypoll_sleep_begin(struct uv__iostate* io) {
  bool is_probe = io->busy.role == UV__WAIT_PROBE;
  io->busy.cpu_ns = is_probe ? uv__clock_thread_cpu_ns() : 0;
}

void uv__busypoll_sleep_end(struct uv__iostate* io) {
  struct uv__busypoll* busy = &io->busy;
  if (busy->cpu_ns == 0) return;
  int64_t took_ns = (int64_t) (uv__clock_thread_cpu_ns() - busy->cpu_ns);
  busy->costs.sleep_cpu_ns =
      uv__spin_average(busy->costs.sleep_cpu_ns, took_ns);
}

/* What this wait cost, by the way it went. */
static void note_costs(struct uv__busypoll* busy, int64_t block_ns) {
  if (busy->start == UV__START_HIT)
    busy->costs.spin_ns = uv__spin_average(busy->costs.spin_ns, block_ns);
  else if (busy->start == UV__START_NO_SPIN && block_ns < SLEEP_SANE_NS)
    busy->costs.sleep_ns = uv__spin_average(busy->costs.sleep_ns, block_ns);
}

/* The window after this wait. */
static int64_t next_window(struct uv__busypoll* busy, int64_t slowest_ns) {
  /* The length of a probe is not that of a spin. */
  if (busy->role == UV__WAIT_PROBE) return busy->spin_ns;
  bool was_hit = busy->start == UV__START_HIT;
  bool has_spun = was_hit || busy->start == UV__START_MISS;
  /* Under the CPU bound a spin must end by what it is for. */
  bool is_astray = busy->limits.is_cpu_bounded && slowest_ns < 0;
  bool has_missed = has_spun && (!was_hit || is_astray);
  if (!has_missed) busy->misses = 0;
  bool pays = uv__spin_pays(&busy->limits, &busy->costs);
  if (busy->role == UV__WAIT_TRIAL && has_spun)
    uv__spin_trial_result(&busy->trial, was_hit && pays);
  if (has_missed)
    return uv__spin_missed(&busy->limits, ++busy->misses, busy->spin_ns);
  if (!pays) {
    busy->costs.spin_ns = 0; /* The next trial is judged on its own. */
    return 0;
  }
  if (slowest_ns < 0) return busy->spin_ns;
  return uv__spin_adjust(&busy->limits, busy->spin_ns, slowest_ns);
}

void uv__busypoll_learn(struct uv__iostate* io, int64_t block_ns) {
  struct uv__busypoll* busy = &io->busy;
  int64_t old_ns = busy->spin_ns;
  /* After a miss the length is that of a sleep with its wake-up. While the
   * window stands all the same, it says nothing about when the event came. */
  bool is_told = busy->start != UV__START_MISS ||
                 !uv__spin_forgives(&busy->limits, busy->misses + 1);
  int64_t slowest_ns = is_told ? sample(io, block_ns) : -1;
  if (slowest_ns >= 0) note_costs(busy, block_ns);
  busy->spin_ns = next_window(busy, slowest_ns);
  if (busy->spin_ns > old_ns) {
    busy->grows++;
    TRACE3(spin_grow, io, old_ns, busy->spin_ns);
  } else if (busy->spin_ns < old_ns) {
    busy->shrinks++;
    TRACE3(spin_shrink, io, old_ns, busy->spin_ns);
  }
}
