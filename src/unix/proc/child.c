/* SPDX-License-Identifier: MIT */
/* What a child does between fork and exec, and what the parent has to lay ready
 * for it.
 *
 * The child of a process with threads may call async-signal-safe functions
 * only: no memory, no stdio, no locks. Therefore the search through PATH is
 * written out here instead of left to execvp(3). Its rules are execvp's: a name
 * with a slash is not searched for; an empty directory is the current one; a
 * file that may not be executed is passed over, but remembered; a file of
 * unknown format is given to the shell. The PATH is the one the child will
 * have.
 *
 * Handlers of pthread_atfork(3) run before all of this, and may change the
 * environment. setenv(3) frees the memory that `environ` has pointed to, so the
 * child reads `environ` anew.
 *
 * Order of the steps: signals first, so that no handler of the parent's ever
 * runs here; then session, descriptors, directory, and ids last, since the
 * other steps may need the rights they take away. Groups go before the user. */
#include "unix/proc/child.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where to look when there is no PATH at all. */
#define SEARCH_DEFAULT "/bin:/usr/bin"
#define SHELL "/bin/sh"

enum { EXIT_FAILED = 127 };

/* --- In the parent -------------------------------------------------------- */

static size_t count_args(char** args) {
  size_t count = 0;
  while (args != NULL && args[count] != NULL) count++;
  return count;
}

int uv__child_prepare(struct uv__child* child,
                      const uv_process_options_t* options) {
  *child = (struct uv__child){ .options = options, .error_fd = -1 };

  /* One block: the shell's arguments, and two words in place of `args` if there
   * are none. */
  size_t arg_count = count_args(options->args);
  char** block = uv__calloc(arg_count + 3 + 2, sizeof(*block));
  if (block == NULL) return UV_ENOMEM;

  child->shell_argv = block;
  block[0] = (char*) SHELL;
  for (size_t i = 1; i < arg_count; i++) block[i + 1] = options->args[i];
  char** own_argv = block + arg_count + 3;
  own_argv[0] = (char*) options->file;
  child->argv = options->args != NULL ? options->args : own_argv;
  return 0;
}

void uv__child_discard(struct uv__child* child) {
  uv__free(child->shell_argv);
  child->shell_argv = NULL;
}

/* --- In the child --------------------------------------------------------- */

/* A function that does not return makes asan look for the stack's end. It does
 * not know the stack of a vfork child, and would complain on its stderr. */
__attribute__((noreturn, no_sanitize_address)) static void give_up(
    struct uv__child* child, int error) {
  /* All signals are blocked or have no handler: no EINTR. The parent takes
   * silence for success, and then sees us exit. */
  if (child->error_fd != -1) {
    ssize_t ignored = write(child->error_fd, &error, sizeof(error));
    (void) ignored;
  }
  _exit(EXIT_FAILED);
}

static void reset_signals(void) {
  struct sigaction action = { 0 };
  action.sa_handler = SIG_DFL;
  /* Fails for those that cannot be changed and those that libc keeps. */
  for (int signum = 1; signum < NSIG; signum++)
    sigaction(signum, &action, NULL);
}

static void unblock_signals(void) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Descriptors below `source_count` are about to be overwritten: move what is
 * needed and lies there, unless it is in its place. 0 or UV_E*. */
static int move_out_of_the_way(int* fd, int target_fd, int source_count) {
  if (*fd < 0 || *fd >= source_count || *fd == target_fd) return 0;
  int moved_fd = fcntl(*fd, F_DUPFD_CLOEXEC, source_count);
  if (moved_fd == -1) return UV__ERR(errno);
  *fd = moved_fd;
  return 0;
}

static int clear_flag(int fd, int get, int set, int flag) {
  int flags = fcntl(fd, get);
  if (flags == -1) return UV__ERR(errno);
  if ((flags & flag) == 0) return 0;
  return fcntl(fd, set, flags & ~flag) == -1 ? UV__ERR(errno) : 0;
}

/* Make `source_fd` descriptor `fd` of the program. 0 or UV_E*. */
static int install(int source_fd, int fd) {
  if (source_fd == fd) {
    int rc = clear_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC);
    if (rc != 0) return rc;
  } else if (dup2(source_fd, fd) == -1) {
    return UV__ERR(errno);
  }
  /* Few programs expect a standard stream that does not block. Not worth
   * failing for: not every kind of file can be told. */
  if (fd <= 2) clear_flag(fd, F_GETFL, F_SETFL, O_NONBLOCK);
  return 0;
}

/* The standard streams are always open: programs open files and would find
 * them there. */
static int install_null(int fd) {
  int null_fd = open("/dev/null", fd == 0 ? O_RDONLY : O_RDWR);
  if (null_fd == -1) return UV__ERR(errno);
  if (null_fd == fd) return 0;
  int rc = install(null_fd, fd);
  close(null_fd);
  return rc;
}

