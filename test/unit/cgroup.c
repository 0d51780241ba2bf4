/* SPDX-License-Identifier: MIT */
/* unit/cgroup: limits of control groups. What could break: a controller whose
 * name is part of another's, nested groups of which only the outer one has a
 * limit, containers that cannot see their own group, and the many ways to say
 * "no limit". The walks run over a scratch folder, not over this machine. */
#include "unix/linux/cgroup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

/* --- Parsers ------------------------------------------------------------- */

static void bytes_are_a_number_or_no_limit(void** state) {
  (void) state;
  static const struct {
    const char* text;
    bool is_number;
    uint64_t bytes;
  } table[] = {
    { "0\n", true, 0 },
    { "4096\n", true, 4096 },
    { "536870912", true, 536870912 },
    { "max\n", true, UINT64_MAX },
    { "9223372036854771712\n", true, UINT64_MAX }, /* v1, 4 KiB pages */
    { "9223372036854710272\n", true, UINT64_MAX }, /* v1, 64 KiB pages */
    { "18446744073709551615\n", true, UINT64_MAX },
    { "4611686018427387903\n", true, 4611686018427387903 },
    { "", false, 0 },
    { "\n", false, 0 },
    { "-1\n", false, 0 },
    { "none\n", false, 0 },
  };
  for (size_t i = 0; i < COUNT(table); i++) {
    uint64_t bytes = 7;
    assert_int_equal(table[i].is_number,
                     uv__cgroup_parse_bytes(table[i].text, &bytes));
    assert_true(bytes == (table[i].is_number ? table[i].bytes : 7));
  }
}

static void a_quota_is_a_fraction_of_its_period(void** state) {
  (void) state;
  static const struct {
    const char* text;
    double cpus;
  } table[] = {
    { "100000 100000\n", 1 },
    { "50000 100000\n", 0.5 },
    { "150000 100000", 1.5 },
    { "400000\n 50000\n", 8 }, /* version 1: two files, put together */
    { "max 100000\n", 0 },
    { "-1\n 100000\n", 0 },
    { "0 100000\n", 0 },
    { "100000 0\n", 0 },
    { "100000 -5\n", 0 },
    { "100000\n", 0 },
    { "", 0 },
    { "nonsense", 0 },
  };
  for (size_t i = 0; i < COUNT(table); i++)
    assert_true(table[i].cpus == uv__cgroup_parse_quota(table[i].text));
}

static void the_group_in_charge_is_found(void** state) {
  (void) state;
  static const struct {
    const char* text;
    const char* controller;
    int version; /* 0: not found. */
    const char* dir;
    const char* mount;
  } table[] = {
    { "0::/\n", "cpu", 2, "/sys/fs/cgroup", "/sys/fs/cgroup" },
    { "0::/user.slice/a.scope\n", "memory", 2,
      "/sys/fs/cgroup/user.slice/a.scope", "/sys/fs/cgroup" },
    { "0::/no/newline", "memory", 2, "/sys/fs/cgroup/no/newline",
      "/sys/fs/cgroup" },
    { "0::/slash/\n", "cpu", 2, "/sys/fs/cgroup/slash", "/sys/fs/cgroup" },
    { "0::/with:colon\n", "cpu", 2, "/sys/fs/cgroup/with:colon",
      "/sys/fs/cgroup" },
    { "4:memory:/docker/1f\n1:cpu:/\n", "memory", 1,
      "/sys/fs/cgroup/memory/docker/1f", "/sys/fs/cgroup/memory" },
    { "4:memory:/docker/1f\n1:cpu:/\n", "cpu", 1, "/sys/fs/cgroup/cpu",
      "/sys/fs/cgroup/cpu" },
    /* A name within another name is not a match. */
    { "3:cpuset:/s\n2:cpuacct:/a\n1:cpu:/c\n", "cpu", 1, "/sys/fs/cgroup/cpu/c",
      "/sys/fs/cgroup/cpu" },
    { "3:cpuset:/s\n2:cpuacct:/a\n", "cpu", 0, "", "" },
    { "3:cpu,cpuacct:/c\n", "cpu", 1, "/sys/fs/cgroup/cpu/c",
      "/sys/fs/cgroup/cpu" },
    { "3:cpuacct,cpu:/c\n", "cpu", 1, "/sys/fs/cgroup/cpu/c",
      "/sys/fs/cgroup/cpu" },
    /* Both versions in use: the controller's line decides, in any order. */
    { "0::/v2\n5:memory:/v1\n", "memory", 1, "/sys/fs/cgroup/memory/v1",
      "/sys/fs/cgroup/memory" },
    { "9:name=systemd:/init\n0::/v2\n", "cpu", 2, "/sys/fs/cgroup/unified/v2",
      "/sys/fs/cgroup/unified" },
    /* Groups outside of our namespace are out of sight. */
    { "0::/../other\n", "cpu", 2, "/sys/fs/cgroup", "/sys/fs/cgroup" },
    { "0::/..\n", "cpu", 2, "/sys/fs/cgroup", "/sys/fs/cgroup" },
    { "0::/a..b/c\n", "cpu", 2, "/sys/fs/cgroup/a..b/c", "/sys/fs/cgroup" },
    { "", "cpu", 0, "", "" },
    { "nonsense\n0::/\n", "cpu", 0, "", "" },
    { "0:one colon\n", "cpu", 0, "", "" },
  };
  for (size_t i = 0; i < COUNT(table); i++) {
    struct uv__cgroup_place place;
    bool found = uv__cgroup_locate(table[i].text, table[i].controller, &place);
    assert_int_equal(table[i].version != 0, found);
    if (!found) continue;
    assert_int_equal(table[i].version, place.version);
    assert_string_equal(table[i].dir, place.dir);
    assert_int_equal(strlen(table[i].mount), place.mount_len);
  }
}

