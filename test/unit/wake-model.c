/* SPDX-License-Identifier: MIT */
/* A model of the wake protocol (src/unix/io/wake.c) with async handles on top
 * of it (src/loop/async.c): two senders and a loop, in every order in which
 * their steps can happen, stores reaching memory late included. What could
 * break: a send that neither the loop's last look nor a written doorbell tells
 * of, so that the loop sleeps over it; a callback that runs without seeing what
 * was written before the send; more than one doorbell write for a sleep.
 *
 * Memory is that of x86: each thread's plain stores wait in a queue of its own
 * until they reach memory, in order, at any later time; exchanges and fences
 * wait until the queue is empty. To cover weaker machines too, an exchange does
 * not keep a later load back: only a fence does.
 *
 * States are counted off breadth first, each one once. Each rule of the
 * protocol is then broken on its own, and the model has to notice: else it
 * proves nothing. It is the protocol that is checked; that the code follows it
 * is for the reviewer, line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SENDERS = 2, HANDLES = 2, LOOP = SENDERS, THREADS = SENDERS + 1 };
enum { DELAYED_MAX = 4, STATES_MAX = 1 << 22 };

/* Places in memory. */
enum {
  MODE,
  SIGNALLED,
  STACK,
  PENDING,
  DATA = PENDING + HANDLES,
  PLACES = DATA + SENDERS
};
enum { AWAKE, ASLEEP };

struct rules {
  unsigned sends;     /* Of each sender. */
  bool shares_handle; /* Both send through one handle. */
  /* Ways to break it. */
  bool no_sender_fence;    /* Between raising `signalled`, and `mode`. */
  bool no_loop_fence;      /* Between `mode`, and the look at `signalled`. */
  bool no_second_look;     /* At `signalled`, before the sleep. */
  bool reads_pending;      /* A pending handle is left after a mere load. */
  bool clears_late;        /* `signalled` falls after the handles were taken. */
  bool pending_falls_late; /* After the callback. */
  bool all_ring;           /* Not only the one that raised `signalled`. */
};

struct state {
  uint8_t memory[PLACES];
  uint8_t bell;        /* The doorbell: a system call is at once. */
  uint8_t spare_rings; /* Sleeps minus rings, as far as matters. */
  struct thread {
    uint8_t step;
    uint8_t delayed; /* Stores on their way to memory. */
    uint8_t places[DELAYED_MAX], values[DELAYED_MAX];
    uint8_t kept; /* Sender: `mode`, loaded early; sends done. */
    uint8_t done;
  } threads[THREADS];
  uint8_t seen[SENDERS]; /* What callbacks have read of each one's data. */
  uint8_t saw_bell, taken, handle;
};

enum { NOT_KEPT = 9, SPARE_MAX = 3 };

/* --- Searching ------------------------------------------------------------ */

static struct state* states; /* Found so far; also the queue of the search. */
static size_t state_count;
static uint32_t* slots; /* Open hash table of numbers + 1. */
enum { SLOTS = STATES_MAX * 2 };

static const char* verdict; /* NULL: nothing wrong so far. */

static void found(const struct state* s) {
  uint64_t hash = 14695981039346656037u;
  const uint8_t* bytes = (const uint8_t*) s;
  for (size_t i = 0; i < sizeof(*s); i++)
    hash = (hash ^ bytes[i]) * 1099511628211u;
  size_t at = (size_t) (hash ^ hash >> 29) % SLOTS;
  for (; slots[at] != 0; at = (at + 1) % SLOTS)
    if (memcmp(&states[slots[at] - 1], s, sizeof(*s)) == 0) return;
  assert_true(state_count < STATES_MAX);
  states[state_count++] = *s;
  slots[at] = (uint32_t) state_count;
}

/* --- Memory --------------------------------------------------------------- */

static uint8_t load(const struct state* s, int t, unsigned place) {
  const struct thread* me = &s->threads[t];
  for (unsigned i = me->delayed; i > 0; i--)
    if (me->places[i - 1] == place) return me->values[i - 1];
  return s->memory[place];
}

