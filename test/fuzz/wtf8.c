/* SPDX-License-Identifier: MIT */
/* WTF-8 and UTF-16, there and back. */
#include "fuzz.h"

#include "base/abi.h"

/* Text that converts comes back as the same bytes. */
static void from_wtf8(const char* text) {
  const ssize_t units = uv_wtf8_length_as_utf16(text);
  if (units < 0) {
    FUZZ_HOLDS(units == UV_EINVAL);
    return;
  }
  FUZZ_HOLDS(units >= 1);
  uint16_t* wide = malloc((size_t) units * sizeof(*wide));
  if (wide == NULL) exit(1);
  uv_wtf8_to_utf16(text, wide, (size_t) units);
  FUZZ_HOLDS(wide[units - 1] == 0);

  char* back = NULL;
  size_t back_size = 0;
  FUZZ_HOLDS(uv_utf16_to_wtf8(wide, units - 1, &back, &back_size) == 0);
  FUZZ_HOLDS(back_size == uv_utf16_length_as_wtf8(wide, units - 1));
  FUZZ_HOLDS(strlen(back) == back_size);
  /* A pair of surrogates that WTF-8 holds apart becomes one code point. */
  if (back_size == strlen(text)) FUZZ_HOLDS(strcmp(back, text) == 0);
  free(back);
  free(wide);
}

/* Any units convert, and come back as they were. */
static void from_utf16(const uint16_t* wide, size_t units) {
  const size_t need = uv_utf16_length_as_wtf8(wide, (ssize_t) units);
  char* text = malloc(need + 1);
  if (text == NULL) exit(1);
  char* target = text;
  size_t size = need;
  FUZZ_HOLDS(uv_utf16_to_wtf8(wide, (ssize_t) units, &target, &size) == 0);
  FUZZ_HOLDS(size == need && text[need] == '\0');

  if (need > 0) { /* One byte too few is an error that names the need. */
    size_t small = need - 1;
    char* short_text = malloc(small + 1);
    if (short_text == NULL) exit(1);
    target = short_text;
    FUZZ_HOLDS(uv_utf16_to_wtf8(wide, (ssize_t) units, &target, &small) ==
               UV_ENOBUFS);
    FUZZ_HOLDS(small == need);
    free(short_text);
  }
  if (strlen(text) == need) { /* No zero among the units. */
    FUZZ_HOLDS(uv_wtf8_length_as_utf16(text) == (ssize_t) units + 1);
    uint16_t* again = malloc((units + 1) * sizeof(*again));
    if (again == NULL) exit(1);
    uv_wtf8_to_utf16(text, again, units + 1);
    FUZZ_HOLDS(memcmp(again, wide, units * sizeof(*again)) == 0);
    free(again);
  }
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  char* text = fuzz_text(data, size);
  from_wtf8(text);
  free(text);

  const size_t units = size / 2;
  uint16_t* wide = malloc(units * 2 + 2);
  if (wide == NULL) exit(1);
  memcpy(wide, data, units * 2);
  from_utf16(wide, units);
  free(wide);
  return 0;
}
