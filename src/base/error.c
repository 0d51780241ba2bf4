/* SPDX-License-Identifier: MIT */
/* Error codes to names and messages, and errno values to error codes.
 *
 * The table has a row for each code of UV_ERRNO_MAP. EFTYPE is special: builds
 * in the world disagree about its value (abi.h), so both numbers are known
 * here, whatever our headers say. A program that was built with the other
 * value must not be told that its error is unknown.
 *
 * A code without a row makes uv_strerror() and uv_err_name() allocate a text
 * that is never freed, as their documentation says; the _r variants do not.
 *
 * Pure apart from that allocation. Any thread. */
#include "base/abi.h"
#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

struct row {
  int code;
  const char* name;
  const char* message;
};

static const struct row rows[] = {
#define ROW(name, message) { UV_##name, #name, message },
  UV_ERRNO_MAP(ROW)
#undef ROW
};

static const char unknown_text[] = "Unknown system error";

/* Room for the text, a blank, the digits of any int with its sign, a NUL. */
enum { UNKNOWN_SIZE = sizeof(unknown_text) + 1 + 11 };

static const struct row* find(int code) {
  if (code == UV__EFTYPE_GENERIC || code == UV__EFTYPE_LINUX) code = UV_EFTYPE;
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    if (rows[i].code == code) return &rows[i];
  return NULL;
}

static void print_unknown(char* buf, size_t size, int code) {
  /* Cut when it does not fit, which is what the callers promise. */
  (void) snprintf(buf, size, "%s %d", unknown_text, code);
}

static const char* allocate_unknown(int code) {
  char text[UNKNOWN_SIZE];
  print_unknown(text, sizeof(text), code);
  const char* copy = uv__strdup(text);
  return copy != NULL ? copy : unknown_text;
}

/* As much of `text` as fits, with a NUL; nothing when there is no room. */
static char* print(const char* text, int code, char* buf, size_t size) {
  if (text == NULL)
    print_unknown(buf, size, code);
  else
    (void) snprintf(buf, size, "%s", text);
  return buf;
}

const char* uv_strerror(int err) {
  const struct row* row = find(err);
  return row != NULL ? row->message : allocate_unknown(err);
}

const char* uv_err_name(int err) {
  const struct row* row = find(err);
  return row != NULL ? row->name : allocate_unknown(err);
}

char* uv_strerror_r(int err, char* buf, size_t buflen) {
  const struct row* row = find(err);
  return print(row != NULL ? row->message : NULL, err, buf, buflen);
}

char* uv_err_name_r(int err, char* buf, size_t buflen) {
  const struct row* row = find(err);
  return print(row != NULL ? row->name : NULL, err, buf, buflen);
}

/* Codes on unix are errno values with their sign turned round; a value that is
 * a code already stays what it is. */
int uv_translate_sys_error(int sys_errno) {
  return sys_errno > 0 ? -sys_errno : sys_errno;
}
