/* SPDX-License-Identifier: MIT */
/* The busy poll: when the loop spins, what a spin looks at, and how long it may
 * take. The arithmetic is in spin.c.
 *
 * When: always, if a window was asked for; else where the experiment
 * (base/experiment.c) finds that spinning is no dearer than sleeping. This file
 * gives the experiment its readings, at its edges only. While answers from the
 * thread pool are on their way it may begin to spin without a trial.
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
 * Sockets are never read on suspicion: the user would see the alloc_cb. */
#include "unix/io/busypoll.h"

#include "base/atomics.h"
#include "base/trace.h"
#include "unix/io/state.h"
#include "unix/os/clock.h"
#include "unix/os/cpus.h"

#include <poll.h>

enum {
  EXPECTED_MAX = 32,    /* With more, some have come whenever we look. */
  OWN_MAX_NS = 10000,   /* docs/adr/0004-busy-poll-default.md */
  LOOK_EVERY_NS = 1000, /* Between two waits of 0 ms, on poll and epoll. */
  CLOCK_EVERY = 16,     /* Turns between two looks at the clock. */
  SAMPLES_MAX = 32      /* Descriptors learned from per wait. */
};

/* Loops of this process that spin now: no more than there are CPUs for. */
static unsigned spinning;

/* --- When ----------------------------------------------------------------- */

static void forget(struct uv__busypoll* busy) {
  busy->trial = (struct uv__spin_trial){ 0, 0 };
  busy->is_trial = false;
  busy->spin_ns = 0;
  busy->misses = 0;
  busy->wake_est_ns = 0;
  busy->signal_est_ns = 0;
}

void uv__busypoll_set(struct uv__iostate* io,
                      const struct uv__spin_limits* limits) {
  struct uv__busypoll* busy = &io->busy;
  busy->limits = *limits;
  if (busy->limits.max_ns > 0 && uv__cpus_to_spin_on() < 2)
    busy->limits.max_ns = 0; /* The one we wait for could not run. */
  if (busy->limits.max_ns == 0) busy->limits.is_tried = false;
  busy->own_limits = busy->limits;
  busy->own_limits.is_cpu_bounded = true;
  if (busy->own_limits.max_ns > OWN_MAX_NS)
    busy->own_limits.max_ns = OWN_MAX_NS;
  forget(busy);
  uv__busypoll_restart(io);
}

/* An embedder sleeps elsewhere, and a profiler's loop does not spin. */
static bool may_try(const struct uv__iostate* io) {
  return io->busy.limits.is_tried && !io->blocks_sigprof &&
         !uv__load_relaxed(&io->wake.is_exposed);
}

void uv__busypoll_restart(struct uv__iostate* io) {
  struct uv__experiment* exp = &io->busy.exp;
  uint64_t trials = exp->trials, adoptions = exp->adoptions;
  uv__experiment_start(exp);
  exp->trials = trials;
  exp->adoptions = adoptions;
  if (!may_try(io)) exp->edge_ns = UINT64_MAX;
  uv__busypoll_review(io);
}

static bool expects_few(const struct uv__busypoll* busy) {
  return busy->expected > 0 && busy->expected <= EXPECTED_MAX;
}

/* The clock is read in each wait while the experiment needs the exact time. */
void uv__busypoll_review(struct uv__iostate* io) {
  struct uv__busypoll* busy = &io->busy;
  const struct uv__experiment* exp = &busy->exp;
  bool is_needed = false;
  if (may_try(io)) {
    busy->is_live = exp->spins && (!exp->is_assumed || expects_few(busy));
    is_needed = expects_few(busy) || exp->phase != UV__EXP_RESTING;
  } else {
    busy->is_live = busy->limits.max_ns > 0 && !busy->limits.is_tried;
  }
  io->measures_waits = io->counts_idle || busy->is_live || is_needed;
}

static uint64_t waits_of(const struct uv__iostate* io) {
  return io->figures.sleeps + io->busy.hits + io->busy.at_once;
}

