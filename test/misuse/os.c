/* SPDX-License-Identifier: MIT */
/* What is asked of the system about us: paths, environment, users, priorities,
 * the title, libraries, pairs of descriptors. Buffers that are none or too
 * small, names that are none, ids without a user. */
#include "misuse.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void texts_without_any_room(void** state) {
  (void) state;
  char text[16];
  size_t size = 0;
  ANSWERS(UV_EINVAL, uv_cwd(text, &size));
  ANSWERS(UV_EINVAL, uv_cwd(NULL, &size));
  ANSWERS(UV_EINVAL, uv_cwd(text, NULL));
  ANSWERS(UV_EINVAL, uv_os_homedir(text, &size));
  ANSWERS(UV_EINVAL, uv_os_homedir(NULL, &size));
  ANSWERS(UV_EINVAL, uv_os_homedir(text, NULL));
  ANSWERS(UV_EINVAL, uv_os_tmpdir(text, &size));
  ANSWERS(UV_EINVAL, uv_os_tmpdir(NULL, &size));
  ANSWERS(UV_EINVAL, uv_os_tmpdir(text, NULL));
  ANSWERS(UV_EINVAL, uv_os_gethostname(text, &size));
  ANSWERS(UV_EINVAL, uv_os_gethostname(NULL, &size));
  ANSWERS(UV_EINVAL, uv_os_gethostname(text, NULL));
  ANSWERS(UV_EINVAL, uv_exepath(text, &size));
  ANSWERS(UV_EINVAL, uv_exepath(NULL, &size));
  ANSWERS(UV_EINVAL, uv_exepath(text, NULL));
  ANSWERS(UV_EINVAL, uv_os_getenv("PATH", text, &size));
  ANSWERS(UV_EINVAL, uv_os_getenv("PATH", NULL, &size));
  ANSWERS(UV_EINVAL, uv_os_getenv("PATH", text, NULL));
}

/* Too little: the size that is needed comes out, NUL included. */
static void texts_without_enough_room(void** state) {
  (void) state;
  char text[4096];
  size_t size = 2;
  setenv("HOME", "/home/x", 1);
  setenv("TMPDIR", "/scratch/", 1);
  ANSWERS(UV_ENOBUFS, uv_os_homedir(text, &size));
  assert_int_equal(sizeof("/home/x"), size);
  ANSWERS(0, uv_os_homedir(text, &size));
  size = 2;
  ANSWERS(UV_ENOBUFS, uv_os_tmpdir(text, &size));
  assert_int_equal(sizeof("/scratch"), size);
  size = 2;
  ANSWERS(UV_ENOBUFS, uv_os_getenv("HOME", text, &size));
  assert_int_equal(sizeof("/home/x"), size);
  size = 1;
  ANSWERS(UV_ENOBUFS, uv_cwd(text, &size));
  ANSWERS(0, uv_cwd(text, &size));
  size = 1;
  ANSWERS(UV_ENOBUFS, uv_os_gethostname(text, &size));
  ANSWERS(0, uv_os_gethostname(text, &size));
  size = 2; /* This one cuts, as documented. */
  ANSWERS(0, uv_exepath(text, &size));
  assert_int_equal(1, size);
}

/* --- Folders -------------------------------------------------------------- */

static void folders_that_are_none(void** state) {
  (void) state;
  ANSWERS(UV_ENOENT, uv_chdir("/nowhere/x"));
  ANSWERS(UV_ENOENT, uv_chdir(""));
  ANSWERS(UV_ENOTDIR, uv_chdir("/etc/passwd"));
  ANSWERS(UV_ENAMETOOLONG, uv_chdir(long_path()));
  ANSWERS(UV_EINVAL, uv_chdir(NULL));
}

