/* SPDX-License-Identifier: MIT */
/* The moves of the hot set (src/unix/io/hotset.h). What could break: a move
 * that leaves kernel and slot of different minds, a refusal that is forgotten
 * or remembered too long, a move of all that leaves one behind. */
#include "hotset-parts.h"

/* --- Every state by every move -------------------------------------------- */

/* A leftover is mute: it was that of a promoted descriptor. */
static void bring_to(enum uv__slot_state state, int fd) {
  switch (state) {
    case UV__IDLE:
    case UV__SLOT_STATES:
      break;
    case UV__LEFTOVER:
      promote(fd);
      uv__hotset_lose(&hot, false);
      ops.rebuild(&monitor, UV__REBUILD_THREAD);
      break;
    case UV__PARKED:
      assert_int_equal(0, want(fd, POLLIN));
      break;
    case UV__HOT:
      assert_int_equal(0, want(fd, POLLOUT));
      break;
    case UV__HOT_MUTED:
      promote(fd);
      break;
    case UV__REFUSED:
      bring_to(UV__HOT, fd);
      uv__hotset_refuse(&hot, fd);
      break;
    case UV__REFUSED_LEFTOVER:
      promote(fd);
      uv__hotset_refuse(&hot, fd);
      break;
    case UV__PARKED_FOR_GOOD:
      assert_int_equal(0, want(fd, POLLIN));
      uv__hotset_refuse(&hot, fd);
      break;
  }
  assert_state(state, fd);
}

static void settle_reading(int fd) {
  assert_int_equal(0, want(fd, POLLIN | POLLPRI));
}

static void settle_writing(int fd) {
  assert_int_equal(0, want(fd, POLLOUT));
}

/* The same, where the monitor has no room. */
static void settle_reading_refused(int fd) {
  fake_refuse(fd, UV_ENOSPC);
  settle_reading(fd);
}

static void settle_writing_refused(int fd) {
  fake_refuse(fd, UV_ENOSPC);
  settle_writing(fd);
}

static void fail_in_shell(int fd) {
  fake_shell.error = UV_ENOSPC;
  (void) want(fd, POLLIN | POLLRDHUP);
}

static void withdraw(int fd) {
  uv__hotset_withdraw(&hot, fd);
}

static void forget(int fd) {
  uint32_t gen = slot_of(fd)->gen;
  uv__hotset_forget(&hot, fd);
  assert_int_not_equal(gen, slot_of(fd)->gen);
}

static void refuse(int fd) {
  uv__hotset_refuse(&hot, fd);
}

static void park_all(int fd) {
  (void) fd;
  uv__hotset_park_all(&hot);
  assert_int_equal(0, hot.list.count);
}

static void lose(int fd) {
  (void) fd;
  uv__hotset_lose(&hot, false);
  ops.rebuild(&monitor, UV__REBUILD_THREAD);
}

static void lose_shell_too(int fd) {
  (void) fd;
  uv__hotset_lose(&hot, true);
  fake_shell_reset();
  ops.rebuild(&monitor, UV__REBUILD_FORK);
}

static void adopt(int fd) {
  (void) fd;
  uv__hotset_park_all(&hot);
  uv__hotset_adopt(&hot);
}

#define IDLE UV__IDLE
#define LEFT UV__LEFTOVER
#define PARK UV__PARKED
#define HOT_ UV__HOT
#define MUTE UV__HOT_MUTED
#define REF_ UV__REFUSED
#define REFL UV__REFUSED_LEFTOVER
#define GOOD UV__PARKED_FOR_GOOD

static const struct {
  const char* name;
  void (*move)(int fd);
  enum uv__slot_state to[UV__SLOT_STATES];
} moves[] = {
  /* from             IDLE  LEFT  PARK  HOT_  MUTE  REF_  REFL  GOOD */
  { "settle_reading",
    settle_reading,
    { PARK, PARK, PARK, HOT_, MUTE, GOOD, GOOD, GOOD } },
  { "settle_writing",
    settle_writing,
    { HOT_, HOT_, PARK, HOT_, MUTE, GOOD, GOOD, GOOD } },
  { "settle_reading_refused",
    settle_reading_refused,
    { PARK, PARK, PARK, GOOD, GOOD, GOOD, GOOD, GOOD } },
  { "settle_writing_refused",
    settle_writing_refused,
    { GOOD, GOOD, PARK, HOT_, GOOD, GOOD, GOOD, GOOD } },
  { "fail_in_shell",
    fail_in_shell,
    { IDLE, LEFT, PARK, HOT_, MUTE, REF_, REFL, GOOD } },
  { "fire_twice",
    fire_twice,
    { IDLE, LEFT, MUTE, HOT_, MUTE, REF_, REFL, GOOD } },
  { "withdraw", withdraw, { IDLE, IDLE, IDLE, IDLE, IDLE, REF_, REF_, REF_ } },
  { "forget", forget, { IDLE, IDLE, IDLE, IDLE, IDLE, IDLE, IDLE, IDLE } },
  { "refuse", refuse, { REF_, REFL, GOOD, REF_, REFL, REF_, REFL, GOOD } },
  { "park_all", park_all, { IDLE, LEFT, PARK, PARK, PARK, REF_, REFL, GOOD } },
  { "lose", lose, { IDLE, LEFT, PARK, IDLE, LEFT, REF_, REFL, GOOD } },
  { "lose_shell_too",
    lose_shell_too,
    { IDLE, IDLE, IDLE, IDLE, IDLE, REF_, REF_, REF_ } },
  { "adopt", adopt, { IDLE, LEFT, PARK, PARK, PARK, IDLE, LEFT, PARK } },
};

