/* SPDX-License-Identifier: MIT */
/* The experiment about spinning, in worlds where what a message costs is known.
 * What could break: spinning that is dearer and stays on, trials that cost more
 * than their share, ends that never try together, a decision for chance's sake,
 * an edge that does not move on. */
#include "base/experiment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* A loop and its load. Each wait brings one message. */
struct way {
  uint64_t cpu_ns, wall_ns;
};
struct world {
  struct uv__experiment exp;
  struct uv__exp_reading total;
  struct way sleep, spin; /* What a message takes. */
  bool is_noisy;          /* Each epoch costs up to half more, by chance. */
  uint64_t noise_ns, chance;
  bool is_opaque, is_preempted;
  uint64_t preempted_every_ns, preempt_at_ns; /* 0: not so. */
  double excess_ns; /* Spent over what sleeping would have cost. */
  uint64_t first_trial_ns, aligned_trials, trials;
};

static uint64_t next_random(uint64_t* state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return *state >> 33;
}

static void setup(struct world* w, struct way sleep, struct way spin) {
  *w = (struct world){ .sleep = sleep, .spin = spin, .chance = 7 };
  w->total.wall_ns = 12345678901;
  uv__experiment_start(&w->exp);
}

static void note_trial(struct world* w) {
  if (w->exp.trials == w->trials) return;
  w->trials = w->exp.trials;
  uint64_t grid = w->exp.pair_ns & (((uint64_t) 1 << UV__EXP_GRID_BITS) - 1);
  w->aligned_trials += grid == 0;
  if (w->first_trial_ns == 0) w->first_trial_ns = w->exp.pair_ns;
}

static void step(struct world* w) {
  if (uv__experiment_is_due(&w->exp, w->total.wall_ns, w->total.waits)) {
    if (w->is_noisy)
      w->noise_ns = next_random(&w->chance) % w->sleep.cpu_ns / 2;
    uv__experiment_turn(&w->exp, &w->total);
    note_trial(w);
  }
  const struct way* way = w->exp.spins ? &w->spin : &w->sleep;
  w->total.wall_ns += way->wall_ns;
  w->total.cpu_ns += way->cpu_ns + w->noise_ns;
  w->excess_ns += (double) way->cpu_ns - (double) w->sleep.cpu_ns;
  w->total.waits++;
  if (w->is_opaque)
    w->total.opaque++;
  else
    w->total.messages++;
  if (w->is_preempted && w->total.waits % 16 == 0) w->total.preempted++;
  if (w->preempted_every_ns == 0 || w->total.wall_ns < w->preempt_at_ns) return;
  w->total.preempted++;
  w->preempt_at_ns = w->total.wall_ns + w->preempted_every_ns;
}

static void run_for(struct world* w, uint64_t ns) {
  uint64_t until_ns = w->total.wall_ns + ns;
  while (w->total.wall_ns < until_ns) step(w);
}

static bool run_until_spinning(struct world* w, uint64_t ns) {
  uint64_t until_ns = w->total.wall_ns + ns;
  while (w->total.wall_ns < until_ns && w->exp.phase != UV__EXP_SPINNING)
    step(w);
  return w->exp.phase == UV__EXP_SPINNING;
}

enum { MS = 1000000, SECOND = 1000000000 };
static const struct way asleep = { 20000, 47000 };
static const struct way better = { 8000, 8000 };
static const struct way dearer = { 24000, 24000 };
/* What begins as `better` is later no good. */
static const struct way hardly_dearer = { 21000, 21000 };
static const struct way much_dearer = { 45000, 45000 };

/* --- The decision --------------------------------------------------------- */

static void what_is_cheaper_is_adopted_within_100_ms(void** state) {
  (void) state;
  struct world w;
  setup(&w, asleep, better);
  assert_true(run_until_spinning(&w, 100 * MS));
  run_for(&w, (uint64_t) 2 * SECOND);
  assert_int_equal(1, w.exp.adoptions);
  assert_int_equal(0, w.exp.refusals);
  /* Checks included, it works nearly always as it should. */
  double cpu_ns = (double) w.total.cpu_ns / (double) w.total.messages;
  assert_true(cpu_ns < 8500);
}

static void six_pairs_must_be_won(void** state) {
  (void) state;
  struct world w;
  setup(&w, asleep, better);
  assert_true(run_until_spinning(&w, 100 * MS));
  uint64_t took_ns = w.total.wall_ns - w.first_trial_ns;
  assert_in_range(took_ns, (uint64_t) 6 << UV__EXP_PAIR_BITS,
                  (uint64_t) 7 << UV__EXP_PAIR_BITS);
}

