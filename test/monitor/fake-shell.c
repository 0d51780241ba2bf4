/* SPDX-License-Identifier: MIT */
/* The scripted shell; by the linker's --wrap it stands in for shell-epoll.c. */
#include "fake-shell.h"

#include "base/abi.h"
#include "fake.h"
#include "unix/monitor/shell.h"

#include <poll.h>
#include <string.h>

struct fake_shell fake_shell;

static struct {
  uint32_t gen, mask;
  bool is_here, is_mute;
} entries[FAKE_FDS];
static int highest_fd, turn;

int __wrap_uv__shell_set(struct uv__shell* shell, int fd, uint32_t gen,
                         unsigned events, bool is_known);
int __wrap_uv__shell_mute(struct uv__shell* shell, int fd, uint32_t gen);
void __wrap_uv__shell_delete(struct uv__shell* shell, int fd);
int __wrap_uv__shell_wait(struct uv__shell* shell, struct uv__ready* ready,
                          unsigned flag, int timeout_ms,
                          const sigset_t* sigmask);

int __wrap_uv__shell_set(struct uv__shell* shell, int fd, uint32_t gen,
                         unsigned events, bool is_known) {
  (void) shell;
  (void) is_known;
  fake_shell.calls++;
  if (fake_shell.error != 0) return fake_shell.error;
  entries[fd].gen = gen;
  entries[fd].mask = events;
  entries[fd].is_here = true;
  entries[fd].is_mute = false;
  if (fd > highest_fd) highest_fd = fd;
  return 0;
}

int __wrap_uv__shell_mute(struct uv__shell* shell, int fd, uint32_t gen) {
  (void) shell;
  fake_shell.calls++;
  if (fake_shell.mute_error != 0) return fake_shell.mute_error;
  if (!entries[fd].is_here) return UV_ENOENT;
  entries[fd].gen = gen;
  entries[fd].mask = 0;
  entries[fd].is_mute = true;
  return 0;
}

void __wrap_uv__shell_delete(struct uv__shell* shell, int fd) {
  (void) shell;
  fake_shell.calls++;
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
  fake_shell.waits++;
  if (fake_shell.wait_error != 0) return fake_shell.wait_error;
  size_t before = ready->count;
  collect(ready, flag);
  if (ready->count == before && timeout_ms > 0)
    fake_pass((uint64_t) timeout_ms * 1000000);
  return 0;
}

void fake_shell_reset(void) {
  memset(entries, 0, sizeof(entries));
  memset(&fake_shell, 0, sizeof(fake_shell));
  highest_fd = 0;
  turn = 0;
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
