/* SPDX-License-Identifier: MIT */
/* When a job was queued, by the job's address: a table of fixed size. A job has
 * no word to spare for it. Under the pool's mutex. */
#ifndef POLLUX_LOOP_STAMPS_H
#define POLLUX_LOOP_STAMPS_H

#include <stdbool.h>
#include <stdint.h>

enum { UV__STAMPS_MAX = 1024 }; /* A power of two. */

struct uv__stamp {
  const void* job; /* NULL: free. */
  uint64_t queued_ns;
  uint64_t weight;
  unsigned kind, lane;
};

/* All zero is empty. */
struct uv__stamps {
  unsigned count;
  struct uv__stamp slots[UV__STAMPS_MAX];
};

/* False: the table is full, the job goes without. */
bool uv__stamps_put(struct uv__stamps* stamps, const struct uv__stamp* stamp);

/* Take a job's stamp out; false: it has none. */
bool uv__stamps_take(struct uv__stamps* stamps, const void* job,
                     struct uv__stamp* ret_stamp);

#endif
