/* SPDX-License-Identifier: MIT */
/* How does the experiment (src/base/experiment.c) decide, and what does it
 * cost? One load per run, simulated event by event with the library's own code
 * as the controller: loops that wait, are woken or spin, send, and share CPUs.
 *
 * usage: simulate LOAD off|on|auto SEED SECONDS
 * prints one line: when spinning began (ms, -1: never), trials, adoptions, and
 * for each phase CPU ns of both loops, of the first one, messages, wall ns.
 *
 * Not simulated: caches, the kernel's other work. `costs` says what the things
 * cost; where its figures were taken: docs/adr/0012-spin-experiment.md. */
#include "loads.h"

#include "base/experiment.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- What things cost, in ns ---------------------------------------------- */

static struct {
  double handle;  /* A wait's return, one read, its callback, one write. */
  double more;    /* Each further message in the same read. */
  double wake;    /* For a sender that wakes a sleeper: CPU time. */
  double notice;  /* ... until the sleeper's wake-up begins. */
  double sleep;   /* For the sleeper: CPU time of falling asleep and waking. */
  double deep;    /* ... more, if it slept for long. */
  double latency; /* From there until it runs, at the least, */
  double latency_both; /* ... if the sender was asleep as well, */
  double slope;        /* ... or later by this share of how long it slept. */
  double latency_max;
  double look;    /* Until a spinner sees a message. */
  double window;  /* How long a spin may be. */
  double reading; /* At the edge of an epoch. */
  double slice;   /* Of the scheduler, where a CPU is shared. */
} costs = { 3500,  300, 13000, 5000, 4000,  3500, 4600,
            15000, 0.6, 28000, 500,  50000, 2500, 3000000 };

/* --- Chance --------------------------------------------------------------- */

static uint64_t seed;

static double uniform(void) { /* xorshift64*, in (0, 1). */
  seed ^= seed >> 12;
  seed ^= seed << 25;
  seed ^= seed >> 27;
  double bits = (double) ((seed * 2685821657736338717u) >> 11);
  return (bits + 0.5) / 9007199254740992.0; /* 2^53 */
}

static double exponential(double mean) {
  return -mean * log(uniform());
}

/* Around 1, skewed, as times are. */
static double jitter(double sigma) {
  double length = sqrt(-2 * log(uniform()));
  double normal = length * cos(6.283185307179586 * uniform());
  return exp(sigma * normal - sigma * sigma / 2);
}

/* --- Events --------------------------------------------------------------- */

enum kind { ARRIVE, SOURCE, SEND, ENTER, SPUN, RUN, CHANGE };

struct event {
  double at_ns;
  enum kind kind;
  int loop;
  unsigned gen; /* Of the loop's state; another one: void. */
};

enum { STREAM, TOKEN }; /* In `gen` of what arrives. */
enum { EVENTS_MAX = 4096 };
static struct event heap[EVENTS_MAX];
static int event_count;

static void push(double at_ns, enum kind kind, int loop, unsigned gen) {
  if (event_count == EVENTS_MAX) exit(2);
  int i = event_count++;
  while (i > 0 && heap[(i - 1) / 2].at_ns > at_ns) {
    heap[i] = heap[(i - 1) / 2];
    i = (i - 1) / 2;
  }
  heap[i] = (struct event){ at_ns, kind, loop, gen };
}

static struct event pop(void) {
  struct event top = heap[0], last = heap[--event_count];
  int i = 0;
  for (;;) {
    int child = 2 * i + 1;
    if (child >= event_count) break;
    if (child + 1 < event_count && heap[child + 1].at_ns < heap[child].at_ns)
      child++;
    if (last.at_ns <= heap[child].at_ns) break;
    heap[i] = heap[child];
    i = child;
  }
  heap[i] = last;
  return top;
}

/* --- Loops ---------------------------------------------------------------- */

enum mode { OFF, ON, AUTO };
enum state { BUSY, LOOKING, ASLEEP, WAKING };

