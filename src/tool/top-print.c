/* SPDX-License-Identifier: MIT */
/* The table and the JSON of `pollux top`. */
#include "tool/top-print.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { STUCK_NS = 100000000, FIELD = 16 };

const char* top_sort_name(enum top_sort sort) {
  static const char* const names[TOP_SORTS] = {
    [TOP_BY_BUSY] = "busy",         [TOP_BY_DELAY] = "delay",
    [TOP_BY_CALLBACK] = "callback", [TOP_BY_TURNS] = "turns",
    [TOP_BY_PID] = "pid",
  };
  return sort < TOP_SORTS ? names[sort] : NULL;
}

/* --- Fields --------------------------------------------------------------- */

/* Three digits and a unit. */
static const char* in_units(double value, const char* const* units,
                            double factor, char* text) {
  while (value >= 999.5 && units[1] != NULL) {
    value /= factor;
    units++;
  }
  const char* form = value < 9.95 && value != (int) value ? "%.1f%s" : "%.0f%s";
  snprintf(text, FIELD, form, value, *units);
  return text;
}

static const char* time_text(uint64_t ns, char* text) {
  static const char* const units[] = { "ns", "us", "ms", "s", NULL };
  return in_units((double) ns, units, 1000, text);
}

static const char* rate_text(double rate, char* text) {
  static const char* const units[] = { "", "k", "M", "G", NULL };
  return in_units(rate, units, 1000, text);
}

static void print_spark(FILE* stream, const double* values, int count,
                        bool is_utf8) {
  static const char* const blocks[] = { " ", "▁", "▂", "▃", "▄",
                                        "▅", "▆", "▇", "█" };
  static const char* const plain[] = { " ", ".", ":", "-", "=",
                                       "+", "*", "#", "@" };
  for (int i = 0; i < count; i++) {
    int level = values[i] <= 0 ? 0 : 1 + (int) (values[i] * 7.99);
    fputs(is_utf8 ? blocks[level] : plain[level], stream);
  }
}

/* --- The table ------------------------------------------------------------ */

/* A line cut to the width; its bytes are ASCII. */
struct screen {
  FILE* stream;
  const struct top_style* style;
  int used;
};

static bool has_room(const struct screen* screen) {
  return screen->style->lines == 0 || screen->used < screen->style->lines;
}

__attribute__((format(printf, 2, 3))) static void line(struct screen* screen,
                                                       const char* format,
                                                       ...) {
  char text[512];
  va_list args;
  if (!has_room(screen)) return;
  va_start(args, format);
  vsnprintf(text, sizeof(text), format, args);
  va_end(args);
  fprintf(screen->stream, "%.*s%s", screen->style->columns, text,
          screen->style->line_end);
  screen->used++;
}

/* What the loop is stuck in, or what has taken it longest. */
static void describe(const struct top_row* row, char* text, size_t size) {
  char took[FIELD];
  if (row->stuck_ns >= STUCK_NS)
    snprintf(text, size, "NOW in %s for %s %s", row->stuck_type,
             time_text(row->stuck_ns, took), row->stuck_where);
  else if (row->slow_ns != 0)
    snprintf(text, size, "longest: %s %s %s", row->slow_type,
             time_text(row->slow_ns, took), row->slow_where);
  else
    snprintf(text, size, "no callback yet");
}

static void print_loop(struct screen* screen, const struct top_row* row) {
  char turns[FIELD], delay[FIELD], call[FIELD], max[FIELD], what[160];
  line(screen, "%7d %-12.12s %4" PRIu64 " %-8.8s %7s %7.1f %3.0f%% %7s %7s %7s",
       (int) row->pid, row->program, row->id, row->monitor,
       rate_text(row->turns_per_s, turns), row->events_per_wait,
       row->busy * 100, time_text(row->delay_ns, delay),
       time_text(row->callback_ns, call), time_text(row->callback_max_ns, max));
  describe(row, what, sizeof(what));
  if (!screen->style->has_sparks) {
    line(screen, "        %s", what);
    return;
  }
  enum { LEFT = 8, SHOWN = 28 };
  if (!has_room(screen)) return;
  const int rest = screen->style->columns - LEFT - SHOWN - 1;
  fprintf(screen->stream, "%*s", LEFT, "");
  print_spark(screen->stream, row->history + TOP_HISTORY - SHOWN, SHOWN,
              screen->style->is_utf8);
  fprintf(screen->stream, " %.*s%s", rest > 0 ? rest : 0, what,
          screen->style->line_end);
  screen->used++;
}

static void print_pool(struct screen* screen, const struct top_pool* pool) {
  char jobs[FIELD], fast[FIELD], slow[FIELD], fs[FIELD], dns[FIELD],
      user[FIELD], mostly[FIELD + 8] = "";
  if (pool->kind[0] != '\0')
    snprintf(mostly, sizeof(mostly), "%.12s %.0f%%", pool->kind,
             pool->kind_share * 100);
  line(screen,
       "%7d %3" PRIu64 "/%-3" PRIu64 " %3" PRIu64 " %6" PRIu64
       " %7s %6s %6s %6s %6s %6s %s",
       (int) pool->pid, pool->awake, pool->workers, pool->running, pool->queued,
       rate_text(pool->jobs_per_s, jobs), time_text(pool->queued_fast_ns, fast),
       time_text(pool->queued_slow_ns, slow), time_text(pool->fs_ns, fs),
       time_text(pool->dns_ns, dns), time_text(pool->user_ns, user), mostly);
}