static void every_move_leads_where_the_table_says(void** state) {
  for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
    for (int from = 0; from < UV__SLOT_STATES; from++) {
      assert_int_equal(0, fresh(state));
      bring_to((enum uv__slot_state) from, FD);
      print_message("%s from %d\n", moves[i].name, from);
      moves[i].move(FD);
      assert_state(moves[i].to[from], FD);
      clean_up(state);
    }
  assert_int_equal(0, fresh(state));
}

/* What the moves do not do: the arrows that are not there. */
static void only_the_arrows_of_the_table_exist(void** state) {
  (void) state;
  assert_false(uv__slot_may_change(UV__IDLE, UV__HOT_MUTED));
  assert_false(uv__slot_may_change(UV__IDLE, UV__LEFTOVER));
  assert_false(uv__slot_may_change(UV__IDLE, UV__PARKED_FOR_GOOD));
  assert_false(uv__slot_may_change(UV__LEFTOVER, UV__HOT_MUTED));
  assert_false(uv__slot_may_change(UV__PARKED, UV__LEFTOVER));
  assert_false(uv__slot_may_change(UV__PARKED, UV__REFUSED));
  assert_false(uv__slot_may_change(UV__HOT, UV__HOT_MUTED));
  assert_false(uv__slot_may_change(UV__HOT_MUTED, UV__HOT));
  for (int hot_state = UV__HOT; hot_state <= UV__HOT_MUTED; hot_state++)
    for (int from = UV__REFUSED; from < UV__SLOT_STATES; from++)
      assert_false(uv__slot_may_change((enum uv__slot_state) from,
                                       (enum uv__slot_state) hot_state));
  for (int same = 0; same < UV__SLOT_STATES; same++)
    assert_false(uv__slot_may_change((enum uv__slot_state) same,
                                     (enum uv__slot_state) same));
}

/* --- Errors --------------------------------------------------------------- */

static void what_cannot_be_watched_leaves_nothing_behind(void** state) {
  (void) state;
  fake_shell.error = UV_EPERM;
  assert_int_equal(UV_EPERM, want(FD, POLLIN));
  assert_state(UV__IDLE, FD);
  assert_int_equal(1, figures.refused);
  fake_shell.error = 0;
  fake_refuse(OTHER_FD, UV_EBADF);
  assert_int_equal(UV_EBADF, want(OTHER_FD, POLLOUT));
  assert_state(UV__IDLE, OTHER_FD);
  assert_int_equal(2, figures.refused);
}

/* A change that neither monitor nor shell takes is tried again, where it is. */
static void without_any_room_a_hot_one_stays_hot(void** state) {
  (void) state;
  assert_int_equal(0, want(FD, POLLOUT));
  fake_refuse(FD, UV_ENOSPC);
  fake_shell.error = UV_ENOSPC;
  assert_int_equal(UV_ENOSPC, want(FD, POLLOUT | POLLIN));
  assert_state(UV__HOT, FD);
  fake_refuse(FD, 0);
  assert_int_equal(0, want(FD, POLLOUT | POLLIN));
  assert_int_equal(POLLOUT | POLLIN, fake_mask(FD));
}

static void an_entry_that_cannot_be_muted_is_deleted(void** state) {
  (void) state;
  assert_int_equal(0, want(FD, POLLIN));
  fake_shell.mute_error = UV_ENOMEM;
  fire_twice(FD);
  assert_state(UV__HOT, FD);
  assert_int_equal(1, figures.promotions);
}

static void what_the_monitor_does_not_promote_stays_parked(void** state) {
  (void) state;
  assert_int_equal(0, want(FD, POLLIN));
  fake_refuse(FD, UV_ENOSPC);
  fire_twice(FD);
  assert_state(UV__PARKED_FOR_GOOD, FD);
  fake_refuse(FD, 0);
  fire_twice(FD);
  assert_state(UV__PARKED_FOR_GOOD, FD);
  assert_int_equal(0, figures.promotions);
}