static void store(struct state* s, int t, unsigned place, unsigned value) {
  struct thread* me = &s->threads[t];
  assert_true(me->delayed < DELAYED_MAX);
  me->places[me->delayed] = (uint8_t) place;
  me->values[me->delayed++] = (uint8_t) value;
}

/* The oldest store of a thread arrives. */
static void arrive(struct state* s, int t) {
  struct thread* me = &s->threads[t];
  s->memory[me->places[0]] = me->values[0];
  me->delayed--;
  memmove(me->places, me->places + 1, DELAYED_MAX - 1);
  memmove(me->values, me->values + 1, DELAYED_MAX - 1);
  me->places[DELAYED_MAX - 1] = me->values[DELAYED_MAX - 1] = 0;
}

static bool is_drained(const struct state* s, int t) {
  return s->threads[t].delayed == 0;
}

static uint8_t exchange(struct state* s, unsigned place, unsigned value) {
  const uint8_t old = s->memory[place];
  s->memory[place] = (uint8_t) value;
  return old;
}

/* --- A sender ------------------------------------------------------------- */

enum {
  WRITE_DATA,
  READ_PENDING,
  RAISE_PENDING,
  PUSH,
  RAISE_SIGNALLED,
  SENDER_FENCE,
  LOOK_AT_MODE,
  RING,
  SENT
};

static void go(struct thread* me, unsigned step) {
  me->step = (uint8_t) step;
}

static void end_send(const struct rules* rules, struct thread* me) {
  me->kept = NOT_KEPT;
  me->done++;
  go(me, me->done < rules->sends ? WRITE_DATA : SENT);
}

static void look_at_mode(const struct rules* rules, struct thread* me,
                         unsigned mode) {
  if (mode == AWAKE)
    end_send(rules, me);
  else
    go(me, RING);
}

static void raise_signalled(const struct rules* rules, struct state* s, int t) {
  struct thread* me = &s->threads[t];
  /* Without a fence the load of `mode` may have happened before. */
  if (rules->no_sender_fence && me->kept == NOT_KEPT) {
    struct state early = *s;
    early.threads[t].kept = load(s, t, MODE);
    found(&early);
  }
  if (exchange(s, SIGNALLED, 1) != 0 && !rules->all_ring)
    end_send(rules, me);
  else
    go(me, rules->no_sender_fence ? LOOK_AT_MODE : SENDER_FENCE);
}

/* One step of a sender that is not over. */
static void send_step(const struct rules* rules, struct state* s, int t) {
  struct thread* me = &s->threads[t];
  const unsigned handle = rules->shares_handle ? 0 : (unsigned) t;
  const bool waits = me->step == RAISE_PENDING || me->step == PUSH ||
                     me->step == RAISE_SIGNALLED || me->step == SENDER_FENCE;
  if (waits && !is_drained(s, t)) return;

  switch (me->step) {
    case WRITE_DATA:
      store(s, t, DATA + (unsigned) t, me->done + 1u);
      go(me, rules->reads_pending ? READ_PENDING : RAISE_PENDING);
      break;
    case READ_PENDING:
      if (load(s, t, PENDING + handle) != 0)
        end_send(rules, me);
      else
        go(me, RAISE_PENDING);
      break;
    case RAISE_PENDING:
      if (exchange(s, PENDING + handle, 1) != 0)
        end_send(rules, me);
      else
        go(me, PUSH);
      break;
    case PUSH:
      s->memory[STACK] |= (uint8_t) (1u << handle);
      go(me, RAISE_SIGNALLED);
      break;
    case RAISE_SIGNALLED:
      raise_signalled(rules, s, t);
      break;
    case SENDER_FENCE:
      go(me, LOOK_AT_MODE);
      break;
    case LOOK_AT_MODE:
      look_at_mode(rules, me,
                   me->kept != NOT_KEPT ? me->kept : load(s, t, MODE));
      break;
    case RING:
      s->bell = 1;
      if (s->spare_rings == 0) verdict = "more rings than sleeps";
      s->spare_rings--;
      end_send(rules, me);
      break;
    default:
      return;
  }
  found(s);
}