static void a_path_that_does_not_fit_is_refused(void** state) {
  (void) state;
  char text[PATH_MAX + 16] = "0::/";
  size_t start = strlen(text);
  memset(text + start, 'x', PATH_MAX);
  struct uv__cgroup_place place;
  assert_false(uv__cgroup_locate(text, "cpu", &place));
  /* The mount point, a slash, and the NUL have to fit too. */
  size_t room = PATH_MAX - strlen("/sys/fs/cgroup") - 2;
  text[start + room] = '\0';
  assert_true(uv__cgroup_locate(text, "cpu", &place));
  assert_int_equal(PATH_MAX - 1, strlen(place.dir));
  text[start + room] = 'x';
  text[start + room + 1] = '\0';
  assert_false(uv__cgroup_locate(text, "cpu", &place));
}

static void the_way_up_ends_at_the_mount(void** state) {
  (void) state;
  struct uv__cgroup_place place;
  assert_true(uv__cgroup_locate("4:memory:/a/b\n", "memory", &place));
  assert_true(uv__cgroup_ascend(&place));
  assert_string_equal("/sys/fs/cgroup/memory/a", place.dir);
  assert_true(uv__cgroup_ascend(&place));
  assert_string_equal("/sys/fs/cgroup/memory", place.dir);
  assert_false(uv__cgroup_ascend(&place));
  assert_string_equal("/sys/fs/cgroup/memory", place.dir);
}

/* --- Walks over folders -------------------------------------------------- */

/* A mount point with the group outer/inner. */
struct tree {
  char mount[64];
};

static const char* const folders[] = { "outer", "outer/inner" };
static const char* const files[] = { "cpu.max",
                                     "cpu.cfs_quota_us",
                                     "cpu.cfs_period_us",
                                     "memory.max",
                                     "memory.high",
                                     "memory.current",
                                     "memory.limit_in_bytes",
                                     "memory.usage_in_bytes" };

static int plant(void** state) {
  struct tree* tree = calloc(1, sizeof(*tree));
  if (tree == NULL) return -1;
  *state = tree;
  (void) snprintf(tree->mount, sizeof(tree->mount), "/tmp/cgroup-XXXXXX");
  if (mkdtemp(tree->mount) == NULL) return -1;
  for (size_t i = 0; i < COUNT(folders); i++) {
    char path[128];
    (void) snprintf(path, sizeof(path), "%s/%s", tree->mount, folders[i]);
    if (mkdir(path, 0700) != 0) return -1;
  }
  return 0;
}

static int fell(void** state) {
  struct tree* tree = *state;
  for (int i = (int) COUNT(folders); i >= 0; i--) {
    char path[192];
    const char* folder = i > 0 ? folders[i - 1] : "";
    for (size_t j = 0; j < COUNT(files); j++) {
      (void) snprintf(path, sizeof(path), "%s/%s/%s", tree->mount, folder,
                      files[j]);
      (void) unlink(path);
    }
    (void) snprintf(path, sizeof(path), "%s/%s", tree->mount, folder);
    (void) rmdir(path);
  }
  bool is_gone = access(tree->mount, F_OK) != 0;
  free(tree);
  return is_gone ? 0 : -1;
}