static struct loop {
  enum mode mode;
  enum state state;
  bool was_asleep; /* In its latest wait. */
  unsigned gen;
  double since_ns;               /* The state's begin. */
  int inbox, held;               /* Messages that wait; those being handled. */
  int inbox_tokens, held_tokens; /* Of them what goes to and fro. */
  double lag_ns, lag_at_ns;
  double cpu_ns, adopted_ns;
  uint64_t messages, waits, bytes, transfers, preempted;
  struct uv__experiment exp;
} loops[2];

static const struct load* load;
static double begin_ns;
static int phase_at;
static int in_flight;

static const struct phase* phase(void) {
  return &load->phases[phase_at];
}

/* Use the CPU from `at_ns` on for `ns`; returns when it is done. A thread that
 * has had more than its share waits for its turn. */
static double use(struct loop* loop, double at_ns, double ns) {
  loop->cpu_ns += ns;
  double end_ns = at_ns + ns;
  if (load->hogs == 0) {
    if (uniform() > ns * 3e-9) return end_ns;
    loop->preempted++; /* Three times a second the kernel has work to do. */
    return end_ns + exponential(50000);
  }
  double share = 1 / (1 + load->hogs);
  loop->lag_ns += (at_ns - loop->lag_at_ns) * share;
  if (loop->lag_ns > 0) loop->lag_ns = 0;
  loop->lag_ns -= ns * (1 - share);
  loop->lag_at_ns = end_ns;
  if (loop->lag_ns > -costs.slice * (1 - share)) return end_ns;
  loop->preempted++;
  end_ns += -loop->lag_ns / share;
  loop->lag_ns = 0;
  loop->lag_at_ns = end_ns;
  return end_ns;
}

static struct uv__exp_reading reading(const struct loop* loop, double at_ns) {
  return (struct uv__exp_reading){
    .wall_ns = (uint64_t) at_ns,
    .cpu_ns = (uint64_t) loop->cpu_ns,
    .waits = loop->waits,
    .bytes = loop->bytes,
    .transfers = loop->transfers,
    .preempted = loop->preempted,
    /* A snapshot, which misses them now and then. */
    .is_crowded = !load->is_blind && load->hogs > 0 && uniform() < 0.9,
  };
}

static void become(int i, enum state state, double at_ns) {
  loops[i].state = state;
  loops[i].gen++;
  loops[i].since_ns = at_ns;
}

static void run(int i, double at_ns) {
  struct loop* loop = &loops[i];
  become(i, BUSY, at_ns);
  loop->held = loop->inbox;
  loop->held_tokens = loop->inbox_tokens;
  loop->inbox = 0;
  loop->inbox_tokens = 0;
  double handle_ns = i == 1 && load->peer_ns > 0 ? load->peer_ns : costs.handle;
  double ns = handle_ns + (loop->held - 1) * costs.more *
                              (loop->held_tokens > 1 ? handle_ns / 600 : 1);
  push(use(loop, at_ns, ns * jitter(0.15)), SEND, i, loop->gen);
}

static void fall_asleep(int i, double at_ns) {
  become(i, ASLEEP, at_ns);
  loops[i].was_asleep = true;
}

static double experiment(struct loop* loop, double at_ns) {
  if (!uv__experiment_is_due(&loop->exp, (uint64_t) at_ns, loop->waits))
    return at_ns;
  at_ns = use(loop, at_ns, costs.reading);
  struct uv__exp_reading now = reading(loop, at_ns);
  uv__experiment_turn(&loop->exp, &now);
  if (loop->exp.phase == UV__EXP_SPINNING && loop->adopted_ns < 0)
    loop->adopted_ns = at_ns;
  return at_ns;
}

static void enter(int i, double at_ns) {
  struct loop* loop = &loops[i];
  loop->waits++;
  if (loop->mode == AUTO) at_ns = experiment(loop, at_ns);
  bool spins = loop->mode == ON || (loop->mode == AUTO && loop->exp.spins);
  if (loop->inbox > 0) {
    run(i, at_ns);
  } else if (spins) {
    become(i, LOOKING, at_ns);
    loop->was_asleep = false;
    push(at_ns + costs.window, SPUN, i, loop->gen);
  } else {
    fall_asleep(i, at_ns);
  }
}