static int lose_folder(void) {
  char text[64];
  size_t size = sizeof(text);
  if (mkdtemp(strcpy(text, "/tmp/pollux-misuse-XXXXXX")) == NULL) return 2;
  ANSWERS(0, uv_chdir(text));
  rmdir(text);
  ANSWERS(UV_ENOENT, uv_cwd(text, &size));
  return 0;
}

static void a_folder_that_was_removed(void** state) {
  (void) state;
  assert_int_equal(0, run_child(lose_folder));
}

/* --- Environment ---------------------------------------------------------- */

static void variables_that_are_none(void** state) {
  (void) state;
  char text[16];
  size_t size = sizeof(text);
  int count;
  uv_env_item_t* items;
  ANSWERS(UV_ENOENT, uv_os_getenv("POLLUX_NO_SUCH_NAME", text, &size));
  ANSWERS(UV_EINVAL, uv_os_getenv(NULL, text, &size));
  ANSWERS(UV_EINVAL, uv_os_setenv(NULL, "x"));
  ANSWERS(UV_EINVAL, uv_os_setenv("X", NULL));
  ANSWERS(UV_EINVAL, uv_os_setenv("", "x"));
  ANSWERS(UV_EINVAL, uv_os_setenv("A=B", "x"));
  ANSWERS(UV_EINVAL, uv_os_unsetenv(NULL));
  ANSWERS(UV_EINVAL, uv_os_unsetenv(""));
  ANSWERS(UV_EINVAL, uv_os_unsetenv("A=B"));
  ANSWERS(0, uv_os_unsetenv("POLLUX_NO_SUCH_NAME"));
  ANSWERS(UV_EINVAL, uv_os_environ(NULL, &count));
  ANSWERS(UV_EINVAL, uv_os_environ(&items, NULL));
  SURVIVES(uv_os_free_environ(NULL, 0));
}

static int lose_environment(void) {
  uv_env_item_t* items;
  int count = -1;
  clearenv(); /* The pointer to it is NULL now. */
  ANSWERS(0, uv_os_environ(&items, &count));
  SURVIVES(uv_os_free_environ(items, count));
  return count;
}

static void no_environment_at_all(void** state) {
  (void) state;
  assert_int_equal(0, run_child(lose_environment));
}

/* --- Users and processes -------------------------------------------------- */

static void users_that_are_nobody(void** state) {
  (void) state;
  uv_passwd_t user;
  uv_group_t group;
  ANSWERS(UV_ENOENT, uv_os_get_passwd2(&user, 0x7ffffff0));
  ANSWERS(UV_ENOENT, uv_os_get_group(&group, 0x7ffffff0));
  ANSWERS(UV_EINVAL, uv_os_get_passwd(NULL));
  ANSWERS(UV_EINVAL, uv_os_get_passwd2(NULL, 0));
  ANSWERS(UV_EINVAL, uv_os_get_group(NULL, 0));
  SURVIVES(uv_os_free_passwd(NULL));
  SURVIVES(uv_os_free_group(NULL));
  assert_int_equal(0, uv_os_get_passwd2(&user, 0));
  assert_int_equal(0, uv_os_get_group(&group, 0));
  for (int n = 0; n < 2; n++) {
    SURVIVES(uv_os_free_passwd(&user));
    SURVIVES(uv_os_free_group(&group));
  }
}

static void priorities_that_are_wrong(void** state) {
  (void) state;
  int priority;
  ANSWERS(UV_EINVAL, uv_os_setpriority(0, UV_PRIORITY_LOW + 1));
  ANSWERS(UV_EINVAL, uv_os_setpriority(0, UV_PRIORITY_HIGHEST - 1));
  ANSWERS(UV_ESRCH, uv_os_setpriority(0x7ffffff0, 0));
  ANSWERS(UV_EINVAL, uv_os_getpriority(0, NULL));
  ANSWERS(UV_ESRCH, uv_os_getpriority(0x7ffffff0, &priority));
}

/* --- The title ------------------------------------------------------------ */

