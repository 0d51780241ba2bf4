/* SPDX-License-Identifier: MIT */
/* Starts one test of libuv's suite for CTest:
 *
 *   libuv_launch [option...] -- <uv_run_tests> <test>
 *
 *   --dir DIR       made empty and used as working folder, removed afterwards
 *                   unless the test failed
 *   --link DIR      what the link `test` in there leads to (fixtures)
 *   --keep DIR      stays visible although /tmp is private; may be repeated
 *   --lock FILE     held when the test has to share the machine's network
 *   --monitor NAME  sets POLLUX_MONITOR; a ring that is forbidden is a skip
 *   --expect WHAT   `skip` or `fail`, with `@root` or `@user` for one of them
 *   --reason TEXT   why, from expect.tsv
 *   --again PATTERN what chance makes it print now and then (chance.tsv): a
 *                   test that fails so is run anew, CHANCES times in all
 *   --limit SECONDS ends the test after so long; 90 unless given
 *   --pty           gives the test a controlling terminal
 *   --no-override   takes CAP_DAC_OVERRIDE from root: permission bits count
 *   --whole-user    an ordinary user stays out of a user namespace
 *   --own-network   without a private network the test is skipped
 *   --probe         only tell by the exit code whether namespaces can be had
 *
 * Exit codes: 0 passed, 1 failed (or passed although listed), 77 skipped, or
 * failed as listed. Processes that the test leaves behind are ended. */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define EXIT_SKIP 77
#define SUITE_SKIP 7 /* TEST_SKIP of the suite's task.h. */
#define RING_ENTRIES 256
#define TIME_LIMIT_S "90" /* Below CTest's, so that we can clean up. */
#define CHANCES 4

struct options {
  const char* dir;
  const char* link;
  const char* keep[NETNS_KEEP_MAX];
  size_t keep_count;
  const char* lock;
  const char* monitor;
  const char* expect; /* NULL: nothing is listed. */
  const char* reason;
  const char* again; /* NULL: one run decides. */
  const char* limit; /* NULL: TIME_LIMIT_S. */
  bool has_pty;
  bool has_no_override;
  bool has_whole_user;
  bool has_own_network;
  bool is_probe;
  char** command;
};

static volatile sig_atomic_t child_pid;
static volatile sig_atomic_t is_late;

__attribute__((noreturn)) static void die(const char* what) {
  fprintf(stderr, "launch: %s: %s\n", what, strerror(errno));
  exit(1);
}

/* --- Options ------------------------------------------------------------ */

static const char** text_option(struct options* o, const char* name) {
  if (strcmp(name, "--dir") == 0) return &o->dir;
  if (strcmp(name, "--link") == 0) return &o->link;
  if (strcmp(name, "--lock") == 0) return &o->lock;
  if (strcmp(name, "--monitor") == 0) return &o->monitor;
  if (strcmp(name, "--expect") == 0) return &o->expect;
  if (strcmp(name, "--reason") == 0) return &o->reason;
  if (strcmp(name, "--again") == 0) return &o->again;
  if (strcmp(name, "--limit") == 0) return &o->limit;
  if (strcmp(name, "--keep") == 0 && o->keep_count < NETNS_KEEP_MAX)
    return &o->keep[o->keep_count++];
  return NULL;
}

static bool* switch_option(struct options* o, const char* name) {
  if (strcmp(name, "--pty") == 0) return &o->has_pty;
  if (strcmp(name, "--no-override") == 0) return &o->has_no_override;
  if (strcmp(name, "--whole-user") == 0) return &o->has_whole_user;
  if (strcmp(name, "--own-network") == 0) return &o->has_own_network;
  if (strcmp(name, "--probe") == 0) return &o->is_probe;
  return NULL;
}

static void parse(struct options* o, char** args) {
  for (; *args != NULL && strcmp(*args, "--") != 0; args++) {
    bool* flag = switch_option(o, *args);
    const char** text = flag == NULL ? text_option(o, *args) : NULL;
    if (flag != NULL) {
      *flag = true;
    } else if (text != NULL && args[1] != NULL) {
      *text = *++args;
    } else {
      errno = EINVAL;
      die(*args);
    }
  }
  o->command = *args != NULL ? args + 1 : args;
  if (o->is_probe) return;
  if (o->dir == NULL || o->link == NULL || o->command[0] == NULL) {
    errno = EINVAL;
    die("--dir, --link and a command are needed");
  }
}

/* The expectation, when it is about this user; else NULL. */
static const char* expectation(const struct options* o) {
  static char what[16];
  if (o->expect == NULL) return NULL;
  snprintf(what, sizeof(what), "%s", o->expect);
  char* who = strchr(what, '@');
  if (who == NULL) return what;
  *who++ = '\0';
  return (strcmp(who, "root") == 0) == (geteuid() == 0) ? what : NULL;
}

