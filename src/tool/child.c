/* SPDX-License-Identifier: MIT */
/* The signals that another process may send to this one are blocked and taken
 * by sigwaitinfo(2), in turn with the child's end. Those that the terminal
 * sends reach the child by themselves, as it is in the same process group: they
 * are not handed on a second time. */
#include "tool/child.h"

#include "tool/tool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const int forwarded[] = { SIGTERM, SIGINT,  SIGQUIT, SIGHUP,
                                 SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH };

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;
}

static void execute(const char* path, char** words, const sigset_t* mask) {
  sigprocmask(SIG_SETMASK, mask, NULL);
  execv(path, words);
  fprintf(stderr, "pollux run: %s cannot be executed: %s\n", path,
          strerror(errno));
  _exit(TOOL_RUN_NO_EXEC);
}

static void wait_for(const sigset_t* signals, struct child_end* end) {
  for (;;) {
    pid_t got = waitpid(end->pid, &end->status, WNOHANG);
    if (got == end->pid || (got < 0 && errno != EINTR)) return;
    siginfo_t info;
    int number = sigwaitinfo(signals, &info);
    if (number <= 0 || number == SIGCHLD) continue;
    if (info.si_code != SI_KERNEL) kill(end->pid, number);
  }
}

int child_run(const char* path, char** words, struct child_end* end) {
  sigset_t signals;
  sigset_t before;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  for (size_t i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++)
    sigaddset(&signals, forwarded[i]);
  /* A parent may have had SIGCHLD ignored: then nothing could be waited for. */
  signal(SIGCHLD, SIG_DFL);
  sigprocmask(SIG_BLOCK, &signals, &before);
  *end = (struct child_end){ .pid = 0 };
  const uint64_t start_ns = now_ns();
  fflush(NULL);
  end->pid = fork();
  if (end->pid == 0) execute(path, words, &before);
  if (end->pid > 0) wait_for(&signals, end);
  end->took_ns = now_ns() - start_ns;
  sigprocmask(SIG_SETMASK, &before, NULL);
  if (end->pid > 0) return 0;
  fprintf(stderr, "pollux run: no process: %s\n", strerror(errno));
  return TOOL_RUN_REFUSED;
}

int child_pass_on(const struct child_end* end) {
  if (WIFEXITED(end->status)) return WEXITSTATUS(end->status);
  const struct rlimit no_core = { 0, 0 }; /* The child's is enough. */
  const int number = WTERMSIG(end->status);
  sigset_t only;
  setrlimit(RLIMIT_CORE, &no_core);
  signal(number, SIG_DFL);
  sigemptyset(&only);
  sigaddset(&only, number);
  fflush(NULL);
  raise(number);
  sigprocmask(SIG_UNBLOCK, &only, NULL);
  return 128 + number;
}
