/* SPDX-License-Identifier: MIT */
/* UTF-16 as Windows and JavaScript have it, lone surrogates included, to and
 * from WTF-8: UTF-8 that may encode a lone surrogate in three bytes.
 *
 * The API counts in two ways, which the functions here keep:
 *   - WTF-8 lengths and capacities are bytes without the NUL, and a buffer has
 *     one byte more than its capacity says;
 *   - UTF-16 lengths given by the caller are units, -1 when a zero ends them;
 *     those that we return, or that bound our output, have the zero in them.
 *
 * What comes in may be anything: bad WTF-8 is UV_EINVAL where there is a result
 * to say so, and neither an input without end nor a small buffer is overrun.
 *
 * Pure apart from the allocation in uv_utf16_to_wtf8(). Any thread. */
#include "base/abi.h"
#include "base/alloc.h"

#include <stdbool.h>
#include <string.h>

static bool is_high_surrogate(uint32_t unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low_surrogate(uint32_t unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* --- From UTF-16 --------------------------------------------------------- */

/* `units` units, or up to a zero when `units` is negative. */
struct utf16 {
  const uint16_t* next;
  ssize_t units;
};

static bool at_end(const struct utf16* in) {
  return in->units < 0 ? *in->next == 0 : in->units == 0;
}

static uint32_t take_unit(struct utf16* in) {
  if (in->units > 0) in->units--;
  return *in->next++;
}

/* The next code point; a surrogate that has no partner stands for itself. */
static uint32_t take_point(struct utf16* in) {
  const uint32_t high = take_unit(in);
  if (!is_high_surrogate(high) || at_end(in)) return high;
  if (!is_low_surrogate(*in->next)) return high;
  return 0x10000 + ((high - 0xD800) << 10) + (take_unit(in) - 0xDC00);
}

static size_t encoded_size(uint32_t point) {
  return 1u + (point >= 0x80) + (point >= 0x800) + (point >= 0x10000);
}

/* Returns encoded_size(point). */
static size_t encode(uint32_t point, char bytes[4]) {
  static const unsigned char marks[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
  const size_t size = encoded_size(point);
  for (size_t i = size - 1; i > 0; i--) {
    bytes[i] = (char) (0x80 | (point & 0x3F));
    point >>= 6;
  }
  bytes[0] = (char) (marks[size] | point);
  return size;
}

size_t uv_utf16_length_as_wtf8(const uint16_t* utf16, ssize_t utf16_len) {
  struct utf16 in = { utf16, utf16_len };
  size_t len = 0;
  while (!at_end(&in)) len += encoded_size(take_point(&in));
  return len;
}

/* Fill `buf` up to `capacity` bytes, a code point cut in two if need be, and
 * put a NUL behind. */
static void convert(struct utf16 in, char* buf, size_t capacity) {
  size_t used = 0;
  while (used < capacity && !at_end(&in)) {
    char bytes[4];
    const size_t size = encode(take_point(&in), bytes);
    const size_t room = capacity - used;
    memcpy(buf + used, bytes, size < room ? size : room);
    used += size < room ? size : room;
  }
  buf[used] = '\0';
}

int uv_utf16_to_wtf8(const uint16_t* utf16, ssize_t utf16_len, char** wtf8_ptr,
                     size_t* wtf8_len_ptr) {
  const struct utf16 in = { utf16, utf16_len };
  const size_t len = uv_utf16_length_as_wtf8(utf16, utf16_len);
  const bool is_conversion = wtf8_ptr != NULL;
  const bool is_given = is_conversion && *wtf8_ptr != NULL;
  if (is_given && wtf8_len_ptr == NULL) return UV_EINVAL;

  size_t capacity = len;
  if (is_given) {
    capacity = *wtf8_len_ptr;
  } else if (is_conversion) {
    *wtf8_ptr = uv__malloc(len + 1);
    if (*wtf8_ptr == NULL) return UV_ENOMEM;
  }
  if (is_conversion) convert(in, *wtf8_ptr, capacity);
  if (wtf8_len_ptr != NULL) *wtf8_len_ptr = len;
  return capacity < len ? UV_ENOBUFS : 0;
}

/* --- From WTF-8 ---------------------------------------------------------- */

/* The bytes that follow a first byte, -1 when it cannot be first, and the
 * lowest code point that may be written so. */
static int following_bytes(unsigned char first, uint32_t* lowest) {
  static const uint32_t lowest_of[] = { 0, 0x80, 0x800, 0x10000 };
  int count = -1;
  if (first < 0x80)
    count = 0;
  else if (first >= 0xC2 && first < 0xE0)
    count = 1;
  else if (first >= 0xE0 && first < 0xF0)
    count = 2;
  else if (first >= 0xF0 && first < 0xF5)
    count = 3;
  if (count >= 0) *lowest = lowest_of[count];
  return count;
}

/* The code point at `*pos`, which moves on, or UV_EINVAL. A NUL is no
 * continuation, so the end of the text is never passed. */
static int32_t decode(const char** pos) {
  const unsigned char first = (unsigned char) *(*pos)++;
  uint32_t lowest;
  int left = following_bytes(first, &lowest);
  if (left < 0) return UV_EINVAL;

  uint32_t point = left == 0 ? first : first & (0x3Fu >> left);
  for (; left > 0; left--) {
    const unsigned char byte = (unsigned char) **pos;
    if ((byte & 0xC0) != 0x80) return UV_EINVAL;
    point = point << 6 | (byte & 0x3F);
    ++*pos;
  }
  if (point < lowest || point > 0x10FFFF) return UV_EINVAL;
  return (int32_t) point;
}

ssize_t uv_wtf8_length_as_utf16(const char* wtf8) {
  ssize_t units = 1; /* The zero. */
  while (*wtf8 != '\0') {
    const int32_t point = decode(&wtf8);
    if (point < 0) return UV_EINVAL;
    units += point < 0x10000 ? 1 : 2;
  }
  return units;
}

/* Of a text that uv_wtf8_length_as_utf16() refused, or with too small a buffer,
 * as much is converted as is good and fits. */
void uv_wtf8_to_utf16(const char* wtf8, uint16_t* utf16, size_t utf16_len) {
  if (utf16_len == 0) return;
  size_t room = utf16_len - 1;
  while (*wtf8 != '\0' && room > 0) {
    const int32_t point = decode(&wtf8);
    if (point < 0) break;
    if (point < 0x10000) {
      *utf16++ = (uint16_t) point;
      room--;
      continue;
    }
    if (room < 2) break;
    *utf16++ = (uint16_t) (0xD800 + ((point - 0x10000) >> 10));
    *utf16++ = (uint16_t) (0xDC00 + (point & 0x3FF));
    room -= 2;
  }
  *utf16 = 0;
}
