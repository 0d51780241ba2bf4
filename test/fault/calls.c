/* SPDX-License-Identifier: MIT */
/* Fault sweep: system calls that fail on request. The linker sends every call
 * of the library's objects here (`--wrap`, see CMakeLists.txt), and from here
 * it goes on to libc. Calls that libc makes by itself, and those liburing
 * makes, are not seen.
 *
 * Errors are those the kernel may give there in good faith. An EAGAIN where
 * there is something to do would be a lie, but for sockets: there it means
 * "later", and the monitor will say when. So would be an EBADF from
 * epoll_ctl(2) for a descriptor that works, or an EINTR from a wait that does
 * not wait.
 *
 * Counters are atomic, as the pool's threads and the forked child pass here,
 * too. */
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum call {
  ACCEPT4,
  BIND,
  CONNECT,
  DUP3,
  EPOLL_CREATE1,
  EPOLL_CTL,
  EPOLL_PWAIT,
  EVENTFD,
  FCNTL,
  FORK,
  FTRUNCATE,
  INOTIFY_ADD_WATCH,
  INOTIFY_INIT1,
  IOCTL,
  LISTEN,
  OPEN,
  PIPE2,
  POLL,
  PPOLL,
  PREAD,
  PTHREAD_CREATE,
  PWRITE,
  READ,
  RECV,
  RECVMSG,
  SEND,
  SENDMSG,
  SETSOCKOPT,
  SHUTDOWN,
  SIGACTION,
  SOCKET,
  SOCKETPAIR,
  WAITPID,
  WRITE,
  WRITEV,
  CALLS
};

const struct fault_call fault_calls[CALLS] = {
  [ACCEPT4] = { "accept4",
                true,
                { EINTR, EAGAIN, ECONNABORTED, EMFILE, ENOMEM } },
  [BIND] = { "bind", false, { EADDRINUSE, EACCES, ENOMEM } },
  [CONNECT] = { "connect", true, { EINTR, ECONNREFUSED, EAGAIN, ENETUNREACH } },
  [DUP3] = { "dup3", false, { EMFILE, EBUSY, EINTR } },
  [EPOLL_CREATE1] = { "epoll_create1", false, { EMFILE, ENFILE, ENOMEM } },
  [EPOLL_CTL] = { "epoll_ctl", false, { ENOMEM, ENOSPC } },
  [EPOLL_PWAIT] = { "epoll_pwait", false, { EINTR } },
  [EVENTFD] = { "eventfd", false, { EMFILE, ENFILE, ENOMEM } },
  [FCNTL] = { "fcntl", false, { EINTR, ENOMEM, EBADF } },
  [FORK] = { "fork", false, { EAGAIN, ENOMEM } },
  [FTRUNCATE] = { "ftruncate", false, { EINTR, EIO } },
  [INOTIFY_ADD_WATCH] = { "inotify_add_watch",
                          false,
                          { ENOSPC, ENOMEM, EACCES } },
  [INOTIFY_INIT1] = { "inotify_init1", false, { EMFILE, ENFILE, ENOMEM } },
  [IOCTL] = { "ioctl", false, { EINTR, ENOTTY } },
  [LISTEN] = { "listen", true, { EADDRINUSE } },
  [OPEN] = { "open", false, { EMFILE, ENFILE, ENOMEM, EINTR, EACCES } },
  [PIPE2] = { "pipe2", false, { EMFILE, ENFILE } },
  [POLL] = { "poll", false, { EINTR, ENOMEM } },
  [PPOLL] = { "ppoll", false, { EINTR, ENOMEM } },
  [PREAD] = { "pread", false, { EINTR, EIO } },
  [PTHREAD_CREATE] = { "pthread_create", false, { EAGAIN } },
  [PWRITE] = { "pwrite", false, { EINTR, ENOSPC } },
  [READ] = { "read", true, { EINTR, EAGAIN, ECONNRESET, ENOMEM } },
  [RECV] = { "recv", true, { EINTR, EAGAIN, ECONNRESET, ENOMEM } },
  [RECVMSG] = { "recvmsg", true, { EINTR, EAGAIN, ECONNREFUSED, ENOMEM } },
  [SEND] = { "send", true, { EINTR, EAGAIN, EPIPE, ENOMEM } },
  [SENDMSG] = { "sendmsg", true, { EINTR, EAGAIN, ENOBUFS, EPIPE, ENOMEM } },
  [SETSOCKOPT] = { "setsockopt", true, { ENOMEM, ENOPROTOOPT } },
  [SHUTDOWN] = { "shutdown", true, { ENOTCONN } },
  [SIGACTION] = { "sigaction", false, { EINVAL } },
  [SOCKET] = { "socket", false, { EMFILE, ENFILE, ENOMEM, EACCES } },
  [SOCKETPAIR] = { "socketpair", false, { EMFILE, ENFILE, ENOMEM } },
  [WAITPID] = { "waitpid", false, { EINTR } },
  [WRITE] = { "write", true, { EINTR, EAGAIN, EPIPE, ENOMEM } },
  [WRITEV] = { "writev", true, { EINTR, EAGAIN, ECONNRESET } },
};
const size_t fault_call_count = CALLS;

