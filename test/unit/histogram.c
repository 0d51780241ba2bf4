/* SPDX-License-Identifier: MIT */
/* The histogram. What could break: a value in a wrong bucket, a percentile off
 * by one, a reader that meets a writer. */
#include "base/histogram.h"

#include "base/abi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct uv__histogram h;

static int clear(void** state) {
  (void) state;
  memset(&h, 0, sizeof(h));
  return 0;
}

static void a_small_value_has_a_bucket_of_its_own(void** state) {
  (void) state;
  for (unsigned value = 0; value < 2 * UV__HISTOGRAM_SUB; value++) {
    assert_int_equal(value, uv__histogram_index(value));
    assert_int_equal(value, uv__histogram_low(value));
    assert_int_equal(value, uv__histogram_high(value));
  }
}

static void buckets_follow_each_other_without_a_gap(void** state) {
  (void) state;
  for (unsigned i = 0; i + 1 < UV__HISTOGRAM_BUCKETS; i++) {
    assert_int_equal(i, uv__histogram_index(uv__histogram_low(i)));
    assert_int_equal(i, uv__histogram_index(uv__histogram_high(i)));
    assert_int_equal(uv__histogram_high(i) + 1, uv__histogram_low(i + 1));
  }
}

static void a_bucket_is_no_wider_than_a_sixteenth(void** state) {
  (void) state;
  for (unsigned i = 0; i + 1 < UV__HISTOGRAM_BUCKETS; i++) {
    uint64_t low = uv__histogram_low(i);
    assert_true((uv__histogram_high(i) - low) * UV__HISTOGRAM_SUB <= low);
  }
}

static void a_value_beyond_the_end_counts_in_the_last_bucket(void** state) {
  (void) state;
  const unsigned last = UV__HISTOGRAM_BUCKETS - 1;
  assert_int_equal(last, uv__histogram_index(UINT64_MAX));
  assert_int_equal(last, uv__histogram_index((uint64_t) 1 << 40));
  assert_int_equal(last, uv__histogram_index(((uint64_t) 1 << 40) - 1));
  uv__histogram_add(&h, UINT64_MAX, 1);
  assert_true(UINT64_MAX == uv__histogram_percentile(&h, 500));
}

static void an_empty_one_has_no_values(void** state) {
  (void) state;
  assert_int_equal(0, uv__histogram_count(&h));
  assert_int_equal(0, uv__histogram_percentile(&h, 999));
}

static void one_value_is_every_percentile(void** state) {
  (void) state;
  uv__histogram_add(&h, 1000003, 1);
  assert_int_equal(1000003, uv__histogram_percentile(&h, 0));
  assert_int_equal(1000003, uv__histogram_percentile(&h, 500));
  assert_int_equal(1000003, uv__histogram_percentile(&h, 1000));
}

/* The rank is rounded up: of ten values the median is the fifth. */
static void percentiles_are_those_of_a_sorted_list(void** state) {
  (void) state;
  static const struct {
    unsigned per_mille, value;
  } rows[] = { { 0, 1 },   { 100, 1 }, { 101, 2 },  { 500, 5 },
               { 501, 6 }, { 900, 9 }, { 901, 10 }, { 1000, 10 } };
  for (unsigned value = 1; value <= 10; value++)
    uv__histogram_add(&h, value, 1);
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    assert_int_equal(rows[i].value,
                     uv__histogram_percentile(&h, rows[i].per_mille));
}

static int compare(const void* a, const void* b) {
  const uint64_t x = *(const uint64_t*) a, y = *(const uint64_t*) b;
  return (x > y) - (x < y);
}

/* Against a sorted list, over values of all sizes. */
static void a_percentile_is_right_to_one_part_in_sixteen(void** state) {
  (void) state;
  enum { COUNT = 5000 };
  static uint64_t values[COUNT];
  uint64_t seed = 4711;
  for (size_t i = 0; i < COUNT; i++) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    values[i] = (seed >> 24) >> (seed >> 59);
    uv__histogram_add(&h, values[i], 1);
  }
  qsort(values, COUNT, sizeof(values[0]), compare);
  for (unsigned per_mille = 1; per_mille <= 1000; per_mille++) {
    const uint64_t exact = values[COUNT / 1000 * per_mille - 1];
    const uint64_t found = uv__histogram_percentile(&h, per_mille);
    assert_true(found >= exact);
    assert_true(found - exact <= exact / UV__HISTOGRAM_SUB);
  }
}

static void a_weight_counts_so_many_times(void** state) {
  (void) state;
  uv__histogram_add(&h, 7, 99);
  uv__histogram_add(&h, 9, 1);
  assert_int_equal(100, uv__histogram_count(&h));
  assert_int_equal(7 * 99 + 9, h.sum);
  assert_int_equal(7, uv__histogram_percentile(&h, 990));
  assert_int_equal(9, uv__histogram_percentile(&h, 991));
}

static void what_came_since_is_the_difference(void** state) {
  (void) state;
  struct uv__histogram earlier;
  uv__histogram_add(&h, 1000000, 1);
  uv__histogram_copy(&earlier, &h);
  uv__histogram_add(&h, 20, 3);
  uv__histogram_since(&h, &earlier);
  assert_int_equal(3, uv__histogram_count(&h));
  assert_int_equal(60, h.sum);
  assert_int_equal(20, h.max);
}

/* --- A reader beside the writer ------------------------------------------- */

static int is_over;

static void write_on(void* arg) {
  (void) arg;
  for (uint64_t i = 0; i < 2000000; i++) uv__histogram_add(&h, i % 64, 1);
  uv__store_release(&is_over, 1);
}

/* Counts never fall, and a percentile is always one of the values. */
static void a_reader_beside_the_writer_sees_whole_words(void** state) {
  (void) state;
  uv_thread_t writer;
  uint64_t before = 0;
  is_over = 0;
  assert_int_equal(0, uv_thread_create(&writer, write_on, NULL));
  while (!uv__load_acquire(&is_over)) {
    struct uv__histogram copy;
    uv__histogram_copy(&copy, &h);
    const uint64_t count = uv__histogram_count(&copy);
    assert_true(count >= before);
    assert_true(uv__histogram_percentile(&copy, 1000) <= 63);
    before = count;
  }
  assert_int_equal(0, uv_thread_join(&writer));
  assert_int_equal(2000000, uv__histogram_count(&h));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(a_small_value_has_a_bucket_of_its_own, clear),
    cmocka_unit_test_setup(buckets_follow_each_other_without_a_gap, clear),
    cmocka_unit_test_setup(a_bucket_is_no_wider_than_a_sixteenth, clear),
    cmocka_unit_test_setup(a_value_beyond_the_end_counts_in_the_last_bucket,
                           clear),
    cmocka_unit_test_setup(an_empty_one_has_no_values, clear),
    cmocka_unit_test_setup(one_value_is_every_percentile, clear),
    cmocka_unit_test_setup(percentiles_are_those_of_a_sorted_list, clear),
    cmocka_unit_test_setup(a_percentile_is_right_to_one_part_in_sixteen, clear),
    cmocka_unit_test_setup(a_weight_counts_so_many_times, clear),
    cmocka_unit_test_setup(what_came_since_is_the_difference, clear),
    cmocka_unit_test_setup(a_reader_beside_the_writer_sees_whole_words, clear),
  };
  return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
