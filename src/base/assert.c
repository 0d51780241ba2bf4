/* SPDX-License-Identifier: MIT */
/* The slow side of assert.h: says what did not hold, and stops. */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

void uv__assert_fail(const char* claim, const char* file, int line) {
  fprintf(stderr, "pollux: %s:%d: this must hold: %s\n", file, line, claim);
  fflush(stderr);
  abort();
}
