/* SPDX-License-Identifier: MIT */
/* One page: the sums over all loops, then a line of advice where the figures
 * give a reason for one. docs/environment.md explains the words. */
#include "tool/stats-page.h"

#include "tool/finding.h"
#include "tool/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  /* Fewer busy polls than this say nothing about their use. */
  SPINS_TELLING = 100,
  HITS_POOR_PERCENT = 20
};

struct sums {
  uint64_t iterations, waits, sleeps, events, events_waiting;
  uint64_t hot, parked, wakes_written, wakes_suppressed;
  uint64_t spins, spin_hits, spin_ns, ring_overflows, refused;
  size_t loops;
  size_t silent;         /* Of these, loops that never waited. */
  struct text_list pids; /* Each once; so are the others. */
  struct text_list monitors;
  struct text_list reasons;
};

char* stats_page_make_file(void) {
  const char* const folders[] = { getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR"),
                                  "/tmp" };
  errno = ENOENT;
  for (size_t i = 0; i < 3; i++) {
    /* The library takes a value with a slash for a path. */
    if (folders[i] == NULL || folders[i][0] != '/') continue;
    char* name = text_format("%s/pollux-stats-XXXXXX", folders[i]);
    int fd = mkostemp(name, O_CLOEXEC); /* Mode 0600. */
    if (fd >= 0) {
      close(fd);
      return name;
    }
    free(name);
  }
  return NULL;
}

/* The number behind ` word=`, or 0. */
static uint64_t value(const char* line, const char* word) {
  char* key = text_format(" %s=", word);
  const char* at = strstr(line, key);
  uint64_t number = at == NULL ? 0 : strtoull(at + strlen(key), NULL, 10);
  free(key);
  return number;
}

static void note(struct text_list* list, const char* start, size_t len) {
  char* item = strndup(start, len);
  if (item == NULL) return;
  if (text_list_has(list, item))
    free(item);
  else
    text_list_add(list, item);
}

/* What stands behind `key`, up to a space or, for the last word, the end. */
static void note_word(struct text_list* list, const char* line, const char* key,
                      const char* ends) {
  const char* at = strstr(line, key);
  if (at == NULL) return;
  at += strlen(key);
  note(list, at, strcspn(at, ends));
}

static void add_line(struct sums* sums, char* line) {
  sums->loops++;
  note_word(&sums->pids, line, " pid=", " ");
  if (strstr(line, " monitor=none ") != NULL) {
    sums->silent++;
  } else {
    note_word(&sums->monitors, line, " monitor=", " ");
    note_word(&sums->reasons, line, " reason=", "\n");
  }
#define ADD(word) sums->word += value(line, #word)
  ADD(iterations), ADD(waits), ADD(sleeps), ADD(events), ADD(events_waiting);
  ADD(hot), ADD(parked), ADD(wakes_written), ADD(wakes_suppressed);
  ADD(spins), ADD(spin_hits), ADD(spin_ns), ADD(ring_overflows), ADD(refused);
#undef ADD
}

static void read_lines(const char* file, struct sums* sums) {
  char* text = text_read_file(file, NULL);
  if (text == NULL) return;
  struct text_list lines = text_split(text, "\n");
  for (size_t i = 0; i < lines.count; i++)
    if (text_starts_with(lines.items[i], "pollux: pid="))
      add_line(sums, lines.items[i]);
  text_list_free(&lines);
  free(text);
}

/* Takes `advice` over. */
static void advise(FILE* stream, char* advice) {
  finding_print_advice(advice, 4, stream);
  free(advice);
}

static void print_list(FILE* stream, const struct text_list* list) {
  for (size_t i = 0; i < list->count; i++)
    fprintf(stream, "%s%s", i > 0 ? ", " : "", list->items[i]);
}

static void print_monitor(const struct sums* sums, FILE* stream) {
  fprintf(stream, "  %-22s", "monitor");
  print_list(stream, &sums->monitors);
  fprintf(stream, " (");
  print_list(stream, &sums->reasons);
  fprintf(stream, ")\n");
  for (size_t i = 0; i < sums->reasons.count; i++)
    if (strchr(sums->reasons.items[i], '=') != NULL)
      advise(stream, text_format("A setting is not in force: %s",
                                 sums->reasons.items[i]));
}

