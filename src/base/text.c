/* SPDX-License-Identifier: MIT */
/* Small bounded text functions: a copy that tells when it had to cut, a
 * tokenizer without hidden state, and the size rule of the API's text getters.
 * Pure. Any thread. */
#include "base/text.h"

#include <limits.h>
#include <string.h>

ssize_t uv__strscpy(char* dst, const char* src, size_t size) {
  if (size == 0) return 0;

  /* No longer than `size`, so a source without end is not read past it. */
  size_t len = strnlen(src, size);
  int is_cut = len == size;
  if (is_cut) len--;
  memcpy(dst, src, len);
  dst[len] = '\0';
  return is_cut || len > SSIZE_MAX ? UV_E2BIG : (ssize_t) len;
}

char* uv__strtok(char* text, const char* separators, char** state) {
  char* token = text != NULL ? text : *state;
  if (token == NULL) return NULL;

  token += strspn(token, separators);
  char* end = token + strcspn(token, separators);
  /* Go on behind the separator, or stay at the NUL for good. */
  *state = *end != '\0' ? end + 1 : end;
  if (token == end) return NULL;
  *end = '\0';
  return token;
}

int uv__copy_out(const char* text, size_t len, char* buf, size_t* size) {
  if (*size <= len) {
    *size = len + 1;
    return UV_ENOBUFS;
  }
  memcpy(buf, text, len);
  buf[len] = '\0';
  *size = len;
  return 0;
}