static enum call armed_call;
static int armed_error;
static unsigned armed_n; /* 0: nothing is armed. */
static atomic_uint calls_made;
static atomic_bool has_struck;

void fault_arm(size_t call, int error, unsigned n) {
  armed_call = (enum call) call;
  armed_error = error;
  armed_n = n;
  atomic_store(&calls_made, 0);
  atomic_store(&has_struck, false);
}

bool fault_has_struck(void) {
  return atomic_load(&has_struck);
}

static bool is_socket(int fd) {
  int type;
  socklen_t size = sizeof(type);
  int saved = errno;
  bool answer = getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
  errno = saved;
  return answer;
}

/* The error that this call has to give, or 0. */
static int strike(enum call call, int fd) {
  if (armed_n == 0 || call != armed_call) return 0;
  if (fault_calls[call].sockets_only && !is_socket(fd)) return 0;
  if (atomic_fetch_add(&calls_made, 1) + 1 != armed_n) return 0;
  atomic_store(&has_struck, true);
  return armed_error;
}

#define WRAP(type, call, fd, name, parameters, arguments)                      \
  type __real_##name parameters;                                               \
  type __wrap_##name parameters;                                               \
  type __wrap_##name parameters {                                              \
    int error = strike(call, fd);                                              \
    if (error == 0) return __real_##name arguments;                            \
    errno = error;                                                             \
    return -1;                                                                 \
  }

typedef struct sockaddr address;
typedef struct sigaction action;

WRAP(int, ACCEPT4, fd, accept4, (int fd, address* a, socklen_t* n, int flags),
     (fd, a, n, flags))
WRAP(int, BIND, fd, bind, (int fd, const address* a, socklen_t n), (fd, a, n))
WRAP(int, CONNECT, fd, connect, (int fd, const address* a, socklen_t n),
     (fd, a, n))
WRAP(int, DUP3, fd, dup3, (int fd, int to, int flags), (fd, to, flags))
WRAP(int, EPOLL_CREATE1, -1, epoll_create1, (int flags), (flags))
WRAP(int, EPOLL_CTL, fd, epoll_ctl,
     (int at, int op, int fd, struct epoll_event* e), (at, op, fd, e))
WRAP(int, EPOLL_PWAIT, at, epoll_pwait,
     (int at, struct epoll_event* e, int n, int ms, const sigset_t* mask),
     (at, e, n, ms, mask))
WRAP(int, EVENTFD, -1, eventfd, (unsigned value, int flags), (value, flags))
WRAP(pid_t, FORK, -1, fork, (void), ())
WRAP(int, FTRUNCATE, fd, ftruncate, (int fd, off_t size), (fd, size))
WRAP(int, INOTIFY_ADD_WATCH, fd, inotify_add_watch,
     (int fd, const char* path, uint32_t mask), (fd, path, mask))
WRAP(int, INOTIFY_INIT1, -1, inotify_init1, (int flags), (flags))
WRAP(int, LISTEN, fd, listen, (int fd, int backlog), (fd, backlog))
WRAP(int, PIPE2, -1, pipe2, (int* fds, int flags), (fds, flags))
WRAP(int, POLL, -1, poll, (struct pollfd * p, nfds_t n, int ms), (p, n, ms))
WRAP(int, PPOLL, -1, ppoll,
     (struct pollfd * p, nfds_t n, const struct timespec* t,
      const sigset_t* mask),
     (p, n, t, mask))