/* A standard stream shall be one that this process has closed. Programs pass 0,
 * 1 and 2 on without a look whether they have them. */
static bool is_missing(int rc, int source_fd, int fd) {
  return rc == UV_EBADF && source_fd <= 2 && fd <= 2;
}

static int install_all(struct uv__child* child) {
  int* source_fds = child->source_fds;
  int count = child->source_count;
  int rc = move_out_of_the_way(&child->error_fd, -1, count);
  for (int fd = 0; fd < count && rc == 0; fd++) {
    rc = move_out_of_the_way(&source_fds[fd], fd, count);
    if (!is_missing(rc, source_fds[fd], fd)) continue;
    source_fds[fd] = -1;
    rc = 0;
  }
  for (int fd = 0; fd < count && rc == 0; fd++) {
    if (source_fds[fd] >= 0) rc = install(source_fds[fd], fd);
    if (source_fds[fd] < 0 || is_missing(rc, source_fds[fd], fd))
      rc = fd <= 2 ? install_null(fd) : 0;
  }
  return rc;
}

static int change_ids(const uv_process_options_t* options) {
  unsigned flags = options->flags;
  if ((flags & (UV_PROCESS_SETUID | UV_PROCESS_SETGID)) == 0) return 0;
  /* The parent's further groups would outlive the change of user. Only root
   * may drop them; another user cannot change to other ids either. */
  int ignored = setgroups(0, NULL);
  (void) ignored;
  if ((flags & UV_PROCESS_SETGID) && setgid(options->gid) != 0)
    return UV__ERR(errno);
  if ((flags & UV_PROCESS_SETUID) && setuid(options->uid) != 0)
    return UV__ERR(errno);
  return 0;
}

/* The environment that the program gets. */
static char** environment(const struct uv__child* child) {
  return child->options->env != NULL ? child->options->env : environ;
}

/* Returns only when it failed, with the UV_E*. */
static int exec_file(const struct uv__child* child, const char* file) {
  char** envp = environment(child);
  execve(file, child->argv, envp);
  if (errno != ENOEXEC) return UV__ERR(errno);
  child->shell_argv[1] = (char*) file;
  execve(SHELL, child->shell_argv, envp);
  return UV__ERR(errno);
}

/* Where to search: not getenv(3), which knows only the one environment. */
static const char* find_path(char** envp) {
  for (; envp != NULL && *envp != NULL; envp++)
    if (strncmp(*envp, "PATH=", 5) == 0) return *envp + 5;
  return SEARCH_DEFAULT;
}

/* Is it a reason to look in the next directory? */
static bool is_elsewhere(int error) {
  switch (error) {
    case UV_EACCES:
    case UV_ENAMETOOLONG:
    case UV_ENODEV:
    case UV_ENOENT:
    case UV_ENOTDIR:
    case UV_ETIMEDOUT:
    case UV__ERR(ESTALE):
      return true;
    default:
      return false;
  }
}

/* `directory` '/' `file` into `path`, which has room. */
static void compose(char* path, const char* directory, size_t len,
                    const char* file) {
  char* end = path;
  memcpy(end, directory, len);
  end += len;
  if (len > 0) *end++ = '/';
  memcpy(end, file, strlen(file) + 1);
}

static int exec_in(const struct uv__child* child, const char* directory,
                   size_t len, const char* file) {
  char path[PATH_MAX + 1 + NAME_MAX + 1];
  if (len > PATH_MAX) return UV_ENAMETOOLONG;
  compose(path, directory, len, file);
  return exec_file(child, path);
}

static int exec_searched(const struct uv__child* child, const char* file) {
  if (*file == '\0') return UV_ENOENT;
  if (strlen(file) > NAME_MAX) return UV_ENAMETOOLONG;
  bool was_forbidden = false;
  const char* directory = find_path(environment(child));
  for (;;) {
    size_t len = strcspn(directory, ":");
    int error = exec_in(child, directory, len, file);
    if (!is_elsewhere(error)) return error;
    if (error == UV_EACCES) was_forbidden = true;
    if (directory[len] == '\0') break;
    directory += len + 1;
  }
  return was_forbidden ? UV_EACCES : UV_ENOENT;
}

void uv__child_run(struct uv__child* child) {
  const uv_process_options_t* options = child->options;
  reset_signals();
  /* Fails for a leader of its group, which a new process is not. */
  if (options->flags & UV_PROCESS_DETACHED) setsid();

  int rc = install_all(child);
  if (rc != 0) give_up(child, rc);
  if (options->cwd != NULL && chdir(options->cwd) != 0)
    give_up(child, UV__ERR(errno));
  rc = change_ids(options);
  if (rc != 0) give_up(child, rc);

  unblock_signals();
  if (strchr(options->file, '/') == NULL)
    give_up(child, exec_searched(child, options->file));
  give_up(child, exec_file(child, options->file));
}