static void what_is_dearer_is_never_adopted(void** state) {
  (void) state;
  struct world w;
  setup(&w, asleep, dearer);
  assert_false(run_until_spinning(&w, (uint64_t) 20 * SECOND));
  assert_in_range(w.exp.trials, 2, 12); /* Ever rarer. */
}

static void as_cheap_and_much_faster_is_adopted_but_not_if_it_is_slower(
    void** state) {
  (void) state;
  struct world w;
  setup(&w, asleep, (struct way){ 19900, 19900 });
  assert_true(run_until_spinning(&w, 100 * MS));
  setup(&w, asleep, (struct way){ 19900, 47000 });
  assert_false(run_until_spinning(&w, (uint64_t) SECOND));
  setup(&w, asleep, (struct way){ 15000, 60000 });
  assert_false(run_until_spinning(&w, (uint64_t) SECOND));
}

static void chance_is_rarely_taken_for_a_gain(void** state) {
  (void) state;
  unsigned trials = 0, adoptions = 0;
  for (unsigned seed = 1; seed <= 60; seed++) {
    struct world w;
    setup(&w, asleep, asleep);
    w.is_noisy = true;
    w.chance = seed;
    run_for(&w, (uint64_t) 4 * SECOND);
    trials += (unsigned) w.exp.trials;
    adoptions += (unsigned) w.exp.adoptions;
  }
  assert_true(trials > 300);
  assert_true(adoptions * 20 <= trials);
}

static void no_trial_where_work_is_not_seen_or_cpus_are_short(void** state) {
  (void) state;
  struct world w;
  setup(&w, asleep, better);
  w.is_opaque = true;
  run_for(&w, (uint64_t) SECOND);
  assert_int_equal(0, w.exp.trials);
  setup(&w, asleep, better);
  w.total.is_crowded = true;
  run_for(&w, (uint64_t) SECOND);
  assert_int_equal(0, w.exp.trials);
  setup(&w, asleep, better);
  w.is_preempted = true;
  assert_false(run_until_spinning(&w, (uint64_t) SECOND));
  /* Too rarely to end a trial, but the pairs that see it are not won. */
  setup(&w, asleep, better);
  w.preempted_every_ns = 6 * MS;
  assert_false(run_until_spinning(&w, (uint64_t) SECOND));
}

static void a_loop_that_waits_rarely_is_left_alone(void** state) {
  (void) state;
  struct world w;
  setup(&w, (struct way){ 12000, 10 * MS }, better);
  for (int i = 0; i < 2000; i++) {
    assert_false(uv__experiment_is_due(&w.exp, w.total.wall_ns, w.total.waits));
    step(&w);
  }
}

/* Bytes of an open stream: a sleeper reads four messages at once. Per read
 * spinning looks cheaper, per byte it is dearer. */
static void several_messages_in_one_read_count_as_several(void** state) {
  (void) state;
  struct world w;
  setup(&w, asleep, dearer);
  uint64_t until_ns = w.total.wall_ns + SECOND;
  while (w.total.wall_ns < until_ns) {
    if (uv__experiment_is_due(&w.exp, w.total.wall_ns, w.total.waits))
      uv__experiment_turn(&w.exp, &w.total);
    w.total.wall_ns += w.exp.spins ? 10000 : 40000;
    w.total.cpu_ns += w.exp.spins ? 10000 : 20000;
    w.total.bytes += w.exp.spins ? 64 : 256;
    w.total.transfers++;
    w.total.waits++;
  }
  assert_true(w.exp.trials > 0);
  assert_int_equal(0, w.exp.adoptions);
}

/* --- The end -------------------------------------------------------------- */

static uint64_t time_to_stop(struct world* w, uint64_t most_ns) {
  assert_true(run_until_spinning(w, 100 * MS) || w->exp.adoptions > 0);
  uint64_t from_ns = w->total.wall_ns;
  return from_ns + most_ns;
}

static void run_until_rest(struct world* w, uint64_t until_ns) {
  while (w->exp.phase != UV__EXP_RESTING && w->total.wall_ns < until_ns)
    step(w);
  assert_int_equal(UV__EXP_RESTING, w->exp.phase);
  assert_false(w->exp.spins);
}

