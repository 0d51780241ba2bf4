/* SPDX-License-Identifier: MIT */
/* The live page: the layout of the file in which a process shows its figures
 * while it runs. The library writes it (loop/live.c), `pollux top` reads it.
 *
 *   struct uv__live_page     header, and the thread pool
 *   struct uv__live_loop     one place for each loop, from `loops_at` on, each
 *                            `loop_size` bytes
 *
 * A reader compares `magic` and `version`, and believes the sizes in the header
 * rather than its own. The file grows by whole places: what it does not have
 * yet is unused. Names are in the page, so a reader needs no table of libuv's.
 *
 * Every word has one writer: a place its loop's thread, the pool the thread
 * that holds the pool's mutex. A reader sees whole words, but words that belong
 * together may be a moment apart. Where that matters there is a count, odd
 * while the words change: uv__live_slow.seq. Processors without 64-bit atomics
 * show a reader of another process halves at times.
 *
 * Times are CLOCK_MONOTONIC in ns, lengths are ns. */
#ifndef POLLUX_BASE_LIVE_PAGE_H
#define POLLUX_BASE_LIVE_PAGE_H

#include "base/histogram.h"

#include <stdint.h>

#define UV__LIVE_MAGIC UINT64_C(0x6576696c786c6f70) /* "polxlive" */
#define UV__LIVE_PREFIX "pollux."
#define UV__LIVE_SUFFIX ".live"

enum {
  UV__LIVE_VERSION = 1,
  UV__LIVE_LOOPS = 64, /* More loops at once are only counted. */
  UV__LIVE_SLOWEST = 8,
  UV__LIVE_KINDS = 64,
  UV__LIVE_TYPES = 32,
  UV__LIVE_NAME = 16,
  UV__LIVE_LANES = 2,
  UV__LIVE_CLASSES = 3,
  UV__LIVE_ALIGN = 4096,
};

/* What a loop measures; pollux_histogram() has the same names. */
enum uv__live_figure {
  UV__LIVE_TIMER_DELAY, /* From when a timer was due to its callback. */
  UV__LIVE_EVENT_DELAY, /* From the wait's return to the event's callback. */
  UV__LIVE_CALLBACK,    /* How long a callback takes. */
  UV__LIVE_WAIT,        /* How long the poll phase waits. */
  UV__LIVE_EVENTS,      /* Events per wait; a number, not a time. */
  UV__LIVE_FIGURES,
};

/* A callback that took long: the longest time of it. */
struct uv__live_slow {
  uint32_t seq;  /* Odd while the rest changes. */
  uint32_t type; /* Index of type_names. */
  uint64_t address;
  uint64_t took_ns; /* 0: none yet. */
  uint64_t when_ns; /* When it ended. */
};

struct uv__live_type {
  uint64_t count, sum_ns;
};

struct uv__live_loop {
  uint64_t id; /* 0: this place is free. Never the same twice in a process. */
  uint64_t thread; /* The kernel's number of the thread; 0: not known. */
  uint64_t began_ns;
  uint64_t seen_ns;    /* When the loop last looked at the clock. */
  uint64_t iterations; /* Turns, and of these timed. */
  uint64_t timed;
  uint64_t waiting_ns;   /* Begin of the wait; 0: not waiting. */
  uint64_t calling_ns;   /* Begin of the callback; 0: in none. */
  uint64_t calling_type; /* What it is. */
  uint64_t calling_address;
  char monitor[UV__LIVE_NAME];
  struct uv__live_type types[UV__LIVE_TYPES];
  struct uv__live_slow slowest[UV__LIVE_SLOWEST];
  struct uv__histogram figures[UV__LIVE_FIGURES];
};

/* Of one kind of job: how often, and how long it was queued and ran. */
struct uv__live_kind {
  uint64_t count, queued_sum_ns, queued_max_ns, run_sum_ns, run_max_ns;
};

enum uv__live_class {
  UV__LIVE_FS,
  UV__LIVE_DNS,
  UV__LIVE_USER,
};

struct uv__live_pool {
  uint64_t workers;    /* There are. */
  uint64_t awake;      /* Of these, not asleep. */
  uint64_t running;    /* Of these, inside a job. */
  uint64_t queued;     /* Jobs that wait for a worker. */
  uint64_t queued_max; /* The most there were. */
  uint64_t jobs;       /* Submitted; of these, timed. */
  uint64_t timed;
  struct uv__live_kind kinds[UV__LIVE_KINDS];
  struct uv__histogram queued_ns[UV__LIVE_LANES]; /* By lane: fast, slow. */
  struct uv__histogram run_ns[UV__LIVE_CLASSES];  /* By uv__live_class. */
};

struct uv__live_page {
  uint64_t magic;
  uint32_t version;
  uint32_t loop_count;                   /* Places that there may be. */
  uint64_t pool_at, loops_at, loop_size; /* Bytes. */
  uint64_t pid;
  uint64_t started;  /* Field 22 of /proc/PID/stat; 0: not known. */
  uint64_t began_ns; /* When the page was made. */
  uint64_t loops_without_place;
  char program[UV__LIVE_NAME];
  char type_names[UV__LIVE_TYPES][UV__LIVE_NAME];
  char kind_names[UV__LIVE_KINDS][UV__LIVE_NAME];
  struct uv__live_pool pool;
};

enum {
  UV__LIVE_LOOPS_AT = (sizeof(struct uv__live_page) + UV__LIVE_ALIGN - 1) &
                      ~(unsigned long) (UV__LIVE_ALIGN - 1),
  UV__LIVE_LOOP_SIZE = (sizeof(struct uv__live_loop) + UV__LIVE_ALIGN - 1) &
                       ~(unsigned long) (UV__LIVE_ALIGN - 1),
  UV__LIVE_SIZE = UV__LIVE_LOOPS_AT + UV__LIVE_LOOPS * UV__LIVE_LOOP_SIZE,
};

#endif
