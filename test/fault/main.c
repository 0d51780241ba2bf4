/* SPDX-License-Identifier: MIT */
/* Fault sweep: the sweeps.
 *
 *   sweep memory NAME      the n-th allocation fails, for each n that comes up
 *   sweep calls NAME       the n-th system call fails, for each kind and error
 *   sweep one NAME KIND CALL ERRNO N     a single case, to look into it
 *   sweep clean            no failure: everything, then uv_library_shutdown()
 *
 * Each case is a process of its own, forked from this one, which has not used
 * the library yet. It may take 10 s. */
#include "fault.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  N_MAX = 400,
  FINE = 0,
  WRONG = 1,
  NOT_REACHED = 2,
  CASE_S = 10,
  EXIT_SKIP = 77
};

/* Calls of our own must not be struck. */
pid_t __real_fork(void);
pid_t __real_waitpid(pid_t pid, int* status, int flags);
int __real_pthread_create(pthread_t* id, const pthread_attr_t* attributes,
                          void* (*start)(void*), void* arg);

static int failures, cases;

static int count_entries(const char* path) {
  DIR* dir = opendir(path);
  if (dir == NULL) return -1;
  int count = 0;
  while (readdir(dir) != NULL) count++;
  closedir(dir);
  return count;
}

/* Mapped memory that belongs to rings. */
static int count_ring_maps(void) {
  FILE* file = fopen("/proc/self/maps", "re");
  if (file == NULL) return -1;
  char line[512];
  int count = 0;
  while (fgets(line, sizeof(line), file) != NULL)
    if (strstr(line, "[io_uring]") != NULL) count++;
  fclose(file);
  return count;
}

/* What the process has; before a scenario and after. */
struct holding {
  int fds, threads, ring_maps;
};

static struct holding count_holding(void) {
  return (struct holding){ count_entries("/proc/self/fd"),
                           count_entries("/proc/self/task"),
                           count_ring_maps() };
}

static void* say_where_listed(void* path) {
  sprintf(path, "/proc/self/task/%ld", (long) syscall(SYS_gettid));
  return NULL;
}

/* With the first thread of a program a thread sanitizer makes one of its own,
 * which stays: so have that first one behind us, and off the list, where a
 * thread is for a moment after it was joined. */
static struct holding count_before(void) {
  char path[64];
  pthread_t thread;
  if (__real_pthread_create(&thread, NULL, say_where_listed, path) != 0)
    exit(3);
  pthread_join(thread, NULL);
  for (int i = 0; i < 1000 && access(path, F_OK) == 0; i++) usleep(1000);
  return count_holding();
}

static struct holding count_after(struct holding before) {
  for (int i = 0; i < 1000; i++) {
    if (count_holding().threads <= before.threads) break;
    usleep(1000);
  }
  return count_holding();
}

static const char* look_for_leaks(struct holding before) {
  static char words[96];
  struct holding after = count_after(before);
  long blocks = fault_allocations_left();
  int fds = after.fds - before.fds, threads = after.threads - before.threads;
  int maps = after.ring_maps - before.ring_maps;
  if (blocks == 0 && fds == 0 && threads == 0 && maps == 0) return NULL;
  snprintf(words, sizeof(words),
           "left: %ld blocks, %d fds, %d threads, %d mapped rings", blocks, fds,
           threads, maps);
  return words;
}

struct fault {
  bool is_memory;
  size_t call;
  int error;
  unsigned n;
};

/* In the child. */
static int play(const struct fault_scenario* scenario,
                const struct fault* fault) {
  struct holding before = count_before();
  if (fault->is_memory)
    fault_allocator_arm(fault->n);
  else
    fault_arm(fault->call, fault->error, fault->n);
  const char* wrong = fault_play(scenario);
  uv_library_shutdown();
  bool has_struck = fault_has_struck() || fault_allocator_has_struck();
  fault_arm(0, 0, 0);
  fault_allocator_arm(0);
  if (wrong == NULL) wrong = look_for_leaks(before);
  if (wrong != NULL) fprintf(stderr, "  %s\n", wrong);
  return wrong != NULL ? WRONG : has_struck ? FINE : NOT_REACHED;
}

static void describe(const struct fault_scenario* scenario,
                     const struct fault* fault, int status) {
  fflush(stdout);
  if (fault->is_memory)
    printf("%s: allocation %u fails: ", scenario->name, fault->n);
  else
    printf("%s: %s no. %u gives %s: ", scenario->name,
           fault_calls[fault->call].name, fault->n, strerror(fault->error));
  if (WIFSIGNALED(status))
    printf("%s\n", strsignal(WTERMSIG(status)));
  else
    printf("wrong\n");
}