static void spun(int i, double at_ns, bool was_hit) {
  struct loop* loop = &loops[i];
  double spent_ns = at_ns - loop->since_ns;
  double end_ns = use(loop, loop->since_ns, spent_ns);
  if (loop->mode == AUTO)
    uv__experiment_spun(&loop->exp, was_hit, (uint64_t) spent_ns,
                        (uint64_t) at_ns);
  if (was_hit || loop->inbox > 0)
    run(i, end_ns);
  else
    fall_asleep(i, end_ns);
}

/* A peer that has been asleep itself is slower to wake us than one that spins:
 * both CPUs were idle. An open stream's loop has slept for longer. */
static double latency_of(int i, double slept_ns, bool is_token) {
  if (is_token)
    return loops[1 - i].was_asleep ? costs.latency_both : costs.latency;
  double ns = costs.latency + slept_ns * costs.slope;
  return ns < costs.latency_max ? ns : costs.latency_max;
}

static void arrive(int i, double at_ns, bool is_token) {
  struct loop* loop = &loops[i];
  loop->inbox++;
  loop->inbox_tokens += is_token;
  if (loop->state == LOOKING) {
    spun(i, at_ns + costs.look, true);
  } else if (loop->state == ASLEEP) {
    double slept_ns = at_ns > loop->since_ns ? at_ns - loop->since_ns : 0;
    double latency_ns = latency_of(i, slept_ns, is_token);
    double cpu_ns = costs.sleep + (slept_ns > 40000 ? costs.deep : 0);
    become(i, WAKING, at_ns);
    double end_ns = use(loop, at_ns, cpu_ns * jitter(0.15));
    double runs_ns = at_ns + latency_ns * jitter(0.3);
    push(runs_ns > end_ns ? runs_ns : end_ns, RUN, i, loop->gen);
  }
}

/* One message to loop `i`; returns when the sender is done with it. */
static double deliver(int from, int i, double at_ns) {
  bool wakes = loops[i].state == ASLEEP;
  push(at_ns + (wakes ? costs.notice : 200), ARRIVE, i, TOKEN);
  if (!wakes) return at_ns;
  become(i, ASLEEP, loops[i].since_ns);
  return use(&loops[from], at_ns, costs.wake);
}

static void answer(int i, double at_ns) {
  struct loop* loop = &loops[i];
  loop->messages += (uint64_t) loop->held;
  loop->bytes += 64 * (uint64_t) loop->held;
  loop->transfers++;
  double end_ns = at_ns;
  for (; loop->held_tokens > 0; loop->held_tokens--) {
    if (phase()->peer == NONE) {
      in_flight--;
    } else if (i == 0 && phase()->think_ns > 0) {
      /* A timer, or another's work, comes first. */
      push(at_ns + exponential(phase()->think_ns), ARRIVE, 1, TOKEN);
    } else {
      loop->bytes += 64;
      loop->transfers++;
      bool is_first = end_ns == at_ns;
      end_ns = is_first ? deliver(i, 1 - i, end_ns)
                        : (push(end_ns + 200, ARRIVE, 1 - i, TOKEN), end_ns);
    }
  }
  loop->held = 0;
  push(end_ns, ENTER, i, loop->gen);
}

static void source(double at_ns) {
  double gap_ns = phase()->gap_ns;
  if (gap_ns == 0) return;
  int count = load->burst > 1 ? 1 + (int) exponential(load->burst - 1) : 1;
  for (int k = 0; k < count; k++) push(at_ns + k * 300, ARRIVE, 0, STREAM);
  push(at_ns + (load->is_regular ? gap_ns : exponential(gap_ns)) + count * 300,
       SOURCE, phase_at, 0);
}

static enum mode asked;

/* What each phase has seen, of both loops; messages of the first. */
static struct { double cpu_ns, own_ns, messages, wall_ns; } seen[4];
static struct { double cpu_ns, own_ns, messages, wall_ns; } before;

static void account(double at_ns) {
  double own_ns = loops[0].cpu_ns, cpu_ns = own_ns + loops[1].cpu_ns;
  double messages = (double) loops[0].messages;
  seen[phase_at].cpu_ns += cpu_ns - before.cpu_ns;
  seen[phase_at].own_ns += own_ns - before.own_ns;
  seen[phase_at].messages += messages - before.messages;
  seen[phase_at].wall_ns += at_ns - before.wall_ns;
  before.cpu_ns = cpu_ns;
  before.own_ns = own_ns;
  before.messages = messages;
  before.wall_ns = at_ns;
}

