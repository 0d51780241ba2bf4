/* SPDX-License-Identifier: MIT */
/* Host names to ASCII. The first byte is the room for the result, so that every
 * length of buffer is met, the ones that are too short among them
 * (CVE-2024-24806 was a name that got cut). */
#include "base/idna.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t room = data[0];
  char* name = fuzz_text(data + 1, size - 1);
  char* ascii = malloc(room + 1);
  if (ascii == NULL) exit(1);

  const ssize_t written =
      uv__idna_toascii(name, name + size - 1, ascii, ascii + room);
  if (written >= 0) {
    FUZZ_HOLDS(written >= 2 && (size_t) written <= room);
    FUZZ_HOLDS(ascii[written - 1] == '\0');
    FUZZ_HOLDS(written <= 255);
    for (ssize_t i = 0; i < written; i++)
      FUZZ_HOLDS((unsigned char) ascii[i] < 0x80);
    /* A name that is ASCII already stays as it is. */
    char again[256];
    const ssize_t second =
        uv__idna_toascii(ascii, ascii + strnlen(ascii, (size_t) written), again,
                         again + sizeof(again));
    if (strlen(ascii) + 1 == (size_t) written)
      FUZZ_HOLDS(second == written && memcmp(ascii, again, second) == 0);
  }

  const char* pos = name;
  const char* end = name + size - 1;
  while (pos < end) {
    const char* before = pos;
    const unsigned point = uv__utf8_decode1(&pos, end);
    FUZZ_HOLDS(pos > before && pos <= end);
    FUZZ_HOLDS(point == (unsigned) -1 || point <= 0x10FFFF);
  }
  free(ascii);
  free(name);
  return 0;
}
