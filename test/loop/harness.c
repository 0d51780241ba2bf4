/* SPDX-License-Identifier: MIT */
/* The harness; by the linker's --wrap it stands in for shell-epoll.c and the
 * clocks, and counts what would be system calls. */
#include "harness.h"

#include "unix/monitor/shell.h"
#include "unix/os/clock.h"
#include "unix/os/event.h"

struct harness harness;

static struct { uint32_t gen, mask; bool is_here, is_mute; } entries[FAKE_FDS];
static int highest_fd, turn;

uint64_t __wrap_uv__clock_fast_ns(void);
uint64_t __wrap_uv__clock_precise_ns(void);
int __wrap_uv__shell_set(struct uv__shell* shell, int fd, uint32_t gen,
                         unsigned events, bool is_known);
int __wrap_uv__shell_mute(struct uv__shell* shell, int fd, uint32_t gen);
void __wrap_uv__shell_delete(struct uv__shell* shell, int fd);
int __wrap_uv__shell_wait(struct uv__shell* shell, struct uv__ready* ready,
                          unsigned flag, int timeout_ms,
                          const sigset_t* sigmask);
void __wrap_uv__event_raise(int fd);
void __real_uv__event_raise(int fd);

uint64_t __wrap_uv__clock_fast_ns(void) {
  return fake_now_ns();
}

uint64_t __wrap_uv__clock_precise_ns(void) {
  return fake_now_ns();
}

void __wrap_uv__event_raise(int fd) {
  harness.bells++;
  __real_uv__event_raise(fd);
}

int __wrap_uv__shell_set(struct uv__shell* shell, int fd, uint32_t gen,
                         unsigned events, bool is_known) {
  (void) shell;
  (void) is_known;
  harness.shell_calls++;
  if (harness.shell_error != 0) return harness.shell_error;
  entries[fd].gen = gen;
  entries[fd].mask = events;
  entries[fd].is_here = true;
  entries[fd].is_mute = false;
  if (fd > highest_fd) highest_fd = fd;
  return 0;
}

int __wrap_uv__shell_mute(struct uv__shell* shell, int fd, uint32_t gen) {
  (void) shell;
  harness.shell_calls++;
  assert_true(entries[fd].is_here);
  entries[fd].gen = gen;
  entries[fd].mask = 0;
  entries[fd].is_mute = true;
  return 0;
}

void __wrap_uv__shell_delete(struct uv__shell* shell, int fd) {
  (void) shell;
  harness.shell_calls++;
  entries[fd].is_here = false;
}

static void collect(struct uv__ready* ready, unsigned flag) {
  int count = highest_fd + 1;
  for (int i = 0; i < count; i++) {
    int fd = (turn + i) % count;
    unsigned events = fake_held(fd) & (entries[fd].mask | POLLERR | POLLHUP);
    if (!entries[fd].is_here || events == 0) continue;
    if (uv__ready_full(ready)) {
      turn = fd;
      return;
    }
    uv__ready_add(ready, fd, entries[fd].gen, events | flag);
    if (entries[fd].is_mute) entries[fd].is_here = false; /* Once at most. */
  }
}

int __wrap_uv__shell_wait(struct uv__shell* shell, struct uv__ready* ready,
                          unsigned flag, int timeout_ms,
                          const sigset_t* sigmask) {
  (void) shell;
  (void) sigmask;
  harness.shell_waits++;
  if (harness.wait_error != 0) return harness.wait_error;
  size_t before = ready->count;
  collect(ready, flag);
  if (ready->count == before && timeout_ms > 0)
    fake_pass((uint64_t) timeout_ms * MS);
  return 0;
}

bool is_live(int fd) {
  return entries[fd].is_here && !entries[fd].is_mute;
}

bool is_mute(int fd) {
  return entries[fd].is_here && entries[fd].is_mute;
}

uint32_t shell_gen(int fd) {
  return entries[fd].gen;
}

int set_up(void** state) {
  (void) state;
  fake_reset();
  memset(entries, 0, sizeof(entries));
  memset(&harness, 0, sizeof(harness));
  highest_fd = 0;
  turn = 0;
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

enum uv__place place_of(const struct probe* probe) {
  const struct uv__fdtable* table = &harness.io->table;
  return (enum uv__place) uv__fdtable_at(table, probe->w.fd)->place;
}

void fire(struct probe* probe) {
  unsigned before = probe->calls;
  fake_hold(probe->w.fd, probe->w.pevents);
  poll_once();
  fake_hold(probe->w.fd, 0);
  assert_int_equal(before + 1, probe->calls);
}

void heat(struct probe* probe) {
  for (int i = 0; i < 4 && place_of(probe) != UV__HOT; i++) fire(probe);
  assert_int_equal(UV__HOT, place_of(probe));
}
