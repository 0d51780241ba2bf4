/* SPDX-License-Identifier: MIT */
/* Rows of `pollux top`; see top-rows.h. */
#include "tool/top-rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- The earlier reading -------------------------------------------------- */

static const struct live_process* find_process(const struct live_list* list,
                                               const struct live_process* p) {
  for (size_t i = 0; i < list->count; i++)
    if (list->items[i].pid == p->pid &&
        live_page(&list->items[i])->began_ns == live_page(p)->began_ns)
      return &list->items[i];
  return NULL;
}

static const struct uv__live_loop* find_loop(const struct live_process* before,
                                             uint32_t index, uint64_t id) {
  const struct uv__live_loop* loop =
      before == NULL ? NULL : live_loop(before, index);
  return loop != NULL && loop->id == id ? loop : NULL;
}

static void since(struct uv__histogram* ret, const struct uv__histogram* now,
                  const struct uv__histogram* before) {
  uv__histogram_copy(ret, now);
  if (before != NULL) uv__histogram_since(ret, before);
}

static uint64_t percentile_since(const struct uv__histogram* now,
                                 const struct uv__histogram* before,
                                 unsigned per_mille) {
  struct uv__histogram h;
  since(&h, now, before);
  return uv__histogram_percentile(&h, per_mille);
}

/* --- Loops ---------------------------------------------------------------- */

static void set_name(char* to, const char* from) {
  memcpy(to, from, UV__LIVE_NAME);
  to[UV__LIVE_NAME] = '\0';
}

static double clamp(double share) {
  return share < 0 ? 0 : share > 1 ? 1 : share;
}

static uint64_t greater(uint64_t a, uint64_t b) {
  return a > b ? a : b;
}

static const struct uv__histogram* figure(const struct uv__live_loop* loop,
                                          enum uv__live_figure which) {
  return loop == NULL ? NULL : &loop->figures[which];
}

static uint64_t of(const struct uv__live_loop* now,
                   const struct uv__live_loop* before,
                   enum uv__live_figure which, unsigned per_mille) {
  return percentile_since(figure(now, which), figure(before, which), per_mille);
}

/* An entry that changes while it is read is left out. */
static void set_slowest(struct top_row* row, const struct uv__live_loop* loop,
                        const struct uv__live_page* page) {
  const struct uv__live_slow* slowest = NULL;
  for (int i = 0; i < UV__LIVE_SLOWEST; i++) {
    const struct uv__live_slow* slow = &loop->slowest[i];
    if (slow->took_ns == 0 || slow->seq % 2 != 0) continue;
    if (slowest == NULL || slow->took_ns > slowest->took_ns) slowest = slow;
  }
  if (slowest == NULL) return;
  row->slow_ns = slowest->took_ns;
  set_name(row->slow_type, page->type_names[slowest->type % UV__LIVE_TYPES]);
  live_where(row->pid, slowest->address, row->slow_where,
             sizeof(row->slow_where));
}

static void set_stuck(struct top_row* row, const struct uv__live_loop* loop,
                      const struct live_process* process) {
  if (loop->calling_ns == 0 || loop->calling_ns > process->now_ns) return;
  row->stuck_ns = process->now_ns - loop->calling_ns;
  set_name(row->stuck_type,
           live_page(process)->type_names[loop->calling_type % UV__LIVE_TYPES]);
  live_where(row->pid, loop->calling_address, row->stuck_where,
             sizeof(row->stuck_where));
}

/* Time in callbacks, that in which the loop is now included. */
static double busy_of(const struct top_row* row,
                      const struct uv__live_loop* loop,
                      const struct uv__live_loop* before, uint64_t passed_ns) {
  uint64_t sum_ns = loop->figures[UV__LIVE_CALLBACK].sum;
  if (before != NULL) sum_ns -= before->figures[UV__LIVE_CALLBACK].sum;
  return clamp((double) (sum_ns + row->stuck_ns) / (double) passed_ns);
}

static void set_rates(struct top_row* row, const struct uv__live_loop* loop,
                      const struct uv__live_loop* before, uint64_t passed_ns) {
  const uint64_t turns =
      loop->iterations - (before == NULL ? 0 : before->iterations);
  const uint64_t timed = loop->timed - (before == NULL ? 0 : before->timed);
  row->turns_per_s = (double) turns * 1e9 / (double) passed_ns;
  row->timed = turns == 0 ? 1 : (double) timed / (double) turns;
  struct uv__histogram events;
  since(&events, figure(loop, UV__LIVE_EVENTS),
        figure(before, UV__LIVE_EVENTS));
  const uint64_t waits = uv__histogram_count(&events);
  row->events_per_wait = waits == 0 ? 0 : (double) events.sum / (double) waits;
}

static void set_history(struct top_row* row, const struct top_table* last) {
  for (size_t i = 0; last != NULL && i < last->row_count; i++)
    if (last->rows[i].pid == row->pid && last->rows[i].id == row->id)
      memcpy(row->history, last->rows[i].history + 1,
             sizeof(row->history) - sizeof(row->history[0]));
  row->history[TOP_HISTORY - 1] = row->busy;
}

