/* SPDX-License-Identifier: MIT */
/* Fault sweep: what its files share.
 *
 * A scenario uses a part of the API like a program that checks every result. It
 * counts what it asked for and what was answered: each request or close that
 * was taken must be answered by its callback, once. It is run again and again,
 * each time in a process of its own, in which another allocation or system call
 * fails. Demanded is always the same: it ends, does not crash or abort, loses
 * no answer, no byte, no descriptor and no thread. */
#ifndef POLLUX_TEST_FAULT_FAULT_H
#define POLLUX_TEST_FAULT_FAULT_H

#include "base/abi.h"

#include <stdbool.h>
#include <stddef.h>

struct fault_scenario {
  const char* name;
  void (*play)(uv_loop_t* loop);
};

extern const struct fault_scenario fault_scenarios[];
extern const size_t fault_scenario_count;

/* Run a scenario: loop, guard, closing. NULL, or what was wrong. */
const char* fault_play(const struct fault_scenario* scenario);
/* The monitor that the last one ran on. */
const char* fault_monitor(void);

/* A system call that can be made to fail. */
struct fault_call {
  const char* name;
  bool sockets_only;   /* Leave other descriptors alone. */
  const int errors[6]; /* 0 ends them. */
};

extern const struct fault_call fault_calls[];
extern const size_t fault_call_count;

/* From now on the n-th call (1 the first) of that kind fails; 0: none does. */
void fault_arm(size_t call, int error, unsigned n);
/* Has it come to that? */
bool fault_has_struck(void);

/* The same for allocations; all are counted from the first arming on. */
int fault_allocator_install(void);
void fault_allocator_arm(unsigned n);
bool fault_allocator_has_struck(void);
long fault_allocations_left(void);

#endif
