/* SPDX-License-Identifier: MIT */
/* Host names to ASCII. A name is a row of labels with dots between them. An
 * ASCII label is copied as it is, whatever stands in it: resolvers are used
 * with names that DNS would not take. Any other label becomes "xn--" and its
 * punycode (RFC 3492). There is no mapping of case and no normalisation; only
 * the three other full stops of IDNA 2003 count as dots.
 *
 * Names come from the network, so:
 *   - a name is never cut: what does not fit is an error, or a prefix of the
 *     caller's name would be looked up;
 *   - a NUL within the name is an error, for the same reason;
 *   - a label is decoded once into a bounded array and everything else works
 *     on code points, so work and memory are bounded by LABEL_MAX.
 *
 * Pure. Any thread. Knows nothing but its header, so that a test may include
 * this file as a whole. */
#include "base/idna.h"

#include <stdbool.h>
#include <string.h>

/* Code points in a label. A name has 253 bytes at most and each code point
 * needs one or more, so what is longer is no name. */
enum { LABEL_MAX = 256 };

/* The parameters of punycode, RFC 3492 section 5. */
enum {
  PUNY_BASE = 36,
  PUNY_TMIN = 1,
  PUNY_TMAX = 26,
  PUNY_SKEW = 38,
  PUNY_DAMP = 700,
  PUNY_BIAS = 72,
  PUNY_FIRST = 0x80,
};

static const unsigned ill_formed = (unsigned) -1;

/* --- UTF-8 -------------------------------------------------------------- */

/* What a first byte announces; the smallest code point tells overlong forms. */
struct utf8_form {
  unsigned char mask;
  unsigned char mark;
  unsigned char size;
  unsigned lowest;
};

static const struct utf8_form utf8_forms[] = {
  { 0x80, 0x00, 1, 0x0 },
  { 0xE0, 0xC0, 2, 0x80 },
  { 0xF0, 0xE0, 3, 0x800 },
  { 0xF8, 0xF0, 4, 0x10000 },
};

static const struct utf8_form* classify(unsigned char first) {
  for (size_t i = 0; i < sizeof(utf8_forms) / sizeof(utf8_forms[0]); i++)
    if ((first & utf8_forms[i].mask) == utf8_forms[i].mark)
      return &utf8_forms[i];
  return NULL;
}

/* A bad sequence is consumed in the length that its first byte announces, as
 * far as there is text; a byte that cannot be first is consumed alone. */
unsigned uv__utf8_decode1(const char** pos, const char* end) {
  const unsigned char* bytes = (const unsigned char*) *pos;
  const struct utf8_form* form = classify(bytes[0]);
  if (form == NULL) {
    *pos += 1;
    return ill_formed;
  }
  if (end - *pos < form->size) {
    *pos = end;
    return ill_formed;
  }
  *pos += form->size;

  unsigned point = bytes[0] & (unsigned char) ~form->mask;
  bool is_continued = true;
  for (unsigned i = 1; i < form->size; i++) {
    is_continued = is_continued && (bytes[i] & 0xC0) == 0x80;
    point = point << 6 | (bytes[i] & 0x3F);
  }
  bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
  bool is_in_range = point >= form->lowest && point <= 0x10FFFF;
  return is_continued && is_in_range && !is_surrogate ? point : ill_formed;
}

/* --- Output -------------------------------------------------------------- */

/* Where the result goes. Once it is full it takes nothing more, and says so at
 * the end: a writer needs no check after each byte. */
struct sink {
  char* next;
  char* end;
  bool is_full;
};

static void put(struct sink* out, char byte) {
  if (out->next < out->end)
    *out->next++ = byte;
  else
    out->is_full = true;
}

/* --- Punycode ----------------------------------------------------------------
 * The state of RFC 3492's encoder: the code points below `floor` are written,
 * `written` of them. */
struct puny {
  const unsigned* points;
  size_t count;
  size_t written;
  size_t basic_count;
  unsigned floor;
  unsigned bias;
  uint64_t delta;
};

/* How far the decoder gets from digit position `k` (in steps of PUNY_BASE)
 * without another digit. */
static unsigned threshold(unsigned k, unsigned bias) {
  if (k <= bias + PUNY_TMIN) return PUNY_TMIN;
  if (k >= bias + PUNY_TMAX) return PUNY_TMAX;
  return k - bias;
}

