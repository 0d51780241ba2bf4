/* SPDX-License-Identifier: MIT */
/* Where threads run, how urgent they are, and what they are called; and how
 * many of them are worth having.
 *
 * Masks are bytes, one per processor, 1 for "may run there"; the system's are
 * bits. They are uv_cpumask_size() long whatever the machine has.
 *
 * A priority is one of five levels, UV_THREAD_PRIORITY_LOWEST to _HIGHEST.
 * Under the real-time policies they are spread evenly over the policy's range.
 * The default policy has no range, but on Linux each thread has a nice value
 * of its own. A thread handle does not lead to it, so levels work for the
 * calling thread and do nothing for others.
 *
 * Any thread. */
#include "base/abi.h"
#include "base/text.h"
#include "unix/linux/cgroup.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* --- Processors ---------------------------------------------------------- */

static void bytes_to_cpus(const char* bytes, cpu_set_t* cpus) {
  CPU_ZERO(cpus);
  for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
    if (bytes[cpu] != 0) CPU_SET(cpu, cpus);
}

/* Bytes past the size of the system's mask are no processors. */
static void cpus_to_bytes(const cpu_set_t* cpus, char* bytes, size_t size) {
  memset(bytes, 0, size);
  for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
    if (CPU_ISSET(cpu, cpus)) bytes[cpu] = 1;
}

int uv_cpumask_size(void) {
  return CPU_SETSIZE;
}

int uv_thread_getaffinity(uv_thread_t* tid, char* cpumask, size_t mask_size) {
  if (tid == NULL || cpumask == NULL || mask_size < CPU_SETSIZE)
    return UV_EINVAL;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  int rc = pthread_getaffinity_np(*tid, sizeof(allowed), &allowed);
  if (rc == 0) cpus_to_bytes(&allowed, cpumask, mask_size);
  return UV__ERR(rc);
}

int uv_thread_setaffinity(uv_thread_t* tid, char* cpumask, char* oldmask,
                          size_t mask_size) {
  if (tid == NULL || cpumask == NULL || mask_size < CPU_SETSIZE)
    return UV_EINVAL;
  if (oldmask != NULL) {
    int rc = uv_thread_getaffinity(tid, oldmask, mask_size);
    if (rc != 0) return rc;
  }
  cpu_set_t wanted;
  bytes_to_cpus(cpumask, &wanted);
  return UV__ERR(pthread_setaffinity_np(*tid, sizeof(wanted), &wanted));
}

int uv_thread_getcpu(void) {
  int cpu = sched_getcpu();
  return cpu >= 0 ? cpu : UV__ERR(errno);
}

/* Processors the calling thread may run on; 0 when that cannot be told. The
 * kernel refuses our mask on machines with more processors than it has bits. */
static unsigned count_usable(void) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
    return (unsigned) CPU_COUNT(&allowed);
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (unsigned) online : 0;
}

/* A quota in fractions is rounded down: 1.5 processors keep one thread busy all
 * the time, two of them would be throttled. Never 0. */
unsigned int uv_available_parallelism(void) {
  unsigned threads = count_usable();
  double quota = uv__cgroup_cpu_limit();
  if (quota > 0 && quota < threads) threads = (unsigned) quota;
  return threads > 0 ? threads : 1;
}

/* --- Priorities ---------------------------------------------------------- */

#define LEVEL_MIN UV_THREAD_PRIORITY_LOWEST
#define LEVEL_MAX UV_THREAD_PRIORITY_HIGHEST

/* Has this thread a nice value instead of a priority, and can we reach it? */
static bool is_nice(uv_thread_t tid, int policy) {
  return policy == SCHED_OTHER && pthread_equal(tid, pthread_self());
}

int uv_thread_getpriority(uv_thread_t tid, int* priority) {
  if (priority == NULL) return UV_EINVAL;
  struct sched_param param;
  int policy;
  int rc = pthread_getschedparam(tid, &policy, &param);
  if (rc != 0) return UV__ERR(rc);
  if (!is_nice(tid, policy)) {
    *priority = param.sched_priority;
    return 0;
  }

  errno = 0; /* -1 is a nice value too. */
  int nice_value = getpriority(PRIO_PROCESS, 0);
  if (errno != 0) return UV__ERR(errno);
  *priority = nice_value;
  return 0;
}

/* Move a thread to its level's share of what its policy offers. */
static int set_level(uv_thread_t tid, int policy, int level) {
  int lowest = sched_get_priority_min(policy);
  int highest = sched_get_priority_max(policy);
  if (lowest < 0 || highest < 0) return UV__ERR(errno);
  int steps = LEVEL_MAX - LEVEL_MIN;
  struct sched_param param = {
    .sched_priority = lowest + (highest - lowest) * (level - LEVEL_MIN) / steps
  };
  return UV__ERR(pthread_setschedparam(tid, policy, &param));
}

int uv_thread_setpriority(uv_thread_t tid, int priority) {
  if (priority < LEVEL_MIN || priority > LEVEL_MAX) return UV_EINVAL;
  struct sched_param param;
  int policy;
  int rc = pthread_getschedparam(tid, &policy, &param);
  if (rc != 0) return UV__ERR(rc);
  if (!is_nice(tid, policy)) return set_level(tid, policy, priority);

  /* Two nice values to a level: -4 for the highest, 4 for the lowest. */
  int nice_value = -2 * priority;
  if (setpriority(PRIO_PROCESS, 0, nice_value) != 0) return UV__ERR(errno);
  return 0;
}

/* --- Names --------------------------------------------------------------- */

/* Bytes of a thread's name on Linux, NUL included. */
#define NAME_SIZE 16

/* A name that is too long is cut. */
int uv_thread_setname(const char* name) {
  if (name == NULL) return UV_EINVAL;
  char fitting[NAME_SIZE];
  (void) uv__strscpy(fitting, name, sizeof(fitting));
  return UV__ERR(pthread_setname_np(pthread_self(), fitting));
}

/* The name is cut when `size` is too small for it. */
int uv_thread_getname(uv_thread_t* tid, char* name, size_t size) {
  if (tid == NULL || name == NULL || size == 0) return UV_EINVAL;
  char whole[NAME_SIZE];
  int rc = pthread_getname_np(*tid, whole, sizeof(whole));
  if (rc != 0) return UV__ERR(rc);
  (void) uv__strscpy(name, whole, size);
  return 0;
}
