/* SPDX-License-Identifier: MIT */
/* Row types of the tables in src/tables.c, through which handle families and
 * loop modules are plugged in. The loop knows no family by name.
 *
 * A row's NULL function means: nothing to do. */
#ifndef POLLUX_LOOP_TABLES_H
#define POLLUX_LOOP_TABLES_H

#include "base/abi.h"
#include "unix/io/recorder.h"

#include <stdbool.h>
#include <stddef.h>

/* One row per uv_handle_type, indexed by it. */
struct uv__handle_row {
  const char* name; /* As uv_handle_type_name() returns it. */
  size_t size;      /* As uv_handle_size() returns it. */

  /* Called by uv_close() with the handle already marked as closing. Stops the
   * handle, makes the kernel forget its descriptor (uv__io_close()), closes
   * what it owns. Calls no user callback. True: the handle may end in the next
   * closing phase. False: the family holds it back and calls
   * uv__handle_close_ready() once what it waits for is over. */
  bool (*close)(uv_handle_t* handle);

  /* Called in the closing phase before the user's close_cb: completes what was
   * pending with UV_ECANCELED and so on. May call user callbacks. */
  void (*finish)(uv_handle_t* handle);

  /* uv_cancel() of a write on such a handle: 0, or UV_EBUSY when it is too
   * late. NULL: UV_EINVAL. */
  int (*cancel_write)(uv_write_t* req);

  /* The descriptor for uv_fileno(), -1 when there is none. */
  int (*fd)(const uv_handle_t* handle);
};

/* One row per loop module, in this order, undone in reverse. */
struct uv__module_row {
  const char* name;
  /* 0 or UV_E*; a failure undoes the modules before it. */
  int (*init)(uv_loop_t* loop);
  /* In the child of a fork: 0 or UV_E*. */
  int (*fork)(uv_loop_t* loop);
  void (*close)(uv_loop_t* loop);
  /* At uv_library_shutdown(). */
  void (*shutdown)(void);
};

extern const struct uv__handle_row uv__handle_table[UV_HANDLE_TYPE_MAX];
extern const struct uv__module_row uv__module_table[];
extern const size_t uv__module_count;

/* What the watchers of each family call, for the figures; ends with NULL. */
extern const uv__describe_cb uv__describers[];

#endif
