/* SPDX-License-Identifier: MIT */
/* The harness; by the linker's --wrap it stands in for the clocks, and counts
 * how often the doorbell is written. */
#include "harness.h"

#include "unix/os/clock.h"
#include "unix/os/event.h"

struct harness harness;

uint64_t __wrap_uv__clock_fast_ns(void);
uint64_t __wrap_uv__clock_precise_ns(void);
void __wrap_uv__event_raise(int fd);
void __real_uv__event_raise(int fd);

uint64_t __wrap_uv__clock_fast_ns(void) {
  return fake_now_ns();
}

uint64_t __wrap_uv__clock_precise_ns(void) {
  fake_pass(harness.look_ns);
  harness.looked_ns += harness.look_ns;
  if (harness.on_look != NULL) harness.on_look();
  return fake_now_ns();
}

void __wrap_uv__event_raise(int fd) {
  harness.bells++;
  __real_uv__event_raise(fd);
}

int set_up(void** state) {
  (void) state;
  fake_reset();
  fake_shell_reset();
  memset(&harness, 0, sizeof(harness));
  if (uv_loop_init(&harness.loop) != 0) return -1;
  harness.io = uv__iostate_of(&harness.loop);
  harness.io->choice.wish = &uv__monitor_fake;
  harness.io->wants_switch = true;
  return 0;
}

int tear_down(void** state) {
  (void) state;
  for (unsigned fd = FIRST_FD; fd < harness.loop.nwatchers; fd++)
    if (harness.loop.watchers[fd] != NULL)
      uv__io_close(&harness.loop, harness.loop.watchers[fd]);
  int rc = uv_loop_close(&harness.loop);
  if (rc != 0) print_message("uv_loop_close: %s\n", uv_err_name(rc));
  return rc;
}

static void on_ready(uv_loop_t* loop, uv__io_t* w, unsigned events) {
  assert_ptr_equal(&harness.loop, loop);
  struct probe* probe = (struct probe*) w;
  probe->calls++;
  probe->events = events;
  if (probe->then != NULL) probe->then(probe);
}

void probe_start(struct probe* probe, int index, unsigned events) {
  uv__io_init(&probe->w, on_ready, FIRST_FD + index);
  assert_int_equal(0, uv__io_start(&harness.loop, &probe->w, events));
}

void probe_stop(struct probe* probe) {
  uv__io_stop(&harness.loop, &probe->w, probe->w.pevents);
}

void probe_close(struct probe* probe) {
  uv__io_close(&harness.loop, &probe->w);
}

void poll_once(void) {
  uv__io_poll(&harness.loop, 0);
}

void poll_times(int count) {
  while (count-- > 0) poll_once();
}

enum uv__slot_state state_of(const struct probe* probe) {
  const struct uv__slot* slot = uv__fdtable_at(&harness.io->table, probe->w.fd);
  return (enum uv__slot_state) slot->state;
}

bool is_hot(const struct probe* probe) {
  return uv__slot_is_hot(uv__fdtable_at(&harness.io->table, probe->w.fd));
}

void fire(struct probe* probe) {
  unsigned before = probe->calls;
  fake_hold(probe->w.fd, probe->w.pevents);
  poll_once();
  fake_hold(probe->w.fd, 0);
  assert_int_equal(before + 1, probe->calls);
}

void heat(struct probe* probe) {
  for (int i = 0; i < 4 && !is_hot(probe); i++) fire(probe);
  assert_true(is_hot(probe));
}