static struct top_row make_row(const struct live_process* process,
                               const struct live_process* earlier,
                               uint32_t index, const struct top_table* last) {
  const struct uv__live_page* page = live_page(process);
  const struct uv__live_loop* loop = live_loop(process, index);
  const struct uv__live_loop* before = find_loop(earlier, index, loop->id);
  const uint64_t start_ns = before == NULL ? loop->began_ns : earlier->now_ns;
  const uint64_t passed_ns =
      process->now_ns > start_ns ? process->now_ns - start_ns : 1;
  struct top_row row = { .pid = process->pid, .id = loop->id };
  row.thread = loop->thread;
  set_name(row.program, page->program);
  set_name(row.monitor, loop->monitor);
  set_rates(&row, loop, before, passed_ns);
  row.delay_ns = greater(of(loop, before, UV__LIVE_TIMER_DELAY, 990),
                         of(loop, before, UV__LIVE_EVENT_DELAY, 990));
  row.callback_ns = of(loop, before, UV__LIVE_CALLBACK, 990);
  row.wait_ns = of(loop, before, UV__LIVE_WAIT, 500);
  row.callback_max_ns = loop->figures[UV__LIVE_CALLBACK].max;
  set_slowest(&row, loop, page);
  set_stuck(&row, loop, process);
  row.busy = busy_of(&row, loop, before, passed_ns);
  set_history(&row, last);
  return row;
}

/* --- Pools ---------------------------------------------------------------- */

static void set_kind(struct top_pool* row, const struct live_process* process,
                     const struct uv__live_pool* before) {
  const struct uv__live_pool* pool = live_pool(process);
  uint64_t most = 0, all = 0;
  for (int i = 0; i < UV__LIVE_KINDS; i++) {
    const uint64_t ran = pool->kinds[i].run_sum_ns -
                         (before == NULL ? 0 : before->kinds[i].run_sum_ns);
    all += ran;
    if (ran <= most) continue;
    most = ran;
    set_name(row->kind, live_page(process)->kind_names[i]);
  }
  row->kind_share = all == 0 ? 0 : (double) most / (double) all;
}

static struct top_pool make_pool(const struct live_process* process,
                                 const struct live_process* earlier,
                                 double seconds) {
  const struct uv__live_pool* now = live_pool(process);
  const struct uv__live_pool* before =
      earlier == NULL ? NULL : live_pool(earlier);
#define P99(field)                                                             \
  percentile_since(&now->field, before == NULL ? NULL : &before->field, 990)
  struct top_pool row = {
    .pid = process->pid,
    .workers = now->workers,
    .awake = now->awake,
    .running = now->running,
    .queued = now->queued,
    .queued_max = now->queued_max,
    .queued_fast_ns = P99(queued_ns[0]),
    .queued_slow_ns = P99(queued_ns[1]),
    .fs_ns = P99(run_ns[UV__LIVE_FS]),
    .dns_ns = P99(run_ns[UV__LIVE_DNS]),
    .user_ns = P99(run_ns[UV__LIVE_USER]),
  };
#undef P99
  const uint64_t jobs = now->jobs - (before == NULL ? 0 : before->jobs);
  row.jobs_per_s = (double) jobs / seconds;
  set_kind(&row, process, before);
  return row;
}

/* --- The table ------------------------------------------------------------ */

static void* grow(void* list, size_t count, size_t size) {
  void* grown = realloc(list, (count + 1) * size);
  if (grown == NULL) abort(); /* A tool without memory has nothing to say. */
  return grown;
}

void top_rows(struct top_table* table, const struct live_list* before,
              const struct live_list* now, const struct top_table* last) {
  *table = (struct top_table){ .seconds = 1 };
  if (before->count > 0 && now->count > 0)
    table->seconds =
        (double) (now->items[0].now_ns - before->items[0].now_ns) / 1e9;
  if (table->seconds <= 0) table->seconds = 1;
  for (size_t i = 0; i < now->count; i++) {
    const struct live_process* process = &now->items[i];
    const struct live_process* earlier = find_process(before, process);
    table->without_place += (size_t) live_page(process)->loops_without_place;
    for (uint32_t at = 0; at < live_page(process)->loop_count; at++) {
      if (live_loop(process, at) == NULL) continue;
      table->rows = grow(table->rows, table->row_count, sizeof(*table->rows));
      table->rows[table->row_count++] = make_row(process, earlier, at, last);
    }
    table->pools = grow(table->pools, table->pool_count, sizeof(*table->pools));
    table->pools[table->pool_count++] =
        make_pool(process, earlier, table->seconds);
  }
}

static enum top_sort sort_by;

static double key_of(const struct top_row* row) {
  switch (sort_by) {
    case TOP_BY_BUSY:
      return row->busy;
    case TOP_BY_DELAY:
      return (double) row->delay_ns;
    case TOP_BY_CALLBACK:
      return (double) row->callback_ns;
    case TOP_BY_TURNS:
      return row->turns_per_s;
    default:
      return -(double) row->pid;
  }
}

/* The greatest first; equal ones by their numbers, so that they stay. */
static int compare(const void* left, const void* right) {
  const struct top_row* a = left;
  const struct top_row* b = right;
  const double x = key_of(a), y = key_of(b);
  if (x != y) return x < y ? 1 : -1;
  if (a->pid != b->pid) return a->pid < b->pid ? -1 : 1;
  return a->id < b->id ? -1 : 1;
}

void top_rows_sort(struct top_table* table, enum top_sort sort) {
  sort_by = sort;
  if (table->row_count > 1)
    qsort(table->rows, table->row_count, sizeof(*table->rows), compare);
}

void top_rows_free(struct top_table* table) {
  free(table->rows);
  free(table->pools);
  *table = (struct top_table){ .rows = NULL };
}
