/* SPDX-License-Identifier: MIT */
/* What `pollux top` shows: rows, made from two readings of the pages. */
#ifndef POLLUX_TOOL_TOP_ROWS_H
#define POLLUX_TOOL_TOP_ROWS_H

#include "tool/live.h"

enum { TOP_HISTORY = 40 };

enum top_sort {
  TOP_BY_BUSY,
  TOP_BY_DELAY,
  TOP_BY_CALLBACK,
  TOP_BY_TURNS,
  TOP_BY_PID,
  TOP_SORTS
};

/* A loop during the time between the readings; times in ns. */
struct top_row {
  pid_t pid;
  char program[UV__LIVE_NAME + 1];
  char monitor[UV__LIVE_NAME + 1];
  uint64_t id;
  uint64_t thread;
  double turns_per_s;
  double events_per_wait;
  double busy;              /* Share of the time in callbacks, 0 to 1. */
  double timed;             /* Share of the turns that were timed. */
  uint64_t delay_ns;        /* 99 % of timers and events were called sooner. */
  uint64_t wait_ns;         /* Median. */
  uint64_t callback_ns;     /* 99 % */
  uint64_t callback_max_ns; /* Since the loop began. */
  char slow_type[UV__LIVE_NAME + 1];
  char slow_where[64];
  uint64_t slow_ns;
  uint64_t stuck_ns; /* How long the callback at hand runs; 0: in none. */
  char stuck_type[UV__LIVE_NAME + 1];
  char stuck_where[64];
  double history[TOP_HISTORY]; /* Of `busy`, the newest last. */
};

/* The pool of a process. */
struct top_pool {
  pid_t pid;
  uint64_t workers, awake, running, queued, queued_max;
  double jobs_per_s;
  uint64_t queued_fast_ns, queued_slow_ns; /* 99 % */
  uint64_t fs_ns, dns_ns, user_ns;         /* 99 % of run times. */
  char kind[UV__LIVE_NAME + 1];            /* The one that ran most. */
  double kind_share;
};

struct top_table {
  struct top_row* rows;
  size_t row_count;
  struct top_pool* pools;
  size_t pool_count;
  double seconds;
  size_t without_place;
};

/* Rows of `now`, compared with `before`; what is new is compared with nothing.
 * Histories go on from `last`. */
void top_rows(struct top_table* table, const struct live_list* before,
              const struct live_list* now, const struct top_table* last);
void top_rows_sort(struct top_table* table, enum top_sort sort);
void top_rows_free(struct top_table* table);

#endif
