/* SPDX-License-Identifier: MIT */
/* What is asked often. What could break: a question about one number that walks
 * every descriptor. */
#include "base/abi.h"
#include "loop/loop.h"
#include "unix/io/io.h"
#include "unix/io/state.h"

#include "../include/pollux.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>

#include <cmocka.h>

/* The fd table is a page that must not be read. */
static void names_and_metrics_do_not_walk_the_fd_table(void** state) {
  (void) state;
  uv_loop_t loop;
  assert_int_equal(0, uv_loop_init(&loop));
  struct uv__iostate* io = uv__loop_of(&loop)->io;
  void* page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_true(page != MAP_FAILED);
  const struct uv__fdtable kept = io->table;
  io->table.slots = page;
  io->table.count = 16;
  uv_metrics_t metrics;
  pollux_busy_poll_t spin;
  assert_int_equal(0, uv_metrics_info(&loop, &metrics));
  assert_null(pollux_monitor_name(&loop));
  assert_string_equal("", pollux_monitor_reason(&loop));
  assert_int_equal(0, pollux_busy_poll_get(&loop, &spin));
  io->table = kept;
  munmap(page, 4096);
  assert_int_equal(0, uv_loop_close(&loop));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(names_and_metrics_do_not_walk_the_fd_table),
  };
  return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