WRAP(ssize_t, PREAD, fd, pread, (int fd, void* to, size_t n, off_t at),
     (fd, to, n, at))
WRAP(ssize_t, PWRITE, fd, pwrite,
     (int fd, const void* from, size_t n, off_t at), (fd, from, n, at))
WRAP(ssize_t, READ, fd, read, (int fd, void* to, size_t n), (fd, to, n))
WRAP(ssize_t, RECV, fd, recv, (int fd, void* to, size_t n, int flags),
     (fd, to, n, flags))
WRAP(ssize_t, RECVMSG, fd, recvmsg, (int fd, struct msghdr* m, int flags),
     (fd, m, flags))
WRAP(ssize_t, SEND, fd, send, (int fd, const void* from, size_t n, int flags),
     (fd, from, n, flags))
WRAP(ssize_t, SENDMSG, fd, sendmsg, (int fd, const struct msghdr* m, int flags),
     (fd, m, flags))
WRAP(int, SETSOCKOPT, fd, setsockopt,
     (int fd, int level, int name, const void* value, socklen_t n),
     (fd, level, name, value, n))
WRAP(int, SHUTDOWN, fd, shutdown, (int fd, int how), (fd, how))
WRAP(int, SOCKET, -1, socket, (int domain, int type, int protocol),
     (domain, type, protocol))
WRAP(int, SOCKETPAIR, -1, socketpair,
     (int domain, int type, int protocol, int* fds),
     (domain, type, protocol, fds))
WRAP(ssize_t, WRITE, fd, write, (int fd, const void* from, size_t n),
     (fd, from, n))
WRAP(ssize_t, WRITEV, fd, writev, (int fd, const struct iovec* v, int n),
     (fd, v, n))

/* Those with one argument more than they declare. */
#define WRAP_OPEN_ENDED(call, name, T1, T2, fd)                                \
  int __real_##name(T1 a, T2 b, ...);                                          \
  int __wrap_##name(T1 a, T2 b, ...);                                          \
  int __wrap_##name(T1 a, T2 b, ...) {                                         \
    va_list rest;                                                              \
    va_start(rest, b);                                                         \
    long c = va_arg(rest, long);                                               \
    va_end(rest);                                                              \
    int error = strike(call, fd);                                              \
    if (error == 0) return __real_##name(a, b, c);                             \
    errno = error;                                                             \
    return -1;                                                                 \
  }

WRAP_OPEN_ENDED(FCNTL, fcntl, int, int, a)
WRAP_OPEN_ENDED(IOCTL, ioctl, int, unsigned long, a)
WRAP_OPEN_ENDED(OPEN, open, const char*, int, -1)

/* The way back to the default does not fail where the way there did not. */
int __real_sigaction(int number, const action* now, action* before);
int __wrap_sigaction(int number, const action* now, action* before);
int __wrap_sigaction(int number, const action* now, action* before) {
  bool is_way_back = now != NULL && now->sa_handler == SIG_DFL;
  int error = is_way_back ? 0 : strike(SIGACTION, -1);
  if (error == 0) return __real_sigaction(number, now, before);
  errno = error;
  return -1;
}

pid_t __real_waitpid(pid_t pid, int* status, int flags);
pid_t __wrap_waitpid(pid_t pid, int* status, int flags);
pid_t __wrap_waitpid(pid_t pid, int* status, int flags) {
  int error = flags & WNOHANG ? 0 : strike(WAITPID, -1);
  if (error == 0) return __real_waitpid(pid, status, flags);
  errno = error;
  return -1;
}

int __real_pthread_create(pthread_t* id, const pthread_attr_t* attributes,
                          void* (*start)(void*), void* arg);
int __wrap_pthread_create(pthread_t* id, const pthread_attr_t* attributes,
                          void* (*start)(void*), void* arg);
int __wrap_pthread_create(pthread_t* id, const pthread_attr_t* attributes,
                          void* (*start)(void*), void* arg) {
  int error = strike(PTHREAD_CREATE, -1);
  return error != 0 ? error : __real_pthread_create(id, attributes, start, arg);
}