static void no_title_without_arguments(void** state) {
  (void) state;
  char text[64];
  char* argv[] = { NULL };
  ANSWERS(UV_ENOBUFS, uv_set_process_title("x"));
  ANSWERS(UV_ENOBUFS, uv_get_process_title(text, sizeof(text)));
  ANSWERS(1, uv_setup_args(0, argv) == argv);
  ANSWERS(UV_ENOBUFS, uv_set_process_title("x")); /* That was none either. */
}

static int set_title(void) {
  char room[] = "program\0argument"; /* As the kernel lays them out. */
  char* argv[] = { room, room + 8, NULL };
  char text[64];
  char** copy = uv_setup_args(2, argv);
  ANSWERS(1, uv_setup_args(2, copy) == copy); /* Once only. */
  ANSWERS(UV_EINVAL, uv_set_process_title(NULL));
  ANSWERS(UV_EINVAL, uv_get_process_title(NULL, sizeof(text)));
  ANSWERS(UV_EINVAL, uv_get_process_title(text, 0));
  ANSWERS(UV_ENOBUFS, uv_get_process_title(text, 3));
  ANSWERS(0, uv_set_process_title(long_path())); /* Cut, as documented. */
  ANSWERS(0, uv_get_process_title(text, sizeof(text)));
  int rc = strlen(text) == sizeof(room) - 1 ? 0 : 2;
  uv_library_shutdown();
  return rc;
}

static void titles_that_do_not_fit(void** state) {
  (void) state;
  assert_int_equal(0, run_child(set_title));
}

/* --- Libraries ------------------------------------------------------------ */

static void libraries_that_are_none(void** state) {
  (void) state;
  uv_lib_t lib;
  void* symbol;
  ANSWERS(-1, uv_dlopen("/nowhere/x.so", &lib));
  ANSWERS(1, strlen(uv_dlerror(&lib)) > 0);
  SURVIVES(uv_dlclose(&lib));
  SURVIVES(uv_dlclose(&lib));
  ANSWERS(-1, uv_dlopen("/etc/passwd", &lib)); /* There, and no library. */
  SURVIVES(uv_dlclose(&lib));
  assert_int_equal(0, uv_dlopen(NULL, &lib));
  ANSWERS(-1, uv_dlsym(&lib, "pollux_no_such_symbol", &symbol));
  ANSWERS(0, strcmp("no error", uv_dlerror(&lib)) == 0);
  SURVIVES(uv_dlclose(&lib));
  ANSWERS(1, strcmp("no error", uv_dlerror(&lib)) == 0);
}

/* --- Pairs ---------------------------------------------------------------- */

static void pairs_that_cannot_be_had(void** state) {
  (void) state;
  uv_os_sock_t socks[2] = { -7, -7 };
  uv_file fds[2] = { -7, -7 };
  ANSWERS(1, uv_socketpair(12345, 0, socks, 0, 0) < 0);
  ANSWERS(UV_EPROTONOSUPPORT, uv_socketpair(SOCK_STREAM, 99, socks, 0, 0));
  refuse_fds();
  ANSWERS(UV_EMFILE, uv_socketpair(SOCK_STREAM, 0, socks, 0, 0));
  ANSWERS(UV_EMFILE, uv_pipe(fds, 0, 0));
  allow_fds();
  for (int n = 0; n < 2; n++) {
    assert_int_equal(-7, socks[n]);
    assert_int_equal(-7, fds[n]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    T(texts_without_any_room),     T(texts_without_enough_room),
    T(folders_that_are_none),      T(a_folder_that_was_removed),
    T(variables_that_are_none),    T(no_environment_at_all),
    T(users_that_are_nobody),      T(priorities_that_are_wrong),
    T(no_title_without_arguments), T(titles_that_do_not_fit),
    T(libraries_that_are_none),    T(pairs_that_cannot_be_had),
  };
  return cmocka_run_group_tests_name("os", tests, NULL, NULL);
}