static void spinning_ends_when_the_load_becomes_another(void** state) {
  (void) state;
  const struct {
    struct way spin;
    uint64_t most_ns;
  } rows[] = {
    /* The change of pace asks for a check, which is clear. A long check that
     * is going on comes to its end first. */
    { much_dearer, 30 * MS },
    /* The next two regular checks, one of which may be long. */
    { hardly_dearer, 170 * MS },
  };
  /* At whatever moment between two regular checks. */
  for (size_t i = 0; i < 7 * sizeof(rows) / sizeof(rows[0]); i++) {
    struct world w;
    setup(&w, asleep, better);
    assert_true(run_until_spinning(&w, 100 * MS));
    run_for(&w, 10 * MS * (i % 7));
    uint64_t until_ns = time_to_stop(&w, rows[i / 7].most_ns);
    w.spin = rows[i / 7].spin;
    run_until_rest(&w, until_ns);
  }
}

static void spinning_ends_when_others_want_the_cpu_or_work_is_hidden(
    void** state) {
  (void) state;
  for (int i = 0; i < 3; i++) {
    struct world w;
    setup(&w, asleep, better);
    uint64_t until_ns = time_to_stop(&w, 20 * MS);
    w.is_preempted = i == 0;
    w.is_opaque = i == 1;
    w.total.is_crowded = i == 2;
    run_until_rest(&w, until_ns);
  }
}

static unsigned misses_until_rest(struct world* w) {
  unsigned misses = 0;
  while (w->exp.spins) {
    uv__experiment_spun(&w->exp, false, 50000, w->total.wall_ns);
    misses++;
  }
  return misses;
}

static void misses_in_a_row_end_a_trial_and_spinning(void** state) {
  (void) state;
  struct world w;
  setup(&w, asleep, better);
  while (w.exp.phase != UV__EXP_TRYING || !w.exp.spins) step(&w);
  assert_int_equal(UV__EXP_TRIAL_MISSES, misses_until_rest(&w));
  assert_int_equal(UV__EXP_RESTING, w.exp.phase);

  setup(&w, asleep, better);
  assert_true(run_until_spinning(&w, 100 * MS));
  for (int i = 0; i < 100; i++) { /* Not in a row. */
    uv__experiment_spun(&w.exp, i % UV__EXP_MISSES == 0, 50000,
                        w.total.wall_ns);
  }
  assert_int_equal(UV__EXP_SPINNING, w.exp.phase);
  uv__experiment_spun(&w.exp, true, 1000, w.total.wall_ns);
  assert_int_equal(UV__EXP_MISSES, misses_until_rest(&w));
  assert_int_equal(UV__EXP_RESTING, w.exp.phase);
}

/* --- Trials --------------------------------------------------------------- */

static void trials_begin_at_multiples_that_all_loops_share(void** state) {
  (void) state;
  struct world w;
  setup(&w, asleep, dearer);
  run_for(&w, (uint64_t) 5 * SECOND);
  assert_true(w.trials >= 2);
  assert_int_equal(w.trials, w.aligned_trials);
}

static void the_order_in_a_pair_is_the_clock_s(void** state) {
  (void) state;
  struct world a, b;
  setup(&a, asleep, better);
  setup(&b, asleep, better);
  b.total.wall_ns += MS + 1234; /* Another life, the same clock. */
  uv__experiment_start(&b.exp);
  unsigned compared = 0;
  for (int i = 0; i < 20000; i++) {
    struct world* behind = a.total.wall_ns < b.total.wall_ns ? &a : &b;
    step(behind);
    bool both = a.exp.phase == UV__EXP_TRYING &&
                b.exp.phase == UV__EXP_TRYING &&
                a.exp.pair_ns == b.exp.pair_ns && a.exp.epoch == b.exp.epoch;
    if (!both) continue;
    assert_int_equal(a.exp.spins, b.exp.spins);
    compared++;
  }
  assert_true(compared > 50);
}

/* Against loads that are never better: what trials cost stays within the share
 * of the CPU time that they may cost, and one trial. */
static void trials_cost_no_more_than_their_share(void** state) {
  (void) state;
  static const struct way sleeps[] = {
    { 900, 1000 },
    { 4000, 10000 },
    { 7000, 50000 },
    { 11000, 100000 },
  };
  static const uint64_t lives_ns[] = { 200 * MS, SECOND, 10ull * SECOND };
  for (size_t i = 0; i < sizeof(sleeps) / sizeof(sleeps[0]); i++) {
    for (size_t k = 0; k < sizeof(lives_ns) / sizeof(lives_ns[0]); k++) {
      struct world w;
      /* Spinning burns all the time there is. */
      struct way spin = { sleeps[i].wall_ns, sleeps[i].wall_ns };
      setup(&w, sleeps[i], spin);
      run_for(&w, lives_ns[k]);
      double share = w.excess_ns / (double) w.total.cpu_ns;
      assert_true(share <= 0.02);
    }
  }
}

