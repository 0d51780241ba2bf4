/* SPDX-License-Identifier: MIT */
/* Terminals: streams on a descriptor that other processes use as well.
 *
 * O_NONBLOCK belongs to the open file, and a terminal's descriptor shares its
 * open file with the shell and with all processes that inherited it. So the
 * terminal is opened once more under its name, and the stream uses the new
 * descriptor; the descriptor that was passed in stays the caller's, unchanged.
 * Where that cannot be done (no name, no permission, the master side of a pty)
 * the stream uses the caller's descriptor and its writes block.
 *
 * The mode belongs to the terminal, not to the descriptor, and stays after the
 * process has ended. So `initial` keeps the settings that the first handle
 * found when it left the normal mode. uv_tty_reset_mode() restores them, also
 * in a signal handler: it never waits for the lock, because the handler may
 * have interrupted the holder.
 *
 * Loop thread only, but for uv_tty_reset_mode(): any thread. Reading, writing
 * and finishing are the streams' (net/stream/stream.h). */
#include "unix/net/tty.h"

#include "base/atomics.h"
#include "loop/handle.h"
#include "unix/io/io.h"
#include "unix/net/stream/stream.h"
#include "unix/os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* Under the lock: the descriptor to reset, -1 when there is none, and the
 * settings that it gets. */
static struct {
  int lock;
  int fd;
  struct termios settings;
} initial = { .fd = -1 };

/* --- Opening ------------------------------------------------------------- */

/* A new descriptor for the terminal of `fd`, or UV_E*. */
static int reopen(int fd, int access) {
  char path[PATH_MAX];
  /* The master has the multiplexer's name: opening that makes a new pty. */
  if (ptsname_r(fd, path, sizeof(path)) == 0) return UV_ENOTSUP;
  const int error = ttyname_r(fd, path, sizeof(path));
  if (error != 0) return UV__ERR(error);
  return uv__fd_open(path, access | O_NOCTTY, 0);
}

/* `readable` has no meaning any more: the descriptor says what it can do. */
int uv_tty_init(uv_loop_t* loop, uv_tty_t* tty, uv_file fd, int readable) {
  (void) readable;
  const uv_handle_type type = uv_guess_handle(fd);
  if (type == UV_FILE || type == UV_UNKNOWN_HANDLE) return UV_EINVAL;
  const int file_flags = uv__fd_flags(fd);
  if (file_flags < 0) return file_flags;
  const int access = file_flags & O_ACCMODE;
  unsigned flags = uv__stream_directions(file_flags);

  const int own_fd = type == UV_TTY ? reopen(fd, access) : UV_ENOTSUP;
  if (own_fd < 0 && type == UV_TTY && access != O_RDONLY)
    flags |= UV__STREAM_BLOCKING_WRITES;
  const int used_fd = own_fd >= 0 ? own_fd : fd;

  int rc = 0;
  if (uv__io_is_watched(loop, used_fd))
    rc = UV_EEXIST;
  else if ((flags & UV__STREAM_BLOCKING_WRITES) == 0)
    rc = uv__fd_set_nonblock(used_fd, true);
  if (rc != 0) goto fail;

  uv__stream_init(loop, (uv_stream_t*) tty, UV_TTY);
  tty->mode = UV_TTY_MODE_NORMAL;
  uv_stream_t* stream = (uv_stream_t*) tty;
  rc = own_fd >= 0 ? uv__stream_open(stream, own_fd, flags)
                   : uv__stream_open_given(stream, fd, flags);
  if (rc == 0) return 0;
  uv__handle_discard(tty);

fail:
  if (own_fd >= 0) uv__close(own_fd);
  return rc;
}

/* --- Modes --------------------------------------------------------------- */

static void lock_initial(void) {
  while (uv__exchange(&initial.lock, 1) != 0) uv__cpu_relax();
}

static void unlock_initial(void) {
  uv__store_release(&initial.lock, 0);
}

