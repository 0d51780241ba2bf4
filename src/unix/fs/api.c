/* SPDX-License-Identifier: MIT */
/* The life of a file request: prepared, given its arguments, run at once or on
 * the thread pool, asked for its results, cleaned up.
 *
 *   prepared --post, no cb--> run ------------------> finished --> cleaned up
 *   prepared --post, cb-----> queued --worker--> run --loop--> finished
 *                             queued --uv_cancel()-----------> finished
 *
 * A synchronous request borrows the caller's paths and buffers, for they
 * outlive the call. An asynchronous one has copies: both paths in a single
 * allocation that starts at `path`, buffers in `bufsml` while they fit. Whose
 * the paths are follows from `cb` and the row, see owns_path(). The buffers'
 * array is dropped as soon as the operation is over, since many programs do not
 * clean up after plain reads and writes.
 *
 * A cancelled request holds what a prepared one holds, never a result, and is
 * cleaned up the same way.
 *
 * Threads: entries and finish() on the loop thread, run_on_worker() on a
 * worker, synchronous requests anywhere. The operations are in ops.c and
 * beyond; the entries in api-file.c and api-path.c. */
#include "unix/fs/fs.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/bufs.h"
#include "base/queue.h"
#include "loop/req.h"
#include "loop/work.h"
#include "unix/io/recorder.h"

#include <stdbool.h>
#include <string.h>

/* --- Capture ------------------------------------------------------------- */

static bool owns_path(const uv_fs_t* req) {
  return req->cb != NULL ||
         (uv__fs_row_of(req->fs_type)->traits & UV__FS_WRITES_PATH) != 0;
}

static void drop_paths(uv_fs_t* req) {
  /* `new_path` lives in the same allocation. */
  if (owns_path(req)) uv__free((char*) req->path);
  req->new_path = NULL;
  req->path = NULL;
}

static void drop_bufs(uv_fs_t* req) {
  if (req->cb != NULL) uv__bufs_release(req->bufs, req->bufsml);
  req->bufs = NULL;
  req->nbufs = 0;
}

int uv__fs_prepare(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type,
                   uv_fs_cb cb) {
  if (req == NULL) return UV_EINVAL;
  uv__req_set_type(req, UV_FS);
  req->fs_type = type;
  req->path = req->new_path = NULL;
  req->bufs = NULL;
  req->nbufs = 0;
  req->ptr = NULL;
  req->result = 0;
  req->cb = cb;
  req->loop = loop;
  return cb != NULL && loop == NULL ? UV_EINVAL : 0;
}

int uv__fs_prepare_path(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type,
                        uv_fs_cb cb, const char* path) {
  int rc = uv__fs_prepare(loop, req, type, cb);
  if (rc != 0) return rc;
  if (path == NULL) return UV_EINVAL;
  req->path = owns_path(req) ? uv__strdup(path) : path;
  return req->path != NULL ? 0 : UV_ENOMEM;
}

int uv__fs_prepare_paths(uv_loop_t* loop, uv_fs_t* req, uv_fs_type type,
                         uv_fs_cb cb, const char* path, const char* new_path) {
  int rc = uv__fs_prepare(loop, req, type, cb);
  if (rc != 0) return rc;
  if (path == NULL || new_path == NULL) return UV_EINVAL;
  if (!owns_path(req)) {
    req->path = path;
    req->new_path = new_path;
    return 0;
  }
  size_t first_size = strlen(path) + 1;
  size_t second_size = strlen(new_path) + 1;
  char* both = uv__malloc(first_size + second_size);
  if (both == NULL) return UV_ENOMEM;
  req->path = memcpy(both, path, first_size);
  req->new_path = memcpy(both + first_size, new_path, second_size);
  return 0;
}

int uv__fs_take_bufs(uv_fs_t* req, const uv_buf_t* bufs, unsigned nbufs) {
  size_t size;
  if (bufs == NULL || nbufs == 0) return UV_EINVAL;
  if (uv__bufs_measure(bufs, nbufs, &size) != 0) return UV_EINVAL;
  if (req->cb == NULL) {
    req->bufs = (uv_buf_t*) bufs; /* No operation writes to the array. */
  } else {
    req->bufs = uv__bufs_copy(req->bufsml, bufs, nbufs);
    if (req->bufs == NULL) return UV_ENOMEM;
  }
  req->nbufs = nbufs;
  return 0;
}

/* --- Running ------------------------------------------------------------- */

static void run(uv_fs_t* req) {
  const struct uv__fs_row* row = uv__fs_row_of(req->fs_type);
  UV__CHECK(row->run != NULL);
  bool is_again;
  do {
    req->result = row->run(req);
    is_again =
        req->result == UV_EINTR && (row->traits & UV__FS_REPORTS_EINTR) == 0;
  } while (is_again);
  drop_bufs(req);
}

static void run_on_worker(struct uv__work* w) {
  run(uv__container_of(w, uv_fs_t, work_req));
}

static void finish(struct uv__work* w, int status) {
  uv_fs_t* req = uv__container_of(w, uv_fs_t, work_req);
  UV__CHECK(req->cb != NULL);
  if (status == UV_ECANCELED) {
    req->result = UV_ECANCELED;
    drop_bufs(req);
  }
  uv__req_end(req->loop);
  uv__record_note(req->loop, UV__TYPE_OF_REQ(UV_FS), req->cb);
  req->cb(req); /* May have freed the request. */
}

int uv__fs_post(uv_fs_t* req) {
  if (req->cb == NULL) {
    run(req);
    return (int) req->result;
  }
  uv__req_start(req->loop, req, UV_FS);
  uv__work_submit(req->loop, &req->work_req,
                  UV__WORK_FILE + (unsigned) req->fs_type, run_on_worker,
                  finish);
  return 0;
}

/* --- Afterwards ---------------------------------------------------------- */

/* The result stays: programs read it after the clean-up. */
void uv_fs_req_cleanup(uv_fs_t* req) {
  if (req == NULL) return;
  void (*release)(uv_fs_t*) = uv__fs_row_of(req->fs_type)->release;
  if (release != NULL && req->ptr != NULL) release(req);
  req->ptr = NULL;
  drop_bufs(req);
  drop_paths(req);
}

/* --- For languages that do not see the structure -------------------------- */

const char* uv_fs_get_path(const uv_fs_t* req) {
  return req->path;
}

void* uv_fs_get_ptr(const uv_fs_t* req) {
  return req->ptr;
}

ssize_t uv_fs_get_result(const uv_fs_t* req) {
  return req->result;
}

uv_stat_t* uv_fs_get_statbuf(uv_fs_t* req) {
  return &req->statbuf;
}

/* On unix UV_E* are negated errno values. */
int uv_fs_get_system_error(const uv_fs_t* req) {
  return (int) -req->result;
}

uv_fs_type uv_fs_get_type(const uv_fs_t* req) {
  return req->fs_type;
}