/* --- The loop ------------------------------------------------------------- */

enum {
  ANNOUNCE,
  LOOP_FENCE,
  SECOND_LOOK,
  SLEEP,
  LOOK,
  TAKE,
  CLEAR,
  TAKE_STACK,
  NEXT_HANDLE,
  CALL,
  AFTER_CALL,
  HUSH
};

/* The callback of a handle reads what its senders wrote. */
static void call(const struct rules* rules, struct state* s) {
  for (unsigned t = 0; t < SENDERS; t++)
    if (rules->shares_handle || t == s->handle)
      s->seen[t] = load(s, LOOP, DATA + t);
}

static void loop_step(const struct rules* rules, struct state* s) {
  struct thread* me = &s->threads[LOOP];
  const bool waits = (me->step == LOOP_FENCE && !rules->no_loop_fence) ||
                     me->step == CLEAR || me->step == TAKE_STACK ||
                     me->step == NEXT_HANDLE || me->step == AFTER_CALL;
  if (waits && !is_drained(s, LOOP)) return;

  switch (me->step) {
    case ANNOUNCE:
      store(s, LOOP, MODE, ASLEEP);
      if (s->spare_rings < SPARE_MAX) s->spare_rings++;
      go(me, LOOP_FENCE);
      break;
    case LOOP_FENCE:
      go(me, rules->no_second_look ? SLEEP : SECOND_LOOK);
      break;
    case SECOND_LOOK:
      go(me, load(s, LOOP, SIGNALLED) != 0 ? LOOK : SLEEP);
      break;
    case SLEEP:
      if (!s->bell) return; /* Asleep. */
      go(me, LOOK);
      break;
    case LOOK:
      s->saw_bell = s->bell;
      store(s, LOOP, MODE, AWAKE);
      go(me, TAKE);
      break;
    case TAKE:
      if (load(s, LOOP, SIGNALLED) == 0)
        go(me, HUSH);
      else
        go(me, rules->clears_late ? TAKE_STACK : CLEAR);
      break;
    case CLEAR:
      exchange(s, SIGNALLED, 0);
      go(me, rules->clears_late ? NEXT_HANDLE : TAKE_STACK);
      break;
    case TAKE_STACK:
      s->taken = exchange(s, STACK, 0);
      go(me, rules->clears_late ? CLEAR : NEXT_HANDLE);
      break;
    case NEXT_HANDLE:
      if (s->taken == 0) {
        go(me, HUSH);
        break;
      }
      s->handle = (uint8_t) (s->taken & 1u ? 0 : 1);
      s->taken &= (uint8_t) ~(1u << s->handle);
      if (!rules->pending_falls_late) exchange(s, PENDING + s->handle, 0);
      go(me, CALL);
      break;
    case CALL:
      call(rules, s);
      go(me, AFTER_CALL);
      break;
    case AFTER_CALL:
      if (rules->pending_falls_late) exchange(s, PENDING + s->handle, 0);
      go(me, NEXT_HANDLE);
      break;
    default:
      if (s->saw_bell) s->bell = 0;
      s->saw_bell = 0;
      go(me, ANNOUNCE);
      break;
  }
  found(s);
}

/* --- Judging -------------------------------------------------------------- */

/* Nothing more will happen: has everything been seen? */
static void judge_end(const struct rules* rules, const struct state* s) {
  const struct thread* loop = &s->threads[LOOP];
  if (loop->step != SLEEP || loop->delayed > 0 || s->bell) return;
  for (int t = 0; t < SENDERS; t++)
    if (s->threads[t].step != SENT || s->threads[t].delayed > 0) return;
  for (int t = 0; t < SENDERS; t++)
    if (s->seen[t] != rules->sends) verdict = "the loop sleeps over a send";
}