/* Is the number of threads that want to run worth its price? */
static bool must_know_the_crowd(const struct uv__experiment* exp,
                                uint64_t now_ns) {
  bool begins = exp->phase == UV__EXP_RESTING || exp->phase == UV__EXP_READY;
  bool checks = exp->phase == UV__EXP_SPINNING && now_ns >= exp->check_ns;
  return begins || checks;
}

static struct uv__exp_reading take_reading(const struct uv__iostate* io,
                                           uint64_t now_ns) {
  const struct uv__io_work* work = &io->parts.work;
  uint64_t cpu_ns = uv__clock_thread_cpu_ns();
  uint64_t preempted = uv__clock_thread_preempted();
  return (struct uv__exp_reading){
    .wall_ns = now_ns,
    .cpu_ns = cpu_ns,
    .waits = waits_of(io),
    .messages = work->messages,
    .bytes = work->bytes,
    .transfers = work->transfers,
    .opaque = work->opaque,
    .preempted = preempted,
    .is_crowded =
        must_know_the_crowd(&io->busy.exp, now_ns) && uv__cpus_are_crowded(),
  };
}

static void turn(struct uv__iostate* io, uint64_t now_ns) {
  struct uv__experiment* exp = &io->busy.exp;
  if (uv__experiment_is_due(exp, now_ns, waits_of(io))) {
    uint64_t adoptions = exp->adoptions, refusals = exp->refusals;
    struct uv__exp_reading now = take_reading(io, now_ns);
    uv__experiment_turn(exp, &now);
    if (exp->adoptions != adoptions) TRACE2(spin_adopt, io, exp->trials);
    if (exp->refusals != refusals) TRACE2(spin_refuse, io, exp->failures);
  }
  uv__busypoll_review(io);
}

