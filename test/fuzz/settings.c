/* SPDX-License-Identifier: MIT */
/* The texts of POLLUX_* and UV_THREADPOOL_SIZE. */
#include "fuzz.h"

#include "base/abi.h"
#include "loop/config.h"

static void complain_of(const char* value) {
  /* Every size of the buffer, and twice: the second one is appended. */
  char small[64] = "";
  uv__complain(small, sizeof(small), "POLLUX_MONITOR", value, "is not built");
  uv__complain(small, sizeof(small), "POLLUX_STATS", value,
               "is not understood");
  FUZZ_HOLDS(memchr(small, '\0', sizeof(small)) != NULL);
  for (const char* at = small; *at != '\0'; at++)
    FUZZ_HOLDS((unsigned char) *at >= ' ' && (unsigned char) *at < 127);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  char* text = fuzz_text(data, size);
  const int64_t high_ns = INT64_C(86400) * 1000000000;
  static const int64_t plain_ns[] = { 1, 1000000 };
  for (size_t i = 0; i < 2; i++) {
    int64_t span_ns = -1;
    const int rc = uv__span_from(text, plain_ns[i], high_ns, &span_ns);
    if (rc == 0)
      FUZZ_HOLDS(span_ns >= 0 && span_ns <= high_ns);
    else
      FUZZ_HOLDS(rc == UV_EINVAL || rc == UV_ERANGE);
    if (rc != 0) FUZZ_HOLDS(span_ns == -1);
  }
  FUZZ_HOLDS(uv__stats_kind_of(text) <= UV__STATS_UNKNOWN);
  const unsigned threads = uv__pool_size_from(text);
  FUZZ_HOLDS(threads >= 1 && threads <= UV__POOL_SIZE_MAX);
  complain_of(text);
  free(text);
  return 0;
}