/* A signal may interrupt the wait for the output; then nothing has changed. */
static int apply(int fd, int when, const struct termios* settings) {
  for (;;) {
    if (tcsetattr(fd, when, settings) == 0) return 0;
    if (errno != EINTR) return UV__ERR(errno);
  }
}

/* The settings of `mode`, made from those of the normal mode. */
static int derive(int mode, struct termios* settings) {
  switch (mode) {
    case UV_TTY_MODE_NORMAL:
      return 0;
    case UV_TTY_MODE_IO:
      cfmakeraw(settings);
      return 0;
    case UV_TTY_MODE_RAW:
    case UV__TTY_MODE_RAW_VT:
      /* The program gets each key at once and unchanged. In the output, a
       * newline still moves to the start of the line. */
      settings->c_lflag &= ~(tcflag_t) (ICANON | ECHO | ISIG | IEXTEN);
      settings->c_iflag &= ~(tcflag_t) (IXON | ICRNL | BRKINT | INPCK | ISTRIP);
      settings->c_cflag |= CS8;
      settings->c_oflag |= ONLCR;
      settings->c_cc[VTIME] = 0;
      settings->c_cc[VMIN] = 1;
      return 0;
    default:
      return UV_EINVAL;
  }
}

/* Keep the settings of the first terminal that leaves the normal mode. */
static void keep_initial(int fd, const struct termios* settings) {
  lock_initial();
  if (initial.fd == -1) {
    initial.settings = *settings;
    initial.fd = fd;
  }
  unlock_initial();
}

int uv_tty_set_mode(uv_tty_t* tty, uv_tty_mode_t mode) {
  const int fd = tty->io_watcher.fd;
  if (fd == -1) return UV_EBADF;
  if (tty->mode == (int) mode) return 0;

  struct termios normal = tty->orig_termios;
  const bool is_leaving = tty->mode == UV_TTY_MODE_NORMAL;
  if (is_leaving && tcgetattr(fd, &normal) != 0) return UV__ERR(errno);
  struct termios settings = normal;
  int rc = derive((int) mode, &settings);
  if (rc != 0) return rc;

  if (is_leaving) {
    tty->orig_termios = normal;
    keep_initial(fd, &normal);
  }
  rc = apply(fd, TCSADRAIN, &settings);
  if (rc == 0) tty->mode = (int) mode;
  return rc;
}

/* UV_EBUSY when the signal handler has interrupted the holder of the lock. */
int uv_tty_reset_mode(void) {
  if (uv__exchange(&initial.lock, 1) != 0) return UV_EBUSY;
  const int saved = errno;
  int rc = 0;
  if (initial.fd != -1) rc = apply(initial.fd, TCSANOW, &initial.settings);
  unlock_initial();
  errno = saved;
  return rc;
}

bool uv__tty_close(uv_handle_t* handle) {
  const uv_tty_t* tty = (const uv_tty_t*) handle;
  const int fd = tty->io_watcher.fd;
  lock_initial();
  if (fd != -1 && fd == initial.fd) {
    /* After the close the number may name another file. An error is of no use
     * here: a terminal that is gone has no mode. */
    if (tty->mode != UV_TTY_MODE_NORMAL)
      (void) apply(fd, TCSANOW, &initial.settings);
    initial.fd = -1;
  }
  unlock_initial();
  return uv__stream_close(handle);
}

int uv_tty_get_winsize(uv_tty_t* tty, int* width, int* height) {
  if (tty->io_watcher.fd == -1) return UV_EBADF;
  struct winsize size;
  if (ioctl(tty->io_watcher.fd, TIOCGWINSZ, &size) != 0) return UV__ERR(errno);
  *width = size.ws_col;
  *height = size.ws_row;
  return 0;
}

/* Escape sequences are the terminal's own business on unix. */
void uv_tty_set_vterm_state(uv_tty_vtermstate_t state) {
  (void) state;
}

int uv_tty_get_vterm_state(uv_tty_vtermstate_t* state) {
  (void) state;
  return UV_ENOTSUP;
}