void top_print(FILE* stream, const struct top_table* table,
               const struct top_style* style) {
  struct screen screen = { stream, style, 0 };
  line(&screen, "pollux top: %zu processes, %zu loops, over %.1f s, by %s",
       table->pool_count, table->row_count, table->seconds, style->sort);
  line(&screen, "%s", "");
  line(&screen, "%7s %-12s %4s %-8s %7s %7s %4s %7s %7s %7s", "PID", "PROGRAM",
       "LOOP", "MONITOR", "TURNS/S", "EV/WAIT", "BUSY", "DELAY99", "CALL99",
       "CALLMAX");
  for (size_t i = 0; i < table->row_count; i++)
    print_loop(&screen, &table->rows[i]);
  line(&screen, "%s", "");
  line(&screen, "%7s %-7s %3s %6s %7s %6s %6s %6s %6s %6s %s", "PID", "AWAKE",
       "RUN", "QUEUED", "JOBS/S", "FAST99", "SLOW99", "FS99", "DNS99", "USER99",
       "MOSTLY");
  for (size_t i = 0; i < table->pool_count; i++)
    if (table->pools[i].workers > 0) print_pool(&screen, &table->pools[i]);
  if (table->without_place > 0)
    line(&screen, "%zu loops more have no place in their page",
         table->without_place);
}

/* --- JSON ----------------------------------------------------------------- */

static void print_string(FILE* stream, const char* text) {
  fputc('"', stream);
  for (; *text != '\0'; text++) {
    const unsigned char c = (unsigned char) *text;
    if (c == '"' || c == '\\')
      fprintf(stream, "\\%c", c);
    else if (c < ' ' || c > '~')
      fprintf(stream, "\\u%04x", c);
    else
      fputc(c, stream);
  }
  fputc('"', stream);
}

static void print_slow(FILE* stream, const char* key, const char* type,
                       const char* where, uint64_t ns) {
  fprintf(stream, ",\"%s\":{\"type\":", key);
  print_string(stream, type);
  fprintf(stream, ",\"where\":");
  print_string(stream, where);
  fprintf(stream, ",\"ns\":%" PRIu64 "}", ns);
}

static void print_loop_json(FILE* stream, const struct top_row* row) {
  fprintf(stream, "{\"pid\":%d,\"program\":", (int) row->pid);
  print_string(stream, row->program);
  fprintf(stream,
          ",\"loop\":%" PRIu64 ",\"thread\":%" PRIu64 ",\"monitor\":", row->id,
          row->thread);
  print_string(stream, row->monitor);
  fprintf(stream,
          ",\"turns_per_s\":%.1f,\"events_per_wait\":%.3f,\"busy\":%.4f"
          ",\"timed\":%.4f,\"delay_p99_ns\":%" PRIu64
          ",\"wait_p50_ns\":%" PRIu64 ",\"callback_p99_ns\":%" PRIu64
          ",\"callback_max_ns\":%" PRIu64,
          row->turns_per_s, row->events_per_wait, row->busy, row->timed,
          row->delay_ns, row->wait_ns, row->callback_ns, row->callback_max_ns);
  print_slow(stream, "longest", row->slow_type, row->slow_where, row->slow_ns);
  print_slow(stream, "now_in", row->stuck_type, row->stuck_where,
             row->stuck_ns);
  fputc('}', stream);
}

static void print_pool_json(FILE* stream, const struct top_pool* pool) {
  fprintf(
      stream,
      "{\"pid\":%d,\"workers\":%" PRIu64 ",\"awake\":%" PRIu64
      ",\"running\":%" PRIu64 ",\"queued\":%" PRIu64 ",\"queued_max\":%" PRIu64
      ",\"jobs_per_s\":%.1f"
      ",\"queued_fast_p99_ns\":%" PRIu64 ",\"queued_slow_p99_ns\":%" PRIu64
      ",\"run_fs_p99_ns\":%" PRIu64 ",\"run_dns_p99_ns\":%" PRIu64
      ",\"run_user_p99_ns\":%" PRIu64 ",\"mostly\":",
      (int) pool->pid, pool->workers, pool->awake, pool->running, pool->queued,
      pool->queued_max, pool->jobs_per_s, pool->queued_fast_ns,
      pool->queued_slow_ns, pool->fs_ns, pool->dns_ns, pool->user_ns);
  print_string(stream, pool->kind);
  fputc('}', stream);
}

void top_print_json(FILE* stream, const struct top_table* table) {
  fprintf(stream, "{\"seconds\":%.3f,\"loops\":[", table->seconds);
  for (size_t i = 0; i < table->row_count; i++) {
    if (i > 0) fputc(',', stream);
    print_loop_json(stream, &table->rows[i]);
  }
  fprintf(stream, "],\"pools\":[");
  for (size_t i = 0; i < table->pool_count; i++) {
    if (i > 0) fputc(',', stream);
    print_pool_json(stream, &table->pools[i]);
  }
  fprintf(stream, "],\"loops_without_place\":%zu}\n", table->without_place);
}
