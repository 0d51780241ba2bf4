/* SPDX-License-Identifier: MIT */
/* What the machine gives: the library's own answers, io_uring and what denies
 * it, CPUs, and the kernel's busy polling of sockets. */
#include "tool/doctor.h"

#include "tool/library.h"

#include <dirent.h>
#include <errno.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

void doctor_library(const struct patient* patient, struct findings* findings) {
  static const char topic[] = "library";
  struct library_answer answer;
  finding_add(findings, FINDING_FACT, topic, "home",
              text_format("Pollux %s in %s", POLLUX_VERSION, patient->home),
              NULL);
  if (!patient->is_here) return;
  int rc = library_ask(patient->home, NULL, &answer);
  if (rc != 0) {
    finding_add(findings, FINDING_FAULT, topic, "library-broken",
                text_format("it does not answer: %s", strerror(-rc)), NULL);
    return;
  }
  finding_add(findings, FINDING_FACT, topic, "monitor",
              text_format("libuv %s; a loop runs on %s (%s)", answer.version,
                          answer.monitor, answer.reason),
              NULL);
  if (strchr(answer.reason, '=') != NULL)
    finding_add(findings, FINDING_FAULT, topic, "setting-refused",
                text_format("a setting is not in force: %s", answer.reason),
                text_copy("docs/environment.md has the values"));
  if (answer.spin_max_ns > 0)
    finding_add(findings, FINDING_FACT, topic, "busy-poll",
                text_format("busy polling is on, for at most %llu us",
                            (unsigned long long) answer.spin_max_ns / 1000),
                NULL);
  else
    finding_add(findings, FINDING_NOTE, topic, "busy-poll-off",
                text_format("busy polling is off: %s",
                            answer.parallelism < 2
                                ? "there are fewer than two CPUs to use"
                                : "POLLUX_POLL_MAX_NS says so, or the "
                                  "library was built without it"),
                NULL);
}

/* --- io_uring ----------------------------------------------------------- */

static int try_ring(void) {
  struct io_uring_params params = { .flags = 0 };
  long fd = syscall(__NR_io_uring_setup, 4, &params);
  if (fd < 0) return errno;
  close((int) fd);
  return 0;
}

static void deny(struct findings* findings, const char* name, char* text,
                 const char* advice) {
  finding_add(findings, FINDING_NOTE, "kernel", name, text, text_copy(advice));
}

static void explain_refusal(int error, bool has_filter,
                            struct findings* findings) {
  struct rlimit limit = { 0, 0 };
  if (error == ENOMEM) {
    getrlimit(RLIMIT_MEMLOCK, &limit);
    deny(findings, "io_uring-memlock",
         text_format("io_uring is denied: no memory may be locked beyond %llu "
                     "bytes",
                     (unsigned long long) limit.rlim_cur),
         "raise RLIMIT_MEMLOCK (LimitMEMLOCK= of systemd)");
  } else if (has_filter) {
    deny(findings, "io_uring-seccomp",
         text_format("io_uring is denied by a seccomp filter: %s",
                     strerror(error)),
         "a container's profile must allow io_uring_setup, io_uring_enter "
         "and io_uring_register; epoll, the default, needs none of them");
  } else if (error == ENOSYS) {
    deny(findings, "io_uring-kernel", text_copy("this kernel has no io_uring"),
         "epoll is the default and needs none");
  } else {
    deny(findings, "io_uring-denied",
         text_format("io_uring is denied: %s", strerror(error)),
         "look at the security module's log; epoll, the default, needs none");
  }
}

void doctor_kernel(const struct patient* patient, struct findings* findings) {
  char* release = doctor_read(patient, "/proc/sys/kernel/osrelease");
  char* sysctl = doctor_read(patient, "/proc/sys/kernel/io_uring_disabled");
  const long level = sysctl == NULL ? 0 : strtol(sysctl, NULL, 10);
  const bool has_filter =
      doctor_status_number(patient->status, "Seccomp:") == 2;
  const int error = patient->is_here ? try_ring() : 0;
  if (release != NULL)
    finding_add(findings, FINDING_FACT, "kernel", "release",
                text_format("Linux %s", release), NULL);
  if (level == 2 || (level == 1 && (error == EPERM || !patient->is_here)))
    deny(findings, "io_uring-sysctl",
         text_format("io_uring is denied by the sysctl "
                     "kernel.io_uring_disabled = %ld%s",
                     level, level == 1 ? ", but for its group and root" : ""),
         "set it to 0, or let Pollux run on epoll, its default");
  else if (error != 0)
    explain_refusal(error, has_filter, findings);
  else if (has_filter && !patient->is_here)
    deny(findings, "io_uring-seccomp",
         text_copy("a seccomp filter is in force, which may deny io_uring"),
         "a container's profile must allow io_uring_setup, io_uring_enter "
         "and io_uring_register; epoll, the default, needs none of them");
  else if (patient->is_here)
    finding_add(findings, FINDING_FACT, "kernel", "io_uring",
                text_copy("io_uring can be used"), NULL);
  free(sysctl);
  free(release);
}

/* --- CPUs --------------------------------------------------------------- */

