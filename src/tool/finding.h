/* SPDX-License-Identifier: MIT */
/* Findings: what the tool has to say about a program, a process or the machine,
 * each with a name that scripts and the documentation can refer to. */
#ifndef POLLUX_TOOL_FINDING_H
#define POLLUX_TOOL_FINDING_H

#include <stddef.h>
#include <stdio.h>

enum finding_level {
  FINDING_FACT, /* How things are. */
  FINDING_NOTE, /* Something works less well than it could. */
  FINDING_FAULT /* Pollux is not used, or cannot be. */
};

struct finding {
  enum finding_level level;
  const char* topic; /* "program", "library", "kernel", "cpu", "network". */
  const char* name;  /* "static-copy"; constant. */
  char* text;
  char* advice; /* What would help, or NULL. */
};

struct findings {
  struct finding* items;
  size_t count;
};

/* Takes `text` and `advice` over; both come from text_format(). */
void finding_add(struct findings* findings, enum finding_level level,
                 const char* topic, const char* name, char* text, char* advice);
size_t finding_count(const struct findings* findings, enum finding_level level);
const struct finding* finding_by_name(const struct findings* findings,
                                      const char* name);
void findings_free(struct findings* findings);

/* A line of advice, indented by `indent`; 80 columns. */
void finding_print_advice(const char* advice, int indent, FILE* stream);

/* For a person, topic by topic; 80 columns. */
void findings_print(const struct findings* findings, FILE* stream);
/* For a program. -ENOTSUP where this build has no JSON. */
int findings_print_json(const struct findings* findings, FILE* stream);

const char* finding_level_name(enum finding_level level);

#endif
