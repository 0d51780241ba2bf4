/* SPDX-License-Identifier: MIT */
/* The list of findings, and its page for a person. */
#include "tool/finding.h"

#include "tool/text.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 80 };

void finding_add(struct findings* findings, enum finding_level level,
                 const char* topic, const char* name, char* text,
                 char* advice) {
  struct finding* grown = reallocarray(findings->items, findings->count + 1,
                                       sizeof(findings->items[0]));
  if (grown == NULL) {
    free(text);
    free(advice);
    return;
  }
  findings->items = grown;
  findings->items[findings->count++] =
      (struct finding){ level, topic, name, text, advice };
}

size_t finding_count(const struct findings* findings,
                     enum finding_level level) {
  size_t count = 0;
  for (size_t i = 0; i < findings->count; i++)
    if (findings->items[i].level == level) count++;
  return count;
}

const struct finding* finding_by_name(const struct findings* findings,
                                      const char* name) {
  for (size_t i = 0; i < findings->count; i++)
    if (strcmp(findings->items[i].name, name) == 0) return &findings->items[i];
  return NULL;
}

void findings_free(struct findings* findings) {
  for (size_t i = 0; i < findings->count; i++) {
    free(findings->items[i].text);
    free(findings->items[i].advice);
  }
  free(findings->items);
  *findings = (struct findings){ NULL, 0 };
}

const char* finding_level_name(enum finding_level level) {
  static const char* const names[] = { "fact", "note", "fault" };
  return names[level];
}

/* Print words from column `at` on, indented by `indent` on further lines. */
static void print_wrapped(FILE* stream, const char* text, size_t at,
                          size_t indent) {
  struct text_list words = text_split(text, " ");
  for (size_t i = 0; i < words.count; i++) {
    const size_t len = strlen(words.items[i]);
    if (i > 0 && at + 1 + len > COLUMNS) {
      fprintf(stream, "\n%*s", (int) indent, "");
      at = indent;
    } else if (i > 0) {
      fputc(' ', stream);
      at++;
    }
    fputs(words.items[i], stream);
    at += len;
  }
  fputc('\n', stream);
  text_list_free(&words);
}

void finding_print_advice(const char* advice, int indent, FILE* stream) {
  fprintf(stream, "%*s-> ", indent, "");
  print_wrapped(stream, advice, (size_t) indent + 3, (size_t) indent + 3);
}

static void print_one(const struct finding* finding, FILE* stream,
                      bool has_colours) {
  enum { INDENT = 8 };
  static const char* const colours[] = { "", "\033[33m", "\033[31m" };
  const bool is_fact = finding->level == FINDING_FACT;
  const char* colour = has_colours ? colours[finding->level] : "";
  const char* end = *colour != '\0' ? "\033[0m" : "";
  if (is_fact) {
    fprintf(stream, "  ok    ");
    print_wrapped(stream, finding->text, INDENT, INDENT);
    return;
  }
  fprintf(stream, "  %s%-5s%s [%s] ", colour,
          finding_level_name(finding->level), end, finding->name);
  print_wrapped(stream, finding->text, INDENT + strlen(finding->name) + 3,
                INDENT);
  if (finding->advice != NULL)
    finding_print_advice(finding->advice, INDENT, stream);
}

void findings_print(const struct findings* findings, FILE* stream) {
  const bool has_colours = text_has_colours(stream);
  const char* topic = "";
  for (size_t i = 0; i < findings->count; i++) {
    const struct finding* finding = &findings->items[i];
    if (strcmp(topic, finding->topic) != 0)
      fprintf(stream, "%s%s\n", i > 0 ? "\n" : "", finding->topic);
    topic = finding->topic;
    print_one(finding, stream, has_colours);
  }
}
