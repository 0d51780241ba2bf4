/* SPDX-License-Identifier: MIT */
/* uv_getnameinfo(): from addresses to names. getnameinfo(3) runs on the pool,
 * or at once when there is no callback: then req->host and req->service have
 * the answer. IPv4 and IPv6 only, as documented. Loop thread only, except
 * look_up(), which uses the request alone. */
#include "base/abi.h"
#include "base/queue.h"
#include "loop/req.h"
#include "loop/work.h"
#include "unix/io/recorder.h"
#include "unix/net/dns/eai.h"
#include "unix/os/sock.h"

#include <netdb.h>
#include <stdbool.h>
#include <string.h>

static bool is_internet(const struct sockaddr* addr) {
  return addr->sa_family == AF_INET || addr->sa_family == AF_INET6;
}

/* On a worker. */
static void look_up(struct uv__work* w) {
  uv_getnameinfo_t* req = uv__container_of(w, uv_getnameinfo_t, work_req);
  const struct sockaddr* addr = (const struct sockaddr*) &req->storage;
  req->retcode = uv__eai_to_uv(
      getnameinfo(addr, uv__sockaddr_len(addr), req->host, sizeof(req->host),
                  req->service, sizeof(req->service), req->flags));
}

static void looked_up(struct uv__work* w, int status) {
  uv_getnameinfo_t* req = uv__container_of(w, uv_getnameinfo_t, work_req);
  uv__req_end(req->loop);
  req->retcode = uv__eai_outcome(status, req->retcode);
  uv__record_note(req->loop, UV__TYPE_OF_REQ(UV_GETNAMEINFO),
                  req->getnameinfo_cb);
  if (req->retcode == 0)
    req->getnameinfo_cb(req, 0, req->host, req->service);
  else
    req->getnameinfo_cb(req, req->retcode, NULL, NULL);
}

int uv_getnameinfo(uv_loop_t* loop, uv_getnameinfo_t* req,
                   uv_getnameinfo_cb getnameinfo_cb,
                   const struct sockaddr* addr, int flags) {
  if (req == NULL || addr == NULL || !is_internet(addr)) return UV_EINVAL;

  memcpy(&req->storage, addr, uv__sockaddr_len(addr));
  req->loop = loop;
  req->getnameinfo_cb = getnameinfo_cb;
  req->flags = flags;
  req->retcode = 0;

  if (getnameinfo_cb == NULL) {
    uv__req_set_type(req, UV_GETNAMEINFO);
    look_up(&req->work_req);
    return req->retcode;
  }
  uv__req_start(loop, req, UV_GETNAMEINFO);
  uv__work_submit(loop, &req->work_req, UV__WORK_GETNAMEINFO, look_up,
                  looked_up);
  return 0;
}