/* "0-3,8": five. */
static unsigned count_list(const char* list) {
  unsigned count = 0;
  while (*list != '\0' && strchr(" \t\n", *list) == NULL) {
    char* end;
    unsigned long first = strtoul(list, &end, 10);
    unsigned long last = *end == '-' ? strtoul(end + 1, &end, 10) : first;
    if (end == list || last < first) break;
    count += (unsigned) (last - first + 1);
    list = *end == ',' ? end + 1 : end;
  }
  return count;
}

/* CPUs that one group grants: its own quota; 0: no limit. */
static double quota_in(const struct patient* patient, const char* folder) {
  char* text = doctor_read(patient, "/sys/fs/cgroup%s/cpu.max", folder);
  double quota = 0;
  double period = 0;
  if (text != NULL && sscanf(text, "%lf %lf", &quota, &period) != 2) quota = 0;
  free(text);
  if (quota > 0 && period > 0) return quota / period;
  text = doctor_read(patient, "/sys/fs/cgroup/cpu%s/cpu.cfs_quota_us", folder);
  quota = text == NULL ? 0 : strtod(text, NULL);
  free(text);
  text = doctor_read(patient, "/sys/fs/cgroup/cpu%s/cpu.cfs_period_us", folder);
  period = text == NULL ? 0 : strtod(text, NULL);
  free(text);
  return quota > 0 && period > 0 ? quota / period : 0;
}

/* The smallest quota from a group up to the mount point. */
static double smallest_quota(const struct patient* patient, char* group) {
  double smallest = 0;
  for (;;) {
    double quota = quota_in(patient, group);
    if (quota > 0 && (smallest <= 0 || quota < smallest)) smallest = quota;
    char* slash = strrchr(group, '/');
    if (slash == NULL) return smallest;
    *slash = '\0';
  }
}

static double quota_of(const struct patient* patient) {
  char* text = doctor_read(patient, "/proc/%s/cgroup", patient->pid);
  double smallest = 0;
  if (text == NULL) return 0;
  struct text_list lines = text_split(text, "\n");
  for (size_t i = 0; i < lines.count; i++) {
    char* controllers = strchr(lines.items[i], ':');
    char* group = controllers == NULL ? NULL : strchr(controllers + 1, ':');
    if (group == NULL) continue;
    *group++ = '\0';
    bool is_cpu = controllers[1] == '\0' || strcmp(controllers + 1, "cpu") == 0;
    double quota = is_cpu ? smallest_quota(patient, group) : 0;
    if (quota > 0 && (smallest <= 0 || quota < smallest)) smallest = quota;
  }
  text_list_free(&lines);
  free(text);
  return smallest;
}

void doctor_cpus(const struct patient* patient, struct findings* findings) {
  const char* list = strstr(patient->status, "Cpus_allowed_list:\t");
  const double quota = quota_of(patient);
  if (list != NULL) {
    unsigned count = count_list(list + strlen("Cpus_allowed_list:\t"));
    finding_add(
        findings, count < 2 ? FINDING_NOTE : FINDING_FACT, "cpu",
        count < 2 ? "one-cpu" : "cpus",
        text_format("%u CPU%s may be used%s", count, count == 1 ? "" : "s",
                    count < 2 ? ", so busy polling stays off" : ""),
        NULL);
  }
  if (quota <= 0) return;
  finding_add(findings, quota < 2 ? FINDING_NOTE : FINDING_FACT, "cpu",
              "cpu-quota",
              text_format("a control group grants %.2f CPUs%s", quota,
                          quota < 2 ? ", fewer than two, so busy polling "
                                      "stays off"
                                    : ""),
              NULL);
}

/* --- Sockets ------------------------------------------------------------ */

static void look_at_card(const struct patient* patient, const char* name,
                         struct findings* findings) {
  char* folder = text_format("%s/sys/class/net/%s/device", patient->root, name);
  const bool is_real = access(folder, F_OK) == 0;
  free(folder);
  if (!is_real) return;
  char* defer =
      doctor_read(patient, "/sys/class/net/%s/napi_defer_hard_irqs", name);
  char* flush =
      doctor_read(patient, "/sys/class/net/%s/gro_flush_timeout", name);
  finding_add(findings, FINDING_FACT, "network", "napi",
              text_format("%s: napi_defer_hard_irqs %s, gro_flush_timeout %s "
                          "ns",
                          name, defer == NULL ? "unknown" : defer,
                          flush == NULL ? "unknown" : flush),
              NULL);
  free(flush);
  free(defer);
}

void doctor_network(const struct patient* patient, struct findings* findings) {
  char* poll = doctor_read(patient, "/proc/sys/net/core/busy_poll");
  char* read = doctor_read(patient, "/proc/sys/net/core/busy_read");
  if (poll != NULL && read != NULL)
    finding_add(findings,
                strtol(poll, NULL, 10) > 0 ? FINDING_NOTE : FINDING_FACT,
                "network", "socket-busy-poll",
                text_format("net.core.busy_poll %s us, net.core.busy_read %s "
                            "us%s",
                            poll, read,
                            strtol(poll, NULL, 10) > 0
                                ? ": the kernel itself looks at the network "
                                  "card before it lets a loop sleep"
                                : ""),
                NULL);
  free(read);
  free(poll);
  char* folder = text_format("%s/sys/class/net", patient->root);
  DIR* cards = opendir(folder);
  free(folder);
  if (cards == NULL) return;
  for (struct dirent* card; (card = readdir(cards)) != NULL;)
    if (card->d_name[0] != '.') look_at_card(patient, card->d_name, findings);
  closedir(cards);
}