static void print_spins(const struct sums* sums, FILE* stream) {
  fprintf(stream,
          "  %-22s%" PRIu64 ", of these found something %" PRIu64
          ", took %.1f ms\n",
          "busy polls", sums->spins, sums->spin_hits,
          (double) sums->spin_ns / 1e6);
  if (sums->spins < SPINS_TELLING) return;
  uint64_t percent = sums->spin_hits * 100 / sums->spins;
  if (percent < HITS_POOR_PERCENT)
    advise(stream, text_format("Only %" PRIu64 " %% found something. With "
                               "--spin 0 the loop sleeps at once.",
                               percent));
}

static void print_waits(const struct sums* sums, FILE* stream) {
  fprintf(stream, "  %-22s%" PRIu64 "\n", "iterations", sums->iterations);
  fprintf(stream, "  %-22s%" PRIu64 ", of these slept at most %" PRIu64 "\n",
          "waits", sums->waits, sums->sleeps);
  fprintf(stream, "  %-22s%" PRIu64 ", found without blocking %" PRIu64 "\n",
          "events", sums->events, sums->events_waiting);
  if (sums->events > 1000 && sums->events_waiting * 10 > sums->events * 9)
    advise(stream,
           text_copy("The loop seldom had to wait: its own CPU time limits it, "
                     "so look at what the callbacks do."));
}

static void print_rest(const struct sums* sums, FILE* stream) {
  fprintf(stream, "  %-22s%" PRIu64 " by a system call, %" PRIu64 " without\n",
          "wake-ups", sums->wakes_written, sums->wakes_suppressed);
  fprintf(stream, "  %-22s%" PRIu64 " hot, %" PRIu64 " parked at the end\n",
          "descriptors", sums->hot, sums->parked);
  if (sums->refused > 0)
    advise(stream, text_format("%" PRIu64 " descriptors could not be watched: "
                               "look at the program's limit of open files.",
                               sums->refused));
  if (sums->ring_overflows > 0)
    advise(stream, text_format("The ring's queue overran %" PRIu64 " times: "
                               "compare with --monitor epoll.",
                               sums->ring_overflows));
}

static void print_nothing(const struct child_end* end, FILE* stream) {
  if (WIFSIGNALED(end->status)) {
    fprintf(stream, "  no figures: the program was ended by a signal (%s)\n",
            strsignal(WTERMSIG(end->status)));
    advise(stream, text_copy("A loop writes its figures when it is closed, or "
                             "at a regular end of the process."));
  } else {
    fprintf(stream, "  no figures: no loop of Pollux has written any\n");
    advise(stream, text_copy("Either the program made no loop, as with "
                             "--version, or it ended by _exit()."));
  }
}

void stats_page_print(const char* file, const char* program,
                      const struct child_end* end, FILE* stream) {
  struct sums sums = { .loops = 0 };
  const bool has_colours = text_has_colours(stream);
  read_lines(file, &sums);
  fprintf(stream, "%spollux: %s, %zu loop%s in %zu process%s, %.2f s%s\n",
          has_colours ? "\033[1m" : "", text_base(program), sums.loops,
          sums.loops == 1 ? "" : "s", sums.pids.count,
          sums.pids.count == 1 ? "" : "es", (double) end->took_ns / 1e9,
          has_colours ? "\033[0m" : "");
  if (sums.loops == 0) {
    print_nothing(end, stream);
  } else if (sums.loops == sums.silent) {
    fprintf(stream, "  no loop has waited for anything\n");
  } else {
    print_monitor(&sums, stream);
    print_waits(&sums, stream);
    print_spins(&sums, stream);
    print_rest(&sums, stream);
  }
  text_list_free(&sums.pids);
  text_list_free(&sums.monitors);
  text_list_free(&sums.reasons);
}
