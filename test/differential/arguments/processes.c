/* SPDX-License-Identifier: MIT */
/* Argument checks: processes, and work for the pool. */
#include "cases.h"

#include <limits.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uv_process_t process;
static uv_work_t work;
static uv_getaddrinfo_t info_req;
static uv_getnameinfo_t name_req;
static uv_random_t random_req;

static uv_process_options_t* options(const char* file, unsigned flags) {
  static char* args[] = { (char*) "x", NULL };
  static uv_process_options_t given;
  memset(&given, 0, sizeof(given));
  given.file = file;
  given.args = args;
  given.flags = flags;
  return &given;
}

static uv_process_options_t* options_in(const char* folder) {
  uv_process_options_t* given = options("/bin/true", 0);
  given->cwd = folder;
  return given;
}

static uv_process_options_t* options_stdio(int flags) {
  static uv_stdio_container_t only;
  uv_process_options_t* given = options("/bin/true", 0);
  only.flags = (uv_stdio_flags) flags;
  only.data.fd = CLOSED_FD;
  given->stdio = &only;
  given->stdio_count = 1;
  return given;
}

static uv_process_t* process_ended(void) {
  uv_spawn(loop(), &process, options("/bin/true", 0));
  uv_run(loop(), UV_RUN_DEFAULT);
  return &process;
}

static void do_nothing(uv_work_t* req) {
  (void) req;
}

static void on_work(uv_work_t* req, int status) {
  (void) req;
  tell(status);
}

static uv_req_t* work_ended(void) {
  uv_queue_work(loop(), &work, do_nothing, on_work);
  uv_run(loop(), UV_RUN_DEFAULT);
  return (uv_req_t*) &work;
}

static uv_req_t* request(uv_req_type type) {
  static uv_req_t req;
  req.type = type;
  return &req;
}

static void on_info(uv_getaddrinfo_t* req, int status, struct addrinfo* res) {
  (void) req, (void) res;
  tell(status);
}

static void on_name(uv_getnameinfo_t* req, int status, const char* host,
                    const char* service) {
  (void) req, (void) host, (void) service;
  tell(status);
}

static void on_random(uv_random_t* req, int status, void* bytes, size_t len) {
  (void) req, (void) bytes, (void) len;
  tell(status);
}

static struct addrinfo* hints_of(int family, int flags) {
  static struct addrinfo hints;
  memset(&hints, 0, sizeof(hints));
  hints.ai_family = family;
  hints.ai_flags = flags;
  return &hints;
}

void process_cases(void) {
  CASE(uv_spawn, "NULL file", loop(), &process, options(NULL, 0));
  CASE(uv_spawn, "not there", loop(), &process, options("/none", 0));
  CASE(uv_spawn, "not executable", loop(), &process, options(file_path(), 0));
  CASE(uv_spawn, "empty file", loop(), &process, options("", 0));
  CASE(uv_spawn, "no such flag", loop(), &process,
       options("/bin/true", 1 << 20));
  CASE(uv_spawn, "no such folder", loop(), &process, options_in("/none"));
  CASE(uv_spawn, "stdio closed", loop(), &process,
       options_stdio(UV_INHERIT_FD));
  CASE(uv_spawn, "stdio of two kinds", loop(), &process,
       options_stdio(UV_INHERIT_FD | UV_INHERIT_STREAM));
  CASE(uv_spawn, "good", loop(), &process, options("/bin/true", 0));
  CASE(uv_process_kill, "ended", process_ended(), SIGTERM);
  CASE(uv_process_kill, "ended, signal 0", process_ended(), 0);
  CASE(uv_process_kill, "no such signal",
       (uv_spawn(loop(), &process, options("/bin/true", 0)), &process), 1000);
  CASE(uv_process_kill, "-1",
       (uv_spawn(loop(), &process, options("/bin/true", 0)), &process), -1);
  CASE(uv_kill, "no such signal", getpid(), 1000);
  CASE(uv_kill, "signal -1", getpid(), -1);
  CASE(uv_kill, "no such process", INT_MAX, 0);
  CASE(uv_kill, "signal 0", getpid(), 0);
  CASE(uv_process_get_pid, "never started",
       (uv_process_t*) memset(&process, 0, sizeof(process)));
  CALL(uv_disable_stdio_inheritance, "any");
}

