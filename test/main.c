/* SPDX-License-Identifier: MIT */
/* Gives every cmocka program of ours two forms of call, whatever its main()
 * does:
 *
 *   program --list [argument...]   print `test: <name>` for each test, run none
 *   program NAME [argument...]     run that test only; 77 when it was skipped
 *
 * without either it runs all. It stands between cmocka_run_group_tests() and
 * cmocka by the linker's --wrap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define EXIT_SKIP 77

int __real__cmocka_run_group_tests(const char* group_name,
                                   const struct CMUnitTest* tests, size_t count,
                                   CMFixtureFunction group_setup,
                                   CMFixtureFunction group_teardown);
int __wrap__cmocka_run_group_tests(const char* group_name,
                                   const struct CMUnitTest* tests, size_t count,
                                   CMFixtureFunction group_setup,
                                   CMFixtureFunction group_teardown);

void __real__skip(const char* file, int line);
void __wrap__skip(const char* file, int line);

static pid_t own_pid; /* A test may fork: only this process has a verdict. */
static const char* wanted; /* NULL: all. */
static int found_count;
static int failed_count;
static int skipped_count;

/* glibc calls constructors with main()'s arguments. */
__attribute__((constructor)) static void take_arguments(int argc, char** argv) {
  own_pid = getpid();
  if (argc > 1) wanted = argv[1];
}

/* A misspelt name must not pass, and a skip is told from a success. */
__attribute__((destructor)) static void correct_exit_code(void) {
  if (wanted == NULL || getpid() != own_pid) return;
  if (found_count == 0) {
    fprintf(stderr, "no test is named %s\n", wanted);
    _exit(1);
  }
  if (skipped_count == 0 || failed_count > 0) return;
  fflush(NULL);
  _exit(EXIT_SKIP);
}

void __wrap__skip(const char* file, int line) {
  skipped_count++;
  __real__skip(file, line);
}

static int run_one(const char* group_name, const struct CMUnitTest* test,
                   CMFixtureFunction group_setup,
                   CMFixtureFunction group_teardown) {
  found_count++;
  return __real__cmocka_run_group_tests(group_name, test, 1, group_setup,
                                        group_teardown);
}

int __wrap__cmocka_run_group_tests(const char* group_name,
                                   const struct CMUnitTest* tests, size_t count,
                                   CMFixtureFunction group_setup,
                                   CMFixtureFunction group_teardown) {
  if (wanted == NULL)
    return __real__cmocka_run_group_tests(group_name, tests, count, group_setup,
                                          group_teardown);
  int before_count = failed_count;
  for (size_t i = 0; i < count; i++) {
    if (strcmp(wanted, "--list") == 0) {
      found_count++;
      printf("test: %s\n", tests[i].name);
    } else if (strcmp(wanted, tests[i].name) == 0) {
      failed_count +=
          run_one(group_name, &tests[i], group_setup, group_teardown);
    }
  }
  return failed_count - before_count;
}
