/* SPDX-License-Identifier: MIT */
/* How many CPUs a spin may count on. */
#ifndef POLLUX_UNIX_OS_CPUS_H
#define POLLUX_UNIX_OS_CPUS_H

/* CPUs this process may use at once, by affinity and by cgroup quota; a quota
 * of less than two counts as one. Asked once per process: a change after that
 * is not noticed. Any thread. */
unsigned uv__cpus_to_spin_on(void);

#endif
