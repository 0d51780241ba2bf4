/* SPDX-License-Identifier: MIT */
/* Busy polling under a real CPU quota. What could break: a quota that is not
 * found, or only our own group's is; a loop that spins where the one it waits
 * for is throttled for it; a pool whose workers linger there all the same.
 *
 * Each test makes two groups, one in the other, below the group it is in, and
 * sends a child into the inner one. CPUs are counted once per process, so this
 * process itself never makes a loop.
 *
 * The groups are removed by a process that waits for the end of this one: also
 * after a crash or a time-out. */
#include "common.h"

#include "loop/linger.h"
#include "unix/linux/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PERIOD_US = 100000, JOBS = 2000 };

#define FORCED_NS 50000
#define NO_QUOTA 0.0

/* What a child has seen; shared with it. */
struct seen {
  unsigned parallelism;
  uint64_t forced_max_ns; /* In force after 50 us were asked for. */
  uint64_t forced_spins;
  uint64_t default_spins; /* With JOBS jobs, one after another. */
  int64_t linger_max_ns;  /* -1: the pool has not started. */
};

static struct {
  struct uv__cgroup_place own;
  char outer[PATH_MAX + 32], inner[PATH_MAX + 64];
  int janitor_fd; /* Closed with us: then the groups go. */
  int gone_fd;    /* At its end they are gone. */
  struct seen* seen;
  const char* to_enter; /* The group, for a child. NULL: none. */
  bool is_pinned;       /* To one CPU, for a child. */
} fixture;

/* --- The pool's limits ---------------------------------------------------- */

void __real_uv__linger_init(struct uv__linger* linger,
                            const struct uv__spin_limits* limits);
void __wrap_uv__linger_init(struct uv__linger* linger,
                            const struct uv__spin_limits* limits);

void __wrap_uv__linger_init(struct uv__linger* linger,
                            const struct uv__spin_limits* limits) {
  fixture.seen->linger_max_ns = limits->max_ns;
  __real_uv__linger_init(linger, limits);
}

/* --- Groups --------------------------------------------------------------- */

static bool write_to(const char* group, const char* file, const char* text) {
  char path[PATH_MAX + 128];
  snprintf(path, sizeof(path), "%s/%s", group, file);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t size = write(fd, text, strlen(text));
  close(fd);
  return size == (ssize_t) strlen(text);
}

static bool has_file(const char* group, const char* file) {
  char path[PATH_MAX + 128];
  snprintf(path, sizeof(path), "%s/%s", group, file);
  return access(path, W_OK) == 0;
}

/* The kernel does not tell when a group is empty. A test that was killed may
 * have left a child, which ends by its alarm. */
static void remove_group(const char* group) {
  for (int i = 0; i < 14000 && rmdir(group) != 0 && errno == EBUSY; i++)
    usleep(5000);
}

/* Neither a child nor a grandchild of ours, so that a kill of the test and of
 * all below it does not reach it. */
static void leave_janitor(void) {
  int until[2], gone[2];
  assert_int_equal(0, pipe(until));
  assert_int_equal(0, pipe(gone));
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    if (setsid() < 0 || fork() != 0) _exit(0);
    close(until[1]);
    close(gone[0]);
    char byte;
    while (read(until[0], &byte, 1) < 0 && errno == EINTR) continue;
    remove_group(fixture.inner);
    remove_group(fixture.outer);
    _exit(0);
  }
  while (waitpid(pid, NULL, 0) < 0) continue;
  close(until[0]);
  close(gone[1]);
  fixture.janitor_fd = until[1];
  fixture.gone_fd = gone[0];
}

static bool find_own_group(void) {
  char text[8192];
  int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t size = read(fd, text, sizeof(text) - 1);
  close(fd);
  if (size < 0) return false;
  text[size] = '\0';
  return uv__cgroup_locate(text, "cpu", &fixture.own);
}