/* No monitor could be opened: the loop waits in the shell, and events come. */
static void without_a_monitor_nothing_is_promoted_or_refused(void** state) {
  (void) state;
  assert_int_equal(0, want(FD, POLLIN));
  monitor.ops = NULL;
  fire_twice(FD);
  assert_state(UV__PARKED, FD);
  uv__hotset_park_all(&hot);
  uv__hotset_sweep(&hot, 1);
  uv__hotset_refuse(&hot, FD);
  uv__hotset_lose(&hot, false);
  uv__hotset_forget(&hot, FD);
  assert_state(UV__IDLE, FD);
}

/* --- Of all --------------------------------------------------------------- */

static void a_monitor_that_parks_all_is_asked_for_nothing(void** state) {
  (void) state;
  monitor.parks_all = true;
  assert_int_equal(0, want(FD, POLLIN));
  assert_int_equal(0, want(OTHER_FD, POLLOUT));
  fire_twice(FD);
  fire_twice(OTHER_FD);
  assert_state(UV__PARKED, FD);
  assert_state(UV__PARKED, OTHER_FD);
  assert_int_equal(0, fake_log.updates);
}

static void park_all_announces_anew_what_the_shell_has_no_room_for(
    void** state) {
  (void) state;
  for (int fd = 0; fd < 10; fd++) promote(fd);
  slot_of(3)->want = 0;
  fake_shell.error = UV_ENOSPC;
  uv__hotset_park_all(&hot);
  assert_int_equal(0, hot.list.count);
  for (int fd = 0; fd < 10; fd++) {
    assert_state(UV__IDLE, fd);
    assert_int_equal(fd != 3, slot_of(fd)->is_dirty);
  }
  assert_int_equal(9, table.dirty_count);
}

/* As epoll's: the same kernel entries are hot and parked by turns. */
static void the_shells_entries_change_hands_without_a_call(void** state) {
  (void) state;
  for (int fd = 0; fd < 10; fd++) assert_int_equal(0, want(fd, POLLIN));
  unsigned calls = fake_shell.calls;
  ops.caps = UV__HOT_IN_SHELL;
  uv__hotset_adopt(&hot);
  for (int fd = 0; fd < 10; fd++) {
    assert_int_equal(UV__HOT, slot_of(fd)->state);
    assert_int_equal(POLLIN, slot_of(fd)->have);
  }
  uv__hotset_refuse(&hot, FD); /* Such a monitor has no other place for it. */
  assert_int_equal(UV__HOT, slot_of(FD)->state);
  uv__hotset_park_all(&hot);
  ops.caps = 0;
  uv__hotset_adopt(&hot);
  for (int fd = 0; fd < 10; fd++) assert_state(UV__PARKED, fd);
  assert_int_equal(calls, fake_shell.calls);
  assert_int_equal(0, fake_log.updates);
}

static void what_was_hot_in_the_shell_is_a_leftover_when_lost(void** state) {
  (void) state;
  assert_int_equal(0, want(FD, POLLIN));
  ops.caps = UV__HOT_IN_SHELL;
  uv__hotset_adopt(&hot);
  uint32_t gen = slot_of(FD)->gen;
  uv__hotset_lose(&hot, false);
  ops.caps = 0;
  uv__hotset_adopt(&hot);
  assert_int_equal(UV__LEFTOVER, slot_of(FD)->state);
  assert_int_not_equal(gen, slot_of(FD)->gen);
  assert_true(slot_of(FD)->is_dirty);
  uv__hotset_forget(&hot, FD);
  assert_state(UV__IDLE, FD);
}

static void a_lost_slot_is_not_promoted_by_its_past(void** state) {
  (void) state;
  promote(FD);
  uv__hotset_lose(&hot, true);
  fake_shell_reset();
  ops.rebuild(&monitor, UV__REBUILD_FORK);
  assert_int_equal(0, want(FD, POLLIN));
  fire(FD);
  assert_state(UV__PARKED, FD);
  fire(FD);
  assert_state(UV__HOT_MUTED, FD);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, clean_up)
    T(every_move_leads_where_the_table_says),
    T(only_the_arrows_of_the_table_exist),
    T(what_cannot_be_watched_leaves_nothing_behind),
    T(without_any_room_a_hot_one_stays_hot),
    T(an_entry_that_cannot_be_muted_is_deleted),
    T(what_the_monitor_does_not_promote_stays_parked),
    T(without_a_monitor_nothing_is_promoted_or_refused),
    T(a_monitor_that_parks_all_is_asked_for_nothing),
    T(park_all_announces_anew_what_the_shell_has_no_room_for),
    T(the_shells_entries_change_hands_without_a_call),
    T(what_was_hot_in_the_shell_is_a_leftover_when_lost),
    T(a_lost_slot_is_not_promoted_by_its_past),
#undef T
  };
  return cmocka_run_group_tests_name("hotset", tests, NULL, NULL);
}
