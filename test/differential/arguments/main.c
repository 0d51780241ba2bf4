/* SPDX-License-Identifier: MIT */
/* Argument checks: runs the cases; see cases.h. */
#include "cases.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CASE_S_MAX = 2, MISSING = 127 };

static const long long NOTHING = LLONG_MIN;
static long long told;

static const char* ending_of(int status) {
  if (WIFEXITED(status))
    return WEXITSTATUS(status) == MISSING ? "missing" : "exits";
  switch (WTERMSIG(status)) {
    case SIGABRT:
      return "abort";
    case SIGALRM:
      return "hangs";
    default:
      return "crash";
  }
}

bool begin(const char* function, const char* text) {
  printf("%s\t%s\t", function, text);
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    told = NOTHING;
    alarm(CASE_S_MAX);
    freopen("/dev/null", "w", stderr); /* Assertions write there. */
    return true;
  }
  int status;
  if (pid < 0 || waitpid(pid, &status, 0) != pid) exit(1);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    printf("%s\n", ending_of(status));
  fflush(stdout);
  return false;
}

/* --- In the child ----------------------------------------------------------
 */

static void print_number(long long value) {
  if (value < 0 && value > -5000)
    printf("%s", uv_err_name((int) value));
  else
    printf("%lld", value);
}

static _Noreturn void leave(void) {
  putchar('\n');
  fflush(stdout);
  _exit(0); /* What was begun ends with the process. */
}

void end_number(long long result) {
  print_number(result);
  leave();
}

void end_call(int unused) {
  (void) unused;
  printf("returns");
  leave();
}

void end_text(const char* result) {
  printf("%s", result == NULL ? "NULL" : result[0] == '\0' ? "empty" : result);
  leave();
}

void tell(long long status) {
  if (told == NOTHING) told = status;
}

void end_later(long long result) {
  print_number(result);
  if (result == 0) {
    while (told == NOTHING && uv_run(loop(), UV_RUN_ONCE) != 0) continue;
    printf(", then ");
    if (told == NOTHING)
      printf("nothing");
    else
      print_number(told);
  }
  leave();
}

int main(void) {
  static const struct rlimit no_core = { 0, 0 };
  setrlimit(RLIMIT_CORE, &no_core);
  signal(SIGPIPE, SIG_IGN);
  loop_cases();
  phase_cases();
  stream_cases();
  write_cases();
  tcp_cases();
  pipe_cases();
  udp_cases();
  udp_option_cases();
  fs_path_cases();
  fs_file_cases();
  watch_cases();
  process_cases();
  pool_cases();
  system_cases();
  text_cases();
  thread_cases();
  return 0;
}