static void put(const struct tree* tree, const char* folder, const char* file,
                const char* text) {
  char path[192];
  (void) snprintf(path, sizeof(path), "%s/%s/%s", tree->mount, folder, file);
  FILE* out = fopen(path, "w");
  assert_non_null(out);
  assert_true(fputs(text, out) >= 0);
  assert_int_equal(0, fclose(out));
}

/* The group `below` the mount point. */
static struct uv__cgroup_place at(const struct tree* tree,
                                  enum uv__cgroup_version version,
                                  const char* below) {
  struct uv__cgroup_place place = { .version = version,
                                    .mount_len = strlen(tree->mount) };
  (void) snprintf(place.dir, sizeof(place.dir), "%s%s", tree->mount, below);
  return place;
}

static double cpus_of(const struct tree* tree, enum uv__cgroup_version version,
                      const char* below) {
  struct uv__cgroup_place place = at(tree, version, below);
  return uv__cgroup_cpu_limit_from(&place);
}

static struct uv__cgroup_memory memory_of(const struct tree* tree,
                                          enum uv__cgroup_version version,
                                          const char* below) {
  struct uv__cgroup_place place = at(tree, version, below);
  struct uv__cgroup_memory memory = { 7, 7 };
  assert_true(uv__cgroup_memory_from(&place, &memory));
  return memory;
}

static void the_tightest_quota_on_the_way_up_counts(void** state) {
  const struct tree* tree = *state;
  assert_true(cpus_of(tree, UV__CGROUP_V2, "/outer/inner") == 0);
  put(tree, "outer/inner", "cpu.max", "max 100000\n");
  assert_true(cpus_of(tree, UV__CGROUP_V2, "/outer/inner") == 0);
  put(tree, "outer", "cpu.max", "150000 100000\n");
  assert_true(cpus_of(tree, UV__CGROUP_V2, "/outer/inner") == 1.5);
  put(tree, "outer/inner", "cpu.max", "300000 100000\n");
  assert_true(cpus_of(tree, UV__CGROUP_V2, "/outer/inner") == 1.5);
  put(tree, "outer/inner", "cpu.max", "25000 100000\n");
  assert_true(cpus_of(tree, UV__CGROUP_V2, "/outer/inner") == 0.25);
  assert_true(cpus_of(tree, UV__CGROUP_V2, "/outer") == 1.5);
  put(tree, "", "cpu.max", "10000 100000\n");
  assert_true(cpus_of(tree, UV__CGROUP_V2, "/outer/inner") == 0.1);
}

static void version_1_keeps_quota_and_period_apart(void** state) {
  const struct tree* tree = *state;
  put(tree, "outer/inner", "cpu.cfs_quota_us", "-1\n");
  put(tree, "outer/inner", "cpu.cfs_period_us", "100000\n");
  assert_true(cpus_of(tree, UV__CGROUP_V1, "/outer/inner") == 0);
  put(tree, "outer", "cpu.cfs_quota_us", "200000\n");
  assert_true(cpus_of(tree, UV__CGROUP_V1, "/outer/inner") == 0);
  put(tree, "outer", "cpu.cfs_period_us", "100000\n");
  assert_true(cpus_of(tree, UV__CGROUP_V1, "/outer/inner") == 2);
}

static void a_group_we_cannot_see_leaves_those_above(void** state) {
  const struct tree* tree = *state;
  put(tree, "", "cpu.max", "50000 100000\n");
  put(tree, "", "memory.max", "1000\n");
  assert_true(cpus_of(tree, UV__CGROUP_V2, "/docker/1f2e") == 0.5);
  assert_int_equal(1000, memory_of(tree, UV__CGROUP_V2, "/docker/1f2e").limit);
}

static void no_memory_files_mean_no_answer(void** state) {
  const struct tree* tree = *state;
  struct uv__cgroup_memory memory = { 7, 7 };
  struct uv__cgroup_place place = at(tree, UV__CGROUP_V2, "/outer/inner");
  assert_false(uv__cgroup_memory_from(&place, &memory));
  assert_int_equal(7, memory.limit);
  assert_int_equal(7, memory.left);
}

static void a_memory_group_without_limit_says_so(void** state) {
  const struct tree* tree = *state;
  put(tree, "outer", "memory.max", "max\n");
  put(tree, "outer", "memory.high", "max\n");
  put(tree, "outer", "memory.current", "12345\n");
  struct uv__cgroup_memory memory = memory_of(tree, UV__CGROUP_V2, "/outer");
  assert_true(memory.limit == UINT64_MAX);
  assert_true(memory.left == UINT64_MAX);
}

