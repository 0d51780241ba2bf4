#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that what the library makes for itself stays above the standard
descriptors: each call that makes a descriptor is an argument of uv__fd_own(), or
stands in the table below with its reason.

  own-fds.py ROOT         check ROOT/src; exit 1 and one line for each breach
  own-fds.py --self-test  check that breaches are found
"""
import pathlib
import re
import sys

MAKERS = ("accept accept4 dup epoll_create epoll_create1 eventfd fanotify_init "
          "inotify_init inotify_init1 io_uring_queue_init "
          "io_uring_queue_init_params io_uring_setup memfd_create mkostemp "
          "mkstemp open open64 openat openat2 opendir fopen fdopendir pidfd_open "
          "pipe pipe2 posix_openpt signalfd socket socketpair "
          "timerfd_create").split()
CALL = re.compile(r"(?<![\w.>])(" + "|".join(MAKERS) + r")\(|"
                  r"\bSYS_(pidfd_open|memfd_create|io_uring_setup)\b|"
                  r"\b(F_DUPFD(?:_CLOEXEC)?)\b")
OWN = "uv__fd_own("
USERS = "the user sees its number, which is the kernel's choice"
BOTH = "uv__fd_own_both() follows"
ALLOWED = {
    ("unix/os/fd.c", "open"): "files: the user's, or closed before long",
    ("unix/os/fd.c", "pipe2"): f"uv_pipe(): {USERS}; uv__fd_pipe(): {BOTH}",
    ("unix/os/fd.c", "F_DUPFD_CLOEXEC"): "uv__fd_own() itself",
    ("unix/os/sock.c", "socket"): USERS,
    ("unix/os/sock.c", "accept4"): USERS,
    ("unix/os/sock.c", "socketpair"):
        f"uv_socketpair(): {USERS}; uv__sock_pair(): {BOTH}",
    ("unix/fs/ops.c", "open"): USERS,
    ("unix/fs/temp.c", "mkostemp"): USERS,
    ("unix/fs/dir.c", "opendir"): "uv_dir_t's, or closed with the listing",
    ("unix/linux/ring.c", "io_uring_queue_init_params"):
        "move_above_standard() follows",
    ("unix/proc/child.c", "open"): "in the child: becomes one of its streams",
    ("unix/proc/child.c", "F_DUPFD_CLOEXEC"):
        "in the child: above all that it will have",
}


def without_comments(text):
    """Line breaks stay where they are."""
    return re.sub(r"/\*.*?\*/|\"(?:\\.|[^\"\\])*\"",
                  lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.S)


def is_owned(text, at):
    """The call is inside the parentheses of an uv__fd_own()."""
    start = text.rfind(OWN, 0, at)
    if start == -1:
        return False
    between = text[start + len(OWN):at]
    return ";" not in between and between.count("(") >= between.count(")")


def check_text(source, text, used):
    found = []
    text = without_comments(text)
    for match in CALL.finditer(text):
        maker = match[1] or match[2] or match[3]
        if is_owned(text, match.start()):
            continue
        if (source, maker) in ALLOWED:
            used.add((source, maker))
            continue
        line = text.count("\n", 0, match.start()) + 1
        found.append(f"src/{source}:{line}: {maker}() outside of {OWN})")
    return found


def check(root):
    src = pathlib.Path(root) / "src"
    used, found = set(), []
    files = [path for path in sorted(src.rglob("*.c"))
             if path.relative_to(src).parts[0] != "tool"]
    for path in files:
        found += check_text(path.relative_to(src).as_posix(),
                            path.read_text(), used)
    found += [f"{source}: {maker}() is allowed, but not there"
              for source, maker in sorted(set(ALLOWED) - used)]
    return found if files else ["there are no sources"]


def self_test():
    wrong = ["int fd = eventfd(0, 0);", "x = uv__fd_own(fd) + epoll_create1(0);",
             "uv__fd_own(a); socket(1, 2, 3);", "syscall(SYS_pidfd_open, 1, 0);",
             "fcntl(fd, F_DUPFD, 0);", "uv__fd_own(fd);\nopen(path, 0);"]
    right = ["uv__fd_own(eventfd(0, 0))", "/* eventfd(0) */", "reopen(fd, 1)",
             "uv__fd_own((int) syscall(SYS_pidfd_open, pid, 0))",
             "uv__fd_own(\n  open(path, 0))", "ops->open(fd)", "\"pipe(2)\""]
    missed = [text for text in wrong if not check_text("x.c", text, set())]
    extra = [text for text in right if check_text("x.c", text, set())]
    return [f"not found: {t}" for t in missed] + [f"found: {t}" for t in extra]


def main():
    breaches = self_test() if sys.argv[1] == "--self-test" \
        else check(sys.argv[1])
    print("\n".join(breaches))
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
