/* SPDX-License-Identifier: MIT */
/* The system's names, this process's ids, and what it has used up.
 *
 * Any thread; no state. */
#include "base/abi.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

/* --- Names --------------------------------------------------------------- */

int uv_os_uname(uv_utsname_t* buffer) {
  if (buffer == NULL) return UV_EINVAL;
  struct utsname kernel;
  if (uname(&kernel) < 0) return UV__ERR(errno);
  memset(buffer, 0, sizeof(*buffer));
  const struct {
    char* to;
    size_t size;
    const char* from;
  } fields[] = {
    { buffer->sysname, sizeof(buffer->sysname), kernel.sysname },
    { buffer->release, sizeof(buffer->release), kernel.release },
    { buffer->version, sizeof(buffer->version), kernel.version },
    { buffer->machine, sizeof(buffer->machine), kernel.machine },
  };
  /* Linux has 65 bytes a name; a longer name than ours is an error. */
  for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
    if (uv__strscpy(fields[i].to, fields[i].from, fields[i].size) < 0)
      return UV_E2BIG;
  return 0;
}

int uv_os_gethostname(char* buffer, size_t* size) {
  if (buffer == NULL || size == NULL || *size == 0) return UV_EINVAL;
  char name[UV_MAXHOSTNAMESIZE];
  if (gethostname(name, sizeof(name)) < 0) return UV__ERR(errno);
  name[sizeof(name) - 1] = '\0'; /* POSIX leaves a cut name open-ended. */
  return uv__copy_out(name, strlen(name), buffer, size);
}

/* --- Processes ----------------------------------------------------------- */

uv_pid_t uv_os_getpid(void) {
  return getpid();
}

uv_pid_t uv_os_getppid(void) {
  return getppid();
}

int uv_os_setpriority(uv_pid_t pid, int priority) {
  if (priority > UV_PRIORITY_LOW || priority < UV_PRIORITY_HIGHEST)
    return UV_EINVAL;
  int rc = setpriority(PRIO_PROCESS, (id_t) pid, priority);
  return rc == 0 ? 0 : UV__ERR(errno);
}

int uv_os_getpriority(uv_pid_t pid, int* priority) {
  if (priority == NULL) return UV_EINVAL;
  errno = 0; /* -1 is an error or a priority; only errno tells. */
  int value = getpriority(PRIO_PROCESS, (id_t) pid);
  if (errno != 0) return UV__ERR(errno);
  *priority = value;
  return 0;
}

/* --- Usage --------------------------------------------------------------- */

static uv_timeval_t spent(const struct timeval* time) {
  return (uv_timeval_t){ .tv_sec = (long) time->tv_sec,
                         .tv_usec = (int) time->tv_usec };
}

/* Read the usage of `target`. Sizes are in KiB, which is what Linux reports. */
static int read_usage(int target, uv_rusage_t* out) {
  if (out == NULL) return UV_EINVAL;
  struct rusage in;
  if (getrusage(target, &in) < 0) return UV__ERR(errno);
  *out = (uv_rusage_t){
    .ru_utime = spent(&in.ru_utime),
    .ru_stime = spent(&in.ru_stime),
    .ru_nvcsw = (uint64_t) in.ru_nvcsw,
    .ru_nivcsw = (uint64_t) in.ru_nivcsw,
    .ru_minflt = (uint64_t) in.ru_minflt,
    .ru_majflt = (uint64_t) in.ru_majflt,
    .ru_nswap = (uint64_t) in.ru_nswap,
    .ru_inblock = (uint64_t) in.ru_inblock,
    .ru_oublock = (uint64_t) in.ru_oublock,
    .ru_msgsnd = (uint64_t) in.ru_msgsnd,
    .ru_msgrcv = (uint64_t) in.ru_msgrcv,
    .ru_nsignals = (uint64_t) in.ru_nsignals,
    .ru_maxrss = (uint64_t) in.ru_maxrss,
    .ru_ixrss = (uint64_t) in.ru_ixrss,
    .ru_idrss = (uint64_t) in.ru_idrss,
    .ru_isrss = (uint64_t) in.ru_isrss,
  };
  return 0;
}

int uv_getrusage(uv_rusage_t* rusage) {
  return read_usage(RUSAGE_SELF, rusage);
}

int uv_getrusage_thread(uv_rusage_t* rusage) {
  return read_usage(RUSAGE_THREAD, rusage);
}