/* What went wrong in some order of steps; NULL: nothing in any. */
static const char* explore(const struct rules* rules) {
  states = malloc(STATES_MAX * sizeof(*states));
  slots = calloc(SLOTS, sizeof(*slots));
  assert_non_null(states);
  assert_non_null(slots);
  state_count = 0;
  verdict = NULL;

  struct state start;
  memset(&start, 0, sizeof(start));
  for (int t = 0; t < SENDERS; t++) start.threads[t].kept = NOT_KEPT;
  found(&start);
  for (size_t i = 0; i < state_count && verdict == NULL; i++) {
    judge_end(rules, &states[i]);
    for (int t = 0; t < THREADS && verdict == NULL; t++) {
      struct state next = states[i];
      if (t == LOOP)
        loop_step(rules, &next);
      else
        send_step(rules, &next, t);
      next = states[i];
      if (next.threads[t].delayed == 0) continue;
      arrive(&next, t);
      found(&next);
    }
  }
  free(states);
  free(slots);
  return verdict;
}

/* --- Tests ---------------------------------------------------------------- */

static void assert_sound(struct rules rules) {
  const char* wrong = explore(&rules);
  if (wrong != NULL) fail_msg("%s", wrong);
  assert_true(state_count > 1000); /* It did look. */
}

static void no_order_of_steps_loses_a_send_or_rings_twice(void** state) {
  (void) state;
  assert_sound((struct rules){ .sends = 1 });
  assert_sound((struct rules){ .sends = 2 });
}

static void two_senders_may_share_a_handle(void** state) {
  (void) state;
  assert_sound((struct rules){ .sends = 1, .shares_handle = true });
  assert_sound((struct rules){ .sends = 2, .shares_handle = true });
}

static void assert_broken(struct rules rules) {
  rules.sends = 2;
  const char* alone = explore(&rules);
  rules.shares_handle = true;
  const char* shared = explore(&rules);
  assert_true(alone != NULL || shared != NULL);
}

static void without_the_senders_fence_a_send_is_lost(void** state) {
  (void) state;
  assert_broken((struct rules){ .no_sender_fence = true });
}

static void without_the_loops_fence_a_send_is_lost(void** state) {
  (void) state;
  assert_broken((struct rules){ .no_loop_fence = true });
}

static void without_the_second_look_a_send_is_lost(void** state) {
  (void) state;
  assert_broken((struct rules){ .no_second_look = true });
}

static void a_mere_load_of_pending_loses_what_was_written_before(void** state) {
  (void) state;
  assert_broken((struct rules){ .reads_pending = true });
}

static void signalled_has_to_fall_before_the_handles_are_taken(void** state) {
  (void) state;
  assert_broken((struct rules){ .clears_late = true });
}

static void pending_has_to_fall_before_the_callback(void** state) {
  (void) state;
  assert_broken((struct rules){ .pending_falls_late = true });
}

static void if_every_sender_rang_a_sleep_would_cost_several(void** state) {
  (void) state;
  assert_broken((struct rules){ .all_ring = true });
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(no_order_of_steps_loses_a_send_or_rings_twice),
    cmocka_unit_test(two_senders_may_share_a_handle),
    cmocka_unit_test(without_the_senders_fence_a_send_is_lost),
    cmocka_unit_test(without_the_loops_fence_a_send_is_lost),
    cmocka_unit_test(without_the_second_look_a_send_is_lost),
    cmocka_unit_test(a_mere_load_of_pending_loses_what_was_written_before),
    cmocka_unit_test(signalled_has_to_fall_before_the_handles_are_taken),
    cmocka_unit_test(pending_has_to_fall_before_the_callback),
    cmocka_unit_test(if_every_sender_rang_a_sleep_would_cost_several),
  };
  return cmocka_run_group_tests_name("wake-model", tests, NULL, NULL);
}