static void put_digit(struct sink* out, unsigned digit) {
  put(out, "abcdefghijklmnopqrstuvwxyz0123456789"[digit]);
}

/* A generalised variable-length integer, RFC 3492 section 3.3. */
static void put_integer(struct sink* out, uint64_t value, unsigned bias) {
  unsigned k = PUNY_BASE;
  unsigned least = threshold(k, bias);
  while (value >= least) {
    const unsigned span = PUNY_BASE - least;
    const uint64_t rest = value - least;
    put_digit(out, least + (unsigned) (rest % span));
    value = rest / span;
    k += PUNY_BASE;
    least = threshold(k, bias);
  }
  put_digit(out, (unsigned) value);
}

/* Section 3.4: the next delta will be about as large as this one was. */
static unsigned next_bias(uint64_t delta, size_t handled, bool is_first) {
  const unsigned span = PUNY_BASE - PUNY_TMIN;
  unsigned steps = 0;
  delta /= is_first ? PUNY_DAMP : 2;
  for (delta += delta / handled; delta > span * PUNY_TMAX / 2; delta /= span)
    steps += PUNY_BASE;
  return steps + (unsigned) ((span + 1) * delta / (delta + PUNY_SKEW));
}

static unsigned lowest_left(const struct puny* p) {
  unsigned lowest = ill_formed;
  for (size_t i = 0; i < p->count; i++)
    if (p->points[i] >= p->floor && p->points[i] < lowest)
      lowest = p->points[i];
  return lowest;
}

/* Write all places of the code point `which`, the lowest one left. The delta
 * cannot overflow: at most 0x10FFFF * LABEL_MAX a round. */
static void put_places(struct puny* p, unsigned which, struct sink* out) {
  p->delta += (uint64_t) (which - p->floor) * (p->written + 1);
  for (size_t i = 0; i < p->count; i++) {
    if (p->points[i] < which) p->delta++;
    if (p->points[i] != which) continue;
    put_integer(out, p->delta, p->bias);
    p->written++;
    p->bias = next_bias(p->delta, p->written, p->written == p->basic_count + 1);
    p->delta = 0;
  }
  p->floor = which + 1;
  p->delta++;
}

static void put_ascii(const unsigned* points, size_t count, struct sink* out) {
  for (size_t i = 0; i < count; i++)
    if (points[i] < PUNY_FIRST) put(out, (char) points[i]);
}

static void put_label(const unsigned* points, size_t count, struct sink* out) {
  size_t basic_count = 0;
  for (size_t i = 0; i < count; i++) basic_count += points[i] < PUNY_FIRST;
  if (basic_count == count) {
    put_ascii(points, count, out);
    return;
  }

  for (const char* prefix = "xn--"; *prefix != '\0'; prefix++)
    put(out, *prefix);
  put_ascii(points, count, out);
  if (basic_count > 0) put(out, '-');

  struct puny puny = {
    .points = points,
    .count = count,
    .written = basic_count,
    .basic_count = basic_count,
    .floor = PUNY_FIRST,
    .bias = PUNY_BIAS,
  };
  while (puny.written < count && !out->is_full)
    put_places(&puny, lowest_left(&puny), out);
}

/* --- Names --------------------------------------------------------------- */

static bool is_dot(unsigned point) {
  return point == '.' || point == 0x3002 || point == 0xFF0E || point == 0xFF61;
}

ssize_t uv__idna_toascii(const char* source, const char* source_end, char* dest,
                         char* dest_end) {
  if (source >= source_end) return UV_EINVAL;

  struct sink out = { .next = dest, .end = dest_end };
  unsigned label[LABEL_MAX];
  size_t count = 0;
  while (source < source_end) {
    const unsigned point = uv__utf8_decode1(&source, source_end);
    if (point == ill_formed || point == 0) return UV_EINVAL;
    if (is_dot(point)) {
      put_label(label, count, &out);
      put(&out, '.');
      count = 0;
    } else if (count < LABEL_MAX) {
      label[count++] = point;
    } else {
      return UV_EINVAL;
    }
    if (out.is_full) return UV_EINVAL;
  }
  put_label(label, count, &out);
  put(&out, '\0');
  return out.is_full ? UV_EINVAL : out.next - dest;
}
