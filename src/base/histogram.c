/* SPDX-License-Identifier: MIT */
/* Reading a histogram; adding to it is in histogram.h. */
#include "base/histogram.h"

uint64_t uv__histogram_low(unsigned index) {
  if (index < UV__HISTOGRAM_SUB) return index;
  unsigned shift = (index >> UV__HISTOGRAM_SUB_BITS) - 1;
  uint64_t head = UV__HISTOGRAM_SUB + index % UV__HISTOGRAM_SUB;
  return head << shift;
}

uint64_t uv__histogram_high(unsigned index) {
  if (index + 1 >= UV__HISTOGRAM_BUCKETS) return UINT64_MAX;
  return uv__histogram_low(index + 1) - 1;
}

uint64_t uv__histogram_count(const struct uv__histogram* h) {
  uint64_t count = 0;
  for (unsigned i = 0; i < UV__HISTOGRAM_BUCKETS; i++)
    count += uv__load_relaxed(&h->buckets[i]);
  return count;
}

uint64_t uv__histogram_percentile(const struct uv__histogram* h,
                                  unsigned per_mille) {
  const uint64_t count = uv__histogram_count(h);
  const uint64_t max = uv__load_relaxed(&h->max);
  if (count == 0) return 0;
  /* Rounded up, without a product that could overflow. */
  uint64_t wanted =
      count / 1000 * per_mille + (count % 1000 * per_mille + 999) / 1000;
  if (wanted == 0) wanted = 1;
  uint64_t seen = 0;
  unsigned index = 0;
  for (; index + 1 < UV__HISTOGRAM_BUCKETS; index++) {
    seen += uv__load_relaxed(&h->buckets[index]);
    if (seen >= wanted) break;
  }
  const uint64_t high = uv__histogram_high(index);
  return high < max ? high : max;
}

void uv__histogram_copy(struct uv__histogram* to,
                        const struct uv__histogram* from) {
  to->sum = uv__load_relaxed(&from->sum);
  to->max = uv__load_relaxed(&from->max);
  for (unsigned i = 0; i < UV__HISTOGRAM_BUCKETS; i++)
    to->buckets[i] = uv__load_relaxed(&from->buckets[i]);
}

void uv__histogram_since(struct uv__histogram* h,
                         const struct uv__histogram* earlier) {
  uint64_t high = 0;
  for (unsigned i = 0; i < UV__HISTOGRAM_BUCKETS; i++) {
    h->buckets[i] -= earlier->buckets[i];
    if (h->buckets[i] != 0) high = uv__histogram_high(i);
  }
  h->sum -= earlier->sum;
  if (high < h->max) h->max = high;
}