void pool_cases(void) {
  CASE(uv_queue_work, "NULL work", loop(), &work, NULL, on_work);
  LATER(uv_queue_work, "good", loop(), &work, do_nothing, on_work);
  CASE(uv_cancel, "over", work_ended());
  CASE(uv_cancel, "a connect", request(UV_CONNECT));
  CASE(uv_cancel, "a shutdown", request(UV_SHUTDOWN));
  CASE(uv_cancel, "no request", request(UV_UNKNOWN_REQ));
  CASE(uv_cancel, "type 99", request((uv_req_type) 99));
  CASE(uv_getaddrinfo, "NULL names", loop(), &info_req, on_info, NULL, NULL,
       NULL);
  CASE(uv_getaddrinfo, "NULL request", loop(), NULL, on_info, "localhost", NULL,
       NULL);
  CASE(uv_getaddrinfo, "NULL names, at once", loop(), &info_req, NULL, NULL,
       NULL, NULL);
  CASE(uv_getaddrinfo, "too long", loop(), &info_req, NULL, long_path(), NULL,
       NULL);
  CASE(uv_getaddrinfo, "no such family", loop(), &info_req, NULL, "127.0.0.1",
       NULL, hints_of(99, 0));
  CASE(uv_getaddrinfo, "no such flag", loop(), &info_req, NULL, "127.0.0.1",
       NULL, hints_of(AF_INET, 1 << 24));
  CASE(uv_getaddrinfo, "address of the other family", loop(), &info_req, NULL,
       "::1", NULL, hints_of(AF_INET, AI_NUMERICHOST));
  CASE(uv_getaddrinfo, "no such service", loop(), &info_req, NULL, "127.0.0.1",
       "nonsense!", hints_of(AF_INET, AI_NUMERICHOST));
  CASE(uv_getaddrinfo, "wrong UTF-8", loop(), &info_req, NULL, "\xff\xff", NULL,
       NULL);
  CASE(uv_getaddrinfo, "empty node", loop(), &info_req, NULL, "", NULL,
       hints_of(AF_INET, AI_NUMERICHOST));
  CALL(uv_freeaddrinfo, "NULL", NULL);
  CASE(uv_getnameinfo, "NULL request", loop(), NULL, on_name, local(), 0);
  CASE(uv_getnameinfo, "NULL address", loop(), &name_req, on_name, NULL, 0);
  CASE(uv_getnameinfo, "strange family", loop(), &name_req, on_name, strange(),
       0);
  CASE(uv_getnameinfo, "strange family, at once", loop(), &name_req, NULL,
       strange(), 0);
  CASE(uv_getnameinfo, "no such flag", loop(), &name_req, NULL, local(),
       1 << 24);
  CASE(uv_getnameinfo, "numeric", loop(), &name_req, NULL, local(),
       NI_NUMERICHOST | NI_NUMERICSERV);
  CASE(uv_random, "flags", loop(), &random_req, room(), 16, 1, on_random);
  CASE(uv_random, "too much", loop(), &random_req, room(), (size_t) INT_MAX + 1,
       0, on_random);
  CASE(uv_random, "too much, at once", NULL, NULL, room(), (size_t) INT_MAX + 1,
       0, NULL);
  CASE(uv_random, "0 bytes, at once", NULL, NULL, room(), 0, 0, NULL);
  CASE(uv_random, "flags, at once", NULL, NULL, room(), 16, 77, NULL);
  CASE(uv_random, "NULL buffer, at once", NULL, NULL, NULL, 16, 0, NULL);
  CASE(uv_random, "at once, a loop", loop(), NULL, room(), 16, 0, NULL);
}