/* A load that changes all the time asks for trials all the time. */
static void changes_do_not_raise_what_trials_cost(void** state) {
  (void) state;
  struct world w;
  setup(&w, asleep, dearer);
  for (int i = 0; i < 200; i++) {
    w.sleep = i % 2 ? asleep : (struct way){ 4000, 10000 };
    w.spin = i % 2 ? dearer : (struct way){ 9500, 10000 };
    run_for(&w, 50 * MS);
  }
  assert_true(w.excess_ns / (double) w.total.cpu_ns <= 0.02);
  assert_true(w.exp.trials > 12); /* More than for one that stays as it is. */
}

/* --- What cannot be ------------------------------------------------------- */

static void totals_may_wrap_round_or_be_reset(void** state) {
  (void) state;
  static const struct {
    uint64_t from, to, grown;
  } rows[] = {
    { 10, 15, 5 }, { 10, 10, 0 },     { UINT64_MAX - 1, 3, 5 },
    { 10, 9, 0 },  { 1000000, 0, 0 },
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    struct uv__exp_reading from = { .messages = rows[i].from,
                                    .cpu_ns = rows[i].from };
    struct uv__exp_reading to = { .messages = rows[i].to,
                                  .cpu_ns = rows[i].to };
    struct uv__exp_arm epoch = uv__exp_arm(&from, &to, 64);
    assert_true(epoch.work == (double) rows[i].grown);
    assert_int_equal(rows[i].grown, epoch.cpu_ns);
  }
}

static void figures_that_make_no_sense_do_no_harm(void** state) {
  (void) state;
  uint64_t chance = 99;
  struct uv__experiment exp;
  struct uv__exp_reading now;
  memset(&now, 0, sizeof(now));
  now.wall_ns = UINT64_MAX - 30 * MS; /* The clock wraps round, too. */
  uv__experiment_start(&exp);
  for (int i = 0; i < 300000; i++) {
    uint64_t* fields[] = { &now.cpu_ns,   &now.waits,     &now.messages,
                           &now.bytes,    &now.transfers, &now.opaque,
                           &now.preempted };
    uint64_t* field = fields[next_random(&chance) % 7];
    *field += next_random(&chance) % 3 ? next_random(&chance) % 100000
                                       : (uint64_t) - (int64_t) (chance >> 40);
    now.wall_ns += next_random(&chance) % 3000000;
    now.is_crowded = next_random(&chance) % 50 == 0;
    if (uv__experiment_is_due(&exp, now.wall_ns, now.waits))
      uv__experiment_turn(&exp, &now);
    if (exp.spins && next_random(&chance) % 4 == 0)
      uv__experiment_spun(&exp, next_random(&chance) % 2, chance >> 20,
                          now.wall_ns);
    bool may_spin = exp.phase != UV__EXP_RESTING && exp.phase != UV__EXP_READY;
    assert_true(may_spin || !exp.spins);
    assert_true(exp.budget_ns <= UV__EXP_BUDGET_MAX_NS);
    assert_in_range(exp.grid_bits, UV__EXP_GRID_BITS, UV__EXP_GRID_MAX);
  }
  assert_true(exp.trials > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_cheaper_is_adopted_within_100_ms),
    cmocka_unit_test(six_pairs_must_be_won),
    cmocka_unit_test(what_is_dearer_is_never_adopted),
    cmocka_unit_test(
        as_cheap_and_much_faster_is_adopted_but_not_if_it_is_slower),
    cmocka_unit_test(chance_is_rarely_taken_for_a_gain),
    cmocka_unit_test(no_trial_where_work_is_not_seen_or_cpus_are_short),
    cmocka_unit_test(a_loop_that_waits_rarely_is_left_alone),
    cmocka_unit_test(several_messages_in_one_read_count_as_several),
    cmocka_unit_test(spinning_ends_when_the_load_becomes_another),
    cmocka_unit_test(spinning_ends_when_others_want_the_cpu_or_work_is_hidden),
    cmocka_unit_test(misses_in_a_row_end_a_trial_and_spinning),
    cmocka_unit_test(trials_begin_at_multiples_that_all_loops_share),
    cmocka_unit_test(the_order_in_a_pair_is_the_clock_s),
    cmocka_unit_test(trials_cost_no_more_than_their_share),
    cmocka_unit_test(changes_do_not_raise_what_trials_cost),
    cmocka_unit_test(totals_may_wrap_round_or_be_reset),
    cmocka_unit_test(figures_that_make_no_sense_do_no_harm),
  };
  return cmocka_run_group_tests_name("experiment", tests, NULL, NULL);
}