static int make_groups(void** state) {
  (void) state;
  fixture.seen = mmap(NULL, sizeof(*fixture.seen), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (fixture.seen == MAP_FAILED) return -1;
  fixture.janitor_fd = fixture.gone_fd = -1;
  fixture.outer[0] = '\0';
  fixture.is_pinned = false;
  if (!find_own_group()) return 0;
  snprintf(fixture.outer, sizeof(fixture.outer), "%s/pollux-test-%d",
           fixture.own.dir, (int) getpid());
  snprintf(fixture.inner, sizeof(fixture.inner), "%s/inner", fixture.outer);
  leave_janitor();
  (void) mkdir(fixture.outer, 0755); /* need_groups() sees whether it worked. */
  (void) mkdir(fixture.inner, 0755);
  return 0;
}

static int drop_groups(void** state) {
  (void) state;
  munmap(fixture.seen, sizeof(*fixture.seen));
  if (fixture.janitor_fd < 0) return 0;
  close(fixture.janitor_fd);
  char byte;
  while (read(fixture.gone_fd, &byte, 1) < 0 && errno == EINTR) continue;
  close(fixture.gone_fd);
  return access(fixture.outer, F_OK) != 0 ? 0 : -1;
}

static const char* quota_file(void) {
  return fixture.own.version == UV__CGROUP_V1 ? "cpu.cfs_quota_us" : "cpu.max";
}

static void need_groups(void) {
  if (fixture.outer[0] == '\0') SKIP("no group is in charge of our CPU time");
  if (!has_file(fixture.inner, quota_file()))
    SKIP("no group with a quota can be made (not root, or not delegated)");
}

/* Where this test runs, everything else would let a loop spin. */
static void need_two_cpus(void) {
  if (uv_available_parallelism() < 2) SKIP("fewer than two CPUs are allowed");
}

/* A group's part cannot be more than that of the group it is in. */
static void limit(const char* group, double cpus) {
  char text[64];
  int quota_us = (int) (cpus * PERIOD_US);
  if (fixture.own.version == UV__CGROUP_V1)
    snprintf(text, sizeof(text), "%d", quota_us);
  else
    snprintf(text, sizeof(text), "%d %d", quota_us, PERIOD_US);
  if (!write_to(group, quota_file(), text))
    SKIP("a quota of %g is refused here", cpus);
}

/* --- In the child --------------------------------------------------------- */

static bool pin(void) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  return sched_setaffinity(0, sizeof(one), &one) == 0;
}

static bool enter(void) {
  if (fixture.is_pinned && !pin()) return false;
  return fixture.to_enter == NULL ||
         write_to(fixture.to_enter, "cgroup.procs", "0");
}

static void on_stat(uv_fs_t* req) {
  unsigned* left = req->data;
  uv_loop_t* which = req->loop;
  uv_fs_req_cleanup(req);
  if (--*left > 0 && uv_fs_stat(which, req, "/", on_stat) != 0) abort();
}

/* The spins of a loop that has JOBS jobs, one after another. */
static uint64_t spins_of_jobs(uint64_t* forced_max_ns) {
  uv_loop_t busy;
  if (uv_loop_init(&busy) != 0) abort();
  if (forced_max_ns != NULL) {
    pollux_busy_poll_t settings = { .max_ns = FORCED_NS };
    if (pollux_busy_poll_set(&busy, &settings) != 0) abort();
    pollux_busy_poll_get(&busy, &settings);
    *forced_max_ns = settings.max_ns;
  }
  uv_fs_t req;
  unsigned left = JOBS;
  req.data = &left;
  if (uv_fs_stat(&busy, &req, "/", on_stat) != 0) abort();
  uv_run(&busy, UV_RUN_DEFAULT);
  uint64_t spins = counters_of(&busy).spins;
  if (left != 0 || uv_loop_close(&busy) != 0) abort();
  return spins;
}

static void look_around(void) {
  struct seen* seen = fixture.seen;
  seen->linger_max_ns = -1;
  seen->parallelism = uv_available_parallelism();
  seen->default_spins = spins_of_jobs(NULL);
  seen->forced_spins = spins_of_jobs(&seen->forced_max_ns);
}

