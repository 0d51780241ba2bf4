/* SPDX-License-Identifier: MIT */
/* A hot set without a loop, for hotset.c and hotset-economy.c: a scripted
 * monitor, a scripted shell, and the number of the wait and the time as the
 * test says. */
#ifndef POLLUX_TEST_HOTSET_PARTS_H
#define POLLUX_TEST_HOTSET_PARTS_H

#include "unix/io/hotset.h"

#include "base/abi.h"
#include "fake-shell.h"
#include "fake.h"
#include "unix/monitor/shell.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { FD = 7, OTHER_FD = 8, MANY = 100 };

static struct uv__fdtable table;
static struct uv__monitor monitor;
static struct uv__monitor_ops ops; /* The fake's, with other capabilities. */
static struct uv__shell shell;
static struct uv__io_figures figures;
static struct uv__hotset hot;

static inline int fresh(void** state) {
  (void) state;
  fake_reset();
  fake_shell_reset();
  memset(&monitor, 0, sizeof(monitor));
  memset(&figures, 0, sizeof(figures));
  ops = uv__monitor_fake;
  monitor.ops = &ops;
  monitor.shell = &shell;
  uv__hotset_setup(&hot, &table, &monitor, &shell, &figures, NULL);
  hot.idle_ns = 1000000;
  hot.now_ns = 1000000000;
  figures.waits = 1000;
  if (uv__fdtable_reserve(&table, MANY) != 0) return -1;
  return ops.setup(&monitor);
}

static inline int clean_up(void** state) {
  (void) state;
  assert_true(uv__hotset_valid(&hot));
  uv__hotset_free(&hot);
  uv__fdtable_free(&table);
  return 0;
}

static inline struct uv__slot* slot_of(int fd) {
  return &table.slots[fd];
}

/* As a watcher of `events` does, and the poll phase after it. */
static inline int want(int fd, unsigned events) {
  slot_of(fd)->want = (uint16_t) events;
  return uv__hotset_settle(&hot, fd);
}

/* An event of `fd` in the next wait. */
static inline void fire(int fd) {
  figures.waits++;
  uv__hotset_note_event(&hot, fd);
}

static inline void fire_twice(int fd) {
  if (slot_of(fd)->have == 0) return; /* What is not watched does not fire. */
  fire(fd);
  fire(fd);
}

static inline void promote(int fd) {
  assert_int_equal(0, want(fd, POLLIN));
  fire_twice(fd);
  assert_int_equal(UV__HOT_MUTED, slot_of(fd)->state);
}

/* What monitor and shell have is what the state says. */
static inline void assert_state(enum uv__slot_state expected, int fd) {
  const struct uv__slot* slot = slot_of(fd);
  assert_int_equal(expected, slot->state);
  bool is_listed =
      slot->hot_at < hot.list.count && hot.list.fds[slot->hot_at] == fd;
  bool is_shell = (ops.caps & UV__HOT_IN_SHELL) != 0;
  assert_int_equal(uv__slot_is_hot(slot) && !is_shell, is_listed);
  assert_int_equal(uv__slot_is_hot(slot) ? slot->have : 0, fake_mask(fd));
  assert_int_equal(uv__slot_is_parked(slot), is_live(fd));
  assert_int_equal(uv__slot_is_in_shell(slot), is_live(fd) || is_mute(fd));
  assert_true(uv__hotset_valid(&hot));
  assert_true(uv__fdtable_valid(&table));
}

#endif
