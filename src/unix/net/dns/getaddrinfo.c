/* SPDX-License-Identifier: MIT */
/* uv_getaddrinfo(): from names to addresses. getaddrinfo(3) runs on the pool,
 * or at once when there is no callback.
 *
 * One allocation, `struct question`, keeps the arguments; the request points to
 * it in req->reserved[QUESTION]. The fields that uv.h has for the arguments
 * point into it, or are NULL for arguments that were not given: to glibc, no
 * hints and empty hints are different. The host name is converted by IDNA. A
 * name that is too long is an error and is never cut: a shorter name is another
 * host's.
 *
 * Loop thread only, except look_up(), which uses the request alone. */
#include "base/abi.h"
#include "base/alloc.h"
#include "base/idna.h"
#include "base/queue.h"
#include "loop/req.h"
#include "loop/work.h"
#include "unix/io/recorder.h"
#include "unix/net/dns/eai.h"

#include <netdb.h>
#include <string.h>

/* A name of 253 characters, as DNS allows, its NUL, and some slack. */
#define NAME_BYTES 256
/* The word of the request that holds its question. */
#define QUESTION 0

struct question {
  struct addrinfo hints;
  char text[]; /* Host name, NUL, service, NUL, as far as they are given. */
};

/* Copy `text` to `*end`, advance `*end`, return the copy; NULL stays NULL. */
static char* store(char** end, const char* text, size_t size) {
  if (text == NULL) return NULL;
  char* place = *end;
  memcpy(place, text, size);
  *end = place + size;
  return place;
}

static size_t size_of(const char* text) {
  return text != NULL ? strlen(text) + 1 : 0;
}

/* Copy the arguments and point the request at them. */
static int capture(uv_getaddrinfo_t* req, const char* node, const char* service,
                   const struct addrinfo* hints) {
  const size_t node_size = size_of(node);
  const size_t service_size = size_of(service);
  struct question* q = uv__malloc(sizeof(*q) + node_size + service_size);
  if (q == NULL) return UV_ENOMEM;

  char* end = q->text;
  req->reserved[QUESTION] = q;
  req->hostname = store(&end, node, node_size);
  req->service = store(&end, service, service_size);
  req->hints = hints != NULL ? &q->hints : NULL;
  if (hints != NULL) q->hints = *hints;
  return 0;
}

static void release(uv_getaddrinfo_t* req) {
  uv__free(req->reserved[QUESTION]);
  req->reserved[QUESTION] = NULL;
  req->hints = NULL;
  req->service = NULL;
  req->hostname = NULL;
}

/* On a worker. */
static void look_up(struct uv__work* w) {
  uv_getaddrinfo_t* req = uv__container_of(w, uv_getaddrinfo_t, work_req);
  struct addrinfo* found = NULL;
  const int code = getaddrinfo(req->hostname, req->service, req->hints, &found);
  req->retcode = uv__eai_to_uv(code);
  req->addrinfo = code == 0 ? found : NULL;
}

static void looked_up(struct uv__work* w, int status) {
  uv_getaddrinfo_t* req = uv__container_of(w, uv_getaddrinfo_t, work_req);
  uv__req_end(req->loop);
  release(req);
  req->retcode = uv__eai_outcome(status, req->retcode);
  uv__record_note(req->loop, UV__TYPE_OF_REQ(UV_GETADDRINFO), req->cb);
  req->cb(req, req->retcode, req->addrinfo);
}

int uv_getaddrinfo(uv_loop_t* loop, uv_getaddrinfo_t* req, uv_getaddrinfo_cb cb,
                   const char* node, const char* service,
                   const struct addrinfo* hints) {
  if (req == NULL || (node == NULL && service == NULL)) return UV_EINVAL;

  char ascii[NAME_BYTES];
  if (node != NULL) {
    const ssize_t size = uv__idna_toascii(node, node + strlen(node), ascii,
                                          ascii + sizeof(ascii));
    if (size < 0) return (int) size;
    node = ascii;
  }

  const int rc = capture(req, node, service, hints);
  if (rc != 0) return rc;
  req->loop = loop;
  req->cb = cb;
  req->addrinfo = NULL;
  req->retcode = 0;

  if (cb == NULL) {
    uv__req_set_type(req, UV_GETADDRINFO);
    look_up(&req->work_req);
    release(req);
    return req->retcode;
  }
  uv__req_start(loop, req, UV_GETADDRINFO);
  uv__work_submit(loop, &req->work_req, UV__WORK_GETADDRINFO, look_up,
                  looked_up);
  return 0;
}

void uv_freeaddrinfo(struct addrinfo* ai) {
  if (ai != NULL) freeaddrinfo(ai); /* POSIX does not promise to take NULL. */
}