static bool remove_folder(const char* folder) {
  char command[64];
  snprintf(command, sizeof(command), "rm -rf %s", folder);
  return system(command) == 0;
}

/* False when the n-th did not come up. The folder is this process's business: a
 * case that crashes or hangs removes nothing. Below the working directory, the
 * build tree for CTest, it is not in the way if this process is killed too. */
static bool try_case(const struct fault_scenario* scenario,
                     const struct fault* fault) {
  char folder[] = "case-XXXXXX";
  if (mkdtemp(folder) == NULL) exit(3);
  fflush(stdout);
  pid_t pid = __real_fork();
  if (pid < 0) exit(3);
  if (pid == 0) {
    alarm(CASE_S);
    _exit(chdir(folder) == 0 ? play(scenario, fault) : 3);
  }
  int status;
  __real_waitpid(pid, &status, 0);
  if (!remove_folder(folder)) exit(3);
  cases++;
  bool was_reached = !WIFEXITED(status) || WEXITSTATUS(status) != NOT_REACHED;
  if (was_reached && status != 0) {
    failures++;
    describe(scenario, fault, status);
  }
  return was_reached;
}

static void sweep(const struct fault_scenario* scenario, struct fault fault) {
  for (fault.n = 1; fault.n <= N_MAX; fault.n++)
    if (!try_case(scenario, &fault)) return;
}

static void sweep_calls(const struct fault_scenario* scenario) {
  for (size_t call = 0; call < fault_call_count; call++)
    for (const int* error = fault_calls[call].errors; *error != 0; error++)
      sweep(scenario, (struct fault){ false, call, *error, 0 });
}

/* Did the loops run on the monitor that was asked for? If not, say why. */
static bool is_on_wanted_monitor(void) {
  const char* wanted = getenv("POLLUX_MONITOR");
  const char* used = fault_monitor();
  if (wanted == NULL || strcmp(wanted, used) == 0) return true;
  printf("skipped: %s was asked for, the loops were on %s\n", wanted, used);
  return false;
}

/* Without a fork, for valgrind: all scenarios one after the other. */
static int clean(void) {
  struct holding before = count_before();
  char folder[] = "/tmp/pollux-clean-XXXXXX";
  if (mkdtemp(folder) == NULL || chdir(folder) != 0) return 3;
  int result = 0;
  for (size_t i = 0; i < fault_scenario_count; i++) {
    const char* wrong = fault_play(&fault_scenarios[i]);
    if (wrong == NULL) continue;
    printf("%s: %s\n", fault_scenarios[i].name, wrong);
    result = 1;
  }
  uv_library_shutdown();
  const char* leaks = look_for_leaks(before);
  if (leaks != NULL) {
    printf("after uv_library_shutdown(), %s\n", leaks);
    result = 1;
  }
  if (chdir("/") != 0 || !remove_folder(folder)) return 3;
  return result == 0 && !is_on_wanted_monitor() ? EXIT_SKIP : result;
}

static const struct fault_scenario* find(const char* name) {
  for (size_t i = 0; i < fault_scenario_count; i++)
    if (strcmp(fault_scenarios[i].name, name) == 0) return &fault_scenarios[i];
  fprintf(stderr, "no scenario is called %s\n", name);
  exit(2);
}

static int one(char** argv) {
  struct fault fault = { strcmp(argv[3], "memory") == 0, 0, atoi(argv[5]),
                         (unsigned) atoi(argv[6]) };
  for (size_t i = 0; i < fault_call_count; i++)
    if (strcmp(fault_calls[i].name, argv[4]) == 0) fault.call = i;
  return play(find(argv[2]), &fault);
}

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  if (fault_allocator_install() != 0) return 3;
  if (argc == 2 && strcmp(argv[1], "clean") == 0) return clean();
  if (argc == 7 && strcmp(argv[1], "one") == 0) return one(argv);
  if (argc != 3) return 2;
  if (strcmp(argv[1], "memory") == 0)
    sweep(find(argv[2]), (struct fault){ .is_memory = true });
  else
    sweep_calls(find(argv[2]));
  printf("%s %s: %d cases, %d wrong\n", argv[1], argv[2], cases, failures);
  return failures > 0;
}