void uv__busypoll_prepare(struct uv__iostate* io, uint64_t now_ns) {
  struct uv__busypoll* busy = &io->busy;
  if (!may_try(io)) return;
  if (uv__busypoll_is_due(busy, now_ns)) turn(io, now_ns);
  if (!expects_few(busy) || !uv__experiment_assume(&busy->exp, now_ns)) return;
  if (busy->spin_ns > busy->own_limits.max_ns)
    busy->spin_ns = busy->own_limits.max_ns;
  uv__busypoll_review(io);
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

static const struct uv__spin_limits* limits_of(
    const struct uv__busypoll* busy) {
  return busy->exp.is_assumed ? &busy->own_limits : &busy->limits;
}

/* While the experiment tries, what is tried is the longest spin there may
 * be. */
static int64_t budget_of(const struct uv__busypoll* busy, int64_t limit_ns) {
  const struct uv__spin_limits* limits = limits_of(busy);
  int64_t budget_ns = limits->max_ns;
  if (!busy->is_trial && busy->exp.phase != UV__EXP_TRYING)
    budget_ns = uv__spin_length(limits, busy->spin_ns, busy->misses, budget_ns);
  return limit_ns >= 0 && limit_ns < budget_ns ? limit_ns : budget_ns;
}

static void tell_experiment(struct uv__iostate* io, bool was_hit,
                            uint64_t spun_ns, uint64_t now_ns) {
  struct uv__experiment* exp = &io->busy.exp;
  if (!exp->spins) return; /* The spin was asked for. */
  uv__experiment_spun(exp, was_hit, spun_ns, now_ns);
  if (exp->spins) return;
  TRACE2(spin_refuse, io, exp->failures);
  uv__busypoll_review(io);
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
  uint64_t now_ns = uv__clock_precise_ns();
  uint64_t spun_ns = now_ns - start_ns;
  busy->spins++;
  busy->hits += was_hit;
  busy->spun_ns += spun_ns;
  TRACE3(spin_end, io, was_hit, spun_ns);
  tell_experiment(io, was_hit, spun_ns, now_ns);
}

enum uv__wait_start uv__busypoll_spin(struct uv__iostate* io, int64_t limit_ns,
                                      uint64_t start_ns) {
  struct uv__busypoll* busy = &io->busy;
  busy->began_ns = start_ns;
  busy->start = UV__START_NO_SPIN;
  busy->is_trial = busy->spin_ns == 0 && !busy->limits.is_tried &&
                   uv__spin_trial_due(&busy->trial);
  int64_t budget_ns = budget_of(busy, limit_ns);
  /* SIGPROF is blocked around blocking calls only: then sleep at once. */
  if (budget_ns <= 0 || io->blocks_sigprof) return busy->start;
  if (user_space_hit(io) || kernel_hit(io)) {
    busy->start = UV__START_AT_ONCE; /* No wait, and nothing to learn. */
    busy->at_once++;
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
  const struct uv__spin_limits* limits = limits_of(busy);
  int64_t slowest_ns = -1;
  if (uv__load_relaxed(&io->wake.signalled)) {
    busy->wake_est_ns =
        uv__spin_estimate(limits, busy->wake_est_ns, until_wake(io, block_ns));
    slowest_ns = slower(slowest_ns, busy->wake_est_ns);
  }
  if (uv__load_relaxed(&io->wake.caught_signal)) {
    uv__store_relaxed(&io->wake.caught_signal, 0);
    busy->signal_est_ns =
        uv__spin_estimate(limits, busy->signal_est_ns, block_ns);
    slowest_ns = slower(slowest_ns, busy->signal_est_ns);
  }
  if (limits->is_cpu_bounded) return slowest_ns;
  size_t count = io->ready.count < SAMPLES_MAX ? io->ready.count : SAMPLES_MAX;
  for (size_t i = 0; i < count; i++) {
    const struct uv__event* event = &io->ready.events[i];
    struct uv__slot* slot = uv__fdtable_at(&io->table, event->fd);
    if (slot == NULL || slot->gen != event->gen) continue;
    slot->est_ns = (uint32_t) uv__spin_estimate(limits, slot->est_ns, block_ns);
    slowest_ns = slower(slowest_ns, slot->est_ns);
  }
  return slowest_ns;
}

/* The window after this wait. */
static int64_t next_window(struct uv__busypoll* busy, int64_t slowest_ns) {
  const struct uv__spin_limits* limits = limits_of(busy);
  bool was_hit = busy->start == UV__START_HIT;
  bool has_spun = was_hit || busy->start == UV__START_MISS;
  /* Under the CPU bound a spin must end by what it is for. */
  bool is_astray = limits->is_cpu_bounded && slowest_ns < 0;
  bool has_missed = has_spun && (!was_hit || is_astray);
  if (!has_missed) busy->misses = 0;
  if (busy->is_trial && has_spun) uv__spin_trial_result(&busy->trial, was_hit);
  if (has_missed) return uv__spin_missed(limits, ++busy->misses, busy->spin_ns);
  if (slowest_ns < 0) return busy->spin_ns;
  return uv__spin_adjust(limits, busy->spin_ns, slowest_ns);
}

void uv__busypoll_learn(struct uv__iostate* io, int64_t block_ns) {
  struct uv__busypoll* busy = &io->busy;
  int64_t old_ns = busy->spin_ns;
  /* After a miss the length is that of a sleep with its wake-up. While the
   * window stands all the same, it says nothing about when the event came. */
  bool is_told = busy->start != UV__START_MISS ||
                 !uv__spin_forgives(limits_of(busy), busy->misses + 1);
  int64_t slowest_ns = is_told ? sample(io, block_ns) : -1;
  busy->spin_ns = next_window(busy, slowest_ns);
  if (busy->spin_ns > old_ns) {
    busy->grows++;
    TRACE3(spin_grow, io, old_ns, busy->spin_ns);
  } else if (busy->spin_ns < old_ns) {
    busy->shrinks++;
    TRACE3(spin_shrink, io, old_ns, busy->spin_ns);
  }
}
