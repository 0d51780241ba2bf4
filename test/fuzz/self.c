/* SPDX-License-Identifier: MIT */
/* A target whose claim is false of some inputs, which replay.c must find. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FUZZ_HOLDS(size < 3 || data[0] != ':' || data[1] != ':' || data[2] == 'f');
  return 0;
}