/* --- The place ---------------------------------------------------------- */

static int remove_entry(const char* path, const struct stat* status, int type,
                        struct FTW* place) {
  (void) status;
  (void) place;
  if (type == FTW_DNR || type == FTW_D) (void) chmod(path, 0700);
  return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

static int remove_tree(const char* path) {
  if (access(path, F_OK) != 0) return 0;
  return nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_place(const struct options* o) {
  if (remove_tree(o->dir) != 0) die(o->dir);
  if (mkdir(o->dir, 0755) != 0) die(o->dir);
  if (chdir(o->dir) != 0) die(o->dir);
  if (symlink(o->link, "test") != 0) die("the link `test`");
}

/* Without namespaces tests meet in ports and names, so they take turns. */
static void take_turn(const struct options* o) {
  if (o->lock == NULL) return;
  int fd = open(o->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) die(o->lock);
  while (flock(fd, LOCK_EX) != 0)
    if (errno != EINTR) die(o->lock);
}

static void isolate(const struct options* o) {
  bool is_plain = o->has_whole_user && geteuid() != 0;
  if (!is_plain) {
    if (netns_enter() == 0) {
      if (netns_plug_in() != 0) die("private network");
      if (netns_own_tmp(o->keep, o->keep_count) != 0) die("private /tmp");
      /* The mounts are new: the working folder is to be found below them. */
      if (chdir(o->dir) != 0) die(o->dir);
      return;
    }
    fprintf(stderr, "launch: no namespaces (%s), tests take turns\n",
            strerror(errno));
    if (o->has_own_network) {
      printf("launch: skipped, it needs a network of its own\n");
      exit(EXIT_SKIP);
    }
  }
  take_turn(o);
}

/* Can a ring be had? Its memory counts against the user's RLIMIT_MEMLOCK and is
 * given back late, so many tests side by side may have used it up for now. */
static bool can_ring(void) {
  for (int tries = 0; tries < 200; tries++) {
    unsigned char params[120] = { 0 };
    long fd = syscall(SYS_io_uring_setup, RING_ENTRIES, params);
    if (fd >= 0) {
      close((int) fd);
      return true;
    }
    if (errno != ENOMEM) return false;
    usleep(50000);
  }
  return false;
}

/* --- The process -------------------------------------------------------- */

/* A terminal of 80 x 24 for the child. Returns the descriptor of its far end.
 */
static int open_pty(char* name, size_t size) {
  int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0) die("pty");
  if (ptsname_r(fd, name, size) != 0) die("pty");
  const struct winsize shape = { .ws_row = 24, .ws_col = 80 };
  if (ioctl(fd, TIOCSWINSZ, &shape) != 0) die("pty");
  return fd;
}

/* Read the terminal's far end away, so that no writer blocks. */
static pid_t start_drain(int fd) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
  char bytes[4096];
  for (;;) {
    ssize_t count = read(fd, bytes, sizeof(bytes));
    /* EIO: no one has the near end open, now or not yet. */
    if (count < 0 && errno == EIO)
      usleep(10000);
    else if (count <= 0 && errno != EINTR)
      _exit(0);
  }
}

__attribute__((noreturn)) static void run_child(const struct options* o,
                                                const char* terminal) {
  (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
  const struct rlimit no_core = { 0, 0 };
  (void) setrlimit(RLIMIT_CORE, &no_core);
  /* thread_priority wants to begin at 0; only root gets back there. */
  (void) setpriority(PRIO_PROCESS, 0, 0);
  if (o->has_no_override && geteuid() == 0 &&
      prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0) != 0)
    die("CAP_DAC_OVERRIDE");
  int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0) die("/dev/null");
  if (terminal[0] != '\0') {
    if (setsid() < 0) die("setsid");
    int fd = open(terminal, O_RDWR | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) != 0) die(terminal);
  }
  if (geteuid() == 0) setenv("UV_RUN_AS_ROOT", "1", 1);
  if (o->monitor != NULL) setenv("POLLUX_MONITOR", o->monitor, 1);
  /* The suite allows most tests 5 s, too little on a crowded machine. */
  setenv("UV_TEST_TIMEOUT_MULTIPLIER", "5", 0);
  (void) syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
  execv(o->command[0], o->command);
  die(o->command[0]);
}

static void on_alarm(int signum) {
  (void) signum;
  is_late = 1;
  if (child_pid > 0) kill((pid_t) child_pid, SIGKILL);
}

/* End whatever the test left running: as the subreaper, we have it as children
 * by now, and in the next round what those had as theirs. */
