/* SPDX-License-Identifier: MIT */
/* Differential scenarios: the thread pool, name resolution, cancelling. */
#include "trace.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS = 4 }; /* The default, which run.py makes sure of. */
static uv_work_t works[WORKERS], last;
static uv_getaddrinfo_t resolving;
static uv_getnameinfo_t naming;
static uv_fs_t file_req;
static uv_random_t random_req;
static uv_sem_t gate, arrived;

static void no_work(uv_work_t* req) {
  (void) req;
}

static void wait_at_gate(uv_work_t* req) {
  (void) req;
  uv_sem_post(&arrived);
  uv_sem_wait(&gate);
}

static void after(uv_work_t* req, int status) {
  char lane[16];
  snprintf(lane, sizeof(lane), "work %d", (int) (req - works));
  say_in(req == &last ? "last" : lane, "%s", num(status));
}

static void on_addresses(uv_getaddrinfo_t* req, int status,
                         struct addrinfo* list) {
  say("addresses %s, same request %d", num(status), req == &resolving);
  for (struct addrinfo* at = list; at != NULL; at = at->ai_next) {
    char name[64] = "";
    uv_ip_name(at->ai_addr, name, sizeof(name));
    say("family %s type %d protocol %d %s port %d",
        at->ai_family == AF_INET ? "4" : "6", at->ai_socktype, at->ai_protocol,
        name, ntohs(((struct sockaddr_in*) at->ai_addr)->sin_port));
  }
  uv_freeaddrinfo(list);
}

static void resolve(uv_loop_t* loop, const char* node, const char* service) {
  struct addrinfo hints;
  memset(&hints, 0, sizeof(hints));
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  say("resolve %s %s: %s", node == NULL ? "none" : node,
      service == NULL ? "none" : service,
      num(uv_getaddrinfo(loop, &resolving, on_addresses, node, service,
                         &hints)));
  MUST(uv_run(loop, UV_RUN_DEFAULT));
}

static void names(uv_loop_t* loop) {
  resolve(loop, "127.0.0.1", "80");
  resolve(loop, "::1", "http");
  resolve(loop, "::1", "443");
  resolve(loop, NULL, "80");
  resolve(loop, "not numeric", NULL);
  resolve(loop, "", NULL);
  resolve(loop, NULL, NULL);
  TRY(uv_getaddrinfo(loop, NULL, on_addresses, "::1", NULL, NULL));
  TRY(uv_getaddrinfo(loop, &resolving, NULL, "127.0.0.1", "1", NULL));
  say("stored %d", resolving.addrinfo != NULL);
  uv_freeaddrinfo(resolving.addrinfo);
  static char longest[400];
  memset(longest, 'a', sizeof(longest) - 1);
  TRY(uv_getaddrinfo(loop, &resolving, NULL, longest, NULL, NULL));
}

static void on_name(uv_getnameinfo_t* req, int status, const char* host,
                    const char* service) {
  (void) req;
  say("name %s %s %s", num(status), host == NULL ? "none" : host,
      service == NULL ? "none" : service);
}

static void reverse(uv_loop_t* loop) {
  int flags = NI_NUMERICHOST | NI_NUMERICSERV;
  struct sockaddr strange = { .sa_family = AF_UNIX };
  TRY(uv_getnameinfo(loop, &naming, on_name, local(80), flags));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  TRY(uv_getnameinfo(loop, &naming, on_name, &strange, flags));
  TRY(uv_getnameinfo(loop, &naming, on_name, NULL, flags));
  TRY(uv_getnameinfo(loop, NULL, on_name, local(80), flags));
  TRY(uv_getnameinfo(loop, &naming, NULL, local(81), flags));
  say("<%s> <%s>", naming.host, naming.service);
}

static void on_file(uv_fs_t* req) {
  say_in("file", "%s", num(req->result));
  uv_fs_req_cleanup(req);
}

static void on_random(uv_random_t* req, int status, void* buf, size_t size) {
  (void) req;
  say_in("random", "%s %d %zu", num(status), buf != NULL, size);
}

/* While every worker is busy, what waits can be cancelled, what runs cannot. */
static void cancel(uv_loop_t* loop) {
  MUST(uv_sem_init(&gate, 0));
  MUST(uv_sem_init(&arrived, 0));
  for (int i = 0; i < WORKERS; i++)
    TRY(uv_queue_work(loop, &works[i], wait_at_gate, after));
  for (int i = 0; i < WORKERS; i++) uv_sem_wait(&arrived);
  static char bytes[8];
  MUST(uv_queue_work(loop, &last, no_work, after));
  MUST(uv_fs_stat(loop, &file_req, ".", on_file));
  MUST(uv_getaddrinfo(loop, &resolving, on_addresses, "::1", NULL, NULL));
  MUST(uv_getnameinfo(loop, &naming, on_name, local(80), 0));
  MUST(uv_random(loop, &random_req, bytes, sizeof(bytes), 0, on_random));
  TRY(uv_cancel((uv_req_t*) &works[0]));
  TRY(uv_cancel((uv_req_t*) &last));
  TRY(uv_cancel((uv_req_t*) &last));
  TRY(uv_cancel((uv_req_t*) &file_req));
  TRY(uv_cancel((uv_req_t*) &resolving));
  TRY(uv_cancel((uv_req_t*) &naming));
  TRY(uv_cancel((uv_req_t*) &random_req));
  MUST(uv_run(loop, UV_RUN_ONCE));
  for (int i = 0; i < WORKERS; i++) uv_sem_post(&gate);
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  TRY(uv_cancel((uv_req_t*) &works[0]));
  uv_sem_destroy(&gate);
  uv_sem_destroy(&arrived);
}

static void after_again(uv_work_t* req, int status) {
  after(req, status);
  MUST(uv_queue_work(req->loop, &last, no_work, after));
}

static void work(uv_loop_t* loop) {
  TRY(uv_queue_work(loop, &works[0], NULL, after));
  TRY(uv_queue_work(loop, &works[0], no_work, after_again));
  TRY(uv_loop_alive(loop));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  TRY(uv_queue_work(loop, &works[1], no_work, NULL));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  static char bytes[8];
  TRY(uv_random(loop, &random_req, bytes, sizeof(bytes), 0, on_random));
  TRY(uv_run(loop, UV_RUN_DEFAULT));
  TRY(uv_random(loop, &random_req, bytes, sizeof(bytes), 1, on_random));
  TRY(uv_random(loop, &random_req, bytes, 0x80000000u, 0, on_random));
  TRY(uv_random(NULL, NULL, bytes, sizeof(bytes), 0, NULL));
  TRY(uv_random(NULL, NULL, bytes, 0, 0, NULL));
  static uv_timer_t timer;
  MUST(uv_timer_init(loop, &timer));
  TRY(uv_cancel((uv_req_t*) &random_req));
  end(&timer);
  MUST(uv_run(loop, UV_RUN_DEFAULT));
}

static const struct scenario scenarios[] = {
  { "pool-names", names },
  { "pool-reverse", reverse },
  { "pool-cancel", cancel },
  { "pool-work", work },
};
const struct family pool_family = { scenarios, COUNT(scenarios) };
