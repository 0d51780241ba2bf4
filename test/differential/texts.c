/* SPDX-License-Identifier: MIT */
/* Differential scenarios: functions of values, without a loop. */
#include "trace.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void errors(uv_loop_t* loop) {
  (void) loop;
  for (int i = -4100; i < 0; i++) {
    const char* name = uv_err_name(i);
    if (strncmp(name, "Unknown", 7) != 0)
      say("%d %s <%s>", i, name, uv_strerror(i));
    else
      free((void*) name); /* A leak, as documented. */
  }
  char text[24];
  say("%s", uv_err_name_r(-9999, text, sizeof(text)));
  say("%s", uv_strerror_r(-9999, text, sizeof(text)));
  say("%s", uv_strerror_r(UV_EINVAL, text, 8));
  say("%s", uv_err_name_r(UV_EINVAL, text, 4));
  TRY(uv_translate_sys_error(2));
  TRY(uv_translate_sys_error(-2));
  TRY(uv_translate_sys_error(0));
  for (int i = 0; i < UV_HANDLE_TYPE_MAX + 2; i++) {
    const char* type = uv_handle_type_name((uv_handle_type) i);
    say("handle %d %s %zd", i, type == NULL ? "none" : type,
        (ssize_t) uv_handle_size((uv_handle_type) i));
  }
  for (int i = 0; i < UV_REQ_TYPE_MAX + 2; i++) {
    const char* type = uv_req_type_name((uv_req_type) i);
    say("request %d %s %zd", i, type == NULL ? "none" : type,
        (ssize_t) uv_req_size((uv_req_type) i));
  }
}

static void addresses(uv_loop_t* loop) {
  (void) loop;
  static const char* const texts[] = {
    "127.0.0.1",
    "0.0.0.0",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "01.2.3.4",
    "",
    " 1.2.3.4",
    "1.2.3.4 ",
    "::",
    "::1",
    "1::2::3",
    "::ffff:1.2.3.4",
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "fe80::1%lo",
    "fe80::1%",
    "g::",
    "12345::",
    ":1",
    "1:",
    "::1.2.3",
    "abcd:EF01::",
  };
  for (size_t i = 0; i < COUNT(texts); i++) {
    unsigned char bytes[16];
    char name[64] = "";
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    int rc4 = uv_inet_pton(AF_INET, texts[i], bytes);
    if (rc4 == 0) uv_inet_ntop(AF_INET, bytes, name, sizeof(name));
    int rc6 = uv_inet_pton(AF_INET6, texts[i], bytes);
    if (rc6 == 0) uv_inet_ntop(AF_INET6, bytes, name, sizeof(name));
    say("<%s> %s %s <%s> %s %s", texts[i], num(rc4), num(rc6), name,
        num(uv_ip4_addr(texts[i], 1, &four)),
        num(uv_ip6_addr(texts[i], 1, &six)));
  }
  struct sockaddr_in6 six;
  char name[64] = "";
  MUST(uv_ip6_addr("fe80::1%lo", 1, &six));
  say("scope %d", six.sin6_scope_id > 0);
  TRY(uv_ip6_name(&six, name, sizeof(name)));
  TRY(uv_ip6_name(&six, name, 3));
  TRY(uv_ip_name((struct sockaddr*) &six, name, sizeof(name)));
  say("<%s>", name);
  TRY(uv_ip4_name((const struct sockaddr_in*) local(1), name, 4));
  TRY(uv_inet_pton(AF_UNIX, "1", name));
  TRY(uv_inet_ntop(AF_UNIX, name, name, sizeof(name)));
}

static void say_env(const char* name, size_t size) {
  char value[16] = "";
  size_t given = size;
  int rc = uv_os_getenv(name, value, &size);
  say("%s of %zu: %s <%s> %zu", name, given, num(rc), rc == 0 ? value : "",
      size);
}

static void environment(uv_loop_t* loop) {
  (void) loop;
  TRY(uv_os_setenv("MARK", "12345"));
  say_env("MARK", 16);
  say_env("MARK", 6);
  say_env("MARK", 5);
  say_env("NO_SUCH", 16);
  TRY(uv_os_unsetenv("MARK"));
  say_env("MARK", 16);
  TRY(uv_os_setenv("", "x"));
  TRY(uv_os_setenv(NULL, "x"));
  TRY(uv_os_unsetenv(NULL));
  TRY(uv_os_getenv(NULL, NULL, NULL));
  size_t size = 0;
  char room[8];
  TRY(uv_os_getenv("MARK", room, &size));
  TRY(uv_cwd(room, &size));
  TRY(uv_exepath(room, &size));
  TRY(uv_os_homedir(room, &size));
  TRY(uv_os_tmpdir(room, &size));
  TRY(uv_os_gethostname(room, &size));
  TRY(uv_get_process_title(room, size));
  TRY(uv_get_process_title(NULL, 8));
  TRY(uv_chdir("/nowhere"));
  TRY(uv_os_uname(NULL));
  TRY(uv_os_getpriority(0, NULL));
  TRY(uv_os_setpriority(0, 100));
  TRY(uv_uptime(&(double){ 0 }));
  TRY(uv_gettimeofday(NULL));
  uv_interface_address_t* addresses = NULL;
  int count = 0;
  TRY(uv_interface_addresses(&addresses, &count) <= 0);
  uv_free_interface_addresses(addresses, count);
  TRY(uv_replace_allocator(NULL, NULL, NULL, NULL));
  uv_lib_t lib;
  TRY(uv_dlopen("no-such-library.so", &lib));
  say("has a message %d", strcmp(uv_dlerror(&lib), "no error") != 0);
  uv_dlclose(&lib);
}

static void guess(uv_loop_t* loop) {
  (void) loop;
  int ends[2];
  TRY(uv_guess_handle(-1));
  TRY(uv_guess_handle(900));
  MUST(uv_pipe(ends, 0, 0));
  TRY(uv_guess_handle(ends[0]));
  close(ends[0]), close(ends[1]);
  MUST(uv_socketpair(SOCK_STREAM, 0, ends, 0, 0));
  TRY(uv_guess_handle(ends[0]));
  close(ends[0]), close(ends[1]);
  static const struct {
    int domain, type;
  } kinds[] = {
    { AF_INET, SOCK_STREAM },  { AF_INET, SOCK_DGRAM },
    { AF_INET6, SOCK_STREAM }, { AF_INET6, SOCK_DGRAM },
    { AF_UNIX, SOCK_DGRAM },
  };
  for (size_t i = 0; i < COUNT(kinds); i++) {
    int fd = socket(kinds[i].domain, kinds[i].type, 0);
    if (fd < 0) continue;
    say("%zu: %s", i, num(uv_guess_handle(fd)));
    close(fd);
  }
  FILE* file = tmpfile();
  MUST(file == NULL ? -1 : 0);
  TRY(uv_guess_handle(fileno(file)));
  fclose(file);
}

static const struct scenario scenarios[] = {
  { "text-errors", errors },
  { "text-addresses", addresses },
  { "text-environment", environment },
  { "text-guess", guess },
};
const struct family text_family = { scenarios, COUNT(scenarios) };