static void end_strays(void) {
  char path[64];
  snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int) getpid());
  for (int round = 0; round < 100; round++) {
    FILE* file = fopen(path, "re");
    if (file == NULL) return;
    int pid;
    int ended = 0;
    while (fscanf(file, "%d", &pid) == 1) {
      kill(pid, SIGKILL);
      ended++;
    }
    fclose(file);
    if (ended == 0) return;
    while (ended > 0 && (waitpid(-1, NULL, 0) > 0 || errno == EINTR)) ended--;
  }
}

/* Returns the exit code of the suite's runner; 255 for a signal. */
static int run(const struct options* o) {
  char terminal[64] = "";
  int pty_fd = o->has_pty ? open_pty(terminal, sizeof(terminal)) : -1;
  (void) prctl(PR_SET_CHILD_SUBREAPER, 1);
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_handler = on_alarm;
  sigaction(SIGALRM, &action, NULL);

  fflush(NULL);
  pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid == 0) run_child(o, terminal);
  child_pid = pid;
  const char* limit = o->limit != NULL ? o->limit : TIME_LIMIT_S;
  alarm((unsigned) strtoul(limit, NULL, 10));
  if (pty_fd >= 0) start_drain(pty_fd);

  int status = 0;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) die("waitpid");
  child_pid = 0;
  alarm(0);
  end_strays();
  if (is_late) printf("launch: ended after %s s\n", limit);
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  printf("launch: the runner got signal %d\n", WTERMSIG(status));
  return 255;
}

/* --- Chance ------------------------------------------------------------- */

/* What the test printed is kept in a file on its way to us. */
static int run_kept(const struct options* o, FILE* kept) {
  fflush(NULL);
  int to[2] = { dup(STDOUT_FILENO), dup(STDERR_FILENO) };
  if (to[0] < 0 || to[1] < 0) die("dup");
  if (dup2(fileno(kept), STDOUT_FILENO) < 0) die("dup2");
  if (dup2(fileno(kept), STDERR_FILENO) < 0) die("dup2");
  int code = run(o);
  fflush(NULL);
  (void) dup2(to[0], STDOUT_FILENO);
  (void) dup2(to[1], STDERR_FILENO);
  close(to[0]);
  close(to[1]);
  return code;
}

/* Prints what was kept. Does a line of it match the pattern? */
static bool show(FILE* kept, const char* pattern) {
  char* line = NULL;
  size_t size = 0;
  bool is_found = false;
  rewind(kept);
  while (getline(&line, &size, kept) > 0) {
    fputs(line, stdout);
    line[strcspn(line, "\n")] = '\0';
    is_found |= fnmatch(pattern, line, 0) == 0;
  }
  free(line);
  return is_found;
}

/* Returns as run() does, of the run that decides. */
static int run_with_chance(const struct options* o) {
  if (o->again == NULL) return run(o);
  for (int left = CHANCES - 1;; left--) {
    FILE* kept = tmpfile();
    if (kept == NULL) die("tmpfile");
    int code = run_kept(o, kept);
    bool is_chance = show(kept, o->again);
    fclose(kept);
    if (code == 0 || !is_chance || left == 0) return code;
    printf("launch: that is chance (%s); %d more to go\n", o->reason, left);
  }
}

/* --- The verdict -------------------------------------------------------- */

static int judge(const struct options* o, int code) {
  const char* expected = expectation(o);
  const char* reason = o->reason != NULL ? o->reason : "no reason given";
  const char* found = code == 0 ? "pass" : code == SUITE_SKIP ? "skip" : "fail";
  if (expected == NULL) {
    if (code == SUITE_SKIP)
      printf("launch: skipped, the reason stands above\n");
    return code == 0 ? 0 : code == SUITE_SKIP ? EXIT_SKIP : 1;
  }
  if (strcmp(expected, found) == 0) {
    printf("launch: %s as listed: %s\n", found, reason);
    return EXIT_SKIP;
  }
  printf("launch: listed in expect.tsv as `%s` (%s), but the result is `%s`\n",
         o->expect, reason, found);
  return 1;
}

int main(int argc, char** argv) {
  struct options options = { 0 };
  if (argc < 1) return 1;
  parse(&options, argv + 1);
  if (options.is_probe) return netns_enter() == 0 ? 0 : 1;
  if (options.monitor != NULL && strcmp(options.monitor, "io_uring") == 0 &&
      !can_ring()) {
    printf("launch: skipped, no ring can be had: %s\n", strerror(errno));
    return EXIT_SKIP;
  }
  make_place(&options);
  isolate(&options);
  int verdict = judge(&options, run_with_chance(&options));
  if (verdict != 1 && chdir("/") == 0) (void) remove_tree(options.dir);
  return verdict;
}
