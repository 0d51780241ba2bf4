/* SPDX-License-Identifier: MIT */
/* How many CPUs a spin may count on, and how many threads want them. */
#ifndef POLLUX_UNIX_OS_CPUS_H
#define POLLUX_UNIX_OS_CPUS_H

#include <stdbool.h>

/* CPUs this process may use at once, by affinity and by cgroup quota; a quota
 * of less than two counts as one. Asked once per process: a change after that
 * is not noticed. Any thread. */
unsigned uv__cpus_to_spin_on(void);

/* Do more threads of the whole machine want to run than it has CPUs? A
 * snapshot; false if it cannot be known. A file is read. Any thread. */
bool uv__cpus_are_crowded(void);

#endif
