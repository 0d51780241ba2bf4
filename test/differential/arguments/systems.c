/* SPDX-License-Identifier: MIT */
/* Argument checks: what the system knows: names, paths, users, memory, time. */
#include "cases.h"

#include <limits.h>
#include <unistd.h>

static uv_passwd_t passwd;
static uv_group_t group;
static uv_rusage_t usage;
static uv_utsname_t names;
static uv_timespec64_t spec;
static uv_timeval64_t now;
static uv_cpu_info_t* cpus;
static uv_interface_address_t* addresses;
static uv_env_item_t* items;
static uv_lib_t lib;
static void* pointer;
static size_t bytes;
static double seconds;
static int number;

static uv_lib_t* lib_failed(void) {
  uv_dlopen("none", &lib);
  return &lib;
}

static uv_lib_t* lib_good(void) {
  uv_dlopen(NULL, &lib);
  return &lib;
}

void system_cases(void) {
  CASE(uv_os_homedir, "NULL buffer", NULL, size_of(4096));
  CASE(uv_os_homedir, "NULL size", room(), NULL);
  CASE(uv_os_homedir, "size 0", room(), size_of(0));
  CASE(uv_os_homedir, "size 1", room(), size_of(1));
  CASE(uv_os_homedir, "good", room(), size_of(4096));
  CASE(uv_os_tmpdir, "NULL buffer", NULL, size_of(4096));
  CASE(uv_os_tmpdir, "NULL size", room(), NULL);
  CASE(uv_os_tmpdir, "size 0", room(), size_of(0));
  CASE(uv_os_tmpdir, "size 1", room(), size_of(1));
  CASE(uv_os_tmpdir, "good", room(), size_of(4096));
  CASE(uv_os_gethostname, "NULL buffer", NULL, size_of(4096));
  CASE(uv_os_gethostname, "NULL size", room(), NULL);
  CASE(uv_os_gethostname, "size 0", room(), size_of(0));
  CASE(uv_os_gethostname, "size 1", room(), size_of(1));
  CASE(uv_os_gethostname, "good", room(), size_of(4096));
  CASE(uv_exepath, "NULL buffer", NULL, size_of(4096));
  CASE(uv_exepath, "NULL size", room(), NULL);
  CASE(uv_exepath, "size 0", room(), size_of(0));
  CASE(uv_exepath, "size 1", room(), size_of(1));
  CASE(uv_exepath, "good", room(), size_of(4096));
  CASE(uv_cwd, "NULL buffer", NULL, size_of(4096));
  CASE(uv_cwd, "NULL size", room(), NULL);
  CASE(uv_cwd, "size 0", room(), size_of(0));
  CASE(uv_cwd, "size 1", room(), size_of(1));
  CASE(uv_cwd, "good", room(), size_of(4096));
  CASE(uv_if_indextoname, "NULL buffer", 1, NULL, size_of(4096));
  CASE(uv_if_indextoname, "NULL size", 1, room(), NULL);
  CASE(uv_if_indextoname, "size 0", 1, room(), size_of(0));
  CASE(uv_if_indextoname, "size 1", 1, room(), size_of(1));
  CASE(uv_if_indextoname, "index 0", 0, room(), size_of(4096));
  CASE(uv_if_indextoname, "no such index", UINT_MAX, room(), size_of(4096));
  CASE(uv_if_indextoname, "good", 1, room(), size_of(4096));
  CASE(uv_if_indextoiid, "NULL buffer", 1, NULL, size_of(4096));
  CASE(uv_if_indextoiid, "NULL size", 1, room(), NULL);
  CASE(uv_if_indextoiid, "size 0", 1, room(), size_of(0));
  CASE(uv_if_indextoiid, "size 1", 1, room(), size_of(1));
  CASE(uv_if_indextoiid, "index 0", 0, room(), size_of(4096));
  CASE(uv_if_indextoiid, "no such index", UINT_MAX, room(), size_of(4096));
  CASE(uv_if_indextoiid, "good", 1, room(), size_of(4096));
  CASE(uv_os_getenv, "NULL name", NULL, room(), size_of(10));
  CASE(uv_os_getenv, "NULL buffer", "PATH", NULL, size_of(10));
  CASE(uv_os_getenv, "NULL size", "PATH", room(), NULL);
  CASE(uv_os_getenv, "size 0", "PATH", room(), size_of(0));
  CASE(uv_os_getenv, "size 1", "PATH", room(), size_of(1));
  CASE(uv_os_getenv, "not there", "NONE_SUCH", room(), size_of(10));
  CASE(uv_os_getenv, "empty name", "", room(), size_of(10));
  CASE(uv_os_setenv, "NULL name", NULL, "x");
  CASE(uv_os_setenv, "NULL value", "x", NULL);
  CASE(uv_os_setenv, "empty name", "", "x");
  CASE(uv_os_setenv, "= inside", "a=b", "x");
  CASE(uv_os_unsetenv, "NULL", NULL);
  CASE(uv_os_unsetenv, "empty", "");
  CASE(uv_os_unsetenv, "= inside", "a=b");
  CASE(uv_os_unsetenv, "not there", "NONE_SUCH");
  CASE(uv_os_environ, "any", (&items), (&number));
  CALL(uv_os_free_environ, "none", NULL, 0);
  CASE(uv_os_get_passwd, "NULL", NULL);
  CASE(uv_os_get_passwd, "good", &passwd);
  CASE(uv_os_get_passwd2, "NULL", NULL, 0);
  CASE(uv_os_get_passwd2, "no such user", &passwd, 123456789);
  CASE(uv_os_get_group, "NULL", NULL, 0);
  CASE(uv_os_get_group, "no such group", &group, 123456789);
  CALL(uv_os_free_passwd, "NULL", NULL);
  CALL(uv_os_free_passwd, "empty", &passwd);
  CALL(uv_os_free_group, "NULL", NULL);
  CALL(uv_os_free_group, "empty", &group);
  CASE(uv_os_getpriority, "NULL", 0, NULL);
  CASE(uv_os_getpriority, "no such process", INT_MAX, &number);
  CASE(uv_os_getpriority, "-1", -1, &number);
  CASE(uv_os_setpriority, "-21", 0, -21);
  CASE(uv_os_setpriority, "20", 0, 20);
  CASE(uv_os_setpriority, "no such process", INT_MAX, 0);
  CASE(uv_os_setpriority, "same", 0, 0);
  CASE(uv_os_uname, "NULL", NULL);
  CASE(uv_os_uname, "good", &names);
  CASE(uv_getrusage, "good", &usage);
  CASE(uv_getrusage_thread, "good", &usage);
  CASE(uv_resident_set_memory, "good", &bytes);
  CASE(uv_uptime, "good", &seconds);
  CASE(uv_clock_gettime, "NULL", UV_CLOCK_REALTIME, NULL);
  CASE(uv_clock_gettime, "no such clock", (uv_clock_id) 77, &spec);
  CASE(uv_clock_gettime, "-1", (uv_clock_id) -1, &spec);
  CASE(uv_clock_gettime, "good", UV_CLOCK_MONOTONIC, &spec);
  CASE(uv_gettimeofday, "NULL", NULL);
  CASE(uv_gettimeofday, "good", &now);
  CASE(uv_cpu_info, "good", &cpus, &number);
  CALL(uv_free_cpu_info, "none", NULL, 0);
  CASE(uv_interface_addresses, "good", &addresses, &number);
  CALL(uv_free_interface_addresses, "none", NULL, 0);
  CASE(uv_chdir, "not there", "none");
  CASE(uv_chdir, "empty", "");
  CASE(uv_chdir, "a file", file_path());
  CASE(uv_chdir, "too long", long_path());
  CASE(uv_chdir, "NULL", NULL);
  CASE(uv_set_process_title, "no uv_setup_args()", "x");
  CASE(uv_get_process_title, "NULL", NULL, 10);
  CASE(uv_get_process_title, "size 0", room(), 0);
  CASE(uv_get_process_title, "size 1", room(), 1);
  CASE(uv_get_process_title, "good", room(), 4096);
  CASE(uv_dlopen, "not there", "none", &lib);
  CASE(uv_dlopen, "NULL", NULL, &lib);
  CASE(uv_dlsym, "not there", lib_good(), "none_such", &pointer);
  TEXT(uv_dlerror, "failed", lib_failed());
  CALL(uv_dlclose, "failed", lib_failed());
  CALL(uv_sleep, "0", 0);
}
