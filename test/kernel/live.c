/* SPDX-License-Identifier: MIT */
/* POLLUX_STATS=live: the page of a process, in a folder that each test has to
 * itself. What could break: a page that others may read, that stays, or that a
 * child writes into. */
#include "folder.h"

#include "base/live-page.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The folder of the test is the runtime folder. */
static void use_live(void) {
  char here[PATH_MAX];
  use("live");
  if (getcwd(here, sizeof(here)) != NULL) setenv("XDG_RUNTIME_DIR", here, 1);
}

/* The name of the page of `pid`; "" when there is none. */
static const char* name_of(pid_t pid) {
  static char name[NAME_MAX + 1];
  char start[32];
  int len = snprintf(start, sizeof(start), UV__LIVE_PREFIX "%d.", (int) pid);
  name[0] = '\0';
  DIR* folder = opendir(".");
  for (struct dirent* entry; (entry = readdir(folder)) != NULL;)
    if (strncmp(entry->d_name, start, (size_t) len) == 0)
      strcpy(name, entry->d_name);
  closedir(folder);
  return name;
}

static struct uv__live_page page;
static struct uv__live_loop first;

/* False: it is not there, or no page. */
static bool read_page(pid_t pid) {
  int fd = open(name_of(pid), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool is_whole = pread(fd, &page, sizeof(page), 0) == sizeof(page);
  if (pread(fd, &first, sizeof(first), (off_t) page.loops_at) != sizeof(first))
    memset(&first, 0, sizeof(first));
  close(fd);
  return is_whole && page.magic == UV__LIVE_MAGIC;
}

TEST(the_page_is_there_while_the_process_lives) {
  use_live();
  uv_loop_t own;
  HOLDS(uv_loop_init(&own) == 0 && poll_in(&own) == 0);
  HOLDS(read_page(getpid()));
  HOLDS(page.version == UV__LIVE_VERSION && page.pid == (uint64_t) getpid());
  HOLDS(first.id == 1 && first.iterations >= 1 && first.timed >= 1);
  HOLDS(strcmp(first.monitor, pollux_monitor_name(&own)) == 0);
  HOLDS(strcmp(page.type_names[UV_TIMER], "timer") == 0);
  HOLDS(uv_loop_close(&own) == 0);
  HOLDS(read_page(getpid()) && first.id == 0);
  uv_library_shutdown();
  HOLDS(files_here() == 0);
  return 0;
}

TEST(only_its_user_may_read_it) {
  use_live();
  umask(0);
  uv_loop_t own;
  HOLDS(uv_loop_init(&own) == 0);
  struct stat about;
  HOLDS(stat(name_of(getpid()), &about) == 0);
  HOLDS((about.st_mode & 07777) == 0600 && about.st_uid == geteuid());
  HOLDS(uv_loop_close(&own) == 0);
  uv_library_shutdown();
  return 0;
}

TEST(a_folder_that_others_may_write_to_is_refused) {
  use_live();
  HOLDS(chmod(".", 01777) == 0);
  HOLDS(reason_has("POLLUX_STATS=live is refused"));
  HOLDS(files_here() == 0);
  return 0;
}

TEST(without_a_folder_the_reason_says_so) {
  use_live();
  setenv("XDG_RUNTIME_DIR", "/nonexistent/pollux", 1);
  HOLDS(reason_has("POLLUX_STATS=live has no folder"));
  return 0;
}

TEST(a_full_disk_is_a_reason_and_no_signal) {
  use_live();
  signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small = { 8192, 8192 };
  HOLDS(setrlimit(RLIMIT_FSIZE, &small) == 0);
  HOLDS(reason_has("POLLUX_STATS=live cannot be written: EFBIG"));
  HOLDS(files_here() == 0);
  return 0;
}

/* The page is there, but no place: the loop works, and is counted. */
TEST(a_loop_without_a_place_is_counted) {
  use_live();
  static uv_loop_t loops[UV__LIVE_LOOPS + 2];
  for (int i = 0; i < UV__LIVE_LOOPS + 2; i++)
    HOLDS(uv_loop_init(&loops[i]) == 0);
  HOLDS(read_page(getpid()) && page.loops_without_place == 2);
  HOLDS(poll_in(&loops[UV__LIVE_LOOPS + 1]) == 0);
  pollux_histogram_t wait;
  HOLDS(pollux_histogram(&loops[UV__LIVE_LOOPS + 1], "wait", &wait,
                         sizeof(wait)) == 0 &&
        wait.count >= 1);
  for (int i = 0; i < UV__LIVE_LOOPS + 2; i++)
    HOLDS(uv_loop_close(&loops[i]) == 0);
  uv_loop_t again;
  HOLDS(uv_loop_init(&again) == 0 && read_page(getpid()) && first.id != 0);
  HOLDS(uv_loop_close(&again) == 0);
  uv_library_shutdown();
  return 0;
}

TEST(a_link_of_that_name_is_not_followed) {
  use_live();
  char text[1024], name[128];
  int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  text[read(fd, text, sizeof(text) - 1)] = '\0';
  close(fd);
  const char* at = strrchr(text, ')');
  for (int field = 2; field < 22; field++) at = strchr(at + 1, ' ');
  snprintf(name, sizeof(name), UV__LIVE_PREFIX "%d.%llu" UV__LIVE_SUFFIX,
           (int) getpid(), strtoull(at, NULL, 10));
  HOLDS(symlink("target", name) == 0);
  uv_loop_t own;
  HOLDS(uv_loop_init(&own) == 0 && read_page(getpid()));
  HOLDS(access("target", F_OK) != 0);
  HOLDS(uv_loop_close(&own) == 0);
  uv_library_shutdown();
  HOLDS(files_here() == 0);
  return 0;
}

/* The child goes on with its own copy; the parent's page stays as it was. */
TEST(a_child_writes_into_a_page_of_its_own) {
  use_live();
  uv_loop_t own;
  HOLDS(uv_loop_init(&own) == 0 && poll_in(&own) == 0);
  HOLDS(read_page(getpid()));
  const uint64_t before = first.iterations;
  const pid_t parent = getpid(), child = fork();
  if (child == 0) {
    bool is_good = poll_in(&own) == 0 && name_of(getpid())[0] == '\0';
    is_good = is_good && uv_loop_fork(&own) == 0 && poll_in(&own) == 0;
    is_good = is_good && read_page(getpid()) && first.iterations > 0 &&
              first.iterations < 3 * before && page.pid == (uint64_t) getpid();
    is_good = is_good && read_page(parent) && first.iterations == before;
    uv_library_shutdown();
    _exit(is_good ? name_of(getpid())[0] != '\0' : 1);
  }
  int status = 1;
  HOLDS(waitpid(child, &status, 0) == child && status == 0);
  HOLDS(read_page(getpid()) && first.iterations == before);
  HOLDS(poll_in(&own) == 0);
  HOLDS(read_page(getpid()) && first.iterations > before);
  HOLDS(uv_loop_close(&own) == 0);
  uv_library_shutdown();
  HOLDS(files_here() == 0);
  return 0;
}

static int secure; /* As in a program with other rights than its caller's. */
char* __real_secure_getenv(const char* name);
char* __wrap_secure_getenv(const char* name);
char* __wrap_secure_getenv(const char* name) {
  return secure ? NULL : __real_secure_getenv(name);
}

TEST(a_set_uid_program_makes_no_page) {
  use_live();
  secure = 1;
  uv_loop_t own;
  HOLDS(uv_loop_init(&own) == 0 && poll_in(&own) == 0);
  HOLDS(files_here() == 0);
  HOLDS(uv_loop_close(&own) == 0);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_page_is_there_while_the_process_lives),
    cmocka_unit_test(only_its_user_may_read_it),
    cmocka_unit_test(a_folder_that_others_may_write_to_is_refused),
    cmocka_unit_test(without_a_folder_the_reason_says_so),
    cmocka_unit_test(a_full_disk_is_a_reason_and_no_signal),
    cmocka_unit_test(a_loop_without_a_place_is_counted),
    cmocka_unit_test(a_link_of_that_name_is_not_followed),
    cmocka_unit_test(a_child_writes_into_a_page_of_its_own),
    cmocka_unit_test(a_set_uid_program_makes_no_page),
  };
  return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