static void limit_and_rest_may_come_from_different_groups(void** state) {
  const struct tree* tree = *state;
  put(tree, "outer/inner", "memory.max", "1000\n");
  put(tree, "outer/inner", "memory.current", "100\n");
  put(tree, "outer", "memory.max", "5000\n");
  put(tree, "outer", "memory.current", "4700\n");
  struct uv__cgroup_memory memory =
      memory_of(tree, UV__CGROUP_V2, "/outer/inner");
  assert_int_equal(1000, memory.limit);
  assert_int_equal(300, memory.left);
}

static void the_lower_of_high_and_max_counts(void** state) {
  const struct tree* tree = *state;
  put(tree, "outer", "memory.max", "1000\n");
  put(tree, "outer", "memory.high", "800\n");
  put(tree, "outer", "memory.current", "900\n");
  struct uv__cgroup_memory memory = memory_of(tree, UV__CGROUP_V2, "/outer");
  assert_int_equal(800, memory.limit);
  assert_int_equal(0, memory.left);
  put(tree, "outer", "memory.high", "max\n");
  memory = memory_of(tree, UV__CGROUP_V2, "/outer");
  assert_int_equal(1000, memory.limit);
  assert_int_equal(100, memory.left);
}

static void version_1_has_other_names_for_memory(void** state) {
  const struct tree* tree = *state;
  put(tree, "", "memory.limit_in_bytes", "9223372036854771712\n");
  put(tree, "", "memory.usage_in_bytes", "99999\n");
  put(tree, "outer", "memory.limit_in_bytes", "65536\n");
  put(tree, "outer", "memory.usage_in_bytes", "4096\n");
  struct uv__cgroup_memory memory =
      memory_of(tree, UV__CGROUP_V1, "/outer/inner");
  assert_int_equal(65536, memory.limit);
  assert_int_equal(61440, memory.left);
}

/* --- This machine -------------------------------------------------------- */

static void the_answers_of_this_machine_are_plausible(void** state) {
  (void) state;
  assert_true(uv__cgroup_cpu_limit() >= 0);
  assert_true(uv_available_parallelism() >= 1);
  assert_true(uv_get_available_memory() <= uv_get_total_memory());
}

/* libuv judges so since 1.52.1. */
static void a_resource_limit_of_the_process_constrains_memory(void** state) {
  (void) state;
  const struct {
    int resource;
    rlim_t bytes;
  } limits[] = { { RLIMIT_AS, (rlim_t) 1 << 46 },
                 { RLIMIT_DATA, (rlim_t) 1 << 45 } };
  const uint64_t before = uv_get_constrained_memory();
  for (size_t i = 0; i < COUNT(limits); i++) {
    struct rlimit old;
    assert_int_equal(0, getrlimit(limits[i].resource, &old));
    if (old.rlim_cur != RLIM_INFINITY) {
      print_message("this process has a limit of its own\n");
      skip();
    }
    const struct rlimit tight = { limits[i].bytes, old.rlim_max };
    assert_int_equal(0, setrlimit(limits[i].resource, &tight));
    const uint64_t limited = uv_get_constrained_memory();
    assert_int_equal(0, setrlimit(limits[i].resource, &old));
    const uint64_t wanted = before != 0 && before < limits[i].bytes
                                ? before
                                : (uint64_t) limits[i].bytes;
    assert_true(limited == wanted);
    assert_true(uv_get_constrained_memory() == before);
  }
}

#define IN_TREE(test) cmocka_unit_test_setup_teardown(test, plant, fell)

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(bytes_are_a_number_or_no_limit),
    cmocka_unit_test(a_quota_is_a_fraction_of_its_period),
    cmocka_unit_test(the_group_in_charge_is_found),
    cmocka_unit_test(a_path_that_does_not_fit_is_refused),
    cmocka_unit_test(the_way_up_ends_at_the_mount),
    IN_TREE(the_tightest_quota_on_the_way_up_counts),
    IN_TREE(version_1_keeps_quota_and_period_apart),
    IN_TREE(a_group_we_cannot_see_leaves_those_above),
    IN_TREE(no_memory_files_mean_no_answer),
    IN_TREE(a_memory_group_without_limit_says_so),
    IN_TREE(limit_and_rest_may_come_from_different_groups),
    IN_TREE(the_lower_of_high_and_max_counts),
    IN_TREE(version_1_has_other_names_for_memory),
    cmocka_unit_test(the_answers_of_this_machine_are_plausible),
    cmocka_unit_test(a_resource_limit_of_the_process_constrains_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