static int work_in_group(void) {
  unsetenv("POLLUX_POLL_MAX_NS"); /* The default is what this is about. */
  if (!enter()) return 1;
  look_around();
  return 0;
}

/* --- What must be seen ---------------------------------------------------- */

static void expect_off(unsigned parallelism) {
  assert_int_equal(0, run_child(work_in_group));
  const struct seen* seen = fixture.seen;
  assert_int_equal(parallelism, seen->parallelism);
  assert_int_equal(0, seen->default_spins);
  assert_int_equal(0, seen->forced_spins);
  assert_int_equal(0, seen->forced_max_ns);
  assert_int_equal(0, seen->linger_max_ns);
}

static void expect_on(unsigned parallelism) {
  assert_int_equal(0, run_child(work_in_group));
  const struct seen* seen = fixture.seen;
  assert_int_equal(parallelism, seen->parallelism);
  assert_true(seen->default_spins > 0);
  assert_true(seen->forced_spins > 0);
  assert_int_equal(FORCED_NS, seen->forced_max_ns);
  assert_true(seen->linger_max_ns > 0);
}

/* In a group that is allowed `outer`, a group that is allowed `inner`. */
static void give(double outer, double inner) {
  need_groups();
  if (outer != NO_QUOTA) limit(fixture.outer, outer);
  if (inner != NO_QUOTA) limit(fixture.inner, inner);
  fixture.to_enter = fixture.inner;
}

static void half_a_cpu_turns_it_off(void** state) {
  (void) state;
  give(NO_QUOTA, 0.5);
  expect_off(1);
}

static void one_cpu_turns_it_off(void** state) {
  (void) state;
  give(NO_QUOTA, 1);
  expect_off(1);
}

/* Why: docs/adr/0010-cpu-quota.md. */
static void one_and_a_half_cpus_turn_it_off(void** state) {
  (void) state;
  need_two_cpus();
  give(NO_QUOTA, 1.5);
  expect_off(1);
}

static void two_cpus_leave_it_on(void** state) {
  (void) state;
  need_two_cpus();
  give(NO_QUOTA, 2);
  expect_on(2);
}

static void no_quota_leaves_it_on(void** state) {
  (void) state;
  need_two_cpus();
  unsigned all = uv_available_parallelism();
  give(NO_QUOTA, NO_QUOTA);
  expect_on(all);
}

static void the_group_above_counts(void** state) {
  (void) state;
  give(1, NO_QUOTA);
  expect_off(1);
}

static void the_tightest_group_counts(void** state) {
  (void) state;
  need_two_cpus();
  give(2, 0.75);
  expect_off(1);
}

static void one_allowed_cpu_turns_it_off(void** state) {
  (void) state;
  fixture.to_enter = NULL;
  fixture.is_pinned = true;
  expect_off(1);
}

static int work_and_move(void) {
  unsetenv("POLLUX_POLL_MAX_NS");
  if (spins_of_jobs(NULL) == 0) return 2;
  if (!enter()) return 1;
  int64_t linger_max_ns = fixture.seen->linger_max_ns;
  look_around();
  fixture.seen->linger_max_ns = linger_max_ns; /* It had started. */
  return 0;
}

/* As documented: the count is taken once. uv_available_parallelism() asks. */
static void a_later_quota_is_not_noticed(void** state) {
  (void) state;
  need_two_cpus();
  give(NO_QUOTA, 1);
  assert_int_equal(0, run_child(work_and_move));
  assert_int_equal(1, fixture.seen->parallelism);
  assert_int_equal(FORCED_NS, fixture.seen->forced_max_ns);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, make_groups, drop_groups)
    T(half_a_cpu_turns_it_off),         T(one_cpu_turns_it_off),
    T(one_and_a_half_cpus_turn_it_off), T(two_cpus_leave_it_on),
    T(no_quota_leaves_it_on),           T(the_group_above_counts),
    T(the_tightest_group_counts),       T(one_allowed_cpu_turns_it_off),
    T(a_later_quota_is_not_noticed),
#undef T
  };
  return cmocka_run_group_tests_name("quota", tests, NULL, NULL);
}
