/* SPDX-License-Identifier: MIT */
/* What every fuzz target shares. A target is one file: it takes any bytes,
 * calls the code under test, and says by FUZZ_HOLDS what is true of every
 * input. */
#ifndef POLLUX_TEST_FUZZ_H
#define POLLUX_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_HOLDS(claim)                                                      \
  do {                                                                         \
    if (!(claim)) {                                                            \
      fprintf(stderr, "%s:%d: false: %s\n", __FILE__, __LINE__, #claim);       \
      abort();                                                                 \
    }                                                                          \
  } while (0)

/* The target's entry, by libFuzzer's name for it. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/* A copy of the input that ends with a NUL; the caller frees it. Its size is
 * exact, so that a sanitizer sees a read beyond the end. */
static inline char* fuzz_text(const uint8_t* data, size_t size) {
  char* text = malloc(size + 1);
  if (text == NULL) exit(1);
  if (size > 0) memcpy(text, data, size);
  text[size] = '\0';
  return text;
}

#endif
