/* SPDX-License-Identifier: MIT */
/* Findings for a program to read, by json-c. The form is in docs/man/pollux.1.
 */
#include "tool/finding.h"

#include "pollux.h"

#include <errno.h>
#include <json-c/json.h>

static void set(struct json_object* object, const char* key, const char* text) {
  json_object_object_add(object, key,
                         text == NULL ? NULL : json_object_new_string(text));
}

static struct json_object* one(const struct finding* finding) {
  struct json_object* object = json_object_new_object();
  set(object, "topic", finding->topic);
  set(object, "name", finding->name);
  set(object, "level", finding_level_name(finding->level));
  set(object, "text", finding->text);
  set(object, "advice", finding->advice);
  return object;
}

static struct json_object* number(size_t count) {
  return json_object_new_int64((int64_t) count);
}

int findings_print_json(const struct findings* findings, FILE* stream) {
  struct json_object* page = json_object_new_object();
  struct json_object* list = json_object_new_array();
  for (size_t i = 0; i < findings->count; i++)
    json_object_array_add(list, one(&findings->items[i]));
  set(page, "pollux", POLLUX_VERSION);
  json_object_object_add(page, "faults",
                         number(finding_count(findings, FINDING_FAULT)));
  json_object_object_add(page, "notes",
                         number(finding_count(findings, FINDING_NOTE)));
  json_object_object_add(page, "findings", list);
  fprintf(stream, "%s\n",
          json_object_to_json_string_ext(
              page, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                        JSON_C_TO_STRING_NOSLASHESCAPE));
  json_object_put(page);
  return 0;
}