static void change(double at_ns) {
  if (load->phase_count > 1) push(at_ns + 1e8, CHANGE, 0, 0);
  if (at_ns > begin_ns) {
    account(at_ns);
    phase_at = (phase_at + 1) % load->phase_count;
  }
  loops[1].mode = phase()->peer == OURS ? asked : OFF;
  if (phase()->gap_ns > 0) push(at_ns, SOURCE, phase_at, 0);
  int tokens = load->in_flight > 0 ? load->in_flight : 1;
  for (; phase()->peer != NONE && in_flight < tokens; in_flight++)
    push(at_ns + 1000, ARRIVE, 0, TOKEN);
}

static void simulate(double until_ns) {
  for (int i = 0; i < 2; i++) fall_asleep(i, begin_ns);
  change(begin_ns);
  while (event_count > 0 && heap[0].at_ns < until_ns) {
    struct event e = pop();
    bool is_stale = e.kind != ARRIVE && e.kind != SOURCE && e.kind != CHANGE &&
                    e.gen != loops[e.loop].gen;
    if (is_stale) continue;
    switch (e.kind) {
      case ARRIVE:
        arrive(e.loop, e.at_ns, e.gen == TOKEN);
        break;
      case SOURCE:
        if (e.loop == phase_at) source(e.at_ns);
        break;
      case SEND:
        answer(e.loop, e.at_ns);
        break;
      case ENTER:
        enter(e.loop, e.at_ns);
        break;
      case SPUN:
        spun(e.loop, e.at_ns, false);
        break;
      case RUN:
        run(e.loop, e.at_ns);
        break;
      case CHANGE:
        change(e.at_ns);
        break;
    }
  }
}

static void adapt_costs(void) {
  if (load->latency_ns > 0) costs.latency = load->latency_ns;
  if (load->scale == 0) return;
  double* scaled[] = { &costs.wake,       &costs.notice,  &costs.sleep,
                       &costs.deep,       &costs.latency, &costs.latency_both,
                       &costs.latency_max };
  for (size_t i = 0; i < sizeof(scaled) / sizeof(scaled[0]); i++)
    *scaled[i] *= load->scale;
}

/* The clock does not begin with the process, and the peer was there before: it
 * has given up a few trials. */
static void begin(void) {
  begin_ns = floor(uniform() * 1.7e10) + 1;
  before.wall_ns = begin_ns;
  for (int i = 0; i < 2; i++) {
    loops[i].mode = asked;
    loops[i].adopted_ns = -1;
    loops[i].lag_at_ns = begin_ns;
    uv__experiment_start(&loops[i].exp);
  }
  loops[1].exp.grid_bits += (unsigned) (uniform() * 4);
}

static const struct load* find(const char* name) {
  for (int i = 0; i < LOADS; i++)
    if (strcmp(loads[i].name, name) == 0) return &loads[i];
  return NULL;
}

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "--list") == 0) {
    for (int i = 0; i < LOADS; i++) puts(loads[i].name);
    return 0;
  }
  load = argc == 5 ? find(argv[1]) : NULL;
  if (load == NULL) return 2;
  asked = strcmp(argv[2], "off") == 0  ? OFF
          : strcmp(argv[2], "on") == 0 ? ON
                                       : AUTO;
  seed =
      strtoull(argv[3], NULL, 10) * 88172645463325252u + 1442695040888963407u;
  adapt_costs();
  begin();
  double until_ns = begin_ns + strtod(argv[4], NULL) * 1e9;
  simulate(until_ns);
  account(until_ns);
  double decided_ns = loops[0].adopted_ns;
  printf("%.3f %llu %llu", decided_ns < 0 ? -1 : (decided_ns - begin_ns) / 1e6,
         (unsigned long long) loops[0].exp.trials,
         (unsigned long long) loops[0].exp.adoptions);
  for (int i = 0; i < load->phase_count; i++)
    printf(" %.0f %.0f %.0f %.0f", seen[i].cpu_ns, seen[i].own_ns,
           seen[i].messages, seen[i].wall_ns);
  putchar('\n');
  return 0;
}
