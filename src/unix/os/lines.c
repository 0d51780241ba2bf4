/* SPDX-License-Identifier: MIT */
/* Lines for a file that is not the library's own business: see lines.h.
 *
 * A file opened here is non-blocking by itself. Descriptor 2 is shared with
 * other processes, which would see O_NONBLOCK. There each write to a pipe or
 * socket asks not to wait (RWF_NOWAIT), a terminal is opened anew for the
 * write, and where neither can be had, poll(2) says before whether there is
 * room.
 *
 * Three signals can answer a write: SIGPIPE, SIGXFSZ (a limit on the size of
 * files), and SIGTTOU (a terminal, from the background). They are blocked
 * around it, and one that it has raised is taken away again. */
#include "unix/os/lines.h"

#include "unix/os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static bool is_kept(const struct uv__lines* lines) {
  struct stat now;
  return lines->fd >= 0 && fstat(lines->fd, &now) == 0 &&
         now.st_dev == lines->dev && now.st_ino == lines->ino;
}

static bool may_be_written(int fd, mode_t mode) {
  return S_ISREG(mode) || S_ISFIFO(mode) || (S_ISCHR(mode) && isatty(fd));
}

static int remember(struct uv__lines* lines, int fd, bool is_ours) {
  struct stat now;
  if (fstat(fd, &now) != 0) return UV__ERR(errno);
  if (is_ours && !may_be_written(fd, now.st_mode)) return UV_EINVAL;
  *lines = (struct uv__lines){
    .fd = fd,
    .is_ours = is_ours,
    .mode = now.st_mode,
    .dev = now.st_dev,
    .ino = now.st_ino,
  };
  return 0;
}

int uv__lines_open(struct uv__lines* lines, const char* path) {
  lines->fd = -1;
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOFOLLOW |
                    O_NOCTTY | O_CLOEXEC;
  int fd = uv__fd_own(open(path, flags, 0666));
  if (fd < 0) return fd;
  int rc = remember(lines, fd, true);
  if (rc != 0) uv__close(fd);
  return rc;
}

int uv__lines_stderr(struct uv__lines* lines) {
  lines->fd = -1;
  return remember(lines, STDERR_FILENO, false);
}

static ssize_t write_if_room(int fd, const char* text, size_t len) {
  struct pollfd room = { .fd = fd, .events = POLLOUT };
  if (poll(&room, 1, 0) > 0) return write(fd, text, len);
  errno = EAGAIN;
  return -1;
}

/* To a pipe or a socket that others write to as well. */
static ssize_t write_shared(int fd, const char* text, size_t len) {
#ifdef RWF_NOWAIT
  const struct iovec piece = { .iov_base = (void*) text, .iov_len = len };
  ssize_t count = pwritev2(fd, &piece, 1, -1, RWF_NOWAIT);
  if (count >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS)) return count;
#endif
  return write_if_room(fd, text, len);
}

static ssize_t write_terminal(int fd, const char* text, size_t len) {
  char path[32];
  snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
  int own_fd = uv__fd_open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY, 0);
  if (own_fd < 0) return write_if_room(fd, text, len);
  ssize_t count = write(own_fd, text, len);
  uv__close(own_fd); /* Keeps errno. */
  return count;
}

static ssize_t write_now(const struct uv__lines* lines, const char* text,
                         size_t len) {
  if (lines->is_ours || S_ISREG(lines->mode))
    return write(lines->fd, text, len);
  if (S_ISCHR(lines->mode)) return write_terminal(lines->fd, text, len);
  return write_shared(lines->fd, text, len);
}

/* 0, or the errno that ended it. */
static int write_all(const struct uv__lines* lines, const char* text,
                     size_t len) {
  while (len > 0) {
    ssize_t count = write_now(lines, text, len);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) return EIO;
    text += count;
    len -= (size_t) count;
  }
  return 0;
}

/* Take away what the write has raised: one of `blocked` that was not pending
 * before. */
static void take_signals(const sigset_t* blocked, const sigset_t* before) {
  sigset_t raised = *blocked;
  for (int signum = 1; signum < NSIG; signum++)
    if (sigismember(before, signum) == 1) sigdelset(&raised, signum);
  const struct timespec at_once = { 0, 0 };
  while (sigtimedwait(&raised, NULL, &at_once) > 0 || errno == EINTR) continue;
}

void uv__lines_write(const struct uv__lines* lines, const char* text,
                     size_t len) {
  const int saved_errno = errno;
  sigset_t blocked, before, mask;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGPIPE);
  sigaddset(&blocked, SIGXFSZ);
  sigaddset(&blocked, SIGTTOU);
  if (is_kept(lines) && pthread_sigmask(SIG_BLOCK, &blocked, &mask) == 0) {
    sigpending(&before);
    int error = write_all(lines, text, len);
    if (error == EPIPE || error == EFBIG) take_signals(&blocked, &before);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
  }
  errno = saved_errno;
}

void uv__lines_close(struct uv__lines* lines) {
  if (lines->is_ours && is_kept(lines)) uv__close(lines->fd);
  lines->fd = -1;
}
