/* SPDX-License-Identifier: MIT */
/* What is asked of the machine: nowhere to put the answer, clocks that do not
 * exist, and the files of procfs when no descriptor is left to read them. */
#include "misuse.h"

#include <unistd.h>

static void nowhere_to_put_the_answer(void** state) {
  (void) state;
  int count;
  uv_cpu_info_t* cpus;
  uv_interface_address_t* addresses;
  ANSWERS(UV_EINVAL, uv_cpu_info(NULL, &count));
  ANSWERS(UV_EINVAL, uv_cpu_info(&cpus, NULL));
  ANSWERS(UV_EINVAL, uv_interface_addresses(NULL, &count));
  ANSWERS(UV_EINVAL, uv_interface_addresses(&addresses, NULL));
  ANSWERS(UV_EINVAL, uv_resident_set_memory(NULL));
  ANSWERS(UV_EINVAL, uv_uptime(NULL));
  ANSWERS(UV_EINVAL, uv_gettimeofday(NULL));
  ANSWERS(UV_EFAULT, uv_clock_gettime(UV_CLOCK_MONOTONIC, NULL));
  ANSWERS(UV_EINVAL, uv_getrusage(NULL));
  ANSWERS(UV_EINVAL, uv_getrusage_thread(NULL));
  ANSWERS(UV_EINVAL, uv_os_uname(NULL));
  SURVIVES(uv_free_cpu_info(NULL, 0));
  SURVIVES(uv_free_interface_addresses(NULL, 0));
}

static void clocks_that_do_not_exist(void** state) {
  (void) state;
  uv_timespec64_t now = { 1, 2 };
  ANSWERS(UV_EINVAL, uv_clock_gettime((uv_clock_id) 99, &now));
  ANSWERS(UV_EINVAL, uv_clock_gettime((uv_clock_id) -1, &now));
  assert_int_equal(1, now.tv_sec);
}

static void no_answer_without_descriptors(void** state) {
  (void) state;
  int count = -7;
  uv_cpu_info_t* cpus = NULL;
  uv_interface_address_t* addresses = NULL;
  size_t rss = 7;
  refuse_fds();
  ANSWERS(UV_EMFILE, uv_cpu_info(&cpus, &count));
  ANSWERS(UV_EMFILE, uv_interface_addresses(&addresses, &count));
  ANSWERS(UV_EMFILE, uv_resident_set_memory(&rss));
  allow_fds();
  assert_int_equal(-7, count);
  assert_int_equal(7, rss);
  assert_null(cpus);
  assert_null(addresses);
}

static void another_answer_without_descriptors(void** state) {
  (void) state;
  double up = 0, load[3] = { -1, -1, -1 };
  refuse_fds();
  ANSWERS(0, uv_uptime(&up));
  ANSWERS(1, uv_get_total_memory() > 0);
  ANSWERS(1, uv_get_free_memory() > 0);
  SURVIVES(uv_get_constrained_memory());
  ANSWERS(1, uv_get_available_memory() > 0);
  ANSWERS(1, uv_available_parallelism() >= 1);
  SURVIVES(uv_loadavg(load));
  allow_fds();
  assert_true(up > 0);
}

static void interfaces_that_do_not_exist(void** state) {
  (void) state;
  char name[UV_IF_NAMESIZE];
  size_t size = sizeof(name);
  ANSWERS(UV_ENXIO, uv_if_indextoname(0x7fffffff, name, &size));
  ANSWERS(UV_ENXIO, uv_if_indextoiid(0x7fffffff, name, &size));
  ANSWERS(UV_EINVAL, uv_if_indextoname(1, NULL, &size));
  ANSWERS(UV_EINVAL, uv_if_indextoname(1, name, NULL));
  ANSWERS(UV_EINVAL, uv_if_indextoiid(1, NULL, &size));
  ANSWERS(UV_EINVAL, uv_if_indextoiid(1, name, NULL));
  size = 0;
  ANSWERS(UV_EINVAL, uv_if_indextoname(1, name, &size));
  ANSWERS(UV_EINVAL, uv_if_indextoiid(1, name, &size));
}

static void an_interface_name_without_room(void** state) {
  (void) state;
  char name[UV_IF_NAMESIZE];
  size_t size = sizeof(name);
  unsigned index = 1; /* The loopback, where there are any. */
  if (uv_if_indextoname(index, name, &size) != 0) SKIP("no interface 1\n");
  size_t needed = size + 1;
  size = 1;
  ANSWERS(UV_ENOBUFS, uv_if_indextoname(index, name, &size));
  assert_int_equal(needed, size);
  size = 1;
  ANSWERS(UV_ENOBUFS, uv_if_indextoiid(index, name, &size));
  assert_int_equal(needed, size);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(nowhere_to_put_the_answer),     T(clocks_that_do_not_exist),
    T(no_answer_without_descriptors), T(another_answer_without_descriptors),
    T(interfaces_that_do_not_exist),  T(an_interface_name_without_room),
  };
  return cmocka_run_group_tests_name("system", tests, NULL, NULL);
}
